"""What was refused at the door, told as an event: somebody may be trying something."""

from typing import NamedTuple

from onhand.books import Actor, Books, Needs


class ReportRefusedCallback(NamedTuple):
    """A callback that was not acted on: which provider's, why, and where it came from. Changes nothing else."""

    provider: str
    code: str
    detail: str
    address: str | None


def needs_to_report_refused(command: ReportRefusedCallback) -> Needs:
    return Needs(raises=())


def report_refused(books: Books, command: ReportRefusedCallback, actor: Actor) -> str:
    """Answers the subject of the event."""
    subject = f"security/{books.new_id()}"
    books.take_name("security event", subject)  # A batch that changed nothing is not saved; a taken name is a change.
    books.tell(subject, 1, "security.callback_refused", actor, command._asdict())
    return subject
