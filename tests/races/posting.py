"""Sends the mail that is due, until it is killed: `python -m tests.races.posting DATABASE_URL SMTP_URL`.

Its standard input is the test that started it: when that ends, however it ends, so does this.
"""

import os
import sys
import threading

from tests.worker.test_mail import SENDER

from onhand.config import Settings
from onhand.db.database import open_database
from onhand.engine import Engine
from onhand.worker.loop import do_all
from onhand.worker.schedule import schedule


def end_with_the_test() -> None:
    sys.stdin.read()
    os._exit(1)


threading.Thread(target=end_with_the_test, daemon=True).start()
url, smtp_url = sys.argv[1:]
database = open_database(url)
engine = Engine(database)
engine.start()
duties = {duty.name: duty for duty in schedule(Settings(_env_file=None, smtp_url=smtp_url, mail_from=SENDER))}  # type: ignore[call-arg]
print("started", flush=True)
while True:
    do_all(engine, duties["plan-mail"]._replace(at_a_time=7))
    do_all(engine, duties["send-mail"]._replace(at_a_time=5))
