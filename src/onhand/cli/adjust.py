"""`onhand adjust`."""

from typing import Annotated

import typer

from onhand.cli.opening import operator, to_change
from onhand.cli.options import AsJson, DatabaseUrl
from onhand.cli.screen import show_facts, show_json
from onhand.trade.stock import AdjustStock, StockChange
from onhand.views.ledger import stock_change_answer

app = typer.Typer(add_completion=False)


@app.command()
def adjust(
    sku: Annotated[str, typer.Argument(help="The variant, by SKU or id.")],
    reason: Annotated[str, typer.Option(help="Why, for the ledger.")],
    store: Annotated[str, typer.Option(help="The store, by code.")] = "main",
    by: Annotated[int | None, typer.Option(metavar="N", help="So many more, or fewer when negative.")] = None,
    to: Annotated[int | None, typer.Option(metavar="N", min=0, help="So many in all; needs --expected.")] = None,
    expected: Annotated[
        int | None, typer.Option(metavar="N", min=0, help="What is available now; refused when it is not so any more.")
    ] = None,
    notes: Annotated[str | None, typer.Option(help="More about it.")] = None,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Change what is available of a SKU in a store. Never below zero: exits with 1 when there is less than that."""
    operation, quantity = _operation(by, to, expected)
    command = AdjustStock(sku, store, operation, quantity, reason, notes, expected)
    with to_change(database_url) as engine:
        change: StockChange = engine.run(command, operator())
    answer = stock_change_answer(change, sku, store)
    if as_json:
        show_json(answer)
        return
    movement = answer.movement
    show_facts(
        [
            ("sku", answer.sku),
            ("store", answer.store),
            ("before", movement.previous_quantity if movement else answer.quantity_available),
            ("available", answer.quantity_available),
            ("on hand", answer.current_stock),
        ]
    )


def _operation(by: int | None, to: int | None, expected: int | None) -> tuple[str, int]:
    if (by is None) == (to is None):
        raise typer.BadParameter("give one of --by and --to")
    if to is not None:
        if expected is None:
            raise typer.BadParameter("--to needs --expected: the quantity that it replaces")
        return "set", to
    if not by:
        raise typer.BadParameter("must not be 0", param_hint="--by")
    return ("increment" if by > 0 else "decrement"), abs(by)
