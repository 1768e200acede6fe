"""Any input gets an answer in words, and changes nothing unless it's a valid change.

4,000 lines, or as many as FUZZ says, in batches; `make fuzz` takes 20,000. Each goes in as a slash
command over Socket Mode. They are the same each time, so that a line that fails is found again.
"""

import os
import re
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.stories.anything import lines
from tests.stories.conftest import World

LINES = 100
BATCHES = int(os.environ.get("FUZZ", "4000")) // LINES


@pytest.fixture
def looker(support: World) -> Iterator[sqlite3.Connection]:
    """Somebody who notices when the database changes."""
    path = support.database_url.removeprefix("sqlite:///")
    with closing(sqlite3.connect(path)) as connection:
        yield connection


def version(looker: sqlite3.Connection) -> int:
    """Return a number that is another one after each change of the database."""
    found: int = looker.execute("PRAGMA data_version").fetchone()[0]
    return found


def audited(looker: sqlite3.Connection) -> int:
    """Return how many changes were made."""
    found: int = looker.execute("SELECT count(*) FROM audit_log").fetchone()[0]
    return found


def test_any_line_is_answered_and_nothing_changes_by_mistake(
    support: World, looker: sqlite3.Connection
) -> None:
    support.sandbox.slack.channel("payments")
    seen: Counter[str] = Counter()

    @settings(
        max_examples=BATCHES,
        derandomize=True,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(
        st.lists(
            st.tuples(st.sampled_from(["Alice", "Bob"]), lines, st.booleans()),
            min_size=LINES,
            max_size=LINES,
        )
    )
    def run(batch: list[tuple[str, str, bool]]) -> None:
        for name, line, agrees in batch:
            before, made = version(looker), audited(looker)
            answer = support.runs(name, f"/oncall {line}")
            assert answer.text or answer.view, line
            assert "reference:" not in answer.text, line
            if version(looker) != before:
                assert "❌" not in answer.text, line
            if audited(looker) != made:
                assert answer.text.startswith("✅"), line
            seen["forms" if answer.view else "refused" if "❌" in answer.text else "answered"] += 1
            if agrees and "[ Confirm ]" in answer.text:
                number = re.findall(r"confirm (\d+)", str(answer.blocks))[0]
                done = support.runs(name, f"/oncall confirm {number}")
                assert "reference:" not in done.text, line
                seen["confirmed" if done.text.startswith("✅") else "not confirmed"] += 1

    run()
    support.forgets_mail()
    # It was no empty exercise.
    assert sum(seen[how] for how in ("forms", "refused", "answered")) == BATCHES * LINES
    assert min(seen[how] for how in ("forms", "refused", "answered", "confirmed")) > 20, seen
