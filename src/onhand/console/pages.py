"""Pages out of templates: one environment for each language, in which the words of the reader are at hand."""

from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from onhand.console.assets import asset_path
from onhand.console.states import TONES, WORDS
from onhand.console.words import LANGUAGES, Words, translations

TEMPLATES = Path(__file__).parent / "templates"


@cache
def environment(language: str) -> Environment:
    pages = Environment(
        loader=FileSystemLoader(TEMPLATES),
        extensions=["jinja2.ext.i18n"],
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    pages.install_gettext_translations(translations(language), newstyle=True)  # type: ignore[attr-defined]
    pages.globals |= {"asset": asset_path, "languages": LANGUAGES, "WORDS": WORDS, "TONES": TONES}
    return pages


def render(words: Words, template: str, **values: Any) -> str:
    return environment(words.language).get_template(template).render(words=words, **values)
