"""The look at tomorrow morning, made the afternoon before: will the message arrive?"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol

from scheduling import phones
from scheduling.channels import DeliveryError, ErrorClass, explaining
from scheduling.channels.findings import Finding
from scheduling.notifications import announced, known_leads, planner, snapshot
from scheduling.rota import schedule
from scheduling.words import reasons
from scheduling.words.warnings import preflight_warning
from storage.database import reading
from storage.models import Member, Notification, Team
from storage.statuses import Kind, Outcome, Status

# A provider that does not answer is asked so often before the channel hears of it.
PATIENT_FOR = 3
# Until the morning it is looked again so often whether a warning still holds.
LOOK_AGAIN = timedelta(hours=1)
# A text of a team's that arrived within this time shows that texts arrive.
LATELY = timedelta(days=1)


class ChecksTexts(Protocol):
    """Looks at what would stop a text of ours."""

    def wrong(self, now: datetime) -> Sequence[Finding]:
        """Return what is wrong. Raises DeliveryError when nobody can be asked."""


class ChecksSlack(Protocol):
    """Looks at what would stop a post of ours, and who leads the workspace."""

    def person_trouble(self, user: str) -> str | None:
        """Return why nobody can write to a Slack user, None if one can. Raises DeliveryError."""

    def channel_trouble(self, channel: str) -> str | None:
        """Return why we can't post in a channel, None if we can. Raises DeliveryError."""

    def admins(self, now: datetime) -> list[str]:
        """Return the ids of all of the workspace's owners and admins. Raises DeliveryError."""


@dataclass(frozen=True, slots=True)
class Check:
    """Asks our own records, Slack and Twilio whether the next morning's message will arrive."""

    texts: ChecksTexts
    slack: ChecksSlack

    def words(self, number: int, now: datetime, *, again: bool = False) -> str:
        """Return the warning for the notification with this number, '' if all is well.

        Raises DeliveryError when a provider can't be asked, and it is worth asking again. `again`
        is whether it was looked before.
        """
        with reading():
            row = Notification.get_by_id(number)
            team = row.team
            at = planner.morning_looked_at(row)
            people = schedule.members_by_id(team)
            told_of = announced.begins(team, at) or _beginning(team, at) or at
            members = [people[one] for one in schedule.on_call(team, told_of).members]
            whose = [(member, why) for member in members for why in _known_trouble(member)]
        if not any(member.is_active for member in people.values()):
            return ""  # not set up yet
        tries = 0 if again else row.attempts
        if not members and schedule.waits(team, told_of):
            return ""
        ours = [] if members else [reasons.NOBODY_THEN]
        for member in members:
            if member.slack_user_id and (why := self._person(member.slack_user_id, tries)):
                whose.append((member, why))
        ours += [*self._channel(team, tries), *self._twilio(team, members, tries, now)]
        if not again:
            self.learn_leads(now)
        if not whose and not ours:
            return ""
        told = [(snapshot.person(member), why) for member, why in whose]
        return preflight_warning(team.name, told, ours)

    def learn_leads(self, now: datetime) -> None:
        """Find out who is told if the channel can't be: asked while Slack can be asked."""
        known_leads.refresh(partial(self.slack.admins, now), now)

    def _person(self, user: str, tries: int) -> str | None:
        try:
            return self.slack.person_trouble(user)
        except DeliveryError as error:
            _ask_again(error, tries)
            return None  # the message goes by SMS; that Slack is away is seen otherwise

    def _channel(self, team: Team, tries: int) -> list[str]:
        if team.channel_id is None:
            return [reasons.NO_CHANNEL]
        try:
            trouble = self.slack.channel_trouble(team.channel_id)
        except DeliveryError as error:
            _ask_again(error, tries)
            return []
        return [trouble] if trouble else _restricted(team)

    def _twilio(self, team: Team, members: list[Member], tries: int, now: datetime) -> list[str]:
        try:
            found = self.texts.wrong(now)
        except DeliveryError as error:
            _ask_again(error, tries)
            return [error.message]
        return [one.for_team for one in found if _holds(one, team, members, now)]


def _beginning(team: Team, morning: datetime) -> datetime | None:
    """Return when a team begins, if that is on the day of a morning, and after it."""
    zone, begins = schedule.zone_of(team), team.begins_at
    if begins is None or begins <= morning:
        return None
    return begins if begins.astimezone(zone).date() == morning.astimezone(zone).date() else None


def _holds(finding: Finding, team: Team, members: list[Member], now: datetime) -> bool:
    """Tell whether what Twilio says of our account stops a text to one of these members."""
    if finding.of_replies and phones.replies_lost():
        return False  # leads were told when that was found, and nobody is asked to reply
    if not any((member.phone or "").startswith(finding.to) for member in members):
        return not finding.to
    if not finding.doubtful:
        return True
    with reading():
        return not (
            Notification.select()
            .where(
                Notification.team == team,
                Notification.kind == Kind.SMS,
                Notification.status == Status.DELIVERED,
                Notification.sent_at > now - LATELY,
            )
            .exists()
        )


def _ask_again(error: DeliveryError, tries: int) -> None:
    # Of many teams that look at once some are told to wait: who is not answered knows nothing yet.
    if error.outcome == Outcome.TEMPORARY and (tries < PATIENT_FOR or error.asks_to_wait):
        raise error


def _restricted(team: Team) -> list[str]:
    """Return what Slack said to the last post, if that was that we may not post there.

    Slack tells nobody beforehand who may post where posting is restricted.
    """
    with reading():
        last = (
            Notification.select()
            .where(
                Notification.team == team,
                Notification.kind == Kind.ANNOUNCEMENT,
                Notification.status.in_((Status.DELIVERED, Status.FAILED)),
            )
            .order_by(Notification.id.desc())
            .first()
        )
    if last is None or last.status == Status.DELIVERED:
        return []
    restricted = explaining.of(last).error_class is ErrorClass.RESTRICTED
    return [last.error_message] if restricted else []


def _known_trouble(member: Member) -> list[str]:
    """Return what we know to be wrong with a member's number."""
    if member.phone is None:
        return [reasons.no_number(_typed(member))]
    phone = phones.known([member.phone]).get(member.phone)
    if phones.is_doubtful(member.phone):
        return [reasons.DOUBTFUL_NUMBER]
    if phone and phone.opted_out_at:
        return [reasons.opted_out(in_slack=bool(member.slack_user_id))]
    if (phone and phone.confirmed_at) or _arrived(member):
        return []
    return [reasons.never_reached(_typed(member))]


def _typed(member: Member) -> str:
    """Return how one types a member: '@bob', or the name in quotes where that would be two."""
    firsts = [one.name.split()[0].casefold() for one in Member.of_team(member.team)]
    first = member.name.split()[0].casefold()
    return f"@{first}" if firsts.count(first) == 1 else f'"{member.name}"'


def _arrived(member: Member) -> bool:
    return (
        Notification.select()
        .where(
            Notification.team == member.team_id,
            Notification.phone == member.phone,
            Notification.status == Status.DELIVERED,
        )
        .exists()
    )
