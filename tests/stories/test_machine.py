"""The bot as a process on a machine whose clock or zone is wrong."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sandbox.world import Sandbox
from storage.database import stored_instant
from tests.stories.command_line import ROOT, bare_environment
from tests.stories.other_clock import VARIABLE
from tests.stories.processes import Place, eventually

PROGRAM = ("-m", "tests.stories.other_clock")


class Machine(Place):
    """A place whose clock may be wrong."""

    def __init__(self, sandbox: Sandbox, folder: Path) -> None:
        super().__init__(sandbox, folder)
        self._file = folder / "clock"
        self.environment[VARIABLE] = str(self._file)
        self.clock("0")

    def clock(self, setting: str) -> None:
        """Set the clock ahead by so many seconds, or stop it."""
        draft = self._file.with_suffix(".draft")
        draft.write_text(setting, encoding="utf-8")
        draft.replace(self._file)

    def health(self) -> tuple[int, str]:
        """Return what `health` ends with on this machine, and says."""
        ended = subprocess.run(
            [sys.executable, *PROGRAM, "health"],
            cwd=ROOT,
            env={**bare_environment(), **self.environment},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        return ended.returncode, ended.stdout + ended.stderr

    def due_now(self) -> None:
        """Let an SMS be due that was not before."""
        self.sql(
            "UPDATE notification_log SET status = 'pending', attempts = 0, twilio_sid = NULL,"
            f" sent_at = NULL, next_attempt_at = '{stored_instant(datetime.now(UTC))}'"
            " WHERE kind = 'sms'"
        )
        self.sql("DELETE FROM delivery_attempts")


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    with Sandbox(running=True) as sandbox:
        machine = Machine(sandbox, tmp_path)
        try:
            yield machine
        finally:
            machine.clean_up()


def _texted(machine: Machine, times: int) -> None:
    eventually(lambda: len(machine.alice.phone.messages) == times)


def test_time_goes_on_whatever_the_clock_does(machine: Machine) -> None:
    process = machine.starts(*PROGRAM)
    process.says("sent: SM")
    eventually(lambda: machine.health()[0] == 0)

    machine.clock("86400")
    process.says("was set ahead by 1 day")
    assert machine.health()[0] == 1
    machine.due_now()
    _texted(machine, 2)  # by a tick, which would have sent tomorrow’s texts, too
    machine.clock("0")
    process.says("is back to the right time")
    assert machine.health()[0] == 0

    machine.clock("stopped")
    process.says("The machine's clock", times=3)
    machine.due_now()
    _texted(machine, 3)
    assert machine.health()[0] == 1
    assert len(machine.channel.messages) == 1


def test_a_clock_that_goes_back_is_believed_a_while_later_and_nothing_waits_for_that(
    machine: Machine,
) -> None:
    machine.clock("3600")
    process = machine.starts(*PROGRAM)
    process.says("sent: SM")
    machine.clock("0")
    process.says("was set back by 1:00:00")
    machine.due_now()
    _texted(machine, 2)
    assert machine.health()[0] == 1
    process.says("so I use it from now on", within=60)
    eventually(lambda: machine.health()[0] == 0)
    machine.due_now()
    _texted(machine, 3)


@pytest.mark.parametrize("zone", ["EST5EDT,M3.2.0,M11.1.0", ":/etc/hostname", "Mars/Phobos", ""])
def test_the_machines_zone_is_never_asked_for(machine: Machine, zone: str) -> None:
    machine.environment["TZ"] = zone
    process = machine.starts()
    process.says("sent: SM")
    assert "on call for Support" in machine.alice.runs("/oncall", machine.channel).text
    text = machine.alice.runs("/oncall who tomorrow 9:00", machine.channel).text
    assert "Alice" in text
    assert process.ends(signal.SIGTERM) == 0
    assert not any("Traceback" in line for line in process.lines)
