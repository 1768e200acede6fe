"""Rows are the same as the query builder would have found them, however they are asked for."""

import pytest
from peewee import SQL, DoesNotExist, ModelSelect

from storage.database import reading, rows
from storage.models import Member, Team
from tests.builders import another_team


@pytest.fixture
def team(database_url: str) -> Team:
    """A team of seven."""
    assert database_url
    return another_team()


def of(team: Team) -> "ModelSelect[Member]":
    """Return a query for the members of a team."""
    return Member.select().where(Member.team == team).order_by(Member.name)


def test_rows_of_a_table_are_what_the_builder_finds(team: Team) -> None:
    with reading():
        by_builder = ModelSelect(Member, [Member], is_default=True).where(Member.team == team)
        expected = [row.__data__ for row in by_builder.order_by(Member.name)]
        assert [row.__data__ for row in of(team)] == expected
        assert of(team).sql() == by_builder.order_by(Member.name).sql()


def test_rows_of_two_tables_are_read_together(team: Team) -> None:
    with reading():
        found = list(Member.select(Member, Team).join(Team).where(Team.id == team.id))
        assert {row.__data__["team"] for row in found} == {team.id}
        assert {row.__rel__["team"].name for row in found} == {team.name}
        assert len(found) == len(of(team)) > 1


def test_a_copy_that_selects_something_else_reads_that(team: Team) -> None:
    with reading():
        names = [row.name for row in of(team)]
        assert [row.name for row in of(team).select(Member.name)] == names
        assert rows(of(team).select(SQL("1"))) == [(1,)] * len(names)
        assert of(team).exists()
        assert of(team).count() == len(names)


def test_a_table_within_a_query_is_its_id(team: Team) -> None:
    with reading():
        assert list(Team.select().where(Team.id.in_(Team.select()))) == [team]


def test_a_row_that_is_not_there_is_missed_by_its_table(team: Team) -> None:
    with reading():
        assert Team.get_by_id(team.id).__data__ == Team.get(Team.name == team.name).__data__
        assert Team.get_or_none(Team.id == 99) is None
        with pytest.raises(DoesNotExist, match="Team 99 does not exist"):
            Team.get_by_id(99)
        with pytest.raises(DoesNotExist, match="Member"):
            Member.get(Member.team == 99)
