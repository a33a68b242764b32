"""The garbage collector is spared what stays, and goes on with what does not."""

import gc
import subprocess
import sys

import pytest

from onhand import collector

TOLD = """
import gc
from onhand import collector
collector.imported("onhand.engine")
print(gc.isenabled(), gc.get_freeze_count() > 10_000)
"""


def test_what_a_command_imports_is_searched_no_more():
    done = subprocess.run([sys.executable, "-c", TOLD], capture_output=True, text=True, timeout=240)
    assert (done.stdout, done.stderr) == ("True True\n", "")


def test_a_module_that_is_not_there_leaves_the_collector_at_work():
    with pytest.raises(ModuleNotFoundError):
        collector.imported("onhand.no_such_module")
    assert gc.isenabled()
