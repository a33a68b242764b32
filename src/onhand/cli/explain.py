"""`onhand explain`."""

from typing import Annotated

import typer

from onhand import clock
from onhand.cli.failures import THE_ANSWER_IS_NO
from onhand.cli.opening import to_ask
from onhand.cli.options import AsJson, DatabaseUrl
from onhand.cli.screen import say, show_facts, show_json, show_rows
from onhand.views.ledger import Explanation
from onhand.views.ledger import explain as explain_level

app = typer.Typer(add_completion=False)


@app.command()
def explain(
    sku: Annotated[str, typer.Argument(help="The variant, by SKU or id.")],
    store: Annotated[str, typer.Option(help="The store, by code.")] = "main",
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Show where the stock of a SKU in a store comes from, and who holds it. Exits with 1 when it does not add up."""
    with to_ask(database_url) as connection:
        answer = explain_level(connection, sku, store, clock.now())
    if as_json:
        show_json(answer)
    else:
        _show(answer)
    if not answer.agrees:
        say("The ledger and the claims do not add up to the level: run `onhand verify`.")
        raise typer.Exit(THE_ANSWER_IS_NO)


def _show(answer: Explanation) -> None:
    level = answer.level
    show_facts(
        [
            ("sku", level.sku),
            ("store", level.store),
            ("available", level.quantity_available),
            ("on hold", level.quantity_on_hold),
            ("reserved", level.quantity_reserved),
            ("unsellable", level.unsellable),
            ("on hand", level.current_stock),
        ]
    )
    show_rows(
        ("kind", "movements", "units", "available", "on hold", "reserved", "unsellable"),
        [
            (
                *(total.kind, total.movements, total.units),
                *(total.available, total.on_hold, total.reserved, total.unsellable),
            )
            for total in answer.totals
        ],
    )
    if answer.claims:
        show_rows(
            ("order", "reference", "state", "quantity", "until"),
            [
                (claim.order or claim.claim_id, claim.reference, claim.state, claim.quantity, claim.expires_at)
                for claim in answer.claims
            ],
        )
