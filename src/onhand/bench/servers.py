"""The two server processes that are measured over HTTP: `onhand serve` as a shop would run it, and the bare one."""

import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from onhand.bench.postgres_server import free_port
from onhand.bench.shop import POLICY

START_SECONDS = 30.0
_ONHAND = [sys.executable, "-c", "from onhand.cli import main; main()"]


class ServerFailed(Exception):
    """A server did not start: says what it said last."""


class Running(NamedTuple):
    """A server that answers on 127.0.0.1, and a key that it lets in."""

    port: int
    process_id: int
    key: str


@contextmanager
def onhand_server(database_url: str, folder: Path) -> Iterator[Running]:
    """`onhand serve` on that database, with its log in the folder."""
    key = secrets.token_hex(24)
    given = {"DATABASE_URL": database_url, "BOOTSTRAP_KEY": key, "HOLD_MINUTES": str(POLICY.hold_minutes)}
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ONHAND_")}
    environment |= {f"ONHAND_{name}": value for name, value in given.items()}
    port = free_port()
    # In the folder, where no .env is.
    with _running([*_ONHAND, "serve", f"--port={port}"], port, folder, environment) as process_id:
        yield Running(port, process_id, key)


@contextmanager
def bare_server(answer: bytes, folder: Path) -> Iterator[Running]:
    """The server that answers every order with this JSON."""
    port = free_port()
    answer_file = folder / f"answer-{port}.json"
    answer_file.write_bytes(answer)
    command = [sys.executable, "-m", "onhand.bench.bare", str(port), str(answer_file)]
    with _running(command, port, folder, dict(os.environ)) as process_id:
        yield Running(port, process_id, "none is asked for")


@contextmanager
def _running(command: list[str], port: int, folder: Path, environment: dict[str, str]) -> Iterator[int]:
    log_path = folder / f"server-{port}.log"
    with log_path.open("wb") as log:
        # A session of its own: Ctrl-C is for the bench, which then stops the server itself.
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=environment,
            cwd=folder,
            start_new_session=True,
        )
    try:
        if not _listens(process, port):
            last_words = log_path.read_text("utf-8", errors="replace")[-500:]
            raise ServerFailed(f"{command[-2:]} did not start: {last_words}")
        yield process.pid
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _listens(process: "subprocess.Popen[bytes]", port: int) -> bool:
    for _ in range(int(START_SECONDS / 0.05)):
        if process.poll() is not None:
            return False
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return True
        time.sleep(0.05)
    return False
