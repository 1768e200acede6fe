"""The running bot: settings in, connections and jobs up, and everything down again in order."""

import logging
import threading
from datetime import datetime
from time import monotonic
from typing import NamedTuple

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_handlers import (
    ConnectionErrorRetryHandler,
    ServerErrorRetryHandler,
)

from bot.settings import Settings
from bot.slack.app import BotApp, build_app
from bot.slack.connection import OFF, OFF_IN_WORDS, SocketConnection
from bot.slack.directory import Directory
from bot.slack.link import CONNECTION_ERRORS
from bot.slack.services import Services
from scheduling.changes import checks, members, teams
from scheduling.channels import Channels, explaining
from scheduling.channels.slack.direct import SlackDirect
from scheduling.channels.slack.posts import TIMEOUT, SlackPosts
from scheduling.channels.slack.workspace import SlackWorkspace
from scheduling.channels.twilio.account import Tomorrow
from scheduling.channels.twilio.sms import SmsChannel
from scheduling.clock import Clock
from scheduling.delivery import lost_replies, resend
from scheduling.delivery.alarm import Alarm
from scheduling.delivery.outbox import THREADS, Outbox
from scheduling.jobs import Jobs
from scheduling.notifications import known_leads
from scheduling.notifications.preflight import Check
from storage.database import Opened, close_database, open_database, reading
from storage.models import Team
from storage.statuses import Kind, LeadSource

log = logging.getLogger("whoseonfirst")

# Seconds for what is under way when we're asked to stop. Closing the connections comes on top.
STOP_WITHIN = 3.0
ASKING_TIMEOUT = 4  # seconds
# Seconds between two attempts to connect while Slack can't be reached at the start.
CONNECT_EVERY = 15.0


class SlackIdentity(NamedTuple):
    """Who we are in Slack, as auth.test says."""

    workspace: str
    bot_name: str


class Bot:
    """One process: everything between the settings and the running jobs.

    `start` raises DatabaseProblem, and, while nobody takes turns yet, SlackApiError or
    ConnectionError; then it leaves nothing running.
    """

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self.sms = SmsChannel(settings.sms, THREADS)
        slack = posting_client(settings)
        channels: Channels = {
            Kind.SMS: self.sms,
            Kind.ANNOUNCEMENT: SlackPosts(slack),
            Kind.DIRECT: SlackDirect(slack),
        }
        explaining.ask(channels)
        self._check = Check(Tomorrow(self.sms), SlackWorkspace(slack))
        self.outbox = Outbox(clock, channels, self._check, self._note_lost_replies)
        # A client of its own, so that nothing else holds up what is said then.
        alone = posting_client(settings)
        self.alarm = Alarm(
            {Kind.ANNOUNCEMENT: SlackPosts(alone), Kind.DIRECT: SlackDirect(alone)}, self._leads
        )
        self.jobs = Jobs(clock, self.outbox, self._connected, settings.heartbeat_url, self.alarm)
        self._directory: Directory | None = None
        self._app: BotApp | None = None
        self._connection: SocketConnection | None = None
        self._why_not = ""  # why the last attempt to connect to Slack failed
        self._stopping = threading.Event()
        self._connecting = threading.Thread(
            target=self._connect_later, name="slack-connect", daemon=True
        )

    def _note_lost_replies(self, now: datetime) -> None:
        """Remember whether replies reach us, as our messaging service is set up."""
        lost_replies.note(self.sms.drops_replies, now, self._check.learn_leads)

    def start(self, *, jobs_run: bool = True) -> SlackIdentity | None:
        """Open the database, connect to Slack, start the jobs; return who we are there.

        Return None if Slack is unreachable: texts still go out and the connection is retried. With
        no members yet there is nothing to text, so this raises Slack's error instead. With
        `jobs_run=False` no job starts by itself: the caller runs `jobs.tick`.
        """
        settings = self._settings
        opened = open_database(settings.database_url)
        checks.we_send_from(self.sms.own_numbers)
        members.resend_with(resend.resend_to_new_number)
        identity = None
        try:
            _say_opened(opened)
            teams.make_first(
                settings.team,
                settings.channel,
                time_zone=settings.time_zone,
                notify_at=settings.notify_at,
                now=self._clock.now(),
            )
            known_leads.remember(LeadSource.SETTING, settings.admins, self._clock.now())
            try:
                identity = self._connect()
            except CONNECTION_ERRORS as error:
                if not teams.anybody():
                    raise
                self._why_not = describe_error(error)
                log.error("Slack: %s. Texts still go out; I'll keep trying.", self._why_not)
                self._connecting.start()
            self.jobs.extend()  # a long downtime may have used up the schedule
            if jobs_run:
                self.jobs.start()
        except BaseException:
            self.stop()
            raise
        return identity

    def _connect(self) -> SlackIdentity:
        settings = self._settings
        client = asking_client(settings)
        me = client.auth_test()
        # A page of a thousand people takes Slack a while.
        lists = asking_client(settings, timeout=TIMEOUT)
        self._directory = Directory(client, self._clock, str(me["team_id"]), lists, self._stopping)
        services = Services(
            self._clock,
            self._directory,
            self.jobs,
            settings.admins,
            settings.time_zone,
            settings.notify_at,
            settings.teams_by == "members",
            self.sms.pace,
        )
        app = build_app(client, services)
        connection = SocketConnection(app.bolt, settings.slack_app_token, client, self._on_state)
        self._app, self._connection = app, connection
        try:
            connection.start()
        except BaseException:
            self._connection = None
            raise
        return SlackIdentity(str(me["team"]), str(me["user"]))

    def _connect_later(self) -> None:
        """Try to connect until it works, or we're asked to stop."""
        while not self._stopping.wait(CONNECT_EVERY):
            try:
                identity = self._connect()
            except CONNECTION_ERRORS as error:
                said, self._why_not = self._why_not, describe_error(error)
                level = logging.DEBUG if said == self._why_not == OFF_IN_WORDS else logging.WARNING
                log.log(level, "Slack: %s. I'll keep trying.", self._why_not)
            except Exception:
                # Catch everything: without this thread we would never connect.
                log.exception("Can't connect to Slack yet. I'll keep trying.")
            else:
                log.info("Connected to Slack as %s at last.", identity.bot_name)
                return

    def stop(self) -> bool:
        """Take no new work, finish what is under way and close; return whether all of it finished.

        What didn't finish in time is in the database, and the next start resumes it.
        """
        deadline = monotonic() + STOP_WITHIN
        self._stopping.set()
        self.alarm.stop()

        def left() -> float:
            return max(deadline - monotonic(), 0)

        if self._connecting.is_alive():
            self._connecting.join(left())
        if self._connection:
            self._connection.stop(limit=left())
        answered = self._app.listeners.stop(timeout=left()) if self._app else True
        # A stuck planner may hold the database, and then the outbox would wait for it forever.
        planned = self.jobs.stop(timeout=left())
        ended = planned and self.outbox.stop(timeout=left()) and answered
        self.sms.close()
        if ended:
            close_database()
        return ended

    def _leads(self) -> list[str]:
        """Return the workspace's admins, who lead every team, as far as Slack has listed them."""
        return self._directory.admins_known() if self._directory else []

    def _connected(self) -> tuple[bool, str]:
        if self._connection is None:
            off = self._why_not == OFF_IN_WORDS
            return False, OFF_IN_WORDS if off else "not connected yet"
        return self._connection.alive, self._connection.state

    def _on_state(self, alive: bool, state: str) -> None:
        log.info("Slack: %s", state, extra={"slack_connected": alive})


def _say_opened(opened: Opened) -> None:
    """Log what is unusual about the database: an empty one may be the wrong volume."""
    if opened.copy:
        log.info(
            "The database %s was brought up to date (%s). A copy from before is %s.",
            opened.path,
            ", ".join(opened.migrated),
            opened.copy,
        )
    if opened.new:
        log.warning(
            "The database %s is new and empty. If you had one, check DATABASE_URL and the volume.",
            opened.path,
        )
        return
    with reading():
        if not Team.select().exists():
            log.warning("The database %s has no team in it yet.", opened.path)


def describe_error(error: Exception) -> str:
    """Return Slack's error, or that it couldn't be reached, as a line for the log."""
    if isinstance(error, SlackApiError):
        code = error.response.get("error") or error.response.status_code
        return OFF_IN_WORDS if code in OFF else f"it says {code}"
    return f"it couldn't be reached ({str(error).rstrip('.')})"


def asking_client(settings: Settings, timeout: int = ASKING_TIMEOUT) -> WebClient:
    """Return a client for calls that may safely be repeated: it retries once.

    Somebody is waiting for the answer, so a Slack that hangs or asks to wait is an error.
    """
    client = WebClient(
        token=settings.slack_bot_token, base_url=slack_url(settings), timeout=timeout
    )
    client.retry_handlers = [
        ConnectionErrorRetryHandler(max_retry_count=1),
        ServerErrorRetryHandler(max_retry_count=1),
    ]
    return client


def posting_client(settings: Settings) -> WebClient:
    """Return a client for posts: it tries once, and the outbox decides about retries."""
    return WebClient(
        token=settings.slack_bot_token,
        base_url=slack_url(settings),
        timeout=TIMEOUT,
        retry_handlers=[],
    )


def slack_url(settings: Settings) -> str:
    """Return the base URL of Slack's Web API, with the slash at its end that slack-sdk needs."""
    return (settings.slack_api_url or WebClient.BASE_URL).rstrip("/") + "/"
