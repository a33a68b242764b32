"""What the README prints is run, word for word: the tour against a demo shop, the library example as a script."""

import os
import re
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx2 as httpx
import pytest

PROGRAM = Path(sys.executable).parent / "onhand"
ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", README, flags=re.MULTILINE | re.DOTALL)


@pytest.fixture
def demo_shop(tmp_path):
    """The server that `make run` starts, on a free port and a database of its own."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {
        **os.environ,
        "ONHAND_BOOTSTRAP_KEY": "my-first-key",
        "ONHAND_PORT": str(port),
        "ONHAND_DATABASE_URL": f"sqlite:///{tmp_path}/onhand.db",
    }
    command = [str(PROGRAM), "serve", "--demo"]
    server = subprocess.Popen(command, cwd=tmp_path, env=environment, stderr=subprocess.PIPE, text=True)
    try:
        for _ in range(200):
            try:
                if httpx.get(f"http://127.0.0.1:{port}/readyz").status_code == 200:
                    break
            except httpx.TransportError:
                assert server.poll() is None, server.communicate()
            time.sleep(0.1)
        yield port, environment
    finally:
        server.terminate()
        assert server.wait(timeout=20) == 0


def test_the_tour_runs_word_for_word(demo_shop, tmp_path):
    port, environment = demo_shop
    script = "set -e\n" + "\n".join(blocks("sh")).replace("127.0.0.1:8080", f"127.0.0.1:{port}")
    script = script.replace(".venv/bin/onhand", str(PROGRAM))
    done = subprocess.run(
        ["sh", "-c", script], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    said = done.stdout
    assert '"quantity_available":90,"quantity_on_hold":10,"quantity_reserved":0' in said
    assert '"quantity_available":91,"quantity_on_hold":0,"quantity_reserved":0' in said
    assert '"status":"delivered"' in said
    assert "Insufficient stock for Red sneaker, size 42. Available: 91, Requested: 92" in said
    assert said.count('"code":') == 1, "nothing else in the tour is refused"
    twice = re.findall(r'"number":"(\d+)","status":"pending"', said)
    assert twice[-1] == twice[-2] != twice[0]
    assert "Customer return - Order #" in said


def test_the_library_example_runs_word_for_word(tmp_path):
    (example,) = blocks("python")
    done = subprocess.run([sys.executable, "-c", example], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "Insufficient stock for Tea. Available: 98, Requested: 99\n"
