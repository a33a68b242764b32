"""What a mail says: from templates in this package, or from those that a shop has put in a folder of its own.

`order_confirmed.txt` is the text, its first line `Subject: …`; `order_confirmed.html`, if there is one, the same for
readers that show it. `order_confirmed.pt.txt` is taken for customers who read Portuguese (`pt`, `pt-BR`), and
`order_confirmed.pt_BR.txt` before it for those in Brazil. A shop may replace any one.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from babel import Locale, UnknownLocaleError
from babel.dates import format_date
from babel.numbers import format_currency
from jinja2 import (
    ChoiceLoader,
    Environment,
    FileSystemLoader,
    PackageLoader,
    StrictUndefined,
    TemplateNotFound,
    pass_context,
    select_autoescape,
)
from jinja2.runtime import Context


class Letter(NamedTuple):
    subject: str
    text: str
    html: str | None


class Letters:
    """Writes letters by the templates of the package, and of a folder where that has them."""

    def __init__(self, folder: str | None) -> None:
        own = [FileSystemLoader(folder)] if folder else []
        self._templates = Environment(
            loader=ChoiceLoader([*own, PackageLoader("onhand.worker", "templates")]),
            autoescape=select_autoescape(("html",)),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.filters["money"] = _money
        self._templates.filters["day"] = _day

    def write(self, template: str, language: str | None, facts: Mapping[str, Any]) -> Letter:
        """Raises what Jinja does when a template does not suit the facts, or has no subject."""
        given = {**facts, "language": language}
        subject, _, text = self._render(template, language, "txt", given).partition("\n")
        if not subject.startswith("Subject: "):
            raise ValueError(f"The first line of {template}.txt has to be its subject: `Subject: …`")
        try:
            html = self._render(template, language, "html", given)
        except TemplateNotFound:
            html = None
        return Letter(subject.removeprefix("Subject: ").strip(), text.strip() + "\n", html)

    def _render(self, template: str, language: str | None, ending: str, facts: Mapping[str, Any]) -> str:
        region = (language or "").replace("-", "_")
        wanted = [each for each in (region, region.partition("_")[0]) if each.isidentifier()]
        names = [*(f"{template}.{each}.{ending}" for each in wanted), f"{template}.{ending}"]
        return self._templates.select_template(names).render(facts)


@pass_context
def _money(context: Context, amount: Decimal | str, currency: str) -> str:
    """An amount as the reader of the mail writes it."""
    return format_currency(Decimal(amount), currency, locale=_locale(context.get("language")))


@pass_context
def _day(context: Context, day: date) -> str:
    """A day as the reader of the mail writes it."""
    return format_date(day, "long", locale=_locale(context.get("language")))


def _locale(language: Any) -> Locale:
    try:
        return Locale.parse(str(language or "en").replace("-", "_"))
    except (ValueError, UnknownLocaleError):
        return Locale.parse("en")
