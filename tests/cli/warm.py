"""The program, warm: a process that has imported all of it, and forks for each call.

To start Python and to import takes most of a second, and these tests call some two hundred commands. What runs is the
same: `main()` in a process of its own, with a folder, an environment and two outputs of its own. That every command
also starts cold is seen where its help is asked for, and wherever a server is started.

Run as a program it reads a call from each line of its standard input, and says the exit code of each.
"""

import gc
import json
import os
import signal
import subprocess
import sys
import tempfile
from importlib import import_module
from pathlib import Path
from typing import IO, NamedTuple

from onhand.cli import COMMANDS, main

ROOT = Path(__file__).parents[2]


class Said(NamedTuple):
    code: int
    out: str
    err: str


class Warm:
    """Calls one command at a time."""

    def __init__(self) -> None:
        self._outputs = tempfile.TemporaryDirectory(prefix="onhand-warm-")
        self._process: subprocess.Popen[str] | None = None

    def call(self, arguments: tuple[str, ...], folder: Path | None, environment: dict[str, str]) -> Said:
        out, err = Path(self._outputs.name, "out"), Path(self._outputs.name, "err")
        call = [["onhand", *arguments], str(folder or Path.cwd()), environment, str(out), str(err)]
        process = self._started()
        try:
            code = _ask(process, json.dumps(call))
        except BaseException:
            # Who stops to wait, as when a test has run out of time, must not read that answer as the next one's.
            self.end()
            raise
        return Said(code, out.read_text(), err.read_text())

    def _started(self) -> "subprocess.Popen[str]":
        if self._process is None:
            command = [sys.executable, "-m", "tests.cli.warm"]
            self._process = subprocess.Popen(
                command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
            )
        return self._process

    def end(self) -> None:
        """End it, and what it is doing."""
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.communicate()
            self._process = None


def _ask(process: "subprocess.Popen[str]", call: str) -> int:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(f"{call}\n")
    process.stdin.flush()
    return int(process.stdout.readline())


def is_called(calls: IO[str]) -> bool:
    """True in a process that is to do a call; false in the first one, when nobody is left who could call."""
    for line in calls:
        process = os.fork()
        if process == 0:
            _become(*json.loads(line))
            return True
        _, status = os.waitpid(process, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)
    return False


def _become(arguments: list[str], folder: str, environment: dict[str, str], *outputs: str) -> None:
    sys.argv = arguments
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    for number, path in enumerate(outputs, 1):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)


if __name__ == "__main__":
    for name in (*COMMANDS, "failures"):
        import_module(f"onhand.cli.{name.replace('-', '_')}")
    import_module("onhand.db.migrate")
    gc.freeze()  # Or else each fork, when it ends, looks at all of this, and so has to copy it.
    if is_called(sys.stdin):
        main()
