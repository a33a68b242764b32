"""A small shop to look at: garden and kitchen goods in three stores, four weeks of trade, and a morning's orders."""

from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import exists, select

from onhand.books import Actor
from onhand.cli.demo_past import Past, Shelf, address, clock_moved_by_hand
from onhand.db.schema import products
from onhand.engine import Engine
from onhand.trade import money
from onhand.trade.catalog import ChangeStore, CreateProduct, CreateStore, VariantSpec
from onhand.trade.fulfilment import DeliverOrder, PickOrder, ShipItem, ShipOrder
from onhand.trade.holds import HoldItem, PlaceHold
from onhand.trade.orders import CancelOrder, ConfirmOrder
from onhand.trade.placing import Item, PlaceOrder
from onhand.trade.returns import ReturnItem, ReturnItems
from onhand.trade.stock import AdjustStock, SetThresholds

CURRENCY = "EUR"
STORES = {"main": "Warehouse, Harbour Road", "old-town": "Shop, Old Town", "station": "Shop, Central Station"}
CLERK = Actor("demo:Nora")


class Goods(NamedTuple):
    """A product, its variants as {SKU ending: options}, and the units of each variant at the three stores."""

    sku: str
    name: str
    price: str
    variants: dict[str, dict[str, str]]
    units: tuple[int, int, int]


ONE: dict[str, dict[str, str]] = {"": {}}
SIZES = {"-S": {"size": "S"}, "-M": {"size": "M"}, "-L": {"size": "L"}}

GOODS = [
    Goods(
        "MUG-ENAMEL", "Enamel mug", "12.50", {"-BLU": {"colour": "blue"}, "-WHT": {"colour": "white"}}, (180, 24, 18)
    ),
    Goods("TEAPOT-12", "Stoneware teapot, 1.2 l", "48.00", ONE, (40, 6, 4)),
    Goods("BOARD-OAK", "Oak chopping board", "34.90", {"-M": {"size": "medium"}, "-L": {"size": "large"}}, (60, 8, 0)),
    Goods("KNIFE-CHEF", "Chef's knife, 20 cm", "79.00", ONE, (25, 3, 2)),
    Goods("APRON-LIN", "Linen apron", "39.00", {"-SND": {"colour": "sand"}, "-INK": {"colour": "ink"}}, (70, 12, 10)),
    Goods("TOWEL-TEA", "Tea towels, set of three", "18.00", ONE, (220, 30, 30)),
    Goods("PAN-IRON-24", "Cast iron pan, 24 cm", "56.00", ONE, (32, 5, 0)),
    Goods("GRINDER", "Hand coffee grinder", "92.00", ONE, (18, 2, 2)),
    Goods("BEANS-1KG", "Espresso beans, 1 kg", "26.40", ONE, (150, 20, 35)),
    Goods("JAR-KILN", "Preserving jar, 1 l", "6.20", ONE, (400, 40, 0)),
    Goods("CANDLE-BEE", "Beeswax candles, pair", "14.00", ONE, (90, 15, 15)),
    Goods("BLANKET", "Wool blanket", "119.00", {"-GRY": {"colour": "grey"}, "-RST": {"colour": "rust"}}, (22, 3, 1)),
    Goods("TROWEL", "Garden trowel, ash handle", "21.00", ONE, (75, 8, 0)),
    Goods("SECATEURS", "Secateurs", "44.00", ONE, (40, 5, 0)),
    Goods("GLOVES-GDN", "Garden gloves", "16.50", SIZES, (60, 9, 0)),
    Goods("CAN-ZINC-9", "Zinc watering can, 9 l", "52.00", ONE, (20, 4, 0)),
    Goods("SEED-TOM", "Tomato seeds, Black Krim", "3.80", ONE, (500, 60, 40)),
    Goods("SEED-BEAN", "Runner bean seeds", "3.40", ONE, (480, 60, 0)),
    Goods("POT-TERRA", "Terracotta pot", "9.00", {"-14": {"size": "14 cm"}, "-20": {"size": "20 cm"}}, (140, 16, 0)),
    Goods("LANTERN", "Storm lantern", "36.00", ONE, (9, 2, 0)),
]

SHELVES = [
    Shelf(store, goods.sku + ending, units)
    for goods in GOODS
    for ending in goods.variants
    for store, units in zip(STORES, goods.units, strict=True)
    if units
]


def open_demo_shop(engine: Engine, *, with_past: bool = True) -> bool:
    """Make the shop, unless the database sells something already. Answers whether it did.

    Without its past it opened this morning.
    """
    with engine.database.reading() as connection:
        if connection.execute(select(exists().where(products.c.id.is_not(None)))).scalar():
            return False
    if with_past:
        with clock_moved_by_hand(engine) as hands:
            _stock_up(engine)
            Past(engine, hands, CLERK, SHELVES).happen()
    else:
        _stock_up(engine)
    _trade(engine)
    return True


def _stock_up(engine: Engine) -> None:
    _do(engine, ChangeStore("main", name=STORES["main"]))
    for priority, code in enumerate(list(STORES)[1:], start=1):
        _do(engine, CreateStore(code, STORES[code], priority=priority))
    for goods in GOODS:
        price = money.price(Decimal(goods.price))
        specs = tuple(
            VariantSpec(goods.sku + ending, price, options=options or None)
            for ending, options in goods.variants.items()
        )
        _do(engine, CreateProduct(goods.name, specs, currency=CURRENCY))
    for store, sku, units in SHELVES:
        _do(engine, AdjustStock(sku, store, "increment", units, "Opening stock", cause="import"))
        low = units // 3
        _do(engine, SetThresholds(sku, store, reorder_point=low, reorder_quantity=units, low_stock_threshold=low))


def _trade(engine: Engine) -> None:
    """A morning: every state that an order can be in, and the changes that people make by hand."""
    waiting = _order(engine, "Ada Holm", {"TEAPOT-12": 1, "MUG-ENAMEL-BLU": 4})
    _order(engine, "Jon Berg", {"GRINDER": 1, "BEANS-1KG": 2}, store="station")
    _order(engine, "Mina Sol", {"SEED-TOM": 6, "SEED-BEAN": 4, "TROWEL": 1})
    confirmed = _order(engine, "Café Lind", {"MUG-ENAMEL-WHT": 24, "TOWEL-TEA": 6}, reference="PO-2231", priority=1)
    _do(engine, ConfirmOrder(confirmed))
    _order(engine, "Rosa Weiss", {"BLANKET-GRY": 1, "CANDLE-BEE": 2}, paid=True)
    picking = _order(engine, "Per Dahl", {"GLOVES-GDN-M": 2, "SECATEURS": 1}, paid=True)
    _do(engine, PickOrder(picking))
    partly = _order(
        engine, "Hotel Kai", {"APRON-LIN-INK": 10, "JAR-KILN": 60}, paid=True, reference="KAI-0093", priority=1
    )
    _do(engine, ShipOrder(partly, (ShipItem("JAR-KILN", 60),), tracking_number="NS400211", carrier="Nordsped"))
    shipped = _order(engine, "Tove Lie", {"PAN-IRON-24": 1, "BOARD-OAK-L": 1}, paid=True)
    _do(engine, ShipOrder(shipped, tracking_number="NS400187", carrier="Nordsped"))
    delivered = _order(engine, "Ivo Marek", {"KNIFE-CHEF": 1}, paid=True)
    _do(engine, ShipOrder(delivered, tracking_number="NS400150", carrier="Nordsped"))
    _do(engine, DeliverOrder(delivered))
    returned = _order(engine, "Lea Brandt", {"POT-TERRA-20": 5, "CAN-ZINC-9": 1}, paid=True, reference="BRANDT-51")
    _do(engine, ShipOrder(returned, tracking_number="NS400122", carrier="Nordsped"))
    _do(engine, ReturnItems(returned, (ReturnItem("POT-TERRA-20", 2, "damaged"),), "Broken in transit"))
    _do(engine, CancelOrder(_order(engine, "Max Orel", {"LANTERN": 2}), "Changed their mind"))
    _do(engine, PlaceHold((HoldItem("LANTERN", 3, "main"),), "window display", 24 * 60))
    _do(engine, AdjustStock("CANDLE-BEE", "old-town", "decrement", 1, "Broken on the shelf"))
    _do(engine, AdjustStock("POT-TERRA-14", "main", "damage", 3, "Cracked, in quarantine"))
    _do(engine, AdjustStock("LANTERN", "old-town", "decrement", 2, "Moved to the window display"))
    _do(engine, ConfirmOrder(waiting))


def _order(engine: Engine, customer: str, items: dict[str, int], **more: Any) -> str:
    """Place an order; answers its id. Unpaid ones are held for a day, so that there is something to look at."""
    lines = tuple(Item(sku, quantity) for sku, quantity in items.items())
    command = PlaceOrder(
        lines, customer_name=customer, customer_email=address(customer), channel="demo", hold_minutes=24 * 60, **more
    )
    order_id: str = _do(engine, command).order.id
    return order_id


def _do(engine: Engine, command: Any) -> Any:
    return engine.run(command, CLERK)
