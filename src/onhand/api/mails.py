"""Mails over HTTP: what became of them, and sending again what failed."""

from typing import Annotated

from fastapi import Query, Response
from pydantic import Field

from onhand.api.bodies import example
from onhand.api.calls import Call
from onhand.api.fields import Body
from onhand.api.queries import MailQuery
from onhand.trade.mail import ResendMail
from onhand.views import mails as views


class ResendBody(Body):
    """Which mail: the fact that it is about, and to whom, as the list shows them."""

    model_config = example({"fact": "order/0192d2a8-5b7c-7e3a-9c5d-1f2e3d4c5b6a/3", "recipient": "ana@shop.example"})

    fact: Annotated[str, Field(min_length=1, max_length=500)]
    recipient: Annotated[str, Field(min_length=1, max_length=500)]


async def list_mails(call: Call, query: Annotated[MailQuery, Query()]) -> Response:
    """List mails, newest first: to whom, about what, and why one was not sent."""
    return await call.ask(views.list_mails, query.status, query.limit, query.cursor)


async def resend_mail(call: Call, body: ResendBody) -> Response:
    """Try a mail that failed again, now.

    One that was sent is not sent again. Again: the same answer.
    """
    return await call.perform(ResendMail(body.fact, body.recipient), views.mail_answer)
