"""The same order as one plain transaction script, run by PostgreSQL's own benchmark program: no Python at all.

It shows what a transaction for each order costs at the least, whatever the language around it.
"""

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from sqlalchemy import URL, make_url

from onhand.bench.shop import BUYER, LINES, PRICE, Shop, claim_numbers
from onhand.clock import DAY

CLIENTS = 16
NUMBERS = 1_000_000
_HOLD = DAY * 7
_TOTAL = LINES * PRICE // 100
_LETTERS = "abc"[:LINES]

# The id begins with the time, as ours do, so that the script's rows go to the right end of each index too.
_BEGIN = f"""
\\set i :i + 1
BEGIN;
SELECT (lpad(to_hex((extract(epoch FROM clock_timestamp()) * 1000)::bigint), 12, '0')
        || substr(replace(gen_random_uuid()::text, '-', ''), 13))::uuid AS id,
       (extract(epoch FROM clock_timestamp()) * 1000000)::bigint AS now,
       (:first + :i::bigint * {CLIENTS} + :client_id)::text AS number \\gset
SELECT available FROM levels WHERE store_id = :store::uuid AND variant_id IN ({{variants}})
ORDER BY store_id, variant_id FOR UPDATE;
"""
_TAKE = """
UPDATE levels SET version = version + 1, available = available - 1, on_hold = on_hold + 1
WHERE store_id = :store::uuid AND variant_id = {variant} AND available >= 1
RETURNING version AS {letter}_version, available AS {letter}_available, on_hold AS {letter}_on_hold \\gset
"""
_INSERT = f"""
INSERT INTO orders (id, number, status, payment_status, currency, total, priority, hold_expires_at, actor, created_at,
                    updated_at, events)
VALUES (:id::uuid, :number::text, 'pending', 'unpaid', 'USD', {_TOTAL}, 0, :now::bigint + {_HOLD}, '{BUYER.name}',
        :now::bigint, :now::bigint, 1);
INSERT INTO order_lines VALUES {{lines}};
INSERT INTO reservations VALUES {{reservations}};
INSERT INTO movements (store_id, variant_id, version, kind, quantity, available, on_hold, reserved, unsellable,
                       order_id, cause, actor, reason, occurred_at, recorded_at) VALUES {{movements}};
INSERT INTO events VALUES ('order/' || :id::text, 1, 'order.placed', '{BUYER.name}', :now::bigint,
    json_build_object('number', :number::text, 'from', NULL, 'to', 'pending', 'currency', 'USD', 'total',
                      '{_TOTAL / 100:.2f}', 'items', json_build_array({{told}}))::text);
END;
"""


class PgbenchMissing(Exception):
    """PostgreSQL's benchmark program is not on this machine."""


class Pgbench:
    """Sixteen clients of the shop's database, each with one order at a time."""

    def __init__(self, shop: Shop, programs: Path | None) -> None:
        beside = programs / "pgbench" if programs else None
        found = str(beside) if beside and beside.exists() else shutil.which("pgbench")
        if found is None:
            raise PgbenchMissing("pgbench was not found: it comes with PostgreSQL's own programs.")
        self._program = found
        self._shop = shop

    def place_for(self, seconds: float) -> tuple[int, float]:
        """Place orders for so long (whole seconds); answers how many, and the seconds that it took."""
        writer = self._shop.database.writer()
        first = claim_numbers(writer, NUMBERS)
        writer.close()
        url = make_url(self._shop.url)
        # Not on the command line, which everybody on the machine can read.
        environment = os.environ | {"PGPASSWORD": str(url.password or os.environ.get("PGPASSWORD", ""))}
        address = URL.create("postgresql", url.username, None, url.host, url.port, url.database, url.query)
        given = {"first": first, "i": 0, "store": self._shop.store.id, "skus": self._shop.skus}
        with tempfile.NamedTemporaryFile("w", suffix=".sql", encoding="ascii") as file:
            file.write(script())
            file.flush()
            command = [self._program, "--no-vacuum", "--protocol=prepared", f"--client={CLIENTS}", "--jobs=2"]
            command += [f"--time={max(1, round(seconds))}", f"--file={file.name}"]
            command += [f"--define={name}={value}" for name, value in given.items()]
            command.append(address.render_as_string())
            told = subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout
        placed = int(_told(r"number of transactions actually processed: (\d+)", told))
        return placed, placed / float(_told(r"tps = ([\d.]+) \(without", told))


def script() -> str:
    """One order of three lines, a unit each of three SKUs at random."""
    numbers = [f":{letter}::bigint" for letter in _LETTERS]
    variants = [f"('00000000-0000-7000-8000-' || lpad(to_hex({number}), 12, '0'))::uuid" for number in numbers]
    skus = [f"'SKU-' || lpad({number}::text, 6, '0')" for number in numbers]
    lines, reservations, movements = [], [], []
    for line, (letter, variant, sku) in enumerate(zip(_LETTERS, variants, skus, strict=True), start=1):
        name = f"'Product ' || {numbers[line - 1]}"
        lines.append(f"(:id::uuid, {line}, {variant}, {sku}, {name}, 1, {PRICE}, {PRICE // 100}, 0, 0, 0, 0)")
        opened = f":{letter}_version::bigint"
        reservations.append(f"(:id::uuid, {line}, 1, :store::uuid, {variant}, 1, 'held', {opened}, NULL, NULL, NULL)")
        balances = f"{opened}, 'hold', 1, :{letter}_available::bigint, :{letter}_on_hold::bigint, 0, 0"
        why = f"'order', '{BUYER.name}', 'Customer order #' || :number::text"
        movements.append(f"(:store::uuid, {variant}, {balances}, :id::uuid, {why}, :now::bigint, :now::bigint)")
    told = [f"json_build_object('sku', {sku}, 'quantity', 1)" for sku in skus]
    parts = [f"\\set {letter} random(1, :skus)" for letter in _LETTERS]
    parts.append(_BEGIN.format(variants=", ".join(variants)))
    parts += [_TAKE.format(variant=variant, letter=letter) for letter, variant in zip(_LETTERS, variants, strict=True)]
    rows = {"lines": lines, "reservations": reservations, "movements": movements, "told": told}
    parts.append(_INSERT.format(**{name: ", ".join(listed) for name, listed in rows.items()}))
    return "\n".join(parts)


def _told(pattern: str, told: str) -> str:
    found = re.search(pattern, told)
    if found is None:
        raise PgbenchMissing(f"pgbench said what was not expected: {told[-400:]}")
    return found[1]
