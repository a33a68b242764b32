"""The rules of the house, each as a test: a rule that nobody checks is a wish.

A rule about source is a small function from a file's syntax tree to its faults, and stands in `RULES` beside sources
that break it. Two tests go over that table: the code keeps every rule, and every rule finds its planted faults. The
second is there because a check that finds nothing looks just like code that has no faults.
"""

import ast
import functools
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "onhand"

Rule = Callable[[str, ast.Module], Iterator[str]]
Functions = (ast.FunctionDef, ast.AsyncFunctionDef)


def vague_names(path: str, tree: ast.Module) -> Iterator[str]:
    """No module or class is called utils, helpers, manager, base or common: such a name says nothing about what belongs
    there, so everything ends up there. A directory listing should read as the glossary.
    """
    vague = {"util", "utils", "helper", "helpers", "manager", "managers", "base", "common"}
    modules = [part.removesuffix(".py") for part in PurePosixPath(path).parts]
    classes = [node.name for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    for name in modules + classes:
        words = re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", name)
        if vague & {word.lower() for word in words}:
            yield f"{name} says nothing"


def imports_in_functions(path: str, tree: ast.Module) -> Iterator[str]:
    """No import inside a function: it hides an arrow from the reader, and its cost falls on the first caller."""
    for function in ast.walk(tree):
        if isinstance(function, Functions):
            for node in ast.walk(function):
                if isinstance(node, ast.Import | ast.ImportFrom):
                    yield f"line {node.lineno}: import inside {function.name}"


def clocks_and_ids(path: str, tree: ast.Module) -> Iterator[str]:
    """Nobody but clock.py asks for the time or makes an id: a rule that did could not be replayed, nor tested on a
    chosen day.
    """
    if path == "clock.py":
        return
    asks = re.compile(
        r"time\.(time|monotonic|perf_counter)(_ns)?|(datetime\.)?(datetime|date)\.(now|utcnow|today)"
        r"|uuid\.(uuid\d|getnode)|uuid_utils(\..+)?"
    )
    for line, name in names_used(tree):
        if asks.fullmatch(name):
            yield f"line {line}: {name} belongs in clock.py"


def named_databases(path: str, tree: ast.Module) -> Iterator[str]:
    """Only the dialects in db/ name SQLite or PostgreSQL, so that all they differ in can be read there. Comments,
    docstrings and messages for people may: there they are spelled as names, not as code. So may the URLs in config.py:
    there the operator chooses. So may bench/: it measures one against the other, and starts a server of one of them.
    """
    if path in {"db/dialect.py", "db/database.py", "db/sqlite.py", "db/postgres.py"} or path.startswith("bench/"):
        return
    word = r"(sqlite|postgres(ql)?+|psycopg)" + (r"(?!://)" if path == "config.py" else "")
    prose = {id(constant) for constant in docstrings(tree)}
    for node in ast.walk(tree):
        line = getattr(node, "lineno", 0)
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            if id(node) not in prose and re.search(word, node.value):
                yield f"line {line}: {node.value!r}"
        else:
            for field in ("id", "attr", "arg", "name", "module", "asname"):
                name = getattr(node, field, None)
                if isinstance(name, str) and re.search(word, name, re.IGNORECASE):
                    yield f"line {line}: {name}"


def impure_trade(path: str, tree: ast.Module) -> Iterator[str]:
    """The rules of the shop (trade/) are pure functions over books: they import themselves, the books and their rows,
    and of the standard library only what reaches nothing outside. That is what makes running a batch again safe.
    """
    if not path.startswith("trade/"):
        return
    reaches_outside = {"asyncio", "http", "io", "logging", "os", "pathlib", "random", "secrets", "shutil", "socket"}
    reaches_outside |= {"sqlite3", "ssl", "subprocess", "tempfile", "threading", "time", "urllib", "uuid"}
    allowed = set(sys.stdlib_module_names) - reaches_outside
    for line, module in modules_imported(tree):
        inside = re.match(r"onhand\.(trade|books|rows)(\.|$)", module)
        if not inside and module.split(".")[0] not in allowed:
            yield f"line {line}: trade imports {module}"


def long_files(path: str, tree: ast.Module) -> Iterator[str]:
    """A file stays under 500 lines: what is longer holds two nouns."""
    last = max((getattr(node, "end_lineno", None) or 0 for node in tree.body), default=0)
    if last >= 500:
        yield f"{last} lines"


def long_functions(path: str, tree: ast.Module) -> Iterator[str]:
    """A function stays under 70 lines: what is longer does two things, and no screen shows it whole."""
    for node in ast.walk(tree):
        if isinstance(node, Functions):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines >= 70:
                yield f"{node.name} has {lines} lines"


# Each rule with sources that break it, as (path under src/onhand, text).
RULES: dict[Rule, list[tuple[str, str]]] = {
    vague_names: [
        ("order_utils.py", ""),
        ("common/stock.py", ""),
        ("stock.py", "class StockManager: ..."),
        ("stock.py", "class BaseLevel: ..."),
        ("api/http.py", "class HTTPHelper: ..."),
    ],
    imports_in_functions: [
        ("stock.py", "def ship():\n    import json"),
        ("stock.py", "class Level:\n    async def ship(self):\n        if self:\n            from onhand import books"),
    ],
    clocks_and_ids: [
        ("engine.py", "import time\nstarted = time.time()"),
        ("engine.py", "import time as t\nstarted = t.monotonic_ns()"),
        ("engine.py", "from time import perf_counter"),
        ("engine.py", "import datetime\ndatetime.datetime.now(datetime.UTC)"),
        ("engine.py", "from datetime import datetime as moment\nasked = moment.now"),
        ("engine.py", "from datetime import date\ndate.today()"),
        ("engine.py", "import uuid\nuuid.uuid4()"),
        ("engine.py", "from uuid import uuid4 as new"),
        ("engine.py", "import uuid_utils"),
        ("worker/clock.py", "from uuid_utils import uuid7"),
    ],
    named_databases: [
        ("engine.py", "import sqlite3"),
        ("engine.py", "from psycopg import errors"),
        ("engine.py", "from sqlalchemy.dialects import postgresql as dialect"),
        ("engine.py", "url = 'sqlite://'"),
        ("config.py", "if dialect == 'postgresql': ..."),
        ("engine.py", "if dialect.is_postgres: ..."),
        ("engine.py", "def save(sqlite_path): ..."),
        ("engine.py", "class SQLiteStorage: ..."),
    ],
    impure_trade: [
        ("trade/stock.py", "from onhand import clock"),
        ("trade/stock.py", "from onhand.db import load"),
        ("trade/stock.py", "import onhand.engine"),
        ("trade/stock.py", "from onhand.books_of_others import Books"),
        ("trade/stock.py", "import sqlalchemy"),
        ("trade/stock.py", "import os.path"),
    ],
    long_files: [("stock.py", "x = 1\n" * 500)],
    long_functions: [
        ("stock.py", "def ship():\n" + "    pass\n" * 69),
        ("stock.py", "class Level:\n    async def ship(self):\n" + "        pass\n" * 69),
    ],
}
# What looks like a fault of the rule and is none.
INNOCENT: dict[Rule, tuple[str, str]] = {
    vague_names: ("db/database.py", "class Baseline: ...\nclass Settings(BaseSettings): ..."),
    imports_in_functions: ("stock.py", "try:\n    import fcntl\nexcept ImportError:\n    fcntl = None"),
    clocks_and_ids: ("worker/loop.py", "import time\nfrom uuid import UUID\ntime.sleep(1)\nclock.now()\nUUID(text)"),
    named_databases: ("config.py", '"""Of sqlite."""\n# sqlite\nhelp = "A SQLite file or postgresql://HOST."'),
    impure_trade: ("trade/stock.py", "import datetime\nfrom onhand import rows\nfrom onhand.trade import money"),
    long_files: ("stock.py", "x = 1\n" * 499),
    long_functions: ("stock.py", "def ship():\n" + "    pass\n" * 68),
}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_code_keeps_the_rule(rule: Rule):
    faults = [f"{path}: {fault}" for path, tree in source_trees() for fault in rule(path, tree)]
    assert not faults, f"{rule.__doc__}\n" + "\n".join(faults)


@pytest.mark.parametrize(("rule", "planted"), [(rule, planted) for rule, all_of in RULES.items() for planted in all_of])
def test_the_rule_finds_a_planted_fault(rule: Rule, planted: tuple[str, str]):
    path, text = planted
    assert list(rule(path, ast.parse(text)))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_rule_lets_the_innocent_go(rule: Rule):
    path, text = INNOCENT[rule]
    assert not list(rule(path, ast.parse(text)))


@functools.cache
def source_trees() -> list[tuple[str, ast.Module]]:
    """Every source file with its path under src/onhand. Migrations are history and are left as they were written."""
    paths = [path for path in sorted(SOURCE.rglob("*.py")) if "migrations" not in path.parts]
    assert paths, "no source found: the rules would hold of nothing"
    return [(path.relative_to(SOURCE).as_posix(), ast.parse(path.read_text("utf-8"))) for path in paths]


def modules_imported(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """(line, module); `from onhand import rows` counts as onhand.rows. Relative imports keep their dots."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            yield from ((node.lineno, f"{module}.{alias.name}") for alias in node.names)


def names_used(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """(line, dotted name) of all that is imported and of every attribute, aliases undone."""
    real = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            source = f"{node.module}." if isinstance(node, ast.ImportFrom) else ""
            for alias in node.names:
                real[alias.asname or alias.name] = source + alias.name
                yield node.lineno, source + alias.name
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            start, _, rest = ast.unparse(node).partition(".")
            yield node.lineno, f"{real.get(start, start)}.{rest}"


def docstrings(tree: ast.Module) -> Iterator[ast.expr]:
    for node in ast.walk(tree):
        if isinstance(node, (*Functions, ast.ClassDef, ast.Module)) and ast.get_docstring(node) is not None:
            first = node.body[0]
            assert isinstance(first, ast.Expr)
            yield first.value


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    """Check the contracts of pyproject.toml against the package `onhand` in a folder."""
    program = Path(sys.executable).with_name("lint-imports")
    command = [str(program), "--no-cache", "--no-logo", "--config", str(ROOT / "pyproject.toml")]
    return subprocess.run(command, cwd=folder, env={"PYTHONPATH": str(folder)}, capture_output=True, text=True)


def test_imports_go_down_only():
    """The arrows between the parts of the house are the contract in pyproject.toml."""
    checked = lint_imports(ROOT / "src")
    assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.mark.parametrize(
    ("importer", "imported"),
    [
        *[("rows", "books"), ("books", "trade"), ("trade", "clock"), ("trade", "db"), ("config", "views")],
        *[("db", "engine"), ("engine", "api"), ("engine", "worker"), ("views", "console"), ("library", "cli")],
        ("attic", "rows"),
    ],
)
def test_an_arrow_that_goes_up_is_found(tmp_path: Path, importer: str, imported: str):
    """… and so is a module that the contract has no place for (the last pair)."""
    package = tmp_path / "onhand"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / f"{imported}.py").touch()
    (package / f"{importer}.py").write_text(f"from onhand import {imported}\n")
    checked = lint_imports(tmp_path)
    assert checked.returncode == 1, checked.stdout + checked.stderr
    assert f"onhand.{importer}" in checked.stdout


def places_of_one_machine(text: str) -> list[str]:
    """Paths that exist for one person or on one machine only."""
    return re.findall(r"/(?:home|Users)/\w+/|(?<![\w.])/root/|[A-Z]:\\Users|" + re.escape(f"{ROOT}/"), text)


def test_no_tracked_file_names_a_place_of_one_machine():
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode:
        pytest.skip("not a git checkout")
    files = [ROOT / name for name in listed.stdout.split("\0") if name and Path(__file__) != ROOT / name]
    texts = {path: path.read_text("utf-8", errors="ignore") for path in files if path.is_file()}
    assert not {path: found for path, text in texts.items() if (found := places_of_one_machine(text))}


@pytest.mark.parametrize("text", ["/home/ada/onhand", "see /root/notes", r"C:\Users\ada", f"cd {ROOT}/src"])
def test_a_place_of_one_machine_is_found(text: str):
    assert places_of_one_machine(text)


def lock_faults(text: str) -> list[str]:
    """Hosts, and packages without a hash. A lock with a host in it fails behind a mirror, and tells who made it."""
    return re.findall(r".*://.*|^[\w.-]+ *(?:==|@).*(?<!\\)$", text, re.MULTILINE)


@pytest.mark.parametrize("lock", ["runtime", "dev"])
def test_locks_hold_hashes_and_no_hosts(lock: str):
    text = (ROOT / "requirements" / f"{lock}.txt").read_text("utf-8")
    assert text.count("--hash=sha256:") > text.count("==") > 0
    assert lock_faults(text) == []


@pytest.mark.parametrize("text", ["--index-url https://mirror.example/simple", "rich==15.0.0", "rich @ ../rich"])
def test_a_lock_with_a_fault_is_found(text: str):
    assert lock_faults(f"typer==0.29.2 \\\n    --hash=sha256:00\n{text}\n")


def test_every_page_of_the_documentation_can_be_reached():
    """From the menu, or a decision from the list of them; and both name no page that is not there."""
    docs = ROOT / "docs"
    menu = re.findall(r'= "(\S+\.md)"', (ROOT / "zensical.toml").read_text("utf-8"))
    decisions = re.findall(
        r"^- \d{4} .*\]\((\S+\.md)\)$", (docs / "decisions" / "README.md").read_text("utf-8"), re.MULTILINE
    )
    listed = [*menu, *(f"decisions/{name}" for name in decisions)]
    assert sorted(listed) == sorted(page.relative_to(docs).as_posix() for page in docs.rglob("*.md"))
