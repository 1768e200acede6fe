"""Trials in which somebody types or clicks in Slack what the terminal tells them."""

from typing import Any

from bot.live.content import WORDS, in_short, long_blocks, section, table
from bot.live.context import EPHEMERAL, THANKS, Context, taken
from bot.live.door import Event, NobodyCame
from bot.live.slack_posts import found_in
from bot.live.trial import Answer, Need, Skip, Trial, answered, no, yes

Json = dict[str, Any]
DOCS = "https://docs.slack.dev"
TABLES = f"{DOCS}/reference/block-kit/blocks/table-block"
LATE = 4.0  # seconds; a trigger lives for three
# Seconds until Slack has to ask for a new connection: with debug_reconnects it does after 360.
RECONNECTS = 420


def _two_connections(context: Context) -> Answer:
    before = context.connected().connections
    second = context.another_door()
    second.open()
    try:
        return answered(second.connections == before + 1, f"the hello counts {second.connections}")
    finally:
        second.close()


def _tables_in_acknowledgements(context: Context) -> Answer:
    shown = {
        "response_type": "ephemeral",
        "text": "No table is shown.",
        "blocks": [section("A table in an acknowledgement:"), table(first="Acknowledged")],
    }
    event = context.typed(shown)
    return answered(context.sees(event, "Is there a table that begins with “Acknowledged”?"))


def _numbers_become_links(context: Context) -> Answer:
    text = str(context.typed().payload.get("text", ""))
    return answered("<tel:" in text, "as a link" if "<tel:" in text else "as it was typed")


def _tables_in_response_urls(context: Context) -> Answer:
    event = context.typed()
    sent = context.respond(
        event,
        response_type="ephemeral",
        text="No table is shown.",
        blocks=[section("A table through a response URL:"), table(first="Answered")],
    )
    if not taken(sent):
        return no(in_short(sent))
    return answered(
        context.sees(event, "Is there a table that begins with “Answered”?"), "taken with 200"
    )


def _answers_limited_together(context: Context) -> Answer:
    sent = context.respond(
        context.typed(), response_type="ephemeral", text=WORDS, blocks=long_blocks()
    )
    return answered(not taken(sent), in_short(sent))


def _refused_answers_say_why(context: Context) -> Answer:
    wrong = [{"type": "section"}]
    sent = context.respond(context.typed(), text=WORDS, blocks=wrong)
    return answered(sent.status_code == 400, in_short(sent))


def _tables_are_replaced(context: Context) -> Answer:
    event = context.typed()
    prefix = context.show_buttons(event, "Click the button: a table takes its place.", "Replace")
    click = context.click_on(prefix, "Click [Replace] in Slack")
    sent = context.respond(
        click,
        replace_original=True,
        text="No table is shown.",
        blocks=[section("In place of the button:"), table(first="Replaced")],
    )
    if not taken(sent):
        return no(in_short(sent))
    return answered(
        context.sees(event, "Is there a table that begins with “Replaced”?"), "taken with 200"
    )


def _replacing_takes_response_type(context: Context) -> Answer:
    click = _clicked_post(context, "Replace this post")
    sent = context.respond(
        click, replace_original=True, response_type="ephemeral", text=f"{WORDS} (replaced)"
    )
    container = click.payload["container"]
    history = context.call(
        "conversations.history",
        channel=container["channel_id"],
        oldest=container["message_ts"],
        inclusive=True,
        limit=1,
    )
    replaced = any("(replaced)" in str(one.get("text")) for one in history["messages"])
    return answered(replaced, in_short(sent))


def _ephemeral_posts(context: Context) -> Answer:
    event = context.typed()
    refused = context.refused(
        "chat.postEphemeral", channel=context.channel, user=event.user, text=WORDS
    )
    return answered(refused is None, refused or "taken")


def _tables_in_ephemerals(context: Context) -> Answer:
    event = context.typed()
    refused = context.refused(
        "chat.postEphemeral",
        channel=context.channel,
        user=event.user,
        text="No table is shown.",
        blocks=[section("A table that only you see:"), table(first="Ephemeral")],
    )
    if refused:
        return no(refused)
    context.leaves(EPHEMERAL, once=True)
    return answered(context.sees(event, "Is there a table that begins with “Ephemeral”?"), "taken")


def _late_triggers_expire(context: Context) -> Answer:
    click = _clicked_post(context, "Click, and nothing opens")
    context.pause(LATE)
    refused = context.refused(
        "views.open", trigger_id=click.payload["trigger_id"], view=_form("Too late", [])
    )
    if refused is None:
        context.leaves("a form that is open in Slack: close it")
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
    click = _clicked_post(context, "Open the form")
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
        # What the app itself writes there comes as an event, too.
        return said.get("channel_type") == "im" and not said.get("bot_id")

    began = context.now()
    try:
        context.asks("Write to me in direct messages (Messages tab), without a slash: live", wanted)
    except Skip:
        if context.person is None or not _wrote(context, context.person, began):
            raise
        context.somebody_is_there()
        return no("written, and not heard of")
    return yes()


def _wrote(context: Context, person: str, since: float) -> bool:
    """Tell whether somebody wrote in their direct messages with the app."""
    found = context.call("conversations.open", users=person)["channel"]["id"]
    context.hide(found)
    history = context.call("conversations.history", channel=found, oldest=str(since), limit=50)
    return any(one.get("user") == person for one in history["messages"])


def _direct_posts_are_found(context: Context) -> Answer:
    return found_in(context, context.typed().user)


def _reconnects_are_asked_for(context: Context) -> Answer:
    context.connected()  # not while the bot runs: this one would take half of what people do
    door = context.another_door()
    asked = door.expect(lambda event: event.kind == "disconnect")
    door.open(more="&debug_reconnects=true")
    try:
        told = f"→ Waiting for Slack to ask for a new connection ({RECONNECTS} s at most)"
        context.tell(told, RECONNECTS)
        asked.wait(RECONNECTS)
    except NobodyCame:
        return no(f"not within {RECONNECTS} s")
    else:
        return yes()
    finally:
        door.close()


def _clicked_post(context: Context, label: str) -> Event:
    """Post a button to the channel, and return the click on it. Raises Skip."""
    context.connected()
    prefix, content = context.buttons("A trial:", label)
    context.post(context.channel, text=WORDS, blocks=content)
    return context.click_on(prefix, f"Click [{label}] in the channel")


def _form(title: str, fields: list[Json]) -> Json:
    return {
        "type": "modal",
        "callback_id": "live",
        "title": {"type": "plain_text", "text": title},
        "submit": {"type": "plain_text", "text": "Save"},
        "close": {"type": "plain_text", "text": "Close"},
        "blocks": [section(WORDS), *fields],
    }


PERSON = (Need.CHANNEL, Need.PERSON)
PEOPLE: tuple[Trial, ...] = (
    Trial(
        key="two_connections",
        provider="Slack",
        question="Does Slack say how many Socket Mode connections the app has?",
        believed=True,
        source=f"{DOCS}/apis/events-api/using-socket-mode: num_connections in the hello",
        if_yes="A second process on the same app can be noticed.",
        if_no="Make sure yourself that one process runs: two share what people do.",
        either_way="Answers each event on the connection it came by.",
        run=_two_connections,
    ),
    Trial(
        key="tables_in_acknowledgements",
        provider="Slack",
        question="Does a table show in the acknowledgement of a command?",
        believed=True,
        source=f"{TABLES} speaks of chat.postMessage only",
        if_yes="/oncall schedule could answer with its acknowledgement.",
        if_no="There a table would show as an error, and the bot would never know.",
        either_way="Puts only short plain answers into an acknowledgement; tables go to the "
        "response URL.",
        run=_tables_in_acknowledgements,
        needs=PERSON,
    ),
    Trial(
        key="numbers_become_links",
        provider="Slack",
        question="Does Slack turn a phone number in a command into a link?",
        believed=False,
        source=f"{DOCS}/interactivity/implementing-slash-commands: should_escape speaks of "
        "people and channels",
        if_yes="Numbers come as <tel:…|…>, with spaces in them.",
        if_no="Numbers come as they are typed.",
        either_way="Keeps anything in angle brackets together, and reads the number in it.",
        run=_numbers_become_links,
        needs=PERSON,
    ),
    Trial(
        key="tables_in_response_urls",
        provider="Slack",
        question="Does a table show in an answer through a response URL?",
        believed=True,
        source=f"{TABLES} speaks of chat.postMessage only",
        if_yes="/oncall schedule shows a table.",
        if_no="/oncall schedule shows plain lines.",
        either_way="If Slack refuses the blocks with a 400, the same answer is sent as plain "
        "lines.",
        run=_tables_in_response_urls,
        needs=PERSON,
    ),
    Trial(
        key="tables_are_replaced",
        provider="Slack",
        question="Is a message replaced by a table through the response URL of a click?",
        believed=True,
        source=f"{DOCS}/messaging/modifying-messages: replace_original",
        if_yes="Later › shows the next page in the same place.",
        if_no="The next page comes as plain lines.",
        either_way="Checks what the response URL answers, and sends plain lines on a 400.",
        run=_tables_are_replaced,
        needs=PERSON,
    ),
    Trial(
        key="answers_limited_together",
        provider="Slack",
        question="Are answers by a response URL refused when their blocks have some 13,000 "
        "characters?",
        believed=False,
        source="https://github.com/slackapi/bolt-js/issues/2867: “respond() works fine with "
        "identical blocks”",
        if_yes="Long answers come in more pages.",
        if_no="Long answers come whole.",
        either_way="Pages long answers, and sends plain text on a 400.",
        run=_answers_limited_together,
        needs=PERSON,
    ),
    Trial(
        key="refused_answers_say_why",
        provider="Slack",
        question="Does a response URL answer 400 to blocks that are wrong?",
        believed=True,
        source="https://github.com/slackapi/python-slack-sdk: WebhookClient returns the status "
        "and raises nothing",
        if_yes="An answer that Slack would not show is sent again as plain text.",
        if_no="What the answer says counts, too: “ok” is false in it.",
        either_way="Logs every status but 200, and a 200 that says ok: false. Then it sends lines "
        "in the table’s place, then plain text, then a message another way.",
        run=_refused_answers_say_why,
        needs=PERSON,
    ),
    Trial(
        key="replacing_takes_response_type",
        provider="Slack",
        question="Can an answer that replaces a post also set response_type?",
        believed=True,
        source=f"{DOCS}/messaging/modifying-messages doesn’t say",
        if_yes="Buttons below posts work either way.",
        if_no="Answers that replace something must not name a response_type.",
        either_way="Leaves response_type out where it replaces.",
        run=_replacing_takes_response_type,
        needs=PERSON,
    ),
    Trial(
        key="ephemeral_posts",
        provider="Slack",
        question="Can the app post an ephemeral message in its channel?",
        believed=True,
        source=f"{DOCS}/reference/methods/chat.postEphemeral",
        if_yes="A click whose answer came late is answered beside the post.",
        if_no="A click whose answer came late is answered by direct message.",
        either_way="Writes a direct message if the ephemeral one is refused.",
        run=_ephemeral_posts,
        needs=PERSON,
    ),
    Trial(
        key="tables_in_ephemerals",
        provider="Slack",
        question="Does a table show in an ephemeral message of the app’s?",
        believed=True,
        source=f"{TABLES} speaks of chat.postMessage only",
        if_yes="An answer that came late could be a table, too.",
        if_no="An answer that came late has to be plain lines.",
        either_way="Posts no tables there: lines take their place.",
        run=_tables_in_ephemerals,
        needs=PERSON,
    ),
    Trial(
        key="late_triggers_expire",
        provider="Slack",
        question="Does Slack refuse a form four seconds after the click, with expired_trigger_id?",
        believed=True,
        source=f"{DOCS}/interactivity/handling-user-interaction: a trigger lives for three seconds",
        if_yes="After a slow moment the form is offered again in a message.",
        if_no="Forms may open later than Slack promises.",
        either_way="Whatever the refusal, answers another way: beside the post, or by direct "
        "message.",
        run=_late_triggers_expire,
        needs=PERSON,
    ),
    Trial(
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
    Trial(
        key="mentions_have_labels",
        provider="Slack",
        question="Do mentions in a command come with a label?",
        believed=True,
        source=f"{DOCS}/interactivity/implementing-slash-commands: <@U…|name>",
        if_yes="Names in commands are read with or without a label.",
        if_no="Names in commands come as ids alone.",
        either_way="Reads the id and ignores the label, even one with spaces.",
        run=_mentions_have_labels,
        needs=PERSON,
    ),
    Trial(
        key="commands_in_direct_messages",
        provider="Slack",
        question="Can /oncall be typed in the direct messages with the app?",
        believed=True,
        source="https://docs.slack.dev/tools/python-slack-sdk/socket-mode: "
        "“Allow users to send Slash commands and messages from the messages tab”",
        if_yes="/oncall works in its own direct messages.",
        if_no="Type /oncall in a channel, or update the app from manifest.json.",
        either_way="Also answers plain sentences in direct messages as if they followed /oncall.",
        run=_commands_in_direct_messages,
        needs=PERSON,
    ),
    Trial(
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
    Trial(
        key="direct_posts_are_found",
        provider="Slack",
        question="Is a direct message found again by its metadata?",
        believed=True,
        source=f"{DOCS}/reference/methods/conversations.history: include_all_metadata, im:history",
        if_yes="A direct message whose answer was lost is not sent twice.",
        if_no="After a lost answer, a direct message may come twice.",
        either_way="Looks twice before it sends again.",
        run=_direct_posts_are_found,
        needs=PERSON,
    ),
    Trial(
        key="reconnects_are_asked_for",
        provider="Slack",
        question="Does Slack ask for a new connection before it closes the old one?",
        believed=True,
        source=f"{DOCS}/apis/events-api/using-socket-mode: disconnect; debug_reconnects=true "
        "shortens it",
        if_yes="The new connection is up before the old one goes: nothing is missed.",
        if_no="A moment without a connection every few hours; Slack delivers events again.",
        either_way="A connection that breaks without a word is replaced at once.",
        run=_reconnects_are_asked_for,
        needs=(Need.COSTLY,),
        within=RECONNECTS + 30,
    ),
)
