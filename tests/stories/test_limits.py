"""Very long lists have pages, and stay within Slack's limits."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.slack.features.members.show import PAGE as MEMBERS
from bot.slack.features.overrides import PAGE
from sandbox.slack.people import Answer
from scheduling.changes import overrides
from storage.database import reading, writing
from storage.models import Member, Override, Team
from tests.builders import NOW, stored_member
from tests.stories.conftest import World
from tests.stories.stored import person


def fills(world: World, count: int) -> None:
    """Put so many overrides into the weeks to come, an hour each, by Alice."""
    with reading():
        team = Team.get()
    bob, now = person("Bob").id, world.clock.now()
    rows = [
        {
            "team": team,
            "team_member": bob,
            "start_datetime": now + timedelta(hours=1 + place),
            "end_datetime": now + timedelta(hours=2 + place),
            "created_by": world.people["Alice"].id,
            "created_at": now,
        }
        for place in range(count)
    ]
    with writing():
        for at in range(0, count, 500):
            Override.insert_many(rows[at : at + 500]).execute()


def shown(answer: Answer) -> int:
    return answer.text.count("is on call from")


def test_ten_thousand_overrides_are_answered(support: World) -> None:
    fills(support, 10_000)

    assert "(page 1 of 500)" in support.runs("Alice", "/oncall overrides").text


def test_overrides_have_pages(support: World) -> None:
    count = 200
    fills(support, count)

    first = support.runs("Alice", "/oncall overrides")
    assert shown(first) == PAGE
    assert f"(page 1 of {count // PAGE})" in first.text
    second = support.clicks("Alice", "More ›", first)
    assert "(page 2 of" in second.text
    assert f"{PAGE + 1}." in second.text
    assert "[ ‹ Back ]" in second.text
    last = support.runs("Alice", f"/oncall overrides {count // PAGE}")
    assert f"{count}." in last.text
    assert "[ More › ]" not in last.text
    assert "Which page?" in support.runs("Alice", "/oncall overrides x").text
    assert f"There are {count // PAGE} pages" in support.runs("Alice", "/oncall overrides 999").text


def test_any_of_many_overrides_is_cancelled_with_the_form(support: World) -> None:
    fills(support, 240)

    view = support.opens("Alice", "override cancel")

    (select,) = [b["element"] for b in view.blocks if b.get("element")]
    assert [len(group["options"]) for group in select["option_groups"]] == [100, 100, 40]


def test_of_thousands_of_overrides_the_form_says_that_it_has_the_first(support: World) -> None:
    fills(support, 1500)

    for form in ("override cancel", "override edit"):
        assert "The first 1000 of 1500" in support.opens("Alice", form).plain


@given(
    st.lists(st.tuples(st.integers(-5, 20), st.integers(1, 15)), max_size=25),
)
def test_an_override_is_covered_when_it_is_nowhere_the_newest(spans: list[tuple[int, int]]) -> None:
    hour = timedelta(hours=1)
    found = [
        Override(id=place, start_datetime=NOW + start * hour, end_datetime=NOW + (start + n) * hour)
        for place, (start, n) in enumerate(spans, start=1)
        if start + n > 0
    ]
    newest = set()
    for place in range(40):
        at = NOW + place * hour
        there = [one.id for one in found if one.start_datetime <= at < one.end_datetime]
        newest |= {max(there)} if there else set()

    assert overrides.covered_by_newer(found, NOW) == {one.id for one in found} - newest


def test_members_have_pages(support: World) -> None:
    with writing():
        team, now = Team.get(), support.clock.now()
        for place in range(200):
            name, number = f"Person {place:03d}", f"+1312555{2000 + place}"
            stored_member(team, name, number, team.anchor, now)

    first = support.runs("Alice", "/oncall members")
    assert first.text.count("+1") == MEMBERS
    assert "(page 1 of 5)" in first.text
    assert "Person 199" in support.runs("Alice", "/oncall members 5").text
    assert f"\n{MEMBERS + 1}. " in support.clicks("Alice", "More ›", first).text
    view = support.opens("Alice", "override")
    assert "Person 199" in str(view.blocks)


@pytest.fixture
def many(support: World) -> World:
    """Sixty-one teams; Bob takes turns in Support, and in one at the end of the alphabet."""
    with writing():
        first, now = Team.get(), support.clock.now()
        for place in range(60):
            columns = {**first.__data__, "name": f"Team {place:02d}", "channel_id": None}
            del columns["id"]
            Team.create(**columns)
        Member.create(
            team=Team.get(Team.name == "Team 58"),
            name="Bob",
            phone="+13125550102",
            slack_user_id=support.people["Bob"].id,
            is_active=True,
            created_at=now,
            updated_at=now,
        )
    return support


def test_ones_own_teams_are_offered_first_and_the_rest_on_pages(many: World) -> None:
    bob = many.people["Bob"]
    asked = bob.runs("/oncall schedule week", bob.slack.direct_messages)

    assert "Which team do you mean?" in asked.text
    buttons = [one for block in asked.blocks for one in block.get("elements", [])]
    names = [one["text"]["text"] for one in buttons if one["type"] == "button"]
    assert names[:3] == ["Support", "Team 58", "Team 00"]
    assert names[-1] == "More teams ›"
    more = many.clicks("Bob", "More teams ›", asked)
    last = many.clicks("Bob", "More teams ›", more)
    assert "[ ‹ Back ]" in last.text
    assert "[ Team 57 ]" in last.text
    assert "Support schedule: " in many.clicks("Bob", "Support", asked).text


def test_teams_have_pages(many: World) -> None:
    first = many.runs("Bob", "/oncall teams")

    assert first.text.count("• ") == 20
    assert "(page 1 of 4)" in first.text
    assert "Team 59" in many.runs("Bob", "/oncall teams 4").text


def test_a_schedule_of_long_reasons_fits_into_slacks_table(support: World) -> None:
    with writing():
        team, now = Team.get(), support.clock.now()
        for place in range(120):
            Override.create(
                team=team,
                team_member=person("Bob").id,
                start_datetime=now + timedelta(hours=1 + place),
                end_datetime=now + timedelta(hours=2 + place),
                reason=f"{place:03d} " + "x" * 190,
                created_by=support.people["Alice"].id,
                created_at=now,
            )

    answer = support.runs("Alice", "/oncall schedule week")

    (table,) = [block for block in answer.blocks if block["type"] == "table"]
    cells = [str(cell.get("text", "")) for row in table["rows"] for cell in row]
    assert 30 < len(table["rows"]) < 100
    assert sum(map(len, cells)) <= 10_000
    assert "[ Later › ]" in answer.text


def test_a_refusal_names_some_of_many_teams_and_where_the_rest_is(many: World) -> None:
    refused = many.runs("Bob", "/oncall schedule team:nope").text

    assert "Team 18" in refused
    assert "Team 19" not in refused
    assert "and 41 more" in refused
    assert "/oncall teams lists them all" in refused


def test_a_page_of_teams_beyond_the_last_is_the_last(many: World) -> None:
    bob = many.people["Bob"]
    asked = bob.runs("/oncall which 99 schedule week", bob.slack.direct_messages)

    assert "[ ‹ Back ]" in asked.text
    assert "[ Team 59 ]" in asked.text
