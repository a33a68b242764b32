"""`onhand payments`."""

from typing import Annotated

import typer

from onhand.cli.opening import to_ask
from onhand.cli.options import AsJson, Cursor, DatabaseUrl, Limit
from onhand.cli.screen import show_page
from onhand.trade import dues
from onhand.views.payments import PaymentFilter, list_payments

app = typer.Typer(add_completion=False, no_args_is_help=True, help="List payments, and those that wait for somebody.")


@app.command("list")
def list_(
    status: Annotated[str | None, typer.Option(help=f"Only these: {', '.join(dues.STATUSES)}.")] = None,
    provider: Annotated[str | None, typer.Option(help="Only those of this provider.")] = None,
    order: Annotated[str | None, typer.Option(help="Only those of this order, by number or id.")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """List payments, oldest first."""
    if status is not None and status not in dues.STATUSES:
        raise typer.BadParameter(f"one of {', '.join(dues.STATUSES)}", param_hint="--status")
    _show(PaymentFilter(status, provider, order), limit, cursor, database_url, as_json)


@app.command()
def due(limit: Limit = 50, cursor: Cursor = None, database_url: DatabaseUrl = None, as_json: AsJson = False) -> None:
    """List the money that is due to go back to customers, oldest first."""
    _show(PaymentFilter("refund_due"), limit, cursor, database_url, as_json)


@app.command()
def reviews(
    limit: Limit = 50, cursor: Cursor = None, database_url: DatabaseUrl = None, as_json: AsJson = False
) -> None:
    """List the payments that somebody has to decide on, oldest first."""
    _show(PaymentFilter("payment_review"), limit, cursor, database_url, as_json)


def _show(wanted: PaymentFilter, limit: int, cursor: str | None, database_url: str | None, as_json: bool) -> None:
    with to_ask(database_url) as connection:
        page = list_payments(connection, wanted, limit, cursor)
    show_page(
        page,
        ("payment", "order", "status", "amount", "refunded", "provider", "method", "reason", "made"),
        lambda payment: (
            *(payment.payment_id, payment.number, payment.status, f"{payment.amount} {payment.currency}"),
            *(payment.refunded, payment.provider, payment.method, payment.reason, payment.created_at),
        ),
        as_json,
    )
