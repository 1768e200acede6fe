"""The table lists the results of the runs, and the steps that no run reached."""

from tests.chaos.mornings import Played
from tests.chaos.plans import PLAIN, ROWS, Plan, drawn, kill_row
from tests.chaos.steps import Step
from tests.chaos.table import lines, markdown, shown
from tests.chaos.verdict import Verdict

CLAIM = kill_row(Step.BEFORE_CLAIM)


def test_each_run_counts_once_in_its_line_and_in_the_sum() -> None:
    found = lines(
        [
            Played(Plan(CLAIM, kill=Step.BEFORE_CLAIM), True, Verdict()),
            Played(Plan(CLAIM, kill=Step.BEFORE_CLAIM), False, Verdict(("a", "b"), ("c",))),
            Played(Plan("disk full"), False, Verdict(wrong=("d",), unfinished=("e",))),
        ]
    )

    assert [line.cells for line in found] == [
        (CLAIM, "2", "1", "1", "1", "0", "0"),
        ("disk full", "1", "–", "0", "0", "1", "1"),
        ("all", "3", "1", "1", "1", "1", "1"),
    ]
    assert [line.kills for line in found] == [True, False, False]
    assert shown(found).row_count == 3
    assert markdown(found).splitlines() == [
        "| | runs | killed | lost | doubled | wrong person | not final |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
        f"| {CLAIM} | 2 | 1 | 1 | 1 | 0 | 0 |",
        "| disk full | 1 | – | 0 | 0 | 1 | 1 |",
        "| all | 3 | 1 | 1 | 1 | 1 | 1 |",
    ]


def test_a_line_about_being_killed_without_a_kill_shows_a_nought() -> None:
    line, _ = lines([Played(Plan(CLAIM, kill=Step.BEFORE_CLAIM), False, Verdict())])

    assert line.cells[2] == "0"


def test_a_seed_always_gives_the_same_plan_and_seeds_in_a_row_go_through_all_lines() -> None:
    plans = [drawn(seed) for seed in range(2000)]

    assert plans == [drawn(seed) for seed in range(2000)]
    assert [plan.row for plan in plans[: len(ROWS)]] == list(ROWS)
    assert {plan.weekday for plan in plans} == set(range(7))
    assert {kill_row(step) for step in Step} <= set(PLAIN)
