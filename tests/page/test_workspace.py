"""The demo's page as people use it: the workspace, the phones, the clock, the outages."""

import re
from datetime import UTC, datetime, timedelta

import requests
from playwright.sync_api import Browser, WebSocketRoute, expect

from tests.page.browser import LONG, Screen, screen
from tests.page.conftest import SUNDAY, Stage

# What Greg types, who isn't a lead, and the answer.
TYPED, REFUSED = "/oncall override @dave tomorrow", "Only leads can put somebody else on call"


def test_oncall_typed_in_the_composer_shows_the_answer(stage: Stage, window: Screen) -> None:
    window.opens(stage.url)

    window.types("/oncall")

    answer = window.sees("Only visible to you", "@Fran is on call for Support", "Next: @Bob")
    expect(answer).to_contain_text("WhoseOnFirst")
    expect(answer.locator("code").first).to_have_text("/oncall help")
    assert len(stage.channel.seen_by(stage.people[0].slack)) == 2  # the handoff, the answer


def test_the_next_morning_rings_the_right_phone_and_copies_the_channel(
    stage: Stage, window: Screen
) -> None:
    window.opens(stage.url)

    window.presses("Next 8:00 AM")

    expect(window.phone("Bob").get_by_role("listitem")).to_contain_text("Good morning, Bob.")
    window.sees("Good morning! @Bob is on call for Support")
    expect(window.page.locator("#clock time")).to_have_text("Mon Nov 23, 2026, 8:00:00 AM CST")
    assert [sms.body for sms in stage.people[1].phone.messages] == [
        "Good morning, Bob. You're on call for Support until Tue Nov 24, 8:00 AM CST. Next: Carol. "
        "Reply OK to confirm."
    ]
    expect(window.page.locator(".phone", has_text="Good morning")).to_have_count(1)


def test_an_override_by_command_changes_who_gets_the_next_one(stage: Stage, window: Screen) -> None:
    window.opens(stage.url)

    window.types("/oncall override @dave tomorrow")
    window.confirms("Only visible to you", "@Bob → @Dave")
    window.sees(
        "Only visible to you", "@Dave is on call from Mon Nov 23, 8:00 AM to ", "instead of @Bob"
    )
    window.presses("Next 8:00 AM")

    expect(window.phone("Dave").get_by_role("listitem")).to_contain_text("Good morning, Dave.")
    window.sees("@Dave is on call for Support", "covering for @Bob")
    expect(window.phone("Bob").get_by_role("listitem")).to_have_count(0)


def test_what_is_only_shown_or_discarded_changes_nothing(stage: Stage, window: Screen) -> None:
    window.opens(stage.url)
    window.types("/oncall override @dave tomorrow")
    preview = window.sees("Have @Dave cover for @", "Not saved yet")
    preview.get_by_role("button", name="Cancel").click()
    expect(preview).not_to_contain_text("Not saved yet")
    window.types("/oncall override @carol tomorrow")
    window.sees("Have @Carol cover for @")

    window.presses("Next 8:00 AM")

    expect(window.phone("Bob").get_by_role("listitem")).to_contain_text("Good morning, Bob.")
    for name, person in (("Carol", stage.people[2]), ("Dave", stage.people[3])):
        assert person.name == name
        assert not person.phone.messages
        expect(window.phone(name).get_by_role("listitem")).to_have_count(0)


def test_whose_shift_moves_finds_a_direct_message(stage: Stage, window: Screen) -> None:
    window.opens(stage.url)
    window.types("/oncall override @dave tomorrow")
    window.confirms("@Dave")

    window.page.get_by_label("You are").select_option(label="Bob")
    direct = window.page.get_by_role("button", name=re.compile("^WhoseOnFirst( 1 unread)?$"))
    expect(direct.get_by_label("1 unread")).to_be_visible()
    direct.click()

    window.sees("@Alice", "@Dave")
    expect(direct.get_by_label("unread")).to_have_count(0)


def test_plain_words_are_answered_in_the_bots_direct_messages(stage: Stage, window: Screen) -> None:
    window.opens(stage.url, who=stage.id_of("Greg"))
    window.page.get_by_role("button", name="WhoseOnFirst", exact=True).click()
    window.sees("Hi, I’m WhoseOnFirst.", "/oncall mine")

    window.types("who is on call tomorrow?")
    window.sees("@Bob")
    window.types("take tomorrow")
    window.sees("I’ve asked @Bob", "@Bob → @Greg")
    window.types("members edit")
    window.presses("Open the form")

    expect(window.page.get_by_role("dialog")).to_contain_text("Phone number")


def test_a_form_opens_where_no_more_is_typed_and_leads_to_the_same(
    stage: Stage, window: Screen
) -> None:
    window.opens(stage.url, who=stage.id_of("Dave"))
    window.types("/oncall take")
    form = window.page.get_by_role("dialog", name="Cover a shift")
    form.get_by_role("button", name="Next").click()
    expect(form.locator(".error")).to_be_visible()
    form.get_by_label("Or from (optional)").fill("2026-11-23")
    form.get_by_role("button", name="Next").click()
    asked = window.page.get_by_role("dialog", name="Asked")
    expect(asked).to_contain_text("@Bob → @Dave")
    asked.get_by_role("button", name="Close").last.click()

    window.page.get_by_label("You are").select_option(label="Bob")
    window.page.get_by_role("button", name=re.compile("^WhoseOnFirst( 1 unread)?$")).click()
    window.sees("@Dave offers to cover your shift").get_by_role("button", name="Accept").click()
    window.sees("@Dave is on call from Mon Nov 23, 8:00 AM to ")
    window.presses("Next 8:00 AM")

    expect(window.phone("Dave").get_by_role("listitem")).to_contain_text("Good morning, Dave.")


def test_the_home_tab_shows_what_is_and_opens_forms(stage: Stage, window: Screen) -> None:
    window.opens(stage.url)
    window.presses("WhoseOnFirst Home")
    home = window.page.get_by_label("Home tab")
    expect(home).to_contain_text("@Fran is on call for Support")
    expect(home.get_by_role("heading", name="My next shifts")).to_be_visible()
    expect(home.get_by_role("heading", name="For leads")).to_be_visible()

    home.get_by_role("button", name="Find cover").first.click()
    form = window.page.get_by_role("dialog", name="Find cover")
    form.get_by_label("Who covers?").select_option(label="Greg")
    form.get_by_role("button", name="Next").click()
    window.page.get_by_role("dialog", name="Confirm the change").get_by_role(
        "button", name="Confirm"
    ).click()
    done = window.page.get_by_role("dialog", name="Done")
    done.get_by_role("button", name="Done").click()

    expect(home.get_by_role("heading", name="My next shifts")).to_be_visible()
    expect(home).to_contain_text("Sat Dec 12, 8:00 AM CST")
    expect(home).not_to_contain_text("Sun Dec 6, 8:00 AM CST")


def test_the_schedule_is_a_table_whose_pages_one_turns(stage: Stage, window: Screen) -> None:
    window.opens(stage.url)
    window.types("/oncall schedule week")
    answer = window.sees("schedule: Mon Nov 16, 2026 to Sun Nov 22, 2026")
    expect(answer.get_by_role("row")).to_have_text(
        [re.compile("From.*On call"), "nowMon Nov 23, 8:00 AMFran"]
    )

    answer.get_by_role("button", name="Later ›").click()

    window.sees("schedule: Mon Nov 23, 2026 to Sun Nov 29, 2026")
    # The week begins at midnight, in the middle of a shift.
    expect(answer.get_by_role("row").nth(1)).to_have_text(
        re.compile("12:00 AMMon Nov 23, 8:00 AMFran")
    )
    expect(answer.get_by_role("row").nth(2)).to_have_text(
        re.compile("8:00 AMTue Nov 24, 8:00 AMBob")
    )


def test_a_phone_that_is_off_is_shown_as_undelivered_there_and_in_the_bots_history(
    stage: Stage, window: Screen
) -> None:
    window.opens(stage.url)
    bob = window.phone("Bob")
    bob.locator("summary").click()
    bob.get_by_label("Bob’s phone is").select_option("Off")
    expect(bob.locator("summary")).to_contain_text("Off")

    window.presses("Next 8:00 AM")
    expect(bob.get_by_role("listitem")).to_contain_text("Good morning, Bob.")
    window.presses("+1 min")

    expect(bob.get_by_role("listitem")).to_contain_text("never arrived: undelivered, 30003")
    window.sees("@Bob is on call but didn’t get the text")
    window.types("/oncall notifications")
    window.sees("text to @Bob, undelivered")


def test_two_browsers_see_the_same_workspace_and_each_only_their_own_answers(
    stage: Stage, browser: Browser, window: Screen
) -> None:
    with screen(browser) as other:
        window.opens(stage.url, who=stage.id_of("Alice"))
        other.opens(stage.url, who=stage.id_of("Eve"))

        window.types("Good evening, @eve")
        other.sees("Alice", "Good evening, @Eve")
        other.types("/oncall")
        # Eve is in London, but in Slack she reads the team’s time like everybody else.
        other.sees("Only visible to you", "until Mon Nov 23, 8:00 AM CST")
        window.presses("Next 8:00 AM")
        other.sees("Good morning! @Bob", "until Tue Nov 24, 8:00 AM CST")

        window.sees("Good morning! @Bob")
        assert window.messages.filter(has_text="Only visible to you").count() == 0


def test_switching_to_somebody_else_and_back_returns_to_the_same_place(
    stage: Stage, window: Screen
) -> None:
    window.opens(stage.url)
    window.page.get_by_label("You are").select_option(label="Greg")
    window.types(TYPED)
    window.sees(REFUSED)

    window.page.reload()

    expect(window.page.get_by_label("You are")).to_have_value(stage.id_of("Greg"))
    window.sees(REFUSED)


def types_at_once(window: Screen, user: str, *others: str) -> None:
    """As one person type a command, then switch to others before the page hears from the bot."""
    window.page.evaluate(
        """([user, typed, others]) => {
            const become = (one) => {
                const who = document.querySelector("#side select");
                who.value = one;
                who.dispatchEvent(new Event("change"));
            };
            become(user);
            document.querySelector("#text").value = typed;
            document.querySelector("#composer").requestSubmit();
            others.forEach(become);
        }""",
        [user, TYPED, others],
    )


def stays_unsent(window: Screen) -> None:
    """Check that the typed text is still in the message box and wasn't sent."""
    expect(window.page.locator("#text")).to_have_value(TYPED)
    expect(window.page.locator("#side")).to_contain_text("# support")
    expect(window.page.locator("body")).not_to_contain_text("Not saved yet")
    expect(window.page.locator("body")).not_to_contain_text(REFUSED)


def test_a_message_typed_just_after_switching_person_is_sent_as_them(
    stage: Stage, window: Screen
) -> None:
    window.opens(stage.url)

    types_at_once(window, stage.id_of("Greg"))

    window.sees(REFUSED)


def test_what_was_typed_as_somebody_is_theirs_when_one_goes_on_to_somebody_else(
    stage: Stage, window: Screen
) -> None:
    greg, silent = stage.id_of("Greg"), [True]

    def hears(line: WebSocketRoute) -> None:
        if not silent.pop():
            line.connect_to_server()
        silent.append(False)

    window.page.route_web_socket(re.compile(f"as={greg}"), hears)
    window.opens(stage.url)
    types_at_once(window, greg)
    who = window.page.locator("#side select")
    who.select_option(stage.id_of("Alice"))
    expect(window.page.locator("#side")).to_contain_text("# support")

    who.select_option(greg)

    stays_unsent(window)


def test_going_away_and_back_before_the_page_hears_sends_nothing(
    stage: Stage, window: Screen
) -> None:
    greg, alice = stage.id_of("Greg"), stage.id_of("Alice")
    window.opens(stage.url)

    types_at_once(window, greg, alice, greg)

    stays_unsent(window)


def test_what_one_has_not_read_is_marked(stage: Stage, window: Screen) -> None:
    window.opens(stage.url)
    support = window.page.get_by_role("button", name=re.compile("support"))
    expect(support.get_by_label("unread")).to_have_count(0)
    window.page.get_by_role("button", name="WhoseOnFirst", exact=True).click()
    expect(window.page.get_by_role("heading", level=2, name="WhoseOnFirst")).to_be_visible()

    window.presses("Next 8:00 AM")

    expect(support.get_by_label("1 unread")).to_be_visible()
    window.page.reload()
    expect(support.get_by_label("1 unread")).to_be_visible()
    support.click()
    expect(support.get_by_label("unread")).to_have_count(0)


def test_each_of_two_people_in_one_browser_has_read_what_they_have_read(
    stage: Stage, window: Screen
) -> None:
    other = Screen(window.page.context.new_page())
    window.opens(stage.url, who=stage.id_of("Alice"))
    other.opens(stage.url, who=stage.id_of("Greg"))
    window.sees("@Fran")
    other.sees("@Fran")

    for one in (window, other):
        one.page.reload()
        support = one.page.get_by_role("button", name=re.compile("support"))
        expect(support).to_be_visible()
        expect(support.get_by_label("unread")).to_have_count(0)


def test_ten_windows_of_one_browser_are_all_alive(stage: Stage, window: Screen) -> None:
    windows = [window, *(Screen(window.page.context.new_page()) for _ in range(9))]
    for one in windows:
        one.opens(stage.url)

    windows[0].types("Can everybody hear me?")

    for one in windows:
        one.sees("Can everybody hear me?")


def test_a_new_message_takes_nobodys_place(stage: Stage, window: Screen) -> None:
    window.opens(stage.url)
    date = window.page.get_by_label("Date and time to go to")
    date.fill("2026-12-24T18:00")
    window.page.get_by_role("combobox", name="Message").fill("half a sen")
    window.messages.first.evaluate("message => message.dataset.mark = 'same'")

    stage.people[1].slack.says("Good evening", stage.channel)
    window.sees("Good evening")
    expect(window.messages.first).to_have_attribute("data-mark", "same")
    stage.keeper.pass_until(lambda _: SUNDAY + timedelta(hours=12))

    window.sees("Good morning! @Bob")
    expect(date).to_have_value("2026-12-24T18:00")
    expect(window.page.get_by_role("combobox", name="Message")).to_be_focused()
    for who in ("Greg", "Alice, admin"):
        window.page.get_by_label("You are").select_option(label=who)
        window.sees("Good morning! @Bob")  # again, over a connection of its own
    expect(window.page.get_by_role("combobox", name="Message")).to_have_value("half a sen")


def test_commands_and_people_are_suggested_as_one_types(stage: Stage, window: Screen) -> None:
    window.opens(stage.url)
    box = window.page.get_by_role("combobox", name="Message")
    box.press_sequentially("/on")
    suggested = window.page.get_by_role("listbox", name="Suggestions").get_by_role("option")
    expect(suggested).to_have_text("/oncall help Who is on call, the schedule, and changes to it")
    box.press("Tab")
    box.press_sequentially("override @da")
    expect(suggested).to_have_text("@dave Dave")
    box.press("Enter")
    expect(box).to_have_value("/oncall override @dave ")
    box.press_sequentially("tomorrow")
    box.press("Enter")
    window.sees("@Dave")
    expect(box).to_have_value("")
    box.press("ArrowUp")
    expect(box).to_have_value("/oncall override @dave tomorrow")

    window.types("/onboard now")

    expect(window.page.get_by_role("alert")).to_contain_text("/onboard isn’t a command here")


def test_a_reply_of_stop_blocks_our_number_and_start_lets_it_through(
    stage: Stage, window: Screen
) -> None:
    window.opens(stage.url)
    bob = window.phone("Bob")
    bob.locator("summary").click()
    bob.get_by_label("Reply from Bob’s phone").fill("STOP")
    bob.get_by_role("button", name="Send from Bob’s phone").click()
    expect(bob.locator("summary")).to_contain_text("Opted out")

    window.presses("Next 8:00 AM")
    window.presses("+1 min")

    window.sees("@Bob is on call but didn’t get the text")
    expect(bob.get_by_role("listitem")).to_have_text(re.compile("STOP"))
    expect(bob.get_by_role("listitem")).to_contain_text("Twilio answers: “You have successfully")
    bob.get_by_label("Bob’s phone is").select_option("On")
    expect(bob.locator(".condition")).to_have_count(0)
    window.page.get_by_label("You are").select_option(label="Bob")
    window.types("/oncall test")
    expect(bob.get_by_role("listitem").last).to_contain_text("WhoseOnFirst test")


def test_the_team_hears_of_a_number_that_is_not_in_use(stage: Stage, window: Screen) -> None:
    window.opens(stage.url)
    window.phone("Bob").locator("summary").click()
    window.phone("Bob").get_by_label("Bob’s phone is").select_option("Number not in use")

    window.presses("Next 8:00 AM")
    window.presses("+1 min")

    window.sees("@Bob is on call but didn’t get the text")
    expect(window.phone("Bob").get_by_role("listitem")).to_have_text("No texts yet.")


def test_who_is_not_in_slack_has_a_phone_as_soon_as_it_rings(stage: Stage, window: Screen) -> None:
    window.opens(stage.url)
    window.types('/oncall members add "Zoe Doe" +13125550120')
    window.confirms("Zoe Doe")
    expect(window.sees("Zoe Doe")).not_to_contain_text("/oncall test")  # only who is in Slack
    window.types('/oncall override "Zoe Doe" tomorrow')
    window.confirms("@Bob → Zoe Doe")
    window.sees("Zoe Doe is on call from")

    window.presses("Next 8:00 AM")

    phone = window.page.locator(".phone", has_text="+13125550120")
    expect(phone.get_by_role("listitem")).to_contain_text("Good morning, Zoe.")
    phone.get_by_label("Reply from").fill("STOP")
    phone.get_by_label("Reply from").press("Enter")
    expect(phone.locator(".condition")).to_contain_text("STOP")


def test_a_storm_at_twilio_passes_and_the_sms_comes(stage: Stage, window: Screen) -> None:
    window.opens(stage.url)
    window.page.get_by_label("Twilio is").select_option("failing")
    window.presses("Next 8:00 AM")
    window.sees("Good morning! @Bob")
    expect(window.phone("Bob").get_by_role("listitem")).to_have_count(0)

    window.page.get_by_label("Twilio is").select_option("working")
    window.presses("+1 min")

    expect(window.phone("Bob").get_by_role("listitem")).to_contain_text("Good morning, Bob.")


def test_slack_is_down_and_the_sms_goes_out_all_the_same(stage: Stage, window: Screen) -> None:
    window.opens(stage.url)
    window.page.get_by_label("Slack is").select_option("failing")
    window.presses("Next 8:00 AM")
    expect(window.phone("Bob").get_by_role("listitem")).to_contain_text("Good morning, Bob.")
    expect(window.messages).to_have_count(1)

    window.page.get_by_label("Slack is").select_option("working")
    window.presses("+1 min")

    window.sees("Good morning! @Bob")


def test_a_bot_killed_in_mid_send_comes_again_and_nobody_gets_it_twice(
    stage: Stage, window: Screen
) -> None:
    window.opens(stage.url)
    window.presses("Crash mid-send")
    expect(window.page.get_by_text("Crashes at next text")).to_be_visible()

    window.presses("Next 8:00 AM")

    expect(window.page.get_by_text("Bot up, restarted once")).to_be_visible()
    window.presses("+1 hour")
    expect(window.page.locator("#clock time")).to_contain_text("9:00:00 AM")
    window.sees("Good morning! @Bob")
    expect(window.phone("Bob").get_by_role("listitem")).to_contain_text("delivered")
    assert len(stage.people[1].phone.messages) == 1
    window.types("/oncall notifications")
    window.sees("text to @Bob, delivered")


def test_a_crash_waits_for_an_sms_that_is_taken(stage: Stage, window: Screen) -> None:
    stage.people[1].phone.switches("invalid")
    window.opens(stage.url)
    window.presses("Crash mid-send")
    # Its longer text moves the buttons below it, so a click during that would miss.
    expect(window.page.get_by_text("Crashes at next text")).to_be_visible()
    window.presses("Next 8:00 AM")
    expect(window.page.locator("#clock time")).to_contain_text("8:00:00 AM")
    expect(window.page.get_by_text("Crashes at next text")).to_be_visible()

    window.presses("Next 8:00 AM")

    expect(window.phone("Carol").get_by_role("listitem")).to_contain_text("Good morning, Carol.")
    expect(window.page.get_by_text("Bot up, restarted once")).to_be_visible()


def test_what_is_typed_while_the_bot_is_down_is_said_to_have_failed(
    stage: Stage, window: Screen
) -> None:
    window.opens(stage.url)
    stage.keeper.kill()
    expect(window.page.get_by_text("Bot down, restarting")).to_be_visible()

    window.types("/oncall")

    # A connection that is about to break loses the command.
    failed = re.compile("dispatch_failed|operation_timeout")
    expect(window.page.get_by_role("alert")).to_contain_text(failed)
    expect(window.page.get_by_role("combobox", name="Message")).to_have_value("/oncall")
    expect(window.page.get_by_text("Bot up, restarted once")).to_be_visible()


def test_news_that_come_while_a_button_is_pressed_do_not_take_the_click_away(
    stage: Stage, window: Screen
) -> None:
    with window.page.expect_websocket() as line:
        window.opens(stage.url)
    window.page.get_by_role("button", name="+1 hour", exact=True).hover()
    window.page.mouse.down()

    with line.value.expect_event("framereceived", lambda frame: '"twilio": "slow"' in frame):
        said = {"service": "twilio", "word": "slow"}
        requests.post(f"{stage.url}/do/weather", json=said, timeout=30)
    window.page.mouse.up()

    expect(window.page.locator("#clock time")).to_contain_text("9:00:00 PM")


def test_the_night_when_the_clocks_go_forward_is_a_click_away(stage: Stage, window: Screen) -> None:
    window.opens(stage.url)
    clock = window.page.locator("#clock time")

    window.presses("Spring forward")

    expect(clock).to_have_text("Sat Mar 13, 2027, 8:00:00 PM CST", timeout=LONG)
    window.presses("Next 8:00 AM")
    expect(clock).to_have_text("Sun Mar 14, 2027, 8:00:00 AM CDT")
    window.sees("Good morning!", "CDT")
    # Every morning in between was announced, each once.
    mornings = [post for post in stage.channel.messages if "Good morning!" in post.plain]
    assert len(mornings) == 112
    expect(window.page.get_by_text("Older messages aren’t shown here.")).to_be_attached()


def test_the_night_when_the_clocks_go_back_can_be_stopped_on_the_way(
    stage: Stage, window: Screen
) -> None:
    window.opens(stage.url)
    window.presses("Fall back")
    window.presses("Stop")

    expect(window.page.get_by_role("button", name="Stop")).to_have_count(0)
    expect(window.page.get_by_role("button", name="+1 hour")).to_be_enabled()
    assert stage.sandbox.clock.now() < datetime(2027, 11, 1, tzinfo=UTC)


def test_time_goes_to_a_date_and_never_back(stage: Stage, window: Screen) -> None:
    window.opens(stage.url)
    date = window.page.get_by_label("Date and time to go to")
    date.fill("2026-11-25T09:30")
    window.presses("Go")
    clock = window.page.locator("#clock time")
    expect(clock).to_have_text("Wed Nov 25, 2026, 9:30:00 AM CST")

    for text, words in (
        ("2026-11-24T08:00", "only moves forward"),
        ("2031-01-01T08:00", "too far"),
    ):
        date.fill(text)
        window.presses("Go")
        expect(window.page.get_by_role("alert")).to_contain_text(words)
        window.presses("Dismiss")

    expect(clock).to_have_text("Wed Nov 25, 2026, 9:30:00 AM CST")
    window.presses("Next handoff")
    expect(clock).to_have_text("Thu Nov 26, 2026, 8:00:00 AM CST")
