from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from sandbox.slack.render import mrkdwn, plain

PRAGUE = ZoneInfo("Europe/Prague")
NOW = datetime(2026, 3, 2, 11, 0, tzinfo=UTC)
# Noon in Prague on the same day, the days around it, and a day long gone.
TODAY = int(NOW.timestamp())
DAY = 86_400
LONG_AGO = int(datetime(2014, 2, 18, 17, 9, 5, tzinfo=UTC).timestamp())

Json = dict[str, Any]


class People:
    def user(self, id: str) -> str:
        return {"U1": "Alice Adams", "U2": "bob_the_*great*"}.get(id, id)

    def channel(self, id: str) -> str:
        return {"C1": "support"}.get(id, id)


def read(text: str) -> str:
    return mrkdwn(text, People(), PRAGUE, NOW)


def see(*blocks: Json) -> str:
    return plain("instead", list(blocks), People(), PRAGUE, NOW)


def words(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def marked(text: str) -> Json:
    return {"type": "mrkdwn", "text": text}


@pytest.mark.parametrize(
    ("text", "read_as"),
    [
        ("<@U1> is on call", "@Alice Adams is on call"),
        ("<@U1|alice>", "@Alice Adams"),
        ("*<@U1>*", "@Alice Adams"),
        ("_<@U2>_", "@bob_the_*great*"),
        ("in <#C1> and <#C1|old-name>", "in #support and #support"),
        ("<!here> <!channel> <!everyone>", "@here @channel @everyone"),
        ("<!subteam^S1|@ops> <!subteam^S1>", "@ops @S1"),
        ("<https://example.com/a_b_c|the *docs*>", "the *docs*"),
        ("<https://example.com/?a=1&amp;b=2>", "https://example.com/?a=1&b=2"),
        ("<mailto:a@example.com>", "a@example.com"),
        ("<tel:+420123|+420 123>", "+420 123"),
        ("<nothing> <|>", "<nothing> <|>"),
        ("*bold* _italic_ ~gone~ `code`", "bold italic gone code"),
        ("*_both_*, _*too*_ (*here*)", "both, too (here)"),
        ("_snake_case_ and snake_case_name", "snake_case and snake_case_name"),
        ("2*3*4, a * b * c", "2*3*4, a * b * c"),
        ("`/oncall *all*` :x:", "/oncall *all* ❌"),
        ("```\n*a*  :x:\nb &lt; c\n```", "*a*  :x:\nb < c"),
        ("```<@U1>```", "@Alice Adams"),
        ("a &lt;b&gt; &amp;amp; &amp;lt;", "a <b> &amp; &lt;"),
        ("&lt;@U1&gt;", "<@U1>"),
        (":warning: :telephone_receiver::information_source:", "⚠️ 📞ℹ️"),
        (":white_check_mark: :wave::skin-tone-2:", "✅ 👋"),
        (":no_such_thing: at 10:30:45", ":no_such_thing: at 10:30:45"),
        ("first\nsecond", "first\nsecond"),
        ("\ue0007\ue001", "7"),
    ],
)
def test_text_reads_as_in_slack(text: str, read_as: str) -> None:
    assert read(text) == read_as


@pytest.mark.parametrize(
    ("epoch", "form", "read_as"),
    [
        (LONG_AGO, "{date_num}", "2014-02-18"),
        (LONG_AGO, "{date_slash}", "18/02/2014"),
        (LONG_AGO, "{date}", "February 18th, 2014"),
        (LONG_AGO, "{date_short}", "Feb 18, 2014"),
        (LONG_AGO, "{date_long}", "Tuesday, February 18th, 2014"),
        (LONG_AGO, "{date_long_full}", "February 18, 2014"),
        (LONG_AGO, "{date_pretty}", "February 18th, 2014"),
        (LONG_AGO, "{date_short_pretty}", "Feb 18, 2014"),
        (LONG_AGO, "{date_long_pretty}", "Tuesday, February 18th, 2014"),
        (LONG_AGO, "{time}", "6:09 PM"),
        (LONG_AGO, "{time_secs}", "6:09:05 PM"),
        (LONG_AGO, "{ago}", "12 years ago"),
        (TODAY, "{date_short_pretty} at {time}", "today at 12:00 PM"),
        (TODAY + 13 * 3600, "{date_pretty} at {time}", "tomorrow at 1:00 AM"),
        (TODAY - DAY, "{date_long_pretty}", "yesterday"),
        (TODAY + 2 * DAY, "{date_short_pretty}", "Mar 4"),
        (TODAY + 20 * DAY, "{date}", "March 22nd"),
        (TODAY + 9 * DAY, "{date_long}", "Wednesday, March 11th"),
        (TODAY + 200 * DAY, "{date}", "September 18th, 2026"),
        (TODAY, "{ago}", "just now"),
        (TODAY - 60, "{ago}", "1 minute ago"),
        (TODAY - 7200, "{ago}", "2 hours ago"),
        (TODAY + 3 * DAY, "{ago}", "in 3 days"),
    ],
)
def test_a_date_is_shown_in_the_zone_of_the_viewer(epoch: int, form: str, read_as: str) -> None:
    assert read(f"<!date^{epoch}^{form}|fallback>") == read_as


def test_a_date_may_be_a_link() -> None:
    assert read(f"on <!date^{LONG_AGO}^{{date_num}}^https://example.com|x>") == "on 2014-02-18"


@pytest.mark.parametrize("date", ["soon^{date}", "1^{decade}", f"{10**20}^{{date}}", "1"])
def test_a_date_that_cannot_be_shown_has_its_fallback(date: str) -> None:
    assert read(f"<!date^{date}|Feb 18 &amp; on>") == "Feb 18 & on"


@pytest.mark.parametrize("blocks", [None, []])
def test_the_text_is_read_when_there_are_no_blocks(blocks: list[Json] | None) -> None:
    assert plain("*Hi* <@U1>", blocks, People(), PRAGUE, NOW) == "Hi @Alice Adams"


def test_blocks_are_read_instead_of_the_text() -> None:
    assert see(
        {"type": "header", "text": words(":bell: On call")},
        {"type": "alert", "text": marked("*Nobody* is on call"), "level": "warning"},
        {
            "type": "section",
            "text": marked("*Now:* <@U1>"),
            "fields": [marked("*Until*\n18:00"), words("*as is*")],
            "accessory": {"type": "button", "text": words("Swap"), "action_id": "swap"},
        },
        {"type": "divider"},
        {
            "type": "context",
            "elements": [
                {"type": "image", "image_url": "https://example.com/a.png", "alt_text": "Clock"},
                marked("_in Prague_"),
            ],
        },
    ) == "\n".join(
        [
            "🔔 On call",
            "Nobody is on call",
            "Now: @Alice Adams",
            "Until",
            "18:00",
            "*as is*",
            "[ Swap ]",
            "──────────",
            "Clock in Prague",
        ]
    )


def test_actions_are_in_a_row() -> None:
    one, two = ({"text": words(text), "value": text} for text in ("One", "Two"))
    assert see(
        {
            "type": "actions",
            "elements": [
                {"type": "button", "text": words("Approve :white_check_mark:")},
                {"type": "users_select", "placeholder": words("Who")},
                {"type": "users_select", "initial_user": "U1"},
                {"type": "static_select", "options": [one, two], "initial_option": two},
                {"type": "radio_buttons", "options": [one, two], "initial_option": two},
                {"type": "checkboxes", "options": [one, two], "initial_options": [one]},
                {"type": "overflow", "options": [one]},
            ],
        }
    ) == ("[ Approve ✅ ]  [ Who ]  [ @Alice Adams ]  [ Two ]  ○ One  ◉ Two  ☑ One  ☐ Two  [ ⋯ ]")


@pytest.mark.parametrize(
    ("element", "seen"),
    [
        ({"type": "plain_text_input", "placeholder": words("Anything")}, "[ Anything ]"),
        ({"type": "plain_text_input", "initial_value": "Flu"}, "[ Flu ]"),
        ({"type": "datepicker", "initial_date": "2026-03-05"}, "[ 2026-03-05 ]"),
        ({"type": "datetimepicker", "initial_date_time": TODAY}, "[ Mar 2 at 12:00 PM ]"),
        ({"type": "multi_users_select", "initial_users": ["U1", "U9"]}, "[ @Alice Adams, @U9 ]"),
        ({"type": "conversations_select", "initial_conversation": "C1"}, "[ #support ]"),
    ],
)
def test_an_input_shows_its_label_and_what_is_in_it(element: Json, seen: str) -> None:
    assert see({"type": "input", "label": words("Why"), "element": element}) == f"Why: {seen}"


def test_an_optional_input_says_so_and_gives_its_hint() -> None:
    element = {"type": "plain_text_input", "placeholder": words("…")}
    block = {"type": "input", "label": words("Why"), "element": element, "optional": True}
    assert see({**block, "hint": words("Be brief")}) == "Why (optional): [ … ]\nBe brief"


def test_rich_text_reads_part_by_part() -> None:
    def says(text: str) -> Json:
        return {"type": "rich_text_section", "elements": [{"type": "text", "text": text}]}

    assert see(
        {
            "type": "rich_text",
            "elements": [
                {
                    "type": "rich_text_section",
                    "elements": [
                        {"type": "text", "text": "*Hi* ", "style": {"bold": True}},
                        {"type": "user", "user_id": "U1"},
                        {"type": "text", "text": " in "},
                        {"type": "channel", "channel_id": "C1"},
                        {"type": "text", "text": " "},
                        {"type": "emoji", "name": "wave"},
                        {"type": "link", "url": "https://example.com"},
                        {"type": "link", "url": "https://example.com", "text": " docs "},
                        {"type": "date", "timestamp": TODAY, "format": "{date_pretty}"},
                        {"type": "broadcast", "range": "here"},
                    ],
                },
                {"type": "rich_text_list", "style": "bullet", "elements": [says("a"), says("b")]},
                {
                    "type": "rich_text_list",
                    "style": "ordered",
                    "indent": 1,
                    "offset": 2,
                    "elements": [says("c"), says("d")],
                },
                {**says("x = 1\ny"), "type": "rich_text_preformatted"},
                {**says("so\nthey said"), "type": "rich_text_quote"},
            ],
        }
    ) == "\n".join(
        [
            "*Hi* @Alice Adams in #support 👋https://example.com docs today@here",
            "• a",
            "• b",
            "  3. c",
            "  4. d",
            "x = 1",
            "y",
            "> so",
            "> they said",
        ]
    )


def test_a_table_has_its_columns_aligned() -> None:
    def row(*cells: str) -> list[Json]:
        return [{"type": "raw_text", "text": cell} for cell in cells]

    who = {"type": "rich_text_section", "elements": [{"type": "user", "user_id": "U1"}]}
    rows = [
        row("Day", "Who", "Hours"),
        [*row("Mon"), {"type": "rich_text", "elements": [who]}, {"type": "raw_number", "value": 8}],
        row("Tuesday", "日本", "10"),
    ]
    align = [{}, {"align": "center"}, {"align": "right"}]
    assert see({"type": "table", "rows": rows, "column_settings": align}) == "\n".join(
        [
            "Day          Who       Hours",
            "Mon      @Alice Adams      8",
            "Tuesday      日本         10",
        ]
    )


def test_an_image_is_its_title_and_what_it_shows() -> None:
    image = {"type": "image", "image_url": "https://example.com/a.png", "alt_text": "A chart"}
    assert see({**image, "title": words("Load")}) == "Load\nA chart"


def test_a_block_of_an_unknown_kind_does_not_vanish() -> None:
    assert see({"type": "hologram"}) == "[hologram]"
