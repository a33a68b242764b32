"""How commands are drawn at random, and what all kinds of them name."""

from typing import Any

from hypothesis import strategies as st
from tests.trade.naming import Nth

from onhand.books import Actor
from onhand.trade.returns import ReturnItem

MAIN_ID = "00000000-0000-7000-8000-000000000001"
CLERK = Actor("clerk")
KEY_OF_MAIN = Actor("key of main", None, frozenset({MAIN_ID}))
ANNA, BEN = Actor("anna"), Actor("ben")


def rarely(usual: Any, odd: Any) -> Any:
    return st.integers(0, 31).flatmap(lambda roll: odd if roll == 31 else usual)


MADE: set[type] = set()


def made(of: type, **fields: Any) -> Any:
    """Rows of a type with just these fields; `st.builds` alone would make up the optional ones as well."""
    MADE.add(of)

    def make(**values: Any) -> Any:
        return of(**values)

    make.__name__ = make.__qualname__ = of.__name__
    return st.builds(make, **fields)


def tuples_of(item: Any, *, least: int = 0, most: int = 3) -> Any:
    return st.lists(item, min_size=least, max_size=most).map(tuple)


people = st.sampled_from([CLERK, ANNA, BEN])
actors = rarely(st.just(CLERK), st.just(KEY_OF_MAIN))
skus = rarely(st.sampled_from(["A", "B", "C", "KIT"]), st.just("NOSUCH"))
stores = rarely(st.sampled_from(["main", "east", MAIN_ID]), st.just("nowhere"))
some_store = st.none() | stores
quantities = st.integers(1, 6)
ready = st.sampled_from([True, True, True, False])
order_names = rarely(made(Nth, n=st.integers(0, 12), by_number=st.booleans(), ready=ready), st.just("999999"))
hold_names = rarely(made(Nth, n=st.integers(0, 12), ready=ready), st.just("no such hold"))
minutes = rarely(st.sampled_from([0.01, 5, 60]), st.just(1_000_000))

returned_items = made(
    ReturnItem, variant=skus, quantity=st.integers(1, 2), condition=st.sampled_from(["sellable", "damaged", "lost"])
)


def nth(*, numbered: bool = True) -> Any:
    names = made(Nth, n=st.integers(0, 12), by_number=st.booleans() if numbered else st.just(False), ready=ready)
    return rarely(names, st.just("no such thing"))
