"""The tables and their named queries.

Column names are the original specification's where it has them. CHECK constraints guard every
word of `statuses`, so that no code path can store one that nobody else understands.
"""

from __future__ import annotations

import json
import logging
from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, Self, TypeVar, cast

from peewee import (
    SQL,
    AutoField,
    BooleanField,
    CharField,
    Check,
    DateField,
    Expression,
    FieldAccessor,
    ForeignKeyField,
    IntegerField,
    Model,
    TextField,
)

from storage.database import UtcDateTimeField, database, once_kept
from storage.statuses import (
    Kind,
    LeadSource,
    Meaning,
    Outcome,
    ProposalStatus,
    Purpose,
    Status,
    in_sql,
)

log = logging.getLogger("whoseonfirst.changes")
W = TypeVar("W", bound=StrEnum)

# No shift is longer than a week and no override longer than eight: what is in force at an instant
# started at most that long before it. This bounds every question about a span, whatever the age
# of the history.
# A week of wall-clock time is an hour longer where the clocks go back in it.
LONGEST_SHIFT = timedelta(hours=169)
LONGEST_OVERRIDE = timedelta(weeks=8)
# SMS segments a team may send within 24 hours, unless it says otherwise: a busy day takes dozens.
MOST_SEGMENTS = 200

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
STRATEGIES = ("circular", "round_robin")
CLOCKS = ("auto", "12", "24")
CHANGE_KINDS = ("join", "leave", "reorder")
# Twilio's own words for an SMS that it has accepted and not sent on yet.
HELD_STATUSES = ("accepted", "scheduled", "queued")


def one_of(column: str, words: Iterable[str]) -> SQL:
    """Return a CHECK that `column` holds one of `words`."""
    return SQL(f"CHECK ({column} IN {in_sql(words)})")


class _WordAccessor(FieldAccessor):
    def __set__(self, instance: Model, value: str | None) -> None:
        super().__set__(instance, self.field.python_value(value))


class _WordField(CharField):
    """A word of an enum: read as its member, also where it was set as plain text."""

    accessor_class = _WordAccessor

    def __init__(self, words: type[StrEnum], **options: Any) -> None:
        self._words = words
        super().__init__(**options)

    def python_value(self, value: str | None) -> StrEnum | None:
        return None if value is None else self._words(value)


def word_of(words: type[W], column: str) -> CharField[W]:
    """Return a column of this name that holds one of `words`."""
    return cast("CharField[W]", _WordField(words, constraints=[one_of(column, words)]))


def word_or_none(words: type[W], column: str) -> CharField[W | None]:
    """Return a column of this name that holds one of `words`, or nothing yet."""
    checks = [one_of(column, words)]
    return cast("CharField[W | None]", _WordField(words, null=True, constraints=checks))


class Table(Model):
    """What every table has."""

    id: AutoField[int]

    class Meta:
        database = database
        legacy_table_names = False


class Team(Table):
    """People who share one rotation, one channel and one time zone.

    `clock` is '12' or '24' hours, or 'auto': the one of the zone's country. `anchor` is the Monday
    of week 0 of the rotation. `planned_until` is the instant up to which every due notification
    exists; what became due later is still to be planned. `sms_text` is the team's own wording of
    the morning's SMS, `second_day_sms` whether later days of a long shift get one, too.
    `confirm_within` are the minutes in which the person on call has to confirm (None: nobody has
    to), `weekly_summary` whether Monday begins with the week's list, and `most_segments` how many
    SMS segments may go out within 24 hours. No shift begins before `begins_at`, where it was set up
    for a later day; None is at once.
    """

    name = CharField(unique=True)
    channel_id = CharField(null=True)
    time_zone = CharField()
    clock = CharField(default="auto", constraints=[one_of("clock", CLOCKS), SQL("DEFAULT 'auto'")])
    notify_at = CharField()
    strategy = CharField(constraints=[one_of("strategy", STRATEGIES)])
    anchor = DateField()
    weeks_ahead = IntegerField(constraints=[Check("weeks_ahead BETWEEN 1 AND 104")])
    planned_until = UtcDateTimeField()
    created_at = UtcDateTimeField()
    sms_text = TextField(null=True)
    second_day_sms = BooleanField(default=True, constraints=[SQL("DEFAULT 1")])
    confirm_within = IntegerField(null=True)
    weekly_summary = BooleanField(default=False, constraints=[SQL("DEFAULT 0")])
    most_segments = IntegerField(default=MOST_SEGMENTS, constraints=[SQL("DEFAULT 200")])
    begins_at = UtcDateTimeField(null=True)

    class Meta:
        table_name = "teams"

    @classmethod
    def are_several(cls) -> bool:
        """Tell whether there is more than one team, so that a command may have to name its own."""
        return bool(cls.select().count() > 1)

    @classmethod
    def of_channel(cls, channel: str) -> Self | None:
        """Return the team whose channel it is; None if it is nobody's."""
        # Plain SQL: it is asked at every command, and the query builder takes ten times as long.
        found = cls.raw("SELECT * FROM teams WHERE channel_id = ?", channel)
        return next(iter(found), None)


class Member(Table):
    """A person in a team. One who left stays as an inactive row: the history needs the name.

    `phone` is None until somebody enters it; then they are in Slack, where they are asked for it.
    `second_phone` is tried when the first one fails. Anyone who `escalates` is texted when the
    person on call can't be reached, whether or not they take turns themselves.
    """

    team_id: int
    team = ForeignKeyField(Team, backref="members", index=False)
    name = CharField()
    phone = CharField(null=True)
    slack_user_id = CharField(null=True)
    time_zone = CharField(null=True)
    is_active = BooleanField()
    created_at = UtcDateTimeField()
    updated_at = UtcDateTimeField()
    second_phone = CharField(null=True)
    escalates = BooleanField(default=False, constraints=[SQL("DEFAULT 0")])

    class Meta:
        table_name = "team_members"
        indexes = (
            (("team", "phone"), True),
            (("team", "slack_user_id"), True),
            (("team", "is_active"), False),
            (("slack_user_id",), False),
        )

    @property
    def has_left(self) -> bool:
        """Whether they left the team: they take no turns, and aren't an escalation contact."""
        return not (self.is_active or self.escalates)

    @classmethod
    def in_slack(cls, team: Team, user: str) -> Self | None:
        """Return the team's member with a Slack id, who may have left; None if there is none."""
        # Plain SQL: it is asked at every command, and the query builder takes ten times as long.
        sql = "SELECT * FROM team_members WHERE team_id = ? AND slack_user_id = ?"
        return next(iter(cls.raw(sql, team.id, user)), None)

    @classmethod
    def of_team(cls, team: Team) -> list[Self]:
        """Return the team's members, those who left included, in the order they came."""
        return list(cls.select().where(cls.team == team).order_by(cls.id))


class Shift(Table):
    """A weekly slot. In force from `active_from` until `active_until` (None: no end in sight).

    `day_of_week` is an English day name and `start_time` a wall-clock 'HH:MM' in the team's zone.
    """

    team_id: int
    team = ForeignKeyField(Team, backref="shifts", index=False)
    shift_number = IntegerField(constraints=[Check("shift_number >= 1")])
    day_of_week = CharField(constraints=[one_of("day_of_week", DAYS)])
    start_time = CharField()
    duration_hours = IntegerField(constraints=[Check("duration_hours BETWEEN 1 AND 168")])
    active_from = UtcDateTimeField()
    active_until = UtcDateTimeField(null=True)
    created_at = UtcDateTimeField()

    class Meta:
        table_name = "shifts"

    @classmethod
    def of_team(cls, team: Team) -> list[Self]:
        """Return all the team's shifts, removed ones included, by number."""
        return list(cls.select().where(cls.team == team).order_by(cls.shift_number, cls.id))

    @classmethod
    def in_force(cls, team: Team) -> list[Self]:
        """Return the shifts that were not removed, by number."""
        return list(
            cls.select()
            .where(cls.team == team, cls.active_until.is_null())
            .order_by(cls.shift_number)
        )


Shift.add_index(
    Shift.index(Shift.team, Shift.shift_number, unique=True, where=Shift.active_until.is_null())
)


class RotationChange(Table):
    """A dated change of the queue; the queue of a week is the fold of these up to its Monday.

    `position` (1-based) is the place of a joining or moved member; None is the end. `vacated_at`
    belongs to a leave: from that instant on the leaver takes no shift of the running week either.
    """

    team_id: int
    team_member_id: int
    team = ForeignKeyField(Team, backref="rotation_changes", index=False)
    team_member = ForeignKeyField(Member, index=False)
    kind = CharField(constraints=[one_of("kind", CHANGE_KINDS)])
    effective_from = DateField()
    position = IntegerField(null=True)
    vacated_at = UtcDateTimeField(null=True)
    created_at = UtcDateTimeField()

    class Meta:
        table_name = "rotation_changes"
        indexes = ((("team", "effective_from"), False),)

    @classmethod
    def of_team(cls, team: Team) -> list[Self]:
        """Return the team's changes in the order in which they take effect."""
        return list(cls.select().where(cls.team == team).order_by(cls.effective_from, cls.id))


class RotationMark(Table):
    """What holds of the rotation from a Monday on, or in its week, besides who takes turns.

    Either the `strategy` from then on; or the `team_member` whose turn it is first in that week,
    and, where there is a `shift`, who has that shift in that week. Those of a week keep a plan as
    it was when it would come out otherwise now; a later change of that week's rotation ends them.
    """

    team_id: int
    team_member_id: int | None
    shift_id: int | None
    team = ForeignKeyField(Team, backref="rotation_marks", index=False)
    effective_from = DateField()
    strategy = CharField(null=True, constraints=[one_of("strategy", STRATEGIES)])
    team_member = ForeignKeyField(Member, null=True, index=False)
    shift = ForeignKeyField(Shift, null=True, index=False)
    created_at = UtcDateTimeField()

    class Meta:
        table_name = "rotation_marks"
        constraints = (Check("(strategy IS NULL) <> (team_member_id IS NULL)"),)
        indexes = ((("team", "effective_from"), False),)

    @classmethod
    def of_team(cls, team: Team) -> list[Self]:
        """Return the team's marks in the order in which they take effect."""
        return list(cls.select().where(cls.team == team).order_by(cls.effective_from, cls.id))


class Assignment(Table):
    """One member's concrete span, made from a shift by the rotation.

    `week_number` counts weeks from Monday 1970-01-05; with the shift it is unique, so no
    regeneration can ever double a day.
    """

    team_id: int
    team_member_id: int
    shift_id: int
    team = ForeignKeyField(Team, backref="assignments", index=False)
    team_member = ForeignKeyField(Member, index=False)
    shift = ForeignKeyField(Shift, index=False)
    week_number = IntegerField()
    start_datetime = UtcDateTimeField()
    end_datetime = UtcDateTimeField()
    created_at = UtcDateTimeField()

    class Meta:
        table_name = "schedule"
        constraints = (Check("end_datetime > start_datetime"),)
        indexes = (
            (("shift", "week_number"), True),
            (("team", "start_datetime"), False),
            (("team", "end_datetime"), False),
            (("team_member", "start_datetime"), False),
        )


class Override(Table):
    """A span in which someone else is on call; lies over assignments and refers to none."""

    team_id: int
    team_member_id: int
    team = ForeignKeyField(Team, backref="overrides", index=False)
    team_member = ForeignKeyField(Member, index=False)
    start_datetime = UtcDateTimeField()
    end_datetime = UtcDateTimeField()
    reason = TextField(null=True)
    created_by = CharField()
    created_at = UtcDateTimeField()
    cancelled_at = UtcDateTimeField(null=True)

    class Meta:
        table_name = "overrides"
        constraints = (Check("end_datetime > start_datetime"),)
        indexes = ((("team", "start_datetime"), False), (("team", "end_datetime"), False))


class Proposal(Table):
    """A change that somebody asked for, from the preview to its undoing.

    `facts` are what it takes to carry it out, as JSON, with absolute times; `fingerprint` tells
    whether it would still do what was shown. `asked` is the Slack user who has to agree, if that is
    not the `actor`. `touched` are the rows before and after, as JSON, so that it can be undone.
    """

    team_id: int
    team = ForeignKeyField(Team, backref="proposals", index=False)
    actor = CharField()
    asked = CharField(null=True)
    kind = CharField()
    facts = TextField()
    title = TextField()
    fingerprint = CharField()
    status = word_of(ProposalStatus, "status")
    touched = TextField(null=True)
    created_at = UtcDateTimeField()
    settled_at = UtcDateTimeField(null=True)

    class Meta:
        table_name = "proposals"
        indexes = ((("team", "status", "settled_at"), False),)


class Notification(Table):
    """Something that must reach someone.

    `about` holds the ids of the members whom the text calls on call ('3' or '3,7', '' for nobody,
    None when the text says nothing of the kind): it is checked again before sending.
    `next_attempt_at` is when to try, or to look, again; of a post, when to render it again.
    `buttons` are what can be clicked below a post or direct message, as JSON: [[label, what it
    runs], ...].

    `phone` is the number of the last try. `fallback_of` is the SMS that did not reach its person,
    so that this one was written. `watch_at` is when to see whether an SMS has reached its person,
    and go on if not. `delivered_at` is when Twilio says that it arrived, `acknowledged_by` the
    member who confirmed it, `acknowledged_in` where ('sms' or 'slack'). `segments` and `price` (in
    millionths of `price_unit`) are what it takes. `shown` is a post as it is in Slack.

    `event` is what notifications have in common that are written at once, for example
    'daily:1:2026-11-24'. `moved_aside_at` is the instant up to which was planned when the clock was
    found to be behind it, and this was of a later day. `stands_for` is the post whose news a direct
    message brings, because the channel could not take it, `proposal` the change that it is about.
    `ambiguous` is whether one that failed may have gone out anyway. `cleared_at` is since
    when what a warning warns of is over.

    `more` is how many further replies a reply that was passed on stands for.
    `slack_user_id` is whom a direct message goes to who need not be a member, a lead for example.
    `twilio_status` is Twilio's own word for an SMS when it was last asked, `revisit_at` when it is
    asked for what is missing (a price, mostly) of one that is settled. `leaves_at` is when it left
    Twilio's queue, or is expected to; None if that is when Twilio took it.
    """

    team_id: int
    schedule_id: int | None
    team_member_id: int | None
    fallback_of_id: int | None
    acknowledged_by_id: int | None
    stands_for_id: int | None
    proposal_id: int | None
    team = ForeignKeyField(Team, backref="notifications", index=False)
    schedule = ForeignKeyField(Assignment, null=True, on_delete="SET NULL", index=False)
    team_member = ForeignKeyField(Member, null=True, index=False)
    kind = word_of(Kind, "kind")
    purpose = word_of(Purpose, "purpose")
    text = TextField()
    about = CharField(null=True)
    due_at = UtcDateTimeField()
    dedupe_key = CharField(unique=True)
    status = word_of(Status, "status")
    attempts = IntegerField(default=0)
    next_attempt_at = UtcDateTimeField(null=True)
    claimed_at = UtcDateTimeField(null=True)
    sent_at = UtcDateTimeField(null=True)
    twilio_sid = CharField(null=True)
    slack_ts = CharField(null=True)
    error_code = CharField(null=True)
    error_message = TextField(null=True)
    acknowledged_at = UtcDateTimeField(null=True)
    created_at = UtcDateTimeField()
    buttons = TextField(null=True)
    phone = CharField(null=True)
    fallback_of = ForeignKeyField("self", null=True, on_delete="SET NULL", index=False)
    watch_at = UtcDateTimeField(null=True)
    delivered_at = UtcDateTimeField(null=True)
    acknowledged_by = ForeignKeyField(Member, null=True, index=False, backref="+")
    acknowledged_in = CharField(null=True)
    segments = IntegerField(null=True)
    price = IntegerField(null=True)
    price_unit = CharField(null=True)
    shown = TextField(null=True)
    slack_user_id = CharField(null=True)
    cleared_at = UtcDateTimeField(null=True)
    more = IntegerField(default=0, constraints=[SQL("DEFAULT 0")])
    twilio_status = CharField(null=True)
    revisit_at = UtcDateTimeField(null=True)
    leaves_at = UtcDateTimeField(null=True)
    event = CharField(null=True)
    moved_aside_at = UtcDateTimeField(null=True)
    stands_for = ForeignKeyField("self", null=True, on_delete="SET NULL", index=False, backref="+")
    proposal = ForeignKeyField(Proposal, null=True, on_delete="SET NULL", index=False, backref="+")
    ambiguous = BooleanField(default=False, constraints=[SQL("DEFAULT 0")])

    class Meta:
        table_name = "notification_log"
        # What others write to the same row meanwhile, stays.
        only_save_dirty = True
        indexes = (
            (("status", "next_attempt_at"), False),
            (("team", "due_at"), False),
            (("schedule",), False),
            (("sent_at",), False),
            (("fallback_of",), False),
            (("watch_at",), False),
            (("revisit_at",), False),
            (("event",), False),
            (("stands_for",), False),
            (("proposal",), False),
        )

    @property
    def recipient(self) -> Member:
        """Whom an SMS or a direct message goes to. Raises ValueError of a post."""
        if self.team_member is None:
            raise ValueError(f"notification {self.id} goes to a channel")
        return self.team_member

    @property
    def left_at(self) -> datetime | None:
        """When an SMS left Twilio, or is expected to; None while Twilio hasn't taken it."""
        at: datetime | None = self.leaves_at or self.sent_at
        return at

    @property
    def held(self) -> bool:
        """Whether Twilio has accepted an SMS, and said when last asked that it has not sent it."""
        return self.status == Status.SENT and self.twilio_status in HELD_STATUSES

    @property
    def of_same_event(self) -> Expression:
        """What is true of the notifications that were written with it, of the same event."""
        if self.event is None:
            return Notification.id == self.id
        aside = Notification.moved_aside_at
        same_clock = aside == self.moved_aside_at if self.moved_aside_at else aside.is_null()
        return (Notification.event == self.event) & same_clock

    @property
    def root(self) -> Notification:
        """The SMS that did not reach its person, so that this was written; else this one."""
        return self.fallback_of or self


class Phone(Table):
    """What we know of a number, whoever has it: that it is theirs, and that they want no SMS.

    `no_receipts_at` is since when its carrier is taken to give no receipts. `unheard_at` is since
    when a sender of ours, a messaging service's SID, has been set up so that replies are lost.
    """

    number = CharField(unique=True)
    confirmed_at = UtcDateTimeField(null=True)
    opted_out_at = UtcDateTimeField(null=True)
    no_receipts_at = UtcDateTimeField(null=True)
    unheard_at = UtcDateTimeField(null=True)

    class Meta:
        table_name = "phones"


class Reply(Table):
    """An SMS that came in, read once. `meaning` is what its sender wants."""

    sid = CharField(unique=True)
    phone = CharField()
    body = TextField()
    received_at = UtcDateTimeField()
    meaning = word_of(Meaning, "meaning")

    class Meta:
        table_name = "replies"
        indexes = ((("received_at",), False), (("phone", "received_at"), False))


class DeliveryAttempt(Table):
    """One try at delivering a notification. No `finished_at`: the process died in the middle."""

    notification_id: int
    notification = ForeignKeyField(Notification, backref="tries", on_delete="CASCADE", index=False)
    number = IntegerField()
    started_at = UtcDateTimeField()
    finished_at = UtcDateTimeField(null=True)
    outcome = word_or_none(Outcome, "outcome")
    error_code = CharField(null=True)
    error_message = TextField(null=True)

    class Meta:
        table_name = "delivery_attempts"
        indexes = ((("notification", "number"), True),)


class AuditEntry(Table):
    """Who changed what, when, from what to what. Written in the transaction of the change."""

    team_id: int
    team = ForeignKeyField(Team, backref="audit_entries", index=False)
    actor = CharField()
    action = CharField()
    before = TextField(null=True)
    after = TextField(null=True)
    created_at = UtcDateTimeField()

    class Meta:
        table_name = "audit_log"
        indexes = ((("team", "created_at"), False),)

    @classmethod
    def record(
        cls,
        team: Team,
        actor: str,
        action: str,
        at: datetime,
        *,
        before: dict[str, Any] | None = None,
        after: dict[str, Any] | None = None,
    ) -> None:
        """Write one entry. `actor` is a Slack user id or 'command line'; `at` is now.

        The log has a line about it, once it is committed.
        """

        def told(facts: dict[str, Any] | None) -> str | None:
            return None if facts is None else json.dumps(facts, default=_plain, sort_keys=True)

        cls.create(
            team=team,
            actor=actor,
            action=action,
            before=told(before),
            after=told(after),
            created_at=at,
        )
        once_kept(_log_changes, (team.id, team.name, actor, action))


def _log_changes(entries: list[tuple[int, str, str, str]]) -> None:
    """Write a line about what one unit of work changed, for each team and who did it."""
    changes: dict[tuple[int, str, str], Counter[str]] = {}
    for team, name, actor, action in entries:
        changes.setdefault((team, name, actor), Counter())[action] += 1
    for (team, name, actor), actions in changes.items():
        told = [f"{action} ({times})" if times > 1 else action for action, times in actions.items()]
        log.info(
            "changed by %s in %s: %s",
            actor,
            name,
            ", ".join(told),
            extra={"team": team, "actor": actor, "operation": next(iter(actions))},
        )


class Admin(Table):
    """Somebody who leads a team because another lead said so; every team, if `team` is None."""

    team_id: int | None
    team = ForeignKeyField(Team, null=True, backref="+", index=False)
    slack_user_id = CharField()
    added_by = CharField()
    created_at = UtcDateTimeField()

    class Meta:
        table_name = "admins"
        indexes = ((("team", "slack_user_id"), True),)


Admin.add_index(Admin.index(Admin.slack_user_id, unique=True, where=Admin.team.is_null()))


class KnownLead(Table):
    """Somebody who leads every team, as far as we know: what Slack, or ONCALL_ADMINS, last said.

    Kept so that they can be written to when Slack can't be asked who they are.
    """

    slack_user_id = CharField()
    source = word_of(LeadSource, "source")
    seen_at = UtcDateTimeField()

    class Meta:
        table_name = "known_leads"
        indexes = ((("slack_user_id", "source"), True),)


class Use(Table):
    """One use of something that each person may do only so often: `word`, and `about` what."""

    slack_user_id = CharField()
    word = CharField()
    about = CharField()
    used_at = UtcDateTimeField()

    class Meta:
        table_name = "uses"
        indexes = ((("slack_user_id", "word", "used_at"), False),)


class Heartbeat(Table):
    """The running process's heartbeat: one row, renewed every minute.

    `slack_answered_at` and `twilio_answered_at` are when each last did what it was asked for.
    `ticked_at` is when the last tick succeeded (None: none has since the start), `trouble` what is
    wrong with the machine, for example that its clock has stopped.
    """

    beaten_at = UtcDateTimeField()
    started_at = UtcDateTimeField()
    slack_connected = BooleanField()
    detail = TextField()
    slack_answered_at = UtcDateTimeField(null=True)
    twilio_answered_at = UtcDateTimeField(null=True)
    ticked_at = UtcDateTimeField(null=True)
    trouble = TextField(null=True)

    class Meta:
        table_name = "heartbeat"


def _plain(value: object) -> str:
    if isinstance(value, datetime | date):
        return value.isoformat()
    raise TypeError(f"an audit entry cannot hold {value!r}")


ALL_TABLES: tuple[type[Table], ...] = (
    Team,
    Member,
    Shift,
    RotationChange,
    RotationMark,
    Assignment,
    Override,
    Proposal,
    Notification,
    DeliveryAttempt,
    Phone,
    Reply,
    AuditEntry,
    Admin,
    KnownLead,
    Use,
    Heartbeat,
)
