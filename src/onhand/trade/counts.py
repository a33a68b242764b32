"""Cycle counts: what is on the shelf against what the books say, while the shop goes on selling.

counting → applied            what differs is small enough, or nobody asked for approval
counting → needs_approval → applied
needs_approval → counting     some lines are counted again
counting | needs_approval → cancelled

A line keeps the book quantity of the moment it was counted at, and the version of the level then. What is applied is
the difference between the two numbers, never the number itself, so that movements made meanwhile are kept. Submitting,
approving and applying are in `variances.py`.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import NamedTuple

from onhand.books import Actor, Books, Needs
from onhand.rows import Count, CountLine, Level, Store, Variant
from onhand.trade import catalog, documents, money, stock
from onhand.trade.errors import Conflict, NotFound, PreconditionFailed, ValidationFailed

MOST_LINES = 50_000
STATUSES = ("counting", "needs_approval", "applied", "cancelled")
OPEN = STATUSES[:2]


class CountNotFound(NotFound):
    code, title, noun = "count_not_found", "Count not found", "count"


class CountLineNotFound(NotFound):
    """The SKU is not one of those that this count is about."""

    code, title, noun = "count_line_not_found", "Not in this count", "line of this count for"


class SecondPersonNeeded(Conflict):
    """Who counted may neither check nor approve what they counted."""

    code, title = "second_person_needed", "Second person needed"

    def __init__(self, deed: str, person: str) -> None:
        super().__init__(f"{person} has counted here: somebody else has to {deed}.", person=person)


class CountIncomplete(Conflict):
    """Some of it has not been counted yet."""

    code, title = "count_incomplete", "Count incomplete"

    def __init__(self, skus: list[str]) -> None:
        named = ", ".join(skus[:10]) + (f" and {len(skus) - 10} more" if len(skus) > 10 else "")
        super().__init__(f"Not counted yet: {named}.", skus=skus)


class CreateCount(NamedTuple):
    """Have variants of a store counted: `items` are their SKUs or ids, and the same one twice is one line.

    Beyond `approval_units` off in all, or beyond `approval_value` off at the catalog's prices, somebody has to approve.
    """

    store: str
    items: tuple[str, ...]
    blind: bool = True
    approval_units: int | None = None
    approval_value: Decimal | None = None
    number: str | None = None


class Counted(NamedTuple):
    """What was found of one SKU, by the first counter or by a second.

    `expected_version` is that of the level when the shelf was looked at: refused where stock has moved since.
    """

    variant: str
    counted: int
    reason: str | None = None
    second: bool = False
    expected_version: int | None = None


class SaveCounted(NamedTuple):
    """Write down what was found, as a draft that can be written again. Nothing is applied yet.

    `alone`: the caller may count a second time what they counted themselves.
    """

    reference: str
    items: tuple[Counted, ...]
    alone: bool = False


class RecountLines(NamedTuple):
    """Have some lines counted again: what was written down for them is forgotten."""

    reference: str
    items: tuple[str, ...]


class CancelCount(NamedTuple):
    """Give up a count that is not applied. Again: the same answer."""

    reference: str


class CountPicture(NamedTuple):
    """A count and its lines, or those of them that a step was about; `levels` are the ones that were looked at."""

    head: Count
    lines: tuple[CountLine, ...]
    store: Store
    variants: Mapping[str, Variant]
    levels: Mapping[str, Level]
    currency: str


def needs_to_create_count(command: CreateCount) -> Needs:
    named = ((Count, command.number),) if command.number else ()
    return Needs(variants=command.items, documents=named, raises=())


def needs_to_save_counted(command: SaveCounted) -> Needs:
    return Needs(count_lines=[(command.reference, item.variant) for item in command.items], raises=())


def needs_to_recount(command: RecountLines) -> Needs:
    return Needs(documents=((Count, command.reference),), variants=command.items, raises=())


def needs_to_cancel_count(command: CancelCount) -> Needs:
    return Needs(documents=((Count, command.reference),), raises=())


def create_count(books: Books, command: CreateCount, actor: Actor) -> CountPicture:
    store = catalog.store(books, command.store)
    documents.permit(actor, store.id)
    variants = {variant.id: variant for variant in catalog.stocked_variants(books, command.items)}
    if not 1 <= len(variants) <= MOST_LINES:
        raise ValidationFailed(("skus", f"{len(variants)} to count: a count has 1 to {MOST_LINES} lines"))
    value = command.approval_value
    currency = books.policy.currency
    count = _opened(
        books,
        store.id,
        actor,
        number=command.number,
        blind=int(command.blind),
        approval_units=command.approval_units,
        approval_value=None if value is None else money.minor(value, currency, "approval_over.value"),
    )
    lines = [_add_line(books, count, line, variant) for line, variant in enumerate(variants.values(), start=1)]
    return picture(books, count, lines)


def _opened(
    books: Books,
    store_id: str,
    actor: Actor,
    *,
    number: str | None = None,
    blind: int = 1,
    approval_units: int | None = None,
    approval_value: int | None = None,
    origin: str = "asked",
) -> Count:
    count = Count(
        id=books.new_id(),
        number=documents.new_number(books, Count, number),
        store_id=store_id,
        status="counting",
        blind=blind,
        approval_units=approval_units,
        approval_value=approval_value,
        actor=actor.name,
        created_at=books.now,
        updated_at=books.now,
        applied_at=None,
        events=0,
        origin=origin,
    )
    return documents.move(books, count, "counting", "count.created", actor, {"origin": origin})


def _add_line(books: Books, count: Count, line: int, variant: Variant) -> CountLine:
    empty = CountLine(count.id, line, variant.id, variant.sku, *[None] * (len(CountLine._fields) - 4))
    added: CountLine = books.shelves[CountLine].put(empty)
    return added


def open_for(books: Books, store_id: str, variant_id: str, actor: Actor) -> Count:
    """Have a level counted of which a picker found less than the books say.

    It is added to the store's open count of such levels, or begins one. A line of it that was counted before the pick
    is counted again. The command needs `short_counts` of the store.
    """
    variant = books.catalog.variants[variant_id]
    count = next(
        (
            each
            for each in books.shelves[Count]
            if (each.store_id, each.status, each.origin) == (store_id, "counting", "short_pick")
        ),
        None,
    )
    if count is None:
        count = _opened(books, store_id, actor, origin="short_pick")
    lines = documents.parts(books, CountLine, count.id)
    present = next((line for line in lines if line.variant_id == variant_id), None)
    if present is None:
        _add_line(books, count, len(lines) + 1, variant)
    elif present.counted is None:
        return count
    else:
        _forget(books, present)
    return documents.move(books, count, "counting", "count.line_added", actor, {"sku": variant.sku})


def save_counted(books: Books, command: SaveCounted, actor: Actor) -> CountPicture:
    """Only the lines that were written are in the picture. They tell no event: a draft is not yet a fact."""
    count = find(books, command.reference)
    documents.permit(actor, count.store_id)
    documents.must_be(count, ["counting"], "counting", "write down what was found in")
    lines = {line.variant_id: line for line in books.shelves[CountLine] if line.count_id == count.id}
    written: dict[str, CountLine] = {}
    looked_at: dict[str, Level] = {}
    for item in command.items:
        variant = catalog.variant(books, item.variant)
        if variant.id not in lines:
            raise CountLineNotFound(item.variant)
        level = stock.level(books, count.store_id, variant.id)
        if item.expected_version not in (None, level.version):
            raise PreconditionFailed(
                f"Stock of {variant.sku} has moved since it was counted: count it again.",
                sku=variant.sku,
                version=level.version,
            )
        line = _written(lines[variant.id], item, level, person(actor), books.now, alone=command.alone)
        lines[variant.id] = written[variant.id] = books.shelves[CountLine].put(line)
        looked_at[variant.id] = level
    return picture(books, count, written.values())._replace(levels=looked_at)


def _written(line: CountLine, item: Counted, level: Level, who: str, now: int, *, alone: bool) -> CountLine:
    other = line.counted_by if item.second else line.second_by
    if item.second and line.counted is None:
        raise CountIncomplete([line.sku])
    if who == other and not alone:
        raise SecondPersonNeeded("count it a second time", who)
    line = line._replace(reason=line.reason if item.reason is None else item.reason)
    if item.second:
        return line._replace(
            second_counted=item.counted,
            second_by=who,
            second_at=now,
            second_book_quantity=level.on_hand,
            second_book_version=level.version,
        )
    return line._replace(
        counted=item.counted,
        counted_by=who,
        counted_at=now,
        book_quantity=level.on_hand,
        book_version=level.version,
    )


def recount(books: Books, command: RecountLines, actor: Actor) -> CountPicture:
    count = find(books, command.reference)
    documents.permit(actor, count.store_id)
    documents.must_be(count, OPEN, "counting", "recount lines of")
    lines = {line.variant_id: line for line in documents.parts(books, CountLine, count.id)}
    again = []
    for name in dict.fromkeys(command.items):
        variant = catalog.variant(books, name)
        if variant.id not in lines:
            raise CountLineNotFound(name)
        _forget(books, lines[variant.id])
        again.append(variant.sku)
    count = documents.move(books, count, "counting", "count.recount", actor, {"skus": again})
    return picture(books, count)


def _forget(books: Books, line: CountLine) -> None:
    books.shelves[CountLine].put(CountLine(*line[:4], *[None] * (len(line) - 4)))


def cancel_count(books: Books, command: CancelCount, actor: Actor) -> CountPicture:
    count = find(books, command.reference)
    documents.permit(actor, count.store_id)
    if count.status != "cancelled":
        documents.must_be(count, OPEN, "cancelled", "cancel")
        count = documents.move(books, count, "cancelled", "count.cancelled", actor, {})
    return picture(books, count)


# ── What the steps share ────────────────────────────────────────────────────────────────────────────────────────────


def find(books: Books, reference: str) -> Count:
    return documents.find(books, Count, reference, CountNotFound)


def person(actor: Actor) -> str:
    """Who counts: the one that the key acts for, or the key itself."""
    return actor.on_behalf_of or actor.name


def off(line: CountLine) -> int | None:
    """By how many units the first counter's number differs from the books; None where nobody has counted."""
    if line.counted is None or line.book_quantity is None:
        return None
    return line.counted - line.book_quantity


def second_off(line: CountLine) -> int | None:
    """The same of the second counter, who may have counted after some more movements."""
    if line.second_counted is None or line.second_book_quantity is None:
        return None
    return line.second_counted - line.second_book_quantity


def agrees(line: CountLine) -> bool | None:
    """Whether the two counters have found the same; None where nobody has counted a second time."""
    return None if line.second_counted is None else off(line) == second_off(line)


def picture(books: Books, count: Count, lines: Iterable[CountLine] | None = None) -> CountPicture:
    """The count with these lines, or all of them. No levels are in it: those that a batch happens to have brought
    are no part of the answer.
    """
    shown = tuple(documents.parts(books, CountLine, count.id) if lines is None else lines)
    store = books.catalog.stores[count.store_id]
    return CountPicture(count, shown, store, books.catalog.variants, {}, books.policy.currency)
