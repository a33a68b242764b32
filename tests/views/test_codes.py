"""What a scanner has read."""

from tests.shop import Shop

from onhand.views.codes import skus_of


def test_a_list_of_any_length_is_looked_up(shop: Shop):
    shop.stocks({"MUG": 1})
    with shop.engine.database.reading() as connection:
        assert skus_of(connection, [*map(str, range(70_000)), "MUG"]) == {"MUG": "MUG"}
