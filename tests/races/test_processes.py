"""Four processes of sixteen clerks each on one PostgreSQL: nothing but a refusal reaches a clerk, nothing is lost.

ONHAND_TEST_SECONDS=60 makes the run a long one; `-s` shows its figures.
"""

import os
from pathlib import Path

import pytest
from tests.races.offices import assert_nothing_was_lost, close_offices, open_offices, stock_up

SECONDS = float(os.environ.get("ONHAND_TEST_SECONDS", "6"))


@pytest.mark.timeout(60 + 6 * SECONDS)
def test_four_processes_at_work(postgres_url: str, tmp_path: Path):
    stock_up(postgres_url, 30)
    figures = close_offices(open_offices(postgres_url, 4, SECONDS, tmp_path), 60 + 3 * SECONDS)
    acknowledged = assert_nothing_was_lost(postgres_url, tmp_path)
    print(f"\n{acknowledged} orders acknowledged in {SECONDS:g} s: {figures}")
    for deed in ("place", "place_paid", "confirm", "cancel", "ship", "adjust"):
        assert figures["done"][deed] > 0, figures
    assert figures["refused"]["insufficient_stock"] > 0, "stock never ran out: nothing was contended"
    assert acknowledged > 100
