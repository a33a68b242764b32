"""Pages out of templates: one environment for each language, in which the words of the reader are at hand."""

from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from onhand.console.assets import asset_path
from onhand.console.states import KINDS, TONES, WORDS
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
    pages.globals |= {
        "asset": asset_path,
        "languages": LANGUAGES,
        "WORDS": WORDS,
        "TONES": TONES,
        "KINDS": KINDS,
        "ref": ref,
    }
    return pages


def ref(name: str, id_: str) -> str:
    """How a path names something: by its name, or by its id where the name would be two parts of a path, or none."""
    return id_ if "/" in name or name in (".", "..") else quote(name, safe="")


def render(words: Words, template: str, **values: Any) -> str:
    return environment(words.language).get_template(template).render(words=words, **values)
