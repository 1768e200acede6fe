"""The clock on which a team reads times: 12 or 24 hours, or as the country of its zone has it."""

CLOCK = """"clock" VARCHAR(255) NOT NULL CHECK (clock IN ('auto', '12', '24')) DEFAULT 'auto'"""


def up(migrator, db):
    db.execute_sql(f'ALTER TABLE "teams" ADD COLUMN {CLOCK}')
