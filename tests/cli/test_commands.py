"""What holds for every command: what is printed where, how it ends, and how soon."""

import json
import resource
import subprocess
import sys
from pathlib import Path

import pytest
from tests.cli.running import onhand, started
from tests.shop import Shop
from tests.stories.paying import says

from onhand.cli import COMMANDS
from onhand.cli.screen import show_rows
from onhand.cli.setting_flags import with_setting_flags
from onhand.config import Settings
from onhand.db.database import open_database
from onhand.db.migrate import newest_revision
from onhand.db.revision import newest
from onhand.trade.keys import CreateKey


@pytest.fixture
def stocked(shop: Shop) -> str:
    """The URL of a database with a little in it, whose owner still runs."""
    shop.stocks({"MUG": 10, "PLATE": 5})
    shop.order({"MUG": 3}, reference="their-1")
    twice = shop.order({"PLATE": 1})
    for payment in ("P-1", "P-2"):
        says(shop, "paid", twice, payment, "10.00")
    says(shop, "paid", shop.order({"PLATE": 1}), "P-3", "9.00")
    shop.run(CreateKey("Till", "0" * 64, "oh_0000000", ("read",)))
    shop.opens("annex")
    shop.send(shop.transfer({"PLATE": 2}, "main", "annex", number="VAN-1"))
    count = shop.begin_count("PLATE", number="MONDAY")
    shop.write_down(count, {"PLATE": 3})
    shop.submit(count)
    return shop.engine.database.url


LEAST = "import typer; app = typer.Typer(); app.command()(lambda: None); app()"


def test_help_lists_every_command_and_comes_soon():
    """Hardly later than that of the least program there is: a third of a second, where nobody else is at work."""
    ours, least = [], []
    for _ in range(3):
        before = _processor_seconds()
        subprocess.run([sys.executable, "-c", LEAST, "--help"], check=True, stdout=subprocess.DEVNULL)
        between = _processor_seconds()
        ended = started("--help")
        least.append(between - before)
        ours.append(_processor_seconds() - between)
    assert ended.code == 0
    assert all(f" {name} " in ended.out for name in COMMANDS)
    assert min(ours) < 1.5 * min(least)


def _processor_seconds() -> float:
    """Of the programs that have ended: what a clock says depends on who else is at work."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_and_json(command: str):
    ended = started(command, "--help")
    assert ended.code == 0
    if "COMMAND [ARGS]" not in ended.out:
        assert "--json" in ended.out


def test_what_customers_type_moves_no_cursor_and_makes_no_column(capsys: pytest.CaptureFixture[str]):
    show_rows(("order", "customer"), [(1001, "Zoë\x1b]52;c;ZXZpbA==\x07\tpaid\n1002\tEve")])
    assert capsys.readouterr().out.splitlines() == [
        "order\tcustomer",
        r"1001" "\t" r"Zoë\x1b]52;c;ZXZpbA==\x07\tpaid\n1002\tEve",
    ]


def test_the_version():
    assert onhand("--version").out.startswith("onhand 0.")


def test_serve_has_a_flag_for_every_setting():
    def command(**flags: object) -> None:
        raise NotImplementedError

    flags = with_setting_flags(command).__dict__["__signature__"].parameters
    assert list(flags) == list(Settings.model_fields)


def test_the_newest_revision_is_the_migrations_own():
    assert newest() == newest_revision()


READING = [
    ("orders", "list"),
    ("orders", "show", "1001"),
    ("payments", "list"),
    ("payments", "due"),
    ("payments", "reviews"),
    ("stock", "list"),
    ("stock", "show", "MUG"),
    ("transfers", "list"),
    ("transfers", "show", "VAN-1"),
    ("counts", "list"),
    ("counts", "show", "MONDAY"),
    ("counts", "accuracy"),
    ("alerts", "list"),
    ("alerts", "low-stock"),
    ("alerts", "subscriptions"),
    ("mails", "list"),
    ("explain", "MUG"),
    ("verify",),
    ("keys", "list"),
    ("worker", "--list"),
]


@pytest.mark.parametrize("command", READING, ids=" ".join)
def test_reading_works_beside_the_owner_in_words_and_in_json(command: tuple[str, ...], stocked: str):
    document = onhand(*command, "--json", database_url=stocked)
    assert (document.code, document.err) == (0, "")
    assert document.document
    if not stocked.startswith("sqlite"):
        return  # The words are the same.
    words = onhand(*command, database_url=stocked)
    assert words.code == 0
    assert words.out
    assert not {"┏", "│", "\x1b"} & set(words.out), "what goes into a pipe is plain"


WRITING = [
    ("adjust", "MUG", "--by", "1", "--reason", "Found"),
    ("transfers", "send", "VAN-1"),
    ("keys", "create", "Till"),
    ("keys", "revoke", "0"),
    ("migrate",),
    ("worker",),
    ("worker", "--once", "expire-holds"),
    ("serve", "--port", "0"),
]


@pytest.mark.parametrize("command", WRITING, ids=" ".join)
def test_writing_beside_the_owner_of_a_file_is_refused_in_one_sentence(command: tuple[str, ...], sqlite_url: str):
    owner = open_database(sqlite_url)
    owner.own()
    ended = onhand(*command, "--json", database_url=sqlite_url)
    owner.close()
    assert ended.code == 3
    assert ended.out == ""
    assert ended.err.count("\n") == 1
    assert "has it open for writing, and SQLite allows one" in ended.err


def test_stock_is_adjusted_by_and_to(database_url: str, tmp_path: Path):
    _stock_one(database_url, tmp_path)
    more = onhand("adjust", "TIN", "--by", "5", "--reason", "Found", "--json", database_url=database_url).document
    assert more["movement"]["reason"] == "Found"
    assert more["movement"]["actor"].startswith("cli")
    less = onhand("adjust", "TIN", "--by", "-3", "--reason", "Broken", database_url=database_url)
    assert "available\t2" in less.out
    wrong = onhand("adjust", "TIN", "--to", "9", "--expected", "7", "--reason", "Count", database_url=database_url)
    assert (wrong.code, wrong.out) == (1, "")
    right = onhand("adjust", "TIN", "--to", "9", "--expected", "2", "--reason", "Count", database_url=database_url)
    assert "available\t9" in right.out


def _stock_one(url: str, folder: Path) -> None:
    path = folder / "shop.csv"
    columns = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country"
    path.write_text(f"{columns}\n100,TIN,A tin,4,2010-12-01 08:26:00,1,,\n")
    assert onhand("replay", str(path), "--opening", "0", database_url=url).code == 0


def test_a_refusal_is_a_problem_in_json_and_ends_with_1(tmp_path: Path, sqlite_url: str):
    _stock_one(sqlite_url, tmp_path)
    ended = onhand("adjust", "TIN", "--by", "-1", "--reason", "Lost", "--json", database_url=sqlite_url)
    assert ended.code == 1
    assert ended.document["code"] == "insufficient_stock"
    assert ended.err == "onhand: Cannot decrement stock below 0. Current: 0, Decrement: 1\n"


@pytest.mark.parametrize(
    "command",
    [
        ("nothing",),
        ("adjust", "TIN", "--reason", "x"),
        ("adjust", "TIN", "--by", "1", "--to", "2", "--reason", "x"),
        ("adjust", "TIN", "--to", "2", "--reason", "x"),
        ("adjust", "TIN", "--by", "0", "--reason", "x"),
        ("worker", "--once", "nothing"),
        ("orders", "list", "--limit", "0"),
        ("payments", "list", "--status", "lost"),
        ("verify", "--wrong"),
    ],
    ids=" ".join,
)
def test_wrong_use_ends_with_2(command: tuple[str, ...], sqlite_url: str):
    ended = onhand(*command, database_url=sqlite_url)
    assert (ended.code, ended.out) == (2, "")


@pytest.mark.parametrize(
    ("settings", "complaint"),
    [
        ({"database_url": "sqlite:////nowhere/onhand.db"}, "no folder"),
        ({"database_url": "oracle://there"}, "use sqlite:///FILE or postgresql://USER@HOST/NAME"),
        ({"database_url": "postgresql://ada:secret@127.0.0.1:9/none"}, "127.0.0.1"),
        ({"port": "tcp://10.0.0.1:80"}, "Container platforms set ONHAND_PORT"),
        ({"hold_minutes": "soon"}, "ONHAND_HOLD_MINUTES"),
    ],
)
def test_what_cannot_work_ends_with_3_and_a_sentence(settings: dict[str, str], complaint: str, tmp_path: Path):
    ended = onhand("verify", folder=tmp_path, **settings)
    assert (ended.code, ended.out) == (3, "")
    assert complaint in ended.err
    assert "secret" not in ended.err
    assert ended.err.count("\n") == 1


def test_looking_at_a_database_that_is_not_there_does_not_make_it(tmp_path: Path):
    ended = onhand("verify", database_url=f"sqlite:///{tmp_path}/shop.db")
    assert ended.code == 3
    assert "run `onhand migrate` first" in ended.err
    assert list(tmp_path.iterdir()) == []
    assert onhand("migrate", database_url=f"sqlite:///{tmp_path}/shop.db").code == 0
    assert onhand("verify", database_url=f"sqlite:///{tmp_path}/shop.db").code == 0


def test_a_database_of_a_newer_onhand_is_left_alone(sqlite_url: str):
    database = open_database(sqlite_url)
    writer = database.writer()
    writer.run("UPDATE alembic_version SET version_num = '9999'")
    writer.close()
    database.close()
    for command in (["verify"], ["migrate"], ["adjust", "TIN", "--by", "1", "--reason", "x"]):
        ended = onhand(*command, database_url=sqlite_url)
        assert ended.code == 3
        assert "upgrade Onhand" in ended.err


def test_migrating_again_does_nothing(tmp_path: Path):
    url = f"sqlite:///{tmp_path}/shop.db"
    first = onhand("migrate", "--json", database_url=url).document
    assert (first["from"], first["to"], first["done"][-1]) == (None, newest(), newest())
    assert onhand("migrate", "--json", database_url=url).document["done"] == []


def test_a_ledger_that_does_not_add_up_ends_with_1(tmp_path: Path, sqlite_url: str):
    _stock_one(sqlite_url, tmp_path)
    assert onhand("adjust", "TIN", "--by", "7", "--reason", "Found", database_url=sqlite_url).code == 0
    database = open_database(sqlite_url)
    writer = database.writer()
    writer.run("UPDATE levels SET available = 8")
    writer.close()
    database.close()
    verified = onhand("verify", "--json", database_url=sqlite_url)
    assert verified.code == 1
    assert verified.document["clean"] is False
    assert {(broken["invariant"], broken["subject"]) for broken in verified.document["broken"]} == {
        ("2", "level main/TIN"),
        ("17", "all stores"),
    }
    explained = onhand("explain", "TIN", "--json", database_url=sqlite_url)
    assert (explained.code, explained.document["agrees"]) == (1, False)


def test_keys_are_made_listed_and_revoked(database_url: str):
    command = ("keys", "create", "Till", "--scope", "orders", "--scope", "read", "--store", "main")
    made = onhand(*command, "--json", database_url=database_url).document
    assert made["secret"].startswith("oh_")
    assert len(made["secret"]) >= 30
    assert made["stores"] == ["main"]
    listed = onhand("keys", "list", "--json", database_url=database_url)
    assert made["secret"] not in listed.out
    assert [(key["name"], key["scopes"], key["revoked_at"]) for key in listed.document["data"]] == [
        ("Till", ["orders", "read"], None)
    ]
    assert onhand("keys", "revoke", made["id"], database_url=database_url).code == 0
    assert onhand("keys", "list", "--json", database_url=database_url).document["data"][0]["revoked_at"].endswith("Z")
    assert onhand("keys", "revoke", "nobody", database_url=database_url).code == 1
    assert onhand("keys", "create", "X", "--scope", "everything", database_url=database_url).code == 1


def test_a_duty_can_be_done_once(database_url: str):
    done = onhand("worker", "--once", "expire-holds", "--json", database_url=database_url)
    assert done.code == 0
    assert json.loads(done.out)["done"] == 0
