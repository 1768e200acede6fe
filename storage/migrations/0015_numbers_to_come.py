"""A member may be in a team before their phone number is known."""

NEEDED, OPEN = '"phone" VARCHAR(255) NOT NULL', '"phone" VARCHAR(255)'


def up(migrator, db):
    # SQLite can't lift a NOT NULL: the table is made again, filled, and takes the name of the old
    # one. It's made of the statement that is stored, so it has every column and check of the old.
    (made,) = db.execute_sql(
        "SELECT sql FROM sqlite_master WHERE type = 'table' AND name = 'team_members'"
    ).fetchone()
    indexes = [
        statement
        for (statement,) in db.execute_sql(
            "SELECT sql FROM sqlite_master WHERE type = 'index' AND tbl_name = 'team_members'"
        ).fetchall()
        if statement
    ]
    db.execute_sql(made.replace('"team_members"', '"team_members_new"', 1).replace(NEEDED, OPEN, 1))
    db.execute_sql('INSERT INTO "team_members_new" SELECT * FROM "team_members"')
    db.execute_sql('DROP TABLE "team_members"')
    db.execute_sql('ALTER TABLE "team_members_new" RENAME TO "team_members"')
    for statement in indexes:
        db.execute_sql(statement)
