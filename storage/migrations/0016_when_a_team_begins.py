"""From when on anybody is on call in a team, where it was set up before that."""


def up(migrator, db):
    db.execute_sql('ALTER TABLE "teams" ADD COLUMN "begins_at" DATETIME')
