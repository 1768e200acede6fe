"""What nobody could tell us of the real Slack and the real Twilio: here each can be set either way.

The defaults are what is most likely. The product has to be right with the other answer, too, so a
story may set it; `run_bot.py check --live` finds out which one holds.
"""

from dataclasses import dataclass


@dataclass(slots=True)
class SlackTruths:
    """Open questions about Slack, by the answer that the sandbox gives."""

    # Whether a table is shown in the acknowledgement of a command, and by way of a response URL.
    tables_in_acknowledgements: bool = True
    tables_in_response_urls: bool = True
    # Whether conversations.open refuses the direct messages with a deactivated account.
    deactivated_cannot_be_opened: bool = True
    # Whether chat.postMessage refuses blocks of more than about 12,000 characters together, and
    # whether a response URL does.
    posts_limited_together: bool = True
    answers_limited_together: bool = False
    # Whether a response URL's status says that it refused an answer; if not, it's 200 and what
    # follows says that it's not "ok".
    refused_answers_say_why: bool = True
    # Whether a workspace's limit on editing messages holds for what an app posted.
    edit_window_binds_apps: bool = False
    # Whether what looks like a phone number in a command comes as <tel:…|…>.
    numbers_become_links: bool = False
    # Whether a private channel that the reader is not in is kept in a channel picker.
    private_channels_in_pickers: bool = True
    # Whether an answer that replaces another may say who sees it.
    replacing_takes_response_type: bool = True


@dataclass(slots=True)
class TwilioTruths:
    """Open questions about Twilio, by the answer that the sandbox gives."""

    # Whether a list filtered by DateSent has what was not sent yet, and whether that comes first in
    # one that is not filtered.
    filtered_lists_have_unsent: bool = False
    unsent_listed_first: bool = True
    # Whether a text to a number without a webhook has a DateSent.
    inbound_has_date_sent: bool = True
    # Seconds until a new message is in the lists.
    listed_after: float = 0.0
    # Whether a service that defers to no webhook drops what people write to it, unlisted.
    service_without_webhook_drops: bool = True
    # Whether a messaging service takes a text to somebody who opted out, and fails it later.
    service_finds_opt_outs_later: bool = True
    # Whether Twilio takes "Stop!" for STOP, and answers a YES of somebody who has not opted out.
    marks_around_keywords_are_ignored: bool = False
    yes_is_always_answered: bool = False
    # Whether Twilio's own answers to STOP, START and HELP are in the lists.
    keyword_answers_are_listed: bool = False
    # Seconds until a message that was sent has a price.
    priced_after: float = 1.0
    # The code that a suspended account answers: 20005 when a text is sent, 20003, 20403 or 10001
    # always.
    suspended_answers: int = 20005
    # Whether a 429 says how long to wait.
    rate_limits_say_how_long: bool = True
