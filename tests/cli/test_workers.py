"""`onhand serve --workers N`: several processes behind one port, which live and end as one."""

import concurrent.futures
import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable

import pytest
from tests.cli.running import PROGRAM, Server, environment, onhand

from onhand import clock
from onhand.cli.supervisor import Line, NotStarted, Supervisor
from onhand.db import leases
from onhand.db.database import open_database

KEY = "oh_a-key-that-the-operator-has-chosen"


def children(of: int) -> set[int]:
    """The server processes: the resource tracker of the interpreter is a child too, and is none."""
    listed = subprocess.run(
        ["ps", "-A", "-ww", "-o", "pid=", "-o", "ppid=", "-o", "args="], capture_output=True, text=True
    ).stdout
    found = (line.split(maxsplit=2) for line in listed.splitlines() if "spawn_main" in line)
    return {int(process) for process, parent, _ in found if int(parent) == of}


def until(true: Callable[[], bool], seconds: float = 120) -> None:
    for _ in range(int(seconds / 0.05)):
        if true():
            return
        time.sleep(0.05)
    raise AssertionError("it did not become so")


def is_gone(process: int) -> bool:
    """A zombie is gone too: nobody may be there to bury it."""
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(process)], capture_output=True, text=True).stdout
    return state.strip()[:1] in ("", "Z")


def order_of(server: Server) -> Callable[[int], str | None]:
    def order(_: int) -> str | None:
        try:
            status, answer = server.call("/api/orders", {"items": [{"sku": "MUG", "quantity": 1}]})
        except (OSError, http.client.HTTPException):
            return None  # No longer listening, or whoever had the connection was killed, perhaps amid its answer.
        return answer["order_id"] if status == 201 else None

    return order


def test_one_that_dies_is_replaced_and_a_signal_drains_them_all(postgres_url: str):
    """Orders are coming all the time. What was acknowledged is there, whatever became of the process that did."""
    with Server("--workers", "2", database_url=postgres_url, bootstrap_key=KEY) as server:
        server.sells("MUG")
        first = children(server.process.pid)
        assert len(first) == 2
        with concurrent.futures.ThreadPoolExecutor(8) as clients:
            placed = [clients.submit(order_of(server), number) for number in range(300)]
            concurrent.futures.wait(placed[:50])
            killed = min(first)
            os.kill(killed, signal.SIGKILL)
            until(lambda: len(children(server.process.pid)) == 2 and killed not in children(server.process.pid))
            assert server.call("/api/orders")[0] == 200
            code, logged = server.ends()
            acknowledged = {order_id for each in placed if (order_id := each.result()) is not None}
    assert code == 0, logged
    assert "process_died" in logged
    assert f"process={killed}" in logged
    assert "process_replaced" in logged
    assert all(is_gone(each) for each in first)
    assert len(acknowledged) > 20
    listed = onhand("orders", "list", "--sku", "MUG", "--limit", "500", "--json", database_url=postgres_url)
    assert acknowledged <= {order["order_id"] for order in listed.document["data"]}
    assert onhand("verify", database_url=postgres_url).code == 0


def test_one_of_them_does_the_duties_and_none_outlives_its_parent(postgres_url: str):
    settings = {"database_url": postgres_url, "bootstrap_key": KEY, "workers": "2", "expire_every_seconds": "0.1"}
    with Server(**settings) as server:
        server.sells("MUG")
        body = {"items": [{"sku": "MUG", "quantity": 1}], "hold_minutes": 1 / 60}
        placed = server.call("/api/orders", body)[1]
        timeline = f"/api/orders/{placed['order_id']}/timeline"
        until(lambda: "order.expired" in str(server.call(timeline)[1]["data"]))
        left = children(server.process.pid)
        server.process.kill()
        until(lambda: all(is_gone(each) for each in left))
        with pytest.raises(OSError, match="refused"):
            server.call("/healthz")
        logged = server.process.communicate(timeout=120)[1]
    assert "duty_failed" not in logged
    database = open_database(postgres_url)
    assert not leases.claim(database, "duty expire-holds", "somebody else", clock.now(), clock.now() + 1)
    database.close()


def ends_at_once(line: Line) -> None:
    sys.exit(3)


def test_where_none_can_start_nothing_is_tried_for_ever():
    before = {sign: signal.getsignal(sign) for sign in (signal.SIGTERM, signal.SIGINT)}
    ended: list[str] = []
    try:
        with pytest.raises(NotStarted, match="ended with 3 before any was ready"):
            Supervisor(2, ends_at_once).run(lambda: ended.append("ready"), lambda: ended.append("ending"))
    finally:
        for sign, handler in before.items():
            signal.signal(sign, handler)
    assert ended == ["ending"]


def test_sqlite_has_one_owner(sqlite_url: str):
    ended = onhand("serve", "--workers", "2", database_url=sqlite_url)
    assert ended.code == 3
    assert "one process owns the file, so 2 cannot serve it" in ended.err
    assert "PostgreSQL" in ended.err


def test_a_port_that_is_taken_is_named(postgres_url: str):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        ended = onhand("serve", "--workers", "2", "--port", port, database_url=postgres_url)
    assert ended.code == 3
    assert "Cannot listen on 127.0.0.1 port" in ended.err


def test_a_signal_while_they_start_ends_them(postgres_url: str):
    settings = environment(database_url=postgres_url, bootstrap_key=KEY, workers="3", port="0")
    server = subprocess.Popen([str(PROGRAM), "serve"], env=settings, stderr=subprocess.PIPE, text=True)
    try:
        until(lambda: bool(children(server.pid)))
        server.send_signal(signal.SIGINT)
        _, said = server.communicate(timeout=120)
    finally:
        server.kill()
    assert server.returncode == 0, said
    assert "Traceback" not in said
