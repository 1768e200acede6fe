"""Sent notifications and their status, and who changed what."""

import pytest

from tests.stories.conftest import World
from tests.stories.reading import bullets, labels

# --- notifications ----------------------------------------------------------------------------


def test_one_pages_through_what_was_sent(support: World) -> None:
    for day in range(23, 29):
        support.until(f"2026-11-{day} 08:00")
        support.passes(seconds=15)
    support.forgets_mail()

    newest = support.runs("Greg", "/oncall notifications")
    assert newest.text.startswith("Latest notifications for Support\n")
    assert len(bullets(newest.text)) == 10
    assert labels(newest) == ["Older ›"]

    older = support.clicks("Greg", "Older ›", newest)
    assert older.text.startswith("Latest notifications for Support (page 2)\n")
    assert labels(older) == ["‹ Newer"]
    assert bullets(older.text) == [
        "• 2 Mon Nov 23, 8:00 AM CST: text to @Alice, delivered",
        "• 1 Mon Nov 23, 8:00 AM CST: morning post, posted",
    ]
    assert support.clicks("Greg", "‹ Newer", older).text == newest.text


def test_what_was_sent_to_one_person_has_pages_of_its_own(support: World) -> None:
    support.until("2026-11-23 08:00")
    for hour in range(11):
        support.until(f"2026-11-23 {9 + hour:02}:30")
        support.runs("Greg", "/oncall test")
        support.runs("Bob", "/oncall test")
        support.tick()
    support.passes(seconds=15)
    support.forgets_mail()

    bobs = support.runs("Carol", "/oncall notifications @bob")
    assert bobs.text.startswith("Latest notifications to @Bob for Support\n")
    assert len(bullets(bobs.text)) == 10
    assert all("test text to @Bob" in line for line in bullets(bobs.text))

    older = support.clicks("Carol", "Older ›", bobs)
    assert len(bullets(older.text)) == 1
    assert "test text to @Bob" in bullets(older.text)[0]
    assert "Mon Nov 23, 9:30 AM CST" in bullets(older.text)[0]
    assert "Nothing has been sent to @Eve for Support yet." in (
        support.runs("Carol", "/oncall notifications @eve").text
    )


def test_all_about_an_sms_that_failed(support: World) -> None:
    support.sandbox.twilio.fault("503", times=9)
    support.until("2026-11-23 08:00")
    for _ in range(10):
        support.passes(seconds=60)
    listed = support.runs("Bob", "/oncall notifications").text
    (line,) = [one for one in bullets(listed) if ": text to @Alice" in one]
    assert "text to @Alice, failed, 3 tries. Twilio is having trouble (503)." in line
    number = line.split()[1]

    text = support.runs("Bob", f"/oncall notifications {number}").text

    assert text.startswith(f"Notification {number}: text to @Alice, failed\n")
    assert "Due Mon Nov 23, 8:00 AM CST." in text
    assert "To @Alice, +1••••••••01." in text
    assert "Twilio is having trouble (503). (Twilio’s code 20503)" in text
    assert "> Good morning, Alice. You're on call for Support until Tue Nov 24" in text
    assert [one.split(": ", 1)[1] for one in bullets(text)][:3] == [
        "failed for now. Twilio is having trouble (503)."
    ] * 3
    assert "Follow-ups" in text
    assert "+1 312-555-0101" in support.runs("Alice", f"/oncall notifications {number}").text


def test_an_error_is_in_words_and_without_the_number(support: World) -> None:
    support.sandbox.phones.script("+13125550101", "refuse:21211")
    support.until("2026-11-23 08:00")

    text = support.runs("Bob", "/oncall notifications 2").text

    assert "this number doesn’t exist: check it and correct it." in text
    assert "(Twilio’s code 21211)" in text
    assert "• Mon Nov 23, 8:00 AM CST: refused. Twilio says this number doesn’t exist" in text
    assert "3125550101" not in text


def test_ones_own_number_is_shown_in_full(morning: World) -> None:
    morning.runs("Bob", "/oncall test")
    morning.tick()
    morning.reads("Bob", "WhoseOnFirst test")

    assert "To @Bob, +1 312-555-0102." in morning.runs("Bob", "/oncall notifications 3").text
    assert "To @Bob, +1••••••••02." in morning.runs("Carol", "/oncall notifications 3").text
    assert "To @Bob, +1 312-555-0102." in morning.runs("Alice", "/oncall notifications 3").text


def test_what_was_written_to_somebody_is_read_by_them_and_admins_only(morning: World) -> None:
    morning.changes("Alice", "/oncall override @greg friday for gym")
    morning.tick()
    listed = bullets(morning.runs("Carol", "/oncall notifications").text)
    number = next(line.split()[1] for line in listed if "direct message to @Greg" in line)

    assert (
        "put you on call for Support"
        in morning.runs("Greg", f"/oncall notifications {number}").text
    )
    assert (
        "put you on call for Support"
        in morning.runs("Alice", f"/oncall notifications {number}").text
    )
    assert (
        "put you on call for Support"
        not in morning.runs("Eve", f"/oncall notifications {number}").text
    )


def test_a_long_direct_message_is_not_cut_within_a_date(morning: World) -> None:
    morning.joins("Zoe", "+13125550111")
    morning.changes("Alice", "/oncall members add @zoe +13125550111 first")
    morning.tick()
    listed = bullets(morning.runs("Alice", "/oncall notifications").text)
    number = next(line.split()[1] for line in listed if "direct message to @Bob" in line)

    text = morning.runs("Alice", f"/oncall notifications {number}").text

    assert "On call " in text
    assert "<!date" not in text


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("page 0", "Which page? For example: /oncall notifications page 1."),
        ("page x", "Which page? For example: /oncall notifications page 1."),
        ("page 9", "The newest are on page 1: /oncall notifications."),
        ("blah blub", "Name a person, or give a notification’s number."),
        ("99", "There’s no notification 99. /oncall notifications lists them by number."),
        ("Henry", "“Henry” isn’t in Support."),
    ],
)
def test_notifications_of_wrong_input(morning: World, typed: str, words: str) -> None:
    answer = morning.runs("Bob", f"/oncall notifications {typed}").text

    assert answer.startswith("❌ ")
    assert words in answer


def test_all_leads_back_to_the_list(morning: World) -> None:
    one = morning.runs("Bob", "/oncall notifications 1")

    assert morning.clicks("Bob", "All", one).text.startswith("Latest notifications for Support\n")


# --- audit ------------------------------------------------------------------------------------


def test_the_audit_tells_who_changed_what_from_what_to_what(morning: World) -> None:
    morning.changes("Alice", "/oncall settings notify 7:30 AM")
    morning.passes(minutes=1)
    morning.changes("Alice", "/oncall members edit @carol phone +13125550133")
    morning.passes(minutes=1)
    morning.changes("Alice", "/oncall override @greg friday 14:00 to 18:00 for gym")

    for_admins = bullets(morning.runs("Alice", "/oncall audit").text)
    for_bob = bullets(morning.runs("Bob", "/oncall audit").text)

    assert for_admins[:3] == [
        "• Mon Nov 23, 8:02 AM: @Alice made override 1 (Greg, Fri Nov 27, 2:00 PM to 6:00 PM). "
        "Reason: gym",
        "• Mon Nov 23, 8:01 AM: @Alice changed Carol’s number to +1 312-555-0133 (was "
        "+1 312-555-0103)",
        "• Mon Nov 23, 8:00 AM: @Alice changed the notify time to 7:30 AM (was 8:00 AM)",
    ]
    assert for_bob[1] == (
        "• Mon Nov 23, 8:01 AM: @Alice changed Carol’s number to +1••••••••33 (was +1••••••••03)"
    )
    assert for_bob[0] == for_admins[0]
    assert for_bob[2] == for_admins[2]
    assert "312" not in "".join(for_bob)


def test_one_pages_through_the_audit(morning: World) -> None:
    morning.changes("Alice", "/oncall settings notify 7:30 AM")
    newest = morning.runs("Bob", "/oncall audit")
    assert newest.text.startswith("Changes in Support (page 1 of 2)\n")
    assert len(bullets(newest.text)) == 10
    assert labels(newest) == ["Older ›"]

    older = morning.clicks("Bob", "Older ›", newest)

    assert older.text.startswith("Changes in Support (page 2 of 2)\n")
    assert (
        "command line added Alice starting Mon Nov 23, in position 1: number +1••••••••01"
        in older.text
    )
    assert bullets(older.text)[-1].endswith("command line created the team Support")
    assert labels(older) == ["‹ Newer"]
    assert morning.clicks("Bob", "‹ Newer", older).text == newest.text


@pytest.mark.parametrize("typed", ["x", "0", "1 2"])
def test_a_page_of_the_audit_is_a_number(morning: World, typed: str) -> None:
    answer = morning.runs("Bob", f"/oncall audit {typed}").text

    assert "Which page? For example: /oncall audit 2." in answer


def test_a_page_that_the_audit_does_not_have(morning: World) -> None:
    answer = morning.runs("Bob", "/oncall audit 9").text

    assert "There are 2 pages. For example: /oncall audit 2." in answer


def test_an_audit_of_one_page_says_so_in_good_english(world: World) -> None:
    world.joins("Alice", "+13125550101", admin=True)

    assert "There are 1 pages" not in world.runs("Alice", "/oncall audit 2").text
