"""One process of a shop that is told about money: `python -m tests.races.cashiers URL MESSAGES`.

MESSAGES is a JSON file of messages to deliver, in this order, by several threads. It prints what each came to, as JSON.
"""

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path
from typing import Any

from onhand.books import Actor
from onhand.db.database import open_database
from onhand.engine import Engine
from onhand.trade.payments import PaymentReported

THREADS = 8


def main(url: str, path: str) -> None:
    messages = json.loads(Path(path).read_text())
    database = open_database(url)
    engine = Engine(database)
    engine.start()

    def deliver(message: dict[str, Any]) -> str:
        command = PaymentReported(**{**message, "amount": Decimal(message["amount"])})
        return str(engine.run(command, Actor("payhere")).outcome)

    with ThreadPoolExecutor(THREADS) as threads:
        outcomes = list(threads.map(deliver, messages))
    engine.close()
    database.close()
    print(json.dumps(outcomes))


if __name__ == "__main__":
    main(*sys.argv[1:])
