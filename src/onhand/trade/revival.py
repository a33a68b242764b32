"""Orders whose money came too late: their stock is taken again, all or nothing; if it is gone, the shop's policy says
what happens, or a person does.

    review        the order waits in `payment_review` for a person
    refund        the order stays cancelled, and the money is due to go back
    backorder     what is there is taken, and the rest waits for stock
    substitute    what is short is replaced by its substitutes, if there are enough; else a person decides
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from onhand.books import Actor, Books, Incomplete
from onhand.rows import Line, Order, Reservation
from onhand.trade import allocation, backorders, catalog, dues, orders, promise, reservations
from onhand.trade.allocation import Planned, Want
from onhand.trade.stock import Cause

POLICIES = ("review", "refund", "backorder", "substitute")


class _Wanted(NamedTuple):
    """So many units of a line that are to be had again, and where they would come from."""

    line: Line
    units: int
    planned: Planned


def revive(books: Books, order: Order, actor: Actor, policy: str) -> str:
    """Bring a paid order back to life; answers what it came to: confirmed, payment_review or refund_due."""
    wanted = plan_again(books, order, actor)
    if not any(each.planned.short for each in wanted):
        confirm(books, order, wanted, actor)
        return "confirmed"
    if policy == "backorder":
        confirm(books, order, wanted, actor)
        return "confirmed"
    if policy == "substitute" and (replaced := _replaced(books, order, wanted, actor)) is not None:
        _take(books, order, [each for each in wanted if not each.planned.short], actor)
        _put_in(books, order, replaced, actor)
        substituted = [books.catalog.variants[each.substitute].sku for each in replaced]
        _tell_confirmed(books, order, actor, {"substituted": substituted})
        return "confirmed"
    dues.turn(books, order, ("order",), "review", "out_of_stock")
    order = put_in_review(books, order, {"reason": "out_of_stock", "short": _short(wanted)}, actor)
    if policy != "refund":
        return "payment_review"
    orders.call_off(books, order, "out_of_stock", actor)
    return "refund_due"


def plan_again(books: Books, order: Order, actor: Actor) -> list[_Wanted]:
    """What an order that has ended would have to take again. Empty when it still has its claims.

    Raises Incomplete when not every store's stock of it is in the books.
    """
    lines = orders.lines_of(books, order)
    claims = list(reservations.of_claim(books, order.id, len(lines)))
    if any(claim.state in ("held", "reserved") for claim in claims) or any(line.backordered for line in lines):
        return []
    missing = [(line, _units(line, order, claims)) for line in lines]
    missing = [(line, units) for line, units in missing if units]
    needed = set[str]().union(*(variants_of(books, line) for line, _ in missing))
    if not needed <= books.wholly_loaded:
        raise Incomplete(needed)
    wants = [Want(_recipe(line), units, line.store_id) for line, units in missing]
    planned = allocation.plan_on(books, wants, order.sourcing, order.shipping_address, actor)
    return [_Wanted(line, units, plan) for (line, units), plan in zip(missing, planned, strict=True)]


def variants_of(books: Books, line: Line) -> set[str]:
    """What a line may be made of when it is taken again: its own, and its substitutes where they are allowed."""
    variants = {variant_id for variant_id, _ in _recipe(line)}
    if books.policy.on_late_payment == "substitute":
        known = books.catalog.variants
        for sku in catalog.substitutes(known[line.variant_id]):
            variants.update(variant_id for variant_id, _ in (allocation.recipe_of(known[sku]) if sku in known else ()))
    return variants


def _units(line: Line, order: Order, claims: Sequence[Reservation]) -> int:
    """The units of a line that are charged: all of them, less what a `partial` order gave up when it was placed."""
    if order.on_shortage != "partial" or line.quantity == 0:
        return line.quantity
    had = [claim for claim in claims if claim.line == line.line]
    return min(line.quantity, reservations.line_units(line, had)) if had else 0


def refuse_shortages(books: Books, wanted: Sequence[_Wanted]) -> None:
    """Raises InsufficientStock when anything of it is not there."""
    asked = [(each.line.variant_id, each.line.store_id, each.units) for each in wanted]
    orders.refuse_shortages(books, asked, [each.planned for each in wanted])


def confirm(books: Books, order: Order, wanted: Sequence[_Wanted], actor: Actor) -> Order:
    """Take what is there, let the rest wait, and confirm. An order that kept its holds has them confirmed."""
    lines = orders.lines_of(books, order)
    if not wanted and any(claim.state == "held" for claim in reservations.of_claim(books, order.id, len(lines))):
        return orders.reserve_held(books, order, actor)
    _take(books, order, wanted, actor)
    _tell_confirmed(books, order, actor, {})
    backorders.fill_from_other_stores(books, [each.line for each in wanted], actor)
    return books.orders[order.id]


def _take(books: Books, order: Order, wanted: Sequence[_Wanted], actor: Actor) -> None:
    cause = Cause(actor, "order", f"Paid late - Order #{order.number}", order.id)
    for line, units, planned in wanted:
        orders.claim_parts(books, line, planned.parts, "reserve", cause)
        line = books.lines.put(line._replace(released=line.quantity - units, backordered=planned.short))
        if planned.short:
            backorders.wait(books, order, line, planned.short)


def _tell_confirmed(books: Books, order: Order, actor: Actor, told: Mapping[str, Any]) -> Order:
    promised = promise.renewed(books, order, orders.lines_of(books, order))
    changes = {"confirmed_at": books.now, "cancelled_at": None, "cancel_reason": None, "ending": None, **promised}
    return orders.move(books, order, "confirmed", "order.confirmed", actor, {"late": True, **told}, **changes)


def put_in_review(books: Books, order: Order, told: Mapping[str, Any], actor: Actor) -> Order:
    """Somebody has to decide. A hold that is still there stays, without a deadline."""
    order = books.orders[order.id]
    status = dues.payment_status(order, dues.payments_of(books, order))
    changes: dict[str, Any] = {"cancelled_at": None, "cancel_reason": None, "ending": None, "payment_status": status}
    if order.status == "pending":
        changes["hold_expires_at"] = None
    return orders.move(books, order, "payment_review", "order.payment_review", actor, told, **changes)


def _short(wanted: Sequence[_Wanted]) -> list[dict[str, Any]]:
    return [{"sku": each.line.sku, "quantity": each.planned.short} for each in wanted if each.planned.short]


# ── Substitutes ─────────────────────────────────────────────────────────────────────────────────────────────────────


class _Replaced(NamedTuple):
    """A line that is replaced whole, the variant that takes its place, and where that comes from."""

    wanted: _Wanted
    substitute: str
    planned: Planned


def _replaced(books: Books, order: Order, wanted: Sequence[_Wanted], actor: Actor) -> list[_Replaced] | None:
    """A substitute for each line that is short: the first of its own that is there in full. None when one has none."""
    there = [each for each in wanted if not each.planned.short]
    short = [each for each in wanted if each.planned.short]
    chosen: list[_Replaced] = []
    kept = [(_recipe(each.line), each.units, each.line.store_id) for each in there]
    for each in short:
        for sku in catalog.substitutes(books.catalog.variants[each.line.variant_id]):
            variant = books.catalog.variants.get(sku)
            if variant is None or variant.components is not None:
                continue
            # Planned together with what was chosen before, so that no unit is counted twice.
            taken = [*kept, *((((one.substitute, 1),), one.wanted.units, one.wanted.line.store_id) for one in chosen)]
            wants = [Want(*want) for want in (*taken, (((variant.id, 1),), each.units, each.line.store_id))]
            planned = allocation.plan_on(books, wants, order.sourcing, order.shipping_address, actor)
            if not any(plan.short for plan in planned):
                chosen.append(_Replaced(each, variant.id, planned[-1]))
                break
        else:
            return None
    return chosen


def _recipe(line: Line) -> allocation.Recipe:
    return allocation.line_recipe(line.variant_id, line.components)


def _put_in(books: Books, order: Order, replaced: Sequence[_Replaced], actor: Actor) -> None:
    """A line of its own for each substitute, at the price of what was ordered: the order's total stays."""
    cause = Cause(actor, "order", f"Substitute, paid late - Order #{order.number}", order.id)
    for (line, units, _), variant_id, planned in replaced:
        variant = books.catalog.variants[variant_id]
        books.lines.put(line._replace(released=line.quantity, total=0, discount=0, tax=0))
        number = len(orders.lines_of(books, order)) + 1
        instead = books.lines.put(
            line._replace(
                line=number,
                variant_id=variant.id,
                sku=variant.sku,
                name=variant.title,
                quantity=units,
                released=0,
                backordered=0,
                components=None,
            )
        )
        orders.claim_parts(books, instead, planned.parts, "reserve", cause)
