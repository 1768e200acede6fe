"""Changes that wait for a Confirm and can be undone; admins by name; direct messages."""

from peewee import SQL, CharField, DateTimeField, ForeignKeyField, IntegerField, Model, TextField

STATUSES = ("open", "done", "declined", "discarded", "undone")
KINDS = ("sms", "announcement", "direct")
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


def one_of(column: str, words: tuple[str, ...]) -> SQL:
    return SQL(f"CHECK ({column} IN ({', '.join(repr(word) for word in words)}))")


class Table(Model):
    class Meta:
        legacy_table_names = False


class Team(Table):
    class Meta:
        table_name = "teams"


class Member(Table):
    class Meta:
        table_name = "team_members"


class Assignment(Table):
    class Meta:
        table_name = "schedule"


class Notification(Table):
    team = ForeignKeyField(Team, backref="notifications", index=False)
    schedule = ForeignKeyField(Assignment, null=True, on_delete="SET NULL", index=False)
    team_member = ForeignKeyField(Member, null=True, index=False)
    kind = CharField(constraints=[one_of("kind", KINDS)])
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
    buttons = TextField(null=True)

    class Meta:
        table_name = "notification_log"
        indexes = (
            (("status", "next_attempt_at"), False),
            (("team", "due_at"), False),
            (("schedule",), False),
            (("sent_at",), False),
        )


class Admin(Table):
    slack_user_id = CharField(unique=True)
    added_by = CharField()
    created_at = DateTimeField()

    class Meta:
        table_name = "admins"


class Proposal(Table):
    team = ForeignKeyField(Team, backref="proposals", index=False)
    actor = CharField()
    asked = CharField(null=True)
    kind = CharField()
    facts = TextField()
    title = TextField()
    fingerprint = CharField()
    status = CharField(constraints=[one_of("status", STATUSES)])
    touched = TextField(null=True)
    created_at = DateTimeField()
    settled_at = DateTimeField(null=True)

    class Meta:
        table_name = "proposals"
        indexes = ((("team", "status", "settled_at"), False),)


def up(migrator, db):
    db.execute_sql('ALTER TABLE "teams" ADD COLUMN "sms_text" TEXT')
    db.execute_sql('ALTER TABLE "teams" ADD COLUMN "second_day_sms" INTEGER NOT NULL DEFAULT 1')
    _widen_notifications(db)
    with db.bind_ctx([Team, Admin, Proposal]):
        db.create_tables([Admin, Proposal])


def _widen_notifications(db):
    # SQLite cannot change a CHECK: the table is rebuilt. Where foreign keys are enforced,
    # dropping the old one takes the attempts along (ON DELETE CASCADE), so they are kept aside.
    columns = ", ".join(f'"{one.name}"' for one in db.get_columns("notification_log"))
    for table in ("notification_log", "delivery_attempts"):
        db.execute_sql(f'CREATE TABLE "{table}_kept" AS SELECT * FROM "{table}"')
    db.execute_sql('DROP TABLE "notification_log"')
    with db.bind_ctx([Team, Member, Assignment, Notification]):
        db.create_tables([Notification])
    db.execute_sql(
        f'INSERT INTO "notification_log" ({columns}) SELECT {columns} FROM "notification_log_kept"'
    )
    db.execute_sql('DELETE FROM "delivery_attempts"')
    db.execute_sql('INSERT INTO "delivery_attempts" SELECT * FROM "delivery_attempts_kept"')
    for table in ("notification_log", "delivery_attempts"):
        db.execute_sql(f'DROP TABLE "{table}_kept"')
