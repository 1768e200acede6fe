"""When the last tick succeeded, and what is wrong with the machine, in the heartbeat."""


def up(migrator, db):
    for column in ('"ticked_at" DATETIME', '"trouble" TEXT'):
        db.execute_sql(f'ALTER TABLE "heartbeat" ADD COLUMN {column}')
