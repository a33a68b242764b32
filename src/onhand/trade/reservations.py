"""Claims on stock: held → reserved → fulfilled, or given back.

A reservation belongs to a line of an order, or to an item of a bare hold. Every step posts the movement that it
names, so the ledger and the claims can be checked against each other. Lines and parts are numbered without gaps.
"""

from collections.abc import Iterator, Sequence

from onhand.books import Books
from onhand.rows import Line, Reservation
from onhand.trade import allocation, stock
from onhand.trade.stock import Cause


def of_claim(books: Books, claim_id: str, lines: int) -> Iterator[Reservation]:
    """Every reservation of an order with so many lines (or of a bare hold with so many items), in order."""
    for line in range(1, lines + 1):
        yield from of_line(books, claim_id, line)


def of_line(books: Books, claim_id: str, line: int) -> Iterator[Reservation]:
    part = 1
    while (found := books.reservations.get((claim_id, line, part))) is not None:
        yield found
        part += 1


def open_claim(
    books: Books, claim_id: str, line: int, store_id: str, variant_id: str, quantity: int, kind: str, cause: Cause
) -> Reservation:
    """Claim stock for a line: `hold` it until payment, or `reserve` it at once."""
    movement = stock.post(books, store_id, variant_id, kind, quantity, cause)
    part = 1
    while books.reservations.get((claim_id, line, part)) is not None:
        part += 1
    state = "held" if kind == "hold" else "reserved"
    return books.reservations.put(
        Reservation(claim_id, line, part, store_id, variant_id, quantity, state, movement.version, None, None, None)
    )


def confirm(books: Books, held: Reservation, cause: Cause) -> Reservation:
    """Hold → reservation."""
    movement = stock.post(books, held.store_id, held.variant_id, "confirm", held.quantity, cause)
    return books.reservations.put(held._replace(state="reserved", confirmed_by=movement.version))


def give_back(books: Books, claim: Reservation, cause: Cause, *, expired: bool = False) -> Reservation:
    """Return a claim that is still open to what is available."""
    if claim.state == "reserved":
        kind, state = "unreserve", "released"
    elif expired:
        kind, state = "expire", "expired"
    else:
        kind, state = "release", "released"
    movement = stock.post(books, claim.store_id, claim.variant_id, kind, claim.quantity, cause)
    return books.reservations.put(claim._replace(state=state, resolved_by=movement.version))


def fulfil(books: Books, reserved: Reservation, shipment: int | None, cause: Cause) -> Reservation:
    """The goods leave."""
    movement = stock.post(books, reserved.store_id, reserved.variant_id, "ship", reserved.quantity, cause)
    return books.reservations.put(reserved._replace(state="fulfilled", resolved_by=movement.version, shipment=shipment))


def take(books: Books, open_claims: Sequence[Reservation], quantity: int) -> list[Reservation]:
    """Exactly that many units of the claims, in order; the last one is split where it is larger than needed, and what
    was picked of it is taken first. The caller has checked that the claims hold that many.
    """
    taken = []
    for claim in open_claims:
        if quantity == 0:
            break
        if claim.quantity > quantity:
            claim = _split(books, claim, quantity, min(claim.picked, quantity))
        quantity -= claim.quantity
        taken.append(claim)
    return taken


def take_unpicked(books: Books, open_claims: Sequence[Reservation], quantity: int) -> list[Reservation]:
    """Exactly that many units of the claims that nobody has picked, in order. The caller has checked that there are."""
    taken = []
    for claim in open_claims:
        units = min(quantity, claim.quantity - claim.picked)
        if units:
            taken.append(claim if units == claim.quantity else _split(books, claim, units, 0))
            quantity -= units
    return taken


def _split(books: Books, claim: Reservation, quantity: int, picked: int) -> Reservation:
    """Cut a claim in two: this part keeps the quantity, so much of it picked; a new part has the rest and the same
    history.
    """
    part = claim.part
    while books.reservations.get((claim.claim_id, claim.line, part)) is not None:
        part += 1
    books.reservations.put(claim._replace(part=part, quantity=claim.quantity - quantity, picked=claim.picked - picked))
    return books.reservations.put(claim._replace(quantity=quantity, picked=picked))


def line_units(line: Line, claims: Sequence[Reservation]) -> int:
    """So many units of a line the claims make: of a kit, as many as there are of its first component."""
    variant_id, each = allocation.line_recipe(line.variant_id, line.components)[0]
    return sum(claim.quantity for claim in claims if claim.variant_id == variant_id) // each


def picked_units(line: Line, claims: Sequence[Reservation]) -> int:
    """So many units of a line were picked for the claims."""
    return line_units(line, [claim._replace(quantity=claim.picked) for claim in claims])


def open_in(claims: Iterator[Reservation] | Sequence[Reservation], state: str) -> list[Reservation]:
    return [claim for claim in claims if claim.state == state]
