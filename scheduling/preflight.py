"""The look at tomorrow morning, made the afternoon before: will the message arrive?"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from scheduling import messages, phones, planning, rotation, schedule
from scheduling.channels import DeliveryError
from scheduling.channels.slack import SlackChannel
from scheduling.channels.sms import SmsChannel
from storage.database import reading
from storage.models import Member, Notification, Team

# A provider that does not answer is asked so often before the channel hears of it.
PATIENT_FOR = 3


@dataclass(frozen=True, slots=True)
class Check:
    """Asks our own records, Slack and Twilio whether the next morning's message will arrive."""

    sms: SmsChannel
    slack: SlackChannel

    def words(self, number: int, now: datetime) -> str:
        """Return the warning for the notification with this number, '' if all is well.

        Raises DeliveryError when a provider can't be asked, and it is worth asking again.
        """
        with reading():
            row = Notification.get_by_id(number)
            team = row.team
            at = _next_morning(team, now)
            people = schedule.names(team)
            members = [people[one] for one in schedule.on_call(team, at).members]
            whose = [(member, why) for member in members for why in _known_trouble(member)]
        if not any(member.is_active for member in people.values()):
            return ""  # not set up yet
        ours = [] if members else ["Nobody is on call then."]
        for member in members:
            if member.slack_user_id and self._gone(member.slack_user_id, row.attempts):
                whose.append((member, "Their Slack account is deactivated."))
        try:
            self.sms.describe_account()
        except DeliveryError as error:
            _ask_again(error, row.attempts)
            ours.append(error.message)
        if not whose and not ours:
            return ""
        told = [(planning.person(member), why) for member, why in whose]
        return messages.preflight_warning(team.name, told, ours)

    def _gone(self, user: str, attempts: int) -> bool:
        try:
            return self.slack.is_gone(user)
        except DeliveryError as error:
            _ask_again(error, attempts)
            return False  # the message goes by SMS; that Slack is away is seen otherwise


def _ask_again(error: DeliveryError, attempts: int) -> None:
    if error.outcome == "temporary" and attempts < PATIENT_FOR:
        raise error


def _next_morning(team: Team, now: datetime) -> datetime:
    zone = schedule.zone_of(team)
    day = now.astimezone(zone).date() + timedelta(days=1)
    return rotation.instant(day, schedule.wall_time(team.notify_at), zone)


def _known_trouble(member: Member) -> list[str]:
    """Return what we know to be wrong with a member's number."""
    phone = phones.known([member.phone]).get(member.phone)
    if phone and phone.opted_out_at:
        instead = " I write in Slack instead." if member.slack_user_id else ""
        return [f"They replied STOP and get no SMS; texting START undoes that.{instead}"]
    if (phone and phone.confirmed_at) or _arrived(member):
        return []
    return [
        "Nobody has ever confirmed their number, and no SMS has arrived there yet. To ask: "
        f"/oncall members confirm @{member.name.split()[0].lower()}."
    ]


def _arrived(member: Member) -> bool:
    return (
        Notification.select()
        .where(
            Notification.team == member.team_id,
            Notification.phone == member.phone,
            Notification.status == "delivered",
        )
        .exists()
    )
