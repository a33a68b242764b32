"""Every department of the shop at random, on its own; and together they do every verb.

A verb that the shop at random never does is one that nobody has looked at in company.
"""

from tests.trade.departments import DEPARTMENTS, department, work
from tests.trade.test_state_machine import ShopAtRandom

from onhand.trade.verbs import VERBS

# Nouns (and single commands) that the shop at random does not know, and why. Any other command is drawn in programs.py
# or floor_programs.py, and stands in a rule of the shop.
ELSEWHERE = {
    "keys": "keys claim no stock",
    "sessions": "who is signed in claims no stock",
    "webhooks": "a webhook is told of what has happened, and moves nothing",
    "security": "what was refused is told, and moves nothing",
    "mail": "mail tells of what has happened, and moves nothing",
    "subscriptions": "who is told of alerts moves nothing",
    "housekeeping": "deletes what no rule reads",
    "ReportTroubles": "tells of the service itself, and moves nothing",
}


def test_every_verb_happens():
    ShopAtRandom.happened.clear()
    for name in DEPARTMENTS:
        work(department(name), days=9)
    unseen = VERBS.keys() - ShopAtRandom.happened
    missing = {(command.__module__.rpartition(".")[2], command.__name__) for command in unseen}
    assert {name for noun, name in missing if not {noun, name} & ELSEWHERE.keys()} == set()
