"""Commands: their answers, and their effects."""

from storage.database import reading
from storage.models import AuditEntry
from tests.stories.conftest import World
from tests.stories.reading import rows, table


def test_oncall_says_who_until_when_and_who_is_next(support: World) -> None:
    support.until("2026-11-23 08:00")
    support.reads("Alice")

    answer = support.runs("Greg", "/oncall")

    assert answer.ephemeral
    assert "@Alice is on call for Support until Tue Nov 24, 8:00 AM CST" in answer.text
    assert "Tue Nov 24, 8:00 AM CST" in answer.text
    assert "Next: @Bob" in answer.text


def test_oncall_before_the_first_shift_tells_the_gap_and_who_comes(support: World) -> None:
    answer = support.runs("Greg", "/oncall")

    assert "Nobody is on call for Support until" in answer.text
    assert "Next: @Alice from" in answer.text


def test_oncall_in_a_team_without_anybody_says_how_to_begin(world: World) -> None:
    world.joins("Alice", "+13125550101", admin=True)

    answer = world.runs("Alice", "/oncall")

    assert "Support isn’t set up yet. A workspace admin can finish the setup." in answer.text
    assert world.clicks("Alice", "Continue setup", answer).view is not None


def test_a_team_is_set_up_from_nothing_with_commands_alone(world: World) -> None:
    world.joins("Alice", "+13125550101", admin=True)
    world.joins("Bob", "+13125550102")

    assert "starting this week, in position 1" in (
        world.changes("Alice", "/oncall members add @alice +1 312 555 0101").text
    )
    assert "position 2" in world.changes("Alice", "/oncall members add @bob +13125550102").text
    for shift in ("1 monday 48h 08:00", "2 wed 72h 8am", "3 Saturday 48h"):
        assert "✅ Added shift" in world.changes("Alice", f"/oncall shifts add {shift}").text
    assert "Every hour of the week has exactly one shift" in (
        world.runs("Bob", "/oncall shifts").text
    )

    world.until("2026-11-23 08:00")
    world.reads("Alice", "Day 1 of 2")
    world.until("2026-11-25 08:00")
    world.reads("Bob", "Day 1 of 3")


def test_a_team_set_up_in_mid_shift_has_somebody_on_call_at_once(world: World) -> None:
    world.joins("Alice", "+13125550101", admin=True)
    world.until("2026-11-25 15:00")
    world.changes("Alice", "/oncall shifts add 1 monday 168h 08:00")
    world.changes("Alice", "/oncall members add @alice +13125550101")
    world.passes(seconds=15)

    world.reads("Alice", "Alice, you're now on call", "until Mon Nov 30, 8:00 AM CST")


def test_schedule_shows_two_weeks_with_overrides_marked(support: World) -> None:
    support.changes("Alice", "/oncall override @greg friday 14:00 to 18:00 for a concert")

    text = support.runs("Bob", "/oncall schedule").text

    assert text.startswith("Support schedule: Mon Nov 23, 2026 to Sun Dec 6, 2026\n")
    assert "Dec 8" not in text
    assert ("From", "Until", "On call", "Note") in table(text)
    found = rows(text)
    assert ("Fri Nov 27, 2:00 PM", "Greg", "for Dave: a concert") in found
    assert ("Fri Nov 27, 6:00 PM", "Dave") in found
    assert ("Sun Dec 6, 8:00 AM", "Greg") in found
    bobs = [
        found.index(("Tue Nov 24, 8:00 AM", "Bob", "48 h")),
        found.index(("Mon Nov 30, 8:00 AM", "Bob")),
    ]
    assert bobs == sorted(bobs)


def test_schedule_shows_as_many_weeks_as_asked(support: World) -> None:
    four = support.runs("Bob", "/oncall schedule 4 weeks").text
    assert "Mon Nov 23, 2026 to Sun Dec 20, 2026" in four
    assert ("Sun Dec 20, 8:00 AM", "Bob") in rows(four)
    assert "Tue Dec 22" not in four

    one = support.runs("Bob", "/oncall schedule 1").text
    assert "Mon Nov 23, 2026 to Sun Nov 29, 2026" in one
    assert ("Sun Nov 29, 8:00 AM", "Fran") in rows(one)
    assert "Dec 1" not in one


def test_schedule_for_half_a_year_fits_slack(support: World) -> None:
    assert "I plan 8 weeks ahead" in support.runs("Bob", "/oncall schedule 26 weeks").text


def test_numbers_are_masked_for_those_who_are_no_admins(support: World) -> None:
    seen_by_admin = support.runs("Alice", "/oncall members").text
    seen_by_bob = support.runs("Bob", "/oncall members").text

    assert "+1 312-555-0107" in seen_by_admin
    assert "+1 312-555-0102" in seen_by_bob
    assert "0107" not in seen_by_bob
    assert "@Greg +1••••••••07" in seen_by_bob


def test_a_new_member_joins_at_the_end_next_monday(support: World) -> None:
    support.joins("Zoe Zimmer", "+13125550111")

    answer = support.changes("Alice", "/oncall members add @zoe +13125550111")

    assert "@Zoe Zimmer is in the rotation starting Mon Nov 30, in position 8" in answer.text
    assert "Zoe" not in support.runs("Bob", "/oncall schedule 1").text
    assert "Zoe Zimmer" in support.runs("Bob", "/oncall schedule 8").text


def test_a_member_without_slack_is_added_by_name(support: World) -> None:
    answer = support.changes("Alice", '/oncall members add "Alice Doe" +13125550112')

    assert "Alice Doe is in the rotation" in answer.text


def test_who_rests_takes_over_from_somebody_who_leaves(support: World) -> None:
    answer = support.changes("Alice", "/oncall members remove @dave")

    assert "@Dave is out of the rotation" in answer.text
    found = rows(support.runs("Bob", "/oncall schedule 1").text)
    assert ("Fri Nov 27, 8:00 AM", "Greg") in found
    assert "Dave" not in support.runs("Bob", "/oncall schedule 8").text
    assert "Not in the rotation anymore: Dave" in support.runs("Bob", "/oncall members").text


def test_who_is_on_call_can_leave_only_with_a_cover(support: World) -> None:
    support.until("2026-11-24 09:00")
    support.reads("Bob", "Good morning, Bob.", "1 h late")

    refused = support.changes("Alice", "/oncall members remove @bob")
    assert "Bob is on call right now" in refused.text
    assert "cover @carol" in refused.text

    answer = support.changes("Alice", "/oncall members remove @bob cover @greg")
    assert "@Greg is on call until" in answer.text
    support.passes(seconds=15)
    support.reads("Greg", "on call for", "covering Bob", "Thu Nov 26, 8:00 AM CST")


def test_one_who_comes_back_keeps_their_history(support: World) -> None:
    support.changes("Alice", "/oncall members remove @dave")

    answer = support.changes("Alice", "/oncall members add @dave +13125550198")

    assert "@Dave is back in the rotation" in answer.text


def test_shifts_point_out_gaps_and_overlaps(support: World) -> None:
    support.changes("Alice", "/oncall shifts remove 3")
    support.changes("Alice", "/oncall shifts add 7 sunday 12h 20:00")

    text = support.runs("Bob", "/oncall shifts").text

    assert "Gap: nobody is on call from Thursday 8:00 AM to Friday 8:00 AM" in text
    assert "Overlap: 2 shifts run from Sunday 8:00 PM to Monday 8:00 AM" in text


def test_an_override_for_a_whole_shift_echoes_how_it_was_understood(support: World) -> None:
    answer = support.changes("Alice", "/oncall override @greg tomorrow for sick leave")

    assert "@Greg is on call from" in answer.text
    assert "Tue Nov 24, 8:00 AM to" in answer.text
    assert "Thu Nov 26, 8:00 AM CST, instead of @Bob (reason: sick leave)." in answer.text
    cancelled = support.clicks("Alice", "Undo", answer)
    assert "Cancel" in cancelled.text
    assert "[ Confirm ]" in cancelled.text


def test_an_override_by_date_means_the_shift_of_that_day(support: World) -> None:
    answer = support.changes("Alice", "/oncall override @alice 2026-12-24")

    assert "Thu Dec 24, 8:00 AM to " in answer.text
    assert "Fri Dec 25, 8:00 AM CST" in answer.text


def test_overrides_lists_them_and_cancel_shows_what_lay_beneath(support: World) -> None:
    support.changes("Alice", "/oncall override @greg tomorrow")
    assert "1. @Greg is on call from" in support.runs("Bob", "/oncall overrides").text

    answer = support.changes("Alice", "/oncall override cancel 1")

    assert "Override 1 is canceled" in answer.text
    assert "@Bob" in answer.text
    assert "No overrides" in support.runs("Bob", "/oncall overrides").text


def test_the_newest_override_wins_and_a_cancelled_one_uncovers_the_older(support: World) -> None:
    support.changes("Alice", "/oncall override @greg tomorrow")
    support.changes("Alice", "/oncall override @fran tomorrow 12:00 to 14:00")
    found = rows(support.runs("Bob", "/oncall schedule 1").text)
    assert ("Tue Nov 24, 12:00 PM", "Fran", "for Bob") in found
    assert ("Tue Nov 24, 2:00 PM", "Greg", "for Bob") in found

    support.changes("Alice", "/oncall override cancel 2")
    found = rows(support.runs("Bob", "/oncall schedule 1").text)
    assert ("Tue Nov 24, 8:00 AM", "Greg", "for Bob") in found
    assert not any(row[1:] == ("Fran", "for Bob") for row in found)


def test_a_test_sms_comes_to_oneself(support: World) -> None:
    answer = support.runs("Bob", "/oncall test")
    assert "I’m sending a test text to +1 312-555-0102" in answer.text
    support.passes(seconds=1)

    support.reads("Bob", "WhoseOnFirst test at 7:00 AM CST", "Bob", "Tue Nov 24, 8:00 AM.")
    assert "less than a minute ago" in support.runs("Bob", "/oncall test").text
    support.until("2026-11-24 09:00")
    support.reads("Bob", "Good morning")
    support.runs("Bob", "/oncall test")
    support.passes(seconds=1)
    support.reads("Bob", "You're on call for Support now, until Thu Nov 26, 8:00 AM.")


def test_a_test_needs_a_number(support: World) -> None:
    support.joins("Zoe", "+13125550111")

    assert "I don’t have a number for you" in support.runs("Zoe", "/oncall test").text


def test_sent_messages_are_listed_with_their_status(support: World) -> None:
    assert (
        "Nothing has been sent for Support yet" in support.runs("Bob", "/oncall notifications").text
    )
    support.people["Bob"].phone.switches("off")
    support.until("2026-11-23 08:00")
    support.reads("Alice")
    assert "text to @Alice, accepted by Twilio, no receipt yet" in (
        support.runs("Greg", "/oncall notifications").text
    )
    support.passes(seconds=15)
    support.until("2026-11-24 08:00")
    support.passes(seconds=15)
    support.passes(seconds=15)

    said = support.runs("Greg", "/oncall notifications").text.splitlines()

    assert said[0] == "Latest notifications for Support"
    assert said[1].endswith(": direct message to @Bob, sent")
    assert said[2].endswith(": warning in the channel, posted")
    assert "text to @Bob, undelivered. " in "\n".join(said)
    assert "• 2 Mon Nov 23, 8:00 AM CST: text to @Alice, delivered" in said
    assert "+1312" not in "".join(said)


def test_at_most_ten_are_listed(support: World) -> None:
    for hour in range(12):
        support.until(f"2026-11-23 {8 + hour:02}:30")
        support.runs("Greg", "/oncall test")
        support.tick()
        support.reads("Greg", "WhoseOnFirst test")
    support.reads("Alice")
    said = support.runs("Greg", "/oncall notifications").text.splitlines()

    assert sum(line.startswith("•") for line in said) == 10
    assert said[1].startswith("• 15 Mon Nov 23, 7:30 PM CST: test text to @Greg")


def test_help_lists_every_command_and_explains_each(support: World) -> None:
    everything = support.runs("Bob", "/oncall help").text
    for word in ("schedule", "members add", "shifts remove", "override cancel", "test", "help"):
        assert f"/oncall {word}" in everything

    assert "/oncall override @bob friday 14:00 to 18:00" in (
        support.runs("Bob", "/oncall help override").text
    )


def test_help_is_in_sections_and_says_after_a_dash_what_each_command_does(support: World) -> None:
    everything = support.runs("Bob", "/oncall help").text
    sections = [
        "Who’s on call",
        "Cover and swap",
        "Your texts and number",
        "Look things up",
        "For leads: the rotation",
        "For leads: shifts",
        "For leads: the team",
    ]
    lines = everything.splitlines()

    assert [line for line in lines if line in sections] == sections
    said = {line.partition(" – ")[0]: at for at, line in enumerate(lines) if " – " in line}
    assert said["• /oncall mine"] < lines.index(sections[1])
    assert lines.index(sections[3]) < said["• /oncall why"] < lines.index(sections[4])
    assert "/oncall confirm NUMBER" not in everything  # only behind buttons


def test_a_mistyped_word_is_guessed(support: World) -> None:
    assert "Did you mean /oncall schedule?" in support.runs("Bob", "/oncall shedule").text


def test_changes_are_in_the_audit_log_with_who_and_what(support: World) -> None:
    support.changes("Alice", "/oncall override @greg tomorrow for sick leave")

    with reading():
        entry = AuditEntry.select().order_by(AuditEntry.id.desc()).get()
    assert entry.actor == support.people["Alice"].id
    assert entry.action == "override created"
    assert '"reason": "sick leave"' in str(entry.after)


def test_mentions_that_slack_did_not_escape_are_understood(support: World) -> None:
    alice = support.people["Alice"]

    answer = alice.runs("/oncall override @greg tomorrow", support.channel, escape=False)

    assert "@Greg is on call from" in support.confirms("Alice", answer).text


def test_admins_by_setting_may_change_things(support: World) -> None:
    support.stops_bot()
    support.starts_bot(ONCALL_ADMINS=support.people["Bob"].id)

    assert "✅" in support.changes("Bob", "/oncall override @greg tomorrow").text


def test_in_a_channel_of_no_team_the_command_is_about_the_only_team(support: World) -> None:
    other = support.sandbox.slack.channel("random", members=[support.people["Bob"].slack])

    assert "Support" in support.people["Bob"].runs("/oncall", other).text


def test_somebody_who_was_removed_from_slack_cannot_be_added(support: World) -> None:
    support.sandbox.slack.person("Olga Old", handle="olga", deleted=True)

    answer = support.changes("Alice", "/oncall members add @olga +13125550113")

    assert "❌" in answer.text


def test_an_override_by_its_length_may_have_a_reason(support: World) -> None:
    answer = support.changes("Alice", "/oncall override @greg friday 14:00 for 90 min for dentist")
    assert "Fri Nov 27, 2:00 PM to 3:30 PM CST" in answer.text
    assert ", instead of @Dave (reason: dentist)." in answer.text


def test_who_cannot_be_mentioned_goes_by_their_name(support: World) -> None:
    support.joins("Zoe", "+13125550111")
    support.changes("Alice", "/oncall members add @zoe +13125550111")
    support.changes("Alice", "/oncall members add Zoe +13125550142")
    assert "Another Zoe is already in the rotation." in (
        support.changes("Alice", "/oncall members add zoe +13125550143").text
    )

    assert "Zoe is on call from" in support.changes("Alice", "/oncall override Zoe friday").text
    assert "✅ Zoe is out" in support.changes("Alice", "/oncall members remove Zoe").text
    assert "✅ @Zoe is out" in support.changes("Alice", "/oncall members remove Zoe").text


def test_the_last_one_who_leaves_leaves_nobody(world: World) -> None:
    world.joins("Alice", "+13125550101", admin=True)
    world.changes("Alice", "/oncall members add @alice +13125550101")
    world.changes("Alice", "/oncall shifts add 1 monday 168h")
    world.until("2026-11-23 09:00")
    world.reads("Alice", "until Mon Nov 30, 8:00 AM CST. Reply OK to confirm. (Sent 1 h late.)")
    assert "Next:" not in world.runs("Alice", "/oncall").text

    world.changes("Alice", '/oncall members add "Bob Doe" +13125550102')
    world.changes("Alice", "/oncall members remove Bob")

    answer = world.changes("Alice", "/oncall members remove @alice cover Bob")

    assert "Nobody is left in the rotation." in answer.text
    assert "Bob Doe is on call until Mon Nov 30, 8:00 AM CST." in answer.text
    assert "Nobody is on call starting Mon Nov 30, 8:00 AM CST." in answer.text
    assert "Nobody’s in the rotation." in world.runs("Alice", "/oncall members").text


def test_what_is_not_planned_yet_is_not_called_a_gap(support: World) -> None:
    support.until("2026-11-23 08:00")
    support.reads("Alice")
    text = support.runs("Bob", "/oncall schedule 26 weeks").text
    assert "NOBODY" not in text
    assert "I plan 8 weeks ahead." in text
    support.changes("Alice", "/oncall override @greg 2027-03-20 8:00 to 9:00")
    text = support.runs("Bob", "/oncall schedule 26 weeks").text
    assert ("Sat Mar 20, 8:00 AM", "Sat Mar 20, 9:00 AM", "Greg", "override") in table(text)
    assert "NOBODY" not in text
    answer = support.changes("Alice", "/oncall override @greg 2028-01-01 8:00 to 9:00").text
    assert "Nothing else is planned for then yet." in answer


def test_somebody_who_left_can_cover_and_the_preview_says_so(support: World) -> None:
    support.changes("Alice", "/oncall members remove @greg")
    answer = support.changes("Alice", "/oncall override @greg saturday").text
    assert answer.startswith("✅ @Greg is on call")
    assert "@Greg isn’t in the rotation anymore." in answer


def test_the_text_of_ones_own_shift_does_not_mention_covering(support: World) -> None:
    support.until("2026-11-23 08:00")
    support.reads("Alice", "Good morning")
    support.passes(minutes=5)
    support.changes("Alice", "/oncall members remove @alice cover @bob")
    support.passes(minutes=1)

    sms = support.reads("Bob", "until Thu Nov 26, 8:00 AM")  # Tuesday and Wednesday are Bob's own
    assert "covering" not in sms


def test_a_database_that_is_busy_is_said_and_nothing_is_changed(support: World) -> None:
    preview = support.runs("Alice", "/oncall override @greg friday")
    with support.locked():
        asked = support.runs("Alice", "/oncall override @greg saturday").text
        confirmed = support.confirms("Alice", preview).text
    assert "My database is busy, so nothing was changed" in asked
    assert "My database is busy, so nothing was changed" in confirmed
    assert "No overrides" in support.runs("Alice", "/oncall overrides").text


def test_off_takes_a_text_a_number_and_a_zone_out(support: World) -> None:
    support.changes("Alice", "/oncall settings sms Hello {first}")
    assert (
        "morning text: the standard one"
        in support.changes("Alice", "/oncall settings sms off").text
    )

    for what, value, without in (
        ("second", "+13125550122", "no second number"),
        ("zone", "Europe/Berlin", "the team’s time zone"),
    ):
        support.changes("Alice", f"/oncall members edit @bob {what} {value}")
        answer = support.changes("Alice", f"/oncall members edit @bob {what} off").text
        assert answer == f"✅ Updated @Bob: {without}."


def test_the_audit_says_that_a_leave_was_undone(support: World) -> None:
    support.changes("Alice", "/oncall members remove @fran from 2026-12-24")
    support.changes("Alice", "/oncall members activate @fran")
    support.tick()
    text = support.runs("Alice", "/oncall audit").text
    assert "@Alice kept Fran in the rotation (was leaving on Thu Dec 24)" in text
