"""The tables and their named queries.

CHECK constraints guard every enum of `statuses`, so that no code path can store a value that
others don't understand.
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

# Shifts last at most a week and overrides at most eight, so what is in force at an instant started
# at most that long before. That bounds every query about a span, however long the history is. A
# week in which the clocks go back has an hour more.
LONGEST_SHIFT = timedelta(hours=169)
LONGEST_OVERRIDE = timedelta(weeks=8)
# SMS segments that a team may send within 24 hours by default; a busy day takes dozens.
MOST_SEGMENTS = 200

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
STRATEGIES = ("circular", "round_robin")
CLOCKS = ("auto", "12", "24")
CHANGE_KINDS = ("join", "leave", "reorder")
# Twilio's statuses of an SMS that it has accepted and not sent on yet.
HELD_STATUSES = ("accepted", "scheduled", "queued")


def one_of(column: str, words: Iterable[str]) -> SQL:
    """Return a CHECK that `column` has one of these values."""
    return SQL(f"CHECK ({column} IN {in_sql(words)})")


class _WordAccessor(FieldAccessor):
    def __set__(self, instance: Model, value: str | None) -> None:
        super().__set__(instance, self.field.python_value(value))


class _WordField(CharField):
    """An enum's value: read as its member, even if it was set as plain text."""

    accessor_class = _WordAccessor

    def __init__(self, words: type[StrEnum], **options: Any) -> None:
        self._words = words
        super().__init__(**options)

    def python_value(self, value: str | None) -> StrEnum | None:
        return None if value is None else self._words(value)


def word_of(words: type[W], column: str) -> CharField[W]:
    """Return a column of this name for an enum."""
    return cast("CharField[W]", _WordField(words, constraints=[one_of(column, words)]))


def word_or_none(words: type[W], column: str) -> CharField[W | None]:
    """Return a column of this name for an enum, which may be empty."""
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

    clock: '12' or '24' hours, or 'auto' for the custom in the zone's country
    anchor: the Monday of week 0 of the rotation
    planned_until: the instant up to which all due notifications have been written
    sms_text: the team's own wording of the morning's SMS
    second_day_sms: whether later days of a long shift get one too
    confirm_within: minutes in which the person on call must confirm (None: they needn't)
    weekly_summary: whether the week's list is posted on Mondays
    most_segments: the cap on SMS segments within 24 hours
    begins_at: no shift begins before this, for a team set up to begin later (None: at once)
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
        """Tell whether there is more than one team, so that a command may have to name one."""
        return bool(cls.select().count() > 1)

    @classmethod
    def of_channel(cls, channel: str) -> Self | None:
        """Return the team of a channel; None if it has none."""
        # Plain SQL, because every command needs this, and the query builder is ten times slower.
        found = cls.raw("SELECT * FROM teams WHERE channel_id = ?", channel)
        return next(iter(found), None)


class Member(Table):
    """A person in a team. Members who leave stay as inactive rows, because the history names them.

    phone: None until somebody enters it; a member without one is in Slack, and is asked there
    second_phone: tried when the first one fails
    escalates: whether they are an escalation contact, texted when the person on call can't be
        reached; they needn't take turns themselves
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
        # Plain SQL, because every command needs this, and the query builder is ten times slower.
        sql = "SELECT * FROM team_members WHERE team_id = ? AND slack_user_id = ?"
        return next(iter(cls.raw(sql, team.id, user)), None)

    @classmethod
    def of_team(cls, team: Team) -> list[Self]:
        """Return the team's members, those who left included, in the order they came."""
        return list(cls.select().where(cls.team == team).order_by(cls.id))


class Shift(Table):
    """A weekly slot, in force from `active_from` until `active_until` (None: open-ended).

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
    """A dated change of the queue; a week's queue is the fold of the changes up to its Monday.

    `position` (1-based) is the place of a member who joins or moves; None is the end. `vacated_at`
    is the instant from which a leaver takes no shifts of the running week either.
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
    """What applies to the rotation from a Monday on, or in its week, besides who takes turns.

    Either the `strategy` from then on, or the `team_member` who has the week's first turn or, with
    a `shift`, that shift in that week. Marks of a week preserve a plan that would now come out
    differently; a later change of that week's rotation ends them.
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
    """A member's span on call, generated from a shift by the rotation.

    `week_number` counts weeks from Monday 1970-01-05. Together with the shift it is unique, so a
    regeneration can't create a day twice.
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
    """A span in which someone else is on call. It covers assignments without referring to them."""

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
    """A change that somebody asked for, from the preview to its undo.

    facts: its operation's params as JSON, with absolute times
    fingerprint: shows whether it would still do what the preview showed
    asked: the Slack user who has to agree, if that isn't the `actor`
    touched: the rows before and after as JSON, for the undo
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

    schedule: the assignment in force, if it is about one
    about: the ids of the members whom the text says are on call ('3' or '3,7', '' for nobody, None
        if it doesn't say); this is checked again before sending
    next_attempt_at: when to try again, to look it up or to poll; for a post, when to refresh it
    buttons: below a post or direct message, as JSON: [[label, what it runs], ...]
    phone: the number of the last attempt
    slack_user_id: the recipient of a direct message who needn't be a member, such as a lead
    fallback_of: the SMS that didn't reach its person, so that this one was written
    watch_at: when to check an SMS's chain, and take the next step if it didn't reach its person
    delivered_at: when it was delivered, as Twilio reports it
    acknowledged_by, acknowledged_in: the member who confirmed it, and where ('sms' or 'slack')
    segments, price: its size, and its cost in millionths of `price_unit`
    shown: a post as it is in Slack
    event: shared by all notifications of an event, for example 'daily:1:2026-11-24'
    moved_aside_at: the instant up to which was planned when the clock was set back, if this was for
        a later day
    stands_for: the post whose news a direct message carries, because the channel couldn't
    proposal: the change that it is about
    ambiguous: it failed, but may have been sent anyway
    cleared_at: since when the trouble that a warning is about is over
    more: how many further replies a post about a reply stands for
    twilio_status: Twilio's own status of an SMS when it was last polled
    revisit_at: when to poll a settled SMS for what is missing, mostly its price
    leaves_at: when it left Twilio's queue, or should (None: when Twilio accepted it)
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
        # A save must not overwrite what others wrote to other columns meanwhile.
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
        """The recipient of an SMS or a direct message. Raises ValueError for a post."""
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
        """Whether Twilio has accepted an SMS and, when last polled, hadn't sent it on."""
        return self.status == Status.SENT and self.twilio_status in HELD_STATUSES

    @property
    def of_same_event(self) -> Expression:
        """A condition that matches the notifications of the same event."""
        if self.event is None:
            return Notification.id == self.id
        aside = Notification.moved_aside_at
        same_clock = aside == self.moved_aside_at if self.moved_aside_at else aside.is_null()
        return (Notification.event == self.event) & same_clock

    @property
    def root(self) -> Notification:
        """The SMS of whose chain this is part, or this notification itself."""
        return self.fallback_of or self


class Phone(Table):
    """What we know about a phone number, whoever has it.

    confirmed_at: when its owner first confirmed it: by OK to a text of ours, or by START
    opted_out_at: since when it has opted out
    no_receipts_at: since when we expect no receipts from its carrier
    unheard_at: since when replies are lost; the number is a messaging service's SID then
    """

    number = CharField(unique=True)
    confirmed_at = UtcDateTimeField(null=True)
    opted_out_at = UtcDateTimeField(null=True)
    no_receipts_at = UtcDateTimeField(null=True)
    unheard_at = UtcDateTimeField(null=True)

    class Meta:
        table_name = "phones"


class Reply(Table):
    """A text that somebody sent us, and what it means."""

    sid = CharField(unique=True)
    phone = CharField()
    body = TextField()
    received_at = UtcDateTimeField()
    meaning = word_of(Meaning, "meaning")

    class Meta:
        table_name = "replies"
        indexes = ((("received_at",), False), (("phone", "received_at"), False))


class DeliveryAttempt(Table):
    """One attempt to deliver a notification. Without `finished_at`, the process died during it."""

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
    """Who changed what, when, from what to what; written in the transaction of the change."""

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

        It is logged once the transaction is committed.
        """

        def stored(facts: dict[str, Any] | None) -> str | None:
            return None if facts is None else json.dumps(facts, default=_plain, sort_keys=True)

        cls.create(
            team=team,
            actor=actor,
            action=action,
            before=stored(before),
            after=stored(after),
            created_at=at,
        )
        once_kept(_log_changes, (team.id, team.name, actor, action))


def _log_changes(entries: list[tuple[int, str, str, str]]) -> None:
    """Log what one unit of work changed: one line for each team and actor."""
    changes: dict[tuple[int, str, str], Counter[str]] = {}
    for team, name, actor, action in entries:
        changes.setdefault((team, name, actor), Counter())[action] += 1
    for (team, name, actor), actions in changes.items():
        done = [f"{action} ({times})" if times > 1 else action for action, times in actions.items()]
        log.info(
            "changed by %s in %s: %s",
            actor,
            name,
            ", ".join(done),
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
    """Somebody who leads every team, according to Slack or ONCALL_ADMINS.

    Stored so that we can reach them when Slack can't be asked who they are.
    """

    slack_user_id = CharField()
    source = word_of(LeadSource, "source")
    seen_at = UtcDateTimeField()

    class Meta:
        table_name = "known_leads"
        indexes = ((("slack_user_id", "source"), True),)


class Use(Table):
    """One use of something that is limited per person: `word`, and `about` what."""

    slack_user_id = CharField()
    word = CharField()
    about = CharField()
    used_at = UtcDateTimeField()

    class Meta:
        table_name = "uses"
        indexes = ((("slack_user_id", "word", "used_at"), False),)


class Heartbeat(Table):
    """The running process's heartbeat: one row, renewed every minute.

    slack_answered_at, twilio_answered_at: when each last answered a request
    ticked_at: when the last tick succeeded (None: none has since the start)
    trouble: what is wrong with the machine, for example that its clock has stopped
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
