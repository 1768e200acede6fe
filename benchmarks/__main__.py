"""`python -m benchmarks [--markdown] [NAME ...]`: our figures and their floors."""

import argparse
import logging
import platform
import sys
from collections.abc import Callable
from os import cpu_count

from rich.console import Console
from rich.table import Table

from benchmarks import command, generate, idle, morning, on_call, sms, start, views
from benchmarks.measuring import Comparison, Growth, Result, shown

BENCHMARKS: dict[str, Callable[[], Result]] = {
    "generate": generate.run,
    "on_call": on_call.run,
    "command": command.run,
    "views": views.run,
    "sms": sms.run,
    "morning": morning.run,
    "idle": idle.run,
    "start": start.run,
}
HEADINGS = ("", "ours", "floor", "the floor is", "ratio", "target", "")
FIGURES = (1, 2, 4, 5)


def main() -> None:
    """Run the requested benchmarks and print their results; a missed target isn't a failure."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", help=f"which: {', '.join(BENCHMARKS)} (default: all)")
    parser.add_argument("--markdown", action="store_true", help="print the table for docs/speed.md")
    asked = parser.parse_args()
    for name in asked.names:
        if name not in BENCHMARKS:
            parser.error(f"there is no benchmark {name!r}, only {', '.join(BENCHMARKS)}")
    logging.disable(logging.INFO)
    logging.getLogger("slack_bolt").setLevel(logging.ERROR)  # as the bot does
    results = []
    for name in asked.names or BENCHMARKS:
        print(f"Measuring {name} ...", file=sys.stderr)  # a spinner would cost CPU time
        results.append(BENCHMARKS[name]())
    (_print_markdown if asked.markdown else _print_table)(results)


def _print_table(results: list[Result]) -> None:
    table = Table(title=_machine(), title_justify="left")
    for place, heading in enumerate(HEADINGS):
        figure = place in FIGURES
        table.add_column(heading, justify="right" if figure else "left", no_wrap=figure)
    for result in results:
        for comparison in result.comparisons:
            table.add_row(*_cells(comparison))
        table.add_section()
    console = Console()
    console.print(table)
    for line in _lines(results):
        console.print(line, highlight=False)


def _print_markdown(results: list[Result]) -> None:
    print(f"{_machine()}:\n")
    print(f"| {' | '.join(HEADINGS)} |")
    print(f"|{'|'.join('---:' if n in FIGURES else '---' for n in range(len(HEADINGS)))}|")
    for result in results:
        for comparison in result.comparisons:
            print(f"| {' | '.join(_cells(comparison))} |")
    print()
    for line in _lines(results):
        print(f"- {line}")


def _machine() -> str:
    return f"Python {platform.python_version()}, {platform.system()}, {cpu_count()} cores"


def _cells(comparison: Comparison) -> tuple[str, ...]:
    return (
        comparison.what,
        shown(comparison.ours, comparison.unit),
        shown(comparison.floor, comparison.unit),
        comparison.floor_is,
        f"{comparison.ratio:.2f}",
        comparison.target,
        comparison.verdict,
    )


def _lines(results: list[Result]) -> list[str]:
    return [_growth(growth) for result in results for growth in result.growths]


def _growth(growth: Growth) -> str:
    figures = ", ".join(
        f"{size}: {shown(figure, growth.unit)}" for size, figure in growth.figures.items()
    )
    return f"{growth.what}: {figures}"


if __name__ == "__main__":
    main()
