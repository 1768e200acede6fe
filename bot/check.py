"""`run_bot.py check`: everything the bot needs, asked for once, a line each."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from slack_sdk.errors import SlackApiError, SlackClientError

from bot.process import asking_client
from bot.settings import Settings, SettingsProblem
from scheduling.channels import DeliveryError
from scheduling.channels.slack import WORDS
from scheduling.channels.sms import SmsChannel
from scheduling.schedule import names
from storage.database import DatabaseProblem, close_database, open_database, reading
from storage.models import Shift, Team


@dataclass(frozen=True, slots=True)
class Line:
    """One finding: what is right, or what to do."""

    fine: bool
    text: str


def check(environment: Mapping[str, str]) -> Iterator[Line]:
    """Yield a line for each thing that the bot needs, as soon as it is known."""
    try:
        settings = Settings.from_environment(environment)
    except SettingsProblem as problem:
        yield from (Line(False, f"Settings: {line}") for line in problem.problems)
        return
    yield Line(True, "Settings: complete.")
    channels = {settings.channel} if settings.channel else set()
    try:
        open_database(settings.database_url)
        try:
            yield from _teams(channels)
        finally:
            close_database()
    except DatabaseProblem as problem:
        yield Line(False, f"Database: {problem}")
    yield from _slack(settings, channels)
    yield from _twilio(settings)


def _teams(channels: set[str]) -> Iterator[Line]:
    with reading():
        teams = list(Team.select())
        found = []
        for team in teams:
            members = sum(1 for member in names(team).values() if member.is_active)
            found.append(f"{team.name}: {members} members, {len(Shift.in_force(team))} shifts")
            if team.channel_id:
                channels.add(team.channel_id)
    told = "; ".join(found) or "no team yet (set ONCALL_CHANNEL, or import one)"
    yield Line(True, f"Database: can be written; {told}.")


def _slack(settings: Settings, channels: set[str]) -> Iterator[Line]:
    client = asking_client(settings)

    def bot_token() -> str:
        me = client.auth_test()
        return f"Slack: the bot token is {me['user']}’s in the workspace {me['team']}."

    def app_token() -> str:
        client.apps_connections_open(app_token=settings.slack_app_token)
        return "Slack: the app token opens Socket Mode."

    fine = _asked("Slack: SLACK_BOT_TOKEN", bot_token)
    yield fine
    yield _asked("Slack: SLACK_APP_TOKEN", app_token)
    if not fine.fine:
        return
    for channel in sorted(channels):

        def membership(channel: str = channel) -> str:
            info = client.conversations_info(channel=channel)["channel"]
            if info.get("is_archived"):
                raise _Wrong(f"#{info['name']} is archived. Take another channel.")
            if not info.get("is_member"):
                raise _Wrong(f"I am not in #{info['name']}. Type there: /invite @WhoseOnFirst")
            return f"Slack: I am in #{info['name']}."

        yield _asked(f"Slack: channel {channel}", membership)
    if not channels:
        yield Line(False, "Slack: no channel yet. Set ONCALL_CHANNEL to a channel id.")


class _Wrong(Exception):
    """What was asked for came, and is wrong."""


def _asked(what: str, question: Callable[[], str]) -> Line:
    try:
        return Line(True, question())
    except _Wrong as wrong:
        return Line(False, f"{what}: {wrong}")
    except SlackApiError as error:
        code = str(error.response.get("error") or error.response.status_code)
        hint = WORDS.get(code, "See https://docs.slack.dev/authentication/tokens.")
        return Line(False, f"{what}: Slack answers {code}. {hint}")
    except (SlackClientError, OSError) as error:
        return Line(False, f"{what}: Slack could not be reached ({error}). Check the network.")


def _twilio(settings: Settings) -> Iterator[Line]:
    channel = SmsChannel(settings.sms, threads=1)
    try:
        yield Line(True, f"Twilio: {channel.describe_account()}")
        yield Line(True, f"Twilio: {channel.describe_sender()}")
    except DeliveryError as error:
        yield Line(False, f"Twilio: {error.message}")
    finally:
        channel.close()
