"""`onhand alerts`."""

from datetime import datetime
from typing import Annotated, Any

import typer

from onhand import clock
from onhand.cli.opening import operator, to_ask, to_change
from onhand.cli.options import AsJson, Cursor, DatabaseUrl, Limit
from onhand.cli.screen import show_facts, show_json, show_page
from onhand.trade import alerts
from onhand.trade.subscriptions import Subscribe, Unsubscribe
from onhand.views.alerts import AlertAnswer, AlertFilter, alert_answer, find_alert, list_alerts
from onhand.views.low_stock import low_stock
from onhand.views.mails import list_subscriptions, subscription_answer

app = typer.Typer(add_completion=False, no_args_is_help=True, help="List alerts, or do something about one.")

AlertId = Annotated[str, typer.Argument(metavar="ALERT", help="Its id.")]


@app.command("list")
def list_(
    status: Annotated[str | None, typer.Option(help="Only these: open, acknowledged, snoozed or closed.")] = None,
    kind: Annotated[str | None, typer.Option(help=f"Only these: {', '.join(alerts.KINDS)}.")] = None,
    store: Annotated[str | None, typer.Option(help="Only those of this store.")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """List alerts, newest first."""
    with to_ask(database_url) as connection:
        page = list_alerts(connection, AlertFilter(status, kind, store), clock.now(), limit, cursor)
    show_page(
        page,
        ("id", "kind", "status", "about", "whose", "opened", "closed"),
        lambda alert: (
            *(alert.id, alert.kind, alert.status, alert.subject),
            *(alert.assigned_to, alert.opened_at, alert.closed_at),
        ),
        as_json,
    )


@app.command("low-stock")
def low_stock_(
    store: Annotated[str | None, typer.Option(help="Only those of this store.")] = None,
    status: Annotated[str | None, typer.Option(help="Only what is low, or out.")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """List what is low or out of stock, most urgent first."""
    if status not in (None, "low", "out"):
        raise typer.BadParameter("use low or out", param_hint="--status")
    with to_ask(database_url) as connection:
        page = low_stock(connection, store, status, clock.now(), limit, cursor)
    show_page(
        page,
        ("sku", "name", "store", "available", "a day takes", "days of cover", "lost a day", "", "reorder"),
        lambda level: (
            *(level.sku, level.name, level.store, level.quantity_available, level.units_per_day),
            *(level.days_of_cover, level.lost_sales_per_day, level.currency, level.reorder_quantity),
        ),
        as_json,
    )


@app.command()
def show(alert: AlertId, database_url: DatabaseUrl = None, as_json: AsJson = False) -> None:
    """Show an alert."""
    with to_ask(database_url) as connection:
        _show(find_alert(connection, alert, clock.now()), as_json)


@app.command()
def acknowledge(alert: AlertId, database_url: DatabaseUrl = None, as_json: AsJson = False) -> None:
    """Say that somebody has seen it."""
    _do(alerts.AcknowledgeAlert(alert), database_url, as_json)


@app.command()
def snooze(
    alert: AlertId,
    until: Annotated[datetime, typer.Option(help="Until when, in UTC: 2030-01-07T08:00:00.")],
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Be quiet about it until a time."""
    _do(alerts.SnoozeAlert(alert, clock.as_microseconds(until)), database_url, as_json)


@app.command()
def assign(
    alert: AlertId,
    to: Annotated[str, typer.Option(help="Whose it is.")],
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Say whose it is."""
    _do(alerts.AssignAlert(alert, to), database_url, as_json)


@app.command()
def subscribe(
    email: Annotated[str, typer.Argument(help="Who is told.")],
    kind: Annotated[list[str], typer.Option(help="Of which kinds of alerts; may be repeated.")],
    store: Annotated[str | None, typer.Option(help="Only those of this store.")] = None,
    product: Annotated[str | None, typer.Option(help="Only those of this product, by its id or a SKU of it.")] = None,
    category: Annotated[str | None, typer.Option(help="Only those of products of this category.")] = None,
    language: Annotated[str | None, typer.Option(help="In which language, such as pt.")] = None,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Have an address told about alerts by mail."""
    command = Subscribe(email, tuple(kind), store, product, language, category)
    _change_subscription(command, database_url, as_json)


@app.command()
def unsubscribe(
    subscription: Annotated[str, typer.Argument(help="Its id, as `onhand alerts subscriptions` shows it.")],
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """End a subscription."""
    _change_subscription(Unsubscribe(subscription), database_url, as_json)


@app.command()
def subscriptions(
    limit: Limit = 50, cursor: Cursor = None, database_url: DatabaseUrl = None, as_json: AsJson = False
) -> None:
    """List who is told about alerts, newest first."""
    with to_ask(database_url) as connection:
        page = list_subscriptions(connection, limit, cursor)
    show_page(
        page,
        ("id", "email", "kinds", "store", "product", "category", "language", "ended"),
        lambda each: (
            *(each.id, each.email, " ".join(each.kinds), each.store, each.product_id),
            *(each.category, each.language, each.ended_at),
        ),
        as_json,
    )


def _change_subscription(command: Any, database_url: str | None, as_json: bool) -> None:
    with to_change(database_url) as engine:
        answer = subscription_answer(engine.run(command, operator()))
    if as_json:
        show_json(answer)
    else:
        show_facts([("id", answer.id), ("email", answer.email), ("kinds", " ".join(answer.kinds))])


def _do(command: Any, database_url: str | None, as_json: bool) -> None:
    with to_change(database_url) as engine:
        picture: alerts.AlertPicture = engine.run(command, operator())
    _show(alert_answer(picture.alert, clock.now()), as_json)


def _show(answer: AlertAnswer, as_json: bool) -> None:
    if as_json:
        show_json(answer)
        return
    facts = [
        ("alert", answer.id),
        ("kind", answer.kind),
        ("status", answer.status),
        ("about", answer.subject),
        *((f"{name} then", value) for name, value in answer.data.items() if name not in ("store", "sku")),
        ("whose", answer.assigned_to),
        ("seen by", answer.acknowledged_by),
        ("quiet until", answer.snoozed_until),
        ("opened", answer.opened_at),
        ("closed", answer.closed_at),
    ]
    show_facts([(word, value) for word, value in facts if value is not None])
