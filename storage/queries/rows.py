"""Rows of any table as they are stored, to be saved, compared and restored."""

from datetime import datetime
from typing import Any

from storage.database import database, stored_instant

Row = dict[str, Any]


# The rows of a team that a change at `since` could affect, by table.
_OF_TEAM = {
    "teams": "id = :team",
    "team_members": "team_id = :team",
    "shifts": "team_id = :team",
    "rotation_changes": "team_id = :team",
    "rotation_marks": "team_id = :team",
    "overrides": "team_id = :team AND end_datetime >= :since",
    "admins": "team_id = :team OR team_id IS NULL",
}


def of_team(team: int, since: datetime) -> dict[tuple[str, int], Row]:
    """Return the rows that a change of a team at `since` could affect, by table and id."""
    return {
        (table, number): columns
        for table, where in _OF_TEAM.items()
        for number, columns in _selected(
            table, where, {"team": team, "since": stored_instant(since)}
        )
    }


def one(table: str, number: int) -> Row | None:
    """Return the columns of a row, None if there is none."""
    return next((columns for _, columns in _selected(table, "id = :id", {"id": number})), None)


def update(table: str, number: int, columns: Row) -> None:
    """Set columns of a row."""
    sets = ", ".join(f"{name} = ?" for name in columns)
    database.execute_sql(f"UPDATE {table} SET {sets} WHERE id = ?", (*columns.values(), number))


def insert(table: str, number: int | None, columns: Row) -> None:
    """Insert a row with this id or, if it's None, the next one."""
    row = columns if number is None else {"id": number, **columns}
    names, marks = ", ".join(row), ", ".join("?" * len(row))
    database.execute_sql(f"INSERT INTO {table} ({names}) VALUES ({marks})", (*row.values(),))


def delete(table: str, number: int) -> None:
    """Delete a row."""
    database.execute_sql(f"DELETE FROM {table} WHERE id = ?", (number,))


def _selected(table: str, where: str, values: dict[str, object]) -> list[tuple[int, Row]]:
    cursor = database.execute_sql(f"SELECT * FROM {table} WHERE {where}", values)
    names = [column[0] for column in cursor.description]
    found = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    return [(columns.pop("id"), columns) for columns in found]
