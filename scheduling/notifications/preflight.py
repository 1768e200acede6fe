"""The preflight check, made every afternoon: will tomorrow morning's message arrive?"""

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
from storage.queries import outbox
from storage.statuses import Kind, Outcome, Status

# How many times a provider that doesn't answer is asked before the channel is warned.
PATIENT_FOR = 3
# How often, until the morning, we check whether a warning still holds.
RECHECK_AFTER = timedelta(hours=1)
# If one of the team's texts was delivered within this time, texts do get through.
LATELY = timedelta(days=1)


class ChecksTexts(Protocol):
    """Finds what would stop our texts."""

    def wrong(self, now: datetime) -> Sequence[Finding]:
        """Return what is wrong. Raises DeliveryError when the provider can't be asked."""


class ChecksSlack(Protocol):
    """Finds what would stop our posts, and who leads the workspace."""

    def person_trouble(self, user: str) -> str | None:
        """Return why a Slack user can't be written to; None if they can. Raises DeliveryError."""

    def channel_trouble(self, channel: str) -> str | None:
        """Return why we can't post in a channel; None if we can. Raises DeliveryError."""

    def admins(self, now: datetime) -> list[str]:
        """Return the ids of all of the workspace's owners and admins. Raises DeliveryError."""


@dataclass(frozen=True, slots=True)
class Check:
    """Checks our own records, Slack and Twilio for what would stop the next morning's message."""

    texts: ChecksTexts
    slack: ChecksSlack

    def words(self, number: int, now: datetime, *, again: bool = False) -> str:
        """Return the warning for the notification with this id; '' if there is none.

        Raises DeliveryError if a provider can't be asked and it's worth asking again. `again` means
        that the warning was posted before and is being checked.
        """
        with reading():
            row = Notification.get_by_id(number)
            team = row.team
            at = planner.morning_checked(row)
            people = schedule.members_by_id(team)
            turn_at = announced.begins(team, at) or _beginning(team, at) or at
            members = [people[one] for one in schedule.on_call(team, turn_at).members]
            whose = [(member, why) for member in members for why in _known_trouble(member)]
        if not any(member.is_active for member in people.values()):
            return ""  # not set up yet
        tries = 0 if again else row.attempts
        if not members and schedule.waits(team, turn_at):
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
        troubles = [(snapshot.person(member), why) for member, why in whose]
        return preflight_warning(team.name, troubles, ours)

    def learn_leads(self, now: datetime) -> None:
        """Learn who leads the workspace, who get the news if the channel fails."""
        known_leads.refresh(partial(self.slack.admins, now), now)

    def _person(self, user: str, tries: int) -> str | None:
        try:
            return self.slack.person_trouble(user)
        except DeliveryError as error:
            _ask_again(error, tries)
            return None  # the SMS still goes out, and an unreachable Slack shows elsewhere

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
    """Return when a team begins, if that is later on the day of a morning."""
    zone, begins = schedule.zone_of(team), team.begins_at
    if begins is None or begins <= morning:
        return None
    return begins if begins.astimezone(zone).date() == morning.astimezone(zone).date() else None


def _holds(finding: Finding, team: Team, members: list[Member], now: datetime) -> bool:
    """Tell whether a finding about our Twilio account affects texts to one of these members."""
    if finding.of_replies and phones.replies_lost():
        return False  # leads already know, and texts don't ask for a reply meanwhile
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
    # With many teams checking at once, some hit a rate limit. That says nothing about their texts.
    if error.outcome == Outcome.TEMPORARY and (tries < PATIENT_FOR or error.asks_to_wait):
        raise error


def _restricted(team: Team) -> list[str]:
    """Return Slack's error for the last post, if posting in the channel is restricted.

    Slack doesn't tell beforehand whether we may post in a restricted channel.
    """
    with reading():
        last = outbox.last_post(team)
    if last is None or last.status == Status.DELIVERED:
        return []
    restricted = explaining.of(last).error_class is ErrorClass.RESTRICTED
    return [last.error_message or ""] if restricted else []


def _known_trouble(member: Member) -> list[str]:
    """Return what our own records say is wrong with a member's number."""
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
    """Return how people type a member: '@bob', or the quoted name if there are two Bobs."""
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
