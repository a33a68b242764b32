"""The garbage collector in a process that imports much, and whose work is short-lived rows."""

import atexit
import gc
from importlib import import_module
from types import ModuleType

YOUNG_OBJECTS = 20_000
"""About what a batch of 256 orders makes: they are gone when it is answered, without any search for cycles."""


def imported(name: str) -> ModuleType:
    """Import a module that is used to the end of the process, with all that it needs.

    None of that is garbage. To search it while it comes in, and once more at the end, takes as long as a short command.
    """
    gc.disable()
    try:
        return import_module(name)
    finally:
        gc.freeze()
        gc.enable()
        atexit.register(gc.freeze)


def spare() -> None:
    """Exempt everything that is there now from garbage collection, and collect less often. Call it once, when all is
    imported and open.

    A batch makes thousands of rows, none of them in a reference cycle. With its default thresholds the collector would
    search all modules, tables and routes every few batches: about a fifth of the time that an order takes.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS, 20, 20)
