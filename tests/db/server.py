"""A PostgreSQL server for one run of the tests, from whatever the machine has: `initdb` of the system, or of the wheel.

Run as a program, this file is the server's keeper: it starts the server when somebody first connects to its socket,
answers the URL, and stops the server when its standard input ends, that is, when whoever started the keeper is gone,
killed or not. A keeper that was killed itself leaves a folder behind; the next one removes it, and a server whose
folder is gone stops by itself.
"""

import contextlib
import fcntl
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import IO

from onhand.bench.postgres_server import find_programs, server_user

PREFIX = "onhand-postgres-"
# Nothing here outlives the machine's power, so nothing waits for its disk. A killed server still loses no commit.
QUICK = {"fsync": "off", "full_page_writes": "off", "listen_addresses": "", "max_connections": "200"}


class Server:
    """A server with its data in a folder that only its own user may enter."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.folder = folder
        self.data = folder / "data"
        self.settings = QUICK | settings
        self.user = server_user()
        if self.user:
            os.chown(folder, int(self.user["user"]), int(self.user["group"]))
        self.programs = find_programs(folder, self.user)
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> str:
        """Make the data folder when there is none, start, and answer the URL of the database `postgres`."""
        if not self.data.exists():
            self._run("initdb", "--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync")
        settings = [f"--{name}={value}" for name, value in self.settings.items()]
        command = [str(self.programs / "postgres"), "-D", str(self.data), "-k", str(self.folder), *settings]
        with self._log() as log:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, **self.user)
        for _ in range(2_400):
            if self._is_ready():
                return f"postgresql://postgres@/postgres?host={self.folder}"
            if self.process.poll() is not None:
                break
            time.sleep(0.05)
        raise RuntimeError(f"PostgreSQL did not start:\n{(self.folder / 'log').read_text()}")

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """SIGINT is a fast and clean stop; SIGQUIT stops without a checkpoint, as a crash would."""
        if self.process is None:
            return
        self.process.send_signal(how)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None

    def _is_ready(self) -> bool:
        try:
            lines = (self.data / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return False
        return len(lines) >= 8 and lines[7].strip() == "ready"

    def _run(self, program: str, *arguments: str) -> None:
        with self._log() as log:
            command = [str(self.programs / program), "-D", str(self.data), *arguments]
            subprocess.run(command, check=True, stdin=subprocess.DEVNULL, stdout=log, stderr=log, **self.user)

    def _log(self) -> IO[bytes]:
        return (self.folder / "log").open("ab")


# ── The keeper ──────────────────────────────────────────────────────────────────────────────────────────────────────


def start_keeper() -> tuple["subprocess.Popen[bytes]", Path]:
    """The keeper's process, and the folder by which `ask_keeper` finds it. Close its standard input to stop it."""
    folder = Path(tempfile.mkdtemp(prefix=PREFIX))
    # A session of its own: Ctrl-C is for the tests, which then end their keeper themselves.
    command = [sys.executable, __file__, str(folder)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, start_new_session=True), folder


def ask_keeper(folder: Path) -> str:
    """The URL of the keeper's server, which is started when it is not running yet."""
    for _ in range(2_400):
        with socket.socket(socket.AF_UNIX) as asking:
            try:
                asking.connect(str(folder / "keeper"))
            except (FileNotFoundError, ConnectionRefusedError):
                time.sleep(0.05)
                continue
            answer = asking.makefile().read()
        if answer.startswith("postgresql:"):
            return answer
        raise RuntimeError(answer)
    raise RuntimeError("The keeper of the PostgreSQL server did not start.")


def keep(folder: Path) -> None:
    with (folder / "lock.new").open("w") as lock, socket.socket(socket.AF_UNIX) as door:
        fcntl.flock(lock, fcntl.LOCK_EX)
        (folder / "lock.new").rename(folder / "lock")  # Under that name it was never free.
        _remove_leftovers(folder)
        door.bind(str(folder / "keeper"))
        door.listen(64)
        server: Server | None = None
        answer = ""
        try:
            while door in select.select([door, sys.stdin], [], [])[0] or sys.stdin.read(1):
                with door.accept()[0] as asking:
                    if server is None:
                        server, answer = _started(folder)
                    with contextlib.suppress(OSError):
                        asking.sendall(answer.encode())
        finally:
            if server is not None:
                server.stop()
            shutil.rmtree(folder, ignore_errors=True)


def _started(folder: Path) -> tuple[Server | None, str]:
    server = None
    try:
        server = Server(folder)
        return server, server.start()
    except Exception as error:
        return server, str(error)


def _remove_leftovers(own: Path) -> None:
    for folder in own.parent.glob(f"{PREFIX}*"):
        if folder == own:
            continue
        with contextlib.suppress(OSError), (folder / "lock").open("r+") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # Whoever keeps it holds this until the end.
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    keep(Path(sys.argv[1]))
