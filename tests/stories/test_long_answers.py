"""Answers of a large team with long reasons stay within Slack's limits, and nothing is lost."""

import re
import tomllib
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.slack.blocks import CUT, Button, Reply, Table, fitting
from bot.slack.paging import all_of
from sandbox.slack.blocks import BLOCKS_CHARACTERS, characters, message_problems
from sandbox.slack.people import Answer
from scheduling.changes import overrides, team_file
from scheduling.rota import queue
from storage.database import reading, writing
from storage.models import Member, Team
from tests.stories.conftest import EXAMPLE, World

REASON = "“Because of” the move to the other office, and of all that comes with it & more. "
READ = (
    "",
    "schedule",
    "schedule 26 weeks",
    "schedule 104 weeks",
    "mine",
    "who next week",
    "who from 2026-11-23 to 2026-12-20",
    "why 2026-11-24 10:00",
    "overrides",
    "members",
    "members history",
    "shifts",
    "teams",
    "leads",
    "escalation",
    "notifications",
    "audit",
    "costs",
    "help",
    "help when",
    "help members",
    "members remove @greg",
    "members move @greg first",
)


@pytest.fixture
def large(world: World) -> World:
    """A team of sixty with fifty overrides, some twenty of which lie over one morning."""
    world.sandbox.slack.truths.answers_limited_together = True
    data = tomllib.loads(EXAMPLE.read_text(encoding="utf-8"))
    data["team"]["channel"] = world.channel.id
    for place in range(7, 60):
        name = f"Person{place} & {'Of a Very Long Name ' * 3}".strip()
        data["members"].append({"name": name, "phone": f"+1312555{3000 + place}"})
    for described in data["members"]:
        person = world.joins(
            described["name"], described["phone"], admin=described["name"] == "Alice"
        )
        described["slack"] = person.id
    now = world.clock.now()
    team_file.import_team(data, now)
    with writing():
        people = list(Member.select().order_by(Member.id))
        for place in range(50):
            start = datetime(2026, 11, 24, 15, tzinfo=UTC) + timedelta(days=max(place - 19, 0))
            overrides.create(
                Team.get(),
                people[place + 7],
                start,
                start + timedelta(hours=5, minutes=place),
                reason=(REASON * 3)[:200],
                actor=world.people["Alice"].id,
                now=now,
            )
    return world


def pages(world: World, command: str, more: str) -> list[Answer]:
    """Return an answer and all pages behind it."""
    found = [world.runs("Alice", f"/oncall {command}")]
    while f"[ {more} ]" in found[-1].text:
        found.append(world.clicks("Alice", more, found[-1]))
    return found


@pytest.mark.parametrize("command", READ)
def test_an_answer_stays_below_what_slack_takes(large: World, command: str) -> None:
    answer = large.runs("Alice", f"/oncall {command}")

    assert characters(answer.blocks) <= BLOCKS_CHARACTERS
    assert CUT.strip() not in answer.text
    assert "went wrong" not in answer.text


def test_every_override_is_on_a_page(large: World) -> None:
    listed = [answer.text for answer in pages(large, "overrides", "More ›")]

    numbers = [int(found) for text in listed for found in re.findall(r"^(\d+)\. ", text, re.M)]
    assert sorted(numbers) == list(range(1, 51))
    assert len(listed) > 2


def cancels(world: World, numbers: list[int]) -> None:
    """Take overrides back, as others do while a list is being read."""
    with writing():
        for number in numbers:
            overrides.cancel(
                Team.get(), number, actor=world.people["Alice"].id, now=world.clock.now()
            )


def numbered(answer: Answer) -> list[int]:
    """Return the numbers of the overrides on a page, in order."""
    return [int(found) for found in re.findall(r"^(\d+)\. ", answer.text, re.M)]


def test_no_override_is_passed_over_when_others_are_gone_by_then(large: World) -> None:
    listed = large.runs("Alice", "/oncall overrides")
    first = numbered(listed)
    cancels(large, first[:5])

    more = large.clicks("Alice", "More ›", listed)

    assert numbered(more)[0] == first[-1] + 1
    assert "(page 2 of" in more.text
    while "[ More › ]" in more.text:
        more = large.clicks("Alice", "More ›", more)
        first += numbered(more)
    assert 50 in first


def test_a_page_that_is_gone_by_then_is_the_last_one(large: World) -> None:
    *_, before, last = pages(large, "overrides", "More ›")
    listed = large.runs(
        "Alice", f"/oncall overrides {len(pages(large, 'overrides', 'More ›')) - 1}"
    )
    cancels(large, numbered(last))

    more = large.clicks("Alice", "More ›", listed)

    assert "❌" not in more.text
    assert numbered(more) == numbered(before)


@pytest.mark.parametrize("tables", [True, False])
def test_a_schedule_that_is_cut_goes_on_where_it_was_cut(large: World, tables: bool) -> None:
    large.sandbox.slack.truths.tables_in_response_urls = tables
    first = large.runs("Alice", "/oncall schedule 26 weeks").text
    listed = large.runs("Alice", "/oncall schedule 26 weeks")

    second = large.clicks("Alice", "Later ›", listed).text

    assert CUT.strip() not in first + second
    (ends,) = re.findall(r"schedule: Mon Nov 23, 2026 to \w+ (\w+ \d+, 20\d\d)", first)
    (begins,) = re.findall(r"schedule: \w+ (\w+ \d+, 20\d\d) to", second)
    assert day(begins) - day(ends) == timedelta(days=1)
    months = re.findall(r"\w{3} (\w{3} \d+), \d+:\d\d [AP]M", first)
    assert day(ends) <= day(f"{months[-1]}, {2027 if months[-1].startswith('Jan') else 2026}")
    assert "the move to the other office" in first
    assert "…" in first  # a reason is cut short where there is a table


def test_a_page_of_the_audit_has_all_its_entries(support: World) -> None:
    for number in range(10):
        said = f"{{name}}, you are on call {number} " + "& " * 150
        assert "✅" in support.runs("Alice", f"/oncall settings sms {said}").text

    listed = support.runs("Alice", "/oncall audit").text

    assert CUT.strip() not in listed
    assert len(re.findall(r"^• .*on call \d", listed, re.M)) == 10


@given(st.lists(st.text(alphabet="ab <@U1>&lt;", max_size=300), max_size=12), st.integers(200, 900))
def test_lines_that_are_cut_are_all_there(lines: list[str], most: int) -> None:
    kept = all_of(lines, most)

    assert len(kept) == len(lines)
    assert sum(len(line) + 1 for line in kept) <= max(most, len(lines))
    assert kept == lines or sum(len(line) + 1 for line in lines) > most


def day(text: str) -> date:
    return datetime.strptime(text, "%b %d, %Y").replace(tzinfo=UTC).date()


def test_a_preview_of_many_moves_says_how_many_more_and_keeps_its_warnings(large: World) -> None:
    preview = large.runs("Alice", "/oncall members move @greg first")

    assert "[ Confirm ]" in preview.text
    assert "Not saved yet" in preview.text


FORMS = (
    "override",
    "override edit",
    "override cancel",
    "take",
    "swap",
    "members add",
    "members edit",
    "members remove",
    "members move",
    "settings",
    "escalation add",
    "shifts edit",
    "teams add",
)


@pytest.mark.parametrize("command", FORMS)
def test_every_form_of_a_large_team_opens(large: World, command: str) -> None:
    assert large.runs("Alice", f"/oncall {command}").view is not None


def test_one_of_a_long_rotation_is_moved_by_its_form(large: World) -> None:
    large.runs("Alice", "/oncall members move")

    preview = large.submits("Alice", {"Who moves?": "Greg", "Where to?": "First"})

    assert preview is not None
    assert preview.submit == "Confirm"
    large.clicks("Alice", "Confirm", preview)
    with reading():
        order = queue.coming(Team.get(), large.clock.now())
        assert Member.get_by_id(order[0]).name == "Greg"


# --- whatever it is -----------------------------------------------------------------------------

LINES = st.lists(st.text(min_size=1, max_size=4000), max_size=12)


@given(LINES, st.text(max_size=2000), st.lists(st.text(min_size=1, max_size=90), max_size=20))
def test_no_answer_is_more_than_slack_takes(
    lines: list[str], small_print: str, labels: list[str]
) -> None:
    reply = Reply.of(
        *lines, small_print=small_print, buttons=[Button(label, "schedule") for label in labels]
    )

    blocks = [block.to_dict() for block in reply.blocks()]

    assert message_problems(blocks) == []
    assert characters(blocks) <= BLOCKS_CHARACTERS


@given(st.lists(st.tuples(st.text(max_size=300), st.text(max_size=300)), max_size=150))
def test_no_table_is_more_than_slack_takes_and_its_lines_are_not_either(
    rows: list[tuple[str, str]],
) -> None:
    plain = "\n".join(f"• {one}: {other}".replace("\n", " ") for one, other in rows)
    table = Table(("From", "Note"), tuple(rows), plain)
    kept = fitting(table)
    shown = Table(table.heading, table.rows[:kept], "\n".join(plain.split("\n")[:kept]))

    for reply in (Reply.of("x", table=table), Reply.of("x", table=shown).without_table()):
        blocks = [block.to_dict() for block in reply.blocks()]
        assert message_problems(blocks) == []
        assert characters(blocks) <= BLOCKS_CHARACTERS
    assert CUT not in "".join(Reply.of("x", table=shown).without_table().text)


@pytest.mark.parametrize("limited", [True, False])
def test_a_long_week_is_posted_whether_or_not_slack_limits_posts(
    large: World, limited: bool
) -> None:
    large.sandbox.slack.truths.posts_limited_together = limited
    large.changes("Alice", "/oncall settings summary on")
    with writing():
        people = list(Member.select().order_by(Member.id))
        for place in range(48):
            start = datetime(2026, 11, 27, 15, tzinfo=UTC) + timedelta(minutes=90 * place)
            overrides.create(
                Team.get(),
                people[place % 2 + 7],
                start,
                start + timedelta(minutes=90),
                reason=(REASON * 3)[:200],
                actor=large.people["Alice"].id,
                now=large.clock.now(),
            )
    large.until("2026-11-23 08:00")

    large.reads("Alice", "Good morning")
    large.post("who is on call this week")
    (week,) = [one for one in large.channel.messages if "this week" in one.plain]
    assert len(week.plain) > BLOCKS_CHARACTERS
    assert week.plain.endswith("Times in America/Chicago.")
