"""Providers speak over HTTP: what is signed is acted on once, and what is not changes nothing and is told once."""

import json

import pytest
from stripe import Webhook as StripeWebhook
from tests.api.callbacks import (
    CALLBACK_SECRETS,
    FORM,
    MERCHANT,
    MERCHANT_SECRET,
    STRIPE_SECRETS,
    generic,
    generic_body,
    generic_headers,
    payhere,
    payhere_fields,
    stripe,
    stripe_event,
)
from tests.api.conftest import ADMIN, problem

from onhand.api.app import create_app
from onhand.config import Settings
from onhand.integrations.payhere import signature
from onhand.rows import Batch, Event, Payment, PaymentMessage


@pytest.fixture
def url(stage, shop):
    """An app for which every provider is set up."""
    settings = Settings(
        _env_file=None,  # type: ignore[call-arg]
        bootstrap_key=ADMIN,
        payhere_merchant_id=MERCHANT,
        payhere_merchant_secret=MERCHANT_SECRET,
        stripe_webhook_secrets=",".join(STRIPE_SECRETS),
        callback_secrets=", ".join(CALLBACK_SECRETS),
    )
    stage[0].app = create_app(settings, shop.engine, shop.engine.database)
    return stage[1]


@pytest.fixture
def order(shop):
    """Two mugs at 10.00 each: 20.00 USD are owed."""
    shop.stocks({"MUG": 5})
    return shop.order({"MUG": 2}).order


def outcome(answer) -> str:
    assert answer.status_code == 200, answer.text
    assert set(answer.json()) == {"outcome"}
    return answer.json()["outcome"]


# ── PayHere ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_payhere_pays_by_number_or_id(stranger, shop, order):
    assert outcome(payhere(stranger, order.number)) == "confirmed"
    assert outcome(payhere(stranger, order.number)) == "repeated"
    assert outcome(payhere(stranger, order.id)) == "repeated"
    assert shop.balances("MUG") == (3, 0, 2)


@pytest.mark.parametrize(
    ("code", "came_to"),
    [("2", "confirmed"), ("0", "pinned"), ("-1", "released"), ("-2", "released"), ("-3", "charged_back")],
)
def test_payhere_codes(stranger, order, code, came_to):
    assert outcome(payhere(stranger, order.number, code)) == came_to


def test_payhere_signature_is_the_published_chain():
    """The worked example of docs/payments.md, made with md5sum."""
    fields = {
        "merchant_id": "1211149",
        "order_id": "1001",
        "payhere_amount": "1000.00",
        "payhere_currency": "LKR",
        "status_code": "2",
    }
    assert signature(fields, "MzI4NDI4MTc4MTk2") == "6F26D185D3CF53A9F757ABE1AC0B7A3E"


def test_no_card_data_and_no_signature_is_kept(stranger, shop, order):
    payhere(stranger, order.number)
    (message,) = shop.rows(PaymentMessage)
    kept = json.loads(message.raw)
    assert kept["order_id"] == order.number
    assert kept["payment_id"] == "320025023"
    for secret in ("Ada Lovelace", "1292", "4242", kept["md5sig"] if kept["md5sig"] != "[removed]" else "no-secret"):
        assert secret not in message.raw


# ── Stripe ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("secret", STRIPE_SECRETS)
def test_stripe_pays_while_its_secret_is_rotated(stranger, shop, order, secret):
    event = stripe_event("payment_intent.succeeded", order.id)
    assert outcome(stripe(stranger, event, secret)) == "confirmed"
    (payment,) = shop.rows(Payment)
    assert (payment.payment_id, payment.amount, payment.currency) == ("pi_1", 2000, "USD")


def test_stripe_and_its_own_client_take_the_same_signatures(stranger, order):
    """What the official package verifies is taken, and what it refuses is refused."""
    payload = stripe_event("payment_intent.succeeded", order.id)
    sent = stripe(stranger, payload).request.headers["stripe-signature"]
    assert StripeWebhook.construct_event(payload, sent, STRIPE_SECRETS[1])["id"] == "evt_1"
    with pytest.raises(Exception, match="No signatures found"):
        StripeWebhook.construct_event(payload.replace("2000", "1"), sent, STRIPE_SECRETS[1])
    problem(stripe(stranger, payload.replace("2000", "1"), header=sent), 401, "unauthenticated")


def test_one_payment_by_several_events(stranger, shop, order):
    events = [
        ("payment_intent.processing", "evt_1", {}, "pinned"),
        ("payment_intent.succeeded", "evt_2", {}, "confirmed"),
        ("charge.succeeded", "evt_3", {"id": "ch_1", "payment_intent": "pi_1", "amount_captured": 2000}, "repeated"),
        ("payment_intent.payment_failed", "evt_0", {}, "ignored"),
        ("customer.created", "evt_4", {}, "ignored"),
        ("charge.refunded", "evt_5", {"payment_intent": "pi_1", "amount_refunded": 500}, "ignored"),
    ]
    for type_, event_id, thing, came_to in events:
        assert outcome(stripe(stranger, stripe_event(type_, order.id, event_id, **thing))) == came_to, type_
    dispute = {"id": "dp_1", "object": "dispute", "payment_intent": "pi_1"}
    assert outcome(stripe(stranger, stripe_event("charge.dispute.created", None, "evt_6", **dispute))) == "charged_back"
    won = stripe_event("charge.dispute.closed", None, "evt_7", status="won", **dispute)
    assert outcome(stripe(stranger, won)) == "confirmed"
    (payment,) = shop.rows(Payment)
    assert (payment.state, payment.refunded) == ("captured", 500)


def test_a_charge_that_only_repeats_its_intent_is_no_unknown_order(stranger, order):
    charge = stripe_event("charge.succeeded", None, id="ch_1", payment_intent="pi_1", amount_captured=2000)
    assert outcome(stripe(stranger, charge)) == "ignored"


@pytest.mark.parametrize(
    ("currency", "price", "minor"), [("JPY", "500", 1000), ("KWD", "1.250", 2500), ("ISK", "500", 100_000)]
)
def test_stripe_units_of_currencies(stranger, shop, currency, price, minor):
    """JPY has no decimals, KWD three, and ISK has two for Stripe though none for ISO 4217."""
    shop.sells("CUP", price=price, currency=currency)
    shop.stocks({"CUP": 5})
    order = shop.order({"CUP": 2}).order
    event = stripe_event("payment_intent.succeeded", order.id, currency=currency.lower(), amount_received=minor)
    assert outcome(stripe(stranger, event)) == "confirmed"


# ── The generic callback ────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("secret", CALLBACK_SECRETS)
def test_the_generic_callback_is_signed_as_standard_webhooks_are(stranger, order, secret):
    assert outcome(generic(stranger, generic_body(order.number), secret=secret)) == "confirmed"


@pytest.mark.parametrize(
    ("code", "came_to"),
    [
        ("2", "confirmed"),
        pytest.param(2, "confirmed", id="a-number"),
        ("-2", "released"),
        ("7", "released"),
        ("0", "pinned"),
    ],
)
def test_generic_codes(stranger, order, code, came_to):
    assert outcome(generic(stranger, generic_body(order.id, code))) == came_to


def test_an_order_that_never_was_is_kept_and_told(stranger, shop):
    assert outcome(generic(stranger, generic_body("no-such-order"))) == "unknown_order"
    (message,) = shop.rows(PaymentMessage)
    assert (message.outcome, message.order_reference) == ("unknown_order", "no-such-order")
    assert [event.type for event in shop.rows(Event)] == ["payment.unknown_order"]


# ── What is refused ─────────────────────────────────────────────────────────────────────────────────────────────────


def tampered_payhere(api, order):
    fields = {**payhere_fields(order.number), "payhere_amount": "1.00"}
    return api.post("/api/payments/payhere/notify", data=fields)


def wrong_merchant(api, order):
    return payhere(api, order.number, merchant_id="666")


def unsigned_payhere(api, order):
    fields = payhere_fields(order.number)
    del fields["md5sig"]
    return api.post("/api/payments/payhere/notify", data=fields)


def payhere_as_json(api, order):
    return api.post("/api/payments/payhere/notify", json=payhere_fields(order.number))


def payhere_unknown_code(api, order):
    return payhere(api, order.number, "9")


def tampered_stripe(api, order):
    sent = stripe(api, stripe_event("customer.created", order.id)).request.headers["stripe-signature"]
    return stripe(api, stripe_event("payment_intent.succeeded", order.id), header=sent)


def old_stripe(api, order):
    return stripe(api, stripe_event("payment_intent.succeeded", order.id), age=301)


def stripe_from_the_future(api, order):
    return stripe(api, stripe_event("payment_intent.succeeded", order.id), age=-400)


def unsigned_stripe(api, order):
    return stripe(api, stripe_event("payment_intent.succeeded", order.id), header="")


def oversized_stripe(api, order):
    return stripe(api, stripe_event("payment_intent.succeeded", order.id, padding="x" * 300_000))


def stripe_as_a_form(api, order):
    return api.post("/api/payments/stripe/webhook", content="a=b", headers=FORM)


def tampered_generic(api, order):
    headers = generic_headers(json.dumps(generic_body(order.number)))
    return api.post("/api/payments/callback", json=generic_body(order.number, amount="1.00"), headers=headers)


def old_generic(api, order):
    return generic(api, generic_body(order.number), age=301)


def generic_with_another_id(api, order):
    payload = json.dumps(generic_body(order.number))
    headers = {**generic_headers(payload), "webhook-id": "msg_2"}
    return api.post("/api/payments/callback", content=payload, headers=headers)


def generic_with_an_unknown_field(api, order):
    return generic(api, generic_body(order.number, surprise=1))


def generic_with_too_many_decimals(api, order):
    return generic(api, generic_body(order.number, amount="20.001"))


def generic_compressed(api, order):
    payload = json.dumps(generic_body(order.number))
    headers = {**generic_headers(payload), "Content-Encoding": "gzip"}
    return api.post("/api/payments/callback", content=payload, headers=headers)


@pytest.mark.parametrize(
    ("attempt", "status"),
    [
        (tampered_payhere, 401),
        (wrong_merchant, 401),
        (unsigned_payhere, 401),
        (payhere_as_json, 415),
        (payhere_unknown_code, 422),
        (tampered_stripe, 401),
        (old_stripe, 401),
        (stripe_from_the_future, 401),
        (unsigned_stripe, 401),
        (oversized_stripe, 413),
        (stripe_as_a_form, 415),
        (tampered_generic, 401),
        (old_generic, 401),
        (generic_with_another_id, 401),
        (generic_with_an_unknown_field, 422),
        (generic_with_too_many_decimals, 422),
        (generic_compressed, 415),
    ],
)
def test_what_is_refused_changes_nothing_and_is_told_once(stranger, shop, order, attempt, status):
    before = {**shop.books(), Batch: []}
    answer = attempt(stranger, order)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    after = {**shop.books(), Batch: []}
    told = [event for event in after[Event] if event not in before[Event]]
    assert [event.type for event in told] == ["security.callback_refused"]
    after[Event] = before[Event]
    assert after == before


def test_a_flood_does_not_fill_the_database(stranger, shop):
    for _ in range(70):
        stranger.post("/api/payments/stripe/webhook", json={})
    assert 1 <= len(shop.rows(Event)) <= 60


def test_unknown_providers_are_refused(stranger):
    problem(stranger.post("/api/payments/paypal/notify", json={}), 404, "not_found")


def test_a_provider_that_is_not_set_up_is_refused(stage, shop, stranger, order):
    stage[0].app = create_app(Settings(_env_file=None), shop.engine, shop.engine.database)  # type: ignore[call-arg]
    for attempt in (
        payhere(stranger, order.number),
        stripe(stranger, stripe_event("payment_intent.succeeded", order.id)),
        generic(stranger, generic_body(order.number)),
    ):
        assert "not set up" in problem(attempt, 401, "unauthenticated")["detail"]


def test_secrets_must_be_base64():
    with pytest.raises(ValueError, match="base64"):
        Settings(_env_file=None, callback_secrets="whsec_not base64!")  # type: ignore[call-arg]


@pytest.mark.parametrize("secrets", ["whsec_", f"{CALLBACK_SECRETS[0]},whsec_", "="])
def test_a_secret_of_no_bytes_would_let_anybody_sign(secrets):
    with pytest.raises(ValueError, match="no bytes"):
        Settings(_env_file=None, callback_secrets=secrets)  # type: ignore[call-arg]


def test_half_a_character_in_a_message_is_kept_as_it_was_spelled(stranger, shop, order):
    event = stripe_event("payment_intent.succeeded", order.id, description="half a \ud83d")
    assert outcome(stripe(stranger, event)) == "confirmed"
    (message,) = shop.rows(PaymentMessage)
    assert "half a \\ud83d" in message.raw
