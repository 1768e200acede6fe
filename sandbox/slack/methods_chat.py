"""Web API: messages, reactions and files."""

import secrets
from collections.abc import Callable

from sandbox.slack.asking import Ask
from sandbox.slack.errors import SlackError
from sandbox.slack.memory import BOT_USER_ID, Channel, File, Json, Post

# Characters of chat.update's text: https://docs.slack.dev/reference/methods/chat.update#errors
LONGEST_UPDATE = 4000


def _post_message(ask: Ask) -> Json:
    ask.needs("chat:write")
    channel = _writable(ask)
    text, blocks = ask.content()
    thread = ask.text("thread_ts") or None
    if thread and not any(post.ts == thread for post in channel.posts):
        raise SlackError("thread_not_found")
    post = Post(ask.memory.new_ts(), BOT_USER_ID, text, blocks, _metadata(ask), thread)
    ask.memory.add_post(channel, post)
    return {"channel": channel.id, "ts": post.ts, "message": post.as_json()}


def _post_ephemeral(ask: Ask) -> Json:
    ask.needs("chat:write")
    channel = _writable(ask)
    reader = ask.required("user")
    if reader not in channel.members:
        raise SlackError("user_not_in_channel")
    text, blocks = ask.content()
    thread = ask.text("thread_ts") or None
    post = Post(ask.memory.new_ts(), BOT_USER_ID, text, blocks, None, thread, reader)
    # In a thread it's shown only if somebody has replied there, and Slack says nothing of that.
    if thread is None or any(one.thread_ts == thread for one in channel.posts):
        channel.posts.append(post)
    return {"message_ts": post.ts}


def _update(ask: Ask) -> Json:
    ask.needs("chat:write")
    channel = ask.channel()
    if channel.archived:
        raise SlackError("is_inactive")
    post = ask.message(channel)
    if post.user != BOT_USER_ID:
        raise SlackError("cant_update_message")
    if not ask.memory.can_edit(post):
        raise SlackError("edit_window_closed")
    text, blocks = ask.content(LONGEST_UPDATE)
    post.text = text
    # Slack keeps the blocks when only a text is given, and drops them for an empty list.
    post.blocks = blocks if "blocks" in ask.arguments else post.blocks
    post.metadata = _metadata(ask) or post.metadata
    post.edited_ts = ask.memory.new_ts()
    ask.memory.on_message(channel, post, edited=True)
    return {"channel": channel.id, "ts": post.ts, "text": post.text, "message": post.as_json()}


def _delete(ask: Ask) -> Json:
    ask.needs("chat:write")
    channel = ask.channel()
    post = ask.message(channel)
    if post.user != BOT_USER_ID:
        raise SlackError("cant_delete_message")
    channel.posts.remove(post)
    return {"channel": channel.id, "ts": post.ts}


def _get_permalink(ask: Ask) -> Json:
    channel = ask.channel()
    post = ask.message(channel, "message_ts")
    link = f"{ask.base_url}/archives/{channel.id}/p{post.ts.replace('.', '')}"
    return {"channel": channel.id, "permalink": link}


def _add_reaction(ask: Ask) -> Json:
    ask.needs("reactions:write")
    post = ask.message(ask.channel(), "timestamp")
    users = post.reactions.setdefault(ask.required("name").strip(":"), [])
    if BOT_USER_ID in users:
        raise SlackError("already_reacted")
    users.append(BOT_USER_ID)
    return {}


def _remove_reaction(ask: Ask) -> Json:
    ask.needs("reactions:write")
    post = ask.message(ask.channel(), "timestamp")
    name = ask.required("name").strip(":")
    if BOT_USER_ID not in post.reactions.get(name, []):
        raise SlackError("no_reaction")
    post.reactions[name].remove(BOT_USER_ID)
    if not post.reactions[name]:
        del post.reactions[name]
    return {}


def _get_upload_url(ask: Ask) -> Json:
    ask.needs("files:write")
    length = ask.number("length", default=0, most=1_000_000_000)
    file = File(f"F{secrets.token_hex(5).upper()}", ask.required("filename"), length)
    ask.memory.files[file.id] = file
    return {"upload_url": f"{ask.base_url}/upload/{file.id}", "file_id": file.id}


def _complete_upload(ask: Ask) -> Json:
    ask.needs("files:write")
    named = ask.json("files")
    if not isinstance(named, list) or not named:
        raise SlackError("invalid_arguments")
    files = [ask.memory.files.get(str(item.get("id"))) for item in named]
    uploaded = [file for file in files if file is not None and file.content is not None]
    if len(uploaded) != len(named):
        raise SlackError("file_not_found")
    for file, item in zip(uploaded, named, strict=True):
        file.title = str(item.get("title") or file.name)
    if ask.text("channel_id"):
        channel = _writable(ask, "channel_id")
        for file in uploaded:
            file.channels.append(channel.id)
        comment = ask.text("initial_comment")
        post = Post(ask.memory.new_ts(), BOT_USER_ID, comment, [])
        post.files = [file.id for file in uploaded]
        channel.posts.append(post)
    return {"files": [{"id": file.id, "title": file.title} for file in uploaded]}


def _file_info(ask: Ask) -> Json:
    ask.needs("files:read")
    file = ask.memory.files.get(ask.required("file"))
    if file is None or file.content is None:
        raise SlackError("file_not_found")
    about = {"id": file.id, "name": file.name, "title": file.title, "size": len(file.content)}
    return {"file": about | {"channels": file.channels}}


def _writable(ask: Ask, name: str = "channel") -> Channel:
    """Return the channel to write to; a user id means the direct messages.

    Those with a deactivated user still exist, so writing to them succeeds, though nobody reads
    it: https://github.com/slackapi/python-slack-sdk/issues/1156
    """
    wanted = ask.required(name)
    if wanted in ask.memory.users and not ask.memory.users[wanted].hidden:
        return ask.memory.direct_messages(wanted)
    channel = ask.channel(name)
    if channel.archived:
        raise SlackError("is_archived")
    public_anyway = channel.kind == "public" and "chat:write.public" in ask.scopes
    if BOT_USER_ID not in channel.members and not public_anyway:
        raise SlackError("not_in_channel")
    if channel.restricted:
        raise SlackError("restricted_action_read_only_channel")
    return channel


def _metadata(ask: Ask) -> Json | None:
    metadata = ask.json("metadata")
    if metadata is None:
        return None
    complete = isinstance(metadata, dict) and {"event_type", "event_payload"} <= metadata.keys()
    if not complete or not isinstance(metadata["event_payload"], dict):
        raise SlackError("invalid_metadata_format")
    return dict(metadata)


METHODS: dict[str, Callable[[Ask], Json]] = {
    "chat.postMessage": _post_message,
    "chat.postEphemeral": _post_ephemeral,
    "chat.update": _update,
    "chat.delete": _delete,
    "chat.getPermalink": _get_permalink,
    "reactions.add": _add_reaction,
    "reactions.remove": _remove_reaction,
    "files.getUploadURLExternal": _get_upload_url,
    "files.completeUploadExternal": _complete_upload,
    "files.info": _file_info,
}
