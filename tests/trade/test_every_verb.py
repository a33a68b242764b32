"""A verb that the shop at random never does is one that nobody has looked at in company."""

import pytest
from hypothesis import Phase, settings
from hypothesis.stateful import run_state_machine_as_test
from tests.trade.test_state_machine import ShopAtRandom

from onhand.trade.housekeeping import Forget
from onhand.trade.keys import CreateKey, RevokeKey
from onhand.trade.verbs import VERBS

# Commands that the shop at random does not know, and why. A new one is drawn in tests/trade/programs.py (or
# floor_programs.py) and stands in a rule of the shop, or is named here.
ELSEWHERE: dict[type, str] = {
    CreateKey: "keys claim no stock: tests/api/test_keys.py",
    RevokeKey: "keys claim no stock: tests/api/test_keys.py",
    Forget: "deletes what no rule reads: tests/worker/test_schedule.py",
}


@pytest.mark.timeout(600)
def test_every_verb_happens():
    ShopAtRandom.happened.clear()
    some = settings(
        max_examples=300,
        stateful_step_count=30,
        phases=[Phase.generate],
        derandomize=True,
        database=None,
        deadline=None,
    )
    run_state_machine_as_test(ShopAtRandom, settings=some)
    assert VERBS.keys() - ELSEWHERE.keys() - ShopAtRandom.happened == set()
