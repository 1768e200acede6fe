"""What could only be read out of keys and texts gets columns; a purpose is one of those known."""

PURPOSES = (
    "daily",
    "handoff",
    "second",
    "again",
    "direct",
    "escalation",
    "warning",
    "clear",
    "missed",
    "preflight",
    "channel",
    "gap",
    "said",
    "summary",
    "test",
    "hello",
    "answer",
    "stopped",
    "off",
    "moved",
    "swap",
    "unread",
    "unheard",
    "no receipts",
)
STATUSES = (
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


def one_of(column, words):
    return f"CHECK ({column} IN ({', '.join(repr(word) for word in words)}))"


TABLE = f"""
CREATE TABLE "notification_log_new" ("id" INTEGER NOT NULL PRIMARY KEY,
"team_id" INTEGER NOT NULL, "schedule_id" INTEGER,
"team_member_id" INTEGER,
"kind" VARCHAR(255) NOT NULL {one_of("kind", ("sms", "announcement", "direct"))},
"purpose" VARCHAR(255) NOT NULL {one_of("purpose", PURPOSES)},
"text" TEXT NOT NULL, "about" VARCHAR(255), "due_at" DATETIME NOT NULL,
"dedupe_key" VARCHAR(255) NOT NULL,
"status" VARCHAR(255) NOT NULL {one_of("status", STATUSES)},
"attempts" INTEGER NOT NULL, "next_attempt_at" DATETIME, "claimed_at" DATETIME,
"sent_at" DATETIME, "twilio_sid" VARCHAR(255), "slack_ts" VARCHAR(255),
"error_code" VARCHAR(255), "error_message" TEXT, "acknowledged_at" DATETIME,
"created_at" DATETIME NOT NULL, "buttons" TEXT, "phone" VARCHAR(255), "fallback_of_id" INTEGER,
"watch_at" DATETIME, "delivered_at" DATETIME, "acknowledged_by_id" INTEGER,
"acknowledged_in" VARCHAR(255), "segments" INTEGER, "price" INTEGER, "price_unit" VARCHAR(255),
"shown" TEXT, "slack_user_id" VARCHAR(255), "cleared_at" DATETIME,
"more" INTEGER NOT NULL DEFAULT 0, "twilio_status" VARCHAR(255), "revisit_at" DATETIME,
"leaves_at" DATETIME, "event" VARCHAR(255), "moved_aside_at" DATETIME, "stands_for_id" INTEGER,
"proposal_id" INTEGER, "ambiguous" INTEGER NOT NULL DEFAULT 0,
FOREIGN KEY ("team_id") REFERENCES "teams" ("id"),
FOREIGN KEY ("schedule_id") REFERENCES "schedule" ("id") ON DELETE SET NULL,
FOREIGN KEY ("team_member_id") REFERENCES "team_members" ("id"),
FOREIGN KEY ("fallback_of_id") REFERENCES "notification_log" ("id") ON DELETE SET NULL,
FOREIGN KEY ("acknowledged_by_id") REFERENCES "team_members" ("id"),
FOREIGN KEY ("stands_for_id") REFERENCES "notification_log" ("id") ON DELETE SET NULL,
FOREIGN KEY ("proposal_id") REFERENCES "proposals" ("id") ON DELETE SET NULL)
"""
INDEXES = (
    ("UNIQUE INDEX", "dedupe_key", ("dedupe_key",)),
    ("INDEX", "status_next_attempt_at", ("status", "next_attempt_at")),
    ("INDEX", "team_id_due_at", ("team_id", "due_at")),
    ("INDEX", "schedule_id", ("schedule_id",)),
    ("INDEX", "sent_at", ("sent_at",)),
    ("INDEX", "fallback_of_id", ("fallback_of_id",)),
    ("INDEX", "watch_at", ("watch_at",)),
    ("INDEX", "revisit_at", ("revisit_at",)),
    ("INDEX", "event", ("event",)),
    ("INDEX", "stands_for_id", ("stands_for_id",)),
    ("INDEX", "proposal_id", ("proposal_id",)),
)

# A key moved aside was 'early:', an instant of 26 characters, ':', the key before, '#', the id.
KEY = """CASE WHEN dedupe_key LIKE 'early:%'
THEN substr(dedupe_key, 34, length(dedupe_key) - 33 - length('#' || id)) ELSE dedupe_key END"""
# All up to the last colon: what is no colon is taken off the end, then the colon.
UP_TO_COLON = f"""substr({KEY}, 1, length(rtrim({KEY}, replace({KEY}, ':', ''))) - 1)"""
# What follows the first colon, as far as it is a number.
NUMBER = f"CAST(substr({KEY}, instr({KEY}, ':') + 1) AS INTEGER)"

FILLED = (
    f"""UPDATE notification_log_new SET event = {UP_TO_COLON}
    WHERE kind <> 'direct' AND purpose IN ('daily', 'handoff', 'summary')""",
    f"""UPDATE notification_log_new SET event = {KEY}
    WHERE kind = 'announcement' AND purpose = 'preflight'""",
    f"""UPDATE notification_log_new SET event = {UP_TO_COLON}
    WHERE kind = 'announcement' AND purpose = 'missed' AND {KEY} LIKE 'unposted:%'""",
    """UPDATE notification_log_new SET moved_aside_at = substr(dedupe_key, 7, 26)
    WHERE dedupe_key LIKE 'early:%'""",
    f"""UPDATE notification_log_new SET stands_for_id = {NUMBER}
    WHERE kind = 'direct' AND {KEY} LIKE 'lead:%'
    AND {NUMBER} IN (SELECT id FROM notification_log)""",
    f"""UPDATE notification_log_new SET proposal_id = {NUMBER}
    WHERE kind = 'direct' AND purpose IN ('swap', 'moved')
    AND {NUMBER} IN (SELECT id FROM proposals)""",
    """UPDATE notification_log_new SET ambiguous = 1
    WHERE status = 'failed' AND error_message LIKE 'It may have gone out all the same.%'""",
    """UPDATE notification_log_new SET cleared_at = coalesce(delivered_at, created_at)
    WHERE purpose = 'warning' AND cleared_at IS NULL AND text LIKE ':white_check_mark:%'""",
)


def up(migrator, db):
    # SQLite cannot add a CHECK: the table is rebuilt, filled, and takes the name of the old one.
    # Foreign keys are not enforced meanwhile, so the attempts of the old one stay.
    columns = ", ".join(f'"{one.name}"' for one in db.get_columns("notification_log"))
    db.execute_sql(" ".join(TABLE.split()))
    db.execute_sql(
        f'INSERT INTO "notification_log_new" ({columns}) SELECT {columns} FROM "notification_log"'
    )
    for statement in FILLED:
        db.execute_sql(statement)
    db.execute_sql('DROP TABLE "notification_log"')
    db.execute_sql('ALTER TABLE "notification_log_new" RENAME TO "notification_log"')
    for kind, name, indexed in INDEXES:
        listed = ", ".join(f'"{column}"' for column in indexed)
        db.execute_sql(f'CREATE {kind} "notification_log_{name}" ON "notification_log" ({listed})')
