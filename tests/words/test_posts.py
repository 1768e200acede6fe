"""The words of the channel’s posts."""

from dataclasses import replace
from datetime import timedelta

from scheduling.words.people import Person
from scheduling.words.posts import handoff_announcement, missed_note, morning_announcement
from tests.words.turns import ALICE, BOB, CAROL, CLOCK, EIGHT, TURN


def test_the_morning_post_mentions_who_is_on_call() -> None:
    assert morning_announcement(TURN) == (
        ":telephone_receiver: Good morning! <@U0ALICE> is on call for *Support* until "
        "Tue Nov 24, 8:00 AM CST. Next: *Bob*."
    )


def test_two_are_and_one_is_and_the_reason_follows_whom_they_cover() -> None:
    turn = replace(TURN, people=(BOB, CAROL), covering=(ALICE,), reason="dentist & co")

    post = handoff_announcement(turn)

    assert post.startswith(":telephone_receiver: Handoff: *Bob* and <@U0CAROL> are on call")
    assert "covering for <@U0ALICE> (reason: dentist &amp; co)." in post


def test_nobody_on_call_is_said_loudest_and_says_what_to_do() -> None:
    post = morning_announcement(replace(TURN, people=()))

    assert post.startswith(":warning: *Nobody is on call* for *Support* until")
    assert "Then: *Bob*." in post
    assert "`/oncall take until Tue Nov 24, 8:00 AM CST`" in post


def test_nobody_can_write_markup_by_their_name() -> None:
    mallory = Person("<!channel> & co")

    post = morning_announcement(replace(TURN, people=(mallory,), team="<@U1>"))

    assert "<!channel>" not in post
    assert "<@U1>" not in post
    assert "*&lt;!channel&gt; &amp; co*" in post


def test_the_note_after_an_outage_tells_the_last_five() -> None:
    missed = [(EIGHT + timedelta(days=day), f"Person {day}") for day in range(8)]

    note = missed_note(EIGHT, EIGHT + timedelta(days=8), CLOCK, missed)

    assert "from Mon Nov 23, 8:00 AM CST to Tue Dec 1, 8:00 AM CST" in note
    assert "• 3 earlier messages" in note
    assert "Person 2" not in note
    assert note.endswith("• Mon Nov 30, 8:00 AM CST: Person 7")
