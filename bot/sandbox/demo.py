"""`make demo`: the main job, start to end, on the sandbox, shown in the terminal."""

import signal
import tempfile
import threading
import tomllib
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from rich import box
from rich.console import Console
from rich.panel import Panel
from rich.text import Text

from bot.logs import set_up
from bot.process import Bot
from bot.sandbox.slack.people import SlackChannel
from bot.sandbox.world import Person, Sandbox
from bot.settings import Settings
from scheduling import rotation, teams
from scheduling.clock import SystemClock
from scheduling.messages import clock_time
from storage.models import Team

EXAMPLE = Path(__file__).parents[2] / "examples" / "support-team.toml"
PATIENCE = 20  # seconds, real ones, until what is due must have arrived


def run_demo(*, once: bool) -> bool:
    """Run the demo; with `once` it ends after the first morning. Tell whether all arrived."""
    console = Console(highlight=False)
    set_up("ERROR", "text")
    zone = ZoneInfo("America/Chicago")
    with tempfile.TemporaryDirectory(prefix="whoseonfirst-") as folder:
        sandbox = Sandbox(_yesterday_evening(zone), running=True)
        try:
            return _play(console, sandbox, zone, Path(folder) / "demo.db", once=once)
        finally:
            sandbox.close()


def _yesterday_evening(zone: ZoneInfo) -> datetime:
    day = SystemClock().now().astimezone(zone).date() - timedelta(days=1)
    return rotation.instant(day, time(20), zone)


def _play(
    console: Console, sandbox: Sandbox, zone: ZoneInfo, database: Path, *, once: bool
) -> bool:
    people, channel, data = _team(sandbox)
    settings = Settings.from_environment(sandbox.environment(f"sqlite:///{database}"))
    bot = Bot(settings, sandbox.clock)
    identity = bot.start()
    try:
        console.print(
            f"[bold]{identity.bot_name}[/] is connected to the sandbox’s Slack and sends SMS from "
            f"{settings.sms.phone_number}."
        )
        team = teams.import_team(data, sandbox.clock.now())
        now = sandbox.clock.now()
        console.print(
            f"The team [bold]{team.name}[/] is in: {len(people)} people, {len(data['shifts'])} "
            f"shifts a week. It is {clock_time(now, zone)}. On to the next {team.notify_at}.\n"
        )
        _let_happen(bot)  # whoever is on call at once was told so at once
        known_sms, known_posts = len(sandbox.phones.messages), len(channel.messages)
        sandbox.clock.forward_to(_next_morning(team, now, zone))
        _let_happen(bot)
        sms = sandbox.phones.messages[known_sms:]
        posts = channel.messages[known_posts:]
        owners = {person.phone.number: person.name for person in people}
        for one in sms:
            when = clock_time(one.created_at, zone)
            console.print(_bubble(f"SMS on {owners[one.to_number]}’s phone", one.body, when))
        for post in posts:
            when = clock_time(sandbox.clock.now(), zone)
            console.print(_bubble(f"#{channel.name} in Slack", post.plain, when))
        asker = people[-1]
        answer = asker.runs("/oncall", channel)
        console.print(_bubble(f"{asker.name} types /oncall and sees", answer.text, "only for them"))
        if not sms or not posts:
            console.print("[bold red]The SMS or the post did not arrive.[/]")
            return False
        if not once:
            _stay(console, sandbox)
        return True
    finally:
        bot.stop()


def _team(sandbox: Sandbox) -> tuple[list[Person], SlackChannel, dict[str, Any]]:
    """Return the people of the example file, now with Slack accounts, their channel, the file."""
    data = tomllib.loads(EXAMPLE.read_text(encoding="utf-8"))
    people: list[Person] = []
    for described in data["members"]:
        person = sandbox.person(described["name"], described["phone"], admin=not people)
        described["slack"] = person.id
        people.append(person)
    channel = sandbox.slack.channel("support", members=[person.slack for person in people])
    data["team"]["channel"] = channel.id
    return people, channel, data


def _let_happen(bot: Bot) -> None:
    bot.jobs.tick()
    bot.outbox.wait(PATIENCE)


def _next_morning(team: Team, now: datetime, zone: ZoneInfo) -> datetime:
    wall = time.fromisoformat(team.notify_at)
    day = now.astimezone(zone).date()
    today = rotation.instant(day, wall, zone)
    return today if today > now else rotation.instant(day + timedelta(days=1), wall, zone)


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


def _stay(console: Console, sandbox: Sandbox) -> None:
    console.print(
        f"\nThe sandbox stays up: Slack at {sandbox.slack.url}, Twilio at {sandbox.twilio.url}.\n"
        "Ctrl-C ends it."
    )
    ending = threading.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sign, lambda *_: ending.set())
    ending.wait()
