"""The world of the stories: a team on the sandbox, and the real bot."""

import re
import sqlite3
import tomllib
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import dateparser
import pytest

from bot.process import Bot
from bot.settings import Settings
from sandbox.phones import Sms
from sandbox.slack.people import Answer, SlackChannel, SlackMessage, SlackView
from sandbox.world import Person, Sandbox
from scheduling import phones
from scheduling.changes import team_file, teams
from storage.database import database, reading
from tests.databases import empty_database, made_once
from tests.stories import former_names  # noqa: F401
from tests.stories.markup import left_over

EXAMPLE = Path(__file__).parents[2] / "examples" / "support-team.toml"
# Mon Nov 23, 2026, 07:00 in Chicago: an hour before Alice's first shift.
ZONE = ZoneInfo("America/Chicago")
MONDAY = datetime(2026, 11, 23, 13, 0, tzinfo=UTC)
# Imported here and not when the first form has a date, because it takes a while on a busy machine.
dateparser.parse("1 Dec", languages=["en"])


class World:
    """People, phones and a clock that only the story moves; then the bot does what is due.

    An unread SMS fails the test: read each with `reads`.
    """

    def __init__(self, folder: Path) -> None:
        self.sandbox = Sandbox(MONDAY)
        self.clock = self.sandbox.clock
        self._database = folder / "story.db"
        self.database_url = f"sqlite:///{self._database}"
        self.channel = self.sandbox.slack.channel("support")
        self.people: dict[str, Person] = {}
        self.bot: Bot | None = None
        self._unread: dict[str, list[Sms]] = {}
        self._seen: set[str] = set()
        self._posts_read = 0
        self._marked: list[str] = []
        self.clock.on_forward(lambda _: self.tick())

    # --- the bot ---

    def starts_bot(self, **settings: str) -> None:
        """Start the bot as `run_bot.py run` does, except that its jobs follow the story's clock."""
        if not self._database.exists():
            empty_database(self._database)
        environment = self.sandbox.environment(
            self.database_url, ONCALL_CHANNEL=self.channel.id, ONCALL_TEAM="Support", **settings
        )
        self.bot = Bot(Settings.from_environment(environment), self.clock)
        self.bot.start(jobs_run=False)

    def stops_bot(self) -> None:
        """Stop it, as SIGTERM does."""
        if self.bot:
            assert self.bot.stop()
            self.bot = None

    @contextmanager
    def locked(self, *, patience: float = 0.1) -> Iterator[None]:
        """Let another program lock the database; writers give up after `patience` seconds.

        In production it's 5 seconds, which a story waits for only if somebody in it does.
        """
        milliseconds = int(patience * 1000)
        with reading():
            database.pragma("busy_timeout", milliseconds, permanent=True)
        database.close_idle()  # so that every thread opens a connection with that timeout
        with closing(sqlite3.connect(self._database, isolation_level=None)) as holder:
            holder.execute("BEGIN IMMEDIATE")
            yield

    def tick(self) -> None:
        """Let the bot do everything that is due."""
        if self.bot:
            self.bot.jobs.tick()
            assert self.bot.outbox.wait(20)

    def passes(self, *, hours: float = 0, minutes: float = 0, seconds: float = 0) -> None:
        """Let time pass, and let the bot do what is due."""
        self.clock.forward(hours=hours, minutes=minutes, seconds=seconds)

    def until(self, text: str) -> None:
        """Let time pass until an instant in Chicago, for example '2026-11-23 08:00'."""
        at = datetime.fromisoformat(text).replace(tzinfo=ZONE)
        self.clock.forward_to(at.astimezone(UTC))

    # --- people ---

    def joins(self, name: str, number: str, *, admin: bool = False) -> Person:
        """Add a new person to Slack and to the team's channel."""
        person = self.sandbox.person(name, number, admin=admin)
        self.channel.invite(person.slack)
        self.people[name] = person
        return person

    def has_support_team(self) -> None:
        """Set up the specification's example: seven people, six shifts. Alice is an admin."""
        data = tomllib.loads(EXAMPLE.read_text(encoding="utf-8"))
        for described in data["members"]:
            person = self.joins(
                described["name"], described["phone"], admin=described["name"] == "Alice"
            )
            described["slack"] = person.id
        data["team"]["channel"] = self.channel.id
        now = self.clock.now()
        numbers = [person.phone.number for person in self.people.values()]

        def make() -> None:
            team_file.import_team(data, now)
            for number in numbers:  # they've all confirmed their numbers
                phones.confirm(number, now)

        made_once(make, data, now, numbers)

    def runs(self, name: str, command: str) -> Answer:
        """Let somebody type a command in the channel, and return what they see."""
        answer = self.people[name].runs(command, self.channel)
        self.reads_well(answer.text)
        return answer

    def changes(self, name: str, command: str) -> Answer:
        """Let somebody type a change, and complete it; return what they see at the end.

        They confirm its preview, or the person who is asked accepts it.
        """
        answer = self.runs(name, command)
        if asked := re.search(r"I’ve asked @(.+?)\. Nothing changes until", answer.text):
            return self.accepts(asked[1])
        return self.confirms(name, answer) if "[ Confirm ]" in answer.text else answer

    def accepts(self, name: str) -> Answer:
        """Let somebody accept what they were just asked, and return what the message shows then."""
        self.tick()
        return self.clicks(name, "Accept", self.last_message(name))

    def confirms(self, name: str, answer: Answer) -> Answer:
        """Let somebody click Confirm below a preview, and return what replaces it."""
        return self.clicks(name, "Confirm", answer)

    def clicks(self, name: str, label: str, on: Answer | SlackMessage | SlackView) -> Answer:
        """Let somebody click a button, and return what they see then."""
        person = self.people[name].slack
        places = [self.channel, person.direct_messages]
        before = {(one.ts, one.plain) for place in places for one in place.seen_by(person)}
        view = self.views(name)
        person.clicks(label, on)

        def news() -> list[SlackMessage]:
            seen = [one for place in places for one in place.seen_by(person)]
            return [one for one in seen if (one.ts, one.plain) not in before]

        self.sandbox.slack.until(lambda: bool(news()) or self.views(name) != view)
        working = (view[0], "One moment…") if view else None
        if self.views(name) == working != view:  # on a busy machine that's shown first
            self.sandbox.slack.until(lambda: bool(news()) or self.views(name) != working)
        shown = person.view if self.views(name) != view else None
        new = news()
        if not new:
            assert shown is not None
            return Answer(shown.plain, shown.blocks, True, None, shown)
        self.reads_well(new[-1].plain)
        return Answer(new[-1].plain, new[-1].blocks, new[-1].ephemeral, new[-1], shown)

    def submits(self, name: str, values: dict[str, object] | None = None) -> SlackView | None:
        """Let somebody fill in the open form and submit it; return the result.

        On a busy machine "One moment…" may come first.
        """
        person = self.people[name].slack
        view = person.submits(values)
        if view is not None and view.plain == "One moment…":
            self.sandbox.slack.until(lambda: getattr(person.view, "plain", "") != "One moment…")
            view = person.view
        self.reads_well(view.plain if view else "")
        return view

    def reads_well(self, plain: str) -> None:
        """Check that a text doesn't show our markup."""
        self._marked += left_over(plain)

    def has_no_markup(self) -> None:
        """Check that nothing that anybody can read shows our markup."""
        for person in self.people.values():
            slack = person.slack
            for place in (self.channel, slack.direct_messages):
                for one in place.seen_by(slack):
                    if one.blocks or one.metadata:  # not people's messages
                        self.reads_well(one.plain)
            for view in filter(None, (slack.home, slack.view)):
                self.reads_well(view.plain)
        assert not self._marked, f"markup is shown: {self._marked}"

    def has_answered_all(self) -> None:
        """Check that nobody was left without an answer because Slack refused one."""
        with suppress(TimeoutError):  # one may be waiting for its second try
            self.sandbox.slack.until(lambda: not self.sandbox.slack.refused_answers, timeout=30)
        assert not self.sandbox.slack.refused_answers, "nobody heard of a refused answer"

    def views(self, name: str) -> tuple[str, str] | None:
        """Return what identifies somebody's open modal and its version; None if none is open."""
        view = self.people[name].slack.view
        return (view.id, view.plain) if view else None

    # --- forms, the Home tab, messages ---

    def alarmed(self) -> None:
        """Wait until the alarm has been sent."""
        assert self.bot
        assert self.bot.alarm.wait(20)

    def shown(self, name: str, on: Answer | SlackMessage) -> str:
        """Return a message as it is now."""
        message = on.message if isinstance(on, Answer) else on
        assert message is not None
        person = self.people[name].slack
        for place in (self.channel, person.direct_messages):
            for one in place.seen_by(person):
                if one.ts == message.ts:
                    return one.plain
        raise AssertionError("it is not there anymore")

    def last_message(self, name: str) -> SlackMessage:
        """Return the bot's last message to somebody."""
        person = self.people[name].slack
        return person.direct_messages.seen_by(person)[-1]

    def settles(self, minutes: int) -> None:
        """Let minutes pass, tick by tick."""
        for _ in range(minutes * 4):
            self.passes(seconds=15)

    def opens(self, name: str, command: str) -> SlackView:
        """Let somebody type a command without its arguments; return the form that opens."""
        view = self.runs(name, f"/oncall {command}").view
        assert view is not None, command
        return view

    def fills_in(self, name: str, values: dict[str, object] | None = None) -> SlackView:
        """Let somebody fill in the open form and submit it; return the view that replaces it."""
        view = self.submits(name, values)
        assert view is not None
        return view

    def confirms_form(self, name: str, view: SlackView) -> Answer:
        """Let somebody confirm the preview that replaced a form."""
        assert "Not saved yet" in view.plain
        answer = self.clicks(name, "Confirm", view)
        assert answer.text.startswith("✅"), answer.text
        self.tick()
        return answer

    def dm(self, name: str) -> str:
        """Return the last direct message to somebody."""
        person = self.people[name].slack
        return person.direct_messages.seen_by(person)[-1].plain

    def opens_home(self, name: str, *fragments: str) -> SlackView:
        """Let somebody open the Home tab; return it once it has the fragments."""
        self.people[name].slack.opens_home()
        return self.sees_home(name, *fragments)

    def sees_home(self, name: str, *fragments: str, gone: str | None = None) -> SlackView:
        """Return somebody's Home tab once it has the fragments and no longer has `gone`."""
        person = self.people[name].slack

        def is_there() -> bool:
            home = person.home
            if home is None or (gone is not None and gone in home.plain):
                return False
            return all(fragment in home.plain for fragment in fragments)

        with suppress(TimeoutError):
            self.sandbox.slack.until(is_there, timeout=30)
        home = person.home
        assert home is not None
        for fragment in fragments:
            assert fragment in home.plain, f"{fragment!r} is not in {home.plain}"
        assert gone is None or gone not in home.plain, f"{gone!r} is still in {home.plain}"
        return home

    def uses_service(self) -> None:
        """Let the bot send through the messaging service."""
        self.stops_bot()
        self.starts_bot(
            TWILIO_MESSAGING_SERVICE_SID=self.sandbox.twilio.messaging_service_sid,
            TWILIO_PHONE_NUMBER="",
        )

    def another_team(self, name: str, channel: str = "other") -> SlackChannel:
        """Make another, empty team; return its channel, which Alice is in."""
        made = self.sandbox.slack.channel(channel)
        made.invite(self.people["Alice"].slack)
        teams.make(
            name=name,
            channel=made.id,
            time_zone="America/Chicago",
            notify_at="08:00",
            actor="command line",
            now=self.clock.now(),
        )
        return made

    def visits(self, name: str, kind: str) -> Person:
        """Add a person of another kind, such as a guest, to Slack."""
        slack = self.sandbox.slack.person(
            name,
            guest=kind == "guest",
            bot=kind == "bot",
            deleted=kind == "deleted",
            stranger=kind == "stranger",
        )
        person = Person(slack, self.sandbox.phones.phone("+13125550150", owner=name))
        self.people[name] = person
        return person

    def directs(self, name: str, *fragments: str) -> list[str]:
        """Return the direct messages to somebody that contain the fragments."""
        seen = self.people[name].slack.direct_messages.messages
        return [one.plain for one in seen if all(fragment in one.plain for fragment in fragments)]

    # --- what arrives ---

    def reads(self, name: str, *fragments: str) -> str:
        """Return the next unread SMS of a person, which must contain the fragments."""
        self._sort_mail()
        mail = self._unread.get(self.people[name].phone.number, [])
        assert mail, f"{name} has no unread SMS"
        body = mail.pop(0).body
        for fragment in fragments:
            assert fragment in body, f"{fragment!r} is not in {body!r}"
        return body

    def reads_from_twilio(self, name: str, *fragments: str) -> str:
        """Return Twilio's own newest answer to a person."""
        notices = self.people[name].phone.notices
        assert notices, f"Twilio has answered {name} nothing"
        for fragment in fragments:
            assert fragment in notices[-1].body, f"{fragment!r} is not in {notices[-1].body!r}"
        return notices[-1].body

    def replies(self, name: str, text: str) -> None:
        """Let somebody reply to the number that their SMS come from, and let the bot read it."""
        self.people[name].phone.replies(text)
        self.passes(minutes=2)
        self.tick()  # so that posts rendered just before the reply are refreshed

    def post(self, *fragments: str) -> str:
        """Return the one post that contains the fragments, as it is in the channel now."""
        found = [post.plain for post in self.channel.messages]
        found = [text for text in found if all(fragment in text for fragment in fragments)]
        assert len(found) == 1, f"{fragments!r} is in {len(found)} posts"
        return found[0]

    def direct(self, name: str, *fragments: str) -> SlackMessage:
        """Return the last direct message to somebody, which must contain the fragments."""
        seen = self.people[name].slack.direct_messages.messages
        assert seen, f"{name} has no direct message"
        for fragment in fragments:
            assert fragment in seen[-1].plain, f"{fragment!r} is not in {seen[-1].plain!r}"
        return seen[-1]

    def has_no_mail(self) -> None:
        """Check that no phone has an unread SMS."""
        self._sort_mail()
        left = {number: [sms.body for sms in mail] for number, mail in self._unread.items() if mail}
        assert not left, f"unexpected SMS: {left}"

    def forgets_mail(self) -> None:
        """Mark all SMS as read, for stories in which they don't matter."""
        self._sort_mail()
        self._unread.clear()

    def sees_post(self, *fragments: str) -> str:
        """Return the channel's next post as people see it; it must contain the fragments."""
        posts = self.channel.messages
        assert len(posts) > self._posts_read, "there is no new post in the channel"
        text = posts[self._posts_read].plain
        self._posts_read += 1
        for fragment in fragments:
            assert fragment in text, f"{fragment!r} is not in {text!r}"
        return text

    def sees_posts(self, *expected: tuple[str, ...]) -> None:
        """Read the expected posts, each by its fragments, in any order.

        Posts due at the same instant go out in parallel, so their order is undefined.
        """
        new = [post.plain for post in self.channel.messages[self._posts_read :]][: len(expected)]
        self._posts_read += len(expected)
        for fragments in expected:
            found = [text for text in new if all(fragment in text for fragment in fragments)]
            assert len(found) == 1, f"{fragments!r} is not in just one of {new!r}"

    def sees_no_post(self) -> None:
        """Check that there's no new post in the channel."""
        new = [post.plain for post in self.channel.messages[self._posts_read :]]
        assert not new, f"unexpected posts: {new}"

    def _sort_mail(self) -> None:
        for person in self.people.values():
            for sms in person.phone.messages:
                if sms.sid not in self._seen:
                    self._seen.add(sms.sid)
                    self._unread.setdefault(sms.to_number, []).append(sms)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A sandbox with a running bot, and an empty team."""
    world = World(tmp_path)
    try:
        world.starts_bot()
        yield world
        world.has_no_mail()
        world.has_no_markup()
        world.has_answered_all()
    finally:
        world.stops_bot()
        world.sandbox.close()


@pytest.fixture
def support(world: World) -> World:
    """The same with the team of the specification's example, on Monday at 07:00."""
    world.has_support_team()
    return world


@pytest.fixture
def led(support: World) -> World:
    """The team led by Greg, Alice (on call on Monday), and Dana, who has no phone here."""
    dana = support.joins("Dana Boss", "+13125550112")
    support.changes("Alice", "/oncall admins add @greg")
    support.changes("Alice", f"/oncall admins add <@{dana.id}>")
    return support


@pytest.fixture
def morning(support: World) -> World:
    """The team on Monday at 08:00, when Alice's shift begins."""
    support.until("2026-11-23 08:00")
    support.reads("Alice")
    support.sees_post("Good morning!")
    return support
