"""Each documented Slack error has a class and a sentence."""

import pytest

from scheduling.channels.slack import codes as slack_codes
from scheduling.channels.slack.codes import NOT_EDITABLE, PLAIN_MAY_PASS, REASONS, UNREACHABLE

# As docs.slack.dev has them in 2026: what may come of every method, and of the three that we send
# and change messages with.
COMMON = """
access_denied accesslimited account_inactive deprecated_endpoint ekm_access_denied
enterprise_is_restricted fatal_error internal_error invalid_arg_name invalid_arguments
invalid_array_arg invalid_auth invalid_charset invalid_form_data invalid_post_type
method_deprecated missing_post_type missing_scope no_permission not_allowed_token_type not_authed
org_login_required ratelimited request_timeout service_unavailable team_access_not_granted
team_added_to_org token_expired token_revoked two_factor_setup_required
"""
POST_MESSAGE = """
app_access_restricted as_user_not_supported attachment_payload_limit_exceeded
cannot_reply_to_message channel_not_found draft_already_deleted draft_already_sent
draft_has_conflict draft_not_found duplicate_channel_not_found duplicate_message_not_found
invalid_blocks invalid_blocks_format invalid_metadata_format invalid_metadata_schema is_archived
markdown_text_conflict message_limit_exceeded messages_tab_disabled
metadata_must_be_sent_from_app metadata_too_large missing_file_data msg_blocks_too_long no_text
not_in_channel rate_limited restricted_action restricted_action_non_threadable_channel
restricted_action_read_only_channel restricted_action_thread_locked
restricted_action_thread_only_channel send_on_behalf_not_allowed
slack_connect_canvas_sharing_blocked slack_connect_file_link_sharing_blocked
slack_connect_lists_sharing_blocked team_not_found too_many_attachments too_many_contact_cards
"""
UPDATE = """
as_user_not_supported block_mismatch blocked_file_type cant_broadcast_message cant_update_message
channel_not_found edit_window_closed external_channel_migrating file_deleted file_is_deleted
file_not_found file_share_limit_reached invalid_attachments invalid_blocks invalid_blocks_format
invalid_metadata_format invalid_metadata_schema is_inactive markdown_text_conflict
max_file_sharing_exceeded message_limit_exceeded message_not_found metadata_must_be_sent_from_app
metadata_too_large msg_too_long no_dual_broadcast_content_update no_text posting_to_channel_denied
slack_connect_blocked_file_type slack_connect_canvas_sharing_blocked
slack_connect_clip_sharing_blocked slack_connect_file_link_sharing_blocked
slack_connect_file_upload_sharing_blocked streaming_state_conflict team_not_found
too_many_attachments unable_to_share_files update_failed
"""
OPEN = """
channel_not_found invalid_user_combination method_not_supported_for_channel_type not_enough_users
too_many_users user_disabled user_not_found user_not_visible users_list_not_supplied
"""


@pytest.mark.parametrize("documented", [COMMON, POST_MESSAGE, UPDATE, OPEN])
def test_each_code_that_slack_documents_is_classed(documented: str) -> None:
    assert not set(documented.split()) - REASONS.keys()


@pytest.mark.parametrize("code", REASONS)
def test_what_is_said_of_it_is_a_sentence(code: str) -> None:
    words = slack_codes.words(code)
    assert words[0].isupper()
    assert words.rstrip("`").endswith(".")


@pytest.mark.parametrize(
    "code",
    ["message_limit_exceeded", "update_failed", "external_channel_migrating", "org_login_required"],
)
def test_what_passes_is_tried_again(code: str) -> None:
    assert slack_codes.outcome(code) == "temporary"


@pytest.mark.parametrize("code", ["edit_window_closed", "is_archived", "anything_new"])
def test_what_does_not_pass_is_not_tried_forever(code: str) -> None:
    assert slack_codes.outcome(code) == "permanent"


def test_a_code_that_is_not_listed_is_named() -> None:
    assert slack_codes.words("anything_new") == "Slack says: anything_new."


def test_each_group_is_of_codes_that_are_classed() -> None:
    assert REASONS.keys() >= UNREACHABLE | NOT_EDITABLE | PLAIN_MAY_PASS
