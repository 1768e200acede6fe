"""The rotation's state as a place in the cycle: each week that is planned keeps its people.

Until now the place was the number of weeks since the anchor, modulo the size of the queue, so a
change of the roster moved everybody. What is stored was planned so, and people rely on it: of each
week it is written down who had the first shift, and who has a shift out of turn.
"""

from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from peewee import SQL, CharField, Check, DateField, DateTimeField, ForeignKeyField, Model

FIRST_MONDAY = date(1970, 1, 5)
STRATEGIES = "CHECK (strategy IN ('circular', 'round_robin'))"


class Table(Model):
    class Meta:
        legacy_table_names = False


class Team(Table):
    class Meta:
        table_name = "teams"


class Member(Table):
    class Meta:
        table_name = "team_members"


class Shift(Table):
    class Meta:
        table_name = "shifts"


class RotationMark(Table):
    team = ForeignKeyField(Team, backref="rotation_marks", index=False)
    effective_from = DateField()
    strategy = CharField(null=True, constraints=[SQL(STRATEGIES)])
    team_member = ForeignKeyField(Member, null=True, index=False)
    shift = ForeignKeyField(Shift, null=True, index=False)
    created_at = DateTimeField()

    class Meta:
        table_name = "rotation_marks"
        constraints = (Check("(strategy IS NULL) <> (team_member_id IS NULL)"),)
        indexes = ((("team", "effective_from"), False),)


def up(migrator, db):
    with db.bind_ctx([Team, Member, Shift, RotationMark]):
        db.create_tables([RotationMark])
    teams = db.execute_sql("SELECT id, time_zone, created_at FROM teams").fetchall()
    for team, zone, created in teams:
        marks = [(team, *mark, created) for mark in _marks(db, team, zone)]
        for mark in marks:
            db.execute_sql(
                "INSERT INTO rotation_marks"
                " (team_id, effective_from, team_member_id, shift_id, created_at)"
                " VALUES (?, ?, ?, ?, ?)",
                mark,
            )


def _marks(db, team, zone):
    """Yield (Monday, member, shift or None) of every week that is stored."""
    changes = db.execute_sql(
        "SELECT kind, team_member_id, effective_from, position FROM rotation_changes"
        " WHERE team_id = ? ORDER BY effective_from, id",
        (team,),
    ).fetchall()
    shifts = db.execute_sql(
        "SELECT id, active_from, active_until FROM shifts WHERE team_id = ?"
        " ORDER BY shift_number, id",
        (team,),
    ).fetchall()
    there = _zone(zone)
    weeks = {}
    for week, shift, member in db.execute_sql(
        "SELECT week_number, shift_id, team_member_id FROM schedule WHERE team_id = ?", (team,)
    ):
        weeks.setdefault(week, {})[shift] = member
    for week, stored in sorted(weeks.items()):
        monday = FIRST_MONDAY + timedelta(weeks=week)
        queue = _queue(changes, monday.isoformat())
        regular = _regular(shifts, monday, there)
        places = Counter(
            (queue.index(stored[shift]) - nth) % len(queue)
            for nth, shift in enumerate(regular)
            if stored.get(shift) in queue
        )
        if not places:
            continue
        place = places.most_common(1)[0][0]
        yield monday.isoformat(), queue[place], None
        dealt = {shift: queue[(place + nth) % len(queue)] for nth, shift in enumerate(regular)}
        for shift, member in stored.items():
            if dealt.get(shift) != member:
                yield monday.isoformat(), member, shift


def _queue(changes, monday):
    queue = []
    for kind, member, effective_from, position in changes:
        if effective_from > monday:
            break
        if member in queue:
            queue.remove(member)
        if kind != "leave":
            queue.insert(len(queue) if position is None else position - 1, member)
    return queue


def _regular(shifts, monday, zone):
    """Return the ids of the shifts that the week deals: those in force as it begins."""
    begins = datetime.combine(monday, time(), tzinfo=zone).astimezone(UTC)
    opens = begins.replace(tzinfo=None).isoformat(" ", "microseconds")
    return [s for s, since, until in shifts if since <= opens and (until is None or until > opens)]


def _zone(name):
    """Return a time zone; UTC for one that is unknown here, so that the upgrade works."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return UTC
