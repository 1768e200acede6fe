"""Checks that post to the given channel, and remove the posts."""

import time
from datetime import UTC, datetime
from secrets import token_hex

from slack_sdk.errors import SlackApiError
from slack_sdk.web import SlackResponse

from bot.live.content import (
    WORDS,
    cell,
    characters,
    date_cell,
    long_blocks,
    metadata,
    section,
    table,
)
from bot.live.context import Context, asked_to_wait, refusal
from bot.live.live_check import Answer, LiveCheck, Need, Skip, answered, no, yes

DOCS = "https://docs.slack.dev"
TABLES = f"{DOCS}/reference/block-kit/blocks/table-block"
UPDATES = 60
AN_EDIT_WINDOW = 75  # seconds: a little longer than the shortest that a workspace can set


def _is_refused(context: Context, **content: object) -> tuple[bool, str]:
    """Return whether a post is refused, and with which code."""
    try:
        context.post(context.channel, **content)
    except SlackApiError as error:
        return True, refusal(error)
    return False, "taken"


def _tables_in_posts(context: Context) -> Answer:
    refused, code = _is_refused(context, text=WORDS, blocks=[section(WORDS), table()])
    return answered(not refused, code)


def _tables_have_a_limit(context: Context) -> Answer:
    refused, code = _is_refused(context, text=WORDS, blocks=[table(rows=96, characters=53)])
    return answered(refused, code)


def _dates_in_tables_count(context: Context) -> Answer:
    now = int(datetime.now(UTC).timestamp())
    rows = [
        [cell("x" * 95), date_cell(now + place, f"2026-01-01 {place:05d}")] for place in range(100)
    ]
    refused, code = _is_refused(context, text=WORDS, blocks=[{"type": "table", "rows": rows}])
    return answered(refused, code)


def _posts_limited_together(context: Context) -> Answer:
    blocks = long_blocks()
    refused, code = _is_refused(context, text=WORDS, blocks=blocks)
    return answered(refused, f"{characters(blocks)} characters: {code}")


def found_in(context: Context, where: str) -> Answer:
    """Post to a channel or a person, and look for the post by its metadata."""
    key = token_hex(8)
    post = context.post(where, text=WORDS, metadata=metadata(key))
    for look in range(1, 4):
        if _found(context, post, key):
            return yes(f"at lookup {look}")
        context.pause(2)
    return no("not within three lookups")


def _found(context: Context, post: SlackResponse, key: str) -> bool:
    """Return whether the channel's history has a post with this key in its metadata."""
    history = context.call(
        "conversations.history",
        channel=post["channel"],
        include_all_metadata=True,
        oldest=str(float(post["ts"]) - 5),
        limit=200,
    )
    kept = [(one.get("metadata") or {}).get("event_payload", {}) for one in history["messages"]]
    return any(payload.get("key") == key for payload in kept)


def _posts_are_found(context: Context) -> Answer:
    return found_in(context, context.channel)


def _updates_keep_metadata(context: Context) -> Answer:
    key = token_hex(8)
    post = context.post(context.channel, text=WORDS, metadata=metadata(key))
    context.call("chat.update", channel=post["channel"], ts=post["ts"], text=f"{WORDS} (updated)")
    return answered(_found(context, post, key))


def _updates_have_a_limit(context: Context) -> Answer:
    post = context.post(context.channel, text=WORDS)
    refused = context.refused(
        "chat.update", channel=post["channel"], ts=post["ts"], text="long " * 820
    )
    return answered(refused is not None, refused or "4,100 characters taken")


def _edit_window_binds_apps(context: Context) -> Answer:
    post = context.post(context.channel, text=WORDS)
    context.pause(AN_EDIT_WINDOW)
    refused = context.refused(
        "chat.update", channel=post["channel"], ts=post["ts"], text=f"{WORDS} (updated)"
    )
    if refused not in (None, "edit_window_closed", "cant_update_message"):
        raise Skip(f"Slack answered {refused}")
    return answered(refused is not None, refused or "updated")


def _updates_are_limited(context: Context) -> Answer:
    post = context.post(context.channel, text=WORDS)
    began = time.monotonic()
    for count in range(1, UPDATES + 1):
        try:
            context.client.chat_update(
                channel=post["channel"], ts=post["ts"], text=f"{WORDS} ({count})"
            )
        except SlackApiError as error:
            wait = asked_to_wait(error.response)
            if wait is None:
                raise
            seconds = time.monotonic() - began
            return yes(f"429 at update {count} after {seconds:.0f} s; Retry-After {wait}")
    return no(f"{UPDATES} updates in {time.monotonic() - began:.0f} s")


def _histories_come_in_hundreds(context: Context) -> Answer:
    history = context.call("conversations.history", channel=context.channel, limit=200)
    count = len(history["messages"])
    if count <= 15 and not history.get("has_more"):
        raise Skip("the channel has no more than 15 messages")
    return answered(count > 15, f"{count} messages of 200 asked for")


IN_CHANNEL = (Need.CHANNEL,)
POSTS: tuple[LiveCheck, ...] = (
    LiveCheck(
        key="tables_in_posts",
        provider="Slack",
        question="Does chat.postMessage take a table in its blocks?",
        believed=True,
        source=f"{TABLES}: “in the attachments or blocks fields of a chat.postMessage request”",
        if_yes="Tables can be shown in this workspace.",
        if_no="Schedules come as plain lines here.",
        either_way="Has plain lines ready for each table, and sends those if it’s rejected.",
        run=_tables_in_posts,
        needs=IN_CHANNEL,
    ),
    LiveCheck(
        key="tables_have_a_limit",
        provider="Slack",
        question="Is a table of more than 10,000 characters refused?",
        believed=True,
        source=f"{TABLES}: “cannot exceed 10,000 characters”",
        if_yes="Long schedules come in pages.",
        if_no="Long schedules come in pages, though Slack would take more.",
        either_way="Cuts the rows at 9,000 characters and offers the next page.",
        run=_tables_have_a_limit,
        needs=IN_CHANNEL,
    ),
    LiveCheck(
        key="dates_in_tables_count",
        provider="Slack",
        question="Do the dates in a table count toward its 10,000 characters?",
        believed=True,
        source=f"{TABLES} doesn’t say how a date element counts",
        if_yes="A schedule with “Your time” has fewer rows on a page.",
        if_no="A schedule with “Your time” could have more rows on a page.",
        either_way="Counts each date as 40 characters.",
        run=_dates_in_tables_count,
        needs=IN_CHANNEL,
    ),
    LiveCheck(
        key="posts_limited_together",
        provider="Slack",
        question="Are posts with some 13,000 characters of blocks refused?",
        believed=True,
        source="https://github.com/slackapi/bolt-js/issues/2509: msg_blocks_too_long",
        if_yes="Long posts are cut before they are sent.",
        if_no="Long posts would be taken whole.",
        either_way="All blocks of a message together have at most 10,000 characters.",
        run=_posts_limited_together,
        needs=IN_CHANNEL,
    ),
    LiveCheck(
        key="posts_are_found",
        provider="Slack",
        question="Is a post found again in the channel by its metadata?",
        believed=True,
        source=f"{DOCS}/messaging/message-metadata: include_all_metadata; "
        "https://github.com/slackapi/python-slack-sdk/issues/1501",
        if_yes="If Slack’s answer is lost, the post isn’t posted twice.",
        if_no="If Slack’s answer is lost, the post may come twice.",
        either_way="Looks it up twice before it posts again.",
        run=_posts_are_found,
        needs=IN_CHANNEL,
    ),
    LiveCheck(
        key="updates_keep_metadata",
        provider="Slack",
        question="Does chat.update keep the metadata that it isn’t given?",
        believed=True,
        source=f"{DOCS}/reference/methods/chat.update: metadata",
        if_yes="A post can always be found again.",
        if_no="Posts can be found again because each update includes the metadata.",
        either_way="Sends the metadata with each update.",
        run=_updates_keep_metadata,
        needs=IN_CHANNEL,
    ),
    LiveCheck(
        key="updates_have_a_limit",
        provider="Slack",
        question="Does chat.update refuse a text of more than 4,000 characters?",
        believed=True,
        source=f"{DOCS}/reference/methods/chat.update: msg_too_long",
        if_yes="Very long posts are cut when they are updated.",
        if_no="Very long posts could be updated whole.",
        either_way="Cuts an update’s text at 4,000 characters; the blocks show the rest.",
        run=_updates_have_a_limit,
        needs=IN_CHANNEL,
    ),
    LiveCheck(
        key="histories_come_in_hundreds",
        provider="Slack",
        question="Does conversations.history return more than 15 messages at a time?",
        believed=True,
        source=f"{DOCS}/apis/web-api/rate-limits: 15 and one call a minute for apps that are "
        "distributed outside the Marketplace",
        if_yes="The app counts as internal: a lost post is found within seconds.",
        if_no="Slack treats the app as distributed: create your own app from manifest.json.",
        either_way="Follows Slack’s pages, however short, up to twenty.",
        run=_histories_come_in_hundreds,
        needs=IN_CHANNEL,
    ),
    LiveCheck(
        key="edit_window_binds_apps",
        provider="Slack",
        question="Does the workspace’s limit on editing hold for the app’s own posts?",
        believed=False,
        source=f"{DOCS}/reference/methods/chat.update: edit_window_closed",
        if_yes="Morning posts stop updating when the window closes; what matters is posted again.",
        if_no="Morning posts show each step, whatever the editing limit.",
        either_way="On edit_window_closed it stops updating that post, and says in a new one what "
        "matters.",
        run=_edit_window_binds_apps,
        needs=(Need.CHANNEL, Need.EDIT_WINDOW),
        within=180,
    ),
    LiveCheck(
        key="updates_are_limited",
        provider="Slack",
        question=f"Does Slack ask to wait within {UPDATES} updates a minute?",
        believed=True,
        source=f"{DOCS}/apis/web-api/rate-limits: chat.update is Tier 3, about 50 a minute",
        if_yes="With many teams, the posts of a morning update one after another.",
        if_no="The posts of a morning update as fast as the bot asks.",
        either_way="One budget of updates for the app: warnings first, then the newest posts.",
        run=_updates_are_limited,
        needs=(Need.CHANNEL, Need.COSTLY),
        within=180,
    ),
)
