"""`onhand webhooks`."""

from datetime import datetime
from typing import Annotated, Any

import typer

from onhand import clock
from onhand.api.secrets import new_webhook_secret
from onhand.cli.opening import operator, settings, to_ask, to_change
from onhand.cli.options import AsJson, Cursor, DatabaseUrl, Limit
from onhand.cli.screen import say, show_facts, show_json, show_page
from onhand.trade import webhooks
from onhand.views import webhooks as views
from onhand.views.events import last_position, position_before
from onhand.views.names import store_codes
from onhand.worker.addresses import check_url

app = typer.Typer(
    add_completion=False, no_args_is_help=True, help="List, create and change webhooks, and see what became of events."
)

Which = Annotated[str, typer.Argument(help="Its id, as `onhand webhooks list` shows it.")]


@app.command("list")
def list_(limit: Limit = 50, cursor: Cursor = None, database_url: DatabaseUrl = None, as_json: AsJson = False) -> None:
    """List the webhooks, oldest first."""
    with to_ask(database_url) as connection:
        page = views.list_webhooks(connection, limit, cursor)
    show_page(
        page,
        ("id", "url", "events", "stores", "status", "position", "waiting"),
        lambda each: (
            *(each.id, each.url, " ".join(each.events), " ".join(each.stores or ["all"]), each.status),
            *(each.position, each.waiting),
        ),
        as_json,
    )


@app.command()
def create(
    url: Annotated[str, typer.Argument(help="Where events are sent, by http or https.")],
    event: Annotated[
        list[str] | None, typer.Option(help="Types of events, such as order.*; may be repeated; none: all.")
    ] = None,
    store: Annotated[
        list[str] | None, typer.Option(help="Only events of this store, by code; may be repeated; none: all.")
    ] = None,
    ordered: Annotated[bool, typer.Option("--ordered", help="Keep the order of each subject's events.")] = False,
    cloudevents: Annotated[bool, typer.Option("--cloudevents", help="Put events into CloudEvents 1.0.")] = False,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Have events sent to a URL from now on, and show the secret that signs them this once."""
    check_url(url, allow_private=settings().webhook_allow_private)
    secret = new_webhook_secret()
    with to_change(database_url) as engine:
        with engine.database.reading() as connection:
            position = last_position(connection)
        told = (tuple(event or ()), tuple(store or ()), ordered, "cloudevents" if cloudevents else "onhand")
        command = webhooks.CreateWebhook(url, secret, position, *told)
        created = engine.run(command, operator())
    _say_secret(created.id, secret, as_json)


@app.command()
def rotate_secret(webhook: Which, database_url: DatabaseUrl = None, as_json: AsJson = False) -> None:
    """Give it a new secret, and show it this once; for a day both sign."""
    secret = new_webhook_secret()
    _change(webhooks.RotateSecret(webhook, secret), database_url)
    _say_secret(webhook, secret, as_json)


@app.command("test")
def tell_test(webhook: Which, database_url: DatabaseUrl = None, as_json: AsJson = False) -> None:
    """Tell it something that only it is told."""
    _show(_change(webhooks.TellTest(webhook), database_url), as_json)


@app.command()
def enable(webhook: Which, database_url: DatabaseUrl = None, as_json: AsJson = False) -> None:
    """Tell it again, from where it stopped on."""
    _show(_change(webhooks.EnableWebhook(webhook), database_url), as_json)


@app.command()
def disable(webhook: Which, database_url: DatabaseUrl = None, as_json: AsJson = False) -> None:
    """Tell it nothing until it is enabled."""
    _show(_change(webhooks.DisableWebhook(webhook), database_url), as_json)


@app.command()
def delete(webhook: Which, database_url: DatabaseUrl = None, as_json: AsJson = False) -> None:
    """Tell it nothing any more."""
    _show(_change(webhooks.DeleteWebhook(webhook), database_url), as_json)


@app.command()
def replay(
    webhook: Which,
    since: Annotated[datetime, typer.Option(help="Everything told at or after this time (UTC) is told again.")],
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Tell it again what it was told, under the same ids."""
    with to_ask(database_url) as connection:
        position = position_before(connection, clock.as_microseconds(since))
    _show(_change(webhooks.ReplayWebhook(webhook, position), database_url), as_json)


@app.command()
def deliveries(
    webhook: Which,
    status: Annotated[str | None, typer.Option(help="Only these: waiting, delivered or dead.")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """List what became of its events, newest first."""
    with to_ask(database_url) as connection:
        page = views.list_deliveries(connection, webhook, status, limit, cursor)
    show_page(
        page,
        ("id", "type", "subject", "status", "attempts", "answered", "next try"),
        lambda each: (
            *(each.id, each.type, each.subject, each.status, len(each.attempts)),
            *(each.attempts[-1].status or each.attempts[-1].error if each.attempts else None, each.next_attempt_at),
        ),
        as_json,
    )


@app.command()
def resend(
    webhook: Which,
    delivery: Annotated[int, typer.Argument(help="The id of the delivery.")],
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Tell one event again, now."""
    with to_change(database_url) as engine:
        engine.run(webhooks.ResendDelivery(webhook, delivery), operator())
        with engine.database.reading() as connection:
            answer = views.find_delivery(connection, webhook, delivery)
    if as_json:
        show_json(answer)
    else:
        show_facts([("id", answer.id), ("status", answer.status), ("next try", answer.next_attempt_at)])


def _change(command: Any, database_url: str | None) -> views.WebhookAnswer:
    with to_change(database_url) as engine:
        changed = engine.run(command, operator())
        with engine.database.reading() as connection:
            return views.webhook_answer(changed, store_codes(connection))


def _show(webhook: views.WebhookAnswer, as_json: bool) -> None:
    if as_json:
        show_json(webhook)
        return
    facts = (("id", webhook.id), ("url", webhook.url), ("status", webhook.status), ("position", webhook.position))
    show_facts([*facts, ("reason", webhook.reason or "")])


def _say_secret(webhook: str, secret: str, as_json: bool) -> None:
    if as_json:
        show_json({"id": webhook, "secret": secret})
        return
    show_facts([("id", webhook), ("secret", secret)])
    say("Keep the secret now: it is not shown again.")
