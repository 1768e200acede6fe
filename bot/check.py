"""`run_bot.py check`: tries everything that the bot needs, a line each."""

import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from decimal import Decimal
from http import HTTPStatus
from http.client import HTTPException
from itertools import chain
from pathlib import Path

from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web import SlackResponse

from bot import leaving
from bot.files import ENVIRONMENT_FILE
from bot.process import asking_client
from bot.redaction import Redactor
from bot.settings import SECRET_FILES, Settings, SettingsProblem
from bot.slack.connection import says_it_is_off
from scheduling.changes.stored import unreachable
from scheduling.channels import DeliveryError
from scheduling.channels.slack import codes as slack_codes
from scheduling.channels.twilio import account as twilio_account
from scheduling.channels.twilio import codes as twilio_codes
from scheduling.channels.twilio.senders import LONG_CODE
from scheduling.channels.twilio.sms import SmsChannel
from scheduling.clock import SystemClock
from scheduling.notifications import mornings, spending
from scheduling.notifications.mornings import Morning
from scheduling.rota.schedule import members_by_id
from scheduling.words.wording import joined, several
from storage.database import (
    AT_THE_NEXT_START,
    DatabaseProblem,
    NoDatabaseYet,
    close_database,
    in_words,
    open_to_look,
    prove_writable,
    reading,
)
from storage.files import copies_of, private_mode, readable_by_others
from storage.models import Shift, Team
from storage.queries import teams as stored_teams
from storage.statuses import Outcome, OwnCode

MOST_OF_A_LINE = 1000  # characters
LATER = "Try again in a few minutes."
# Slack's error codes for a wrong app token, and what to do then:
# https://docs.slack.dev/reference/methods/apps.connections.open
APP_TOKEN_REFUSED = (
    frozenset(
        {
            "account_inactive",
            "invalid_auth",
            "missing_scope",
            "no_permission",
            "not_allowed_token_type",
            "not_authed",
            "token_expired",
            "token_revoked",
        }
    ),
    "Slack rejected the app token: check SLACK_APP_TOKEN. It’s one of the app’s App-Level Tokens "
    "at https://api.slack.com/apps, with the scope connections:write.",
)
# What an install of an older manifest lacks, and does without.
OPTIONAL_SCOPES = {"app_mentions:read": "I don’t see it when somebody mentions me in a channel"}
# The scopes that manifest.json asks for.
SCOPES = frozenset(
    {
        *OPTIONAL_SCOPES,
        "channels:history",
        "channels:join",
        "channels:read",
        "chat:write",
        "commands",
        "groups:history",
        "groups:read",
        "im:history",
        "im:write",
        "users:read",
    }
)


@dataclass(frozen=True, slots=True)
class Line:
    """One finding: what is right, or what to fix. The bot also runs if advice isn't followed."""

    fine: bool
    text: str
    advice: bool = False


@dataclass(slots=True)
class _Seen:
    """What later checks need from the database: channels, a week's cost, the biggest morning."""

    channels: set[str]
    week: tuple[Decimal, str] | None = None
    morning: Morning | None = None


def check(environment: Mapping[str, str]) -> Iterator[Line]:
    """Yield a line for each thing that the bot needs, as soon as it is known."""
    try:
        settings = Settings.from_environment(environment)
    except SettingsProblem as problem:
        yield from (Line(False, f"Settings: {line}") for line in problem.problems)
        yield from _readable_by_others(environment)
        return
    yield Line(True, "Settings: complete.")
    yield from _readable_by_others(environment)
    redacted = Redactor(settings.secrets, numbers=False)
    seen = _Seen({settings.channel} if settings.channel else set())
    for line in chain(
        _database(settings.database_url, seen, {settings.sms.phone_number or ""}),
        _slack(settings, seen.channels),
        _twilio(settings, seen),
    ):
        # One line each, even if a proxy answered with a page of HTML.
        yield replace(line, text=" ".join(redacted(line.text).split())[:MOST_OF_A_LINE])


def _readable_by_others(environment: Mapping[str, str]) -> Iterator[Line]:
    """Advise on files with secrets that other users of the machine can read."""
    named = [file for name, file in environment.items() if name in SECRET_FILES and file.strip()]
    for path in (ENVIRONMENT_FILE, *(Path(file.strip()) for file in named)):
        with suppress(OSError):
            # A secret that the platform mounts isn't ours to change, and is safe in its container.
            mounted = path != ENVIRONMENT_FILE and not os.access(path, os.W_OK)
            if readable_by_others(path) and not mounted:
                yield Line(
                    True,
                    f"Files: {path} holds secrets, and other users of this machine can read it: "
                    f"chmod 600 {path}",
                    advice=True,
                )


def _database(url: str, seen: _Seen, ours: set[str]) -> Iterator[Line]:
    """Check the database without writing to it, and add what is needed later to `seen`.

    `ours` are the numbers that we text from.
    """
    try:
        path = prove_writable(url)
        try:
            missing = open_to_look(url, older=True)
        except NoDatabaseYet:
            yield Line(True, f"Database: none yet; the first start creates {path}.")
            return
        try:
            with in_words(url):
                yield from _old_teams(seen.channels) if missing else _teams(seen.channels, ours)
                if not missing:
                    now = SystemClock().now()
                    seen.week, seen.morning = spending.next_week(now), mornings.biggest(now)
        finally:
            close_database()
        for file in (path, *copies_of(path)):
            if readable_by_others(file):
                yield Line(
                    True,
                    f"Files: {file} holds phone numbers, and other users of this machine can read "
                    f"it: chmod {private_mode(file):o} {file}*",
                    advice=True,
                )
    except DatabaseProblem as problem:
        yield Line(False, f"Database: {problem}")


def _old_teams(channels: set[str]) -> Iterator[Line]:
    """Check the teams in a database of an older version, which the models can't read."""
    with reading():
        found = stored_teams.known()
    channels.update(team.channel_id for team in found if team.channel_id)
    names = ", ".join(team.name for team in found) or "no team yet"
    yield Line(
        True,
        f"Database: writable, but from an older version ({names}). {AT_THE_NEXT_START}",
    )


def _teams(channels: set[str], ours: set[str]) -> Iterator[Line]:
    with reading():
        teams = list(Team.select())
        found = []
        for team in teams:
            members = sum(1 for member in members_by_id(team).values() if member.is_active)
            found.append(
                f"{team.name}: {several(members, 'member')}, "
                f"{several(len(Shift.in_force(team)), 'shift')}"
            )
            if team.channel_id:
                channels.add(team.channel_id)
    listed = "; ".join(found) or "no team yet (set ONCALL_CHANNEL, or import one)"
    yield Line(True, f"Database: writable; {listed}.")
    for team in teams:
        yield from (Line(False, f"Database: {said}") for said in unreachable(team, ours))


def _slack(settings: Settings, channels: set[str]) -> Iterator[Line]:
    client = asking_client(settings)
    granted: set[str] = set()

    def bot_token() -> str:
        me = client.auth_test()
        granted.update(_scopes_of(me))
        return f"Slack: the bot token is {me['user']}’s in the workspace {me['team']}."

    def app_token() -> str:
        answer = client.apps_connections_open(app_token=settings.slack_app_token)
        if says_it_is_off(answer.get("response_metadata")):
            raise _MayNotWork(
                "Slack lets me connect, but says that Socket Mode is off. If I don’t answer "
                "anybody, turn it on under Socket Mode at https://api.slack.com/apps."
            )
        return "Slack: the app token works for Socket Mode."

    fine = _asked("Slack: SLACK_BOT_TOKEN", bot_token)
    yield fine
    yield _asked("Slack: SLACK_APP_TOKEN", app_token, refused=APP_TOKEN_REFUSED)
    if not fine.fine:
        return
    if granted and (missing := sorted(SCOPES - granted)):
        without = [OPTIONAL_SCOPES[one] for one in missing if one in OPTIONAL_SCOPES]
        advice = len(without) == len(missing)  # it goes on working as before
        yield Line(
            advice,
            f"Slack: the installed app lacks {', '.join(missing)}"
            f"{f', so {joined(without)}' if advice else ''}. Paste manifest.json again under App "
            "Manifest at https://api.slack.com/apps, and reinstall the app.",
            advice=advice,
        )
    for channel in sorted(channels):

        def membership(channel: str = channel) -> str:
            info = client.conversations_info(channel=channel)["channel"]
            if info.get("is_archived"):
                raise _Wrong(
                    f"#{info['name']} is archived. Choose another channel: set ONCALL_CHANNEL "
                    "before the first start, or type /oncall settings after it."
                )
            if not info.get("is_member"):
                raise _Wrong(f"I’m not in #{info['name']}. Type there: /invite @WhoseOnFirst")
            return f"Slack: I’m in #{info['name']}."

        yield _asked(f"Slack: channel {channel}", membership)
    if not channels:
        yield Line(
            False, "Slack: no channel yet. Set ONCALL_CHANNEL to its id, for example C0123456789."
        )


def _scopes_of(answer: SlackResponse) -> set[str]:
    """Return the scopes of the token that a call was made with; empty where Slack doesn't say."""
    headers = {name.lower(): value for name, value in answer.headers.items()}
    return {scope.strip() for scope in headers.get("x-oauth-scopes", "").split(",")} - {""}


class _MayNotWork(Exception):
    """The answer came, and says that something may not work."""


class _Wrong(Exception):
    """The answer came, and says that something is wrong."""


def _asked(
    what: str, question: Callable[[], str], *, refused: tuple[frozenset[str], str] | None = None
) -> Line:
    """Ask Slack something. `refused` has error codes that mean something else than a bad token."""
    try:
        return Line(True, question())
    except _MayNotWork as warning:
        return Line(True, f"{what}: {warning}", advice=True)
    except _Wrong as wrong:
        return Line(False, f"{what}: {wrong}")
    except SlackApiError as error:
        return Line(False, f"{what}: {_refusal(error, refused)}")
    except (SlackClientError, HTTPException, OSError, ValueError) as error:
        return Line(False, f"{what}: Slack couldn’t be reached ({error}). Check the network.")


def _refusal(error: SlackApiError, refused: tuple[frozenset[str], str] | None) -> str:
    """Return what Slack's refusal means, and what to do."""
    status, code = error.response.status_code, str(error.response.get("error"))
    if not re.fullmatch(r"\w+", code):  # not Slack's JSON
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return f"Slack is having trouble ({status}). {LATER}"
        return (
            f"the answer isn’t from Slack (HTTP {status}). Check the network, and the proxy if "
            "there is one."
        )
    if refused and code in refused[0]:
        return f"Slack says {code}. {refused[1]}"
    known = slack_codes.REASONS.get(code)
    hint = known.words if known else "See https://docs.slack.dev/authentication/tokens."
    passes = known and known.outcome == Outcome.TEMPORARY and known.whose != "workspace"
    return f"Slack says {code}. {hint}{f' {LATER}' if passes else ''}"


def _twilio(settings: Settings, seen: _Seen) -> Iterator[Line]:
    channel = SmsChannel(settings.sms, threads=1)
    try:
        for found in twilio_account.look(channel, closely=True, week=seen.week):
            advice = found.level == "advice"
            yield Line(found.level != "wrong", f"Twilio: {found.for_owner}", advice=advice)
        if seen.morning and leaving.takes_long(seen.morning, LONG_CODE):
            with suppress(DeliveryError):  # the key may not ask: assume the slowest pace
                channel.senders(ask=True)
            a_second = channel.pace()
            if leaving.takes_long(seen.morning, a_second):
                yield Line(
                    True,
                    f"Twilio: {leaving.estimate(seen.morning, a_second)}",
                    advice=True,
                )
    except DeliveryError as error:
        said = twilio_codes.owner_text(error.code, error.message)
        if error.code == OwnCode.NO_CONNECTION:
            said += " Check the network."
        elif error.outcome == Outcome.TEMPORARY:
            said += f" {LATER}"
        yield Line(False, f"Twilio: {said}")
    finally:
        channel.close()
