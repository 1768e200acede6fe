"""The ways back to whoever asked: a response URL, and another way where that one is closed.

A response URL takes five answers within half an hour, and says with its status whether it has taken
one: https://docs.slack.dev/interactivity/handling-user-interaction#message_responses
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

# Seconds that a call may take. Slack's clients would wait for 30, and a thread with them.
WITHIN = 10
# Seconds before the second try, where Slack doesn't say; and how many are worth waiting for:
# somebody looks at the screen.
PAUSE, LONGEST_PAUSE = 1.0, 30.0
MOST_WAITING = 100  # answers
LOGGED = 500  # characters of what Slack says

Came = Literal["taken", "later", "refused", "lost"]
"""What came of a try: taken, worth another one, refused, or lost, so that nobody knows."""


@dataclass(frozen=True, slots=True)
class Asked:
    """An answer that is owed, and to which click or command.

    With `replaces` it takes the place of what was clicked. `arrived` is called once it is there.
    `stale` tells whether that place has a newer answer, which must stay.
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
        """The Slack user id of whoever asked."""
        return answers.user_of(self.args)

    @property
    def thread(self) -> str | None:
        """The thread in which a message was clicked, if it stands in one."""
        found = self.args.body.get("container", {}).get("thread_ts")
        return str(found) if found else None

    @property
    def channel(self) -> str | None:
        """Where it was asked, if in a channel or a direct message."""
        body = self.args.body
        found = body.get("channel_id") or (body.get("channel") or {}).get("id")
        return str(found) if found else None


class WaysBack:
    """Gives answers. One that Slack does not take at once waits here, and in no thread.

    `run` carries work out in the threads in which answers are given.
    """

    def __init__(self, run: Callable[[Callable[[], None]], object]) -> None:
        self._run = run
        # What could be shown neither in a modal nor in a direct message, by user: for their Home.
        self.unheard: Recent[Reply] = Recent()
        self._lock = threading.Lock()
        self._waiting: dict[threading.Timer, Asked] = {}
        self._stopped = False

    def stop(self) -> None:
        """Wait for nothing any more: try again at once what waits, while the threads are there."""
        with self._lock:
            self._stopped = True
            waiting, self._waiting = self._waiting, {}
        for timer, asked in waiting.items():
            timer.cancel()
            self._run(partial(self._again, asked))

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
        """Show what came of a `line`, typed or clicked in a message; then call `arrived`.

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
        # Put into the same place twice, an answer is there once.
        again = came == "later" or (came == "lost" and asked.replaces)
        if not (again and wait <= LONGEST_PAUSE and self._later(asked, wait)):
            self._end(asked, came)

    def write(self, asked: Asked) -> None:
        """Write to somebody what no modal could show; if that fails, their Home says it next."""
        asked = replace(asked, reference=asked.reference or secrets.token_hex(4))
        if self._post(asked, "chat.postMessage", channel=asked.user) != "taken":
            self.unheard[asked.user] = asked.reply

    # --- how ---

    def _later(self, asked: Asked, wait: float) -> bool:
        """Try once more after so many seconds; tell whether that will be done."""
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
            self._run(partial(self._again, asked))
        except RuntimeError:  # the threads have ended since
            self._say(asked, "was never given: I was told to stop before its second try")

    def _again(self, asked: Asked) -> None:
        if not (asked.replaces and asked.stale()):
            self._end(asked, self._try(asked)[0])

    def _end(self, asked: Asked, came: Came) -> None:
        if came in ("refused", "later"):
            came = self._another_way(asked)
        if came == "taken":
            asked.arrived()

    def _try(self, asked: Asked) -> tuple[Came, float]:
        """Offer an answer to its response URL; return what came of it, and the seconds to wait."""
        url = asked.args.respond.response_url
        if not url:
            return "refused", 0
        # No retry handlers: one that sends again when only Slack's receipt was lost shows it twice.
        client = WebhookClient(url, timeout=WITHIN, ssl=_trusted(), retry_handlers=[])
        where: dict[str, Any] = {"replace_original": asked.replaces}
        if asked.thread and not asked.replaces:
            where["thread_ts"] = asked.thread
        for shape in shapes(asked.reply, asked.team):
            said: dict[str, Any] = {**shape, **where}
            if not asked.replaces:  # what takes another's place is seen by whoever saw that
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
        """Show an answer where it was asked, if we are there, or else in a direct message."""
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


GONE = ("used_url", "expired_url")  # what Slack says of a response URL that takes no more


def shapes(reply: Reply, team: int, *, posted: bool = False) -> Iterator[dict[str, Any]]:
    """Yield the shapes in which Slack is offered an answer, one after the other.

    With its table, with lines in the table's place, and as plain text. What is `posted` has no
    table: that is for answers. Each is made only when it is needed.
    """
    offered = [reply] if reply.table is None else [reply, reply.without_table()]
    for one in offered[-1:] if posted else offered:
        said = answers.message(one, team)
        yield {"text": said["text"], "blocks": [block.to_dict() for block in said["blocks"]]}
    yield {"text": answers.message(reply, team)["text"]}


@cache
def _trusted() -> ssl.SSLContext:
    """Return whom we trust: read once, for to read it takes longer than most answers."""
    return ssl.create_default_context()


def status_of(taken: WebhookResponse) -> int:
    """Return the status of an answer; of a 200 that says it is none, what it stands for."""
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
