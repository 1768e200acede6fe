"""Checks of what Slack sends us: forms, mentions, direct messages, and by which connection."""

from typing import Any

from bot.live.content import WORDS, section
from bot.live.context import THANKS, Context
from bot.live.door import Event, NobodyCame
from bot.live.live_check import Answer, LiveCheck, Need, Skip, answered, no, yes
from bot.live.slack_answers import DOCS, PERSON, clicked_post
from bot.live.slack_posts import found_in

Json = dict[str, Any]
LATE = 4.0  # seconds; a trigger lives for three
# Seconds within which Slack must ask for a new connection: with debug_reconnects, after 360.
RECONNECTS = 420


def _two_connections(context: Context) -> Answer:
    before = context.connected().connections
    second = context.another_door()
    second.open()
    try:
        return answered(second.connections == before + 1, f"the hello counts {second.connections}")
    finally:
        second.close()


def _late_triggers_expire(context: Context) -> Answer:
    click = clicked_post(context, "Click, and nothing opens")
    context.pause(LATE)
    refused = context.refused(
        "views.open", trigger_id=click.payload["trigger_id"], view=_form("Too late", [])
    )
    if refused is None:
        context.leaves("an open form in Slack: close it")
    return answered(refused == "expired_trigger_id", refused or "opened")


def _private_channels_in_pickers(context: Context) -> Answer:
    private = context.options.private
    element = {
        "type": "conversations_select",
        "action_id": "channel",
        "initial_conversation": private,
    }
    field = {
        "type": "input",
        "block_id": "channel",
        "optional": True,
        "label": {"type": "plain_text", "text": "Channel"},
        "element": element,
    }
    click = clicked_post(context, "Open the form")
    members = context.call("conversations.members", channel=private, limit=999)["members"]
    if click.user in members:
        raise Skip("whoever clicked is in that private channel")
    refused = context.refused(
        "views.open", trigger_id=click.payload["trigger_id"], view=_form("Save as it is", [field])
    )
    if refused:
        return no(f"the form is refused: {refused}")
    event = context.asks(
        "Click [Save] in the form, without changing anything",
        lambda event: event.payload.get("type") == "view_submission",
    )
    held = event.payload["view"]["state"]["values"]["channel"]["channel"]
    return answered(held.get("selected_conversation") == private)


def _mentions_have_labels(context: Context) -> Answer:
    event = context.asks(
        "Type in the channel: /oncall live @ and pick yourself from Slack’s list",
        lambda event: event.kind == "slash_commands" and "<@" in str(event.payload.get("text")),
        THANKS,
    )
    label = str(event.payload["text"]).partition("<@")[2].partition(">")[0].partition("|")[2]
    context.hide(label)
    kind = "with a space" if " " in label else "without a space"
    return answered(bool(label), f"a label {kind}" if label else "the id alone")


def _commands_in_direct_messages(context: Context) -> Answer:
    label = "No place to type"
    prefix = context.show_buttons(
        context.typed(), "If your direct messages with me have no place to type, click:", label
    )

    def typed(event: Event) -> bool:
        channel = str(event.payload.get("channel_id", ""))
        return event.kind == "slash_commands" and channel.startswith("D")

    event = context.asks(
        f"Type in your direct messages with me (Messages tab): /oncall live, or click [{label}]",
        lambda event: typed(event) or event.clicked(prefix),
        THANKS,
    )
    context.hide(event.payload.get("channel_id"))
    return answered(typed(event))


def _direct_messages_arrive(context: Context) -> Answer:
    def wanted(event: Event) -> bool:
        said = event.payload.get("event", {})
        # The app's own messages there also come as events.
        return said.get("channel_type") == "im" and not said.get("bot_id")

    began = context.now()
    try:
        context.asks("Write to me in direct messages (Messages tab), without a slash: live", wanted)
    except Skip:
        if context.person is None or not _wrote(context, context.person, began):
            raise
        context.somebody_is_there()
        return no("it was typed, but didn’t reach the app")
    return yes()


def _wrote(context: Context, person: str, since: float) -> bool:
    """Return whether somebody wrote in their direct messages with the app."""
    found = context.call("conversations.open", users=person)["channel"]["id"]
    context.hide(found)
    history = context.call("conversations.history", channel=found, oldest=str(since), limit=50)
    return any(one.get("user") == person for one in history["messages"])


def _direct_posts_are_found(context: Context) -> Answer:
    return found_in(context, context.typed().user)


def _reconnects_are_asked_for(context: Context) -> Answer:
    context.connected()  # not while the bot runs: we would take half of its events
    door = context.another_door()
    asked = door.expect(lambda event: event.kind == "disconnect")
    door.open(more="&debug_reconnects=true")
    try:
        line = f"→ Waiting for Slack to ask for a new connection ({RECONNECTS} s at most)"
        context.tell(line, RECONNECTS)
        asked.wait(RECONNECTS)
    except NobodyCame:
        return no(f"not within {RECONNECTS} s")
    else:
        return yes()
    finally:
        door.close()


def _form(title: str, fields: list[Json]) -> Json:
    return {
        "type": "modal",
        "callback_id": "live",
        "title": {"type": "plain_text", "text": title},
        "submit": {"type": "plain_text", "text": "Save"},
        "close": {"type": "plain_text", "text": "Close"},
        "blocks": [section(WORDS), *fields],
    }


PEOPLE: tuple[LiveCheck, ...] = (
    LiveCheck(
        key="two_connections",
        provider="Slack",
        question="Does Slack say how many Socket Mode connections the app has?",
        believed=True,
        source=f"{DOCS}/apis/events-api/using-socket-mode: num_connections in the hello",
        if_yes="A second process on the same app can be noticed.",
        if_no="Make sure that only one process runs: two would each get part of the events.",
        either_way="Answers each event on the connection it came in on.",
        run=_two_connections,
    ),
    LiveCheck(
        key="late_triggers_expire",
        provider="Slack",
        question="Does Slack refuse a form four seconds after the click, with expired_trigger_id?",
        believed=True,
        source=f"{DOCS}/interactivity/handling-user-interaction: a trigger lives for three seconds",
        if_yes="If it was too slow, offers the form again in a message.",
        if_no="Forms can open later than Slack promises.",
        either_way="Whatever the refusal, answers another way: beside the post, or by direct "
        "message.",
        run=_late_triggers_expire,
        needs=PERSON,
    ),
    LiveCheck(
        key="private_channels_in_pickers",
        provider="Slack",
        question="Does a channel picker keep a private channel that the user isn’t in?",
        believed=True,
        source=f"{DOCS}/reference/block-kit/block-elements/conversation-list-select-menu-element: "
        "initial_conversation",
        if_yes="Saving the settings keeps the team’s private channel.",
        if_no="A lead who isn’t in the channel sends the field back empty.",
        either_way="A field that comes back empty keeps the channel unless the lead asked to "
        "remove it.",
        run=_private_channels_in_pickers,
        needs=(*PERSON, Need.PRIVATE),
    ),
    LiveCheck(
        key="mentions_have_labels",
        provider="Slack",
        question="Do mentions in a command come with a label?",
        believed=True,
        source=f"{DOCS}/interactivity/implementing-slash-commands: <@U…|name>",
        if_yes="I read names in commands with or without a label.",
        if_no="Names in commands come as ids alone.",
        either_way="Reads the id and ignores the label, even one with spaces.",
        run=_mentions_have_labels,
        needs=PERSON,
    ),
    LiveCheck(
        key="commands_in_direct_messages",
        provider="Slack",
        question="Can /oncall be typed in the direct messages with the app?",
        believed=True,
        source="https://docs.slack.dev/tools/python-slack-sdk/socket-mode: "
        "“Allow users to send Slash commands and messages from the messages tab”",
        if_yes="/oncall works in its own direct messages.",
        if_no="Type /oncall in a channel, or update the app from manifest.json.",
        either_way="Also answers plain messages in direct messages as if typed after /oncall.",
        run=_commands_in_direct_messages,
        needs=PERSON,
    ),
    LiveCheck(
        key="direct_messages_arrive",
        provider="Slack",
        question="Does the app hear what people write to it in direct messages?",
        believed=True,
        source=f"{DOCS}/reference/events/message.im: needs im:history and the event in the "
        "manifest",
        if_yes="`mine` in a direct message is answered like /oncall mine.",
        if_no="Update the app from manifest.json, and install it again.",
        either_way="Commands work without it.",
        run=_direct_messages_arrive,
        needs=PERSON,
    ),
    LiveCheck(
        key="direct_posts_are_found",
        provider="Slack",
        question="Is a direct message found again by its metadata?",
        believed=True,
        source=f"{DOCS}/reference/methods/conversations.history: include_all_metadata, im:history",
        if_yes="If Slack’s answer is lost, the direct message isn’t sent twice.",
        if_no="If Slack’s answer is lost, the direct message may come twice.",
        either_way="Looks it up twice before it sends again.",
        run=_direct_posts_are_found,
        needs=PERSON,
    ),
    LiveCheck(
        key="reconnects_are_asked_for",
        provider="Slack",
        question="Does Slack ask for a new connection before it closes the old one?",
        believed=True,
        source=f"{DOCS}/apis/events-api/using-socket-mode: disconnect; debug_reconnects=true "
        "shortens it",
        if_yes="The new connection is up before the old one closes, so nothing is missed.",
        if_no="There’s a moment without a connection every few hours; Slack redelivers events.",
        either_way="A connection that breaks silently is replaced at once.",
        run=_reconnects_are_asked_for,
        needs=(Need.COSTLY,),
        within=RECONNECTS + 30,
    ),
)
