"""What the documentation says of events and webhooks is so."""

import re
from pathlib import Path
from typing import Any

from standardwebhooks import Webhook

from onhand import clock
from onhand.api.secrets import new_webhook_secret
from onhand.cli.events import catalogue_in_markdown
from onhand.config import Settings
from onhand.trade.alerts import KINDS
from onhand.trade.webhooks import RETRY_AFTER_SECONDS
from onhand.worker.calls import Message, signed
from onhand.worker.schedule import schedule

DOCS = Path(__file__).resolve().parents[2] / "docs"


def test_the_catalogue_in_the_documentation_is_up_to_date():
    """Else: `onhand events types --markdown`, after the heading "The types"."""
    told = (DOCS / "events.md").read_text("utf-8").partition("## The types\n\n")[2]
    assert told == catalogue_in_markdown()


def test_the_example_of_a_receiver_works():
    (example,) = re.findall(r"```python\n(.*?)```", (DOCS / "webhooks.md").read_text("utf-8"), re.DOTALL)
    names: dict[str, Any] = {}
    exec(example, names)
    secret, now = new_webhook_secret(), clock.now()
    body = b'{"type": "order.placed", "subject": "order/1"}'
    headers = signed([secret], Message("order/1/1", body, "application/json"), now)
    assert names["receive"](secret, headers, body) == (200, "order.placed of order/1")
    assert names["receive"](new_webhook_secret(), headers, body)[0] == 401
    assert names["receive"](secret, headers, body + b" ")[0] == 401
    Webhook(secret).verify(body, headers)


def test_every_duty_and_every_kind_of_alert_is_in_the_documentation():
    def spelled(seconds: float) -> str:
        if seconds < 60:
            return f"{seconds:g} s"
        return f"{seconds / 60:g} min" if seconds < 86_400 else f"{seconds / 86_400:g} d"

    duties = schedule(Settings(_env_file=None))  # type: ignore[call-arg]
    rows = [
        f"| `{duty.name}` | {spelled(duty.every_seconds)} | {duty.at_a_time:,} | {duty.purpose} |" for duty in duties
    ]
    listed = (DOCS / "worker.md").read_text("utf-8").splitlines()
    assert [row for row in listed if row.startswith("| `")] == rows
    told = (DOCS / "alerts.md").read_text("utf-8")
    assert [kind for kind in KINDS if f"| `{kind}` |" not in told] == []


def test_the_schedule_in_the_documentation_is_the_one_that_is_kept():
    told = (DOCS / "webhooks.md").read_text("utf-8")
    spelled = [
        f"{seconds} s" if seconds < 60 else f"{seconds // 60} min" if seconds < 3_600 else f"{seconds // 3_600} h"
        for seconds in RETRY_AFTER_SECONDS
    ]
    assert f"after {', '.join(spelled[:-1])} and {spelled[-1]}" in told
    assert 3 * 86_400 <= sum(RETRY_AFTER_SECONDS) <= 3.3 * 86_400
