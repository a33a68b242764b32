"""What the pages list is what there is: every setting, error, metric and line of the log."""

import re
from pathlib import Path
from typing import Literal, get_args, get_origin

from onhand.api import problems
from onhand.cli import COMMANDS
from onhand.config import PREFIX, Settings
from onhand.trade.errors import Refusal
from onhand.trade.verbs import VERBS

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
SOURCE = ROOT / "src" / "onhand"
# Met by the worker alone, which looks again.
NEVER_ANSWERED = {"refused", "follower_moved"}


def test_every_setting_is_on_its_page_with_its_default():
    def row(name: str) -> str:
        field = Settings.model_fields[name]
        default = str(field.default).lower() if field.annotation is bool else field.default
        of = get_args(field.annotation) if get_origin(field.annotation) is Literal else ()
        choices = f": {', '.join(f'`{choice}`' for choice in of)}" if of else ""
        shown = "" if default is None else f"`{default}`"
        return f"| `{PREFIX}{name.upper()}` | {shown} | {field.description}{choices} |"

    listed = [line for line in (DOCS / "settings.md").read_text("utf-8").splitlines() if line.startswith("| `")]
    assert sorted(listed) == sorted(map(row, Settings.model_fields))


def test_every_error_is_on_the_page_of_the_api_with_its_status():
    assert len(VERBS) > 50  # Their modules hold the refusals; the last ones are HTTP's own.
    page = (DOCS / "api.md").read_text("utf-8")
    rows = re.findall(r"^\| (\d{3}) \| (.*?) \|", page, re.MULTILINE)
    listed = {(int(status), code) for status, codes in rows for code in re.findall(r"`(\w+)`", codes)}
    there = {
        (kind.status, kind.code)
        for kind in _kinds(Refusal)
        if kind.__module__.startswith(("onhand.trade", "onhand.api")) and kind.code not in NEVER_ANSWERED
    }
    assert listed == {*there, (problems.NotReady.status, "not_ready"), (429, "rate_limited")}


def _kinds(of: type[Refusal]) -> set[type[Refusal]]:
    return {of}.union(*(_kinds(kind) for kind in of.__subclasses__()))


def test_every_line_of_the_log_and_every_metric_is_on_the_page_for_operators():
    page = (DOCS / "operating.md").read_text("utf-8")
    texts = [path.read_text("utf-8") for path in SOURCE.rglob("*.py")]
    events = {name for text in texts for name in re.findall(r'\blog\.\w+\(\s*(?:record\.levelno, )?"(\w+)"', text)}
    assert len(events) > 20
    assert {event for event in events if f"`{event}`" not in page} == set()
    metrics = set(re.findall(r'"(onhand_[a-z_]+)",', (SOURCE / "api" / "metrics.py").read_text("utf-8")))
    assert len(metrics) > 8
    assert {name for name in metrics if f"`{name}`" not in page and f"`{name}_total`" not in page} == set()


def test_the_pages_name_no_command_that_is_not_there():
    pages = [ROOT / "README.md", *DOCS.rglob("*.md")]
    named = {
        name
        for page in pages
        for name in re.findall(r"(?<!from )\bonhand ([a-z][a-z-]+)\b", _code(page.read_text("utf-8")))
    }
    assert named <= {*COMMANDS}
    assert len(named) > 15


def _code(text: str) -> str:
    """Only what stands in code: blocks that are run, and words between backquotes that begin with the program."""
    blocks = re.findall(r"^```sh\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    return "\n".join([*blocks, *re.findall(r"`onhand [^`\n]+`", text)])
