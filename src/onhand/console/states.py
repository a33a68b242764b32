"""What states are called, and their colours: a state is always shown by both, so nobody has to tell colours apart."""

from onhand.console.marks import N_

WORDS = {
    # ── Stock
    "IN_STOCK": N_("in stock"),
    "LOW_STOCK": N_("low"),
    "OUT_OF_STOCK": N_("out of stock"),
    # ── Orders
    "pending": N_("pending"),
    "confirmed": N_("confirmed"),
    "processing": N_("being picked"),
    "partially_shipped": N_("partly shipped"),
    "shipped": N_("shipped"),
    "delivered": N_("delivered"),
    "partially_returned": N_("partly returned"),
    "returned": N_("returned"),
    "cancelled": N_("cancelled"),
    "payment_review": N_("payment to review"),
    # ── Payments
    "unpaid": N_("unpaid"),
    "paid": N_("paid"),
    "failed": N_("failed"),
    "refund_due": N_("refund due"),
    "partially_refunded": N_("partly refunded"),
    "refunded": N_("refunded"),
    "charged_back": N_("charged back"),
    "captured": N_("paid"),
    # ── Claims
    "held": N_("on hold"),
    "reserved": N_("reserved"),
    "fulfilled": N_("fulfilled"),
    "released": N_("released"),
    "expired": N_("expired"),
    # ── Documents
    "draft": N_("draft"),
    "open": N_("open"),
    "sent": N_("on the way"),
    "requested": N_("requested"),
    "partially_received": N_("partly received"),
    "received": N_("received"),
    "recalled": N_("recalled"),
    "closed": N_("closed"),
    "counting": N_("counting"),
    "needs_approval": N_("needs approval"),
    "applied": N_("applied"),
    "picking": N_("being picked"),
    "finished": N_("finished"),
    # ── Alerts
    "acknowledged": N_("acknowledged"),
    "snoozed": N_("snoozed"),
    # ── Keys and webhooks
    "active": N_("active"),
    "revoked": N_("revoked"),
    "enabled": N_("switched on"),
    "disabled": N_("switched off"),
    "retired": N_("given up"),
    "waiting": N_("waiting"),
    "dead": N_("given up"),
    # ── The worker's duties
    "on_time": N_("on time"),
    "overdue": N_("overdue"),
    "failing": N_("failing"),
    "never_done": N_("never done"),
    "ended": N_("ended"),
}

KINDS = {
    "hold": N_("held for an order"),
    "release": N_("released"),
    "expire": N_("hold ran out"),
    "confirm": N_("confirmed"),
    "reserve": N_("reserved"),
    "unreserve": N_("reservation given back"),
    "ship": N_("shipped"),
    "receive": N_("received"),
    "receive_damaged": N_("received damaged"),
    "return": N_("returned"),
    "found": N_("found in a count"),
    "increment": N_("added"),
    "decrement": N_("taken"),
    "lost": N_("lost in a count"),
    "return_damaged": N_("returned damaged"),
    "damage": N_("damaged"),
    "repair": N_("repaired"),
    "write_off": N_("written off"),
    "transfer_out": N_("sent to another store"),
    "transfer_in": N_("came from another store"),
    "transfer_in_damaged": N_("came damaged from another store"),
}

TONES = {
    **dict.fromkeys(
        (
            "IN_STOCK",
            "paid",
            "shipped",
            "delivered",
            "received",
            "applied",
            "fulfilled",
            "finished",
            "active",
            "captured",
            "enabled",
            "on_time",
        ),
        "good",
    ),
    **dict.fromkeys(
        (
            *("LOW_STOCK", "pending", "held", "needs_approval", "payment_review", "refund_due", "waiting"),
            *("partially_shipped", "partially_received", "open", "snoozed", "requested", "overdue", "never_done"),
        ),
        "warn",
    ),
    **dict.fromkeys(("OUT_OF_STOCK", "failed", "charged_back", "dead", "retired", "failing"), "bad"),
    **dict.fromkeys(
        ("confirmed", "processing", "reserved", "sent", "counting", "picking", "acknowledged", "draft"), "busy"
    ),
}

# Why money stands in review, or is to go back.
MONEY_REASONS = {
    "amount_differs": N_("The amount or the currency is not what is owed."),
    "paid_twice": N_("It was paid already."),
    "out_of_stock": N_("It was paid after the stock had gone."),
    "refused": N_("Somebody decided to give it back."),
}

DECISIONS = {
    "accept_amount": N_("Take it for what is owed"),
    "retry": N_("Take the stock again, all of it"),
    "backorder": N_("Take what there is; the rest waits for stock"),
    "refund": N_("Give it back: the order is cancelled"),
}
