"""Many callers at once."""

import asyncio
from collections import Counter

import httpx2
from tests.api.conftest import ADMIN
from tests.shop import Shop

BUYERS = 100


def buy(url: str, bodies: list[dict], headers: list[dict]) -> list[httpx2.Response]:
    async def all_at_once() -> list[httpx2.Response]:
        limits = httpx2.Limits(max_connections=BUYERS)
        key = {"Authorization": f"Bearer {ADMIN}"}
        async with httpx2.AsyncClient(base_url=url, headers=key, limits=limits, timeout=60) as buyers:
            return await asyncio.gather(
                *(
                    buyers.post("/api/orders", json=body, headers=more)
                    for body, more in zip(bodies, headers, strict=True)
                )
            )

    return asyncio.run(all_at_once())


def test_a_hundred_buyers_of_thirty_units(url: str, shop: Shop):
    shop.stocks({"MUG": 30})
    body = {"items": [{"sku": "MUG", "quantity": 1}]}
    answers = buy(url, [body] * BUYERS, [{}] * BUYERS)
    assert Counter(answer.status_code for answer in answers) == {201: 30, 409: 70}
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"insufficient_stock"}
    assert len({answer.json()["order_id"] for answer in answers if answer.status_code == 201}) == 30
    assert shop.balances("MUG") == (0, 30, 0)


def test_a_hundred_times_the_same_request(url: str, shop: Shop):
    shop.stocks({"MUG": 30})
    body = {"items": [{"sku": "MUG", "quantity": 3}]}
    answers = buy(url, [body] * BUYERS, [{"Idempotency-Key": "once"}] * BUYERS)
    codes = Counter(answer.json().get("code", answer.status_code) for answer in answers)
    assert set(codes) <= {201, "idempotency_in_flight"}
    assert len({answer.json()["order_id"] for answer in answers if answer.status_code == 201}) == 1
    assert shop.balances("MUG") == (27, 3, 0)
