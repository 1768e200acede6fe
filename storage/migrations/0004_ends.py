"""Indexes by which a tick finds whether anything ended since the last one."""


def up(migrator, db):
    for table in ("schedule", "overrides"):
        db.execute_sql(
            f'CREATE INDEX "{table}_team_id_end_datetime" ON "{table}" ("team_id", "end_datetime")'
        )
