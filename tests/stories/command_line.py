"""The command line in its own process, with just the given environment."""

import atexit
import os
import subprocess
import sys
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from tempfile import TemporaryFile

from sandbox import transcript
from tests.forks import Imported
from tests.texts.reading import TERMINAL

ROOT = Path(__file__).parents[2]
# Our settings, all of them read after the imports.
SETTINGS = ("SLACK_", "TWILIO_", "ONCALL_", "DATABASE_URL", "HEARTBEAT_URL", "LOG_")
NO_ENV = ROOT / "tests"  # without a developer's .env


def run_bot(
    *words: str, environment: dict[str, str], folder: Path = NO_ENV, fresh: bool = False
) -> subprocess.CompletedProcess[str]:
    """Run the command line to its end.

    It is forked, which takes a tenth of the time of a start. With `fresh`, or with any variable
    that Python itself may read, it is really started.
    """
    started = [str(ROOT / "run_bot.py"), *words]
    whole = {**bare_environment(), **environment}
    if fresh or not all(name.startswith(SETTINGS) for name in environment):
        done = subprocess.run(
            [sys.executable, *started],
            cwd=folder,
            env=whole,
            capture_output=True,
            encoding="utf-8",
            timeout=60,
            check=False,
        )
        reads(words[0] if words else "", done.stdout + done.stderr)
        return done
    with ExitStack() as files:
        nothing = files.enter_context(open(os.devnull, encoding="utf-8"))
        out = files.enter_context(TemporaryFile("w+", encoding="utf-8"))
        errors = files.enter_context(TemporaryFile("w+", encoding="utf-8"))
        streams = [one.fileno() for one in (nothing, out, errors)]
        process = _imported().start("run_bot", started, whole, folder, streams)
        try:
            code = process.wait(60)
        finally:
            process.kill()
        out.seek(0)
        errors.seek(0)
        done = subprocess.CompletedProcess(started, code, out.read(), errors.read())
        reads(words[0] if words else "", done.stdout + done.stderr)
        return done


def reads(command: str, printed: str) -> None:
    """Pass what a command prints, line by line, to the transcript's readers."""
    for line in printed.splitlines():
        transcript.said(TERMINAL, {"command": command, "body": line})


def bare_environment() -> dict[str, str]:
    """Return what a process needs to run at all, without any setting of ours."""
    kept = ("PATH", "HOME", "LANG", "TZ", "SYSTEMROOT")
    return {name: os.environ[name] for name in kept if name in os.environ}


@cache
def _imported() -> Imported:
    """The command line, with what its commands import, and Typer when it runs one."""
    later = ("bot.process", "bot.check", "scheduling.changes.team_file", "typer._adapters")
    imported = Imported("run_bot", *later, environment=bare_environment())
    atexit.register(imported.close)
    return imported
