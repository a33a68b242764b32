"""`onhand serve`."""

import errno
import os
import signal
import socket
import sys
from collections.abc import Callable
from importlib import metadata
from typing import Annotated, Any, NamedTuple

import structlog
import typer
import uvicorn
from sqlalchemy import select

from onhand import collector
from onhand.api.app import create_app
from onhand.api.calls import Desk
from onhand.api.secrets import hash_of, new_secret
from onhand.cli.demo import open_demo_shop
from onhand.cli.failures import report
from onhand.cli.keys import make_key
from onhand.cli.logs import log_to_stderr
from onhand.cli.opening import open_chosen, operator, settings, to_write, warn_of_unknown_settings
from onhand.cli.options import AsJson
from onhand.cli.screen import say, show_json
from onhand.cli.setting_flags import with_setting_flags
from onhand.cli.supervisor import Line, Supervisor
from onhand.cli.wire import Wire
from onhand.config import Settings
from onhand.console.app import console
from onhand.db.database import DatabaseUnusable
from onhand.db.schema import api_keys
from onhand.engine import Engine
from onhand.trade.sessions import OfferSignIn
from onhand.views.sessions import admin_key
from onhand.worker.loop import Loop
from onhand.worker.schedule import schedule
from onhand.worker.webhooks import Deliverer

log = structlog.get_logger()

app = typer.Typer(add_completion=False)

SECONDS_TO_FINISH_REQUESTS = 25


@app.command()
@with_setting_flags
def serve(
    demo: Annotated[
        bool, typer.Option("--demo", help="Put a demo shop into a database that sells nothing yet.")
    ] = False,
    sign_in_link: Annotated[
        bool, typer.Option("--sign-in-link", help="Print a link that signs in to the console once, as the first admin.")
    ] = False,
    as_json: AsJson = False,
    **flags: Any,
) -> None:
    """Run the API, the console and the recurring duties. Each setting may also be ONHAND_<NAME> in the environment.

    Brings the database to the newest schema first. Where no admin key exists yet, one is made and shown this once, and
    so is a link that signs in to the console with it.
    On SIGTERM or SIGINT it takes no more, finishes what it has accepted, and exits with 0.
    """
    chosen = settings(**flags)
    log_to_stderr(chosen.log_format)
    warn_of_unknown_settings()
    if chosen.workers > 1:
        _serve_in_processes(chosen, demo, sign_in_link, as_json)
        return
    with to_write(chosen) as engine:
        listening = _listen(chosen)
        entrance = _prepare(engine, chosen, demo, sign_in_link)
        _work(chosen, engine, listening, lambda _: _announce(listening, entrance, as_json))


def _serve_in_processes(chosen: Settings, demo: bool, sign_in_link: bool, as_json: bool) -> None:
    """What is done once is done here, before there are several; then they share the listening socket."""
    _require_shared(chosen)
    listening = _listen(chosen)
    with to_write(chosen) as engine:
        entrance = _prepare(engine, chosen, demo, sign_in_link)
    supervisor = Supervisor(chosen.workers, serve_as_one_of_several, chosen, listening)
    # Closed here first: what comes while the others finish is refused at once, and not left waiting in a queue.
    supervisor.run(lambda: _announce(listening, entrance, as_json), listening.close)


def _require_shared(chosen: Settings) -> None:
    database = open_chosen(chosen)
    database.close()
    if not database.is_shared:
        problem = (
            f"one process owns the file, so {chosen.workers} cannot serve it. Use one worker, or PostgreSQL, which "
            "many processes may share"
        )
        raise DatabaseUnusable(url=chosen.database_url, problem=problem)


def serve_as_one_of_several(line: Line, chosen: Settings, listening: socket.socket) -> None:
    """The life of one of several processes, which ends when its parent says so, or is gone."""
    log_to_stderr(chosen.log_format)
    try:
        with to_write(chosen) as engine:
            _work(chosen, engine, listening, lambda server: line.ready(server.end))
    except Exception as error:
        sys.exit(report(error))


class Entrance(NamedTuple):
    """How to get in, shown this once: the secrets of the first key and of a link that signs in to the console."""

    key: str | None
    link: str | None


def _prepare(engine: Engine, chosen: Settings, demo: bool, sign_in_link: bool) -> Entrance:
    """The first key, a link to sign in by, and the demo shop."""
    new_key = _ensure_admin_key(engine, chosen.bootstrap_key)
    if demo and open_demo_shop(engine):
        say("A demo shop is open: 20 products in 3 stores, and four weeks of orders.")
    wants_link = new_key is not None or demo or sign_in_link
    return Entrance(new_key, _offer_sign_in(engine, chosen.bootstrap_key) if wants_link else None)


def _work(chosen: Settings, engine: Engine, listening: socket.socket, started: Callable[["_Server"], None]) -> None:
    """Serve and do the duties, until it is time to end."""
    collector.spare()
    loop = Loop(engine, schedule(chosen))
    loop.start()
    deliverer = Deliverer(engine, chosen)
    deliverer.start()
    try:
        _run(chosen, engine, listening, started)
    finally:
        deliverer.stop()
        loop.join()
        deliverer.join()
        log.info("ended", process=os.getpid())


class _Server(uvicorn.Server):
    """Says so once it answers."""

    def __init__(self, configuration: uvicorn.Config, desk: Desk, told: Callable[["_Server"], None]) -> None:
        super().__init__(configuration)
        self._desk = desk
        self._told = told

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            log.info("serving", process=os.getpid())
            self._told(self)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        log.info("finishing", requests=len(self.server_state.tasks))
        self._desk.is_closing = True
        self._desk.tail.close()
        await super().shutdown(sockets)

    def end(self) -> None:
        """Take no more, finish what is under way. May be called from another thread."""
        self.should_exit = True


def _run(chosen: Settings, engine: Engine, listening: socket.socket, started: Callable[[_Server], None]) -> None:
    """Until a signal comes; then finish the requests under way."""
    # uvicorn raises the signal again when it is done, for whoever was asked before it: without this the process would
    # end by the signal, before what was accepted is finished.
    for sign in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sign, lambda *_: None)
    app = create_app(chosen, engine, engine.database, console)
    configuration = uvicorn.Config(
        app,
        loop="auto",
        http=Wire,
        lifespan="off",
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=SECONDS_TO_FINISH_REQUESTS,
        server_header=False,
    )
    _Server(configuration, app.state.desk, started).run(sockets=[listening])


def _listen(chosen: Settings) -> socket.socket:
    """Raises OSError when the address is taken or not this machine's."""
    family = socket.AF_INET6 if ":" in chosen.host else socket.AF_INET
    try:
        return socket.create_server((chosen.host, chosen.port), family=family, backlog=2048)
    except OSError as error:
        advice = " Stop what listens there, or choose another with --port." if error.errno == errno.EADDRINUSE else ""
        said = error.strerror or error
        raise OSError(f"Cannot listen on {chosen.host} port {chosen.port}: {said}.{advice}") from error


def _announce(listening: socket.socket, entrance: Entrance, as_json: bool) -> None:
    host, port = listening.getsockname()[:2]
    url = f"http://{f'[{host}]' if ':' in host else host}:{port}"
    console_url = f"{url}/console/sign-in?link={entrance.link}" if entrance.link else f"{url}/console/"
    if as_json:
        show_json({"url": url, "docs": f"{url}/docs", "console": console_url, "admin_key": entrance.key})
        return
    print(f"Onhand {metadata.version('onhand')} answers at {url} (its API is described at {url}/docs).", flush=True)
    if entrance.key is not None:
        print(f"Admin key, shown this once: {entrance.key}", flush=True)
    once = " (this link signs in once, within an hour)" if entrance.link else ""
    print(f"The console: {console_url}{once}", flush=True)


def _ensure_admin_key(engine: Engine, bootstrap_key: str | None) -> str | None:
    """Where there is no admin key, neither in the settings nor in the database, make one; answers its secret."""
    present = select(api_keys.c.scopes).where(api_keys.c.revoked_at.is_(None))
    with engine.database.reading() as connection:
        if bootstrap_key or any("admin" in scopes.split() for scopes in connection.execute(present).scalars()):
            return None
    secret = new_secret()
    make_key(engine, "first admin", secret, ("admin",))
    return secret


def _offer_sign_in(engine: Engine, bootstrap_key: str | None) -> str | None:
    """A link that signs in with the rights of the first admin key; None when there is no such key."""
    with engine.database.reading() as connection:
        key = admin_key(connection)
    key_hash = hash_of(bootstrap_key.encode()) if bootstrap_key else key and key.secret_hash
    if not key_hash:
        return None
    link = new_secret("in_")
    engine.run(OfferSignIn(hash_of(link.encode()), key_hash), operator())
    return link
