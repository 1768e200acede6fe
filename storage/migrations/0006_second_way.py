"""Direct messages to leads who are in no team, warnings that are cleared, limits per person."""


def up(migrator, db):
    db.execute_sql('ALTER TABLE "notification_log" ADD COLUMN "slack_user_id" VARCHAR(255)')
    db.execute_sql('ALTER TABLE "notification_log" ADD COLUMN "cleared_at" DATETIME')
    db.execute_sql('ALTER TABLE "notification_log" ADD COLUMN "more" INTEGER NOT NULL DEFAULT 0')
    db.execute_sql(
        'CREATE TABLE "known_leads" ("id" INTEGER NOT NULL PRIMARY KEY,'
        ' "slack_user_id" VARCHAR(255) NOT NULL, "source" VARCHAR(255) NOT NULL'
        " CHECK (source IN ('workspace', 'setting')), \"seen_at\" DATETIME NOT NULL)"
    )
    db.execute_sql(
        'CREATE UNIQUE INDEX "known_leads_slack_user_id_source"'
        ' ON "known_leads" ("slack_user_id", "source")'
    )
    db.execute_sql(
        'CREATE TABLE "uses" ("id" INTEGER NOT NULL PRIMARY KEY,'
        ' "slack_user_id" VARCHAR(255) NOT NULL, "word" VARCHAR(255) NOT NULL,'
        ' "about" VARCHAR(255) NOT NULL, "used_at" DATETIME NOT NULL)'
    )
    db.execute_sql(
        'CREATE INDEX "uses_slack_user_id_word_used_at"'
        ' ON "uses" ("slack_user_id", "word", "used_at")'
    )
