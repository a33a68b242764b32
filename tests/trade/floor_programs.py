"""Commands at random for the warehouse: picks and parcels, waves, announced returns, transfers, counts."""

from hypothesis import strategies as st
from tests.trade.drawing import (
    made,
    nth,
    order_names,
    rarely,
    returned_items,
    skus,
    some_store,
    stores,
    tuples_of,
)
from tests.trade.naming import Off

from onhand.trade.counts import CancelCount, Counted, CreateCount, RecountLines, SaveCounted
from onhand.trade.fulfilment import ShipOrder
from onhand.trade.packing import PackItem, PackParcel
from onhand.trade.picking import RecordPick, Short
from onhand.trade.returns import (
    CancelReturn,
    ReceiveReturn,
    RequestedItem,
    RequestReturn,
)
from onhand.trade.transfers import (
    Arrival,
    CancelTransfer,
    CreateTransfer,
    RecallTransfer,
    ReceiveTransfer,
    SendTransfer,
    TransferItem,
)
from onhand.trade.variances import ApproveCount, SubmitCount
from onhand.trade.waves import CancelWave, CreateWave, FinishWave

# ── Picking and packing ─────────────────────────────────────────────────────────────────────────────────────────────

few = st.integers(1, 3)
picked_lines = st.sampled_from([1, 1, 1, 2, 2, 3])
shorts = made(
    Short,
    quantity=st.integers(1, 2),
    reason=st.sampled_from(["not there", "damaged"]),
    then=st.sampled_from(["reallocate", "backorder", "release"]),
    component=st.sampled_from([None, None, "A", "B"]),
)
picks = st.one_of(
    made(RecordPick, order=order_names, line=picked_lines, store=stores, quantity=few),
    made(RecordPick, order=order_names, line=picked_lines, store=stores, quantity=st.integers(0, 2), short=shorts),
    made(
        RecordPick,
        order=order_names,
        line=picked_lines,
        store=stores,
        quantity=st.integers(1, 2),
        substitute=st.sampled_from(["B", "C"]),
    ),
    made(
        RecordPick,
        order=order_names,
        line=picked_lines,
        store=stores,
        quantity=st.integers(0, 1),
        short=made(Short, quantity=st.integers(1, 2), reason=st.just("damaged"), then=st.just("release")),
        substitute=st.sampled_from(["B", "C"]),
    ),
)
packings = made(
    PackParcel,
    order=order_names,
    items=tuples_of(made(PackItem, variant=skus, quantity=st.integers(1, 2)), least=1, most=2),
    checked_by=st.none() | st.just("ben"),
)
parcel_shipments = made(ShipOrder, order=order_names, parcels=tuples_of(st.integers(1, 2), least=1, most=2))
wave_steps = st.one_of(
    made(CreateWave, store=stores, orders=tuples_of(nth(), least=1), skip=st.booleans()),
    made(FinishWave, wave=nth()),
    made(CancelWave, wave=nth()),
)

# ── Announced returns ───────────────────────────────────────────────────────────────────────────────────────────────

announced_returns = st.one_of(
    made(
        RequestReturn,
        order=order_names,
        items=tuples_of(made(RequestedItem, variant=skus, quantity=st.integers(1, 2)), least=1, most=2),
        reason=st.just("Wrong colour"),
    ),
    made(ReceiveReturn, return_=nth(), items=tuples_of(returned_items, least=1, most=2), store=some_store),
    made(CancelReturn, return_=nth()),
)

# ── Transfers ───────────────────────────────────────────────────────────────────────────────────────────────────────

transfer_drafts = made(
    CreateTransfer,
    from_store=stores,
    to_store=stores,
    items=tuples_of(made(TransferItem, variant=skus, quantity=few), least=1),
)
arrivals = made(
    Arrival,
    variant=skus,
    received=st.integers(0, 2),
    damaged=st.sampled_from([0, 0, 1]),
    lost=st.sampled_from([0, 0, 1]),
    reason=rarely(st.just("Wet box"), st.none()),
)
transfer_steps = st.one_of(
    made(SendTransfer, transfer=nth()),
    made(ReceiveTransfer, transfer=nth()),
    made(ReceiveTransfer, transfer=nth(), items=tuples_of(arrivals, least=1, most=2)),
    made(RecallTransfer, transfer=nth()),
    made(CancelTransfer, transfer=nth()),
)

# ── Counts ──────────────────────────────────────────────────────────────────────────────────────────────────────────

count_openings = made(
    CreateCount,
    store=stores,
    items=tuples_of(skus, least=1),
    blind=st.booleans(),
    approval_units=st.sampled_from([None, 0, 2]),
)
differences = st.sampled_from([0, 0, -1, -2, 1, 3])
counted = made(
    Counted,
    variant=skus,
    counted=made(Off, by=differences),
    second=st.sampled_from([False, False, True]),
    reason=st.none() | st.just("Behind the shelf"),
)
# Not among the commands of a batch: how much there is when they are decided is known only then.
countings = made(SaveCounted, reference=nth(), items=tuples_of(counted, least=1))
count_steps = st.one_of(
    made(
        SubmitCount,
        reference=nth(),
        skip_uncounted=st.sampled_from([True, True, False]),
        prefer=st.sampled_from([None, "first", "second"]),
    ),
    made(ApproveCount, reference=nth()),
    made(RecountLines, reference=nth(), items=tuples_of(skus, least=1, most=2)),
    made(CancelCount, reference=nth()),
)
