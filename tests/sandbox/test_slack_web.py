"""The local Slack's Web API through Slack's own client: its answers and its errors."""

from datetime import UTC, datetime
from http.client import RemoteDisconnected
from typing import Any

import pytest
import requests
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from sandbox.clock import SandboxClock
from sandbox.server import LoopbackServer
from sandbox.slack.manifest import Manifest
from sandbox.slack.people import SlackChannel, SlackPerson
from sandbox.slack.workspace import SlackWorkspace

SCOPES = Manifest.of_the_app().scopes

MORNING = datetime(2026, 1, 5, 14, 0, tzinfo=UTC)
MORE = {
    "channels:join",
    "files:read",
    "files:write",
    "im:history",
    "im:read",
    "im:write",
    "reactions:write",
    "usergroups:read",
    "usergroups:write",
    "users.profile:read",
    "users:read.email",
}
BUTTONS: list[dict[str, Any]] = [
    {
        "type": "actions",
        "elements": [{"type": "button", "text": {"type": "plain_text", "text": "Go"}}],
    }
]
LONG = [{"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3000}}] * 4


class Slack(SlackWorkspace):
    """A workspace with two people, a channel, and a client for the app."""

    def __init__(self, server: LoopbackServer, **settings: Any) -> None:
        self.clock = SandboxClock(MORNING)
        super().__init__(server, self.clock, **settings)
        self.alice: SlackPerson = self.person("Alice Doe", admin=True)
        self.bob: SlackPerson = self.person("Bob", tz="Europe/Berlin")
        self.support: SlackChannel = self.channel("support", members=[self.alice])
        self.client = self.with_token(self.bot_token)

    def with_token(self, token: str | None) -> WebClient:
        return WebClient(token, base_url=self.url, timeout=30, retry_handlers=[])

    def refuses(self, method: str, **arguments: Any) -> dict[str, Any]:
        """Call a method that must fail, and return the answer."""
        with pytest.raises(SlackApiError) as refusal:
            self.client.api_call(method, json=arguments)
        assert isinstance(refusal.value.response.data, dict)
        return refusal.value.response.data


@pytest.fixture
def slack(server: LoopbackServer) -> Slack:
    return Slack(server, manifest=Manifest(SCOPES | MORE))


# --- Tokens, scopes, methods, arguments ---


def test_the_app_learns_who_it_is(slack: Slack) -> None:
    me = slack.client.auth_test()
    assert (me["user_id"], me["user"]) == (slack.bot_user_id, "whoseonfirst")
    assert set(me.headers["X-OAuth-Scopes"].split(",")) == SCOPES | MORE


@pytest.mark.parametrize(
    ("token", "error"),
    [(None, "not_authed"), ("xoxb-wrong", "invalid_auth"), ("app", "not_allowed_token_type")],
)
def test_a_wrong_token_is_refused(slack: Slack, token: str | None, error: str) -> None:
    client = slack.with_token(slack.app_token if token == "app" else token)
    with pytest.raises(SlackApiError, match=error):
        client.auth_test()


def test_only_the_app_token_opens_connections(slack: Slack) -> None:
    with pytest.raises(SlackApiError, match="not_allowed_token_type"):
        slack.client.apps_connections_open(app_token=slack.bot_token)
    assert slack.client.apps_connections_open(app_token=slack.app_token)["url"].startswith("ws://")


def test_a_method_that_does_not_exist_is_unknown(slack: Slack) -> None:
    assert slack.refuses("chat.shout")["error"] == "unknown_method"


def test_api_test_answers_without_a_token(slack: Slack) -> None:
    assert slack.with_token(None).api_test(foo="bar")["args"]["foo"] == "bar"
    assert slack.refuses("api.test", error="my_error")["error"] == "my_error"


@pytest.mark.parametrize(
    ("method", "arguments", "scope"),
    [
        ("chat.postMessage", {"channel": "C", "text": "x"}, "chat:write"),
        ("users.info", {"user": "U"}, "users:read"),
        ("users.list", {}, "users:read"),
        ("users.lookupByEmail", {"email": "a@b"}, "users:read.email"),
        ("conversations.list", {}, "channels:read"),
        ("conversations.list", {"types": "private_channel"}, "groups:read"),
        ("conversations.open", {"users": "U"}, "im:write"),
        ("reactions.add", {"channel": "C", "name": "eyes", "timestamp": "1"}, "reactions:write"),
        ("usergroups.list", {}, "usergroups:read"),
        ("files.getUploadURLExternal", {"filename": "x", "length": 1}, "files:write"),
    ],
)
def test_a_right_that_was_not_given_is_missed(
    server: LoopbackServer, method: str, arguments: dict[str, Any], scope: str
) -> None:
    answer = Slack(server, manifest=Manifest(frozenset({"commands"}))).refuses(method, **arguments)
    assert (answer["error"], answer["needed"]) == ("missing_scope", scope)
    assert answer["provided"] == "commands"


def test_a_missing_argument_is_named(slack: Slack) -> None:
    answer = slack.refuses("users.info")
    assert answer["error"] == "invalid_arguments"
    assert answer["response_metadata"]["messages"] == ["[ERROR] missing required field: user"]


def test_arguments_come_as_a_form_as_json_or_in_the_address(slack: Slack) -> None:
    url, headers = f"{slack.url}users.info", {"Authorization": f"Bearer {slack.bot_token}"}
    asked = {"user": slack.bob.id}
    answers = [
        requests.post(url, data=asked, headers=headers, timeout=30),
        requests.post(url, json=asked, headers=headers, timeout=30),
        requests.get(url, params=asked, headers=headers, timeout=30),
        requests.post(url, data=asked | {"token": slack.bot_token}, timeout=30),
    ]
    assert [answer.json()["user"]["real_name"] for answer in answers] == ["Bob"] * 4


# --- People ---


def test_users_are_described_with_zone_and_roles(slack: Slack) -> None:
    bob = slack.client.users_info(user=slack.bob.id)["user"]
    assert (bob["tz"], bob["is_admin"], bob["deleted"]) == ("Europe/Berlin", False, False)
    slack.bob.leaves()
    assert slack.client.users_info(user=slack.bob.id)["user"]["deleted"]
    assert slack.client.users_info(user=slack.alice.id)["user"]["is_admin"]
    assert slack.refuses("users.info", user="U404")["error"] == "user_not_found"


def test_guests_are_marked_as_such(slack: Slack) -> None:
    guest = slack.person("Gina", guest=True)
    visitor = slack.person("Vic", one_channel_guest=True)

    def limits(person: SlackPerson) -> tuple[bool, bool]:
        user = slack.client.users_info(user=person.id)["user"]
        return user["is_restricted"], user["is_ultra_restricted"]

    assert [limits(one) for one in (slack.bob, guest, visitor)] == [
        (False, False),
        (True, False),
        (True, True),
    ]


def test_somebody_of_another_workspace_is_marked_as_such(slack: Slack) -> None:
    dora = slack.person("Dora", stranger=True, admin=True)

    user = slack.client.users_info(user=dora.id)["user"]
    assert user["is_stranger"]
    assert user["team_id"] == user["profile"]["team"] != slack.client.auth_test()["team_id"]
    assert not {"tz", "is_admin", "is_owner"} & user.keys()
    # Somebody who shares a channel with the app isn't a stranger, though still from elsewhere.
    slack.support.invite(dora)
    shared = slack.client.users_info(user=dora.id)["user"]
    assert not shared["is_stranger"]
    assert shared["team_id"] == user["team_id"]
    assert "is_stranger" not in slack.client.users_info(user=slack.bob.id)["user"]


def test_long_lists_come_in_pages(slack: Slack) -> None:
    assert slack.refuses("users.list", limit=1000)["error"] == "invalid_limit"
    pages = slack.client.users_list(limit=2)
    assert [[user["real_name"] for user in page["members"]] for page in pages] == [
        ["WhoseOnFirst", "Alice Doe"],
        ["Bob"],
    ]
    assert slack.refuses("users.list", cursor="nonsense")["error"] == "invalid_cursor"


def test_somebody_is_found_by_email(slack: Slack) -> None:
    found = slack.client.users_lookupByEmail(email="bob@example.com")
    assert found["user"]["id"] == slack.bob.id
    assert slack.refuses("users.lookupByEmail", email="x@y")["error"] == "users_not_found"
    profile = slack.client.users_profile_get(user=slack.bob.id)["profile"]
    assert profile["real_name"] == "Bob"


def test_a_user_group_is_read_and_changed(slack: Slack) -> None:
    group = slack.usergroup("oncall", [slack.alice])
    assert slack.client.usergroups_users_list(usergroup=group)["users"] == [slack.alice.id]
    slack.client.usergroups_users_update(usergroup=group, users=[slack.bob.id])
    (listed,) = slack.client.usergroups_list()["usergroups"]
    assert listed["users"] == [slack.bob.id]
    answer = slack.refuses("usergroups.users.update", usergroup=group, users=["U404"])
    assert answer["error"] == "invalid_users"
    assert slack.refuses("usergroups.users.list", usergroup="S404")["error"] == "no_such_subteam"


# --- Channels ---


def test_channels_are_described_and_listed(slack: Slack) -> None:
    secret = slack.channel("secret", private=True)
    slack.channel("hidden", private=True, bot=False)
    old = slack.channel("old")
    old.archive()
    info = slack.client.conversations_info(channel=slack.support.id)["channel"]
    assert (info["name"], info["is_member"], info["is_archived"]) == ("support", True, False)
    everything = slack.client.conversations_list(types="public_channel,private_channel")
    assert [channel["name"] for channel in everything["channels"]] == ["support", "secret", "old"]
    live = slack.client.conversations_list(exclude_archived=True)
    assert [channel["name"] for channel in live["channels"]] == ["support"]
    mine = slack.client.users_conversations(types="private_channel")
    assert [channel["id"] for channel in mine["channels"]] == [secret.id]
    members = slack.client.conversations_members(channel=slack.support.id)["members"]
    assert members == [slack.alice.id, slack.bot_user_id]
    assert slack.refuses("conversations.list", types="stream")["error"] == "invalid_types"


def test_a_private_channel_without_the_bot_does_not_exist_for_it(slack: Slack) -> None:
    hidden = slack.channel("hidden", private=True, bot=False)
    assert slack.refuses("conversations.info", channel=hidden.id)["error"] == "channel_not_found"


def test_the_bot_joins_a_public_channel(slack: Slack) -> None:
    other = slack.channel("other", bot=False)
    assert slack.client.conversations_join(channel=other.id)["channel"]["is_member"]
    other.archive()
    assert slack.refuses("conversations.join", channel=other.id)["error"] == "is_archived"


# --- Messages ---


def test_a_post_is_seen_and_found_again_by_its_metadata(slack: Slack) -> None:
    metadata = {"event_type": "sent", "event_payload": {"key": "k1"}}
    ts = slack.client.chat_postMessage(
        channel=slack.support.id, text="Hi <@" + slack.bob.id + ">", metadata=metadata
    )["ts"]
    (seen,) = slack.support.messages
    assert (seen.plain, seen.ts, seen.metadata) == ("Hi @Bob", ts, metadata)
    history = slack.client.conversations_history
    (found,) = history(channel=slack.support.id, include_all_metadata=True)["messages"]
    assert found["metadata"] == metadata
    assert "metadata" not in history(channel=slack.support.id)["messages"][0]


def test_history_has_the_newest_first_between_two_instants(slack: Slack) -> None:
    stamps = []
    for text in ("one", "two", "three"):
        stamps.append(slack.client.chat_postMessage(channel=slack.support.id, text=text)["ts"])
        slack.clock.forward(minutes=1)
    assert len(set(stamps)) == 3
    history = slack.client.conversations_history
    page = history(channel=slack.support.id, limit=2)
    assert [message["text"] for message in page["messages"]] == ["three", "two"]
    assert page["has_more"]
    after = history(channel=slack.support.id, oldest=stamps[0])["messages"]
    assert [message["text"] for message in after] == ["three", "two"]
    within = history(channel=slack.support.id, oldest=stamps[0], latest=stamps[1], inclusive=True)
    assert [message["text"] for message in within["messages"]] == ["two", "one"]


def test_two_posts_at_one_instant_have_two_stamps(slack: Slack) -> None:
    post = slack.client.chat_postMessage
    first, second = (post(channel=slack.support.id, text="x")["ts"] for _ in range(2))
    assert float(first) < float(second)


def test_a_thread_is_read_apart(slack: Slack) -> None:
    parent = slack.client.chat_postMessage(channel=slack.support.id, text="parent")["ts"]
    slack.client.chat_postMessage(channel=slack.support.id, text="reply", thread_ts=parent)
    (shown,) = slack.client.conversations_history(channel=slack.support.id)["messages"]
    assert shown["text"] == "parent"
    replies = slack.client.conversations_replies(channel=slack.support.id, ts=parent)["messages"]
    assert [message["text"] for message in replies] == ["parent", "reply"]
    nowhere = slack.refuses("conversations.replies", channel=slack.support.id, ts="1.2")
    assert nowhere["error"] == "thread_not_found"


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({}, "no_text"),
        ({"text": "x" * 40_001}, "msg_too_long"),
        ({"text": "x", "blocks": [{"type": "section"}]}, "invalid_blocks"),
        ({"text": "x", "blocks": [{"type": "divider"}] * 51}, "invalid_blocks"),
        ({"text": "x", "blocks": LONG}, "msg_blocks_too_long"),
        ({"text": "x", "metadata": {"event_type": "x"}}, "invalid_metadata_format"),
        ({"text": "x", "thread_ts": "1.2"}, "thread_not_found"),
    ],
)
def test_a_message_that_slack_would_not_take(
    slack: Slack, arguments: dict[str, Any], error: str
) -> None:
    answer = slack.refuses("chat.postMessage", channel=slack.support.id, **arguments)
    assert answer["error"] == error
    assert not slack.support.messages


def test_where_the_bot_may_not_write(slack: Slack) -> None:
    def refused(channel: str) -> str:
        return str(slack.refuses("chat.postMessage", channel=channel, text="x")["error"])

    assert refused("C404") == "channel_not_found"
    assert refused(slack.channel("other", bot=False).id) == "not_in_channel"
    slack.support.archive()
    assert refused(slack.support.id) == "is_archived"


@pytest.mark.parametrize("cannot_be_opened", [True, False])
def test_what_is_written_to_a_deactivated_account_is_taken_and_read_by_nobody(
    slack: Slack, *, cannot_be_opened: bool
) -> None:
    slack.truths.deactivated_cannot_be_opened = cannot_be_opened
    slack.bob.leaves()

    assert slack.client.chat_postMessage(channel=slack.bob.id, text="x")["ok"]
    if cannot_be_opened:
        assert slack.refuses("conversations.open", users=slack.bob.id)["error"] == "user_disabled"
    else:
        opened = slack.client.conversations_open(users=slack.bob.id)["channel"]["id"]
        assert opened == slack.bob.direct_messages.id


@pytest.mark.parametrize("names_workspaces", [True, False])
def test_an_enterprise_organization_has_several_workspaces(
    slack: Slack, *, names_workspaces: bool
) -> None:
    me = slack.client.auth_test()
    assert "enterprise_id" not in me
    assert "enterprise_user" not in slack.client.users_info(user=slack.bob.id)["user"]
    slack.joins_organization(names_workspaces=names_workspaces)
    both = slack.person("Both", sibling=True, also_here=True)
    sibling = slack.person("Sibyl", sibling=True)
    dora = slack.person("Dora", stranger=True)

    ours = slack.client.auth_test()["enterprise_id"]
    users = {user["id"]: user for user in slack.client.users_list()["members"]}
    assert both.id[0] == sibling.id[0] == "W"
    for person in (slack.bob, both, sibling):
        assert users[person.id]["enterprise_user"]["enterprise_id"] == ours
        assert ("team_id" in users[person.id]) == names_workspaces
    assert me["team_id"] in users[both.id]["enterprise_user"]["teams"]
    assert me["team_id"] not in users[sibling.id]["enterprise_user"]["teams"]
    assert users[dora.id]["enterprise_user"]["enterprise_id"] != ours


def test_somebody_whom_the_app_is_not_shown(slack: Slack) -> None:
    slack.bob.is_hidden()

    assert slack.refuses("users.info", user=slack.bob.id)["error"] == "user_not_visible"
    assert slack.refuses("conversations.open", users=slack.bob.id)["error"] == "user_not_visible"
    posted = slack.refuses("chat.postMessage", channel=slack.bob.id, text="x")
    assert posted["error"] == "channel_not_found"


def test_a_public_channel_may_be_written_to_from_outside_with_the_scope(
    server: LoopbackServer,
) -> None:
    slack = Slack(server, manifest=Manifest(SCOPES | {"chat:write.public"}))
    other = slack.channel("other", bot=False)
    assert slack.client.chat_postMessage(channel=other.id, text="x")["ok"]


def test_whether_blocks_are_limited_together_can_be_set(slack: Slack) -> None:
    slack.truths.posts_limited_together = False
    assert slack.client.chat_postMessage(channel=slack.support.id, text="x", blocks=LONG)["ok"]


def test_the_text_of_a_changed_message_is_shorter(slack: Slack) -> None:
    ts = slack.client.chat_postMessage(channel=slack.support.id, text="x" * 40_000)["ts"]
    slack.client.chat_update(channel=slack.support.id, ts=ts, text="y" * 4000)
    long = slack.refuses("chat.update", channel=slack.support.id, ts=ts, text="y" * 4001)
    assert long["error"] == "msg_too_long"


def test_a_message_is_changed_and_deleted(slack: Slack) -> None:
    ts = slack.client.chat_postMessage(channel=slack.support.id, text="x", blocks=BUTTONS)["ts"]
    slack.client.chat_update(channel=slack.support.id, ts=ts, text="y")
    (seen,) = slack.support.messages
    assert (seen.text, seen.edited, len(seen.blocks)) == ("y", True, 1)
    link = slack.client.chat_getPermalink(channel=slack.support.id, message_ts=ts)["permalink"]
    assert link.endswith(f"/archives/{slack.support.id}/p{ts.replace('.', '')}")
    slack.client.chat_delete(channel=slack.support.id, ts=ts)
    assert not slack.support.messages
    gone = slack.refuses("chat.update", channel=slack.support.id, ts=ts, text="z")
    assert gone["error"] == "message_not_found"


def test_what_is_for_one_person_is_seen_by_one_person(slack: Slack) -> None:
    slack.client.chat_postEphemeral(channel=slack.support.id, user=slack.alice.id, text="psst")
    assert not slack.support.messages
    assert not slack.support.seen_by(slack.bob)
    assert [message.plain for message in slack.support.seen_by(slack.alice)] == ["psst"]
    assert not slack.client.conversations_history(channel=slack.support.id)["messages"]
    answer = slack.refuses(
        "chat.postEphemeral", channel=slack.support.id, user=slack.bob.id, text="x"
    )
    assert answer["error"] == "user_not_in_channel"


def test_a_direct_message_arrives(slack: Slack) -> None:
    channel = slack.client.conversations_open(users=slack.bob.id)["channel"]["id"]
    slack.client.chat_postMessage(channel=channel, text="hello")
    slack.client.chat_postMessage(channel=slack.bob.id, text="again")
    assert [message.text for message in slack.bob.direct_messages.messages] == ["hello", "again"]
    (im,) = slack.client.conversations_list(types="im")["channels"]
    assert im["user"] == slack.bob.id
    assert slack.refuses("conversations.open", users="U404")["error"] == "user_not_found"


def test_reactions_come_and_go(slack: Slack) -> None:
    there: dict[str, Any] = {"channel": slack.support.id, "name": "eyes"}
    ts = slack.client.chat_postMessage(channel=slack.support.id, text="x")["ts"]
    slack.client.reactions_add(**there, timestamp=ts)
    assert slack.support.messages[0].reactions == ["eyes"]
    assert slack.refuses("reactions.add", **there, timestamp=ts)["error"] == "already_reacted"
    slack.client.reactions_remove(**there, timestamp=ts)
    assert not slack.support.messages[0].reactions
    assert slack.refuses("reactions.remove", **there, timestamp=ts)["error"] == "no_reaction"


def test_a_file_is_uploaded_in_three_steps(slack: Slack) -> None:
    uploaded = slack.client.files_upload_v2(
        channel=slack.support.id, filename="week.csv", content="a,b", title="Week"
    )
    file = slack.client.files_info(file=uploaded["files"][0]["id"])["file"]
    assert (file["name"], file["title"], file["size"]) == ("week.csv", "Week", 3)
    assert file["channels"] == [slack.support.id]
    never = slack.refuses(
        "files.completeUploadExternal", files=[{"id": "F404"}], channel_id=slack.support.id
    )
    assert never["error"] == "file_not_found"


def test_a_file_of_another_length_is_not_taken(slack: Slack) -> None:
    address = slack.client.files_getUploadURLExternal(filename="x", length=3)["upload_url"]
    assert requests.post(address, data=b"four", timeout=30).status_code == 400


# --- Home ---


def test_a_home_tab_is_published_and_replaced(slack: Slack) -> None:
    def home(text: str) -> dict[str, Any]:
        section = {"type": "section", "text": {"type": "mrkdwn", "text": text}}
        return {"type": "home", "blocks": [section]}

    first = slack.client.views_publish(user_id=slack.alice.id, view=home("one"))["view"]
    second = slack.client.views_publish(
        user_id=slack.alice.id, view=home("two"), hash=first["hash"]
    )["view"]
    assert second["id"] == first["id"]
    assert slack.alice.home
    assert slack.alice.home.plain == "two"
    stale = slack.refuses(
        "views.publish", user_id=slack.alice.id, view=home("three"), hash=first["hash"]
    )
    assert stale["error"] == "hash_conflict"
    modal = {"type": "modal", "title": {"type": "plain_text", "text": "x"}, "blocks": []}
    wrong = slack.refuses("views.publish", user_id=slack.alice.id, view=modal)
    assert wrong["error"] == "invalid_arguments"


@pytest.mark.parametrize("trigger", ["", "12345.98765"])
def test_a_form_is_opened_only_by_what_somebody_did(slack: Slack, trigger: str) -> None:
    modal = {"type": "modal", "title": {"type": "plain_text", "text": "x"}, "blocks": []}
    answer = slack.refuses("views.open", trigger_id=trigger, view=modal)
    assert answer["error"] == ("invalid_trigger_id" if trigger else "invalid_arguments")


# --- Trouble ---


def test_too_many_calls_get_the_seconds_to_wait(slack: Slack) -> None:
    slack.fault("auth.test", "ratelimited", retry_after=7)
    with pytest.raises(SlackApiError) as refusal:
        slack.client.auth_test()
    assert refusal.value.response.status_code == 429
    assert refusal.value.response.headers["Retry-After"] == "7"
    assert slack.client.auth_test()["ok"]


@pytest.mark.parametrize("kind", ["500", "503", "error:internal_error"])
def test_slack_fails_as_often_as_scripted(slack: Slack, kind: str) -> None:
    slack.fault("chat.postMessage", kind, times=2)
    for _ in range(2):
        slack.refuses("chat.postMessage", channel=slack.support.id, text="x")
    assert not slack.support.messages
    slack.client.chat_postMessage(channel=slack.support.id, text="x")
    assert [call.fault for call in slack.calls("chat.postMessage")] == [kind, kind, None]


@pytest.mark.parametrize(("kind", "posted"), [("drop_before", 0), ("drop_after", 1)])
def test_an_answer_is_lost_before_or_after(slack: Slack, kind: str, posted: int) -> None:
    stood: list[int] = []
    slack.fault("chat.postMessage", kind, then=lambda: stood.append(len(slack.support.messages)))
    with pytest.raises((RemoteDisconnected, ConnectionResetError)):
        slack.client.chat_postMessage(channel=slack.support.id, text="x")
    assert len(slack.support.messages) == posted
    assert stood == [posted]


def test_slack_never_answers(slack: Slack) -> None:
    slack.fault("*", "hang")
    client = WebClient(slack.bot_token, base_url=slack.url, timeout=1, retry_handlers=[])
    with pytest.raises(TimeoutError):
        client.chat_postMessage(channel=slack.support.id, text="x")
    assert not slack.support.messages


def test_trouble_lasts_until_recovery(slack: Slack) -> None:
    slack.trouble("503")
    slack.fault("auth.test", "error:internal_error")
    assert slack.refuses("auth.test")["error"] == "internal_error"
    for method in ("auth.test", "chat.postMessage"):
        with pytest.raises(SlackApiError) as refusal:
            slack.client.api_call(method)
        assert refusal.value.response.status_code == 503
    slack.recover()
    assert slack.client.auth_test()["ok"]


def test_faults_are_forgotten_on_recovery(slack: Slack) -> None:
    slack.fault("*", "500", times=9)
    slack.recover()
    assert slack.client.auth_test()["ok"]
    with pytest.raises(ValueError, match="no such fault"):
        slack.fault("auth.test", "explode")
