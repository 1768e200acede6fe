"""What people do on the page, through the same functions of the sandbox that tests use."""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sandbox.keeper import Ahead, BotIsDown, Keeper, TimePasses, next_change
from sandbox.page.weather import Weather
from sandbox.phones import Phone
from sandbox.slack.errors import NoAnswer
from sandbox.slack.people import SlackMessage, SlackView
from sandbox.world import Person, Sandbox
from scheduling.rota import rotation

Json = dict[str, Any]

# How far the clock can be moved at once.
FARTHEST = timedelta(days=400)


class Doors:
    """The page's actions by name, each a function of what the page sends.

    They wait for the server's loop, so they must not be called on it.
    """

    def __init__(self, sandbox: Sandbox, keeper: Keeper | None, weather: Weather) -> None:
        self._sandbox = sandbox
        self._keeper = keeper
        self._doors: dict[str, Callable[[Json], object]] = {
            "type": self._type,
            "use": self._use,
            "search": self._search,
            "submit": self._submit,
            "close": lambda said: self._top(said).slack.closes(),
            "home": lambda said: self._person(said).slack.opens_home(),
            "messages": self._open_messages,
            "reply": self._reply,
            "phone": lambda said: self._phone(said).switches(said["condition"]),
            "clock": self._pass_time,
            "halt": lambda _: self._kept().halt(),
            "weather": lambda said: weather.turn(said["service"], said["word"]),
            "crash": lambda _: weather.arm(),
        }

    def __contains__(self, door: str) -> bool:
        return door in self._doors

    def go(self, door: str, said: Json) -> Json:
        """Do something as a person; return what a search found, or an `error` to show them.

        Raises KeyError, TypeError or ValueError for input that our page would never send.
        """
        try:
            done = self._doors[door](said)
        except NoAnswer as error:
            words = f"No answer, just as in Slack: {error}"
        except BotIsDown:
            words = "The bot is down and restarting. Try again in a moment."
        except TimePasses:
            words = "Time is already passing. Wait, or press Stop."
        except TimeoutError:
            words = "That took too long, so the sandbox gave up."
        except KeyError:
            raise
        except LookupError as error:
            words = f"That can’t be done: {error}."
        else:
            return done if isinstance(done, dict) else {}
        return {"error": words}

    def _person(self, said: Json) -> Person:
        """Return the person who acts, in the browser where they do."""
        person = {one.id: one for one in self._sandbox.people}[said["as"]]
        return person.on(str(said.get("client", "")))

    def _reply(self, said: Json) -> None:
        """Send an SMS from a phone, and let the bot read it if the bot is up."""
        self._phone(said).replies(str(said["text"]))
        if self._keeper is not None:
            with suppress(BotIsDown):
                self._keeper.tell()

    def _kept(self) -> Keeper:
        if self._keeper is None:
            raise LookupError("there is no bot here")
        return self._keeper

    def _type(self, said: Json) -> None:
        """Type something: a command, or a message to the others."""
        person, text = self._person(said), str(said["text"])
        channel = self._sandbox.slack.find_channel(said["channel"])
        word = text.split(maxsplit=1)[0] if text.strip() else ""
        if word.startswith("/"):
            known = [command.name for command in self._sandbox.slack.manifest.commands]
            if word not in known:
                raise LookupError(f"{word} isn’t a command here; try {', '.join(known)}")
            person.runs(text, channel)
        elif word:
            person.slack.says(text, channel)

    def _open_messages(self, said: Json) -> None:
        """Open the direct messages with the bot; errors are ignored, as people don't see them."""
        with suppress(NoAnswer):
            self._person(said).slack.opens_messages()

    def _use(self, said: Json) -> None:
        """Click or choose something in a message, in a modal or in the Home tab."""
        person = self._person(said)
        person.slack.uses(
            self._place(person, said),
            said["block"],
            said["action"],
            said.get("choice"),
            said.get("entered"),
        )

    def _search(self, said: Json) -> Json:
        """Type into a select menu with options from the app."""
        person = self._person(said)
        place, text = self._place(person, said), str(said["text"])
        return {"options": person.slack.searches(place, said["block"], said["action"], text)}

    def _place(self, person: Person, said: Json) -> SlackMessage | SlackView:
        if "ts" in said:
            return self._sandbox.slack.find_channel(said["channel"]).message(
                said["ts"], person.slack
            )
        for view in (person.slack.view, person.slack.home):
            if view and view.id == said["view"]:
                return view
        raise LookupError("that form is no longer open")

    def _top(self, said: Json) -> Person:
        """Return the person, if the named modal is on top for them."""
        person = self._person(said)
        view = person.slack.view
        if view is None or view.id != said["view"]:
            raise LookupError("that form is no longer open")
        return person

    def _submit(self, said: Json) -> None:
        person = self._top(said)
        person.slack.fills_in(said["entered"])
        person.slack.submits()

    def _phone(self, said: Json) -> Phone:
        return {phone.number: phone for phone in self._sandbox.phones.phones}[said["number"]]

    def _pass_time(self, said: Json) -> None:
        """Move the clock for everybody: `to` says how far, `date` is a wall-clock time."""
        self._kept().pass_until(lambda ahead: _until(said, ahead, self._sandbox.clock.now()))


def _until(said: Json, ahead: Ahead, now: datetime) -> datetime:
    match said["to"]:
        case "minute" | "hour" as span:
            until = now + timedelta(**{f"{span}s": 1})
        case "morning":
            until = _there(ahead.morning, "there is no team yet")
        case "handoff":
            until = _there(ahead.handoff, "nobody else goes on call in the next two weeks")
        case "spring" | "autumn" as season:
            until = next_change(ahead.zone, now, forward=season == "spring")
        case "date":
            until = _wall_instant(said["date"], ahead.zone)
        case other:
            raise ValueError(other)
    if until <= now:
        raise LookupError("time only moves forward")
    if until - now > FARTHEST:
        raise LookupError(f"that is too far ahead: {FARTHEST.days} days at most")
    return until


def _there(instant: datetime | None, otherwise: str) -> datetime:
    if instant is None:
        raise LookupError(otherwise)
    return instant


def _wall_instant(text: str, zone: ZoneInfo) -> datetime:
    try:
        wall = datetime.fromisoformat(text)
        if wall.tzinfo is not None:
            raise ValueError("the time of the team's zone has no offset")
        return rotation.instant(wall.date(), wall.time(), zone)
    except (ValueError, OverflowError):
        raise LookupError(f"{text!r} isn’t a date and time like 2026-12-24T08:00") from None
