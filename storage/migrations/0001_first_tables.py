"""The tables as they were at first: a frozen copy, independent of today's models."""

from peewee import (
    SQL,
    BooleanField,
    CharField,
    Check,
    DateField,
    DateTimeField,
    ForeignKeyField,
    IntegerField,
    Model,
    TextField,
)

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
STRATEGIES = ("circular", "round_robin")
CHANGE_KINDS = ("join", "leave", "reorder")
NOTIFICATION_KINDS = ("sms", "announcement")
NOTIFICATION_STATUSES = (
    "pending",
    "sending",
    "retrying",
    "uncertain",
    "sent",
    "delivered",
    "undelivered",
    "failed",
    "expired",
    "cancelled",
    "skipped",
)
ATTEMPT_OUTCOMES = ("sent", "temporary", "permanent", "uncertain")


def one_of(column: str, words: tuple[str, ...]) -> SQL:
    return SQL(f"CHECK ({column} IN ({', '.join(repr(word) for word in words)}))")


class Table(Model):
    class Meta:
        legacy_table_names = False


class Team(Table):
    name = CharField(unique=True)
    channel_id = CharField(null=True)
    time_zone = CharField()
    notify_at = CharField()
    strategy = CharField(constraints=[one_of("strategy", STRATEGIES)])
    anchor = DateField()
    weeks_ahead = IntegerField(constraints=[Check("weeks_ahead BETWEEN 1 AND 104")])
    planned_until = DateTimeField()
    created_at = DateTimeField()

    class Meta:
        table_name = "teams"


class Member(Table):
    team = ForeignKeyField(Team, backref="members", index=False)
    name = CharField()
    phone = CharField()
    slack_user_id = CharField(null=True)
    time_zone = CharField(null=True)
    is_active = BooleanField()
    created_at = DateTimeField()
    updated_at = DateTimeField()

    class Meta:
        table_name = "team_members"
        indexes = (
            (("team", "phone"), True),
            (("team", "slack_user_id"), True),
            (("team", "is_active"), False),
            (("slack_user_id",), False),
        )


class Shift(Table):
    team = ForeignKeyField(Team, backref="shifts", index=False)
    shift_number = IntegerField(constraints=[Check("shift_number >= 1")])
    day_of_week = CharField(constraints=[one_of("day_of_week", DAYS)])
    start_time = CharField()
    duration_hours = IntegerField(constraints=[Check("duration_hours BETWEEN 1 AND 168")])
    active_from = DateTimeField()
    active_until = DateTimeField(null=True)
    created_at = DateTimeField()

    class Meta:
        table_name = "shifts"


Shift.add_index(
    Shift.index(Shift.team, Shift.shift_number, unique=True, where=Shift.active_until.is_null())
)


class RotationChange(Table):
    team = ForeignKeyField(Team, backref="rotation_changes", index=False)
    team_member = ForeignKeyField(Member, index=False)
    kind = CharField(constraints=[one_of("kind", CHANGE_KINDS)])
    effective_from = DateField()
    position = IntegerField(null=True)
    vacated_at = DateTimeField(null=True)
    created_at = DateTimeField()

    class Meta:
        table_name = "rotation_changes"
        indexes = ((("team", "effective_from"), False),)


class Assignment(Table):
    team = ForeignKeyField(Team, backref="assignments", index=False)
    team_member = ForeignKeyField(Member, index=False)
    shift = ForeignKeyField(Shift, index=False)
    week_number = IntegerField()
    start_datetime = DateTimeField()
    end_datetime = DateTimeField()
    created_at = DateTimeField()

    class Meta:
        table_name = "schedule"
        constraints = (Check("end_datetime > start_datetime"),)
        indexes = (
            (("shift", "week_number"), True),
            (("team", "start_datetime"), False),
            (("team_member", "start_datetime"), False),
        )


class Override(Table):
    team = ForeignKeyField(Team, backref="overrides", index=False)
    team_member = ForeignKeyField(Member, index=False)
    start_datetime = DateTimeField()
    end_datetime = DateTimeField()
    reason = TextField(null=True)
    created_by = CharField()
    created_at = DateTimeField()
    cancelled_at = DateTimeField(null=True)

    class Meta:
        table_name = "overrides"
        constraints = (Check("end_datetime > start_datetime"),)
        indexes = ((("team", "start_datetime"), False),)


class Notification(Table):
    team = ForeignKeyField(Team, backref="notifications", index=False)
    schedule = ForeignKeyField(Assignment, null=True, on_delete="SET NULL", index=False)
    team_member = ForeignKeyField(Member, null=True, index=False)
    kind = CharField(constraints=[one_of("kind", NOTIFICATION_KINDS)])
    purpose = CharField()
    text = TextField()
    about = CharField(null=True)
    due_at = DateTimeField()
    dedupe_key = CharField(unique=True)
    status = CharField(constraints=[one_of("status", NOTIFICATION_STATUSES)])
    attempts = IntegerField(default=0)
    next_attempt_at = DateTimeField(null=True)
    claimed_at = DateTimeField(null=True)
    sent_at = DateTimeField(null=True)
    twilio_sid = CharField(null=True)
    slack_ts = CharField(null=True)
    error_code = CharField(null=True)
    error_message = TextField(null=True)
    acknowledged_at = DateTimeField(null=True)
    created_at = DateTimeField()

    class Meta:
        table_name = "notification_log"
        indexes = (
            (("status", "next_attempt_at"), False),
            (("team", "due_at"), False),
            (("schedule",), False),
            (("sent_at",), False),
        )


class DeliveryAttempt(Table):
    notification = ForeignKeyField(Notification, backref="tries", on_delete="CASCADE", index=False)
    number = IntegerField()
    started_at = DateTimeField()
    finished_at = DateTimeField(null=True)
    outcome = CharField(null=True, constraints=[one_of("outcome", ATTEMPT_OUTCOMES)])
    error_code = CharField(null=True)
    error_message = TextField(null=True)

    class Meta:
        table_name = "delivery_attempts"
        indexes = ((("notification", "number"), True),)


class AuditEntry(Table):
    team = ForeignKeyField(Team, backref="audit_entries", index=False)
    actor = CharField()
    action = CharField()
    before = TextField(null=True)
    after = TextField(null=True)
    created_at = DateTimeField()

    class Meta:
        table_name = "audit_log"
        indexes = ((("team", "created_at"), False),)


class Heartbeat(Table):
    beaten_at = DateTimeField()
    started_at = DateTimeField()
    slack_connected = BooleanField()
    detail = TextField()

    class Meta:
        table_name = "heartbeat"


TABLES = (
    Team,
    Member,
    Shift,
    RotationChange,
    Assignment,
    Override,
    Notification,
    DeliveryAttempt,
    AuditEntry,
    Heartbeat,
)


def up(migrator, db):
    with db.bind_ctx(TABLES):
        db.create_tables(TABLES)
