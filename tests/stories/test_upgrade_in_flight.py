"""The new version starts on the previous one's database, and finishes messages in flight.

`database-0012.sql` was written by that version on Mon Nov 23, 2026, 9:52:20 in Chicago. Each
team has one chain in mid-life: Support waits for Alice's OK; Ambiguous has failed and may have gone
out; Second's went to the second phone a moment ago; Escalated has asked its contact; Cleared has an
all-clear, and waits for an OK; Walled has no channel to post to; Uncertain is being looked up;
Retrying is tried again. The posts of the last two wait to be refreshed. An override, a leaver, a
shift and a swap wait for their Confirm.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from slack_sdk import WebClient

from scheduling.delivery.posts import render
from storage.database import reading
from storage.models import Notification, Override, Proposal, Team
from storage.statuses import Kind, ProposalStatus, Purpose, Status
from tests.stories.conftest import World

BEFORE = Path(__file__).parents[1] / "data" / "database-0012.sql"
THEN = datetime(2026, 11, 23, 15, 52, 20, tzinfo=UTC)
SUPPORT = ("Alice", "Bob", "Carol", "Dave", "Eve", "Fran", "Greg")
# The teams, each with who is on call and, in one, an escalation contact: in the order they came.
TEAMS = {
    "Ambiguous": ("Heidi",),
    "Second": ("Ivan",),
    "Escalated": ("Judy", "Karl"),
    "Cleared": ("Lena",),
    "Walled": ("Mona",),
    "Uncertain": ("Nina",),
    "Retrying": ("Oscar",),
}
NUMBERS = {"Heidi": 201, "Ivan": 202, "Judy": 203, "Karl": 213, "Lena": 204, "Mona": 205}
NUMBERS |= {"Nina": 206, "Oscar": 207}


@pytest.fixture
def upgraded(tmp_path: Path) -> Iterator[World]:
    """The same people and channels, what they had been sent, and that database, today."""
    world = World(tmp_path)
    try:
        for place, name in enumerate(SUPPORT, start=101):
            world.joins(name, f"+1312555{place:04}", admin=name == "Alice")
        for team, names in TEAMS.items():
            channel = world.sandbox.slack.channel(team.lower(), bot=team != "Walled")
            for name in names:
                channel.invite(world.joins(name, f"+1312555{NUMBERS[name]:04}").slack)
        world.clock.forward_to(THEN)
        path = Path(world.database_url.removeprefix("sqlite:///"))
        with closing(sqlite3.connect(path)) as file, file:
            file.executescript(BEFORE.read_text(encoding="utf-8"))
            _has_been_sent(world, file)
        world.forgets_mail()
        yield world
        world.has_no_mail()
    finally:
        world.stops_bot()
        world.sandbox.close()


def _has_been_sent(world: World, file: sqlite3.Connection) -> None:
    """Let the sandbox have what that version had sent, under names of its own."""
    slack = WebClient(world.sandbox.slack.bot_token, base_url=world.sandbox.slack.url)
    posts = file.execute(
        "SELECT row.id, coalesce(row.slack_user_id, member.slack_user_id), team.channel_id,"
        " row.kind, row.text FROM notification_log AS row JOIN teams AS team"
        " ON team.id = row.team_id LEFT JOIN team_members AS member"
        " ON member.id = row.team_member_id WHERE row.slack_ts IS NOT NULL ORDER BY row.id"
    ).fetchall()
    for number, user, channel, kind, text in posts:
        to = user if kind == "direct" else channel
        posted = slack.chat_postMessage(channel=to, text=text)
        file.execute(
            "UPDATE notification_log SET slack_ts = ? WHERE id = ?", (posted["ts"], number)
        )
    under_way = file.execute(
        "SELECT id, phone, text FROM notification_log WHERE kind = 'sms' AND status = 'sent'"
    ).fetchall()
    for number, phone, text in under_way:
        sent = world.sandbox.phones.send(world.sandbox.phones.service_number, phone, text)
        file.execute("UPDATE notification_log SET twilio_sid = ? WHERE id = ?", (sent.sid, number))


def posts(world: World, team: str, *fragments: str) -> list[str]:
    """Return the posts in a team's channel that contain the fragments."""
    with reading():
        channel = str(Team.get(Team.name == team).channel_id)
    found = [post.plain for post in world.sandbox.slack.find_channel(channel).messages]
    return [text for text in found if all(fragment in text for fragment in fragments)]


def calls(team: str) -> Notification:
    """Return the SMS of a team's last morning."""
    with reading():
        mornings = (
            Notification.select()
            .join(Team)
            .where(
                Team.name == team,
                Notification.kind == Kind.SMS,
                Notification.purpose == Purpose.DAILY,
            )
        )
        return mornings.order_by(Notification.id.desc()).get()


def test_every_chain_comes_to_its_end_and_nothing_goes_out_twice(upgraded: World) -> None:
    upgraded.starts_bot()
    for _ in range(20):
        upgraded.passes(minutes=1)

    # What was uncertain is found nowhere, and is sent again; what was refused is tried again.
    upgraded.reads("Nina", "Good morning, Nina.")
    upgraded.reads("Oscar", "Good morning, Oscar.")
    upgraded.has_no_mail()
    for team in ("Uncertain", "Retrying"):
        assert calls(team).status == Status.DELIVERED
        assert len(posts(upgraded, team, "Good morning!")) == 1
        assert posts(upgraded, team, "Good morning!", "text delivered")  # it was due for that
    # Ivan has it by his second phone.
    (warning,) = posts(upgraded, "Second", "has been reached")
    assert "text to the second phone, delivered" in warning
    # If it was late and isn't confirmed then, there is another warning.
    assert len(posts(upgraded, "Cleared", "@Lena", "There was no OK within")) == 2


def test_what_a_refreshed_post_says_is_known_from_the_columns_that_are_filled(
    upgraded: World,
) -> None:
    upgraded.starts_bot()

    with reading():
        warning = Notification.get(Notification.dedupe_key == "warning:23")
        instead = Notification.get(Notification.purpose == Purpose.CHANNEL)
        assert "@" not in warning.root.text  # Heidi's, which failed after an hour of lookups
        assert "may not have gotten the text" in render(warning, THEN).text
        assert "I am not in the channel." in render(instead, THEN).small_print


def test_whoever_was_asked_before_can_answer(upgraded: World) -> None:
    upgraded.starts_bot()

    upgraded.replies("Alice", "OK")
    upgraded.reads("Alice", "Thanks, Alice. Confirmed")
    assert posts(upgraded, "Support", "Good morning!", "@Alice", "confirmed 9:5", "by text")
    upgraded.replies("Karl", "OK")
    upgraded.reads("Karl", "Thanks, Karl")
    assert posts(upgraded, "Escalated", "Good morning!", "👀 @Karl is handling it")

    for _ in range(3):  # in Slack: Lena, who has it by her repeated SMS
        upgraded.passes(minutes=1)
    upgraded.runs("Lena", "/oncall ok team:Cleared")
    upgraded.passes(minutes=20)
    assert not posts(upgraded, "Cleared", "@Lena is on call but hasn’t confirmed")
    upgraded.forgets_mail()


def test_what_waited_for_its_confirm_is_carried_out(upgraded: World) -> None:
    upgraded.starts_bot()

    for number in (3, 6, 4):  # what is shown again is confirmed once more
        upgraded.changes("Alice", f"/oncall confirm {number}")
    upgraded.changes("Eve", "/oncall confirm 7")

    with reading():
        assert [one.status for one in Proposal.select().order_by(Proposal.id)] == [
            ProposalStatus.DONE
        ] * 7
        assert Override.select().count() == 4  # Carol's, Dave's, and the two of the swap
    upgraded.tick()
    assert "accepted" in upgraded.direct("Bob").plain
    upgraded.forgets_mail()
