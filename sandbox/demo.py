"""`make demo`: the main job, start to end, on the sandbox; in the terminal, then on a page."""

import os
import signal
import sys
import tempfile
import threading
import tomllib
import webbrowser
from contextlib import closing
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from rich import box
from rich.console import Console
from rich.panel import Panel
from rich.text import Text

from sandbox.keeper import Begin, BotIsDown, Keeper, begun
from sandbox.page.server import Page
from sandbox.slack.people import SlackChannel
from sandbox.world import OUR_NUMBER, Person, Sandbox
from scheduling import phones, zones
from scheduling.changes import team_file
from scheduling.clock import SystemClock
from scheduling.rota import rotation
from scheduling.words.times import Clock, clock_time
from storage.database import close_database, open_database

EXAMPLE = Path(__file__).parents[1] / "examples" / "support-team.toml"
# One of them lives in another time zone: the times in messages must be right for her, too.
ELSEWHERE = {"Eve": "Europe/London"}


class Demo:
    """The example file's team on a sandbox, with a bot that is restarted whenever it dies.

    `start` is an aware instant; `running` lets the clock run on from there. `empty` is a workspace
    with the same people, and a guest, in which nobody has set up a team yet. `start_bot`, then
    `close`. The database is in `folder`, and so is what the bot logs. `begin` starts a bot's
    process.
    """

    def __init__(
        self,
        start: datetime,
        folder: Path,
        *,
        running: bool = True,
        empty: bool = False,
        begin: Begin = begun,
    ) -> None:
        self._empty = empty
        self.sandbox = Sandbox(start, running=running)
        data = tomllib.loads(EXAMPLE.read_text(encoding="utf-8"))
        for described in data["members"]:
            person = self.sandbox.person(
                described["name"],
                described["phone"],
                admin=not self.sandbox.people,
                tz=ELSEWHERE.get(described["name"], data["team"]["time_zone"]),
            )
            described["slack"] = person.id
        self.people: list[Person] = self.sandbox.people
        self.channel: SlackChannel = self.sandbox.slack.channel(
            "support", members=[person.slack for person in self.people]
        )
        # A second team needs a channel, too.
        self.sandbox.slack.channel("payments", members=[one.slack for one in self.people])
        if empty:
            # A guest, who can't set up a team and sees only the channels they are in.
            self.channel.invite(self.sandbox.person("Hal", "+13125550108", guest=True).slack)
        data["team"]["channel"] = self.channel.id
        self.data: dict[str, Any] = data
        self.zone = ZoneInfo(data["team"]["time_zone"])
        self.database_url = f"sqlite:///{folder / 'demo.db'}"
        self.log = folder / "bot.log"
        self._errors = self.log.open("w", encoding="utf-8")
        self.keeper = Keeper(
            self.sandbox.clock,
            self.sandbox.environment(self.database_url, LOG_FORMAT="text"),
            errors=self._errors,
            begin=begin,
        )

    def start_bot(self) -> None:
        """Import the team, as `run_bot.py import` does, and start the bot; raises BotIsDown.

        Somebody who is on call right away hears of it right away.
        """
        if not self._empty:
            open_database(self.database_url)
            try:
                team_file.import_team(self.data, self.sandbox.clock.now())
                for person in self.people:  # they have all confirmed their numbers
                    phones.confirm(person.phone.number, self.sandbox.clock.now())
            finally:
                close_database()
        self.keeper.start()

    def close(self) -> None:
        """End the bot and all servers."""
        with self._errors, closing(self.sandbox):
            self.keeper.stop()


def run_demo(*, once: bool, empty: bool = False) -> bool:
    """Run the demo; with `once` it ends after the first morning. Return whether all arrived.

    With `empty` there is no team yet, and no morning: one sets it up on the page.
    """
    console = Console(highlight=False)
    with tempfile.TemporaryDirectory(prefix="whoseonfirst-") as folder:
        start = _yesterday_evening(ZoneInfo("America/Chicago"))
        demo = Demo(start, Path(folder), empty=empty)
        try:
            demo.start_bot()
            arrived = _invite(console, demo) if empty else _play(console, demo)
            if arrived and not once:
                _stay(console, demo)
            return arrived
        except BotIsDown:
            console.print("[bold red]The bot didn’t start.[/] It said:")
            console.print(Text(demo.log.read_text(encoding="utf-8")[-3000:]))
            return False
        finally:
            demo.close()


def _yesterday_evening(zone: ZoneInfo) -> datetime:
    day = SystemClock().now().astimezone(zone).date() - timedelta(days=1)
    return rotation.instant(day, time(20), zone)


def _play(console: Console, demo: Demo) -> bool:
    """Show a morning in the terminal; tell whether the SMS and the post arrived."""
    sandbox, channel, keeper = demo.sandbox, demo.channel, demo.keeper
    team, now = demo.data["team"], sandbox.clock.now()
    clock = Clock(demo.zone, twelve=zones.twelve_hours(demo.zone.key))
    console.print(
        f"[bold]{keeper.bot_name}[/] is connected to a simulated Slack and texts from {OUR_NUMBER}."
    )
    console.print(
        f"Team [bold]{team['name']}[/] has {len(demo.people)} people and "
        f"{len(demo.data['shifts'])} shifts a week. It’s {clock_time(now, clock)}. Skipping ahead "
        "to the next morning.\n"
    )
    known_sms, known_posts = len(sandbox.phones.messages), len(channel.messages)
    keeper.pass_until(lambda ahead: ahead.morning or now)
    sms, posts = sandbox.phones.messages[known_sms:], channel.messages[known_posts:]
    owners = {person.phone.number: person.name for person in demo.people}
    for one in sms:
        when = clock_time(one.created_at, clock)
        console.print(_bubble(f"Text on {owners[one.to_number]}’s phone", one.body, when))
    for post in posts:
        when = clock_time(sandbox.clock.now(), clock)
        console.print(_bubble(f"#{channel.name} in Slack", post.plain, when))
    asker = demo.people[-1]
    answer = asker.runs("/oncall", channel)
    seen_by = f"only {asker.name} sees this"
    console.print(_bubble(f"{asker.name} types /oncall", answer.text, seen_by))
    if not sms or not posts:
        console.print("[bold red]The text or the post didn’t arrive.[/]")
    return bool(sms and posts)


def _invite(console: Console, demo: Demo) -> bool:
    console.print(
        f"[bold]{demo.keeper.bot_name}[/] is connected to a simulated Slack. There’s no team yet: "
        "open Home on the page and press Set up a team. Anybody can."
    )
    return True


def _bubble(title: str, text: str, when: str) -> Panel:
    return Panel(
        Text(text),
        title=f"[bold]{title}[/]",
        title_align="left",
        subtitle=when,
        subtitle_align="right",
        box=box.ROUNDED,
        width=76,
        padding=(0, 1),
    )


def _stay(console: Console, demo: Demo) -> None:
    page = Page(demo.sandbox, demo.keeper)
    console.print(
        f"\nTry it yourself in the browser: [bold]{page.url}[/]\n"
        f"The sandbox keeps running: Slack at {demo.sandbox.slack.url}, Twilio at "
        f"{demo.sandbox.twilio.url}. The bot’s log: {demo.log}.\nPress Ctrl-C to stop."
    )
    ending = threading.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sign, lambda *_: ending.set())
    if _has_a_screen():
        webbrowser.open(page.url)
    ending.wait()


def _has_a_screen() -> bool:
    """Return whether there's a graphical browser on this machine."""
    if not sys.stdout.isatty():
        return False
    screens = ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER")
    return sys.platform in ("darwin", "win32") or any(os.environ.get(one) for one in screens)
