"""Languages: every word of every page is in each catalog, and says the same numbers."""

import re
from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from playwright.sync_api import expect
from starlette.datastructures import FormData

from onhand.console import words
from onhand.console.app import SCREENS
from onhand.console.forms import Form
from onhand.console.refusals import BY_CODE, IN_ENGLISH, tell
from onhand.console.words import CATALOGS, LANGUAGES, words_for
from onhand.trade.counts import CountIncomplete
from onhand.trade.errors import (
    InsufficientStock,
    InUse,
    InvalidTransition,
    Overloaded,
    Refusal,
    Shortage,
    VariantNotFound,
)
from onhand.trade.verbs import VERBS
from onhand.trade.webhooks import UrlRefused

METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2")]
OPTIONS = {"**/templates/**.html": {"newstyle_gettext": "true"}}
KEYWORDS = {"_": None, "N_": None, "gettext": None, "ngettext": (1, 2)}
CONSOLE = CATALOGS.parent
OTHERS = sorted(set(LANGUAGES) - {"en"})


def words_of_the_pages():
    found = extract_from_dir(str(CONSOLE), METHODS, OPTIONS, KEYWORDS)
    return {message if isinstance(message, str) else message[0] for _, _, message, _, _ in found}


def catalog(language):
    with (CATALOGS / language / "console.po").open("rb") as source:
        return {_first(message.id): _first(message.string) for message in read_po(source) if message.id}


def _first(forms):
    return forms if isinstance(forms, str) else forms[0]


def places(text):
    return sorted(re.findall(r"%\(\w+\)s", text))


@pytest.mark.parametrize("language", OTHERS)
def test_every_word_is_translated_and_none_is_left_over(language):
    meant, there = words_of_the_pages(), catalog(language)
    assert len(meant) > 300
    assert meant - set(there) == set(), "run ./dev words"
    assert set(there) - meant == set(), "run ./dev words"
    assert [word for word, translated in there.items() if not translated] == []


@pytest.mark.parametrize("language", OTHERS)
def test_translations_say_the_same_numbers_and_names(language):
    assert {word: said for word, said in catalog(language).items() if places(word) != places(said)} == {}


def test_numbers_money_and_times_are_written_as_the_reader_does():
    moment = datetime(2026, 1, 31, 23, 30, tzinfo=UTC)
    cookies = {"onhand_zone": "Europe%2FBerlin"}
    german, american = words_for(cookies, "de-DE,de;q=0.9"), words_for({}, "en-US,en")
    assert (german.number(1234567), american.number(1234567)) == ("1.234.567", "1,234,567")
    assert german.money(Decimal("1234.5"), "EUR") == "1.234,50\xa0€"
    assert american.money(Decimal("1234.5"), "USD") == "$1,234.50"
    assert american.money(Decimal("1234"), "JPY") == "¥1,234"
    assert (german.day(moment), american.day(moment)) == ("01.02.2026", "Jan 31, 2026")
    assert german.zone == ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("typed", "taken"),
    {
        "19.99": "19.99",
        "19,99": "19.99",
        "1.234,50": "1234.50",
        "1 234,50": "1234.50",
        "1,234.50": "1234.50",
        "7": "7",
        "": "",
        "ten": "ten",
    }.items(),
)
def test_amounts_are_typed_as_people_write_them(typed, taken):
    assert Form(FormData([("amount", typed)])).amount("amount") == taken


@pytest.mark.parametrize(
    ("cookies", "asked", "language"),
    [
        ({}, "de-AT,de;q=0.9,en;q=0.8", "de"),
        ({}, "fr-FR,fr", "en"),
        ({}, "", "en"),
        ({"onhand_language": "de"}, "en-GB", "de"),
        ({"onhand_language": "xx", "onhand_zone": "../../etc/passwd"}, "tlh,de", "de"),
    ],
)
def test_a_choice_goes_before_what_the_browser_asks_for(cookies, asked, language):
    assert words_for(cookies, asked).language == language


def test_somebody_reads_german_in_the_dark(person, shop):
    shop.stocks({"MUG": 12_345})
    page = person("Ada")
    page.goto("/console/")
    page.locator("summary", has_text="Ada").click()
    page.get_by_label("Deutsch").check()
    page.get_by_label("Dark", exact=True).check()
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_role("heading", name="Heute", exact=True)).to_be_visible()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.goto("/console/stock")
    expect(page.get_by_role("link", name="12.345")).to_be_visible()


def test_every_refusal_has_its_words_or_is_known_to_have_none():
    """Those that the console can meet; of a few only their own words, in English, say what is wrong."""
    assert min(len(VERBS), len(SCREENS)) > 50  # Their modules hold the refusals.
    met = {kind.code for kind in kinds_of(Refusal)} - {"refused", "not_ready", "follower_moved", "delivered_by_another"}
    assert BY_CODE.keys() & IN_ENGLISH.keys() == set()
    assert BY_CODE.keys() | IN_ENGLISH.keys() == met


def kinds_of(kind):
    return {kind}.union(*(kinds_of(each) for each in kind.__subclasses__()))


GERMAN = words_for({"onhand_language": "de"}, "de-DE")
MUG = Shortage("MUG", "Blue mug", "main", 1_200, 4)


@pytest.mark.parametrize(
    ("refusal", "said"),
    [
        (InsufficientStock([MUG]), "Es ist nicht genug da: MUG: 1.200 gewünscht, 4 verfügbar."),
        (VariantNotFound("A", "B"), "Nichts hat die SKU „A, B“."),
        (
            InvalidTransition("Cannot cancel a shipped order", present="shipped", wanted="cancelled"),
            "Der Stand ist „versandt“: Von dort ist dieser Schritt nicht möglich.",
        ),
        (
            InvalidTransition("Cannot ship", present="confirmed", wanted="shipped", payment_status="charged_back"),
            "Die Zahlung wurde zurückgebucht: Dafür verlässt keine Ware das Haus.",
        ),
        (Overloaded(), "Zu viele Anfragen warten."),
        (CountIncomplete(["MUG", "PLATE"]), "Noch nicht gezählt: MUG, PLATE."),
    ],
    ids=["short", "unknown", "step", "charged-back", "busy", "incomplete"],
)
def test_a_refusal_is_told_in_the_words_of_its_reader(refusal, said):
    told = tell(refusal.code, refusal.title, refusal.detail, refusal.data, GERMAN)
    assert (told.detail, told.language) == (said, "de")
    english = tell(refusal.code, refusal.title, refusal.detail, refusal.data, words_for({}, "en"))
    assert (english.detail, english.language) == (refusal.detail, "en")


def test_what_has_no_words_is_said_to_be_english():
    """An address that may not be called is named by the API alone; and one that says less than others of its code."""
    for refusal in (UrlRefused("10.0.0.1 is not public."), InUse("A store has it.")):
        told = tell(refusal.code, refusal.title, refusal.detail, refusal.data, GERMAN)
        assert (told.detail, told.language) == (refusal.detail, "en")
        assert told.title in ("Adresse abgelehnt", "In Gebrauch")


def test_what_strangers_say_they_read_is_not_kept_for_ever():
    for number in range(2_000):
        words_for({"onhand_zone": f"Nowhere/{number}"}, f"en-x-{number}")
    assert words._locale.cache_info().currsize + words._zone.cache_info().currsize < 1_000
