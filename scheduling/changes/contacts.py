"""Changes to a team's escalation contacts."""

from datetime import datetime
from typing import ClassVar

from scheduling.changes.operation import Operation, Outcome
from scheduling.changes.people import (
    check_reached,
    check_second,
    check_unique_name,
    checked_fields,
    facts_of,
    free_name,
    member_of,
    mentioned,
    number_taken,
    with_field,
)
from scheduling.errors import NothingToDo, Refusal
from scheduling.numbers import masked
from scheduling.words.lines import Line
from scheduling.words.mrkdwn import by
from storage.database import writing
from storage.models import AuditEntry, Member, Team


class ContactChanged(Outcome, frozen=True):
    """The member who became an escalation contact, or ceased to be one."""

    member: Member


class AddContact(Operation[ContactChanged], frozen=True):
    """Notify somebody when the person on call can't be reached.

    `phone` is E.164; None for a member, whose number is known.
    """

    kind: ClassVar = "escalation contact added"
    name: str
    phone: str | None
    slack_user_id: str | None
    time_zone: str | None

    def apply(self, team: Team, actor: str, now: datetime) -> ContactChanged:
        """Add them; see `add_contact`."""
        member = add_contact(
            team,
            self.name,
            self.phone,
            slack_user_id=self.slack_user_id,
            time_zone=self.time_zone,
            actor=actor,
            now=now,
        )
        title = f"Add {mentioned(member)} as an escalation contact"
        return ContactChanged(title, member)


class RemoveContact(Operation[ContactChanged], frozen=True):
    """Stop notifying an escalation contact."""

    kind: ClassVar = "escalation contact removed"
    member: int

    def apply(self, team: Team, actor: str, now: datetime) -> ContactChanged:
        """Remove them; see `remove_contact`."""
        member = member_of(team, self.member)
        remove_contact(team, member, actor=actor, now=now)
        return ContactChanged(f"Remove {mentioned(member)} as an escalation contact", member)


def add_contact(
    team: Team,
    name: str,
    phone: str | None,
    *,
    slack_user_id: str | None,
    time_zone: str | None,
    second_phone: str | None = None,
    actor: str,
    now: datetime,
) -> Member:
    """Notify somebody when the person on call can't be reached; they needn't take turns.

    `phone` is E.164; None for a member, whose number is known. Raises Refusal if they already are
    a contact, have no number or somebody else's, or if a field doesn't pass its check.
    """
    with writing():
        known = Member.select().where(Member.team == team)
        check_reached(name, phone, slack_user_id)
        same = Member.slack_user_id == slack_user_id if slack_user_id else Member.phone == phone
        member = known.where(same).first()
        if member is not None and member.escalates:
            raise NothingToDo(
                f"{member.name} is already an escalation contact.",
                "user",
                suggest=(Line("escalation"), " lists them."),
            )
        if member is not None and phone not in (None, member.phone, member.second_phone):
            has = masked(member.phone) if member.phone else "no number"
            raise Refusal(
                f"{member.name} already has {has} here.",
                "phone",
                suggest=("To change that: ", with_field(member, "phone", phone), "."),
            )
        if member is not None and second_phone not in (None, member.second_phone):
            raise Refusal(
                f"{member.name} is a member with a different second number. Give the same one, or "
                "leave it out here.",
                "second",
            )
        before = facts_of(member) if member is not None else None
        if member is None:
            given = {"name": name, "phone": phone, "slack_user_id": slack_user_id}
            name = str(
                checked_fields({**given, "time_zone": time_zone, "second_phone": second_phone})[
                    "name"
                ]
            )
            if phone is None:
                raise Refusal(
                    f"{name} isn’t in {team.name}, so I don’t have their number.",
                    "phone",
                    suggest=(
                        "Add it: ",
                        Line(f"escalation add {by(slack_user_id or name)} +13125550107"),
                        ".",
                    ),
                )
            if taken := known.where(Member.phone == phone).first():
                raise number_taken(phone, taken)
            check_second(name, phone, second_phone)
            if slack_user_id is None:
                check_unique_name(team, name, nameless=True)
            else:
                name = free_name(team, name)
            member = Member(team=team, created_at=now, is_active=False, name=name, phone=phone)
            member.slack_user_id, member.time_zone = slack_user_id, time_zone
            member.second_phone = second_phone
        member.escalates, member.updated_at = True, now
        member.save()
        AuditEntry.record(
            team, actor, "escalation contact added", now, before=before, after=facts_of(member)
        )
        return member  # type: ignore[no-any-return]


def remove_contact(team: Team, member: Member, *, actor: str, now: datetime) -> None:
    """Stop notifying an escalation contact. Raises Refusal if they aren't one."""
    with writing():
        if not member.escalates:
            raise NothingToDo(
                f"{member.name} isn’t an escalation contact.",
                "member",
                suggest=(Line("escalation"), " lists them."),
            )
        before = facts_of(member)
        member.escalates, member.updated_at = False, now
        member.save()
        AuditEntry.record(
            team, actor, "escalation contact removed", now, before=before, after=facts_of(member)
        )
