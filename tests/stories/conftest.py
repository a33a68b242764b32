"""What several stories begin with."""

import pytest
from tests.shop import Shop


@pytest.fixture
def pantry(shop: Shop) -> Shop:
    shop.stocks({"TEA": 10, "CUP": 6, "POT": 2})
    return shop
