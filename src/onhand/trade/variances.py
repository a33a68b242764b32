"""What a count found other than booked: submitted, approved where it is much, and applied as movements.

A difference is applied to what is available, the only bucket that no order has a claim on. All of a count is applied
or nothing.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from onhand.books import Actor, Books, Needs
from onhand.rows import Count, CountLine
from onhand.trade import counts, documents, money, stock
from onhand.trade.counts import CountIncomplete, CountPicture, SecondPersonNeeded
from onhand.trade.errors import Conflict
from onhand.trade.stock import Cause


class CountsDiffer(Conflict):
    """Two counters have found different numbers, and nobody has decided whose counts."""

    code, title = "counts_differ", "Counts differ"

    def __init__(self, lines: Sequence[CountLine]) -> None:
        listed = [{"sku": line.sku, "counted": line.counted, "second_counted": line.second_counted} for line in lines]
        named = ", ".join(line.sku for line in lines[:10])
        super().__init__(
            f"Two counters have found different numbers of {named}. Recount it, or say whose number to prefer.",
            lines=listed,
        )


class CountOvertaken(Conflict):
    """A count or a short pick has put the level right since it was counted here; both would correct the same units."""

    code, title = "count_overtaken", "Count overtaken"

    def __init__(self, skus: list[str]) -> None:
        named = ", ".join(skus[:10])
        super().__init__(
            f"{named} has been corrected since it was counted here, by a short pick or another count. Recount it.",
            skus=skus,
        )


class CountExceedsAvailable(Conflict):
    """More is missing than is free: somebody has a claim on the rest, and has to be told first."""

    code, title = "count_exceeds_available", "Count exceeds what is available"

    def __init__(self, short: Sequence[dict[str, Any]]) -> None:
        named = "; ".join(f"{line['sku']} ({_claimants(line)})" for line in short[:10])
        super().__init__(
            f"More is missing than is available, and nothing was applied: {named}. Release or ship what is claimed, "
            "or recount.",
            lines=list(short),
        )


def _claimants(line: dict[str, Any]) -> str:
    holders = [
        f"{each['quantity']} {each['state']} for {each['order'] or each['reference']}" for each in line["held_by"][:5]
    ]
    return ", ".join(holders) or "the rest is unsellable"


class SubmitCount(NamedTuple):
    """The counting is over. Again: the same answer.

    `skip_uncounted` leaves out what nobody has counted. Where two counters disagree, `prefer` (`first` or `second`)
    says whose number counts.
    """

    reference: str
    skip_uncounted: bool = False
    prefer: str | None = None


class ApproveCount(NamedTuple):
    """Somebody who has counted none of it lets the differences be applied. Again: the same answer.

    `alone`: the caller may do without a second person.
    """

    reference: str
    alone: bool = False


def needs_of_count(command: SubmitCount | ApproveCount) -> Needs:
    return Needs(documents=((Count, command.reference),))


def submit_count(books: Books, command: SubmitCount, actor: Actor) -> CountPicture:
    count = counts.find(books, command.reference)
    documents.permit(actor, count.store_id)
    if count.status in ("needs_approval", "applied"):
        return counts.picture(books, count)
    documents.must_be(count, ["counting"], "applied", "submit")
    lines = documents.parts(books, CountLine, count.id)
    counted = [line for line in lines if line.counted is not None]
    if not counted or (len(counted) < len(lines) and not command.skip_uncounted):
        raise CountIncomplete([line.sku for line in lines if line.counted is None])
    settled = [books.shelves[CountLine].put(line) for line in _settled(counted, command.prefer)]
    _check(books, count, settled)
    if not _needs_approval(books, count, settled):
        return _apply(books, count, settled, actor)
    told = {"lines": len(settled), "prefer": command.prefer}
    return counts.picture(books, documents.move(books, count, "needs_approval", "count.submitted", actor, told))


def approve_count(books: Books, command: ApproveCount, actor: Actor) -> CountPicture:
    count = counts.find(books, command.reference)
    documents.permit(actor, count.store_id)
    if count.status == "applied":
        return counts.picture(books, count)
    documents.must_be(count, ["needs_approval"], "applied", "approve")
    lines = [line for line in documents.parts(books, CountLine, count.id) if line.difference is not None]
    approver = counts.person(actor)
    if not command.alone and approver in {who for line in lines for who in (line.counted_by, line.second_by)}:
        raise SecondPersonNeeded("approve it", approver)
    _check(books, count, lines)
    return _apply(books, count, lines, actor, approved_by=approver)


def _settled(counted: Sequence[CountLine], prefer: str | None) -> list[CountLine]:
    """The lines with what they differ by. Where the second counter is preferred, that number becomes the first."""
    disputed = [line for line in counted if counts.agrees(line) is False]
    if disputed and prefer is None:
        raise CountsDiffer(disputed)
    lines = [_swapped(line) if prefer == "second" and counts.agrees(line) is False else line for line in counted]
    return [line._replace(difference=counts.off(line)) for line in lines]


def _swapped(line: CountLine) -> CountLine:
    return line._replace(
        counted=line.second_counted,
        counted_by=line.second_by,
        counted_at=line.second_at,
        book_quantity=line.second_book_quantity,
        book_version=line.second_book_version,
        second_counted=line.counted,
        second_by=line.counted_by,
        second_at=line.counted_at,
        second_book_quantity=line.book_quantity,
        second_book_version=line.book_version,
    )


def _needs_approval(books: Books, count: Count, lines: Sequence[CountLine]) -> bool:
    """Whether all that is off, found and lost alike, is more than the count was asked to let pass."""
    off = [(line, abs(line.difference)) for line in lines if line.difference]
    if count.approval_units is not None and sum(units for _, units in off) > count.approval_units:
        return True
    if count.approval_value is None:
        return False
    value = 0
    for line, units in off:
        variant = books.catalog.variants[line.variant_id]
        if variant.currency != books.policy.currency:
            return True  # What is priced in another currency cannot be weighed against the limit.
        value += money.line_total(units, variant.price, variant.currency)
    return value > count.approval_value


def _check(books: Books, count: Count, lines: Sequence[CountLine]) -> None:
    """Refuse what could not be applied: after this, applying must succeed."""
    off = [line for line in lines if line.difference]
    just_now = {movement[:2] for movement in books.movements if movement.kind in ("found", "lost")}
    overtaken = [
        line.sku
        for line in off
        if (key := (count.store_id, line.variant_id)) in just_now
        or books.counted_at.get(key, 0) > (line.book_version or 0)
    ]
    if overtaken:
        raise CountOvertaken(overtaken)
    short = [short for line in off if (short := _short(books, count, line)) is not None]
    if short:
        raise CountExceedsAvailable(short)


def _short(books: Books, count: Count, line: CountLine) -> dict[str, Any] | None:
    """What is said of a line that misses more than is free. Of a blind count, nothing that the books say."""
    missing = -(line.difference or 0)
    level = stock.level(books, count.store_id, line.variant_id)
    if missing <= level.available:
        return None
    holders = books.holders.get((count.store_id, line.variant_id), [])
    said: dict[str, Any] = {"sku": line.sku, "held_by": [holder._asdict() for holder in holders]}
    if not (count.blind and count.status == "counting"):
        said |= {"missing": missing, "available": level.available, "unsellable": level.unsellable}
    return said


def _apply(
    books: Books, count: Count, lines: Sequence[CountLine], actor: Actor, approved_by: str | None = None
) -> CountPicture:
    found = lost = 0
    for line in lines:
        cause = Cause(actor, "count", f"Count {count.number}", None, count.id, line.reason)
        difference = line.difference or 0
        if difference > 0:
            stock.post(books, count.store_id, line.variant_id, "found", difference, cause)
            found += difference
        elif difference < 0:
            stock.post(books, count.store_id, line.variant_id, "lost", -difference, cause)
            lost -= difference
    told = {"lines": len(lines), "found": found, "lost": lost}
    count = documents.move(
        books, count, "applied", "count.applied", actor, told, applied_at=books.now, approved_by=approved_by
    )
    return counts.picture(books, count)
