"""Block Kit on the page: every block and element that it claims to render, and using them."""

import json
import re
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Locator, expect

from sandbox.slack.render import mrkdwn
from tests.page.browser import Screen
from tests.page.gallery import FORM, PICKERS, PUSHED, SURE, kinds
from tests.page.hall import MORNING, Hall, hall

__all__ = ["hall"]  # the fixture


@pytest.fixture
def shown(hall: Hall, window: Screen) -> Locator:
    """The message with everything, as Alice sees it."""
    window.opens(hall.url)
    window.types("/gallery")
    window.sees("One of everything")
    return window.messages.first


def test_the_gallery_has_everything_that_the_page_claims_to_draw(
    hall: Hall, window: Screen
) -> None:
    window.opens(hall.url)
    claimed = window.page.evaluate(
        "async () => [...(await import('/static/blocks.js')).DRAWN_BLOCKS,"
        " ...(await import('/static/elements.js')).DRAWN_ELEMENTS]"
    )

    assert len(claimed) == len(set(claimed)) == 31
    assert set(claimed) <= kinds(hall.gallery.message) | kinds(FORM)


def test_text_is_marked_as_slack_marks_it(shown: Locator) -> None:
    text = shown.locator(".section .text").first

    expect(text).to_have_text("Bold, italic, gone, code, @Bob, #support")
    for tag, words in (("strong", "Bold"), ("em", "italic"), ("s", "gone"), ("code", "code")):
        expect(text.locator(tag)).to_have_text(words)
    expect(text.locator(".mention")).to_have_text(["@Bob", "#support"])
    expect(shown.locator(".fields .text")).to_have_text(["From\nMon 08:00", "As *is*"])
    expect(shown.get_by_role("heading", level=3)).to_have_text("🔔 One of everything")
    expect(shown.get_by_role("separator")).to_have_count(1)
    expect(shown.locator(".context")).to_contain_text("in small print")


def test_alerts_tables_pictures_and_rich_text_are_rendered(shown: Locator) -> None:
    for name in ("Note", "Info", "Warning", "Error", "Success"):
        expect(shown.get_by_role("note", name=name)).to_be_visible()
    table = shown.get_by_role("table")
    expect(table.get_by_role("columnheader")).to_have_text(["Who", "Hours"])
    # An empty heading cell isn't a heading. Dates are in the reader's zone.
    expect(table.get_by_role("cell")).to_have_text(["", "@Bob", "48", "Nov 24 8:00 AM"])
    expect(table.get_by_role("cell").nth(2)).to_have_css("text-align", "right")
    expect(table.locator("time")).to_have_attribute("title", "2026-11-24 14:00 UTC")
    picture = shown.get_by_role("img", name="A phone")
    assert picture.evaluate("image => image.complete && image.naturalWidth") == 1
    expect(shown.locator("figcaption")).to_have_text("The page on a phone")
    rich = shown.locator(".rich_text")
    expect(rich.locator("p").first).to_have_text("Rich 👋")
    expect(rich.locator("ol")).to_have_attribute("start", "3")
    expect(rich.locator("li")).to_have_text(["third", "fourth"])
    expect(rich.locator("blockquote")).to_have_text("quoted")
    expect(rich.locator("pre")).to_have_text("as  typed")


def test_an_unknown_block_is_a_labeled_box(shown: Locator) -> None:
    boxes = shown.locator(".unknown")

    expect(boxes.filter(has_text="markdown")).to_contain_text("**This** kind is not rendered.")
    # A picture from elsewhere is not fetched: nothing leaves the machine.
    elsewhere = shown.get_by_role("img", name="Elsewhere")
    expect(elsewhere).to_contain_text("https://example.com/a.png")


def test_a_button_is_the_envelope_that_slack_sends(
    hall: Hall, window: Screen, shown: Locator
) -> None:
    shown.get_by_role("button", name="Primary").click()

    window.sees('primary says "1"')
    (heard,) = hall.gallery.heard
    assert heard["type"] == "block_actions"
    assert heard["container"]["is_ephemeral"]
    assert heard["user"]["id"] == hall.alice.id
    expect(shown.get_by_role("link", name="Link")).to_have_attribute("href", "https://example.com/")


def test_a_dangerous_button_asks_first(hall: Hall, window: Screen, shown: Locator) -> None:
    danger = shown.get_by_role("button", name="Danger")
    asked = window.page.get_by_role("dialog", name="Delete it?")
    danger.click()
    expect(asked).to_contain_text("It can’t be brought back.")
    asked.get_by_role("button", name="Keep").click()
    expect(asked).to_have_count(0)
    danger.click()
    window.page.keyboard.press("Escape")
    expect(asked).to_have_count(0)
    assert not hall.gallery.heard

    danger.click()
    asked.get_by_role("button", name="Delete").click()

    window.sees('danger says "2"')


def test_everything_can_be_chosen_in_place(window: Screen, shown: Locator) -> None:
    def told(action: str, value: str) -> None:
        window.sees(f"{action} says", value)

    for label, kind, choice, value in (
        ("Which day", "static_select", "Saturday", '"value": "saturday"'),
        ("Who", "users_select", "Bob", '"selected_user": "U'),
        ("Which channel", "channels_select", "#support", '"selected_channel": "C'),
        ("Which conversation", "conversations_select", "#support", '"selected_conversation": "C'),
    ):
        shown.get_by_label(label, exact=True).select_option(label=choice)
        told(kind, value)
    shown.get_by_label("Which color", exact=True).fill("dark")
    shown.get_by_role("option", name="Dark green").click()
    told("external_select", '"value": "dark green"')
    shown.get_by_label("Pick a date").fill("2026-12-24")
    shown.get_by_label("Pick a date").press("Enter")
    told("datepicker", '"selected_date": "2026-12-24"')
    shown.get_by_label("Pick a time").fill("17:30")
    shown.get_by_label("Pick a time").press("Enter")
    told("timepicker", '"selected_time": "17:30"')
    moment = shown.get_by_label("datetimepicker")
    expect(moment).to_have_value("2026-11-23T08:00")
    moment.fill("2026-11-24T08:00")
    moment.press("Enter")
    told("datetimepicker", '"selected_date_time": 1795528800')
    for label, choice, kind in (
        ("Which days", "Owl", "multi_static_select"),
        ("Which people", "Bob", "multi_users_select"),
        ("Which channels", "#support", "multi_channels_select"),
        ("Which conversations", "#support", "multi_conversations_select"),
        ("checkboxes", "Ask", "checkboxes"),
        ("radio buttons", "Part", "radio_buttons"),
    ):
        shown.get_by_label(label, exact=True).get_by_label(choice).check()
        told(kind, "selected")
    shown.get_by_label("More actions").click()
    shown.get_by_role("menuitem", name="Drop").click()
    told("overflow", '"value": "drop"')


def test_a_form_is_filled_in_wrongly_corrected_and_sent(hall: Hall, window: Screen) -> None:
    window.opens(hall.url)
    window.types("/gallery form")
    form = window.page.get_by_role("dialog", name="Cover a shift")
    save = form.get_by_role("button", name="Save")

    save.click()
    expect(form.get_by_label("Name", exact=True)).to_have_attribute("aria-invalid", "true")
    expect(form.locator(".error")).to_have_text("Please complete this required field.")
    assert not hall.gallery.heard
    form.get_by_label("Name", exact=True).fill("Nobody")
    expect(form.locator(".error")).to_have_count(0)  # until it's sent again
    form.get_by_label("Note", exact=False).fill("On leave")
    save.click()
    expect(form.locator(".error")).to_have_text("Nobody is not a person. Say Bob.")
    expect(form.get_by_label("Name", exact=True)).to_be_focused()
    expect(form.get_by_label("Name", exact=True)).to_have_value("Nobody")
    expect(form.get_by_label("Note", exact=False)).to_have_value("On leave")

    form.get_by_label("Name", exact=True).fill("Bob")
    fill_in(form)
    save.click()

    expect(form).to_have_count(0)
    said = json.loads(window.sees("On leave").locator("code").inner_text())
    assert said["name"] == "Bob"
    assert said["note"] == "On leave"
    assert said["rich"]["elements"][0]["elements"] == [{"type": "text", "text": "Very rich"}]
    assert (said["mail"], said["link"], said["hours"]) == ("b@example.com", "https://a.b", "48")
    assert said["day"]["value"] == "sunday"
    assert [one["value"] for one in said["shifts"]] == ["early", "owl"]
    assert (said["who"], said["all"]) == (hall.bob.id, [hall.alice.id, hall.bob.id])
    assert said["where"] == said["talk"] == hall.support.id
    assert said["letter"] == hall.alice.slack.direct_messages.id
    assert said["turn"]["value"] == "turn 60"
    assert said["wheres"] == said["talks"] == [hall.support.id]
    assert (said["date"], said["time"]) == ("2026-12-24", "17:30")
    assert said["moment"] == int(datetime(2026, 11, 24, 14, 0, tzinfo=UTC).timestamp())
    assert [one["value"] for one in said["also"]] == ["ask"]
    assert said["how"]["value"] == "part"


def fill_in(form: Locator) -> None:
    """Fill in every field except the name and the note."""

    def named(label: str) -> Locator:
        return form.get_by_label(f"{label} (optional)", exact=True)

    for label, text in (
        ("Rich", "Very rich"),
        ("Mail", "b@example.com"),
        ("Link", "https://a.b"),
        ("Hours", "48"),
        ("Date", "2026-12-24"),
        ("Time", "17:30"),
        ("Moment", "2026-11-24T08:00"),
    ):
        named(label).fill(text)
    for label, choice in (
        ("Day", "Sunday"),
        ("Who", "Bob"),
        ("Where", "#support"),
        ("Talk", "#support"),
        ("Letter", "WhoseOnFirst"),
        ("Turn", "Turn 60"),
    ):
        named(label).select_option(label=choice)
    for label, choices in (
        ("Shifts", ("Early", "Owl")),
        ("All", ("Alice Adams", "Bob")),
        ("Wheres", ("#support",)),
        ("Talks", ("#support",)),
        ("Also", ("Ask",)),
        ("How", ("Part",)),
    ):
        for choice in choices:
            named(label).get_by_label(choice).check()


def test_a_field_to_search_in_suggests_while_somebody_types(hall: Hall, window: Screen) -> None:
    window.opens(hall.url)
    window.types("/gallery form")
    form = window.page.get_by_role("dialog", name="Cover a shift")
    color = form.get_by_role("combobox", name="Color (optional)")
    found = form.get_by_role("listbox", name="Suggestions").get_by_role("option")
    expect(color).to_have_value("Dark blue")

    color.fill("da")  # one short of the three characters
    expect(found).to_have_count(0)
    color.fill("green")
    expect(found).to_have_text(["Dark green", "Light green"])
    expect(color).to_have_attribute("aria-expanded", "true")
    color.press("ArrowDown")
    expect(found.nth(1)).to_have_attribute("aria-selected", "true")
    color.press("Enter")
    expect(color).to_have_value("Light green")
    expect(found).to_have_count(0)

    color.fill("mauve")
    expect(form).to_contain_text("No results")
    color.press("Escape")
    expect(color).to_have_value("Light green")  # and the form is still open
    form.get_by_label("Name", exact=True).fill("Bob")
    form.get_by_role("button", name="Save").click()
    said = json.loads(window.sees("light green").locator("code").inner_text())
    assert said["color"]["value"] == "light green"


def test_a_form_is_rerendered_while_somebody_types_and_nothing_typed_is_lost(
    hall: Hall, window: Screen
) -> None:
    window.opens(hall.url)
    window.types("/gallery form")
    form = window.page.get_by_role("dialog", name="Cover a shift")
    live = form.get_by_label("Live (optional)", exact=True)
    form.get_by_label("Name", exact=True).fill("Bob")

    live.press_sequentially("Good morning, Bob!")

    expect(form).to_contain_text("18 characters")
    expect(live).to_have_value("Good morning, Bob!")
    expect(live).to_be_focused()
    heard = [one["actions"][0]["value"] for one in hall.gallery.heard]
    assert heard == ["Good morning, Bob!"[:length] for length in range(1, 19)]
    assert hall.gallery.heard[-1]["view"]["state"]["values"]["name"]["plain_text_input"]["value"]
    # A form sent right after the last keystroke includes it.
    live.press("End")
    live.press_sequentially("!?")
    form.get_by_role("button", name="Save").click()
    said = json.loads(window.sees("Good morning").locator("code").inner_text())
    assert (said["name"], said["live"]) == ("Bob", "Good morning, Bob!!?")
    expect(window.page.get_by_role("alert")).to_be_empty()


def test_a_field_is_read_with_its_hint_and_with_what_is_wrong(hall: Hall, window: Screen) -> None:
    window.opens(hall.url)
    window.types("/gallery form")
    form = window.page.get_by_role("dialog", name="Cover a shift")
    name = form.get_by_label("Name", exact=True)
    expect(name).to_have_accessible_description("As in :slack: Slack")

    form.get_by_role("button", name="Save").click()

    expect(name).to_have_accessible_description(
        "Please complete this required field. As in :slack: Slack"
    )


def test_a_view_lies_on_top_of_another_and_what_was_typed_stays_below(
    hall: Hall, window: Screen
) -> None:
    window.opens(hall.url)
    window.types("/gallery form")
    window.page.get_by_label("Name", exact=True).fill("Bob")
    window.modal.get_by_role("button", name="More").click()
    top = window.page.get_by_role("dialog", name=PUSHED["title"]["text"])
    expect(top).to_contain_text("This lies on top.")

    top.get_by_role("button", name="Back").click()

    expect(window.page.get_by_role("dialog", name="Cover a shift")).to_be_visible()
    expect(window.page.get_by_label("Name", exact=True)).to_have_value("Bob")
    window.page.keyboard.press("Escape")
    expect(window.page.get_by_role("dialog")).to_have_count(0)
    assert hall.gallery.heard[-1]["type"] == "view_closed"


def test_a_field_that_was_emptied_stays_empty(hall: Hall, window: Screen) -> None:
    window.opens(hall.url)
    window.types("/gallery form")
    form = window.page.get_by_role("dialog", name="Cover a shift")
    note, day, color = (
        form.get_by_label(f"{label} (optional)", exact=True) for label in ("Note", "Day", "Color")
    )
    note.fill("")
    color.fill("")
    day.select_option("")
    form.get_by_role("button", name="Save").click()
    expect(form.locator(".error")).to_be_visible()

    for emptied in (note, day, color):
        expect(emptied).to_have_value("")


def test_what_goes_wrong_with_a_form_can_be_read_on_top_of_it(hall: Hall, window: Screen) -> None:
    window.opens(hall.url)
    window.types("/gallery form")
    form = window.page.get_by_role("dialog", name="Cover a shift")
    expect(form).to_be_visible()
    hall.gallery.connection.stop()
    form.get_by_label("Name", exact=True).fill("Bob")

    form.get_by_role("button", name="Save").dblclick()

    expect(window.page.get_by_role("alert")).to_contain_text("dispatch_failed")
    window.page.get_by_role("button", name="Dismiss").click()
    expect(window.page.get_by_role("alert")).to_be_empty()


def test_what_one_picked_is_not_anothers(hall: Hall, window: Screen) -> None:
    hall.gallery.client.chat_postMessage(
        channel=hall.support.id, text="all", blocks=hall.gallery.message
    )
    window.opens(hall.url)
    day = window.messages.first.get_by_label("Which day", exact=True)
    day.select_option(label="Saturday")
    window.sees("static_select says")

    window.page.get_by_label("You are").select_option(label="Bob (Europe/Berlin)")

    expect(day).to_have_value("")


def test_a_dangerous_choice_that_is_not_confirmed_is_not_made(hall: Hall, window: Screen) -> None:
    one = {**PICKERS[0], "confirm": SURE}
    hall.gallery.client.chat_postMessage(
        channel=hall.support.id, text="x", blocks=[{"type": "actions", "elements": [one]}]
    )
    window.opens(hall.url)
    window.page.get_by_label("Which day").select_option(label="Saturday")

    window.page.get_by_role("dialog").get_by_role("button", name="Keep").click()

    expect(window.page.get_by_label("Which day")).to_have_value("")
    assert not hall.gallery.heard


def test_what_makes_no_sense_spoils_nothing_else(hall: Hall, window: Screen) -> None:
    nonsense = [{"type": "image", "image_url": "https://", "alt_text": "Nowhere"}]
    client, channel = hall.gallery.client, hall.support.id
    client.chat_postMessage(channel=channel, text="x", blocks=nonsense)
    client.chat_postMessage(channel=channel, text=":constructor: <@constructor> <#toString>")
    window.opens(hall.url)

    expect(window.messages.first).to_contain_text("Nowhere")
    window.sees(":constructor: @constructor #toString")


def test_the_home_tab_is_published_as_it_is_opened(hall: Hall, window: Screen) -> None:
    window.opens(hall.url, who=hall.bob.id)
    window.page.get_by_role("button", name="WhoseOnFirst Home").click()
    home = window.page.get_by_label("Home tab")
    expect(home).to_contain_text("Hi @Bob")

    home.get_by_role("button", name="Refresh").click()

    assert hall.gallery.acted.wait(30)
    assert hall.gallery.heard[0]["view"]["type"] == "home"


def test_edits_threads_reactions_and_files_are_seen(hall: Hall, window: Screen) -> None:
    window.opens(hall.url)
    client, channel = hall.gallery.client, hall.support.id
    first = client.chat_postMessage(channel=channel, text="Handoff at 8")["ts"]
    client.chat_postMessage(channel=channel, text="Thanks", thread_ts=first)
    client.reactions_add(channel=channel, timestamp=first, name="white_check_mark")
    client.chat_update(channel=channel, ts=first, text="Handoff at 9")

    message = window.messages.first
    expect(message).to_contain_text("Handoff at 9")
    expect(message).to_contain_text("(edited)")
    expect(message.locator(".reactions")).to_have_text("✅ 1")
    expect(message.locator(".thread")).to_contain_text("1 reply")
    expect(message.locator(".thread .message")).to_contain_text("Thanks")

    client.chat_delete(channel=channel, ts=first)
    expect(window.messages).to_have_count(1)  # the reply, whose parent is gone


def test_an_answer_that_slack_would_not_show_is_said(hall: Hall, window: Screen) -> None:
    window.opens(hall.url)
    window.types("/gallery wrong")

    expect(window.page.get_by_role("alert")).to_contain_text("unsupported type: sectoin")


SAMPLES = [
    "*bold* _italic_ ~gone~ `code` snake_case_name 2*3*4 *not bold * ~~",
    "*_both_*, _*too*_ (*here*) _<@BOB>_ *<#SUPPORT>*",
    "<https://example.com/?a=1&amp;b=2> <https://example.com|the *docs*> <mailto:a@example.com>",
    "<!here> <!subteam^S1|@ops> <!subteam^S1> <nothing> &lt;b&gt; &amp;amp;",
    "```\nas *it* is\n  <@BOB>\n``` and `<!here>`",
    ":warning: :nosuchemoji: :+1::skin-tone-2: 8:00 10:30:",
    "<!date^1795442400^{date_short_pretty} at {time}|x> <!date^1795528800^{date_long}|x>",
    "<!date^1795442400^{date_num} {date_slash} {date} {date_short} {time_secs} {ago}|x>",
    "<!date^1795356000^{date_pretty} {date_long_pretty}|x> <!date^1764000000^{date}, {ago}|x>",
    "<!date^1795442400^{date_long_full} {nonsense}|the fallback>",
    "<!date^1795442400^{date_long_full}|x> <!date^nothing^{date}|no &amp; no>",
    "<!date^1801000000^{date_short}|x> <!date^1820000000^{date_pretty}|x> two\n\nlines",
]


@pytest.mark.parametrize("who", ["alice", "bob"])
def test_the_page_reads_mrkdwn_as_the_tests_do(hall: Hall, window: Screen, who: str) -> None:
    reader = hall.alice if who == "alice" else hall.bob
    samples = [s.replace("BOB", hall.bob.id).replace("SUPPORT", hall.support.id) for s in SAMPLES]
    window.opens(hall.url, who=reader.id)

    shown = window.page.evaluate(
        """async (samples) => {
            const { mrkdwn } = await import("/static/mrkdwn.js");
            return samples.map((sample) => {
                const box = document.createElement("div");
                box.append(...mrkdwn(sample));
                return box.textContent;
            });
        }""",
        samples,
    )

    memory, zone = hall.sandbox.slack.memory, reader.slack.zone
    assert shown == [mrkdwn(sample, memory, zone, MORNING) for sample in samples]


def test_markup_in_a_message_stays_text(hall: Hall, window: Screen) -> None:
    window.opens(hall.url)
    window.types("<img src=x onerror=alert(1)> <b>bold</b>")

    expect(window.sees("<img src=x")).to_contain_text("<b>bold</b>")
    expect(window.messages.last.locator("b, img:not(.avatar)")).to_have_count(0)


def test_a_quotation_is_set_off(hall: Hall, window: Screen) -> None:
    hall.gallery.client.chat_postMessage(
        channel=hall.support.id, text="Alice said\n&gt; I can\n&gt; *Friday*\nThanks"
    )
    window.opens(hall.url)

    expect(window.messages.last.locator("blockquote")).to_have_text(re.compile(r"I can\s+Friday"))
    hall.gallery.client.chat_postMessage(
        channel=hall.support.id, text="So:\n&gt;&gt;&gt; all\nof this"
    )
    window.sees("So:")
    expect(window.messages.last.locator("blockquote")).to_have_text(re.compile(r"all\s+of this"))
