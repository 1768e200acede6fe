"""Checks of what an answer may be: somebody types a command, and sees the answer."""

from bot.live.content import WORDS, in_short, long_blocks, section, table
from bot.live.context import EPHEMERAL, Context, taken
from bot.live.door import Event
from bot.live.live_check import Answer, LiveCheck, Need, answered, no

DOCS = "https://docs.slack.dev"
TABLES = f"{DOCS}/reference/block-kit/blocks/table-block"
PERSON = (Need.CHANNEL, Need.PERSON)


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
    click = clicked_post(context, "Replace this post")
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


def clicked_post(context: Context, label: str) -> Event:
    """Post a button to the channel, and return the click on it. Raises Skip."""
    context.connected()
    prefix, content = context.buttons("A check:", label)
    context.post(context.channel, text=WORDS, blocks=content)
    return context.click_on(prefix, f"Click [{label}] in the channel")


ANSWERS: tuple[LiveCheck, ...] = (
    LiveCheck(
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
    LiveCheck(
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
    LiveCheck(
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
    LiveCheck(
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
    LiveCheck(
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
    LiveCheck(
        key="refused_answers_say_why",
        provider="Slack",
        question="Does a response URL answer 400 to blocks that are wrong?",
        believed=True,
        source="https://github.com/slackapi/python-slack-sdk: WebhookClient returns the status "
        "and raises nothing",
        if_yes="An answer that Slack would not show is sent again as plain text.",
        if_no="The answer’s body matters, too: its “ok” is false.",
        either_way="Logs every status but 200, and a 200 that says ok: false. Then it sends lines "
        "in the table’s place, then plain text, then a message another way.",
        run=_refused_answers_say_why,
        needs=PERSON,
    ),
    LiveCheck(
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
    LiveCheck(
        key="ephemeral_posts",
        provider="Slack",
        question="Can the app post an ephemeral message in its channel?",
        believed=True,
        source=f"{DOCS}/reference/methods/chat.postEphemeral",
        if_yes="A click answered late gets its answer next to the post.",
        if_no="A click answered late gets its answer by direct message.",
        either_way="Writes a direct message if the ephemeral one is refused.",
        run=_ephemeral_posts,
        needs=PERSON,
    ),
    LiveCheck(
        key="tables_in_ephemerals",
        provider="Slack",
        question="Does a table show in an ephemeral message of the app’s?",
        believed=True,
        source=f"{TABLES} speaks of chat.postMessage only",
        if_yes="A late answer can be a table, too.",
        if_no="A late answer has to be plain lines.",
        either_way="Posts no tables there, just lines.",
        run=_tables_in_ephemerals,
        needs=PERSON,
    ),
)
