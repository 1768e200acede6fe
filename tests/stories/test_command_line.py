"""A forked command, as in most of these stories, does the same as one in a new process."""

from pathlib import Path

import pytest

from sandbox.world import Sandbox
from tests.stories.command_line import run_bot


@pytest.mark.parametrize("words", [["check"], ["run"], ["health"], ["export", "X"], ["nonsense"]])
def test_a_fork_says_what_a_start_says(tmp_path: Path, words: list[str]) -> None:
    with Sandbox(running=True) as sandbox:
        settings = sandbox.environment(f"sqlite:///{tmp_path / 'bot.db'}", ONCALL_CHANNEL="#x")
        forked, started = (
            run_bot(*words, environment=settings, folder=tmp_path, fresh=fresh)
            for fresh in (False, True)
        )

    assert started.returncode != 0
    assert started.stderr or started.stdout
    assert (forked.returncode, forked.stdout, forked.stderr) == (
        started.returncode,
        started.stdout,
        started.stderr,
    )
