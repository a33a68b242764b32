"""`onhand serve`: the API and the duties in one process, from its first start to its clean end."""

import concurrent.futures
import signal
import socket
import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from sqlalchemy import make_url
from tests.cli.running import PROGRAM, Server, environment, onhand


def test_it_answers_from_the_first_start_with_a_key_that_is_shown_once(tmp_path: Path):
    url = f"sqlite:///{tmp_path}/shop.db"
    with Server(database_url=url) as server:
        assert server.call("/healthz")[0] == 200
        assert server.key.startswith("oh_")
        assert server.call("/api/orders")[0] == 200
        assert _hangs_up_on(server, b"GET /healthz HTTP/1.1\r\nHost: x\r\n" + b"a: b\r\n" * 100_000)
        assert server.ends()[0] == 0
    with Server(database_url=url) as again:
        assert again.said["admin_key"] is None
        again.key = server.key
        assert again.call("/api/orders")[0] == 200


def _hangs_up_on(server: Server, head: bytes) -> bool:
    where = urlsplit(server.url)
    with socket.create_connection((where.hostname, where.port), timeout=60) as line:
        try:
            line.sendall(head)
            return b"400 Bad Request" in line.recv(100)
        except ConnectionError:
            return True


def test_a_demo_shop_is_opened_once_and_verifies(tmp_path: Path):
    url = f"sqlite:///{tmp_path}/shop.db"
    numbers: list[list[str]] = []
    for _ in range(2):
        with Server("--demo", database_url=url, bootstrap_key="oh_a-key-that-the-operator-has-chosen") as server:
            assert server.said["admin_key"] is None
            orders = server.call("/api/orders?limit=500")[1]["data"]
            assert {"pending", "confirmed", "processing", "shipped", "delivered", "cancelled", "returned"} <= {
                order["status"] for order in orders
            }
            days = {order["created_at"][:10] for order in orders}
            assert len(days) == 4 * 7 + 1, "four weeks, and this morning"
            numbers.append(sorted(order["number"] for order in orders))
            assert onhand("verify", database_url=url).code == 0
            assert server.ends()[0] == 0
    assert numbers[0] == numbers[1]


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])
def test_on_a_signal_it_finishes_what_it_accepted_and_ends_with_0(sign: int, sqlite_url: str):
    """Many clients order while the signal comes: every order that was acknowledged is there, whole, and no other."""
    with Server(database_url=sqlite_url) as server:
        server.sells("MUG")

        def order(_: int) -> str | None:
            try:
                status, answer = server.call("/api/orders", {"items": [{"sku": "MUG", "quantity": 1}]})
            except OSError:
                return None  # No longer listening.
            return answer["order_id"] if status == 201 else None

        with concurrent.futures.ThreadPoolExecutor(8) as clients:
            placed = [clients.submit(order, number) for number in range(400)]
            concurrent.futures.wait(placed[:60])
            code, logged = server.ends(sign)
            acknowledged = {order_id for each in placed if (order_id := each.result()) is not None}
    assert code == 0, logged
    assert len(acknowledged) > 50
    listed = onhand("orders", "list", "--sku", "MUG", "--limit", "500", "--json", database_url=sqlite_url)
    present = {order["order_id"] for order in listed.document["data"]}
    assert acknowledged <= present
    assert len(present) <= len(acknowledged) + 8, "and those whose answer was under way"
    assert onhand("verify", database_url=sqlite_url).code == 0


def test_it_says_which_settings_it_does_not_know(sqlite_url: str):
    with Server(database_url=sqlite_url, hold_minuts="20", service_host="10.0.0.1") as server:
        code, logged = server.ends()
    assert code == 0
    assert "ONHAND_HOLD_MINUTS is not a setting of Onhand and was ignored; did you mean ONHAND_HOLD_MINUTES?" in logged
    assert "ONHAND_SERVICE_HOST is not a setting of Onhand and was ignored: container platforms set such" in logged
    listed = onhand("stock", "list", database_url=sqlite_url, hold_minuts="20")
    assert "did you mean ONHAND_HOLD_MINUTES?" in listed.err


def test_a_port_that_is_taken_is_named(sqlite_url: str):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        ended = onhand("serve", "--port", str(taken.getsockname()[1]), database_url=sqlite_url)
    assert ended.code == 3
    assert "Cannot listen on 127.0.0.1 port" in ended.err
    assert "Stop what listens there, or choose another with --port." in ended.err


WRONG = {
    "port": ("abc", "ONHAND_PORT: Input should be a valid integer"),
    "currency": ("XYZ", "ONHAND_CURRENCY: 'XYZ' is not an ISO 4217 currency code, such as EUR."),
    "hold_minutes": ("20000", "ONHAND_HOLD_MINUTES_MAX: 10080 is less than ONHAND_HOLD_MINUTES (20000)."),
    "smtp_url": ("mail.example", "ONHAND_SMTP_URL: it should be smtp://USER:PASSWORD@HOST:PORT, smtps://"),
    "broker_url": ("kafka://here", "ONHAND_BROKER_URL: it should be nats://HOST:PORT or redis://HOST:PORT"),
    "mail_templates": ("/no/such", "ONHAND_MAIL_TEMPLATES: there is no folder /no/such."),
    "log_format": ("xml", "ONHAND_LOG_FORMAT: Input should be 'text' or 'json'."),
    "database_url": ("sqlite://shop.db", "a file is named after three slashes: sqlite:///shop.db."),
}


def test_everything_that_is_wrong_with_the_settings_is_said_at_the_start(tmp_path: Path):
    url = WRONG["database_url"][0]
    said = onhand("serve", folder=tmp_path, database_url=url)
    assert (said.code, WRONG["database_url"][1] in said.err) == (3, True)
    said = onhand("serve", folder=tmp_path, **{name: value for name, (value, _) in WRONG.items()})
    assert said.code == 3
    assert [
        sentence for name, (_, sentence) in WRONG.items() if name != "database_url" and sentence not in said.err
    ] == []
    (tmp_path / ".env").write_bytes(b"ONHAND_PORT=\xff")
    said = onhand("stock", "list", folder=tmp_path, database_url=f"sqlite:///{tmp_path}/shop.db")
    assert (said.code, "The file .env is not text in UTF-8" in said.err) == (3, True)


def test_a_database_that_is_away_is_named_without_its_password(tmp_path: Path):
    away = "postgresql://ada:pass/word@127.0.0.1:1/shop?password=secret"
    said = onhand("verify", folder=tmp_path, database_url=away)
    assert said.code == 3
    assert "Cannot use postgresql://ada:***@127.0.0.1:1/shop?password=***: " in said.err
    assert "Is the server running" in said.err


def test_flags_go_before_the_environment(sqlite_url: str):
    with Server("--hold-minutes", "7", database_url=sqlite_url, hold_minutes="9") as server:
        assert server.call("/healthz")[0] == 200
    ended = onhand("serve", "--hold-minutes", "-1", database_url=sqlite_url, hold_minutes="9")
    assert ended.code == 3
    assert "ONHAND_HOLD_MINUTES" in ended.err


def test_overdue_orders_are_swept_by_the_server_itself(sqlite_url: str):
    with Server("--expire-every-seconds", "0.1", database_url=sqlite_url) as server:
        server.sells("MUG")
        body = {"items": [{"sku": "MUG", "quantity": 1}], "hold_minutes": 1 / 60}
        placed = server.call("/api/orders", body)[1]
        for _ in range(200):
            order = onhand("orders", "show", placed["order_id"], "--json", database_url=sqlite_url).document
            if order["status"] == "cancelled":
                break
        assert order["cancel_reason"] == "expired"
        events = server.call(f"/api/orders/{placed['order_id']}/timeline")[1]["data"]
        assert "order.expired" in str(events)


@pytest.fixture
def empty_postgres_url(postgres_server: str) -> Iterator[str]:
    """A database that nobody has migrated."""
    name = f"onhand_test_{uuid.uuid4().hex}"
    with psycopg.connect(postgres_server, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}")
        yield make_url(postgres_server).set(database=name).render_as_string(hide_password=False)
        server.execute(f"DROP DATABASE {name} WITH (FORCE)")


def test_two_servers_and_a_worker_start_at_once_on_an_empty_postgresql_and_share_it(empty_postgres_url: str):
    key = "oh_a-key-that-the-operator-has-chosen"
    started = concurrent.futures.ThreadPoolExecutor(2)
    settings = environment(database_url=empty_postgres_url)
    worker = subprocess.Popen([str(PROGRAM), "worker"], env=settings, stderr=subprocess.PIPE, text=True)
    servers = list(started.map(lambda _: Server(database_url=empty_postgres_url, bootstrap_key=key), range(2)))
    with servers[0] as first, servers[1] as second:
        assert onhand("keys", "create", "Till", database_url=empty_postgres_url).code == 0
        for server in (first, second):
            assert server.call("/readyz")[0] == 200
            assert server.call("/api/orders")[0] == 200
        assert first.ends()[0] == 0
        assert second.ends()[0] == 0
    worker.send_signal(signal.SIGTERM)
    _, said = worker.communicate(timeout=60)
    assert worker.returncode == 0, said
    assert "Doing expire-holds" in said
