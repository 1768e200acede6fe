"""Rows of our tables, asked for without what peewee's query builder costs for each column."""

from functools import cache
from typing import Any, TypeVar, cast

from peewee import OP, Context, Expression, Model, ModelObjectCursorWrapper, ModelSelect

M = TypeVar("M", bound=Model)


class Rows(ModelSelect):
    """A query that asks for rows of whole tables in words that are put together once a table.

    The builder does so at each query, column by column, and finds out again how to read each of
    what comes back. That takes longer than all else: a notification has 43.
    """

    def __init__(self, model: type[Model], selected: tuple[Any, ...], is_default: bool) -> None:
        super().__init__(model, selected, is_default)
        self._tables = selected
        whole = all(isinstance(one, type) for one in selected)
        self._theirs = self.selected_columns if whole else None

    @property
    def _of_tables(self) -> bool:
        # A copy of this query that selects something else has a list of its own.
        return self.selected_columns is self._theirs

    def __sql_selection__(self, ctx: Context, is_subquery: bool = False) -> Any:
        """Write what is selected."""
        if is_subquery or not self._of_tables:
            return super().__sql_selection__(ctx, is_subquery)
        named = [(table, ctx.alias_manager[table._meta.table]) for table in self._tables]
        return ctx.literal(", ".join([_columns(table, name) for table, name in named]))

    def _get_model_cursor_wrapper(self, cursor: Any) -> Any:
        reading = super()._get_model_cursor_wrapper(cursor)  # type: ignore[misc]  # no stub
        if self._of_tables and type(reading) is ModelObjectCursorWrapper:
            return _Reading(cursor, self.model, self.selected_columns, self.model)
        return reading


def id_in(table: type[Model], query: tuple[Any, ...]) -> int | None:
    """Return the id of the one row that is asked for; None if it is asked for by anything else."""
    match query:
        case (Expression(lhs=column, op=OP.EQ, rhs=int(number)),):
            return number if column is table._meta.primary_key else None
    return None


def by_id(table: type[M], number: int) -> M:
    """Return the row with this id. Raises the table's DoesNotExist."""
    for row in rows_where(table, "id = ?", number):
        return row
    raise cast(Any, table).DoesNotExist(f"{table.__name__} {number} does not exist")


def rows_where(table: type[M], condition: str, *values: Any) -> list[M]:
    """Return the rows for which a condition in plain SQL holds, in the order that it asks for.

    For what is asked at every command or tick: the query builder takes ten times as long.
    """
    cursor = table._meta.database.execute_sql(f"{_rows_of(table)} WHERE {condition}", values)
    found = cursor.fetchall()
    reading: Any = _Reading(cursor, table, table._meta.sorted_fields, table)
    reading.initialize()
    return [reading.process_row(row) for row in found]


@cache
def _rows_of(table: type[Model]) -> str:
    name = table._meta.table_name
    return f'SELECT {_columns(table, name)} FROM "{name}"'


@cache
def _columns(table: type[Model], name: str) -> str:
    return ", ".join(f'"{name}"."{one.column_name}"' for one in table._meta.sorted_fields)


_how_to_read: dict[type[Model], dict[str, Any]] = {}


class _Reading(ModelObjectCursorWrapper):
    """Reads rows of one whole table."""

    def initialize(self) -> None:
        """Find out how each column is read, once for each table."""
        if known := _how_to_read.get(self.model):
            vars(self).update(known)
            return
        before = set(vars(self))
        super().initialize()
        found = {name: value for name, value in vars(self).items() if name not in before}
        _how_to_read[self.model] = found
