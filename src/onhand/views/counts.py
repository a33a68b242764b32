"""Counts as answers: what was found, against what was booked, and how well a store's books were kept.

While a count is blind and being counted, nothing here tells what the books say.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import ColumnElement, Connection, and_, case, func, select

from onhand.clock import DAY, as_datetime
from onhand.db.documents import count_lines, counts
from onhand.db.schema import levels, movements, stores, variants
from onhand.rows import Count, CountLine, Level, Store, Variant
from onhand.trade import money
from onhand.trade.counts import CountPicture, agrees, off
from onhand.views.answers import fields_of
from onhand.views.documents import DocumentFilter, find_document, list_documents
from onhand.views.names import store_codes, store_id_of
from onhand.views.pages import Page

YEAR = 365 * DAY


@dataclass(slots=True)
class CountLineAnswer:
    """One SKU to be counted. `agrees`: whether a second counter has found the same, net of what moved in between.

    `book_quantity` (all that is on hand) and `book_version` are those of the moment it was counted, `difference` is
    counted less book. `level_version` is the present one, and only told where the level was looked at.
    """

    line: int
    sku: str
    name: str
    counted: int | None
    counted_by: str | None
    counted_at: datetime | None
    second_counted: int | None
    second_by: str | None
    agrees: bool | None
    reason: str | None
    book_quantity: int | None
    book_version: int | None
    difference: int | None
    level_version: int | None
    bin: str | None


@dataclass(slots=True)
class ApprovalOver:
    """Beyond how much that is off, in units or in value at the catalog's prices, somebody has to approve a count."""

    units: int | None
    value: Decimal | None
    currency: str


@dataclass(slots=True)
class CountSummary:
    """A count without its lines. `origin` is `asked`, or `short_pick` where a picker found less than was booked."""

    id: str
    number: str
    status: str
    store: str
    blind: bool
    approval_over: ApprovalOver
    origin: str
    lines_total: int
    lines_counted: int
    actor: str
    approved_by: str | None
    created_at: datetime
    updated_at: datetime
    applied_at: datetime | None


@dataclass(slots=True)
class CountAnswer(CountSummary):
    """A count: counting, needs_approval, applied or cancelled. While `blind` and counting, no book quantity is told."""

    lines: list[CountLineAnswer]


@dataclass(slots=True)
class CountedAnswer:
    """The lines that were written down, and the count that they are of."""

    count_id: str
    number: str
    status: str
    lines: list[CountLineAnswer]


def count_answer(picture: CountPicture) -> CountAnswer:
    counted = sum(line.counted is not None for line in picture.lines)
    summary = _summary(picture.head, picture.store.code, len(picture.lines), counted, picture.currency)
    return CountAnswer(**fields_of(summary), lines=_lines(picture))


def counted_answer(picture: CountPicture) -> CountedAnswer:
    return CountedAnswer(picture.head.id, picture.head.number, picture.head.status, _lines(picture))


def _summary(count: Count, store: str, lines: int, counted: int, currency: str) -> CountSummary:
    value = count.approval_value
    return CountSummary(
        id=count.id,
        number=count.number,
        status=count.status,
        store=store,
        blind=bool(count.blind),
        approval_over=ApprovalOver(
            count.approval_units, None if value is None else money.amount(value, currency), currency
        ),
        origin=count.origin,
        lines_total=lines,
        lines_counted=counted,
        actor=count.actor,
        approved_by=count.approved_by,
        created_at=as_datetime(count.created_at),
        updated_at=as_datetime(count.updated_at),
        applied_at=as_datetime(count.applied_at),
    )


def _lines(picture: CountPicture) -> list[CountLineAnswer]:
    hidden = bool(picture.head.blind) and picture.head.status == "counting"
    return [
        _line(line, picture.variants[line.variant_id], picture.levels.get(line.variant_id), hidden=hidden)
        for line in picture.lines
    ]


def _line(line: CountLine, variant: Variant, level: Level | None, *, hidden: bool) -> CountLineAnswer:
    return CountLineAnswer(
        line=line.line,
        sku=line.sku,
        name=variant.title,
        counted=line.counted,
        counted_by=line.counted_by,
        counted_at=as_datetime(line.counted_at),
        second_counted=line.second_counted,
        second_by=line.second_by,
        agrees=agrees(line),
        reason=line.reason,
        book_quantity=None if hidden else line.book_quantity,
        book_version=line.book_version,
        difference=None if hidden else off(line),
        level_version=None if level is None else level.version,
        bin=None if level is None else level.bin,
    )


# ── Questions ───────────────────────────────────────────────────────────────────────────────────────────────────────


def find_count(connection: Connection, reference: str, currency: str) -> CountAnswer:
    """The count of that id or number, with its lines. Raises CountNotFound."""
    head = find_document(connection, Count, reference)
    width, wide = len(CountLine._fields), len(Variant._fields)
    lines: list[CountLine] = []
    by_id: dict[str, Variant] = {}
    present: dict[str, Level] = {}
    for row in connection.execute(
        select(count_lines, variants, levels)
        .join(variants, variants.c.id == count_lines.c.variant_id)
        .outerjoin(levels, and_(levels.c.store_id == head.store_id, levels.c.variant_id == count_lines.c.variant_id))
        .where(count_lines.c.count_id == head.id)
        .order_by(count_lines.c.line)
    ):
        line = CountLine._make(row[:width])
        lines.append(line)
        by_id[line.variant_id] = Variant._make(row[width : width + wide])
        stocked = row.version is not None
        never = Level(head.store_id, line.variant_id)
        present[line.variant_id] = Level._make(row[width + wide :]) if stocked else never
    store = Store._make(connection.execute(select(stores).where(stores.c.id == head.store_id)).one())
    return count_answer(CountPicture(head, tuple(lines), store, by_id, present, currency))


def list_counts(
    connection: Connection, wanted: DocumentFilter, currency: str, limit: int, cursor: str | None
) -> Page[CountSummary]:
    """Counts without their lines, newest first; `q` is looked for in the number."""
    return list_documents(
        connection, Count, wanted, limit, cursor, lambda heads: _summaries(connection, heads, currency)
    )


def _summaries(connection: Connection, heads: Sequence[Count], currency: str) -> list[CountSummary]:
    line = count_lines.c
    ids = [head.id for head in heads]
    numbers = {
        row[0]: (row[1], row[2])
        for row in connection.execute(
            select(line.count_id, func.count(), func.count(line.counted))
            .where(line.count_id.in_(ids))
            .group_by(line.count_id)
        )
    }
    codes = store_codes(connection)
    return [_summary(head, codes[head.store_id], *numbers.get(head.id, (0, 0)), currency) for head in heads]


# ── What to count ───────────────────────────────────────────────────────────────────────────────────────────────────


def to_count(connection: Connection, store: str, due_since: int | None, class_: str | None, now: int) -> list[str]:
    """The ids of all variants that were ever stocked in a store, in the order of its bins.

    With `due_since`, only those that no applied count has looked at since then; with `class_`, only those of that
    class. Raises StoreNotFound.
    """
    store_id = store_id_of(connection, store)
    statement = (
        select(levels.c.variant_id)
        .join(variants, variants.c.id == levels.c.variant_id)
        .where(levels.c.store_id == store_id, levels.c.version > 0)
        .order_by(func.coalesce(levels.c.bin, ""), variants.c.sku)
    )
    if due_since is not None:
        counted_since = (
            select(count_lines.c.variant_id)
            .join(counts, counts.c.id == count_lines.c.count_id)
            .where(_is_applied(), counts.c.store_id == store_id, count_lines.c.counted_at >= due_since)
        )
        statement = statement.where(levels.c.variant_id.not_in(counted_since))
    found = connection.execute(statement).scalars()
    if class_ is None:
        return list(found)
    classes = _classes(connection, store_id, now - YEAR)
    return [variant_id for variant_id in found if classes.get(variant_id, "C") == class_]


def _classes(connection: Connection, store_id: str, since: int) -> dict[str, str]:
    """The ABC class of what a store has shipped (H. Ford Dickie, 1951): the few that make most of the value are A.

    By value at the catalog's prices: A are those that make the first 80 %, B go on to 95 %, C is the rest.
    """
    m = movements.c
    value = func.sum(m.quantity * variants.c.price)
    rows = connection.execute(
        select(m.variant_id, value)
        .join(variants, variants.c.id == m.variant_id)
        .where(m.store_id == store_id, m.kind == "ship", m.recorded_at >= since)
        .group_by(m.variant_id)
        .order_by(value.desc(), m.variant_id)
    ).all()
    total = sum(int(worth) for _, worth in rows)
    classes: dict[str, str] = {}
    before = 0
    for variant_id, worth in rows:
        classes[variant_id] = "A" if 100 * before < 80 * total else "B" if 100 * before < 95 * total else "C"
        before += int(worth)
    return classes


def _is_applied() -> ColumnElement[bool]:
    """The condition of lines that were counted, in a count that was applied."""
    return and_(counts.c.status == "applied", count_lines.c.difference.is_not(None))


# ── Accuracy ────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(slots=True)
class Accuracy:
    """How well a store's books agree with its shelves, over all counts that were applied.

    `accuracy` is the share of lines that were exact, in percent, with two decimals; `net_units` is found less missing.
    """

    store: str
    counts: int
    lines_counted: int
    lines_exact: int
    units_off: int
    net_units: int
    accuracy: Decimal


def accuracy(connection: Connection, store: str | None) -> list[Accuracy]:
    """Of one store, or of every store where anything was ever counted. Raises StoreNotFound."""
    difference = count_lines.c.difference
    statement = (
        select(
            stores.c.code,
            func.count(counts.c.id.distinct()),
            func.count(),
            func.sum(case((difference == 0, 1), else_=0)),
            func.sum(func.abs(difference)),
            func.sum(difference),
        )
        .join(counts, counts.c.id == count_lines.c.count_id)
        .join(stores, stores.c.id == counts.c.store_id)
        .where(_is_applied())
        .group_by(stores.c.code)
        .order_by(stores.c.code)
    )
    if store is not None:
        statement = statement.where(counts.c.store_id == store_id_of(connection, store))
    return [
        Accuracy(code, done, lines, int(exact), int(units), int(net), _percent(int(exact), lines))
        for code, done, lines, exact, units, net in connection.execute(statement)
    ]


def _percent(part: int, whole: int) -> Decimal:
    return (Decimal(100 * part) / whole).quantize(Decimal("0.01"))
