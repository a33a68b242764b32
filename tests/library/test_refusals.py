"""What the docstrings of the library name can be imported from where its users look for it."""

import inspect
import re
import subprocess
import sys

import pytest

import onhand
from onhand.library.service import Service
from onhand.library.shop import Onhand
from onhand.trade.errors import Refusal


def test_every_refusal_that_a_docstring_names_is_a_class_of_the_package():
    departments = Service.__subclasses__()
    assert len(departments) >= 11
    told = [inspect.getdoc(each) or "" for of in (*departments, Onhand) for each in (of, *vars(of).values())]
    spelled = set(re.findall(r"\b[A-Z][a-z]+(?:[A-Z][a-z]+)+\b", " ".join(told)))
    kinds = {"NotFound", "Exceeds", "Exceeded", "Failed", "Transition", "Stock", "Changed", "Unusable", "Exists"}
    refusals = {name for name in spelled if any(kind in name for kind in kinds)}
    assert len(refusals) > 25
    assert refusals <= set(onhand.__all__)
    for name in onhand.__all__:
        assert getattr(onhand, name).__name__ == name


def test_a_refusal_is_caught_by_its_own_name_or_by_its_family(tmp_path):
    with onhand.Onhand(f"sqlite:///{tmp_path}/shop.db") as shop:
        with pytest.raises(onhand.OrderNotFound) as refused:
            shop.orders.confirm("999")
        assert isinstance(refused.value, onhand.NotFound)
        assert (refused.value.code, refused.value.data) == ("order_not_found", {"reference": "999"})
        with pytest.raises(onhand.VariantNotFound) as unknown:
            shop.orders.place([{"sku": "TEA", "quantity": 1}, {"sku": "JAM", "quantity": 1}])
        assert unknown.value.data["references"] == ["TEA", "JAM"]
    assert issubclass(onhand.NotFound, Refusal)


def test_nothing_is_printed_but_logged(tmp_path):
    """A library writes to no output of its program: what it has to say goes to `logging`."""
    program = f"""
import logging, structlog
from onhand import Onhand
with Onhand("sqlite:///{tmp_path}/shop.db") as shop:
    structlog.get_logger().info("of no interest")
    logging.basicConfig(format="%(name)s %(levelname)s %(message)s")
    structlog.get_logger().warning("database_away", seconds=3)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("", "__main__ WARNING event='database_away' seconds=3\n")
