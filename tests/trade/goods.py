"""A model of where the goods are, made from commands and answers alone: on the shelves, and on the way between them."""

import copy
from collections import Counter
from typing import Any

from tests.trade.keeper import Keeper

from onhand.rows import Count, Level, Reservation, TransferLine, Variant
from onhand.trade.allocation import line_recipe
from onhand.trade.counts import CountPicture, RecountLines, SaveCounted
from onhand.trade.errors import Refusal
from onhand.trade.picking import Picked, RecordPick
from onhand.trade.receiving import PurchasePicture
from onhand.trade.returns import Returned
from onhand.trade.stock import AdjustStock, StockChange
from onhand.trade.transfers import (
    CreateTransfer,
    RecallTransfer,
    ReceiveTransfer,
    SendTransfer,
    TransferPicture,
)
from onhand.trade.variances import SubmitCount

Place = tuple[str, str]


class Goods:
    """`came`: all units that ever came to a level, less those that were taken from it by hand, by a count or a van."""

    def __init__(self, keeper: Keeper) -> None:
        self.keeper = keeper
        self.came: Counter[Place] = Counter()
        self.on_the_way: dict[str, Counter[str]] = {}
        self.drafted: dict[str, Counter[str]] = {}
        # By how many units each counter was off the shelf as it was then, and what a count is to apply.
        self.off: dict[tuple[str, str], list[int | None]] = {}
        self.decided: dict[str, Counter[str]] = {}
        self.applied: set[str] = set()

    def copy(self, keeper: Keeper) -> "Goods":
        """The same goods, from now on those of another keeper."""
        twin = copy.deepcopy(self, {id(self.keeper): keeper})
        assert twin.keeper is keeper
        return twin

    def on_shelf(self) -> Counter[Place]:
        there = self.came.copy()
        for claim in self.keeper.rows[Reservation].values():
            if claim.state == "fulfilled":
                there[(claim.store_id, claim.variant_id)] -= claim.quantity
        return there

    def faults(self) -> list[str]:
        """Where the books say something else."""
        there = self.on_shelf()
        faults = [
            f"{level}, but {there[key]} are there"
            for key, level in self.keeper.rows[Level].items()
            if level.on_hand != there[key]
        ]
        for line in self.keeper.rows[TransferLine].values():
            on_the_way = self.on_the_way.get(line.transfer_id, Counter())[line.variant_id]
            said = line.quantity - line.received - line.damaged - line.lost - line.recalled
            if line.transfer_id in self.on_the_way and said != on_the_way:
                faults.append(f"{line}, but {on_the_way} are on the way")
        return faults

    # ── What happened ───────────────────────────────────────────────────────────────────────────────────────────────

    def note(self, command: Any, outcome: Any) -> None:
        if isinstance(outcome, Refusal):
            return
        if isinstance(command, AdjustStock) and isinstance(outcome, StockChange):
            self._adjusted(command, outcome)
        elif isinstance(outcome, PurchasePicture):
            self._delivered(outcome)
        elif isinstance(outcome, Returned):
            for line in outcome.lines:
                self.came[(line.store_id, line.variant_id)] += line.quantity * (line.condition != "lost")
        elif isinstance(outcome, TransferPicture):
            self._moved(command, outcome)
        elif isinstance(outcome, CountPicture):
            self._counted(command, outcome)
        elif isinstance(command, RecordPick) and isinstance(outcome, Picked) and command.short is not None:
            self._fell_short(command, outcome)

    def variant(self, name: str) -> str:
        return next(row.id for row in self.keeper.rows[Variant].values() if name in (row.id, row.sku))

    def _adjusted(self, command: AdjustStock, outcome: StockChange) -> None:
        sign = {"increment": 1, "set": 1, "decrement": -1, "write_off": -1}.get(command.operation, 0)
        self.came[outcome.level[:2]] += sign * command.quantity
        if command.operation == "set":
            self.came[outcome.level[:2]] -= command.expected_quantity or 0

    def _delivered(self, outcome: PurchasePicture) -> None:
        variants = {line.line: line.variant_id for line in outcome.lines}
        for brought in outcome.receipt_lines:
            kept = brought.received - brought.rejected * brought.sent_back
            self.came[(outcome.order.store_id, variants[brought.line])] += kept

    def _fell_short(self, command: RecordPick, outcome: Picked) -> None:
        """What a picker did not find is not there; what was damaged still is. Whoever had counted it counts again."""
        short = command.short
        assert short is not None
        line = next(line for line in outcome.picture.lines if line.line == command.line)
        recipe = dict(line_recipe(line.variant_id, line.components))
        variant_id = self.variant(short.component) if short.component else line.variant_id
        store_id = next(pick.store_id for pick in outcome.picks)
        if short.reason != "damaged":
            self.came[(store_id, variant_id)] -= short.quantity * recipe[variant_id]
        for count in self.keeper.rows[Count].values():
            if (count.store_id, count.status, count.origin) == (store_id, "counting", "short_pick"):
                self.off.pop((count.id, variant_id), None)

    # ── Transfers ───────────────────────────────────────────────────────────────────────────────────────────────────

    def _moved(self, command: Any, outcome: TransferPicture) -> None:
        transfer = outcome.transfer
        source, target = transfer.from_store_id, transfer.to_store_id
        if isinstance(command, CreateTransfer):
            self.drafted[transfer.id] = Counter()
            for item in command.items:
                self.drafted[transfer.id][self.variant(item.variant)] += item.quantity
        elif isinstance(command, SendTransfer) and transfer.id not in self.on_the_way:
            self.on_the_way[transfer.id] = self.drafted[transfer.id].copy()
            for variant_id, units in self.drafted[transfer.id].items():
                self.came[(source, variant_id)] -= units
        elif isinstance(command, ReceiveTransfer) and command.items:
            for arrival in command.items:
                variant_id = self.variant(arrival.variant)
                self.on_the_way[transfer.id][variant_id] -= arrival.received + arrival.damaged + arrival.lost
                self.came[(target, variant_id)] += arrival.received + arrival.damaged
        elif isinstance(command, ReceiveTransfer | RecallTransfer):
            place = target if isinstance(command, ReceiveTransfer) else source
            for variant_id, units in self.on_the_way[transfer.id].items():
                self.came[(place, variant_id)] += units
            self.on_the_way[transfer.id].clear()

    # ── Counts ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def _counted(self, command: Any, outcome: CountPicture) -> None:
        count = outcome.head
        if isinstance(command, SaveCounted):
            there = self.on_shelf()
            for item in command.items:
                variant_id = self.variant(item.variant)
                numbers = self.off.setdefault((count.id, variant_id), [None, None])
                numbers[item.second] = item.counted - there[(count.store_id, variant_id)]
        elif isinstance(command, RecountLines):
            self.decided.pop(count.id, None)
            for name in command.items:
                self.off.pop((count.id, self.variant(name)), None)
        elif isinstance(command, SubmitCount) and count.id not in self.decided:
            self.decided[count.id] = self._decided(count.id, command.prefer)
        if count.status == "applied" and count.id not in self.applied:
            self.applied.add(count.id)
            for variant_id, units in self.decided[count.id].items():
                self.came[(count.store_id, variant_id)] += units

    def _decided(self, count_id: str, prefer: str | None) -> Counter[str]:
        decided: Counter[str] = Counter()
        for (of, variant_id), numbers in self.off.items():
            if of == count_id:
                if prefer == "second" and numbers[1] is not None:
                    numbers.reverse()
                decided[variant_id] = numbers[0] or 0
        return decided
