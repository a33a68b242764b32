"""Refusals in the reader's words. The API's own are for programs and in English; here, the code and the data of one say
what it is about, in the words of the catalogs. English readers get the API's, which tell more.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from onhand.console.marks import N_
from onhand.console.states import WORDS as STATES
from onhand.console.words import Words
from onhand.trade.errors import Refusal

# Texts that are always the same: titles, and what is said of a field or of the service.
WORDS = {
    "Validation failed": N_("Not saved"),
    "Insufficient stock": N_("Not enough stock"),
    "Invalid transition": N_("Not possible now"),
    "Forbidden": N_("Not allowed"),
    "Input should be a valid integer": N_("Type a whole number."),
    "Input should be a valid number": N_("Type a number."),
    "Input should be greater than 0": N_("Type a number above 0."),
    "Input should be greater than or equal to 0": N_("Type 0 or more."),
    "Input should be greater than or equal to 1": N_("Type 1 or more."),
    "Is required": N_("This is needed."),
}
SENTENCES = (
    N_("Too many requests are waiting."),
    N_("The database does not answer. Nothing was done."),
    N_("The database does not answer. It is not known whether this was done."),
    N_("Too much is changing at once. Nothing was done."),
    N_("The disk of the database is full: make room on it. Nothing was done."),
    N_("This API key is not known, or was revoked."),
    N_("This sign-in link is not known, was used before, or has expired."),
    N_("This form is not of your session any more. Go back, load the page and send it again."),
    N_("This form was sent from another site."),
)
AMOUNT = N_("Type an amount, such as 19.99.")


class Said(NamedTuple):
    """What a refusal of one code is called, and what is said of it; `%(name)s` is of its data."""

    title: str
    words: str


GONE, TOO_MUCH, NOT_NOW, NOT_READABLE = N_("Not found"), N_("Too much"), N_("Not possible now"), N_("Not readable")
BY_CODE = {
    # ── Not there
    "alert_not_found": Said(GONE, N_("There is no alert “%(reference)s”.")),
    "count_line_not_found": Said(GONE, N_("“%(reference)s” is not in this count.")),
    "count_not_found": Said(GONE, N_("There is no count “%(reference)s”.")),
    "delivery_not_found": Said(GONE, N_("There is no delivery “%(reference)s”.")),
    "hold_not_found": Said(GONE, N_("There is no hold “%(reference)s”.")),
    "key_not_found": Said(GONE, N_("There is no API key “%(reference)s”.")),
    "mail_not_found": Said(GONE, N_("There is no mail “%(reference)s”.")),
    "not_found": Said(GONE, N_("There is nothing at “%(reference)s”.")),
    "order_not_found": Said(GONE, N_("There is no order “%(reference)s”.")),
    "parcel_not_found": Said(GONE, N_("There is no parcel “%(reference)s”.")),
    "payment_not_found": Said(GONE, N_("There is no payment “%(reference)s”.")),
    "product_not_found": Said(GONE, N_("There is no product “%(reference)s”.")),
    "purchase_order_not_found": Said(GONE, N_("There is no purchase order “%(reference)s”.")),
    "return_not_found": Said(GONE, N_("There is no return “%(reference)s”.")),
    "stop_not_found": Said(GONE, N_("“%(reference)s” is not on this list any more.")),
    "store_not_found": Said(GONE, N_("There is no store “%(reference)s”.")),
    "subscription_not_found": Said(GONE, N_("There is no subscription “%(reference)s”.")),
    "transfer_not_found": Said(GONE, N_("There is no transfer “%(reference)s”.")),
    "variant_not_found": Said(GONE, N_("Nothing has the SKU “%(reference)s”.")),
    "wave_not_found": Said(GONE, N_("There is no wave “%(reference)s”.")),
    "webhook_not_found": Said(GONE, N_("There is no webhook “%(reference)s”.")),
    # ── More than there is
    "body_too_large": Said(TOO_MUCH, N_("At most %(most_bytes)s bytes can be sent.")),
    "hold_exceeded": Said(TOO_MUCH, N_("More cannot be released than is on hold.")),
    "parcel_exceeds_picked": Said(
        TOO_MUCH, N_("%(requested)s of %(sku)s cannot be packed: %(to_pack)s are picked and in no parcel yet.")
    ),
    "pick_exceeds_reserved": Said(
        TOO_MUCH, N_("%(requested)s of %(sku)s cannot be picked: %(to_pick)s are still to be picked there.")
    ),
    "receipt_exceeds_in_transit": Said(
        TOO_MUCH, N_("%(received)s of %(sku)s cannot be received: %(in_transit)s are on the way.")
    ),
    "receipt_exceeds_ordered": Said(
        TOO_MUCH, N_("%(received)s of %(sku)s cannot be received: %(outstanding)s of %(ordered)s are outstanding.")
    ),
    "refund_exceeds_captured": Said(
        TOO_MUCH,
        N_("%(requested)s %(currency)s cannot go back: %(captured)s were paid, and %(refunded)s have gone back."),
    ),
    "reservation_exceeded": Said(TOO_MUCH, N_("More cannot be released than is reserved.")),
    "return_exceeds_shipped": Said(
        TOO_MUCH, N_("%(requested)s of %(sku)s cannot come back: %(returnable)s were shipped and are not back yet.")
    ),
    # ── Not as it is now
    "already_exists": Said(N_("Already there"), N_("“%(reference)s” is there already.")),
    "already_verifying": Said(NOT_NOW, N_("The ledger is being verified already.")),
    "count_incomplete": Said(NOT_NOW, N_("Not counted yet: %(skus)s.")),
    "count_overtaken": Said(
        N_("Corrected meanwhile"), N_("%(skus)s: corrected elsewhere since it was counted here. Recount it.")
    ),
    "idempotency_in_flight": Said(NOT_NOW, N_("This form is being worked on already. Look again in a moment.")),
    "idempotency_key_reused": Said(
        N_("Sent before"), N_("This form was sent before, with something else in it. Load the page and send it again.")
    ),
    "in_use": Said(N_("In use"), N_("%(sku)s has stock of its own, and a kit has none: take that out first.")),
    "invalid_transition": Said(NOT_NOW, N_("It is “%(from)s”: from there this step is not possible.")),
    "nothing_to_pick": Said(N_("Nothing to pick"), N_("No order waits to be picked there.")),
    "packed_in_parcel": Said(N_("In a parcel"), N_("A part of it is in a parcel already.")),
    "precondition_failed": Said(
        N_("Changed meanwhile"), N_("Somebody has changed it since the page was loaded. Load it and look again.")
    ),
    "rate_limited": Said(
        N_("Too many failures"), N_("Too many sign-ins from here have failed. Try again in %(minutes)s minutes.")
    ),
    "second_person_needed": Said(
        N_("Second person needed"), N_("%(person)s has counted here: somebody else has to do this.")
    ),
    "stock_changed": Said(
        N_("Changed meanwhile"),
        N_("The quantity is %(current)s now, not %(expected)s. Look at it again and repeat the change."),
    ),
    "total_mismatch": Said(N_("Another total"), N_("The total is %(total_amount)s %(currency)s.")),
    "in_another_wave": Said(N_("In another wave"), N_("It is being picked in another wave of this store.")),
    "insufficient_stock": Said(N_("Not enough stock"), N_("Not enough is there: %(shortages)s.")),
    # ── Not by this person, or not at all
    "forbidden": Said(N_("Not allowed"), N_("The key of this session may not do that.")),
    "internal_error": Said(N_("Failed"), N_("This failed. The log of the service says why.")),
    "method_not_allowed": Said(NOT_READABLE, N_("This address takes no such request.")),
    "not_applied": Said(N_("Not saved"), N_("Another row was refused, so nothing was done.")),
    "unsupported_media_type": Said(NOT_READABLE, N_("This cannot be read as a form.")),
}
# Of these only their own words say what is wrong: a line of a file, a host, what the database said. Their titles are
# the reader's.
IN_ENGLISH = {
    "count_exceeds_available": N_("More is missing than is available"),
    "counts_differ": N_("Two counts differ"),
    "malformed_request": NOT_READABLE,
    "overloaded": N_("Too busy, or out of order"),
    "unauthenticated": N_("Not known"),
    "url_refused": N_("Address refused"),
    "validation_failed": N_("Not saved"),
}
CHARGED_BACK = Said(NOT_NOW, N_("Its payment was charged back: no goods leave for it."))
SHORT = N_("%(sku)s: %(requested)s wanted, %(available)s available")


class Told(NamedTuple):
    """A refusal as it is shown; `language` is that of the detail."""

    title: str
    detail: str
    language: str


def tell(code: str, title: str, detail: str, data: Mapping[str, Any], words: Words) -> Told:
    """In the reader's words, where there are any."""
    if words.language == "en":
        return Told(WORDS.get(title, title), detail, "en")
    if detail in SENTENCES:
        shown = IN_ENGLISH.get(code) or (BY_CODE[code].title if code in BY_CODE else title)
        return Told(words.gettext(shown), words.gettext(detail), words.language)
    if code in BY_CODE:
        said = CHARGED_BACK if data.get("payment_status") == "charged_back" else BY_CODE[code]
        try:
            return Told(words.gettext(said.title), words.gettext(said.words) % _spoken(data, words), words.language)
        except KeyError:  # It says less than others of its code.
            return Told(words.gettext(said.title), detail, "en")
    return Told(words.gettext(IN_ENGLISH.get(code, WORDS.get(title, title))), detail, "en")


def _spoken(data: Mapping[str, Any], words: Words) -> dict[str, str]:
    spoken = {name: _one(name, value, words) for name, value in data.items()}
    if "references" in data:
        spoken["reference"] = spoken["references"]
    return spoken


def _one(name: str, value: Any, words: Words) -> str:
    if isinstance(value, int):
        return words.number(value)
    if name in ("from", "to"):
        return words.gettext(STATES.get(value, value))
    if name == "shortages":
        return "; ".join(words.gettext(SHORT) % _spoken(short, words) for short in value)
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def detail_of(refusal: Refusal, words: Words) -> str:
    """What a refusal says, where it stands in a list."""
    return tell(refusal.code, refusal.title, refusal.detail, refusal.data, words).detail


def in_words(text: str) -> str:
    """What stands in the catalogs for a message about a field, or the text as it is."""
    return AMOUNT if text.startswith("an amount is a decimal string") else WORDS.get(text, text)
