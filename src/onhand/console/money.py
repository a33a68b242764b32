"""An order's money: what was paid, what goes back, what a person decides; and what it costs after a change of mind."""

from decimal import Decimal

from starlette.responses import Response

from onhand import clock
from onhand.api.payment_bodies import AmendBody, PaymentBody, RefundBody, ResolveBody
from onhand.console.forms import body
from onhand.console.marks import N_
from onhand.console.orders import show_order, take_step
from onhand.console.typed import items_of, rows_of
from onhand.console.visit import Visit
from onhand.trade import amend, payments, placing, refunds, reviews
from onhand.trade.errors import Refusal
from onhand.views.orders import find_order
from onhand.views.payments import amended_order

# What a payment by a person's word has come to.
OUTCOMES = {
    "confirmed": N_("Paid: the order is confirmed."),
    "payment_review": N_("That is not what is owed: decide what becomes of it."),
    "refund_due": N_("Nothing was owed: this payment is due to go back."),
    "repeated": N_("This payment was recorded before."),
}


async def record_payment(visit: Visit, ref: str) -> Response:
    """Cash, a bank transfer, a card at the till: by the word of whoever is signed in."""
    form = visit.form
    try:
        sent = body(
            PaymentBody,
            {
                "payment_id": form["payment_id"],
                "amount": form.amount("amount"),
                "currency": form["currency"],
                "method": form["method"],
            },
        )
        command = payments.RecordPayment(ref, sent.payment_id, sent.amount, sent.currency, sent.method)
        kept = await visit.perform(command, lambda reported: {"outcome": reported.outcome})
    except Refusal as refusal:
        return await show_order(visit, ref, refusal, "pay")
    text = visit.gettext(OUTCOMES.get(kept["outcome"], N_("The payment is recorded.")))
    return visit.see(f"/console/orders/{ref}", text)


async def refund(visit: Visit, ref: str) -> Response:
    def command() -> refunds.RefundPayment:
        sent = body(RefundBody, {"amount": visit.form.amount("amount"), "reason": visit.form["reason"]})
        return refunds.RefundPayment(visit.form["payment_id"], sent.amount, sent.reason)

    return await take_step(visit, ref, "refund", command, visit.gettext("Recorded as given back."))


async def resolve(visit: Visit, ref: str) -> Response:
    """Decide what becomes of money that did not fit, or came too late."""

    def command() -> reviews.ResolveReview:
        sent = body(ResolveBody, {"decision": visit.form["decision"], "note": visit.form["note"]})
        return reviews.ResolveReview(ref, sent.decision, sent.note)

    return await take_step(visit, ref, "resolve", command, visit.gettext("Decided."))


async def amend_items(visit: Visit, ref: str) -> Response:
    """The items as they are to be: what stands in the rows of the form, and what was added below them."""
    order = await visit.ask(find_order, ref, clock.now())
    wanted = rows_of(visit.form, {str(item.line): {"sku": item.sku} for item in order.items}, ["quantity"])
    try:
        more = await items_of(visit, "more") if visit.form["more"] else []
        items = [*wanted.items, *({"sku": sku, "quantity": quantity} for sku, quantity in more)]
        sent = body(AmendBody, {"items": [item for item in items if item["quantity"] != 0]})
        command = amend.AmendOrder(ref, tuple(placing.Item(item.variant, item.quantity) for item in sent.items))
        kept = await visit.perform(command, _difference)
    except Refusal as refusal:
        return await show_order(visit, ref, wanted.beside(refusal), "amend")
    return visit.see(f"/console/orders/{ref}", _told(visit, kept))


def _difference(amended: amend.Amended) -> dict[str, str]:
    answer = amended_order(amended, clock.now())
    return {"difference": str(answer.payment_difference), "currency": answer.currency}


def _told(visit: Visit, kept: dict[str, str]) -> str:
    difference = Decimal(kept["difference"])
    amount = visit.words.money(abs(difference), kept["currency"])
    if difference > 0:
        return visit.gettext("Amended: it costs %(amount)s more.") % {"amount": amount}
    if difference < 0:
        return visit.gettext("Amended: it costs %(amount)s less.") % {"amount": amount}
    return visit.gettext("Amended: it costs the same.")
