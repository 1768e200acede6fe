"""The results of many runs, by kill step and by trouble."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rich.box import SIMPLE_HEAD
from rich.table import Table

from tests.chaos.mornings import Played
from tests.chaos.plans import PLAIN, ROWS

HEADINGS = ("", "runs", "killed", "lost", "doubled", "wrong person", "not final")


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the table: what was wrong, how many runs, and in how many of them what happened.

    `kills` says that it is about being killed: then a line without kills says nothing.
    """

    row: str
    runs: int
    killed: int
    lost: int
    doubled: int
    wrong: int
    unfinished: int
    kills: bool

    @property
    def cells(self) -> tuple[str, ...]:
        """The line as it is shown."""
        killed = str(self.killed) if self.kills or self.killed else "–"
        figures = (self.lost, self.doubled, self.wrong, self.unfinished)
        return (self.row, str(self.runs), killed, *map(str, figures))


def lines(played: Iterable[Played]) -> list[Line]:
    """Return the table's lines in their order, and one for all at the end."""
    runs = list(played)
    found = [_line(row, [one for one in runs if one.plan.row == row]) for row in ROWS]
    return [*(line for line in found if line.runs), _line("all", runs)]


def _line(row: str, runs: Sequence[Played]) -> Line:
    return Line(
        row,
        len(runs),
        sum(one.killed for one in runs),
        sum(bool(one.verdict.lost) for one in runs),
        sum(bool(one.verdict.doubled) for one in runs),
        sum(bool(one.verdict.wrong) for one in runs),
        sum(bool(one.verdict.unfinished) for one in runs),
        row in PLAIN and PLAIN[row].kill is not None,
    )


def shown(found: Sequence[Line]) -> Table:
    """Return the table for a terminal."""
    table = Table(box=SIMPLE_HEAD)
    for place, heading in enumerate(HEADINGS):
        longest = max((len(word) for word in heading.split()), default=0)
        table.add_column(
            heading,
            justify="right" if place else "left",
            min_width=longest,
            no_wrap=not place,
        )
    for line in found:
        if line is found[-1]:
            table.add_section()
        table.add_row(*line.cells)
    return table


def markdown(found: Sequence[Line]) -> str:
    """Return the table for a page."""
    rows = [HEADINGS, ("---", *("---:",) * (len(HEADINGS) - 1)), *(line.cells for line in found)]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in rows).replace("|  |", "| |")
