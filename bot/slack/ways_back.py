"""Delivers answers by response URL, or another way if that fails.

A response URL takes five answers within half an hour, and its status says whether it took one:
https://docs.slack.dev/interactivity/handling-user-interaction#message_responses
"""

import json
import logging
import secrets
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import Any, Literal

from slack_bolt import Args
from slack_sdk.errors import SlackApiError
from slack_sdk.webhook import WebhookClient, WebhookResponse

from bot.slack import answers
from bot.slack.blocks import Reply
from bot.slack.command import Answer
from bot.slack.forms import Form
from bot.slack.recent import Recent
from scheduling.channels.retry_after import said_wait
from scheduling.channels.slack.codes import PLAIN_MAY_PASS
from scheduling.channels.slack.errors import SLACK_ERRORS, never_left

log = logging.getLogger("whoseonfirst.listener")

# Seconds that a call may take. Slack's clients would block a thread for 30.
WITHIN = 10
# Seconds before the second attempt if Slack doesn't say, and the most to wait: longer than that,
# nobody is still looking at the screen.
PAUSE, LONGEST_PAUSE = 1.0, 30.0
MOST_WAITING = 100  # answers waiting for their second attempt
LOGGED = 500  # characters of Slack's response

Came = Literal["taken", "later", "refused", "lost"]
"""How an attempt ended: accepted, worth a retry, refused, or lost (it may have arrived)."""


@dataclass(frozen=True, slots=True)
class Asked:
    """An answer to deliver, and the click or command that it belongs to.

    With `replaces` it replaces what was clicked. `arrived` is called once it is shown. `stale`
    returns whether a newer answer is already there, which must stay.
    """

    args: Args
    reply: Reply
    team: int
    replaces: bool = False
    arrived: Callable[[], None] = lambda: None
    stale: Callable[[], bool] = lambda: False
    reference: str = ""

    @property
    def user(self) -> str:
        """The Slack id of the user who asked."""
        return answers.user_of(self.args)

    @property
    def thread(self) -> str | None:
        """The thread of the clicked message, if it's in one."""
        found = self.args.body.get("container", {}).get("thread_ts")
        return str(found) if found else None

    @property
    def channel(self) -> str | None:
        """Where it was asked, if in a channel or a direct message."""
        body = self.args.body
        found = body.get("channel_id") or (body.get("channel") or {}).get("id")
        return str(found) if found else None


class WaysBack:
    """Delivers answers. One that Slack doesn't take at once waits here without using a thread.

    `run` runs work in the threads that deliver answers.
    """

    def __init__(self, run: Callable[[Callable[[], None]], object]) -> None:
        self._run = run
        # Answers that couldn't be delivered at all, by user: their Home tab shows them.
        self.unheard: Recent[Reply] = Recent()
        self._lock = threading.Lock()
        self._waiting: dict[threading.Timer, Asked] = {}
        self._stopped = False

    def stop(self) -> None:
        """Stop waiting: retry all waiting answers now, while the threads still run."""
        with self._lock:
            self._stopped = True
            waiting, self._waiting = self._waiting, {}
        for timer, asked in waiting.items():
            timer.cancel()
            self._run(partial(self._retry, asked))

    def show(
        self,
        args: Args,
        answer: Answer,
        team: int,
        line: str,
        *,
        replace: bool = False,
        arrived: Callable[[], None] = lambda: None,
        stale: Callable[[], bool] = lambda: False,
    ) -> None:
        """Deliver the answer to a `line` that was typed, or clicked in a message.

        See `Asked` for the rest.
        """
        if isinstance(answer, Form):
            if answers.open_view(args, answers.view(answer, team)):
                arrived()
                return
            answer = answers.form_offered(line)
        instead = replace and not answer.in_channel and not answer.beside
        self.answer(Asked(args, answer, team, instead, arrived, stale))

    def answer(self, asked: Asked) -> None:
        """Answer a command, or a click in a message, by its response URL or another way."""
        asked = replace(asked, reference=secrets.token_hex(4))
        came, wait = self._try(asked)
        # An answer that replaces something may be sent twice: it's still shown once.
        again = came == "later" or (came == "lost" and asked.replaces)
        if not (again and wait <= LONGEST_PAUSE and self._later(asked, wait)):
            self._end(asked, came)

    def write(self, asked: Asked) -> None:
        """Send a direct message instead of a modal; if that fails, their Home tab shows it next."""
        asked = replace(asked, reference=asked.reference or secrets.token_hex(4))
        if self._post(asked, "chat.postMessage", channel=asked.user) != "taken":
            self.unheard[asked.user] = asked.reply

    # --- how ---

    def _later(self, asked: Asked, wait: float) -> bool:
        """Retry once after `wait` seconds; return whether that will happen."""
        timer = threading.Timer(wait, lambda: self._due(timer))
        timer.daemon = True
        with self._lock:
            if self._stopped or len(self._waiting) >= MOST_WAITING:
                return False
            self._waiting[timer] = asked
        timer.start()
        return True

    def _due(self, timer: threading.Timer) -> None:
        with self._lock:
            asked = self._waiting.pop(timer, None)
        if asked is None:
            return
        try:
            self._run(partial(self._retry, asked))
        except RuntimeError:  # the threads have ended meanwhile
            self._say(asked, "was never given: the bot stopped before the second attempt")

    def _retry(self, asked: Asked) -> None:
        if not (asked.replaces and asked.stale()):
            self._end(asked, self._try(asked)[0])

    def _end(self, asked: Asked, came: Came) -> None:
        if came in ("refused", "later"):
            came = self._another_way(asked)
        if came == "taken":
            asked.arrived()

    def _try(self, asked: Asked) -> tuple[Came, float]:
        """Send an answer to its response URL; return how that ended, and the seconds to wait."""
        url = asked.args.respond.response_url
        if not url:
            return "refused", 0
        # No retry handlers: a retry after a lost response would show the answer twice.
        client = WebhookClient(url, timeout=WITHIN, ssl=_trusted(), retry_handlers=[])
        where: dict[str, Any] = {"replace_original": asked.replaces}
        if asked.thread and not asked.replaces:
            where["thread_ts"] = asked.thread
        for shape in shapes(asked.reply, asked.team):
            said: dict[str, Any] = {**shape, **where}
            if not asked.replaces:  # only the same people see what replaces a message
                said["response_type"] = "in_channel" if asked.reply.in_channel else "ephemeral"
            try:
                taken = client.send_dict(said)
            except SLACK_ERRORS as error:
                self._say(asked, f"did not reach Slack: {error}")
                return "later" if never_left(error) else "lost", PAUSE
            status = status_of(taken)
            if status == 200:
                return "taken", 0
            self._say(asked, f"was not taken: {taken.status_code} {taken.body[:LOGGED]}")
            if status == 429 or status >= 500:
                return "later", _pause(taken)
            if status != 400:
                break
        return "refused", 0

    def _another_way(self, asked: Asked) -> Came:
        """Show an answer where it was asked, if we're in that channel, or in a direct message."""
        channel = asked.channel
        came: Came = "refused"
        if channel and not channel.startswith("D"):
            if asked.reply.in_channel:
                came = self._post(asked, "chat.postMessage", channel=channel)
            else:
                came = self._post(asked, "chat.postEphemeral", channel=channel, user=asked.user)
        if came == "refused":
            came = self._post(asked, "chat.postMessage", channel=asked.user)
        return came

    def _post(self, asked: Asked, method: str, **where: str) -> Came:
        client = answers.once(asked.args.client)
        for shape in shapes(asked.reply, asked.team, posted=True):
            try:
                client.api_call(method, json={**shape, **where})
            except SlackApiError as error:
                self._say(asked, f"could not be given by {method}: {error.response.data}"[:LOGGED])
                if error.response.get("error") not in PLAIN_MAY_PASS:
                    return "refused"
            except SLACK_ERRORS as error:
                self._say(asked, f"did not reach Slack by {method}: {error}")
                return "refused" if never_left(error) else "lost"
            else:
                return "taken"
        return "refused"

    def _say(self, asked: Asked, what: str) -> None:
        log.warning(
            "the answer to %s %s [%s]",
            asked.user,
            what,
            asked.reference,
            extra={"actor": asked.user, "reference": asked.reference},
        )


GONE = ("used_url", "expired_url")  # Slack's errors of a response URL that is used up


def shapes(reply: Reply, team: int, *, posted: bool = False) -> Iterator[dict[str, Any]]:
    """Yield an answer in simpler and simpler shapes, until Slack accepts one.

    With its table, with lines instead of the table, and as plain text. If it's `posted`, there is
    no table, since only answers may have one. Each shape is made only when it's needed.
    """
    offered = [reply] if reply.table is None else [reply, reply.without_table()]
    for one in offered[-1:] if posted else offered:
        said = answers.message(one, team)
        yield {"text": said["text"], "blocks": [block.to_dict() for block in said["blocks"]]}
    yield {"text": answers.message(reply, team)["text"]}


@cache
def _trusted() -> ssl.SSLContext:
    """Return the trusted certificates, cached: reading them takes longer than most answers."""
    return ssl.create_default_context()


def status_of(taken: WebhookResponse) -> int:
    """Return a response's status; for a 200 with an error in its body, the status of that error."""
    if taken.status_code != 200 or not taken.body.lstrip().startswith("{"):
        return taken.status_code
    try:
        said = json.loads(taken.body)
    except ValueError:
        return taken.status_code
    if said.get("ok", True):
        return taken.status_code
    return 404 if said.get("error") in GONE else 400


def _pause(taken: WebhookResponse) -> float:
    wait = said_wait(taken.headers)
    return PAUSE if wait is None else wait
