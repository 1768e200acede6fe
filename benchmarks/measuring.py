"""The results of benchmarks, and how several things are measured side by side."""

import gc
from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import median
from time import perf_counter

Measured = Callable[[], float]
"""Does the work once and returns its seconds (or its MiB, or how many per second)."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Our figure and its floor.

    `limit` is the highest ratio allowed, or with `at_least` the lowest; None if there's no target
    because the figure only explains another one.
    """

    what: str
    ours: float
    floor: float
    unit: str
    floor_is: str
    limit: float | None = None
    at_least: bool = False

    @property
    def ratio(self) -> float:
        """Ours divided by the floor."""
        return self.ours / self.floor

    @property
    def target(self) -> str:
        """The target in figures."""
        if self.limit is None:
            return ""
        return f"{'≥' if self.at_least else '≤'} {self.limit:g}"

    @property
    def verdict(self) -> str:
        """Whether the target is reached."""
        if self.limit is None:
            return ""
        met = self.ratio >= self.limit if self.at_least else self.ratio <= self.limit
        return "met" if met else f"missed: {self.ratio:.2f}"


@dataclass(frozen=True, slots=True)
class Growth:
    """How a cost grows: one figure per size."""

    what: str
    figures: dict[str, float]
    unit: str


@dataclass(frozen=True, slots=True)
class Result:
    """The result of one benchmark."""

    comparisons: list[Comparison]
    growths: list[Growth] = field(default_factory=list)


def seconds(work: Callable[[], object], times: int = 1) -> float:
    """Return how long one call of `work` takes, on average over `times` calls in a row."""
    gc.collect()
    began = perf_counter()
    for _ in range(times):
        work()
    return (perf_counter() - began) / times


def side_by_side(rounds: int, *measured: Measured) -> list[float]:
    """Return the median of each over `rounds` rounds.

    Every round does each of them once, so that a temporary slowdown of the machine affects all of
    them. A warm-up round before that doesn't count.
    """
    found: list[list[float]] = [[one() for one in measured] for _ in range(rounds + 1)]
    return [median(figures) for figures in zip(*found[1:], strict=True)]


def shown(figure: float, unit: str) -> str:
    """Return a figure with its unit, rounded to significant digits."""
    digits = 0 if figure >= 100 else 1 if figure >= 10 else 2
    return f"{figure:,.{digits}f} {unit}"
