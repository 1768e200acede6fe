"""When an SMS left Twilio's queue, or is expected to, where that is not when Twilio took it."""


def up(migrator, db):
    db.execute_sql('ALTER TABLE "notification_log" ADD COLUMN "leaves_at" DATETIME')
