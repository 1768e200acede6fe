"""A small Bolt app with one of each Block Kit block and element that the page renders."""

import base64
import json
import re
import threading
from typing import Any

import requests
from slack_bolt import Ack, App, Respond
from slack_sdk import WebClient

from bot.slack.connection import SocketConnection
from sandbox.slack.manifest import Manifest, SlashCommand
from sandbox.slack.people import SlackChannel
from sandbox.slack.workspace import SlackWorkspace

Json = dict[str, Any]

MANIFEST = Manifest(
    Manifest.of_the_app().scopes | {"files:write", "reactions:write"},
    (
        SlashCommand("/gallery", "Show one of everything", "[form | wrong]"),
        SlashCommand("/silent", "Say nothing", ""),
    ),
    home=True,
)
# A picture of one pixel.
PICTURE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJg"
    "gg=="
)


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def mrkdwn(text: str) -> Json:
    return {"type": "mrkdwn", "text": text}


def options(*words: str) -> list[Json]:
    return [{"text": plain(word), "value": word.lower()} for word in words]


def button(text: str, **more: Any) -> Json:
    return {"type": "button", "text": plain(text), "action_id": text.lower(), **more}


def rich(*parts: Json) -> Json:
    return {"type": "rich_text_section", "elements": list(parts)}


def said(text: str, **style: bool) -> Json:
    return {"type": "text", "text": text, **({"style": style} if style else {})}


MOMENT: Json = {
    "type": "date",
    "timestamp": 1_795_528_800,
    "format": "{date_short} {time}",
    "fallback": "2026-11-24 14:00 UTC",
}
SURE: Json = {
    "title": plain("Delete it?"),
    "text": mrkdwn("It can’t be *brought back*."),
    "confirm": plain("Delete"),
    "deny": plain("Keep"),
    "style": "danger",
}
DAYS = options("Friday", "Saturday", "Sunday")
COLORS = options("Dark blue", "Dark green", "Light green")
GROUPS = [
    {"label": plain("Day"), "options": options("Early", "Late")},
    {"label": plain("Night"), "options": options("Owl")},
]


def picker(kind: str, **more: Any) -> Json:
    return {"type": kind, "action_id": kind, **more}


# Elements that are chosen or clicked in place; each sends an action at once.
PICKERS: list[Json] = [
    picker("static_select", placeholder=plain("Which day"), options=DAYS),
    picker("external_select", placeholder=plain("Which color"), min_query_length=2),
    picker("users_select", placeholder=plain("Who")),
    picker("channels_select", placeholder=plain("Which channel")),
    picker("conversations_select", placeholder=plain("Which conversation")),
    picker("datepicker", initial_date="2026-11-23", placeholder=plain("Pick a date")),
    picker("timepicker", initial_time="08:00", placeholder=plain("Pick a time")),
    picker("datetimepicker", initial_date_time=1_795_442_400),
    picker("multi_static_select", placeholder=plain("Which days"), option_groups=GROUPS),
    picker("multi_users_select", placeholder=plain("Which people")),
    picker("multi_channels_select", placeholder=plain("Which channels")),
    picker("multi_conversations_select", placeholder=plain("Which conversations")),
    picker("checkboxes", options=options("Tell", "Ask")),
    picker("radio_buttons", options=options("Whole", "Part")),
]


def field(
    label: str,
    kind: str,
    *,
    optional: bool = True,
    hint: str = "",
    live: bool = False,
    **more: Any,
) -> Json:
    return {
        "type": "input",
        "block_id": label.lower(),
        "label": plain(label),
        "element": picker(kind, **more) | ({"dispatch_action_config": EACH} if live else {}),
        "optional": optional,
        "dispatch_action": live,
        **({"hint": plain(hint)} if hint else {}),
    }


EACH = {"trigger_actions_on": ["on_character_entered"]}
INPUTS: list[Json] = [
    field("Name", "plain_text_input", optional=False, max_length=40, hint="As in :slack: Slack"),
    field("Live", "plain_text_input", live=True),
    field("Note", "plain_text_input", multiline=True, initial_value="Two\nlines"),
    field("Rich", "rich_text_input"),
    field("Mail", "email_text_input"),
    field("Link", "url_text_input"),
    field("Hours", "number_input", is_decimal_allowed=False, min_value="1", max_value="168"),
    field("Day", "static_select", options=DAYS, initial_option=DAYS[0]),
    field("Color", "external_select", initial_option=COLORS[0], placeholder=plain("Search")),
    field("Shifts", "multi_static_select", option_groups=GROUPS),
    field("Who", "users_select"),
    field("All", "multi_users_select"),
    field("Where", "channels_select"),
    field("Wheres", "multi_channels_select"),
    field("Talk", "conversations_select", filter={"include": ["public", "private"]}),
    field("Letter", "conversations_select", filter={"include": ["im"]}),
    field("Turn", "static_select", options=options(*(f"Turn {n}" for n in range(1, 61)))),
    field("Talks", "multi_conversations_select"),
    field("Date", "datepicker"),
    field("Time", "timepicker"),
    field("Moment", "datetimepicker"),
    field("Also", "checkboxes", options=options("Tell", "Ask")),
    field("How", "radio_buttons", options=options("Whole", "Part")),
]

FORM: Json = {
    "type": "modal",
    "callback_id": "form",
    "title": plain("Cover a shift"),
    "submit": plain("Save"),
    "close": plain("Not now"),
    "notify_on_close": True,
    "blocks": [
        {"type": "section", "text": mrkdwn("*Who* covers?"), "accessory": button("More")},
        *INPUTS,
    ],
}
PUSHED: Json = {
    "type": "modal",
    "callback_id": "pushed",
    "title": plain("More about it"),
    "blocks": [{"type": "section", "text": mrkdwn("This lies on top.")}],
}


def message(channel: str, person: str, file: str) -> list[Json]:
    """Return every block of a message."""
    return [
        {"type": "header", "text": plain(":bell: One of everything")},
        {
            "type": "section",
            "text": mrkdwn(f"*Bold*, _italic_, ~gone~, `code`, <@{person}>, <#{channel}>"),
            "fields": [mrkdwn("*From*\nMon 08:00"), plain("As *is*")],
            "accessory": button("Primary", style="primary", value="1"),
        },
        {"type": "divider"},
        {
            "type": "context",
            "elements": [
                {"type": "image", "slack_file": {"id": file}, "alt_text": "Our picture"},
                mrkdwn("_in small print_"),
            ],
        },
        *(
            {"type": "alert", "level": level, "text": mrkdwn(f"This is *{level}*")}
            for level in ("default", "info", "warning", "error", "success")
        ),
        {
            "type": "image",
            "slack_file": {"id": file},
            "alt_text": "A phone",
            "title": plain("The page on a phone"),
        },
        {"type": "image", "image_url": "https://example.com/a.png", "alt_text": "Elsewhere"},
        {
            "type": "table",
            "column_settings": [{"align": "left"}, {"align": "right"}, {"is_wrapped": True}],
            "rows": [
                [
                    {"type": "raw_text", "text": "Who"},
                    {"type": "raw_text", "text": "Hours"},
                    {"type": "raw_text", "text": " "},
                ],
                [
                    {
                        "type": "rich_text",
                        "elements": [rich({"type": "user", "user_id": person})],
                    },
                    {"type": "raw_number", "value": 48},
                    {"type": "rich_text", "elements": [rich(MOMENT)]},
                ],
            ],
        },
        {
            "type": "rich_text",
            "elements": [
                rich(said("Rich ", bold=True, italic=True), {"type": "emoji", "name": "wave"}),
                {
                    "type": "rich_text_list",
                    "style": "ordered",
                    "offset": 2,
                    "elements": [rich(said("third")), rich(said("fourth", strike=True))],
                },
                {"type": "rich_text_quote", "elements": [said("quoted")]},
                {"type": "rich_text_preformatted", "elements": [said("as  typed")]},
            ],
        },
        {
            "type": "actions",
            "block_id": "buttons",
            "elements": [
                button("Danger", style="danger", confirm=SURE, value="2"),
                button("Link", url="https://example.com/"),
                {"type": "overflow", "action_id": "overflow", "options": options("Edit", "Drop")},
            ],
        },
        *(
            {"type": "actions", "block_id": f"pick-{one['type']}", "elements": [one]}
            for one in PICKERS
        ),
        {"type": "markdown", "text": "**This** kind is not rendered."},
    ]


def kinds(content: Any) -> set[str]:
    """Return every `type` in blocks."""
    if isinstance(content, list):
        return {kind for one in content for kind in kinds(one)}
    if isinstance(content, dict):
        own = {content["type"]} if "type" in content else set()
        return own | {kind for value in content.values() for kind in kinds(value)}
    return set()


class Gallery:
    """The app: it shows everything, and posts each payload that it gets."""

    def __init__(self, slack: SlackWorkspace, channel: SlackChannel, person: str) -> None:
        self.client = WebClient(slack.bot_token, base_url=slack.url, retry_handlers=[])
        self._channel = channel.id
        self.message = message(channel.id, person, self._uploaded())
        self.heard: list[Json] = []
        self.acted = threading.Event()
        bolt = App(client=self.client, process_before_response=True)
        bolt.command("/gallery")(self._command)
        bolt.command("/silent")(lambda: None)
        bolt.action(re.compile(".*"))(self._acted)
        bolt.options("external_select")(self._suggests)
        bolt.view("form")(self._submitted)
        bolt.view_closed("form")(self._closed)
        bolt.event("app_home_opened")(self._home)
        self.connection = SocketConnection(bolt, slack.app_token, self.client)
        self.connection.start()

    def _uploaded(self) -> str:
        content = PICTURE
        place = self.client.files_getUploadURLExternal(filename="a.png", length=len(content))
        requests.post(place["upload_url"], data=content, timeout=30)
        self.client.files_completeUploadExternal(files=[{"id": place["file_id"]}])
        return str(place["file_id"])

    def _command(self, ack: Ack, command: Json) -> None:
        match command["text"]:
            case "form":
                ack()
                self.client.views_open(trigger_id=command["trigger_id"], view=FORM)
            case "wrong":
                ack(blocks=[{"type": "sectoin"}])
            case _:
                ack(text="everything", blocks=self.message)

    def _suggests(self, ack: Ack, payload: Json) -> None:
        typed = payload["value"].lower()
        ack(options=[one for one in COLORS if typed in one["value"]])

    def _acted(self, ack: Ack, body: Json, respond: Respond) -> None:
        ack()
        self.heard.append(body)
        self.acted.set()
        (action,) = body["actions"]
        if action["action_id"] == "more":
            self.client.views_push(trigger_id=body["trigger_id"], view=PUSHED)
        elif action["block_id"] == "live":
            count = {"type": "section", "text": plain(f"{len(action['value'] or '')} characters")}
            view = FORM | {"blocks": [*FORM["blocks"], count]}
            self.client.views_update(view_id=body["view"]["id"], view=view)
        elif body["container"]["type"] == "message":
            said = {name: action[name] for name in action if name.startswith("selected")}
            words = json.dumps(said or action.get("value"), sort_keys=True)
            respond(text=f"{action['action_id']} says {words}", replace_original=False)

    def _submitted(self, ack: Ack, body: Json) -> None:
        self.heard.append(body)
        values = body["view"]["state"]["values"]
        if values["name"]["plain_text_input"]["value"] == "Nobody":
            ack(response_action="errors", errors={"name": "Nobody is not a person. Say Bob."})
            return
        ack()
        found = {label: next(iter(field.values())) for label, field in values.items()}
        said = {
            label: next(value for key, value in one.items() if key != "type")
            for label, one in found.items()
        }
        text = json.dumps(said, sort_keys=True, ensure_ascii=False)
        self.client.chat_postMessage(channel=self._channel, text=f"`{text}`")

    def _closed(self, ack: Ack, body: Json) -> None:
        ack()
        self.heard.append(body)

    def _home(self, event: Json) -> None:
        blocks = [
            {"type": "header", "text": plain("Your home")},
            {"type": "section", "text": mrkdwn(f"Hi <@{event['user']}>")},
            {"type": "actions", "elements": [button("Refresh", value="home")]},
        ]
        self.client.views_publish(user_id=event["user"], view={"type": "home", "blocks": blocks})
