"""`python -m tests.chaos [--runs N] [--seed S] [--table FILE]`: mornings that go wrong."""

import argparse
import logging
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from time import monotonic

from rich.console import Console

from tests.chaos.mornings import MORNINGS, Played, play_all
from tests.chaos.plans import Plan, drawn
from tests.chaos.table import lines, markdown, shown

console = Console(highlight=False, emoji=False)


def main() -> None:
    """Play the mornings of `runs` seeds from `seed` on; exit with 1 if anything went wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--runs", type=int, default=500, help="how many mornings (default: 500)")
    parser.add_argument("--seed", type=int, default=0, help="the seed of the first (default: 0)")
    parser.add_argument("--table", type=Path, help="where to write the table as Markdown")
    asked = parser.parse_args()
    # A call whose caller was killed before it was heard out is an error to the sandbox's server.
    logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)
    began = monotonic()
    played = list(_played([drawn(seed) for seed in range(asked.seed, asked.seed + asked.runs)]))
    found = lines(played)
    console.print(shown(found))
    console.print(f"{len(played)} mornings in {monotonic() - began:.0f} s.")
    if asked.table:
        asked.table.write_text(markdown(found), encoding="utf-8")
    for one in played:
        _complain(one)
    unreached = [line.row for line in found[:-1] if line.kills and not line.killed]
    for row in unreached:
        console.print(f"[red]{row}: in no run was the process really killed there.[/]")
    sys.exit(any(not one.clean for one in played) or bool(unreached))


def _played(plans: Sequence[Plan]) -> Iterator[Played]:
    """Yield what came of plans, and say how far it is."""
    batches = [plans[first : first + MORNINGS] for first in range(0, len(plans), MORNINGS)]
    done = 0
    # One more than there are processors: some of the mornings wait for a call that hangs.
    for batch in play_all(batches, (os.cpu_count() or 1) + 1):
        done += len(batch)
        console.print(f"{done} of {len(plans)}", style="dim")
        yield from batch


def _complain(one: Played) -> None:
    if one.clean:
        return
    console.print(f"[red]{one.plan.row}[/]: make chaos RUNS=1 SEED={one.plan.seed} plays it again.")
    for sentence in (*one.verdict.sentences, *((one.broken,) if one.broken else ())):
        console.print(f"  {sentence}", markup=False)
    console.print(f"  Its database and log are in {one.kept}.")


if __name__ == "__main__":
    main()
