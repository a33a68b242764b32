"""A process to be killed: `python -m tests.races.replaying URL FILE ACKNOWLEDGED`.

Replays a file again and again, and writes each answer down (a line `step order-id`) before it does anything else. What
was written stays when the process is killed: it is the operating system's then.
"""

import os
import sys
from itertools import count
from pathlib import Path

from onhand.books import Actor
from onhand.cli import online_retail
from onhand.cli.replay_orders import POLICY, Replay
from onhand.db.database import open_database
from onhand.engine import Engine


def main(url: str, path: str, acknowledged: str) -> None:
    written = os.open(acknowledged, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    database = open_database(url)
    engine = Engine(database, POLICY)
    engine.start()
    os.write(written, b"started -\n")
    surveyed = online_retail.survey(Path(path))

    def told(step: str, order_id: str | None) -> None:
        os.write(written, f"{step} {order_id}\n".encode())

    replay = Replay(engine, Actor("replay"), told=told)
    for _ in count():
        replay.run(online_retail.documents(Path(path), surveyed))


if __name__ == "__main__":
    main(*sys.argv[1:])
