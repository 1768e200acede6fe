"""What Twilio tells of an SMS after its receipt: the price, minutes or hours later."""


def up(migrator, db):
    for column in ('"twilio_status" VARCHAR(255)', '"revisit_at" DATETIME'):
        db.execute_sql(f'ALTER TABLE "notification_log" ADD COLUMN {column}')
    db.execute_sql(
        'CREATE INDEX "notification_log_revisit_at" ON "notification_log" ("revisit_at")'
    )
