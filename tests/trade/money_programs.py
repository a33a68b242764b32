"""Commands at random about money: what is said, paid, sent back, decided and amended."""

from decimal import Decimal

from hypothesis import strategies as st
from tests.trade.drawing import made, order_names, quantities, rarely, skus, some_store, tuples_of
from tests.trade.naming import ALL

from onhand.trade.amend import AmendOrder
from onhand.trade.payments import KINDS, PaymentReported, RecordPayment
from onhand.trade.placing import Item
from onhand.trade.refunds import RefundPayment
from onhand.trade.reviews import DECISIONS, ResolveReview

amounts = st.sampled_from([ALL, ALL, ALL, Decimal("1.00"), Decimal("59.70")])
payment_ids = st.sampled_from(["P-1", "P-2", "P-3", "P-4", "P-5"])
messages = made(
    PaymentReported,
    provider=st.just("payhere"),
    event_id=st.integers(0, 40).map(str),
    kind=st.sampled_from(["paid", "paid", "paid", *KINDS]),
    payment_id=payment_ids,
    order=rarely(order_names, st.none()),
    amount=amounts,
    currency=rarely(st.just("USD"), st.just("EUR")),
)
recorded = made(
    RecordPayment,
    order=order_names,
    payment_id=payment_ids,
    amount=amounts,
    currency=st.just("USD"),
    method=st.just("cash"),
)
money_back = made(
    RefundPayment,
    payment_id=payment_ids,
    amount=st.sampled_from([Decimal("1.00"), Decimal("19.90"), Decimal("59.70")]),
    reason=st.just("Late"),
)
decisions = made(ResolveReview, order=order_names, decision=st.sampled_from(DECISIONS))
amendments = made(
    AmendOrder,
    order=order_names,
    items=tuples_of(made(Item, variant=skus, quantity=quantities, store=some_store), least=1),
    shipping=st.none() | st.just(Decimal("4.00")),
)
money_steps = st.one_of(messages, recorded, money_back, decisions, amendments)
