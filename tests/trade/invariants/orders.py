"""Orders, their lines, and what of them waits."""

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

from tests.trade.invariants.reading import Books, grouped

from onhand.rows import (
    Level,
    Line,
    Order,
    Reservation,
    Return,
    ReturnLine,
    Waiting,
)

ENDED = ("cancelled", "delivered", "returned")


def ended_orders_claim_nothing(books: Books) -> Iterator[str]:
    ended = {order.id: order.status for order in books[Order] if order.status in ENDED}
    for claim in books[Reservation]:
        if claim.claim_id in ended and claim.state in ("held", "reserved"):
            yield f"{claim} of an order that is {ended[claim.claim_id]}"


def lines_account_for_every_unit(books: Books) -> Iterator[str]:
    claims = grouped(books[Reservation], lambda claim: (claim.claim_id, claim.line))
    came_back: Counter[Any] = Counter()
    order_of = {each.id: each.order_id for each in books[Return]}
    for back in books[ReturnLine]:
        came_back[(order_of[back.return_id], back.order_line, back.variant_id)] += back.quantity
    for line in books[Line]:
        outstanding = line.quantity - line.shipped - line.released - line.backordered
        if outstanding < 0 or not 0 <= line.returned <= line.shipped:
            yield f"{line} does not add up"
        found: Counter[Any] = Counter()
        for claim in claims.get(line[:2], []):
            found[(claim.variant_id, claim.state)] += claim.quantity
        for variant_id, each in recipe_of(line):
            if found[(variant_id, "held")] + found[(variant_id, "reserved")] != outstanding * each:
                yield f"{line}, but its claims are {dict(found)}"
            if found[(variant_id, "fulfilled")] != line.shipped * each:
                yield f"{line}, but its claims are {dict(found)}"
            if came_back[(*line[:2], variant_id)] != line.returned * each:
                yield f"{line}, but {came_back[(*line[:2], variant_id)]} of {variant_id} came back"


def recipe_of(line: Line) -> list[tuple[str, int]]:
    return [tuple(part) for part in json.loads(line.components)] if line.components else [(line.variant_id, 1)]


def what_is_backordered_waits(books: Books) -> Iterator[str]:
    queued = {row[:3]: row.quantity for row in books[Waiting]}
    for line in books[Line]:
        for variant_id, _ in recipe_of(line):
            waits = queued.pop((variant_id, *line[:2]), 0)
            if waits != line.backordered:
                yield f"{line}, but {waits} wait for {variant_id}"
    if queued:
        yield f"{queued} wait for no line"


def nothing_lies_there_for_which_somebody_waits(books: Books) -> Iterator[str]:
    sellable = {level[:2]: level.available - level.safety_stock for level in books[Level]}
    stores = {store_id for store_id, _ in sellable}
    for line in books[Line]:
        if line.backordered:
            for store_id in {line.store_id} if line.store_id else stores:
                if all(sellable.get((store_id, variant_id), 0) >= each for variant_id, each in recipe_of(line)):
                    yield f"{line} waits for what lies in {store_id}"


def numbers_name_one_order_each(books: Books) -> Iterator[str]:
    for number, count in Counter(order.number for order in books[Order]).items():
        if count > 1:
            yield f"{count} orders have the number {number}"
