"""One sitting: contestants take turns, round after round, and every figure keeps the values of all rounds.

Taking turns is what makes a ratio mean something on a machine that others use too: what slows one contestant down
slows the next one down as well, and the ratio is taken within a round.
"""

from collections.abc import Callable, Mapping, Sequence
from statistics import median, quantiles
from typing import NamedTuple

from onhand import collector
from onhand.bench import machine
from onhand.bench.databases import Databases

Say = Callable[[str], None]


class Contestant(NamedTuple):
    """Something that is measured: `run` answers one value, in `unit`, for each figure that it has measured."""

    run: Callable[[], Mapping[str, float]]
    unit: str = "orders/s"


class Figure(NamedTuple):
    """One measured quantity: its value in each round, and the fsyncs a second that the disk did right before it."""

    name: str
    database: str
    contest: str
    unit: str
    values: tuple[float, ...]
    fsyncs: tuple[float, ...]

    @property
    def min(self) -> float:
        return min(self.values)

    @property
    def median(self) -> float:
        return median(self.values)

    @property
    def max(self) -> float:
        return max(self.values)


class Session:
    """All that was measured so far."""

    def __init__(self, say: Say) -> None:
        self.say = say
        self.contest = ""
        self._figures: dict[tuple[str, str], Figure] = {}

    @property
    def figures(self) -> list[Figure]:
        return list(self._figures.values())

    def figure(self, database: str, name: str) -> Figure | None:
        return self._figures.get((database, name))

    def hold(self, databases: Databases, contestants: Sequence[Contestant], rounds: int) -> None:
        """Let the contestants take turns, for so many rounds. The collector is spared, as in a server."""
        collector.spare()
        for _ in range(rounds):
            for contestant in contestants:
                fsyncs = machine.fsyncs_per_second(databases.folder)
                for name, value in contestant.run().items():
                    self._note(Figure(name, databases.name, self.contest, contestant.unit, (value,), (fsyncs,)))

    def ratios(self, above: str, below: str, database: str) -> list[float]:
        """Round by round, how many times one figure is another; empty when either was not measured."""
        over, under = self.figure(database, above), self.figure(database, below)
        if over is None or under is None:
            return []
        return [a / b for a, b in zip(over.values, under.values, strict=True)]

    def _note(self, one: Figure) -> None:
        key = (one.database, one.name)
        known = self._figures.get(key)
        if known is not None:
            values, fsyncs = known.values + one.values, known.fsyncs + one.fsyncs
            self._figures[key] = known._replace(values=values, fsyncs=fsyncs)
        else:
            self._figures[key] = one
        measured = f"{one.values[0]:>10,.1f} {one.unit}"
        self.say(f"{one.database:<10}  {one.name:<24} {measured:<22} ({one.fsyncs[0]:,.0f} fsyncs/s)")


def percentiles(name: str, latencies: Sequence[float]) -> Mapping[str, float]:
    """Half of all orders took at most the first, 99 in 100 at most the second, in milliseconds."""
    return {f"{name}_p50": median(latencies) * 1_000, f"{name}_p99": quantiles(latencies, n=100)[98] * 1_000}
