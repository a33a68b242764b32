"""`onhand mails`."""

from typing import Annotated

import typer

from onhand.cli.opening import operator, to_change, to_read
from onhand.cli.options import AsJson, Cursor, DatabaseUrl, Limit
from onhand.cli.screen import show_json, show_page, show_rows
from onhand.engine import Engine
from onhand.trade import mail
from onhand.views.mails import list_mails, mail_answer

app = typer.Typer(add_completion=False, no_args_is_help=True, help="List mails, and send again what failed.")

COLUMNS = ("fact", "recipient", "template", "status", "tries", "error", "next try", "written", "sent")


@app.command("list")
def list_(
    status: Annotated[str | None, typer.Option(help=f"Only these: {', '.join(mail.STATUSES)}.")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """List mails, newest first: to whom, about what, and why one was not sent."""
    if status is not None and status not in mail.STATUSES:
        raise typer.BadParameter(f"one of {', '.join(mail.STATUSES)}", param_hint="--status")
    with to_read(database_url) as database, database.reading() as connection:
        page = list_mails(connection, status, limit, cursor)
    show_page(
        page,
        COLUMNS,
        lambda each: (
            *(each.fact, each.recipient, each.template, each.status, each.tries),
            *(each.error, each.next_try_at, each.created_at, each.sent_at),
        ),
        as_json,
    )


@app.command()
def resend(
    fact: Annotated[str | None, typer.Argument(help="What it is about, as `onhand mails list` shows it.")] = None,
    recipient: Annotated[str | None, typer.Argument(help="To whom.")] = None,
    every: Annotated[bool, typer.Option("--all", help="All that failed.")] = False,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Try a mail that failed again, now; or all of them."""
    if every == (recipient is not None) or (fact is None) != (recipient is None):
        raise typer.BadParameter("name a FACT and a RECIPIENT, or say --all")
    with to_change(database_url) as engine:
        named = [(fact, recipient)] if fact is not None and recipient is not None else _all_failed(engine)
        again = [engine.run(mail.ResendMail(*each), operator()) for each in named]
    answers = [mail_answer(each) for each in again]
    if as_json:
        show_json(answers)
    else:
        show_rows(("fact", "recipient", "status"), [(each.fact, each.recipient, each.status) for each in answers])


def _all_failed(engine: Engine) -> list[tuple[str, str]]:
    """Those that have failed by now. They are listed before the first is tried, so that one that fails again is not met
    again.
    """
    found: list[tuple[str, str]] = []
    cursor: str | None = None
    with engine.database.reading() as connection:
        while True:
            page = list_mails(connection, "failed", 500, cursor)
            found += [(each.fact, each.recipient) for each in page.data]
            cursor = page.next_cursor
            if cursor is None:
                return found
