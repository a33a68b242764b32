"""A page of the grid is light and soon there, in a large shop too. (`ONHAND_TEST_LARGE=1` measures 100,000 SKUs.)"""

import os
import time

import httpx2
import pytest
from sqlalchemy import insert, select
from tests.console.stage import ADMIN

from onhand import clock
from onhand.console.assets import assets
from onhand.db.schema import levels, products, stores, variants

MOST_BYTES = 300_000
LARGE = bool(os.environ.get("ONHAND_TEST_LARGE"))
SKUS, STORES = (100_000, 10) if LARGE else (2_000, 10)
MOST_SECONDS = 0.2


@pytest.fixture
def large_shop(shop):
    """Catalog and empty levels written past the engine: a million commands would take too long."""
    now = clock.now()
    for number in range(1, STORES):
        shop.opens(f"store-{number}", f"Store {number}")
    product = shop.sells("FIRST").product_id
    goods = [
        {
            **dict.fromkeys(column.name for column in variants.columns),
            "id": clock.new_id(),
            "product_id": product,
            "position": 1,
            "sku": f"SKU-{number:06}",
            "title": f"Thing number {number}, of a colour",
            "price": 10_000,
            "currency": "EUR",
            "created_at": now,
            "updated_at": now,
        }
        for number in range(SKUS)
    ]
    with shop.engine.database.engine.begin() as connection:
        places = connection.execute(select(stores.c.id)).scalars().all()
        assert connection.execute(select(products.c.id)).scalars().all()
        for start in range(0, SKUS, 5_000):
            some = goods[start : start + 5_000]
            connection.execute(insert(variants), some)
            zero = dict.fromkeys((column.name for column in levels.columns if column.name != "bin"), 0)
            connection.execute(
                insert(levels),
                [
                    {**zero, "bin": None, "store_id": place, "variant_id": each["id"]}
                    for each in some
                    for place in places
                ],
            )
    return shop


@pytest.mark.timeout(900)
def test_a_page_of_the_grid_is_light_and_soon_there(large_shop, console):
    with httpx2.Client(base_url=console, follow_redirects=True, timeout=60) as client:
        client.post("/console/sign-in", data={"key": ADMIN})
        took = {}
        for path in ("", "?q=sku-0019", "?q=number+1234", "?q=nothing-like-it", "?store=store-3"):
            client.get(f"/console/stock{path}")
            tries = []
            for _ in range(5):
                began = time.perf_counter()
                answer = client.get(f"/console/stock{path}")
                tries.append(time.perf_counter() - began)
                assert answer.status_code == 200
            took[path] = min(tries)
            scripts = ("htmx-4.0.1.min.js", "console.js", "live.js", "forms.js", "keys.js", "chart.js", "verify.js")
            loaded = sum(len(asset.body) for name, asset in assets().items() if name.rpartition("/")[2] in scripts)
            weight = len(answer.content) + loaded + len(assets()["console.css"].body)
            assert weight < MOST_BYTES, f"{path}: {weight} bytes"
    assert max(took.values()) < MOST_SECONDS, took
    print(took)
