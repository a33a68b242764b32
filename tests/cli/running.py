"""The program as people run it: a process of its own, its two outputs apart."""

import atexit
import json
import os
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

from tests.cli.warm import Said, Warm

PROGRAM = Path(sys.executable).with_name("onhand")


class Ended(Said):
    @property
    def document(self) -> Any:
        return json.loads(self.out)


def environment(**settings: str) -> dict[str, str]:
    """This process's own, without settings of Onhand that a developer may have; and those given."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ONHAND_")}
    return {**kept, **{f"ONHAND_{name.upper()}": value for name, value in settings.items()}}


WARM = Warm()
atexit.register(WARM.end)


def onhand(*arguments: str, folder: Path | None = None, **settings: str) -> Ended:
    """Run a command to its end. Settings go into the environment: `database_url=…`."""
    return _ended(WARM.call(arguments, folder, environment(**settings)))


def started(*arguments: str) -> Ended:
    """As `onhand`, but from cold."""
    done = subprocess.run([str(PROGRAM), *arguments], env=environment(), capture_output=True, text=True, timeout=240)
    return _ended(Said(done.returncode, done.stdout, done.stderr))


def _ended(said: Said) -> Ended:
    assert "Traceback" not in said.err, said.err
    return Ended(*said)


class Server:
    """`onhand serve --json` on a free port. Use it in a `with` statement."""

    def __init__(self, *arguments: str, **settings: str) -> None:
        command = [str(PROGRAM), "serve", "--json", "--port", "0", *arguments]
        self.process = subprocess.Popen(
            command, env=environment(**settings), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        self.said = self._first_document()
        self.url: str = self.said["url"]
        self.key: str = self.said["admin_key"] or settings.get("bootstrap_key", "")

    def _first_document(self) -> Any:
        assert self.process.stdout is not None
        text = ""
        while True:
            line = self.process.stdout.readline()
            assert line, self.process.communicate()[1]
            text += line
            if line == "}\n":
                return json.loads(text)

    def call(self, path: str, body: Any = None, method: str | None = None) -> tuple[int, Any]:
        request = urllib.request.Request(
            self.url + path,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"},
            method=method,
        )
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as refused:
            return refused.code, json.load(refused)

    def sells(self, sku: str) -> None:
        """The catalog gets it, and the shelf so many that they will do."""
        made = self.call("/api/products", {"name": sku, "sku": sku, "price": "10.00"})
        change = {"operation": "increment", "quantity": 10_000, "reason": "Opening stock"}
        stocked = self.call(f"/api/inventory/stock/{sku}/main", change, "PATCH")
        assert (made[0], stocked[0]) == (201, 200), (made, stocked)

    def ends(self, sign: int = signal.SIGTERM) -> tuple[int, str]:
        """Its exit code and what it logged, after the signal."""
        if self.process.poll() is None:
            self.process.send_signal(sign)
        _, logged = self.process.communicate(timeout=120)
        return self.process.returncode, logged

    def __enter__(self) -> "Server":
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.communicate()
