"""How much is measured: enough for a figure to stand on, or little enough to be done in two minutes."""

from typing import NamedTuple


class Sizes(NamedTuple):
    """`seconds` is the length of one contestant's turn; the rest says how big the shop and its past are."""

    seconds: float
    skus: int = 1_000
    few_skus: int = 100
    stores: int = 50
    many_skus: int = 100_000
    small_ledger: int = 20_000
    large_ledger: int = 5_000_000
    memory_orders: int = 100_000
    latency_rounds: int = 3
    verified: bool = True
    """Whether the ledger of all contestants together is replayed in the end: as `onhand verify`, a minute or two."""
    in_flight: tuple[int, ...] = (1, 16, 64, 256)
    connections: tuple[int, ...] = (1, 16, 64, 256)


FULL = Sizes(seconds=3)
QUICK = Sizes(
    seconds=0.4,
    many_skus=10_000,
    large_ledger=200_000,
    memory_orders=8_000,
    latency_rounds=1,
    verified=False,
    in_flight=(1, 256),
    connections=(64,),
)
BATCH = 256
ORDERS_PER_REQUEST = 100
