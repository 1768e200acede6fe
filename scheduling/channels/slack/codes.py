"""Slack's error codes: whether another try can help, and who can do something about it.

The table has all codes that Slack documents for chat.postMessage, chat.update, conversations.open
and every method (https://docs.slack.dev/reference/methods/chat.postMessage#errors and so on). Slack
adds codes without notice: an unknown code counts as permanent, and is shown as it is.
"""

import re
from collections.abc import Mapping
from typing import Literal, NamedTuple

from scheduling.channels import ErrorClass, Explanation
from storage.statuses import Outcome

# Who can do something about it: the people in charge of the channel; the workspace's admins; the
# person who installs the app; the recipient or the team's lead; we, because it's a bug; only Slack.
Whose = Literal["channel", "workspace", "app", "person", "bot", "slack"]


class Reason(NamedTuple):
    """Why Slack refused a call.

    `outcome` is 'temporary' if another try may help. After internal_error and fatal_error the post
    may exist anyway, so it is looked up by its key before the next try, as always. `words` is a
    sentence for the team.
    """

    outcome: Outcome
    whose: Whose
    words: str


_PASSES: tuple[Outcome, Whose] = (Outcome.TEMPORARY, "slack")
_CHANNEL: tuple[Outcome, Whose] = (Outcome.PERMANENT, "channel")
_WORKSPACE: tuple[Outcome, Whose] = (Outcome.PERMANENT, "workspace")
_APP: tuple[Outcome, Whose] = (Outcome.PERMANENT, "app")
_PERSON: tuple[Outcome, Whose] = (Outcome.PERMANENT, "person")
_BOT: tuple[Outcome, Whose] = (Outcome.PERMANENT, "bot")
_UNWELL = "Slack is having trouble."
_TOO_OFTEN = "Slack is rate-limiting us."
_MOVING = (
    "The workspace is being moved into an Enterprise organization; Slack will work again after "
    "that."
)
_RESTRICTED = "Posting in the channel is restricted: allow me to post there."
_TOKEN = "Slack rejected the bot token: check SLACK_BOT_TOKEN."
_UNINSTALLED = "The Slack app was uninstalled: install it again."
_NO_ACCESS = "The Slack app has no access to this workspace: an admin has to approve it."
_LACKS = "The Slack app is missing a permission: reinstall it from manifest.json."
_ADDRESS = (
    "Slack allows the app on certain networks only: an admin has to allow this server’s IP address."
)
_SUSPENDED = "The organization has suspended posting in Slack: ask its admins."
_ARCHIVED = "The channel is archived."
_NO_CHANNEL = "The channel doesn’t exist, or it’s private and I’m not in it."
_NOT_SHOWN = "Slack doesn’t know them, or doesn’t show them to me."
_NOT_EDITED = "Slack doesn’t let me edit that message anymore."
_TOO_LONG = "The message is too long for Slack."
_BLOCKS = "Slack rejected the message’s layout: please report this as a bug."
_OUR_CALL = "Slack rejected the bot’s request: please report this as a bug."
_FILES = "Slack refused a file, but the bot sends none: please report this as a bug."

REASONS: Mapping[str, Reason] = {
    # Temporary.
    "ratelimited": Reason(Outcome.TEMPORARY, "bot", _TOO_OFTEN),
    "rate_limited": Reason(Outcome.TEMPORARY, "bot", _TOO_OFTEN),
    "internal_error": Reason(*_PASSES, _UNWELL),
    "fatal_error": Reason(*_PASSES, _UNWELL),
    "service_unavailable": Reason(*_PASSES, _UNWELL),
    "request_timeout": Reason(*_PASSES, _UNWELL),
    "update_failed": Reason(*_PASSES, _UNWELL),
    "streaming_state_conflict": Reason(*_PASSES, _UNWELL),
    "team_added_to_org": Reason(*_PASSES, _MOVING),
    "org_login_required": Reason(*_PASSES, _MOVING),
    "external_channel_migrating": Reason(*_PASSES, "Slack is moving the channel."),
    # A free workspace has a limit on messages that is temporary:
    # https://slack.com/help/articles/115002422943-Usage-limits-for-free-workspaces
    "message_limit_exceeded": Reason(
        Outcome.TEMPORARY, "workspace", "The free workspace has hit its message limit for now."
    ),
    # The channel.
    "not_in_channel": Reason(
        *_CHANNEL, "I’m not in the channel. Invite me there: /invite @WhoseOnFirst."
    ),
    "channel_not_found": Reason(*_CHANNEL, _NO_CHANNEL),
    "is_archived": Reason(*_CHANNEL, _ARCHIVED),
    "is_inactive": Reason(*_CHANNEL, "The channel is archived, frozen or deleted."),
    "restricted_action": Reason(*_CHANNEL, _RESTRICTED),
    "restricted_action_read_only_channel": Reason(*_CHANNEL, _RESTRICTED),
    "restricted_action_thread_only_channel": Reason(*_CHANNEL, _RESTRICTED),
    "restricted_action_non_threadable_channel": Reason(*_CHANNEL, _RESTRICTED),
    "restricted_action_thread_locked": Reason(*_CHANNEL, _RESTRICTED),
    "no_permission": Reason(
        *_CHANNEL, "Slack doesn’t let me do that there: invite me to the channel."
    ),
    "method_not_supported_for_channel_type": Reason(
        *_CHANNEL, "That kind of conversation isn’t a channel: choose another one."
    ),
    # The workspace.
    "ekm_access_denied": Reason(*_WORKSPACE, _SUSPENDED),
    "access_denied": Reason(*_WORKSPACE, "The workspace’s admins don’t let me do that: ask them."),
    "accesslimited": Reason(*_WORKSPACE, _ADDRESS),
    "access_limited": Reason(*_WORKSPACE, _ADDRESS),
    "enterprise_is_restricted": Reason(
        *_WORKSPACE, "The Enterprise organization doesn’t allow this request: ask its admins."
    ),
    "team_access_not_granted": Reason(*_WORKSPACE, _NO_ACCESS),
    "two_factor_setup_required": Reason(
        *_WORKSPACE, "The workspace requires two-factor authentication: ask its admins."
    ),
    "app_access_restricted": Reason(
        *_WORKSPACE, "The workspace doesn’t let them use this app: ask its admins."
    ),
    "edit_window_closed": Reason(*_WORKSPACE, _NOT_EDITED),
    # The app and its tokens.
    # https://docs.slack.dev/reference/methods/apps.connections.open#errors
    "socket_mode_not_enabled": Reason(
        *_APP,
        "Socket Mode is off: turn it on under Socket Mode at https://api.slack.com/apps.",
    ),
    "missing_scope": Reason(*_APP, _LACKS),
    "invalid_auth": Reason(*_APP, _TOKEN),
    "not_authed": Reason(*_APP, _TOKEN),
    "token_expired": Reason(*_APP, _TOKEN),
    "not_allowed_token_type": Reason(
        *_APP, "That isn’t a bot token: SLACK_BOT_TOKEN begins with xoxb-."
    ),
    "token_revoked": Reason(*_APP, _UNINSTALLED),
    "account_inactive": Reason(*_APP, _UNINSTALLED),
    "messages_tab_disabled": Reason(
        *_APP, "The app doesn’t accept direct messages: update it from manifest.json."
    ),
    "cant_update_message": Reason(*_APP, _NOT_EDITED),
    "message_not_found": Reason(*_CHANNEL, "The message was deleted in Slack."),
    # The person.
    "user_disabled": Reason(*_PERSON, "Their Slack account is deactivated."),
    "user_not_found": Reason(*_PERSON, _NOT_SHOWN),
    "user_not_visible": Reason(*_PERSON, _NOT_SHOWN),
    "cannot_dm_bot": Reason(*_PERSON, "They’re a bot, and bots don’t read direct messages."),
    "invalid_user_combination": Reason(
        *_PERSON, "They’re in another workspace and don’t share a channel with me."
    ),
    # What we send.
    "msg_too_long": Reason(*_BOT, _TOO_LONG),
    "msg_blocks_too_long": Reason(*_BOT, _TOO_LONG),
    "invalid_blocks": Reason(*_BOT, _BLOCKS),
    "invalid_blocks_format": Reason(*_BOT, _BLOCKS),
    "block_mismatch": Reason(*_BOT, _BLOCKS),
    **dict.fromkeys(
        (
            "as_user_not_supported",
            "attachment_payload_limit_exceeded",
            "cannot_reply_to_message",
            "cant_broadcast_message",
            "deprecated_endpoint",
            "draft_already_deleted",
            "draft_already_sent",
            "draft_has_conflict",
            "draft_not_found",
            "duplicate_channel_not_found",
            "duplicate_message_not_found",
            "invalid_arg_name",
            "invalid_arguments",
            "invalid_array_arg",
            "invalid_attachments",
            "invalid_charset",
            "invalid_form_data",
            "invalid_metadata_format",
            "invalid_metadata_schema",
            "invalid_post_type",
            "markdown_text_conflict",
            "metadata_must_be_sent_from_app",
            "metadata_too_large",
            "method_deprecated",
            "missing_post_type",
            "no_dual_broadcast_content_update",
            "no_text",
            "not_enough_users",
            "send_on_behalf_not_allowed",
            "team_not_found",
            "too_many_attachments",
            "too_many_contact_cards",
            "too_many_users",
            "users_list_not_supplied",
        ),
        Reason(*_BOT, _OUR_CALL),
    ),
    **dict.fromkeys(
        (
            "blocked_file_type",
            "file_deleted",
            "file_is_deleted",
            "file_not_found",
            "file_share_limit_reached",
            "max_file_sharing_exceeded",
            "missing_file_data",
            "posting_to_channel_denied",
            "slack_connect_blocked_file_type",
            "slack_connect_canvas_sharing_blocked",
            "slack_connect_clip_sharing_blocked",
            "slack_connect_file_link_sharing_blocked",
            "slack_connect_file_upload_sharing_blocked",
            "slack_connect_lists_sharing_blocked",
            "unable_to_share_files",
        ),
        Reason(*_BOT, _FILES),
    ),
}
# Rate limits; the last is HTTP's.
RATE_LIMITED = ("ratelimited", "rate_limited", "429")
# Nobody can write to this person, so retrying is useless.
UNREACHABLE = frozenset(code for code, reason in REASONS.items() if reason.whose == "person")
# Slack has no user with that id, or doesn't show us that user; we word both the same way.
NOT_SHOWN = ("user_not_found", "user_not_visible")
# Only some may post, and Slack doesn't tell us beforehand.
RESTRICTED = frozenset(code for code in REASONS if code.startswith("restricted_action"))
# Slack refused the layout, so the plain text may still go through.
PLAIN_MAY_PASS = frozenset(
    {"invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long", "block_mismatch"}
)
# The message exists but can't be edited anymore.
NOT_EDITABLE = frozenset({"edit_window_closed", "cant_update_message"})
_CLASSES = {
    **dict.fromkeys(RATE_LIMITED, ErrorClass.BUSY),
    **dict.fromkeys(UNREACHABLE, ErrorClass.GONE),
    **dict.fromkeys(RESTRICTED, ErrorClass.RESTRICTED),
    **dict.fromkeys(NOT_EDITABLE, ErrorClass.NOT_EDITABLE),
}
_CODE = re.compile(r"[a-z0-9_]+", re.IGNORECASE)


def is_code(text: str) -> bool:
    """Tell one of Slack's codes from anything else, a proxy's page for example."""
    return bool(_CODE.fullmatch(text))


def words(code: str) -> str:
    """Return a sentence about a code."""
    known = REASONS.get(code)
    return known.words if known else f"Slack says: {code}."


def outcome(code: str) -> Outcome:
    """Return whether another try may help."""
    known = REASONS.get(code)
    return known.outcome if known else Outcome.PERMANENT


def explain(code: str | None) -> Explanation:
    """Return what delivery needs to know about a code."""
    word = code or ""
    return Explanation(outcome(word), _CLASSES.get(word, ErrorClass.OTHER))
