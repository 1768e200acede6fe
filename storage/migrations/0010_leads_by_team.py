"""Whoever leads a team, by team; those who were named before lead every team, as they did."""

from peewee import CharField, DateTimeField, ForeignKeyField, Model


class Table(Model):
    class Meta:
        legacy_table_names = False


class Team(Table):
    class Meta:
        table_name = "teams"


class Admin(Table):
    team = ForeignKeyField(Team, null=True, backref="+", index=False)
    slack_user_id = CharField()
    added_by = CharField()
    created_at = DateTimeField()

    class Meta:
        table_name = "admins"
        indexes = ((("team", "slack_user_id"), True),)


Admin.add_index(Admin.index(Admin.slack_user_id, unique=True, where=Admin.team.is_null()))


def up(migrator, db):
    # SQLite can't drop the rule that a user is here only once: the table is rebuilt.
    columns = '"id", "slack_user_id", "added_by", "created_at"'
    db.execute_sql(f'CREATE TABLE "admins_kept" AS SELECT {columns} FROM "admins"')
    db.execute_sql('DROP TABLE "admins"')
    with db.bind_ctx([Team, Admin]):
        db.create_tables([Admin])
    db.execute_sql(f'INSERT INTO "admins" ({columns}) SELECT {columns} FROM "admins_kept"')
    db.execute_sql('DROP TABLE "admins_kept"')
