"""A verb that the shop at random never does is one that nobody has looked at in company."""

import pytest
from hypothesis import Phase, settings
from hypothesis.stateful import run_state_machine_as_test
from tests.trade.test_state_machine import ShopAtRandom

from onhand.trade.verbs import VERBS

# Nouns (and single commands) that the shop at random does not know, and why. Any other command is drawn in programs.py
# or floor_programs.py, and stands in a rule of the shop.
ELSEWHERE = {
    "keys": "keys claim no stock",
    "sessions": "who is signed in claims no stock",
    "mail": "mail tells of what has happened, and moves nothing",
    "housekeeping": "deletes what no rule reads",
    "ReportTroubles": "tells of the service itself, and moves nothing",
}


@pytest.mark.parametrize("name", DEPARTMENTS)
def test_every_verb_happens(name):
    shop = department(name)
    work(shop, days=12)


