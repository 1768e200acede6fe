"""Rows of our tables, asked for without what peewee's query builder costs for each column."""

from typing import Any

from peewee import Context, Field, FieldAlias, ModelSelect


class Rows(ModelSelect):
    """A query that writes the columns it selects at once.

    The builder writes them one by one, which takes longer than all else: a notification has 43.
    """

    def __sql_selection__(self, ctx: Context, is_subquery: bool = False) -> Any:
        """Write the columns; what else is selected is left to the builder."""
        columns = self.selected_columns
        if is_subquery or not all(map(_is_column, columns)):
            return super().__sql_selection__(ctx, is_subquery)
        tables = dict.fromkeys(column.model for column in columns)
        names = {model: ctx.alias_manager[model._meta.table] for model in tables}
        return ctx.literal(
            ", ".join([f'"{names[column.model]}"."{column.column_name}"' for column in columns])
        )


def _is_column(selected: object) -> bool:
    return isinstance(selected, Field) and not isinstance(selected, FieldAlias)
