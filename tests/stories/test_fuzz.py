"""Whatever is typed gets an answer in words, and changes nothing unless it is a valid change.

4,000 lines, or as many as FUZZ says, in batches; `make fuzz` takes 20,000. Each goes in as a slash
command over Socket Mode. They are the same each time, so that a line that fails is found again.
"""

import os
import re
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.slack.app import build_commands
from tests.stories.conftest import World

LINES = 100
BATCHES = int(os.environ.get("FUZZ", "4000")) // LINES

NAMES = [one.name for one in build_commands()]
GRAMMAR = sorted(
    {word for name in NAMES for word in name.split()}
    | {"for", "to", "from", "after", "first", "last", "cover", "page", "weeks", "month", "now"}
    | {"name", "phone", "zone", "slack", "channel", "notify", "strategy", "sms", "second-day"}
    | {"on", "off", "daily", "weekly", "six", "weekend", "circular", "round_robin", "default"}
)
MENTIONS = [
    "@alice", "@bob", "@greg", "@nobody", "<@U0000NOBODY>", "<@U1|x>", "<!here>", "<#C1|payments>",
    "#payments", "#support", "Carol", '"Dave"', "team:Support", "team:none", 'team:"a b"', "team:",
]  # fmt: skip
DATES = [
    "tomorrow", "today", "yesterday", "friday", "fri", "2026-12-24", "2026-02-30", "24.12.", "12/1",
    "dec", "december", "24 dec", "14:00", "25:00", "6pm", "2pm", "08:00", "3", "hours", "90min",
    "now", "in", "next", "week", "2 weeks", "22:00-06:00", "mon-fri",
]  # fmt: skip
NUMBERS = ["0", "1", "2", "7", "12", "17", "104", "105", "-1", "1.5", "٣", "9" * 30]
PHONES = ["+13125550111", "+13125550101", "3125550111", "<tel:+13125550112|x>", "+1", "+49151"]
words = st.one_of(
    st.sampled_from(GRAMMAR),
    st.sampled_from(MENTIONS),
    st.sampled_from(DATES),
    st.sampled_from(NUMBERS),
    st.sampled_from(PHONES),
    st.text(max_size=12),
    st.sampled_from(['"', "“", "”", "‘", "\u00a0", "–", "`", "*", "<", ">", "&amp;", "🎉", "שרה"]),
)
people = st.sampled_from(["@alice", "@bob", "@carol", "@dave", "@eve", "@fran", "@greg", "Carol"])
days = st.sampled_from(["tomorrow", "friday", "saturday", "2026-12-24", "friday to sunday", "now"])
numbers = st.integers(1, 9)
hours = st.sampled_from(["14:00 to 18:00", "for 3 hours", "22:00-06:00", "", "for lunch"])
# What people mean to type, so that changes are made and built on.
meant = st.one_of(
    st.builds("override {} {} {}".format, people, days, hours),
    st.builds("take {} {}".format, days, hours),
    st.builds("swap {} {} for {}".format, people, days, days),
    st.builds("override cancel {}".format, numbers),
    st.builds("override edit {} {} {}".format, numbers, days, hours),
    st.builds("members remove {} cover {}".format, people, people),
    st.builds("members remove {} from {}".format, people, days),
    st.builds("members activate {}".format, people),
    st.builds("members move {} after {}".format, people, people),
    st.builds("members add <@{}> +1312555{:04}".format, st.sampled_from(["U1", "U2"]), numbers),
    st.builds("members edit {} phone +131255502{:02}".format, people, numbers),
    st.builds("shifts add {} friday {}h 08:00".format, numbers, numbers),
    st.builds("shifts edit {} monday {}h 09:00".format, numbers, numbers),
    st.builds("shifts remove {}".format, numbers),
    st.builds("shifts pattern {}".format, st.sampled_from(["daily", "six", "weekly", "weekend"])),
    st.builds("settings zone {}".format, st.sampled_from(["Europe/Berlin", "America/Chicago"])),
    st.builds("settings notify {}".format, st.sampled_from(["07:30", "8am", "9"])),
    st.builds("generate {}".format, numbers),
    st.builds("confirm {}".format, st.integers(1, 99)),
    st.builds("who {} 9am".format, days),
    st.builds("why {} 9am".format, days),
    st.sampled_from(["undo", "test", "mine", "audit", "notifications", "overrides", "members"]),
)
lines = st.one_of(
    meant,
    st.sampled_from(NAMES),
    st.builds(
        lambda name, rest: " ".join([name, *rest]),
        st.sampled_from(NAMES),
        st.lists(words, max_size=6),
    ),
    st.lists(words, max_size=8).map(" ".join),
    st.text(max_size=80),
)


@pytest.fixture
def looker(support: World) -> Iterator[sqlite3.Connection]:
    """Somebody who notices when the database changes."""
    path = support.database_url.removeprefix("sqlite:///")
    with closing(sqlite3.connect(path)) as connection:
        yield connection


def version(looker: sqlite3.Connection) -> int:
    """Return a number that is another one after each change of the database."""
    found: int = looker.execute("PRAGMA data_version").fetchone()[0]
    return found


def audited(looker: sqlite3.Connection) -> int:
    """Return how many changes were made."""
    found: int = looker.execute("SELECT count(*) FROM audit_log").fetchone()[0]
    return found


def test_any_line_is_answered_and_nothing_changes_by_mistake(
    support: World, looker: sqlite3.Connection
) -> None:
    support.sandbox.slack.channel("payments")
    seen: Counter[str] = Counter()

    @settings(
        max_examples=BATCHES,
        derandomize=True,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(
        st.lists(
            st.tuples(st.sampled_from(["Alice", "Bob"]), lines, st.booleans()),
            min_size=LINES,
            max_size=LINES,
        )
    )
    def run(batch: list[tuple[str, str, bool]]) -> None:
        for name, line, agrees in batch:
            before, made = version(looker), audited(looker)
            answer = support.runs(name, f"/oncall {line}")
            assert answer.text or answer.view, line
            assert "reference:" not in answer.text, line
            if version(looker) != before:
                assert "❌" not in answer.text, line
            if audited(looker) != made:
                assert answer.text.startswith("✅"), line
            seen["forms" if answer.view else "refused" if "❌" in answer.text else "answered"] += 1
            if agrees and "[ Confirm ]" in answer.text:
                number = re.findall(r"confirm (\d+)", str(answer.blocks))[0]
                done = support.runs(name, f"/oncall confirm {number}")
                assert "reference:" not in done.text, line
                seen["confirmed" if done.text.startswith("✅") else "not confirmed"] += 1

    run()
    support.forgets_mail()
    # It was no empty exercise.
    assert sum(seen[how] for how in ("forms", "refused", "answered")) == BATCHES * LINES
    assert min(seen[how] for how in ("forms", "refused", "answered", "confirmed")) > 20, seen
