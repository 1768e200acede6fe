"""Messages that are followed to their end: fallbacks, confirmations, replies, costs."""

from peewee import SQL, CharField, DateTimeField, ForeignKeyField, IntegerField, Model, TextField

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
MEANINGS = ("ok", "stop", "start", "help", "who", "next", "other", "stranger")


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
    phone = CharField(null=True)
    fallback_of = ForeignKeyField("self", null=True, on_delete="SET NULL", index=False)
    watch_at = DateTimeField(null=True)
    delivered_at = DateTimeField(null=True)
    acknowledged_by = ForeignKeyField(Member, null=True, index=False, backref="+")
    acknowledged_in = CharField(null=True)
    segments = IntegerField(null=True)
    price = IntegerField(null=True)
    price_unit = CharField(null=True)
    shown = TextField(null=True)

    class Meta:
        table_name = "notification_log"
        indexes = (
            (("status", "next_attempt_at"), False),
            (("team", "due_at"), False),
            (("schedule",), False),
            (("sent_at",), False),
            (("fallback_of",), False),
            (("watch_at",), False),
        )


class Phone(Table):
    number = CharField(unique=True)
    confirmed_at = DateTimeField(null=True)
    opted_out_at = DateTimeField(null=True)

    class Meta:
        table_name = "phones"


class Reply(Table):
    sid = CharField(unique=True)
    phone = CharField()
    body = TextField()
    received_at = DateTimeField()
    meaning = CharField(constraints=[one_of("meaning", MEANINGS)])

    class Meta:
        table_name = "replies"
        indexes = ((("received_at",), False), (("phone", "received_at"), False))


def up(migrator, db):
    for table, column in (
        ("teams", '"confirm_within" INTEGER'),
        ("teams", '"weekly_summary" INTEGER NOT NULL DEFAULT 0'),
        ("teams", '"most_segments" INTEGER NOT NULL DEFAULT 200'),
        ("team_members", '"second_phone" VARCHAR(255)'),
        ("team_members", '"escalates" INTEGER NOT NULL DEFAULT 0'),
        ("heartbeat", '"slack_answered_at" DATETIME'),
        ("heartbeat", '"twilio_answered_at" DATETIME'),
    ):
        db.execute_sql(f'ALTER TABLE "{table}" ADD COLUMN {column}')
    _widen_notifications(db)
    with db.bind_ctx([Phone, Reply]):
        db.create_tables([Phone, Reply])
    # A post that is in Slack has arrived: it has been 'sent' until now.
    db.execute_sql(
        "UPDATE notification_log SET status = 'delivered' WHERE status = 'sent' AND kind != 'sms'"
    )
    # What is under way gets what follows each SMS from now on.
    db.execute_sql(
        "UPDATE notification_log SET watch_at = created_at WHERE kind = 'sms' AND purpose IN"
        " ('daily', 'handoff') AND (status IN ('pending', 'sending', 'retrying', 'uncertain')"
        " OR (status = 'sent' AND next_attempt_at IS NOT NULL))"
    )


def _widen_notifications(db):
    # SQLite cannot add a foreign key: the table is rebuilt. Where foreign keys are enforced,
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
