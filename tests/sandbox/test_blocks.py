from typing import Any

import pytest
from slack_sdk.models.blocks import (
    ActionsBlock,
    AlertBlock,
    Block,
    ButtonElement,
    CheckboxesElement,
    ConfirmObject,
    ContextBlock,
    ConversationSelectElement,
    DatePickerElement,
    DateTimePickerElement,
    DividerBlock,
    EmailInputElement,
    HeaderBlock,
    ImageBlock,
    InputBlock,
    MarkdownTextObject,
    NumberInputElement,
    Option,
    OptionGroup,
    OverflowMenuElement,
    PlainTextInputElement,
    PlainTextObject,
    RadioButtonsElement,
    RawTextObject,
    RichTextBlock,
    RichTextElementParts,
    RichTextListElement,
    RichTextPreformattedElement,
    RichTextQuoteElement,
    RichTextSectionElement,
    SectionBlock,
    StaticMultiSelectElement,
    StaticSelectElement,
    TableBlock,
    TableBlockColumnSettings,
    TimePickerElement,
    UserMultiSelectElement,
    UserSelectElement,
)
from slack_sdk.models.views import View

from sandbox.slack.blocks import message_problems, table_characters, view_problems

Json = dict[str, Any]


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def mrkdwn(text: str) -> Json:
    return {"type": "mrkdwn", "text": text}


def section(text: str = "Hello", **more: Any) -> Json:
    return {"type": "section", "text": mrkdwn(text), **more}


def button(text: str = "Swap", **more: Any) -> Json:
    return {"type": "button", "text": plain(text), **more}


def actions(*elements: Json) -> Json:
    return {"type": "actions", "elements": list(elements)}


def options(count: int) -> list[Json]:
    return [{"text": plain(f"Choice {n}"), "value": str(n)} for n in range(count)]


def field(kind: str, **more: Any) -> Json:
    return {"type": "input", "label": plain("Who"), "element": {"type": kind, **more}}


def table(rows: int = 1, columns: int = 1) -> Json:
    return {"type": "table", "rows": [[{"type": "raw_text", "text": "x"}] * columns] * rows}


def modal(*blocks: Json, **more: Any) -> Json:
    return {"type": "modal", "title": plain("Swap"), "blocks": list(blocks), **more}


CHOICES = [Option(value="1", text="One"), Option(value="2", text="Two")]
PARTS = RichTextElementParts
OF_THE_SDK: list[Block] = [
    HeaderBlock(text="On call"),
    AlertBlock(text=MarkdownTextObject(text="*Nobody* is on call"), level="warning"),
    DividerBlock(),
    SectionBlock(
        text=MarkdownTextObject(text="*Alice*", verbatim=True),
        fields=["a", PlainTextObject(text="b", emoji=True)],
        accessory=ButtonElement(
            text="Take over",
            action_id="take",
            value="1",
            style="danger",
            confirm=ConfirmObject(title="Sure?", text="You will be on call.", confirm="Yes"),
        ),
    ),
    SectionBlock(text="More", accessory=OverflowMenuElement(action_id="more", options=CHOICES)),
    ContextBlock(elements=[MarkdownTextObject(text="in UTC")]),
    ImageBlock(image_url="https://example.com/a.png", alt_text="A chart", title="Load"),
    ActionsBlock(
        elements=[
            ButtonElement(text="A", action_id="a"),
            UserSelectElement(action_id="b", placeholder="Who", initial_user="U1"),
            StaticSelectElement(action_id="c", options=CHOICES, initial_option=CHOICES[0]),
            DatePickerElement(action_id="d", initial_date="2026-03-01"),
            TimePickerElement(action_id="e", initial_time="08:00"),
            DateTimePickerElement(action_id="f", initial_date_time=1_800_000_000),
        ]
    ),
    RichTextBlock(
        elements=[
            RichTextSectionElement(
                elements=[
                    PARTS.Text(text="Hi", style=PARTS.TextStyle(bold=True)),
                    PARTS.User(user_id="U1"),
                    PARTS.Channel(channel_id="C1"),
                    PARTS.Emoji(name="wave"),
                    PARTS.Link(url="https://example.com", text="here"),
                    PARTS.Date(timestamp=1_800_000_000, format="{date}"),
                    PARTS.Broadcast(range="here"),
                ]
            ),
            RichTextListElement(
                style="bullet",
                indent=1,
                elements=[RichTextSectionElement(elements=[PARTS.Text(text="one")])],
            ),
            RichTextPreformattedElement(elements=[PARTS.Text(text="x = 1")]),
            RichTextQuoteElement(elements=[PARTS.Text(text="so they said")]),
        ]
    ),
]
OF_THE_SDK_INPUTS = [
    PlainTextInputElement(action_id="a", placeholder="Why", multiline=True, max_length=100),
    NumberInputElement(action_id="a", is_decimal_allowed=False, initial_value="3"),
    EmailInputElement(action_id="a", placeholder="Mail"),
    CheckboxesElement(action_id="a", options=CHOICES, initial_options=CHOICES[:1]),
    RadioButtonsElement(action_id="a", options=CHOICES, initial_option=CHOICES[1]),
    StaticMultiSelectElement(
        action_id="a", option_groups=[OptionGroup(label="All", options=CHOICES)]
    ),
    UserMultiSelectElement(action_id="a", max_selected_items=3),
    ConversationSelectElement(action_id="a", default_to_current_conversation=True),
]


def test_blocks_made_with_the_sdk_pass() -> None:
    rows = [[RawTextObject(text="Day"), RawTextObject(text="Who")]]
    columns: list[Json | TableBlockColumnSettings | None] = [
        {"align": "left"},
        {"align": "right", "is_wrapped": True},
    ]
    made = [*OF_THE_SDK, TableBlock(rows=rows, column_settings=columns)]
    assert message_problems([block.to_dict() for block in made]) == []


def test_a_modal_made_with_the_sdk_passes() -> None:
    blocks: list[Block] = [
        *OF_THE_SDK,
        *(
            InputBlock(block_id=str(at), label="Who", hint="Anyone", optional=True, element=element)
            for at, element in enumerate(OF_THE_SDK_INPUTS)
        ),
    ]
    view = View(
        type="modal",
        title="Swap",
        submit="Send",
        close="Cancel",
        callback_id="swap",
        private_metadata="{}",
        notify_on_close=True,
        blocks=blocks,
    )
    assert view_problems(view.to_dict()) == []


def test_a_home_tab_made_with_the_sdk_passes() -> None:
    assert view_problems(View(type="home", blocks=OF_THE_SDK).to_dict()) == []


@pytest.mark.parametrize(
    "blocks",
    [
        [],
        [section("x" * 3000)],
        [section()] * 50,
        [{"type": "section", "fields": [mrkdwn("x" * 2000)] * 10}],
        [{"type": "header", "text": plain("x" * 150)}],
        [actions(*[button()] * 25)],
        [table(100, 20)],
        [{"type": "table", "rows": [[{"type": "raw_text", "text": "x" * 1000}] * 10]}],
        [field("plain_text_input")],
        [actions(button(action_id="swap")), actions(button(action_id="swap"))],
        [{"type": "markdown", "text": "**Hi**"}],
    ],
)
def test_a_message_right_at_the_limits_passes(blocks: list[Json]) -> None:
    assert message_problems(blocks) == []


@pytest.mark.parametrize(
    ("blocks", "problem"),
    [
        ("hello", "must be an array [json-pointer:/blocks]"),
        (["hello"], "must be an object [json-pointer:/blocks/0]"),
        ([section()] * 51, "no more than 50 items allowed [json-pointer:/blocks]"),
        ([{"text": 1}], "missing required field: type [json-pointer:/blocks/0]"),
        ([{"type": "sectoin"}], "unsupported type: sectoin [json-pointer:/blocks/0/type]"),
        ([{"type": ["x"]}], "unsupported type: ['x'] [json-pointer:/blocks/0/type]"),
        (
            [section("x" * 3001)],
            "must be less than 3001 characters [json-pointer:/blocks/0/text/text]",
        ),
        ([section("")], "must be more than 0 characters [json-pointer:/blocks/0/text/text]"),
        ([{"type": "section"}], "missing required field: text [json-pointer:/blocks/0]"),
        (
            [{"type": "section", "fields": [mrkdwn("x")] * 11}],
            "no more than 10 items allowed [json-pointer:/blocks/0/fields]",
        ),
        (
            [{"type": "section", "fields": [mrkdwn("x" * 2001)]}],
            "must be less than 2001 characters [json-pointer:/blocks/0/fields/0/text]",
        ),
        (
            [{"type": "section", "text": "Hello"}],
            "must be an object [json-pointer:/blocks/0/text]",
        ),
        (
            [{"type": "section", "text": {"type": "markdown", "text": "x"}}],
            "unsupported type: markdown [json-pointer:/blocks/0/text/type]",
        ),
        (
            [{"type": "section", "text": {"type": "mrkdwn", "text": 5}}],
            "must be a string [json-pointer:/blocks/0/text/text]",
        ),
        (
            [{"type": "section", "text": {"type": "mrkdwn"}}],
            "missing required field: text [json-pointer:/blocks/0/text]",
        ),
        (
            [{"type": "header", "text": plain("x" * 151)}],
            "must be less than 151 characters [json-pointer:/blocks/0/text/text]",
        ),
        (
            [{"type": "alert", "text": mrkdwn("x"), "level": "loud"}],
            "must be one of: default, info, warning, error, success [json-pointer:/blocks/0/level]",
        ),
        (
            [{"type": "header", "text": mrkdwn("x")}],
            "unsupported type: mrkdwn [json-pointer:/blocks/0/text/type]",
        ),
        (
            [{"type": "divider", "text": plain("x")}],
            "invalid additional property: text [json-pointer:/blocks/0]",
        ),
        (
            [actions(button("x" * 76))],
            "must be less than 76 characters [json-pointer:/blocks/0/elements/0/text/text]",
        ),
        (
            [actions(button(value="x" * 2001))],
            "must be less than 2001 characters [json-pointer:/blocks/0/elements/0/value]",
        ),
        (
            [actions(button(action_id="x" * 256))],
            "must be less than 256 characters [json-pointer:/blocks/0/elements/0/action_id]",
        ),
        (
            [actions(button(url="x" * 3001))],
            "must be less than 3001 characters [json-pointer:/blocks/0/elements/0/url]",
        ),
        (
            [actions(button(style="green"))],
            "must be one of: primary, danger [json-pointer:/blocks/0/elements/0/style]",
        ),
        (
            [actions(button(confirm={"title": plain("x"), "text": plain("x" * 301)}))],
            "must be less than 301 characters "
            "[json-pointer:/blocks/0/elements/0/confirm/text/text]",
        ),
        ([actions()], "no fewer than 1 items allowed [json-pointer:/blocks/0/elements]"),
        (
            [actions(*[button()] * 26)],
            "no more than 25 items allowed [json-pointer:/blocks/0/elements]",
        ),
        (
            [actions({"type": "plain_text_input"})],
            "unsupported type: plain_text_input [json-pointer:/blocks/0/elements/0/type]",
        ),
        (
            [{"type": "context", "elements": [mrkdwn("x")] * 11}],
            "no more than 10 items allowed [json-pointer:/blocks/0/elements]",
        ),
        (
            [{"type": "context", "elements": [button()]}],
            "unsupported type: button [json-pointer:/blocks/0/elements/0/type]",
        ),
        (
            [{"type": "input", "label": plain("Who")}],
            "missing required field: element [json-pointer:/blocks/0]",
        ),
        (
            [{**field("plain_text_input"), "label": plain("x" * 2001)}],
            "must be less than 2001 characters [json-pointer:/blocks/0/label/text]",
        ),
        ([field("button")], "unsupported type: button [json-pointer:/blocks/0/element/type]"),
        (
            [field("plain_text_input", placeholder=plain("x" * 151))],
            "must be less than 151 characters [json-pointer:/blocks/0/element/placeholder/text]",
        ),
        (
            [field("static_select", options=options(101))],
            "no more than 100 items allowed [json-pointer:/blocks/0/element/options]",
        ),
        (
            [field("static_select")],
            "missing required field: options [json-pointer:/blocks/0/element]",
        ),
        (
            [field("static_select", options=options(2), initial_option=options(3)[2])],
            "must be one of the options [json-pointer:/blocks/0/element/initial_option]",
        ),
        (
            [field("static_select", options=[{"text": plain("x" * 76), "value": "1"}])],
            "must be less than 76 characters [json-pointer:/blocks/0/element/options/0/text/text]",
        ),
        (
            [field("static_select", options=[{"text": plain("x"), "value": "x" * 151}])],
            "must be less than 151 characters [json-pointer:/blocks/0/element/options/0/value]",
        ),
        (
            [field("radio_buttons", options=options(11))],
            "no more than 10 items allowed [json-pointer:/blocks/0/element/options]",
        ),
        (
            [field("checkboxes", options=options(11))],
            "no more than 10 items allowed [json-pointer:/blocks/0/element/options]",
        ),
        (
            [actions({"type": "overflow", "options": options(6)})],
            "no more than 5 items allowed [json-pointer:/blocks/0/elements/0/options]",
        ),
        (
            [field("datetimepicker", initial_date_time=1)],
            "must be greater than 999999999 [json-pointer:/blocks/0/element/initial_date_time]",
        ),
        (
            [field("number_input")],
            "missing required field: is_decimal_allowed [json-pointer:/blocks/0/element]",
        ),
        (
            [{"type": "image", "image_url": "https://example.com/a.png"}],
            "missing required field: alt_text [json-pointer:/blocks/0]",
        ),
        (
            [{"type": "image", "alt_text": "A chart"}],
            "missing required field: image_url [json-pointer:/blocks/0]",
        ),
        ([table(rows=101)], "no more than 100 items allowed [json-pointer:/blocks/0/rows]"),
        ([table(columns=21)], "no more than 20 items allowed [json-pointer:/blocks/0/rows/0]"),
        (
            [{"type": "table", "rows": [[{"type": "raw_text", "text": "x" * 1001}] * 10]}],
            "no more than 10000 characters allowed in all cells [json-pointer:/blocks/0/rows]",
        ),
        ([table(), table()], "only one table allowed [json-pointer:/blocks/1]"),
        (
            [{"type": "rich_text", "elements": [{"type": "rich_text_poem", "elements": []}]}],
            "unsupported type: rich_text_poem [json-pointer:/blocks/0/elements/0/type]",
        ),
        (
            [section(block_id="x" * 256)],
            "must be less than 256 characters [json-pointer:/blocks/0/block_id]",
        ),
        (
            [section(block_id="a"), section(block_id="a")],
            "`block_id` must be unique: a [json-pointer:/blocks/1/block_id]",
        ),
        (
            [actions(button(action_id="a"), button(action_id="a"))],
            "`action_id` must be unique: a [json-pointer:/blocks/0/elements/1/action_id]",
        ),
    ],
)
def test_a_message_slack_would_refuse_gets_its_reason(blocks: object, problem: str) -> None:
    assert f"[ERROR] {problem}" in message_problems(blocks)


@pytest.mark.parametrize("value", ["2026-13-01", "tomorrow", ""])
def test_an_initial_date_has_to_be_a_date(value: str) -> None:
    (problem,) = message_problems([field("datepicker", initial_date=value)])
    assert problem.startswith("[ERROR] must match pattern")


def test_every_problem_of_a_message_is_listed() -> None:
    assert len(message_problems([section(""), {"type": "nope"}, actions()])) == 3


@pytest.mark.parametrize(
    ("view", "problem"),
    [
        (None, "must be an object [json-pointer:/view]"),
        ({"type": "dialog"}, "unsupported type: dialog [json-pointer:/view/type]"),
        ({"type": "modal", "blocks": []}, "missing required field: title [json-pointer:/view]"),
        ({"type": "home"}, "missing required field: blocks [json-pointer:/view]"),
        (modal(*[section()] * 101), "no more than 100 items allowed [json-pointer:/view/blocks]"),
        (
            modal(title=plain("x" * 25)),
            "must be less than 25 characters [json-pointer:/view/title/text]",
        ),
        (modal(title=mrkdwn("x")), "unsupported type: mrkdwn [json-pointer:/view/title/type]"),
        (
            modal(submit=plain("x" * 25)),
            "must be less than 25 characters [json-pointer:/view/submit/text]",
        ),
        (
            modal(close=plain("x" * 25)),
            "must be less than 25 characters [json-pointer:/view/close/text]",
        ),
        (
            modal(private_metadata="x" * 3001),
            "must be less than 3001 characters [json-pointer:/view/private_metadata]",
        ),
        (
            modal(callback_id="x" * 256),
            "must be less than 256 characters [json-pointer:/view/callback_id]",
        ),
        (modal(table()), "unsupported type: table [json-pointer:/view/blocks/0/type]"),
        (
            modal(field("plain_text_input")),
            "missing required field: submit [json-pointer:/view]",
        ),
        (
            modal(section(block_id="a"), section(block_id="a")),
            "`block_id` must be unique: a [json-pointer:/view/blocks/1/block_id]",
        ),
        (
            {"type": "home", "blocks": [], "submit": plain("Send")},
            "invalid additional property: submit [json-pointer:/view]",
        ),
    ],
)
def test_a_view_slack_would_refuse_gets_its_reason(view: object, problem: str) -> None:
    assert view_problems(view) == [f"[ERROR] {problem}"]


def test_a_hundred_blocks_fit_a_home_tab() -> None:
    assert view_problems({"type": "home", "blocks": [section()] * 100}) == []


def test_a_date_in_a_table_counts_what_is_longer_of_what_it_may_show() -> None:
    date = {"type": "date", "timestamp": 1, "format": "{date_short}", "fallback": "x" * 40}
    section = {"type": "rich_text_section", "elements": [date]}
    cell = {"type": "rich_text", "elements": [section]}

    assert table_characters({"type": "table", "rows": [[cell, cell]]}) == 80
