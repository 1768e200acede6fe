"""The sandbox in its own process, for a bot that is measured in another one.

`python -m benchmarks.sandbox_process TEAMS` prints one line of JSON: a bot's settings for this
sandbox, and the channels of that many teams, whose people have the numbers of `data.number`. Then
it answers each line with the number of requests that its Twilio has had.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.data import TEAM_OF, number
from benchmarks.processes import ROOT
from sandbox.world import Sandbox

LATENCY = 0.02


class SandboxProcess:
    """A running sandbox process. `environment` has a bot's settings, without a database."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process
        said = json.loads(self._line())
        self.environment: dict[str, str] = said["environment"]
        self.channels: list[str] = said["channels"]

    def requests(self) -> int:
        """Return how many requests Twilio has had so far."""
        assert self._process.stdin
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        return int(self._line())

    def _line(self) -> str:
        assert self._process.stdout
        return self._process.stdout.readline()


@contextmanager
def sandbox_process(teams: int) -> Iterator[SandboxProcess]:
    """Run a sandbox for `teams` teams, and end it."""
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.sandbox_process", f"{teams}"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield SandboxProcess(process)
    finally:
        process.kill()
        process.communicate()


def main() -> None:
    """Serve until killed."""
    teams = int(sys.argv[1])
    with Sandbox(running=True) as sandbox:
        sandbox.twilio.latency(LATENCY)
        for place in range(teams * TEAM_OF):
            sandbox.phones.phone(number(place))
        channels = [sandbox.slack.channel(f"team-{place}").id for place in range(teams)]
        said = {"environment": sandbox.environment(""), "channels": channels}
        print(json.dumps(said), flush=True)
        for _ in sys.stdin:
            print(len(sandbox.twilio.calls), flush=True)


if __name__ == "__main__":
    main()
