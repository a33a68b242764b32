"""Zones: the parts of a store that a wave is shared out by.

A zone is what stands before the first `-` in the name of a bin: A of `A-03-2`. A name without a `-`, or that begins
with it, is in no zone; what has no bin is not either.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

NO_ZONE = ""


class WavePart(NamedTuple):
    """Which part of a wave's list is wanted: all of it, or one zone (`NO_ZONE`: what is in none).

    `zone_size` is the most lines of a walk. Without it a zone is not cut.
    """

    zone: str | None = None
    zone_size: int | None = None

    def has(self, zone: str | None) -> bool:
        return self.zone in (None, zone or NO_ZONE)


WHOLE = WavePart()


def zone_of(bin_: str | None) -> str | None:
    zone, dash, _ = (bin_ or "").partition("-")
    return zone if zone and dash else None


def walking_order(bin_: str | None, sku: str) -> tuple[bool, str, bool, str, str]:
    """What to sort stops by: zone after zone, in each by bin, then SKU; last what is in no zone."""
    zone = zone_of(bin_)
    return zone is None, zone or "", bin_ is None, bin_ or "", sku


def walks(zones: Sequence[str | None], size: int | None) -> Iterator[int | None]:
    """The number of the walk of each stop: from 1 in each zone, `size` stops each. None where no size is given."""
    passed: dict[str | None, int] = {}
    for zone in zones:
        stops = passed[zone] = passed.get(zone, 0) + 1
        yield None if size is None else (stops - 1) // size + 1
