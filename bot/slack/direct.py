"""What people write to the bot, answered as if typed after /oncall: direct messages and mentions.

A message event has no trigger and no response URL. So the answer is a new message, and a form is
offered with a button that opens it (docs/decisions/0023). The answer to a mention in a channel is
visible only to its author (docs/decisions/0036).
"""

import logging
import threading
from bisect import insort
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from typing import Any

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.slack import answers
from bot.slack.answers import LONGEST_LINE
from bot.slack.blocks import Button, Reply
from bot.slack.command import Answer, NoCommand, Subcommand
from bot.slack.forms import Form
from bot.slack.plain_words import Said, SmallTalk
from bot.slack.request import Request
from bot.slack.typed import COMMAND, echo
from bot.slack.ways_back import shapes
from scheduling import leads
from scheduling.channels.retry_after import said_wait
from scheduling.channels.slack.codes import PLAIN_MAY_PASS
from scheduling.channels.slack.errors import SLACK_ERRORS

log = logging.getLogger("whoseonfirst.listener")

MOST_WAITING = 10  # unanswered messages of one person
LONGEST_WAIT = 60.0  # seconds that Slack may ask us to wait before an answer
PAUSE = 0.5  # seconds until we look up an answer whose response from Slack was lost
LOOKED_UP = 50  # messages to read in such a lookup
# Key in an answer's metadata: the ts of the message that it answers.
ANSWERS = "whoseonfirst_answer"
# Slack's errors if the thread to answer in was deleted.
NO_THREAD = ("thread_not_found", "cannot_reply_to_message")
# "It's possible some aspect of the operation succeeded", says Slack's documentation.
UNSURE = ("internal_error", "fatal_error", "service_unavailable", "request_timeout")

BUTTONS = (Button("Who’s on call", ""), Button("My shifts", "mine"), Button("Help", "help"))
NO_PREFIX = f"You can leave out `{COMMAND}` here."

Typed = Callable[[Said, str], tuple[Reply, int] | None]
"""Returns the answer to a line and the team's id; None if it was already answered."""


class DirectMessages:
    """Answers messages, each person's one at a time and in order.

    `later` runs work in a separate pool, so that commands never wait for it; each person uses at
    most one of its threads. `typed` answers a line, `hello` returns the greeting for a person.
    """

    def __init__(
        self,
        client: WebClient,
        later: Callable[[Callable[[], Any]], "Future[Any]"],
        typed: Typed,
        hello: Callable[[str, str], Reply | None],
    ) -> None:
        self._client = answers.once(client)
        self._asking = client
        self._later = later
        self._typed = typed
        self._hello = hello
        self._waiting: dict[str, list[tuple[float, Said, str]]] = {}
        self._left_out: dict[str, Said] = {}
        self._greeted: set[str] = set()
        self._stopping = threading.Event()
        self._lock = threading.Lock()

    def stop(self) -> None:
        """Stop waiting for rate limits; messages already taken are still answered."""
        self._stopping.set()

    def take(self, said: Said, line: str) -> None:
        """Answer a message after the earlier ones of the same person."""
        with self._lock:
            waiting = self._waiting.get(said.user)
            if waiting is not None:
                if len(waiting) >= MOST_WAITING:
                    self._left_out[said.user] = said
                else:
                    insort(waiting, (float(said.ts), said, line), key=lambda one: one[0])
                return
            self._waiting[said.user] = [(float(said.ts), said, line)]
        self._later(lambda: self._next(said.user))

    def greet(self, user: str, channel: str) -> None:
        """Say hello to somebody who opened the messages tab, if it's still empty."""
        with self._lock:
            if user in self._greeted:
                return
            self._greeted.add(user)
        if not self._greeted_now(user, channel):
            self._greeted.discard(user)

    def _greeted_now(self, user: str, channel: str) -> bool:
        """Return whether the person has now been greeted, or needs no greeting."""
        reply = self._hello(user, channel)
        if reply is None:
            return False
        try:
            history = self._asking.conversations_history(channel=channel, limit=1)
        except SLACK_ERRORS as error:
            log.info("no hello for %s: %s", user, error, extra={"actor": user})
            return False
        if history["messages"]:
            return True
        return self._post(Said(user, channel, "0", "", None), reply, 0) is not False

    def post(self, said: Said, reply: Reply, team: int = 0) -> None:
        """Post what nobody has asked for, as the answer to an event; a failure is logged."""
        self._post(said, reply, team)

    def _next(self, user: str) -> None:
        """Answer a person's oldest message; others get their turn before the next one."""
        with self._lock:
            _, said, line = self._waiting[user].pop(0)
        try:
            if answer := self._typed(said, line):
                self._post(said, *answer)
        finally:
            self._go_on(user)

    def _go_on(self, user: str) -> None:
        """Start on a person's next message; after the last one, say if some were dropped."""
        with self._lock:
            more = bool(self._waiting[user])
            left_out = None if more else self._left_out.pop(user, None)
            if not more:
                del self._waiting[user]
        if left_out is not None:
            self._post(left_out, TOO_MANY, 0)
        if more:
            try:
                self._later(lambda: self._next(user))
            except RuntimeError:  # we're stopping, and the pool is closed
                self._next(user)

    def _post(self, said: Said, reply: Reply, team: int) -> bool | None:
        """Post an answer where somebody wrote; return whether it's there, None if unknown."""
        found, thread = list(shapes(reply, team)), said.thread
        waited = looked_up = False
        while found:
            try:
                self._send(said, thread, found[0])
                return True
            except SLACK_ERRORS as error:
                code, wait = _code(error), _wait(error)
                if code in PLAIN_MAY_PASS:
                    found = found[1:]
                elif code in NO_THREAD and thread:  # the thread's first message was deleted
                    thread = None
                elif wait is not None and not waited:
                    waited = True
                    self._stopping.wait(min(wait, LONGEST_WAIT))
                elif said.is_mention:  # what only one person sees can't be looked up
                    if _may_be_there(error):
                        self._lost(said, error)
                        return None
                    log.info("no answer in %s: %s", said.channel, error)
                    return self._post(direct_to(said), reply, team)
                elif _may_be_there(error) and not looked_up:
                    looked_up = True
                    self._stopping.wait(PAUSE)
                    if (there := self._is_there(said, thread)) is not False:
                        if there is None:
                            self._lost(said, error)
                        return there
                else:
                    self._lost(said, error)
                    return None if _may_be_there(error) else False
        self._lost(said, "Slack accepted it in none of its forms")
        return False

    def _send(self, said: Said, thread: str | None, shape: dict[str, Any]) -> None:
        """Offer Slack an answer; raises SLACK_ERRORS.

        In a thread Slack shows one person's message only where somebody has replied already, so a
        mention that begins no thread is answered in the channel.
        """
        if said.is_mention:
            self._client.chat_postEphemeral(
                channel=said.channel, user=said.user, thread_ts=thread, **shape
            )
            return
        self._client.chat_postMessage(
            channel=said.channel,
            thread_ts=thread,
            unfurl_links=False,
            unfurl_media=False,
            metadata={"event_type": ANSWERS, "event_payload": {"to": said.ts}},
            **shape,
        )

    def _is_there(self, said: Said, thread: str | None) -> bool | None:
        """Return whether the answer to a message is there, None if Slack can't be asked."""
        where: dict[str, Any] = {
            "channel": said.channel,
            "oldest": said.ts,
            "limit": LOOKED_UP,
            "include_all_metadata": True,
        }
        try:
            if thread:
                since = self._asking.conversations_replies(ts=thread, **where)
            else:
                since = self._asking.conversations_history(**where)
        except SLACK_ERRORS as error:
            log.info("no look at what %s was answered: %s", said.user, error)
            return None
        carried = [one.get("metadata") or {} for one in since["messages"]]
        return any(one.get("event_payload") == {"to": said.ts} for one in carried)

    def _lost(self, said: Said, why: object) -> None:
        log.warning(
            "the answer to %s did not reach Slack: %s", said.user, why, extra={"actor": said.user}
        )


def direct_to(said: Said) -> Said:
    """Return the same as if it had been written in the direct messages of who wrote it."""
    return said._replace(channel=said.user, thread=None, is_mention=False)


def _code(error: Exception) -> str:
    """Return Slack's error code; '' if it gave none."""
    return str(error.response.get("error")) if isinstance(error, SlackApiError) else ""


def _may_be_there(error: Exception) -> bool:
    """Return whether Slack may have accepted the message in spite of the error."""
    if not isinstance(error, SlackApiError):
        return True
    return error.response.status_code >= 500 or _code(error) in UNSURE


def _wait(error: Exception) -> float | None:
    """Return how many seconds Slack asks us to wait, None if it doesn't."""
    if not isinstance(error, SlackApiError) or error.response.status_code != 429:
        return None
    wait = said_wait(error.response.headers)
    return 1.0 if wait is None else wait


# --- what is said -----------------------------------------------------------------------------

TOO_MANY = Reply.of(
    ":hourglass: That was a lot at once, and I didn’t get to your last messages. Send them again.",
    beside=True,
)

# Keywords that only work in a text.
OPTS = ("stop", "stop all", "stopall", "start", "unsubscribe", "unstop", "opt out")
OPT_OUT = (
    "That works by text only: reply STOP to one of my texts to opt out of them, and START to opt "
    "back in."
)


def hello(request: Request) -> Reply:
    """Return the greeting for somebody who is here for the first time."""
    opening = (
        ":wave: Hi, I’m WhoseOnFirst. I keep your team’s on-call rotation, and every morning I "
        "text whoever is on call."
    )
    if not request.teams:
        may = request.leads_everywhere
        begin = "You can set one up in three steps." if may else request.who_could()
        return Reply.of(
            opening,
            f"No team is set up yet. {begin}",
            buttons=[Button("Set up a team", "setup", "primary")] if may else [],
        )
    takes_turns = bool(request.own_teams or leads.led_by(request.actor))
    mine = f"• `{COMMAND} mine` shows your next shifts"
    schedule = f"• `{COMMAND} schedule` shows the weeks ahead"
    return Reply.of(
        opening,
        "Message me here anytime. For example:\n"
        f"• `{COMMAND} who friday 6pm` says who’s on call then\n"
        f"{mine if takes_turns else schedule}\n"
        f"• `{COMMAND} help` lists everything I understand",
        small_print=NO_PREFIX,
        buttons=[one for one in BUTTONS if takes_turns or one.runs != "mine"],
    )


def pleasantry(kind: SmallTalk, request: Request) -> Reply:
    """Return the answer to a hello or a thank-you."""
    return hello(request) if kind == "hello" else Reply.of("You’re welcome!")


def no_command(unknown: NoCommand) -> Reply:
    """Return the answer to a sentence that isn't a command."""
    if unknown.typed.lower() in OPTS:
        return Reply.of(OPT_OUT, buttons=BUTTONS, beside=True)
    hint = unknown.hint(
        f"I only understand commands, like `{COMMAND} who friday` or `{COMMAND} schedule`."
    )
    return Reply.of(
        f"Sorry, I don’t know {echo(unknown.typed)}. {hint}",
        small_print=f"`{COMMAND} help` lists them all. {NO_PREFIX}",
        buttons=BUTTONS,
        beside=True,
    )


def hello_in_channel() -> Reply:
    """Return what is said to somebody who greets us in a channel."""
    return Reply.of(
        ":wave: Hi, I’m WhoseOnFirst. Ask me who’s on call: mention me, or type "
        f"`{COMMAND}`. `{COMMAND} help` lists everything I understand.",
        buttons=[one for one in BUTTONS if one.runs != "mine"],
    )


def offered_instead(request: Request, subcommand: Subcommand, line: str) -> Reply:
    """Return what is said in a channel to a mention that asks for more than an answer."""
    command = f"{COMMAND} {subcommand.name}"
    request.offered.add(subcommand.name)
    short = len(line) <= LONGEST_LINE
    click = "click Continue, or " if short else ""
    return Reply.of(
        ":information_source: When somebody mentions me, I only answer questions. To do this, "
        f"{click}type `{command}` in the channel.",
        buttons=[Button("Continue", line, "primary")] if short else [],
    )


def shown_here(answer: Answer, line: str) -> Reply:
    """Return an answer as a message to one person; instead of a form, a button that opens it."""
    if isinstance(answer, Form):
        if len(line) > LONGEST_LINE:  # more than a button can carry
            return Reply.of(
                f"That takes a form (*{answer.title}*), and your message is too long for me to "
                "open it from here. Type just the command, then fill in the form.",
            )
        return Reply.of(
            f"*{answer.title}*: there’s a form for that.",
            buttons=[Button("Open the form", line, "primary")],
        )
    return for_one(answer)


def for_one(reply: Reply) -> Reply:
    """Return an answer for a place that nobody else reads: without the button that shares it."""
    alone = reply.with_buttons([one for one in reply.buttons if one.runs != "share"])
    if not reply.in_channel:
        return alone
    return replace(
        alone,
        small_print=f"Only you can see this. To share it, type `{COMMAND} share` in a channel.",
        in_channel=False,
    )
