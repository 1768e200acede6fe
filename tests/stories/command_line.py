"""The command line as somebody uses it: in its own process, nothing set but what is said."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def run_bot(*words: str, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run the command line to its end."""
    return subprocess.run(
        [sys.executable, str(ROOT / "run_bot.py"), *words],
        cwd=ROOT / "tests",  # no .env of a developer there
        env={**bare_environment(), **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def bare_environment() -> dict[str, str]:
    """Return what a process needs to run at all, without any setting of ours."""
    kept = ("PATH", "HOME", "LANG", "TZ", "SYSTEMROOT")
    return {name: os.environ[name] for name in kept if name in os.environ}
