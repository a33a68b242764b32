"""The command line: every command on one screen. A command's module is imported when the command is called.

Exit codes: 0 done, 1 the answer is no (refused, not clean), 2 wrong use, 3 cannot work (database, configuration).
"""

import re
import sys
from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from onhand import collector

COMMANDS = {
    "serve": "Run the API, the console and the worker.",
    "worker": "Run the recurring duties alone, or one of them once.",
    "migrate": "Bring the database to the newest schema.",
    "keys": "List, create and revoke API keys.",
    "orders": "List orders, or show one.",
    "payments": "List payments: what is due to go back, what somebody has to decide on.",
    "stock": "List the stock of every level, or show one product's.",
    "picking": "Pick and ship: the queue, the list of an order, waves.",
    "returns": "List returns, announce and receive them.",
    "purchase-orders": "List purchase orders, make and receive them.",
    "transfers": "List transfers, send and receive them.",
    "counts": "List counts, do one, or tell how exact they were.",
    "events": "List events, follow them, or show their types.",
    "webhooks": "List, create and change webhooks, and see what became of events.",
    "mails": "List mails, and send again what failed.",
    "alerts": "List alerts, or do something about one.",
    "adjust": "Change the stock of a SKU in a store.",
    "explain": "Show where the stock of a SKU comes from and who holds it.",
    "verify": "Replay the ledger and check that every number follows from it.",
    "replay": "Place the orders of an Online Retail file, in its order.",
    "replay-receipts": "Receive the purchase orders of AdventureWorks tables.",
    "bench": "Measure orders per second against the floor and the usual ways.",
}


class Commands(TyperGroup):
    """Knows the commands by name; imports the module of the one that is called."""

    def list_commands(self, ctx: Any) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in COMMANDS:
            return None
        return self.commands.get(cmd_name) or TyperCommand(name=cmd_name, help=COMMANDS[cmd_name])

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        name = args[0]
        if name in COMMANDS and name not in self.commands:
            command = get_command(collector.imported(f"onhand.cli.{name.replace('-', '_')}").app)
            self.add_command(_unwrapped(command), name)
        return super().resolve_command(ctx, args)


def _unwrapped(command: Any) -> Any:
    """The command, with its paragraphs as wide as the terminal: the lines of a docstring are the editor's."""
    command.help = re.sub(r"(?<!\n)\n(?!\n)", " ", command.help or "")
    for each in getattr(command, "commands", {}).values():
        _unwrapped(each)
    return command


app = typer.Typer(cls=Commands, no_args_is_help=True, pretty_exceptions_enable=False)


def _show_version(wanted: bool) -> None:
    if wanted:
        print(f"onhand {import_module('importlib.metadata').version('onhand')}")
        raise typer.Exit


@app.callback()
def onhand(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Onhand keeps stock truthful while customers order: it never sells what is not there, and explains every number.

    Every command takes --json; progress and logs go to standard error.
    """


def main() -> None:
    try:
        app(prog_name="onhand")
    except Exception as error:
        # What a failure means is known by modules that a command that works does not need.
        sys.exit(import_module("onhand.cli.failures").report(error))
