"""Each kill and each trouble once, against the real process: a small share of `make chaos`."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.chaos.mornings import Played, Stage, play_all
from tests.chaos.plans import HANGING, PLAIN, ROWS, Plan, drawn, kill_row
from tests.chaos.steps import Step
from tests.chaos.world import VICTIM
from tests.forks import Imported
from tests.stories.command_line import bare_environment

# Drawn mornings, by their seeds: more than one thing goes wrong in them.
SEEDS = (1, 8, 60, 71, 109, 150, 155)


def hangs(plan: Plan) -> bool:
    return any(fault.kind in HANGING for fault in plan.faults)


@pytest.fixture(scope="module")
def played() -> dict[str | int, Played]:
    """What came of each plan, by its line in the table or its seed.

    The bots of the lines are forked, those of the seeds started, as `make chaos` starts all.
    """
    quick = [plan for plan in PLAIN.values() if not hangs(plan)]
    # Those that wait for a call which hangs, ten seconds each, do so beside the others.
    lines = [quick[0::2], quick[1::2], *([plan] for plan in PLAIN.values() if hangs(plan))]
    seeds = [[drawn(seed) for seed in SEEDS]]
    victims = Imported(VICTIM, environment=bare_environment())
    with victims, ThreadPoolExecutor() as beside:
        started = beside.submit(lambda: list(play_all(seeds, 1)))
        batches = [*play_all(lines, len(lines), victims.begin), *started.result()]
    runs = [run for batch in batches for run in batch]
    return {run.plan.seed or run.plan.row: run for run in runs}


@pytest.mark.parametrize("row", [*ROWS, *SEEDS])
def test_nobody_is_lost_or_texted_twice_or_wrongly(
    played: dict[str | int, Played], row: str | int
) -> None:
    run = played[row]

    assert not run.broken
    assert run.verdict.sentences == (), run.kept


@pytest.mark.parametrize("step", Step)
def test_the_process_is_really_killed_there(played: dict[str | int, Played], step: Step) -> None:
    assert played[kill_row(step)].killed


def test_a_step_that_is_never_reached_is_reported() -> None:
    never = Plan(kill_row(Step.BEFORE_RECORD), kill=Step.BEFORE_RECORD, nth=99)
    with Stage() as stage:
        run = stage.play(never)

    assert run.clean
    assert not run.killed
