"""Zones: what a bin's name says, and how a zone is cut into walks."""

import pytest

from onhand.views.zones import walking_order, walks, zone_of


@pytest.mark.parametrize(
    ("bin_", "zone"),
    [("A-03-2", "A"), ("Cold room-1", "Cold room"), ("A-", "A"), ("12", None), ("-5", None), ("", None), (None, None)],
)
def test_a_zone_stands_before_the_first_dash(bin_: str | None, zone: str | None):
    assert zone_of(bin_) == zone


def test_zones_are_walked_one_after_the_other():
    """Also where a bin's name would sort between those of another zone."""
    bins = [None, "B-1", "A-2", "12", "A B-1", "A-1"]
    assert sorted(bins, key=lambda bin_: walking_order(bin_, "SKU")) == ["A-1", "A-2", "A B-1", "B-1", "12", None]


def test_a_zone_is_cut_into_walks():
    zones = ["A", "A", "A", "B", None, None, None]
    assert list(walks(zones, 2)) == [1, 1, 2, 1, 1, 1, 2]
    assert list(walks(zones, 7)) == [1] * 7
    assert list(walks(zones, None)) == [None] * 7
