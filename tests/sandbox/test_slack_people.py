"""People in the local Slack, and a small Bolt app that they use: commands, clicks and forms."""

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import requests
from slack_bolt import Ack, App, Respond
from slack_sdk import WebClient

from bot.slack.connection import SocketConnection
from sandbox.clock import SandboxClock
from sandbox.server import LoopbackServer
from sandbox.slack.errors import InvalidAnswer, NoAnswer
from sandbox.slack.manifest import Manifest
from sandbox.slack.workspace import SlackWorkspace

Json = dict[str, Any]


def text(words: str) -> Json:
    return {"type": "plain_text", "text": words}


def button(words: str, **more: Any) -> Json:
    return {"type": "button", "text": text(words), "action_id": words.lower(), **more}


def field(label: str, kind: str, *, optional: bool = False, **more: Any) -> Json:
    element = {"type": kind, "action_id": "it", **more}
    block = {"type": "input", "block_id": label.lower(), "label": text(label), "element": element}
    return block | {"optional": optional}


def options(*words: str) -> list[Json]:
    return [{"text": text(word), "value": word.lower()} for word in words]


SURE: Json = {
    "title": text("Delete it?"),
    "text": text("It can't be brought back."),
    "confirm": text("Delete"),
    "deny": text("Keep"),
}
FORM: Json = {
    "type": "modal",
    "callback_id": "form",
    "title": text("Cover"),
    "submit": text("Save"),
    "notify_on_close": True,
    "blocks": [
        field("Who", "users_select"),
        field("Why", "plain_text_input", optional=True, max_length=10),
        field("Day", "datepicker", initial_date="2026-01-06"),
        field("Kind", "static_select", options=options("Whole", "Part")),
        field("Also", "checkboxes", optional=True, options=options("Tell", "Ask")),
    ],
}
MENU: list[Json] = [
    {
        "type": "actions",
        "block_id": "menu",
        "elements": [
            button("Form"),
            button("Hello", value="world"),
            button("Delete", confirm=SURE),
            {
                "type": "static_select",
                "action_id": "weeks",
                "placeholder": text("Weeks"),
                "options": options("One", "Two"),
            },
        ],
    }
]


class Menu:
    """A Bolt app with a listener for everything that people can do."""

    def __init__(self, slack: "Slack") -> None:
        self.heard: list[Json] = []
        self.respond_urls: list[str] = []
        self.triggers: list[str] = []
        self.form_answer: Json = {}
        self.client = WebClient(slack.bot_token, base_url=slack.url, retry_handlers=[])
        bolt = App(client=self.client, process_before_response=True)
        bolt.command("/try")(self._command)
        for action in ("form", "hello", "delete", "weeks", "more", "it"):
            bolt.action(action)(self._action)
        bolt.view("form")(self._submitted)
        bolt.view_closed("form")(self._closed)
        bolt.event("app_home_opened")(self._home)
        bolt.event("message")(self._message)
        for event in ("app_mention", "member_joined_channel"):
            bolt.event(event)(lambda ack: ack())
        self.connection = SocketConnection(bolt, slack.app_token, self.client)
        self.connection.start()

    def _command(self, ack: Ack, command: Json, respond: Respond) -> None:
        self.respond_urls.append(command["response_url"])
        match command["text"]:
            case "now":
                ack(text="*now*", blocks=MENU)
            case "loud":
                ack(text="to all", response_type="in_channel")
            case "later":
                ack()
                respond(text="later")
            case "form":
                ack()
                self._open(command["trigger_id"])
            case "form later":
                ack()
                self._later = threading.Thread(target=self._open, args=[command["trigger_id"]])
                self._later.start()
            case _:
                ack()

    def _open(self, trigger_id: str) -> None:
        self.triggers.append(trigger_id)
        self.client.views_open(trigger_id=trigger_id, view=FORM)

    def _action(self, ack: Ack, body: Json, respond: Respond, action: Json) -> None:
        self.heard.append(body)
        ack()
        match action["action_id"]:
            case "form":
                self.client.views_open(trigger_id=body["trigger_id"], view=FORM)
            case "hello":
                respond(text=f"hello {action['value']}", replace_original=True)
            case "delete":
                respond(delete_original=True)
            case "weeks":
                respond(text=action["selected_option"]["value"], replace_original=False)
            case "more":
                self.client.views_push(trigger_id=body["trigger_id"], view=FORM)

    def _submitted(self, ack: Ack, body: Json) -> None:
        self.heard.append(body)
        ack(**self.form_answer)

    def _closed(self, ack: Ack, body: Json) -> None:
        self.heard.append(body)
        ack()

    def _message(self, event: Json) -> None:
        self.heard.append(event)

    def _home(self, event: Json) -> None:
        section = {"type": "section", "text": {"type": "mrkdwn", "text": f"Hi <@{event['user']}>"}}
        self.client.views_publish(
            user_id=event["user"], view={"type": "home", "blocks": [section, *MENU]}
        )


class Slack(SlackWorkspace):
    """A workspace with Alice and Bob in one channel."""

    def __init__(self, server: LoopbackServer) -> None:
        self.clock = SandboxClock(datetime(2026, 1, 5, 14, 0, tzinfo=UTC))
        super().__init__(server, self.clock)
        self.alice, self.bob = self.person("Alice"), self.person("Bob", tz="Europe/Berlin")
        self.support = self.channel("support", members=[self.alice, self.bob])


@pytest.fixture
def slack(server: LoopbackServer) -> Slack:
    return Slack(server)


@pytest.fixture
def app(slack: Slack) -> Iterator[Menu]:
    app = Menu(slack)
    yield app
    app.connection.stop()


# --- Commands ---


def test_an_answer_is_for_the_one_who_typed(slack: Slack, app: Menu) -> None:
    answer = slack.alice.runs("/try now", slack.support)
    assert answer.ephemeral
    assert [message.text for message in slack.support.seen_by(slack.alice)] == ["*now*"]
    assert not slack.support.messages
    assert app.respond_urls


@pytest.mark.usefixtures("app")
def test_an_answer_may_be_for_everybody(slack: Slack) -> None:
    assert not slack.alice.runs("/try loud", slack.support).ephemeral
    assert [message.plain for message in slack.support.messages] == ["to all"]


@pytest.mark.usefixtures("app")
def test_an_answer_may_come_after_the_ack(slack: Slack) -> None:
    assert slack.alice.runs("/try later", slack.support).text == "later"


def test_a_command_works_in_direct_messages(slack: Slack, app: Menu) -> None:
    assert slack.alice.runs("/try later", slack.alice.direct_messages).text == "later"
    assert app.respond_urls


def test_a_response_url_serves_five_times_within_half_an_hour(slack: Slack, app: Menu) -> None:
    def use(expected: int) -> Json:
        answer = requests.post(app.respond_urls[0], json={"text": "x"}, timeout=30)
        assert answer.status_code == expected
        return dict(answer.json())

    slack.alice.runs("/try now", slack.support)
    for _ in range(4):
        assert use(200)["ok"]
    slack.clock.forward(minutes=31)
    assert use(404)["error"] == "expired_url"
    slack.alice.runs("/try later", slack.support)
    app.respond_urls.pop(0)
    for _ in range(4):
        use(200)
    assert use(404)["error"] == "used_url"


def test_a_response_that_slack_would_not_show_is_refused(slack: Slack, app: Menu) -> None:
    slack.alice.runs("/try now", slack.support)
    for body, code in (
        ({"blocks": [{"type": "sectoin"}]}, "invalid_blocks"),
        ({}, "no_text"),
    ):
        answer = requests.post(app.respond_urls[0], json=body, timeout=30)
        assert (answer.status_code, answer.json()["error"]) == (400, code)
    nonsense = requests.post(app.respond_urls[0], data="{", timeout=30)
    assert nonsense.json()["error"] == "invalid_payload"


def test_a_refused_response_is_remembered_until_its_reader_sees_something_else(
    slack: Slack, app: Menu
) -> None:
    def refuse() -> None:
        slack.alice.runs("/try now", slack.support)
        assert requests.post(app.respond_urls[-1], json={}, timeout=30).status_code == 400
        (refused,) = slack.refused_answers
        assert "Alice" in refused
        assert "no_text" in refused

    refuse()
    requests.post(app.respond_urls[-1], json={"text": "x"}, timeout=30)
    assert slack.refused_answers == []
    refuse()
    app.client.chat_postMessage(channel=slack.alice.id, text="x")
    assert slack.refused_answers == []
    refuse()
    app.client.chat_postMessage(channel=slack.bob.id, text="not to Alice")
    assert len(slack.refused_answers) == 1


def test_what_a_response_url_takes_can_be_set(slack: Slack, app: Menu) -> None:
    def answers(body: Json) -> Json:
        return dict(requests.post(app.respond_urls[0], json=body, timeout=30).json())

    slack.alice.runs("/try now", slack.support)
    table = {"type": "table", "rows": [[{"type": "raw_text", "text": "x"}]]}
    sections = [{"type": "section", "text": text("x" * 3000)}] * 4
    assert answers({"blocks": [table]})["ok"]
    assert answers({"blocks": sections})["ok"]
    assert answers({"text": "x", "replace_original": True, "response_type": "ephemeral"})["ok"]
    slack.truths.tables_in_response_urls = False
    slack.truths.answers_limited_together = True
    slack.truths.replacing_takes_response_type = False
    assert answers({"blocks": [table]})["error"] == "invalid_blocks"
    assert answers({"blocks": sections})["error"] == "msg_blocks_too_long"
    replacing = {"text": "x", "replace_original": True, "response_type": "ephemeral"}
    assert answers(replacing)["error"] == "invalid_payload"
    assert answers({"text": "x", "replace_original": True})["ok"]


# --- Clicks ---


def test_a_click_replaces_the_message_it_was_on(slack: Slack, app: Menu) -> None:
    menu = slack.alice.runs("/try now", slack.support)
    slack.alice.clicks("Hello", menu)
    assert [message.text for message in slack.support.seen_by(slack.alice)] == ["hello world"]
    (heard,) = app.heard
    assert heard["container"]["is_ephemeral"]
    assert "message" not in heard
    assert heard["actions"][0]["block_id"] == "menu"


def test_a_click_in_a_post_carries_the_post(slack: Slack, app: Menu) -> None:
    app.client.chat_postMessage(channel=slack.support.id, text="menu", blocks=MENU)
    (post,) = slack.support.messages
    answer = slack.bob.selects("Weeks", "Two", post)
    assert answer.text == "two"
    assert answer.ephemeral
    assert app.heard[0]["message"]["ts"] == post.ts
    state = app.heard[0]["state"]["values"]["menu"]["weeks"]
    assert state["selected_option"]["value"] == "two"


def test_one_is_asked_before_something_is_deleted(slack: Slack, app: Menu) -> None:
    menu = slack.alice.runs("/try now", slack.support)
    assert slack.alice.clicks("Delete", menu, confirm=False) is None
    assert not app.heard
    slack.alice.clicks("Delete", menu)
    assert not slack.support.seen_by(slack.alice)


@pytest.mark.usefixtures("app")
def test_what_is_not_there_cannot_be_clicked(slack: Slack) -> None:
    menu = slack.alice.runs("/try now", slack.support)
    with pytest.raises(LookupError, match="Hello"):
        slack.alice.clicks("Goodbye", menu)
    with pytest.raises(LookupError, match="One"):
        slack.alice.selects("Weeks", "Nine", menu)


@pytest.mark.usefixtures("app")
def test_one_can_use_what_is_in_a_message_by_its_ids(slack: Slack, app: Menu) -> None:
    menu = slack.alice.runs("/try now", slack.support).message
    assert menu
    two = options("One", "Two")[1]
    slack.alice.uses(menu, "menu", "weeks", two)
    slack.alice.uses(menu, "menu", "hello", entered={"menu": {"weeks": two}})
    assert app.heard[0]["actions"][0]["selected_option"] == two
    state = app.heard[1]["state"]["values"]["menu"]["weeks"]
    assert state["selected_option"] == two
    with pytest.raises(LookupError, match="no longer there"):
        slack.alice.uses(menu, "menu", "goodbye")
    with pytest.raises(LookupError, match="no option"):
        slack.alice.uses(menu, "menu", "weeks", {**two, "value": "three"})


def test_the_app_hears_what_is_written_to_it(slack: Slack, app: Menu) -> None:
    place = slack.alice.direct_messages
    slack.alice.says("see <b> & https://example.com, or me@example.com", place)
    (said,) = place.messages
    slack.alice.says("and this", place, said.ts)
    slack.alice.shares_file(place)
    slack.alice.edits(said, "never mind")

    first, reply, file, edit = app.heard
    assert first == {
        "type": "message",
        "channel": place.id,
        "channel_type": "im",
        "user": slack.alice.id,
        "team": "T0SANDBOX",
        "ts": said.ts,
        "event_ts": said.ts,
        "text": "see &lt;b&gt; &amp; <https://example.com>, or "
        "<mailto:me@example.com|me@example.com>",
    }
    assert reply["thread_ts"] == said.ts
    assert (file["subtype"], file["text"]) == ("file_share", "")
    assert (edit["subtype"], edit["message"]["text"]) == ("message_changed", "never mind")


def test_what_the_app_writes_itself_is_ignored_by_bolt(slack: Slack, app: Menu) -> None:
    posted = app.client.chat_postMessage(channel=slack.alice.id, text="hello")
    app.client.chat_update(channel=str(posted["channel"]), ts=str(posted["ts"]), text="hello!")

    slack.alice.says("hi", slack.alice.direct_messages)

    assert [one["text"] for one in app.heard] == ["hi"]


def test_the_app_hears_of_nothing_that_its_manifest_leaves_out(server: LoopbackServer) -> None:
    clock = SandboxClock(datetime(2026, 1, 5, 14, 0, tzinfo=UTC))
    quiet = SlackWorkspace(server, clock, manifest=Manifest(frozenset(), events=frozenset()))
    alice = quiet.person("Alice")

    alice.opens_messages()
    alice.says("mine", alice.direct_messages)

    with pytest.raises(IndexError):
        assert quiet.last_event


@pytest.mark.usefixtures("app")
def test_the_app_hears_who_mentions_it_where_it_is(slack: Slack) -> None:
    away = slack.channel("away", members=[slack.alice], bot=False)
    slack.alice.says("@whoseonfirst who", away)
    slack.alice.says("@WhoseOnFirst who", slack.support)
    said = slack.support.messages[-1]
    slack.alice.edits(said, "@whoseonfirst who friday")

    first, edited = slack.heard("app_mention")
    assert first["channel"] == edited["channel"] == slack.support.id
    assert first["text"].endswith("> who")
    assert first["ts"] == edited["ts"] == said.ts
    assert edited["edited"]["user"] == first["user"] == slack.alice.id
    assert "channel_type" not in first


def test_the_app_hears_who_comes_to_its_channels_and_who_invited_it(
    slack: Slack, app: Menu
) -> None:
    away = slack.channel("away", members=[slack.alice], bot=False)
    carol = slack.person("Carol")
    away.invite(carol)
    slack.support.invite(carol)
    away.invite_bot(by=carol)
    away.remove_bot()
    app.client.conversations_join(channel=away.id)
    slack.until(lambda: len(slack.heard("member_joined_channel")) == 3)

    person, invited, by_itself = slack.heard("member_joined_channel")
    assert (person["user"], person["channel"]) == (carol.id, slack.support.id)
    assert (invited["user"], invited["inviter"]) == (slack.bot_user_id, carol.id)
    assert by_itself["user"] == slack.bot_user_id
    assert "inviter" not in by_itself


def test_in_a_thread_one_person_sees_a_message_only_where_somebody_replied(
    slack: Slack, app: Menu
) -> None:
    slack.alice.says("Who is it?", slack.support)
    (asked,) = slack.support.messages

    def hints(text: str) -> None:
        app.client.chat_postEphemeral(
            channel=slack.support.id, user=slack.alice.id, thread_ts=asked.ts, text=text
        )

    hints("nobody sees this")
    slack.bob.says("Me", slack.support, asked.ts)
    hints("she sees this")

    seen = [one.plain for one in slack.support.seen_by(slack.alice)]
    assert seen == ["Who is it?", "Me", "she sees this"]


def test_threads_have_no_commands(slack: Slack, app: Menu) -> None:
    slack.alice.says("Who is it?", slack.support)
    (said,) = slack.support.messages

    with pytest.raises(LookupError, match="/try is not supported in threads"):
        slack.alice.runs("/try now", slack.support, thread_ts=said.ts)

    assert not app.respond_urls
    assert slack.support.seen_by(slack.alice) == [said]


def test_people_talk_and_the_app_hears_nothing(slack: Slack, app: Menu) -> None:
    slack.alice.says("Thanks @bob", slack.support)
    (said,) = slack.support.messages
    slack.bob.says("Any time", slack.support, said.ts)
    assert said.plain == "Thanks @Bob"
    assert [one.thread_ts for one in slack.support.messages] == [None, said.ts]
    assert slack.support.message(said.ts, slack.bob) == said
    with pytest.raises(LookupError):
        slack.support.message("1.000000", slack.bob)
    assert not app.heard


def test_whoever_comes_from_another_workspace_clicks_and_has_no_commands(
    slack: Slack, app: Menu
) -> None:
    dora = slack.person("Dora", stranger=True)
    slack.support.invite(dora)
    app.client.chat_postMessage(channel=slack.support.id, text="menu", blocks=MENU)
    (post,) = slack.support.messages
    with pytest.raises(LookupError, match="Dora"):
        dora.runs("/try now", slack.support)
    slack.bob.clicks("Hello", post)
    opened = dora.clicks("Form", post)

    bobs, doras = app.heard
    assert bobs["user"]["team_id"] == bobs["team"]["id"] == doras["team"]["id"]
    assert doras["user"]["team_id"] != doras["team"]["id"]
    # In a form the team is her own; the app's team is in the view.
    assert opened
    assert opened.view
    dora.submits({"Who": slack.bob, "Kind": "Whole"})
    assert app.heard[2]["team"]["id"] == app.heard[2]["user"]["team_id"]
    assert app.heard[2]["view"]["app_installed_team_id"] == bobs["team"]["id"]


# --- Forms ---


def test_a_form_is_filled_in_and_sent(slack: Slack, app: Menu) -> None:
    opened = slack.alice.runs("/try form", slack.support)
    assert opened.view
    assert opened.view.title == "Cover"
    left = slack.alice.submits({"Who": slack.bob, "Kind": "Part", "Also": ["Tell"]})
    assert left is None
    (heard,) = app.heard
    values = heard["view"]["state"]["values"]
    assert values["who"]["it"]["selected_user"] == slack.bob.id
    assert values["why"]["it"]["value"] is None
    assert values["day"]["it"]["selected_date"] == "2026-01-06"
    assert values["kind"]["it"]["selected_option"]["value"] == "part"
    assert [chosen["value"] for chosen in values["also"]["it"]["selected_options"]] == ["tell"]


@pytest.mark.usefixtures("app")
def test_a_form_may_come_after_the_ack(slack: Slack) -> None:
    opened = slack.alice.runs("/try form later", slack.support)
    assert opened.view
    assert opened.message is None
    assert slack.alice.view == opened.view


def test_a_form_is_open_on_the_client_where_it_was_asked_for(slack: Slack, app: Menu) -> None:
    phone = slack.alice.on("phone")
    opened = phone.runs("/try form", slack.support)

    assert phone.view == opened.view
    assert slack.alice.view is None
    slack.alice.runs("/try form", slack.support)
    assert phone.submits({"Who": slack.bob, "Kind": "Part"}) is None
    assert slack.alice.view
    assert app.heard[-1]["user"]["id"] == slack.alice.id


def test_slack_itself_asks_for_what_is_missing(slack: Slack, app: Menu) -> None:
    slack.alice.runs("/try form", slack.support)
    view = slack.alice.submits({"Why": "much too long"})
    assert view
    assert view.errors == {
        "Who": "Please complete this required field.",
        "Why": "Must be less than 11 characters.",
        "Kind": "Please complete this required field.",
    }
    assert not app.heard


def test_the_app_refuses_a_field_and_what_was_typed_stays(slack: Slack, app: Menu) -> None:
    app.form_answer = {"response_action": "errors", "errors": {"who": "Bob is away."}}
    slack.alice.runs("/try form", slack.support)
    view = slack.alice.submits({"Who": slack.bob, "Kind": "Whole"})
    assert view
    assert view.errors == {"Who": "Bob is away."}
    app.form_answer = {}
    assert slack.alice.submits({"Who": slack.alice}) is None
    assert app.heard[1]["view"]["state"]["values"]["kind"]["it"]["selected_option"]


@pytest.mark.parametrize(
    "answer",
    [
        {"response_action": "errors", "errors": {"nowhere": "x"}},
        {"response_action": "update", "view": {"type": "modal"}},
    ],
)
def test_an_answer_to_a_form_that_slack_would_not_take(
    slack: Slack, app: Menu, answer: Json
) -> None:
    app.form_answer = answer
    slack.alice.runs("/try form", slack.support)
    with pytest.raises(InvalidAnswer):
        slack.alice.submits({"Who": slack.bob, "Kind": "Whole"})


def test_forms_lie_on_top_of_each_other_three_deep(slack: Slack, app: Menu) -> None:
    values = {"Who": slack.bob, "Kind": "Whole"}
    app.form_answer = {"response_action": "push", "view": FORM | {"title": text("Sure?")}}
    slack.alice.runs("/try form", slack.support)
    for _ in range(2):
        above = slack.alice.submits(values)
        assert above
        assert above.title == "Sure?"
    with pytest.raises(InvalidAnswer, match="push_limit_reached"):
        slack.alice.submits(values)
    below = slack.alice.closes()
    assert below
    assert app.heard[-1]["type"] == "view_closed"
    app.form_answer = {"response_action": "update", "view": FORM | {"title": text("Done")}}
    done = slack.alice.submits(values)
    assert done
    assert done.title == "Done"
    app.form_answer = {"response_action": "clear"}
    assert slack.alice.submits(values) is None


def test_a_trigger_opens_one_form_within_three_seconds(server: LoopbackServer) -> None:
    slack = Slack(server)
    app = Menu(slack)
    try:
        slack.alice.runs("/try form", slack.support)
        used = app.client.api_call
        with pytest.raises(Exception, match="exchanged_trigger_id"):
            used("views.open", json={"trigger_id": app.triggers[0], "view": FORM})
    finally:
        app.connection.stop()


def test_a_trigger_expires(server: LoopbackServer) -> None:
    slack = SlackWorkspace(server, SandboxClock(), trigger_lives=0)
    alice = slack.person("Alice")
    support = slack.channel("support", members=[alice])
    client = WebClient(slack.bot_token, base_url=slack.url, retry_handlers=[])
    bolt = App(client=client, process_before_response=True)

    @bolt.command("/try")
    def listener(ack: Ack, command: Json) -> None:
        answer = requests.post(
            f"{slack.url}views.open",
            data={
                "token": slack.bot_token,
                "trigger_id": command["trigger_id"],
                "view": json.dumps(FORM),
            },
            timeout=30,
        ).json()
        ack(answer["error"])

    connection = SocketConnection(bolt, slack.app_token, client)
    connection.start()
    try:
        assert alice.runs("/try", support).text == "expired_trigger_id"
    finally:
        connection.stop()


# --- Home ---


def test_the_home_tab_is_opened_and_clicked(slack: Slack, app: Menu) -> None:
    home = slack.alice.opens_home()
    assert home
    assert "Hi @Alice" in home.plain
    assert slack.bob.home is None
    answer = slack.alice.clicks("Form", home)
    assert answer
    assert answer.view
    assert app.heard[0]["container"]["type"] == "view"
    assert slack.alice.view


def test_one_can_wait_for_what_comes_by_itself(slack: Slack, app: Menu) -> None:
    app.client.chat_postMessage(channel=slack.support.id, text="x")
    slack.until(lambda: len(slack.support.messages) == 1)
    with pytest.raises(TimeoutError):
        slack.until(lambda: len(slack.support.messages) == 2, timeout=0.05)


def test_an_ack_without_an_answer_is_not_an_answer(server: LoopbackServer) -> None:
    slack = SlackWorkspace(server, SandboxClock(), patience=0.1)
    alice = slack.person("Alice")
    support = slack.channel("support", members=[alice])
    client = WebClient(slack.bot_token, base_url=slack.url, retry_handlers=[])
    bolt = App(client=client, process_before_response=True)
    bolt.command("/try")(lambda ack: ack())
    connection = SocketConnection(bolt, slack.app_token, client)
    connection.start()
    try:
        with pytest.raises(NoAnswer, match="never answered"):
            alice.runs("/try", support)
    finally:
        connection.stop()
