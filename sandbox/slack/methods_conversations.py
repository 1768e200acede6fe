"""Web API: channels, their members and their messages."""

from collections.abc import Callable, Sequence

from sandbox.slack.asking import SCOPE_OF_KIND, Ask
from sandbox.slack.errors import SlackError
from sandbox.slack.memory import BOT_USER_ID, Channel, Json, Post


def _info(ask: Ask) -> Json:
    channel = ask.channel()
    ask.needs_for(channel, "read")
    return {"channel": channel.as_json()}


def _list(ask: Ask) -> Json:
    wanted = ask.names("types") or ["public_channel"]
    kinds = {"public_channel": "public", "private_channel": "private", "im": "im"}
    if unknown := [kind for kind in wanted if kind not in (*kinds, "mpim")]:
        raise SlackError("invalid_types", invalid=unknown)
    for kind in wanted:
        ask.needs(f"{SCOPE_OF_KIND.get(kinds.get(kind, ''), 'mpim')}:read")
    found = [
        channel
        for channel in ask.memory.channels.values()
        if channel.kind in {kinds.get(kind) for kind in wanted}
        and (channel.kind == "public" or BOT_USER_ID in channel.members)
        and not (channel.archived and ask.flag("exclude_archived"))
    ]
    return ask.page(found, "channels", lambda channel: channel.as_json())


def _members(ask: Ask) -> Json:
    channel = ask.channel()
    ask.needs_for(channel, "read")
    page = ask.page(channel.members, "members", lambda user: {"id": user})
    return page | {"members": [member["id"] for member in page["members"]]}


def _history(ask: Ask) -> Json:
    channel = ask.channel()
    ask.needs_for(channel, "history")
    _bot_is_in(channel)
    return _messages(ask, [post for post in channel.posts if post.thread_ts in (None, post.ts)])


def _replies(ask: Ask) -> Json:
    channel = ask.channel()
    ask.needs_for(channel, "history")
    _bot_is_in(channel)
    parent = ask.required("ts")
    thread = [post for post in channel.posts if parent in (post.ts, post.thread_ts)]
    if not thread:
        raise SlackError("thread_not_found")
    return _messages(ask, thread[::-1])


def _messages(ask: Ask, posts: Sequence[Post]) -> Json:
    """Return a page of messages, the newest first, between `oldest` and `latest`."""
    oldest, latest = float(ask.text("oldest", "0")), float(ask.text("latest", "inf"))
    inclusive, all_metadata = ask.flag("inclusive"), ask.flag("include_all_metadata")

    def shown(post: Post) -> bool:
        at = float(post.ts)
        within = oldest <= at <= latest if inclusive else oldest < at < latest
        return within and post.only_for is None

    found = [post for post in reversed(posts) if shown(post)]
    page = ask.page(found, "messages", lambda post: post.as_json(with_metadata=all_metadata))
    return page | {"has_more": bool(page["response_metadata"]["next_cursor"])}


def _open(ask: Ask) -> Json:
    ask.needs("im:write")
    users = ask.names("users")
    if len(users) != 1:
        raise SlackError("method_not_supported_for_channel_type" if users else "users_list_missing")
    known = ask.known_user(users[0])
    if known.is_bot:
        raise SlackError("cannot_dm_bot")
    if known.deleted and ask.memory.truths.deactivated_cannot_be_opened:
        raise SlackError("user_disabled")
    return {"channel": {"id": ask.memory.direct_messages(known.id).id}}


def _join(ask: Ask) -> Json:
    ask.needs("channels:join")
    channel = ask.channel()
    if channel.archived or channel.kind != "public":
        code = "is_archived" if channel.archived else "method_not_supported_for_channel_type"
        raise SlackError(code)
    ask.memory.add_app(channel)
    return {"channel": channel.as_json()}


def _bot_is_in(channel: Channel) -> None:
    if BOT_USER_ID not in channel.members:
        raise SlackError("not_in_channel")


METHODS: dict[str, Callable[[Ask], Json]] = {
    "conversations.info": _info,
    "conversations.list": _list,
    "conversations.members": _members,
    "conversations.history": _history,
    "conversations.replies": _replies,
    "conversations.open": _open,
    "conversations.join": _join,
}
