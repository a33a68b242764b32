"""What the README and the pages print is run, word for word, on the demo shop; examples of the library as scripts."""

import os
import re
import shlex
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx2 as httpx
import pytest
from tests.cli.running import onhand

PROGRAM = Path(sys.executable).parent / "onhand"
ROOT = Path(__file__).parents[2]
ENVIRONMENT = {**os.environ, "PATH": f"{PROGRAM.parent}:{os.environ['PATH']}"}
REFUSED = '"type":"https://onhand.dev/problems/'


def blocks(page: str, language: str) -> list[str]:
    text = (ROOT / page).read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def demo_shop(tmp_path_factory):
    """The server that `make run` starts, on a free port; its folder, and what a shell beside it has."""
    folder = tmp_path_factory.mktemp("demo")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {
        **ENVIRONMENT,
        "ONHAND_BOOTSTRAP_KEY": "my-first-key",
        "ONHAND_PORT": str(port),
    }
    command = [str(PROGRAM), "serve", "--demo"]
    server = subprocess.Popen(command, cwd=folder, env=environment, stderr=subprocess.PIPE, text=True)
    try:
        for _ in range(2_400):
            try:
                if httpx.get(f"http://127.0.0.1:{port}/readyz").status_code == 200:
                    break
            except httpx.TransportError:
                assert server.poll() is None, server.communicate()
            time.sleep(0.1)
        yield folder, port, environment
    finally:
        server.terminate()
        assert server.wait(timeout=240) == 0


def run(demo_shop, program: list[str], text: str) -> str:
    folder, port, environment = demo_shop
    text = text.replace("127.0.0.1:8080", f"127.0.0.1:{port}").replace(".venv/bin/onhand", str(PROGRAM))
    done = subprocess.run([*program, text], cwd=folder, env=environment, capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_tour_runs_word_for_word(demo_shop):
    said = run(demo_shop, ["sh", "-ec"], "\n".join(blocks("README.md", "sh")))
    assert '"quantity_available":90,"quantity_on_hold":10,"quantity_reserved":0' in said
    assert '"quantity_available":91,"quantity_on_hold":0,"quantity_reserved":0' in said
    assert '"status":"delivered"' in said
    assert "Insufficient stock for Red sneaker, size 42. Available: 91, Requested: 92" in said
    assert said.count(REFUSED) == 1, "nothing else in the tour is refused"
    twice = re.findall(r'"number":"(\d+)","status":"pending"', said)
    assert twice[-1] == twice[-2] != twice[0]
    assert "Customer return - Order #" in said


PAGES = {
    "docs/api.md": '"reference":"cart-17"',
    "docs/warehouse/receiving.md": '"status":"closed"',
    "docs/warehouse/transfers.md": '"status":"recalled"',
    "docs/warehouse/counts.md": '"status":"applied"',
    "docs/warehouse/picking.md": '"status":"shipped"',
    "docs/warehouse/returns.md": '"status":"received"',
}


def test_the_pages_run_word_for_word(demo_shop):
    for page, outcome in PAGES.items():
        said = run(demo_shop, ["sh", "-ec"], "\n".join(blocks(page, "sh")))
        assert outcome in said, page
        assert REFUSED not in said, (page, said)
    (client,) = blocks("docs/api.md", "python")
    assert re.fullmatch(r"\d{4}\n", run(demo_shop, [sys.executable, "-c"], client))


def test_the_backup_on_the_page_for_operators_is_whole(demo_shop):
    """It is made beside the server; the lines that restore it are run in a folder of its own."""
    make, prove, restore = (each for each in blocks("docs/operating.md", "sh") if "backup.db" in each)
    run(demo_shop, ["sh", "-ec"], make + prove + "mkdir restored; cp backup.db restored; cd restored\n" + restore)


def test_the_warehouse_from_a_shell_runs_word_for_word(tmp_path):
    """Line by line: each command is one of many, and to start Python for each would take most of a minute."""
    first, *script = blocks("docs/warehouse/command-line.md", "sh")
    made = subprocess.run(["sh", "-ec", first], cwd=tmp_path, env=ENVIRONMENT, capture_output=True, text=True)
    assert made.returncode == 0, made.stderr
    lines = "".join(script).splitlines()
    ordered = next(line for line in lines if line.startswith("with Onhand"))
    ran = []
    for line in lines:
        if line == ordered:
            exec(f"from onhand import Onhand\n{line[:-1]}".replace("shop.db", f"{tmp_path}/shop.db"))
        if line.startswith("onhand "):
            command, _, otherwise = line.removeprefix("onhand ").partition(" || ")
            ended = onhand(*shlex.split(command), folder=tmp_path, database_url="sqlite:///shop.db")
            assert ended.code == (1 if otherwise else 0), (line, ended)
            ran.append(line)
    assert len(ran) > 15


@pytest.mark.parametrize("page", ["README.md", "docs/library.md", "docs/warehouse/receiving.md"])
def test_the_library_example_runs_word_for_word(tmp_path, page: str):
    said = ""
    for example in blocks(page, "python"):
        done = subprocess.run(
            [sys.executable, "-c", example], cwd=tmp_path, capture_output=True, text=True, timeout=240
        )
        assert (done.returncode, done.stderr) == (0, "")
        said += done.stdout
    if page != "docs/warehouse/receiving.md":
        assert "Insufficient stock for Tea. Available: 98, Requested: 99" in said
