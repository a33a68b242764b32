"""`onhand replay`."""

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from sqlalchemy import Connection, func, select

from onhand import clock
from onhand.cli import northwind, online_retail
from onhand.cli.online_retail import Article
from onhand.cli.opening import operator, to_change
from onhand.cli.options import AsJson, DatabaseUrl
from onhand.cli.replay_orders import POLICY, Replay
from onhand.cli.screen import progress, say, show_facts, show_json
from onhand.db.schema import levels, variants
from onhand.engine import Engine

app = typer.Typer(add_completion=False)


class Until(StrEnum):
    """How far an order is taken that was accepted."""

    PLACED = "placed"
    CONFIRMED = "confirmed"
    SHIPPED = "shipped"


class OnShortage(StrEnum):
    """What becomes of an order that the stock does not allow."""

    REJECT = "reject"
    BACKORDER = "backorder"
    PARTIAL = "partial"


def _opening(text: str) -> Callable[[Article], int]:
    """Opening stock of an article: what the file states, so many units, all that the file sells of it, or half."""
    if text == "stated":
        return _stated
    if text == "enough":
        return lambda article: article.units
    if text == "half":
        return lambda article: article.units // 2
    if text.isdigit():
        return lambda article: int(text)
    raise typer.BadParameter("use half, enough, stated, or a number of units")


def _stated(article: Article) -> int:
    if article.stocked is None:
        raise typer.BadParameter("the file does not state what there was", param_hint="--opening")
    return article.stocked


@app.command()
def replay(
    file: Annotated[
        Path,
        typer.Argument(help="A file in the Online Retail format, .csv or .csv.gz, or a folder of Northwind's tables."),
    ],
    opening: Annotated[
        str,
        typer.Option(
            metavar="half|enough|stated|N",
            help="Opening stock of each SKU: half of what the file sells, all of it, what the file states (Northwind "
            "does), or N units.",
        ),
    ] = "half",
    until: Annotated[Until, typer.Option(help="How far accepted orders are taken.")] = Until.SHIPPED,
    on_shortage: Annotated[
        OnShortage, typer.Option(help="What is short refuses the order, waits, or is given up.")
    ] = OnShortage.REJECT,
    write_offs: Annotated[bool, typer.Option("--write-offs", help="Book plain documents with negative lines.")] = False,
    cancellations: Annotated[
        bool, typer.Option("--cancellations", help="Book C documents as returns of what their customers were sent.")
    ] = False,
    limit: Annotated[
        int | None, typer.Option(min=1, help="Only the first so many orders; opening stock is reckoned from these.")
    ] = None,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Place the orders of a real shop, in the order of its file, as fast as the engine takes them.

    Each SKU that the file sells becomes a product and gets its opening stock in the store `main`; then every order is
    placed, all or nothing, and the accepted ones are confirmed and shipped. With --on-shortage backorder what is short
    waits, is bought when the file is through, and comes in two deliveries, each of which fills who waited first. Into
    a database that has some of these SKUs already, only new ones are made and stocked; the others are used as they are.
    """
    stock_of = _opening(opening)
    if cancellations and until is not Until.SHIPPED:
        raise typer.BadParameter(
            "only what was shipped can come back: use --until shipped", param_hint="--cancellations"
        )
    source = northwind if file.is_dir() else online_retail
    surveyed = source.survey(file, limit)
    policy = POLICY._replace(currency=surveyed.currency)
    with to_change(database_url, policy) as engine, progress("Orders", surveyed.orders) as advance:
        replay = Replay(
            engine,
            operator(),
            until,
            _answered_orders(until, advance),
            on_shortage=on_shortage,
            currency=surveyed.currency,
        )
        units_opened = replay.open_shop(_new(engine, surveyed.articles), stock_of)
        began = clock.stopwatch()
        replay.run(source.documents(file, surveyed), write_offs=write_offs, cancellations=cancellations)
        if on_shortage is OnShortage.BACKORDER:
            replay.buy_what_waits()
        seconds = clock.stopwatch() - began
        with engine.database.reading() as connection:
            units_available = _available(connection, {article.sku for article in surveyed.articles})
    figures = _figures(replay, units_opened, units_available, seconds)
    if on_shortage is OnShortage.BACKORDER:
        figures |= _told(replay, "units_backordered", "units_received")
    if write_offs:
        figures |= _told(replay, "units_written_off", "units_not_written_off")
    if cancellations:
        figures |= _told(replay, "units_returned", "units_not_returned")
    _show(figures, replay.refused, as_json)


def _figures(replay: Replay, units_opened: int, units_available: int, seconds: float) -> dict[str, Any]:
    """What every replay tells."""
    orders = replay.accepted + replay.refused.total()
    return {
        "accepted": replay.accepted,
        "refused": replay.refused.total(),
        "units_opened": units_opened,
        "units_shipped": replay.units_shipped,
        "units_available": units_available,
        "seconds": round(seconds, 3),
        "orders_per_second": round(orders / seconds, 1) if seconds else 0.0,
    }


def _new(engine: Engine, articles: Sequence[Article]) -> list[Article]:
    """Those that the database does not have."""
    with engine.database.reading() as connection:
        known = set(connection.execute(select(variants.c.sku)).scalars())
    return [article for article in articles if article.sku not in known]


def _told(replay: Replay, *names: str) -> dict[str, int]:
    return {name: getattr(replay, name) for name in names}


def _answered_orders(until: Until, advance: Callable[[int], None]) -> Callable[[str, str | None], None]:
    """An order counts when it is refused or as far as it goes."""

    def told(step: str, _order_id: str | None) -> None:
        if step in ("refused", until):
            advance(1)

    return told


def _available(connection: Connection, skus: set[str]) -> int:
    """Units of these SKUs that customers can still order."""
    question = (
        select(variants.c.sku, func.sum(levels.c.available))
        .join(levels, levels.c.variant_id == variants.c.id)
        .group_by(variants.c.sku)
    )
    return sum(int(units) for sku, units in connection.execute(question) if sku in skus)


def _show(figures: Mapping[str, Any], refused: Mapping[str, int], as_json: bool) -> None:
    if as_json:
        show_json(figures)
    else:
        show_facts([(name.replace("_", " "), value) for name, value in figures.items()])
    for code, orders in refused.items():
        if code != "insufficient_stock":
            say(f"{orders} orders were refused for another cause than stock: {code}")
