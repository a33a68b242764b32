"""What can be done with an order now, and why the rest cannot."""

from collections.abc import Sequence
from typing import NamedTuple

from onhand.console.marks import N_
from onhand.trade.amend import AMENDABLE
from onhand.trade.orders import HAS_SHIPPED, TRANSITIONS
from onhand.views.orders import OrderAnswer
from onhand.views.payments import PaymentAnswer


class Step(NamedTuple):
    """`why_not` is empty when it can be done now. The engine decides; this says beforehand what it would answer."""

    name: str
    words: str
    why_not: str


WORDS = {
    "resolve": N_("Decide about the money"),
    "pay": N_("Record a payment"),
    "confirm": N_("Confirm"),
    "extend": N_("Extend the hold"),
    "amend": N_("Change the items"),
    "pick": N_("Start picking"),
    "ship": N_("Ship"),
    "deliver": N_("Mark as delivered"),
    "return": N_("Take goods back"),
    "refund": N_("Give money back"),
    "reallocate": N_("Plan again"),
    "give_up": N_("Cancel backorders"),
    "cancel": N_("Cancel the order"),
}


def steps_of(order: OrderAnswer, payments: Sequence[PaymentAnswer]) -> dict[str, Step]:
    """Every step by its name, in the order in which people take them."""
    reasons = {
        "resolve": _why_not_resolve(order, payments),
        "pay": "" if order.payment_status in ("unpaid", "failed") else N_("Nothing of it is owed."),
        "confirm": _why_not_confirm(order),
        "extend": "" if order.status == "pending" else N_("Only what is on hold can be held for longer."),
        "amend": "" if order.status in AMENDABLE else N_("It is past that: only what nobody picks yet can change."),
        "pick": _why_not_pick(order),
        "ship": _why_not_ship(order),
        "deliver": _why_not_deliver(order),
        "return": "" if order.status in HAS_SHIPPED else N_("Nothing has shipped that could come back."),
        "refund": "" if any(each.refundable for each in payments) else N_("No money came that could go back."),
        "reallocate": _why_not_reallocate(order),
        "give_up": "" if _waits(order) else N_("Nothing of it waits for stock."),
        "cancel": _why_not_cancel(order),
    }
    return {name: Step(name, WORDS[name], why_not) for name, why_not in reasons.items()}


def _leads(order: OrderAnswer, status: str) -> bool:
    return status in TRANSITIONS.get(order.status, ())


def _waits(order: OrderAnswer) -> bool:
    return any(item.backordered for item in order.items)


def _why_not_resolve(order: OrderAnswer, payments: Sequence[PaymentAnswer]) -> str:
    undecided = order.status == "payment_review" or any(each.status == "payment_review" for each in payments)
    return "" if undecided else N_("None of its money waits for a decision.")


def _why_not_confirm(order: OrderAnswer) -> str:
    if order.status == "payment_review":
        return N_("Decide about the money first.")
    if _leads(order, "confirmed"):
        return ""
    return N_("It is cancelled.") if order.status == "cancelled" else N_("It is confirmed already.")


def _why_not_pick(order: OrderAnswer) -> str:
    if _leads(order, "partially_shipped"):
        return "" if any(item.outstanding for item in order.items) else N_("What is left of it waits for stock.")
    return N_("Confirm it first.") if order.status == "pending" else N_("Nothing of it is left to pick.")


def _why_not_ship(order: OrderAnswer) -> str:
    if _leads(order, "shipped"):
        return "" if any(item.outstanding for item in order.items) else N_("What is left of it waits for stock.")
    return N_("Confirm it first.") if order.status == "pending" else N_("Nothing of it is left to ship.")


def _why_not_deliver(order: OrderAnswer) -> str:
    if _leads(order, "delivered"):
        return ""
    if order.status == "partially_shipped":
        return N_("A part of it has not left yet.")
    return N_("It has not left yet.") if order.status not in HAS_SHIPPED else N_("It has arrived already.")


def _why_not_reallocate(order: OrderAnswer) -> str:
    if _leads(order, "cancelled"):
        return ""
    return N_("A part of it has left already.") if order.status in HAS_SHIPPED else N_("It claims no stock any more.")


def _why_not_cancel(order: OrderAnswer) -> str:
    if _leads(order, "cancelled"):
        return ""
    return N_("A part of it has left: take that back instead.") if order.status in HAS_SHIPPED else N_("It has ended.")
