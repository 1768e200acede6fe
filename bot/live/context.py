"""The tools of a check: clients, the given channel and phone, and the clean-up.

Everything that a check makes is removed when it ends; if something can't be, that is reported.
"""

import re
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from slack_sdk.errors import SlackApiError
from slack_sdk.web import SlackResponse
from slack_sdk.webhook import WebhookClient, WebhookResponse
from twilio.http.response import Response

from bot.live.door import Door, Event, NobodyCame
from bot.live.live_check import Need, Skip
from bot.process import posting_client
from bot.settings import Settings
from bot.slack.link import CONNECTION_ERRORS
from bot.slack.typed import COMMAND
from bot.slack.ways_back import status_of
from scheduling.channels.retry_after import asked_wait
from scheduling.channels.slack.errors import SLACK_ERRORS
from scheduling.channels.twilio.sms import SmsChannel
from scheduling.clock import Clock

Json = dict[str, Any]
LONGEST_WAIT = 60  # seconds: Slack's own, when it asks to wait
URL_LIVES = 25 * 60  # seconds; Slack's is half an hour
THANKS = {"response_type": "ephemeral", "text": "Thanks. The terminal says what comes next."}
EPHEMERAL = "messages only you can see: they go away when you reload Slack"
TYPED = f"{COMMAND} live +1 312 555 0101"


@dataclass(frozen=True, slots=True)
class Options:
    """The options of the command line. `patience` is in seconds, for each thing asked."""

    channel: str | None = None
    sms_to: str | None = None
    deactivated: str | None = None
    private: str | None = None
    edit_window: bool = False
    costly: bool = False
    patience: float = 60.0


def is_given(need: Need, settings: Settings, options: Options) -> bool:
    """Return whether the options meet a need."""
    given: dict[Need, object] = {
        Need.CHANNEL: options.channel,
        Need.PERSON: options.channel,
        Need.DEACTIVATED: options.deactivated,
        Need.PRIVATE: options.private,
        Need.EDIT_WINDOW: options.edit_window,
        Need.PHONE: options.sms_to,
        Need.TEXTER: options.sms_to,
        Need.SERVICE: settings.sms.messaging_service_sid,
        Need.COSTLY: options.costly,
    }
    return bool(given[need])


class Context:
    """One run of the live check. `tell` puts a line on the terminal, `pause` waits seconds."""

    def __init__(
        self,
        settings: Settings,
        options: Options,
        *,
        tell: Callable[[str], None],
        clock: Clock,
        pause: Callable[[float], object] = time.sleep,
    ) -> None:
        self.settings = settings
        self.options = options
        self._tell = tell
        self.busy_until = 0.0  # monotonic: until then, a line on the terminal says what happens
        self.pause = pause
        self._clock = clock
        self.client = posting_client(settings)
        self.sms = SmsChannel(settings.sms, threads=20)
        self.door = Door(self.client, settings.slack_app_token)
        self.person: str | None = None  # Slack id of the person who did what was asked
        self.hidden: set[str] = set()
        self.left: list[str] = []
        self.notes: Json = {}  # results of one check that another one needs
        self._undo: list[tuple[str, Callable[[], object]]] = []
        self._given_up: set[threading.Thread] = set()
        self._event: Event | None = None
        self._nobody: str | None = None
        self._buttons = 0
        for value in (options.channel, options.sms_to, options.deactivated, options.private):
            self.hide(value)
        for value in (settings.sms.account_sid, settings.sms.username, settings.sms.phone_number):
            self.hide(value)

    def now(self) -> float:
        """Return this instant in seconds, as Slack counts them."""
        return self._clock.now().timestamp()

    def lacks(self, need: Need) -> str | None:
        """Return why a check with this need is skipped; None if it can run."""
        if not is_given(need, self.settings, self.options):
            behind = {Need.PERSON: Need.CHANNEL, Need.TEXTER: Need.PHONE}
            return behind.get(need, need).missing
        return self._nobody if need is Need.PERSON else None

    def tell(self, line: str, seconds: float = 0.0) -> None:
        """Put a line on the terminal that says what happens during the next `seconds`."""
        self._tell(line)
        self.busy_until = time.monotonic() + seconds

    def hide(self, value: object) -> None:
        """Keep a name, a number or an id out of the report."""
        if value:
            self.hidden.add(str(value))

    # --- what is removed after --------------------------------------------------------------

    def later(self, what: str, undo: Callable[[], object]) -> None:
        """Have something removed when the check ends; if that fails, `what` is reported."""
        if threading.current_thread() in self._given_up:  # its clean-up is already over
            self._removed(what, undo)
        else:
            self._undo.append((what, undo))

    def gives_up(self, thread: threading.Thread) -> None:
        """Continue without a check's thread: it may make no more, and any late thing is removed."""
        self._given_up.add(thread)

    def may_go_on(self) -> None:
        """Raise Skip in the thread of an abandoned check."""
        if threading.current_thread() in self._given_up:
            raise Skip("it took too long")

    def leaves(self, what: str, *, once: bool = False) -> None:
        """Record that something can't be removed; with `once`, list it a single time."""
        if not (once and what in self.left):
            self.left.append(what)

    def is_undone(self, what: str) -> None:
        """Remove something from the list of things that are left."""
        with suppress(ValueError):
            self.left.remove(what)

    def clean_up(self) -> None:
        """Remove what the checks made so far, latest first; only a second Ctrl-C stops that."""
        while self._undo:
            self._removed(*self._undo[-1])
            self._undo.pop()

    def _removed(self, what: str, undo: Callable[[], object]) -> None:
        try:
            undo()
        except Exception as error:  # noqa: BLE001 - the rest is removed anyway
            self.left.append(f"{what} (couldn’t be removed: {type(error).__name__})")

    def close(self) -> None:
        """Remove what is left, and end the connections."""
        self.clean_up()
        self.door.close()
        self.sms.close()

    # --- Slack ------------------------------------------------------------------------------

    @cached_property
    def me(self) -> SlackResponse:
        """Who we are in Slack, as auth.test says."""
        found = self.call("auth.test")
        for name in ("url", "team", "user", "team_id", "user_id", "bot_id", "enterprise_id"):
            self.hide(found.get(name))
        return found

    def introduces_itself(self) -> None:
        """Ask Slack for names and ids, so that they can be kept out of the report.

        Raises one of SLACK_ERRORS if Slack refuses us. Wrong options are reported by the checks.
        """
        self.hide(self.me["team"])
        asked = (
            ("conversations.info", "channel", self.options.channel),
            ("conversations.info", "channel", self.options.private),
            ("users.info", "user", self.options.deactivated),
        )
        for method, name, value in asked:
            if value:
                with suppress(*SLACK_ERRORS):
                    found = self.call(method, **{name: value})[name]
                    profile = found.get("profile") or {}
                    for word in ("name", "real_name", "display_name"):
                        self.hide(found.get(word))
                        self.hide(profile.get(word))

    @property
    def channel(self) -> str:
        """The channel given."""
        assert self.options.channel
        return self.options.channel

    def call(self, method: str, **arguments: Any) -> SlackResponse:
        """Call Slack's Web API; retry once if it rate-limits us. Raises SlackApiError."""
        try:
            return self._asked_once(method, arguments)
        except SlackApiError as error:
            wait = asked_to_wait(error.response)
            if wait is None or wait > LONGEST_WAIT:
                raise
            self.pause(wait)
            return self._asked_once(method, arguments)

    def _asked_once(self, method: str, arguments: Json) -> SlackResponse:
        # Methods that only read take no JSON, see
        # https://docs.slack.dev/apis/web-api#methods_supporting_json
        if method.startswith(("chat.", "views.")):
            return self.client.api_call(method, json=arguments)
        return self.client.api_call(method, params=arguments)

    def refused(self, method: str, **arguments: Any) -> str | None:
        """Return the error code with which Slack refuses a call; None if it accepts it."""
        try:
            self.call(method, **arguments)
        except SlackApiError as error:
            return refusal(error)
        return None

    def post(self, channel: str, **content: Any) -> SlackResponse:
        """Post to a channel; the post is removed when the check ends. Raises SlackApiError."""
        self.may_go_on()
        answer = self.call("chat.postMessage", channel=channel, unfurl_links=False, **content)
        where, ts = str(answer["channel"]), str(answer["ts"])
        self.hide(where)
        self.later("a post of the check", lambda: self.call("chat.delete", channel=where, ts=ts))
        return answer

    # --- people -----------------------------------------------------------------------------

    def connected(self) -> Door:
        """Return our Socket Mode connection. Raises Skip if it must not be used.

        Slack spreads events over all connections of an app, so the bot has to be stopped.
        """
        if not self.door.is_open:
            try:
                self.door.open()
            except CONNECTION_ERRORS as error:
                self._nobody = f"Socket Mode can’t connect ({named(error)})"
                raise Skip(self._nobody) from error
            if self.door.connections > 1:
                self.door.close()
                self._nobody = (
                    "the bot is running and would take half of what people do: stop it, then run "
                    "this again (another check counts, too)"
                )
                raise Skip(self._nobody)
        return self.door

    def another_door(self) -> Door:
        """Return one more connection, not open yet."""
        return Door(self.client, self.settings.slack_app_token)

    def asks(self, what: str, wanted: Callable[[Event], bool], answer: Json | None = None) -> Event:
        """Ask somebody to do something in Slack, and return what they did. Raises Skip.

        If nobody does it in time, nothing else is asked.
        """
        self.may_go_on()
        door = self.connected()
        awaited = door.expect(wanted, answer)
        seconds = self.options.patience
        self.tell(f"→ {what} (within {seconds:g} s)", seconds)
        try:
            event = awaited.wait(seconds)
        except NobodyCame:
            door.forget(awaited)
            self._nobody = Need.PERSON.value[1]
            raise Skip(f"nobody did that within {seconds:g} s") from None
        self.person = event.user or self.person
        self.hide(self.person)
        for name in ("user_name", "channel_name", "team_domain"):
            self.hide(event.payload.get(name))
        user = event.payload.get("user")
        if isinstance(user, dict):
            self.hide(user.get("username"))
            self.hide(user.get("name"))
        return event

    def somebody_is_there(self) -> None:
        """Record that somebody did what was asked after all."""
        self._nobody = None

    def typed(self, answer: Json | None = None) -> Event:
        """Return a command that somebody typed in the channel, acknowledged with `answer`.

        Without `answer`, it may be the last command, if its response URL still works. Raises Skip.
        """
        last = self._event
        fresh = last and last.uses_left >= 3 and time.monotonic() - last.at < URL_LIVES
        if last and fresh and answer is None:
            return last

        def wanted(event: Event) -> bool:
            return event.kind == "slash_commands" and _words(event)[:1] == ["live"]

        self._event = self.asks(f"Type in the channel: {TYPED}", wanted, answer or THANKS)
        return self._event

    def respond(self, event: Event, **body: Any) -> WebhookResponse:
        """Send an answer to an event's response URL; return Slack's response."""
        event.uses_left -= 1
        self.leaves(EPHEMERAL, once=True)
        return WebhookClient(event.response_url, timeout=10).send_dict(body)

    def clicks(self, event: Event, text: str, *labels: str) -> Event:
        """Show buttons to the person of an event, and return the click on one. Raises Skip.

        The buttons disappear then. `chosen(click)` is the button's index.
        """
        prefix = self.show_buttons(event, text, *labels)
        instruction = f"In Slack: {text} Click {' or '.join(f'[{label}]' for label in labels)}"
        click = self.click_on(prefix, instruction)
        if click.response_url:
            self.respond(click, delete_original=True)
        return click

    def click_on(self, prefix: str, instruction: str) -> Event:
        """Return the click on a button whose action id has this prefix. Raises Skip."""
        return self.asks(instruction, lambda event: event.clicked(prefix))

    def show_buttons(self, event: Event, text: str, *labels: str) -> str:
        """Show buttons to the person of an event; return the prefix of their action ids."""
        prefix, blocks = self.buttons(text, *labels)
        self.respond(
            event, response_type="ephemeral", replace_original=False, text=text, blocks=blocks
        )
        return prefix

    def buttons(self, text: str, *labels: str) -> tuple[str, list[Json]]:
        """Return the prefix of new buttons' action ids, and the blocks with the buttons."""
        self._buttons += 1
        prefix = f"live:{self._buttons}:"
        return prefix, with_buttons(text, prefix, labels)

    def sees(self, event: Event, question: str) -> bool:
        """Ask the person of an event a yes-or-no question in Slack. Raises Skip."""
        return chosen(self.clicks(event, question, "✓ Yes", "✗ No")) == 0

    # --- Twilio -----------------------------------------------------------------------------

    @property
    def phone(self) -> str:
        """The number given."""
        assert self.options.sms_to
        return self.options.sms_to

    def twilio(
        self, method: str, path: str, fields: Json | None = None, *, product: str = "api"
    ) -> Response:
        """Call Twilio's REST API; return the response, whatever its status.

        `path` is below the account ("/Messages.json"); for another product ("messaging") it is the
        whole path ("/v1/Services"). `fields` are a query for GET, otherwise a form. Raises
        DeliveryError for a 429, requests.RequestException without a response.
        """
        below = f"/2010-04-01/Accounts/{self.settings.sms.account_sid}" if product == "api" else ""
        how = {"params": fields} if method == "GET" else {"data": fields}
        uri = f"https://{product}.twilio.com{below}{path}"
        answer: Response = self.sms.client.request(method, uri, **how)
        return answer

    def text(self, body: str, **more: str) -> Response:
        """Text the given phone from the configured sender, and return Twilio's response.

        A text can't be unsent, so it counts as left behind.
        """
        self.may_go_on()
        account = self.settings.sms
        sender = (
            {"MessagingServiceSid": account.messaging_service_sid}
            if account.messaging_service_sid
            else {"From": account.phone_number}
        )
        answer = self.twilio(
            "POST", "/Messages.json", {"To": self.phone, "Body": body, **sender, **more}
        )
        if answer.status_code == 201:
            self.leaves("a text on that phone")
        return answer


def with_buttons(text: str, prefix: str, labels: tuple[str, ...]) -> list[Json]:
    """Return a section and a row of buttons as blocks; their ids are `prefix` and their index."""
    buttons = [
        {
            "type": "button",
            "text": {"type": "plain_text", "text": label},
            "action_id": f"{prefix}{place}",
        }
        for place, label in enumerate(labels)
    ]
    section = {"type": "section", "text": {"type": "mrkdwn", "text": text}}
    return [section, {"type": "actions", "elements": buttons}]


def chosen(click: Event) -> int:
    """Return the index of the clicked button."""
    return int(click.actions[0].rpartition(":")[2])


def _words(event: Event) -> list[str]:
    return str(event.payload.get("text", "")).split()


def taken(answer: WebhookResponse) -> bool:
    """Return whether a response URL took an answer: even a 200 may say that it didn't."""
    return status_of(answer) == 200


def asked_to_wait(answer: SlackResponse) -> int | None:
    """Return the seconds that an answer asks to wait; None if it doesn't."""
    return asked_wait(answer.headers) if answer.status_code == 429 else None


def refusal(error: SlackApiError) -> str:
    """Return Slack's word for a refusal, or the HTTP status: nothing that names anybody."""
    code = str(error.response.get("error") or "")
    return code if re.fullmatch(r"\w{1,60}", code) else str(error.response.status_code)


def named(error: BaseException) -> str:
    """Return what went wrong, by its class and code alone: messages may hold names."""
    kind = type(error).__name__
    if isinstance(error, SlackApiError):
        return f"{kind} {refusal(error)}"
    code = getattr(error, "code", None)
    return f"{kind} {code}" if isinstance(code, int | str) and str(code).isalnum() else kind
