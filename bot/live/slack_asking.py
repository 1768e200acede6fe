"""Checks that only query Slack: nobody sees them, and nothing is posted."""

import time

from slack_sdk.errors import SlackApiError

from bot.live.context import Context, asked_to_wait, refusal
from bot.live.live_check import Answer, LiveCheck, Need, Skip, answered, no, yes
from scheduling.words.wording import several

MOST_PAGES = 50
DOCS = "https://docs.slack.dev"


def _scopes_in_headers(context: Context) -> Answer:
    headers = {name.lower() for name in context.me.headers}
    return answered("x-oauth-scopes" in headers)


def _in_a_grid(context: Context) -> Answer:
    return answered(bool(context.me.get("enterprise_id")))


def _slackbot_is_a_bot(context: Context) -> Answer:
    try:
        user = context.call("users.info", user="USLACKBOT")["user"]
    except SlackApiError as error:
        raise Skip(f"Slack says nothing about Slackbot ({refusal(error)})") from error
    return answered(bool(user.get("is_bot")))


def _user_groups_refused(context: Context) -> Answer:
    refused = context.refused("usergroups.list")
    return answered(refused == "missing_scope", refused or "listed")


def _people_listed(context: Context) -> Answer:
    return _listed(context, "users.list", "members")


def _channels_listed(context: Context) -> Answer:
    return _listed(
        context, "conversations.list", "channels", types="public_channel,private_channel"
    )


def _listed(context: Context, method: str, key: str, **more: str) -> Answer:
    """Read a list to its end; no if Slack rate-limits us before that."""
    began, cursor, found = time.monotonic(), "", 0
    for page in range(1, MOST_PAGES + 1):
        try:
            answer = context.client.api_call(
                method, params={"limit": 999, "cursor": cursor, **more}
            )
        except SlackApiError as error:
            wait = asked_to_wait(error.response)
            if wait is None:
                raise
            return no(f"429 after {page - 1} pages, {found} entries; Retry-After {wait}")
        found += len(answer[key])
        cursor = (answer.get("response_metadata") or {}).get("next_cursor") or ""
        if not cursor:
            seconds = time.monotonic() - began
            return yes(f"{found} entries on {several(page, 'page')} in {seconds:.1f} s")
    return no(f"more than {MOST_PAGES} pages")


def _deactivated_is_marked(context: Context) -> Answer:
    user = context.call("users.info", user=context.options.deactivated)["user"]
    return answered(bool(user.get("deleted")))


def _deactivated_cannot_be_opened(context: Context) -> Answer:
    refused = context.refused("conversations.open", users=context.options.deactivated)
    return answered(refused is not None, refused or "opened")


def _deactivated_takes_messages(context: Context) -> Answer:
    gone = context.options.deactivated
    assert gone
    if not context.call("users.info", user=gone)["user"].get("deleted"):
        raise Skip("that account isn’t deactivated, so I sent it nothing")
    try:
        context.post(gone, text="A message of a check, to an account that is deactivated.")
    except SlackApiError as error:
        return no(refusal(error))
    return yes()


ASKING: tuple[LiveCheck, ...] = (
    LiveCheck(
        key="scopes_in_headers",
        provider="Slack",
        question="Do Slack’s answers say which scopes the app has?",
        believed=True,
        source=f"{DOCS}/authentication/installing-with-oauth: X-OAuth-Scopes",
        if_yes="The check at 4:00 PM sees a missing scope before the morning.",
        if_no="A missing scope is seen when the first post fails.",
        either_way="Without the header it assumes that the scopes are right; a refused post is "
        "reported by direct message.",
        run=_scopes_in_headers,
    ),
    LiveCheck(
        key="in_a_grid",
        provider="Slack",
        question="Is this workspace part of an Enterprise Grid?",
        believed=False,
        source=f"{DOCS}/enterprise: ids begin with W, and colleagues have other workspaces",
        if_yes="People from sibling workspaces are looked up before they’re accepted.",
        if_no="Anyone from another workspace counts as an outsider.",
        either_way="Looks people up by id and compares their organization, not only the workspace.",
        run=_in_a_grid,
    ),
    LiveCheck(
        key="slackbot_is_a_bot",
        provider="Slack",
        question="Does Slack say that Slackbot is a bot?",
        believed=False,
        source=f"{DOCS}/reference/objects/user-object: is_bot; said to be false for Slackbot",
        if_yes="Slackbot can’t be made a member by mistake.",
        if_no="Slackbot looks like a person: don’t make it a member.",
        either_way="A direct message to a bot is refused by Slack and reported in the channel.",
        run=_slackbot_is_a_bot,
    ),
    LiveCheck(
        key="user_groups_refused",
        provider="Slack",
        question="Is the app denied access to user groups, as its scopes say?",
        believed=True,
        source=f"{DOCS}/reference/methods/usergroups.list: needs usergroups:read",
        if_yes="The app has no more rights than it needs.",
        if_no="The app was given more scopes than manifest.json asks for.",
        either_way="Never asks for user groups.",
        run=_user_groups_refused,
    ),
    LiveCheck(
        key="people_listed_whole",
        provider="Slack",
        question="Can everybody in the workspace be listed without being rate-limited?",
        believed=True,
        source=f"{DOCS}/reference/methods/users.list: Tier 2, about 20 calls a minute",
        if_yes="@handles and the list of admins are found at once.",
        if_no="Lists of people take longer here, and say so when they are not complete.",
        either_way="Pages by 999, waits when asked to, and never shows part of a list as all of "
        "it.",
        run=_people_listed,
        within=120,
    ),
    LiveCheck(
        key="channels_listed_whole",
        provider="Slack",
        question="Can all channels be listed without being rate-limited?",
        believed=True,
        source=f"{DOCS}/reference/methods/conversations.list: Tier 2, limit below 1,000",
        if_yes="#names are found at once.",
        if_no="Pick a channel from Slack’s list rather than typing its name.",
        either_way="Uses the id where Slack gives one, and pages by 999 where it doesn’t.",
        run=_channels_listed,
        within=120,
    ),
    LiveCheck(
        key="deactivated_is_marked",
        provider="Slack",
        question="Does Slack mark a deactivated account as deleted?",
        believed=True,
        source=f"{DOCS}/reference/methods/users.info: deleted",
        if_yes="Preflight names members who left, before their shift starts.",
        if_no="Remove members who leave yourself: /oncall members remove.",
        either_way="Also treats a refused conversations.open as a deactivated account.",
        run=_deactivated_is_marked,
        needs=(Need.DEACTIVATED,),
    ),
    LiveCheck(
        key="deactivated_cannot_be_opened",
        provider="Slack",
        question="Does Slack refuse to open direct messages with a deactivated account?",
        believed=True,
        source=f"{DOCS}/reference/methods/conversations.open: user_disabled is among its errors",
        if_yes="The next fallback starts at once when somebody on call has left.",
        if_no="Only users.info shows who has left.",
        either_way="Opens the conversation before it writes, and asks users.info whether the "
        "account is gone; either one counts as not reached.",
        run=_deactivated_cannot_be_opened,
        needs=(Need.DEACTIVATED,),
    ),
    LiveCheck(
        key="deactivated_takes_messages",
        provider="Slack",
        question="Does chat.postMessage take a message to a deactivated account?",
        believed=True,
        source="https://github.com/slackapi/python-slack-sdk/issues/1156: it succeeds",
        if_yes="A message that was taken proves nothing about who reads it.",
        if_no="Slack itself refuses such a message.",
        either_way="Doesn’t rely on the answer: it opens the conversation first.",
        run=_deactivated_takes_messages,
        needs=(Need.DEACTIVATED,),
    ),
)
