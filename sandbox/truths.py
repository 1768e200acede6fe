"""Open questions about the real Slack and the real Twilio, each of which can be set either way.

The defaults are the likeliest answers. The product has to work with the other answer, too, so a
story may set it; `run_bot.py check --live` finds out which one is right.
"""

from dataclasses import dataclass


@dataclass(slots=True)
class SlackTruths:
    """Open questions about Slack, by the answer that the sandbox gives."""

    # Whether a table is shown in the acknowledgement of a command, and through a response URL.
    tables_in_acknowledgements: bool = True
    tables_in_response_urls: bool = True
    # Whether conversations.open refuses the direct messages with a deactivated account.
    deactivated_cannot_be_opened: bool = True
    # Whether chat.postMessage refuses blocks of more than about 12,000 characters together, and
    # whether a response URL does.
    posts_limited_together: bool = True
    answers_limited_together: bool = False
    # Whether a response URL's status says that it refused an answer; if not, it's 200 with a body
    # that isn't "ok".
    refused_answers_say_why: bool = True
    # Whether a workspace's limit on editing messages applies to an app's messages.
    edit_window_binds_apps: bool = False
    # Whether a phone number in a command comes as <tel:…|…>.
    numbers_become_links: bool = False
    # Whether a channel picker keeps a private channel that the reader isn't in.
    private_channels_in_pickers: bool = True
    # Whether an answer that replaces another may have a response_type.
    replacing_takes_response_type: bool = True


@dataclass(slots=True)
class TwilioTruths:
    """Open questions about Twilio, by the answer that the sandbox gives."""

    # Whether a list filtered by DateSent has messages that aren't sent yet, and whether they come
    # first in an unfiltered list.
    filtered_lists_have_unsent: bool = False
    unsent_listed_first: bool = True
    # Whether a text to a number without a webhook has a DateSent.
    inbound_has_date_sent: bool = True
    # Seconds until a new message is in the lists.
    listed_after: float = 0.0
    # Whether a service that doesn't defer to a webhook drops replies, unlisted.
    service_without_webhook_drops: bool = True
    # Whether a messaging service accepts a text to somebody who opted out, and fails it later.
    service_finds_opt_outs_later: bool = True
    # Whether Twilio reads "Stop!" as STOP, and answers a YES from somebody who hasn't opted out.
    marks_around_keywords_are_ignored: bool = False
    yes_is_always_answered: bool = False
    # Whether Twilio's own answers to STOP, START and HELP are in the lists.
    keyword_answers_are_listed: bool = False
    # Seconds until a sent message has a price.
    priced_after: float = 1.0
    # The error code of a suspended account: 20005 only when sending a text, or 20003, 20403 or
    # 10001 for every call.
    suspended_answers: int = 20005
    # Whether a 429 says how long to wait.
    rate_limits_say_how_long: bool = True
