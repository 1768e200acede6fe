"""The enums of states and kinds that rows may hold, and what is true of each.

They are stored as written here, so a value never changes, and a new one needs a migration, because
a CHECK guards every such column. Standard library only.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Flag, StrEnum, auto
from typing import Self


class Word(StrEnum):
    """A stored value. `example` says when it is used; `in_words` is what people read."""

    example: str
    in_words: str

    def __new__(cls, word: str, example: str, in_words: str = "") -> Self:
        """Make a member; by default people read the stored value."""
        one = str.__new__(cls, word)
        one._value_ = word
        one.example, one.in_words = example, in_words or word
        return one


class Kind(Word):
    """By which kind of message a notification goes out."""

    SMS = "sms", "a text to a phone"
    ANNOUNCEMENT = "announcement", "a post in the team's channel"
    DIRECT = "direct", "a direct message in Slack"

    @property
    def is_post(self) -> bool:
        """Whether it goes to Slack, where it can be looked up and edited, and has no fallback."""
        return self is not Kind.SMS


POSTS = tuple(one for one in Kind if one.is_post)


class Status(Word):
    """The status of a notification, in the usual order.

    An SMS that will never get a receipt stays 'sent' without a next_attempt_at, which is final too.
    """

    PENDING = "pending", "08:00 has come, nothing was sent yet", "not sent yet"
    SENDING = "sending", "claimed; the call to Twilio or Slack is under way", "being sent"
    RETRYING = (
        "retrying",
        "Twilio answered 503; tried again at next_attempt_at",
        "not sent yet, will be tried again",
    )
    UNCERTAIN = (
        "uncertain",
        "the answer was lost; nobody knows whether it went out, so we ask before sending",
        "not sure it was sent, checking",
    )
    SENT = "sent", "Twilio took the SMS, and no receipt has come yet"
    DELIVERED = "delivered", "the phone has it, or the post is in the channel"
    UNDELIVERED = "undelivered", "the carrier could not hand it to the phone"
    FAILED = "failed", "refused for good, for example an invalid number; or all tries are used up"
    EXPIRED = (
        "expired",
        "too late to be useful: a newer message says what is true now",
        "not sent: too late to be useful",
    )
    CANCELLED = (
        "cancelled",
        "no longer true: someone else is on call now",
        "not sent: no longer needed",
    )
    SKIPPED = (
        "skipped",
        "the recipient has opted out with STOP, or has no number yet",
        "not sent: they opted out",
    )

    @property
    def is_open(self) -> bool:
        """Whether it may still have to be sent, and isn't being sent now."""
        return self in (Status.PENDING, Status.RETRYING, Status.UNCERTAIN)

    @property
    def is_on_its_way(self) -> bool:
        """Whether it isn't known to have been sent yet."""
        return self.is_open or self is Status.SENDING

    @property
    def is_final(self) -> bool:
        """Whether it won't change anymore."""
        return not self.is_on_its_way and self is not Status.SENT

    @property
    def has_failed(self) -> bool:
        """Whether it was tried and not delivered."""
        return self in (Status.UNDELIVERED, Status.FAILED, Status.SKIPPED)

    @property
    def is_withdrawn(self) -> bool:
        """Whether it was withdrawn, because it was no longer true or useful."""
        return self in (Status.CANCELLED, Status.EXPIRED)

    @property
    def is_trouble(self) -> bool:
        """Whether it belongs into a list of what went wrong."""
        return self.has_failed or self in (Status.UNCERTAIN, Status.RETRYING)


OPEN = tuple(one for one in Status if one.is_open)
ON_ITS_WAY = tuple(one for one in Status if one.is_on_its_way)
FINAL = tuple(one for one in Status if one.is_final)
HAS_FAILED = tuple(one for one in Status if one.has_failed)
WITHDRAWN = tuple(one for one in Status if one.is_withdrawn)
IN_TROUBLE = tuple(one for one in Status if one.is_trouble)


class Trait(Flag):
    """A property of a purpose."""

    DUTY = auto()  # notifies a person on call, so it must reach somebody
    STEP = auto()  # written because a duty notification didn't reach its person
    RESEND = auto()  # the same text to the same person again
    BELOW_POST = auto()  # its status is shown below the post about the SMS
    AWAITS_REPLY = auto()  # its recipient may be about to reply
    URGENT = auto()  # useless an hour later; the others may be late
    DESPITE_STOP = auto()  # also goes to numbers that have opted out
    KEEPS_NUMBER = auto()  # goes to the stored number, not to the member's current one
    BETWEEN_US = auto()  # an answer to one person's question, which only they see
    BAD_NEWS = auto()  # if it can't be posted, leads get all of it
    FOUND_EACH_DAY = auto()  # found again every day, so leads don't get it again soon


_NONE = Trait(0)


@dataclass(frozen=True, slots=True)
class _About:
    """What is true of a purpose.

    post, sms: what people call such a post or text
    lost: what the channel calls such a text that wasn't delivered; '' if it isn't reported
    """

    word: str
    example: str
    traits: Trait = _NONE
    post: str = "post in the channel"
    sms: str = "text"
    lost: str = ""


_DUTY = Trait.DUTY | Trait.AWAITS_REPLY | Trait.URGENT
_RESEND = Trait.STEP | Trait.RESEND | Trait.AWAITS_REPLY | Trait.URGENT


class Purpose(StrEnum):
    """What a notification is for."""

    example: str
    traits: Trait
    post: str
    sms: str
    lost: str

    def __new__(cls, about: _About) -> Self:
        """Make a member from all that is true of it."""
        one = str.__new__(cls, about.word)
        one._value_ = about.word
        one.example, one.traits = about.example, about.traits
        one.post, one.sms, one.lost = about.post, about.sms, about.lost
        return one

    DAILY = _About("daily", "who is on call, at the notify time", _DUTY, "morning post")
    HANDOFF = _About("handoff", "who is on call from now on", _DUTY, "handoff post")
    SECOND = _About(
        "second",
        "the same to the person's second phone",
        _RESEND | Trait.BELOW_POST | Trait.KEEPS_NUMBER,
        sms="text to the second phone",
    )
    RESENT = _About("again", "the same once more to the first phone", _RESEND, sms="resent text")
    DIRECT = _About(
        "direct",
        "the same in Slack, because the SMS did not arrive",
        Trait.STEP | Trait.BELOW_POST,
    )
    ESCALATION = _About(
        "escalation",
        "the person on call was not reached: can you take it?",
        Trait.STEP | Trait.BELOW_POST | Trait.AWAITS_REPLY | Trait.URGENT,
        sms="escalation text",
    )
    WARNING = _About(
        "warning", "something did not arrive", Trait.BAD_NEWS, "warning in the channel"
    )
    CLEAR = _About(
        "clear",
        "what was warned of is over",
        post="all-clear in the channel",
        sms="all-clear text",
    )
    MISSED = _About(
        "missed", "what was due while we were away", Trait.BAD_NEWS, "note about missed messages"
    )
    PREFLIGHT = _About(
        "preflight",
        "the preflight check of the next morning",
        Trait.BAD_NEWS | Trait.FOUND_EACH_DAY,
        "tomorrow’s check",
    )
    CHANNEL = _About("channel", "the channel can't be posted to", Trait.FOUND_EACH_DAY)
    GAP = _About("gap", "nobody is on call, and the channel can't be posted to")
    SAID = _About("said", "what somebody on call wrote", Trait.BAD_NEWS, "forwarded reply")
    SUMMARY = _About(
        "summary",
        "who is on call this week",
        post="weekly summary",
        sms="weekly summary text",
        lost="weekly summary text",
    )
    TEST = _About(
        "test",
        "a test that somebody asked for",
        Trait.DESPITE_STOP,
        sms="test text",
        lost="test text",
    )
    HELLO = _About(
        "hello",
        "please confirm your number",
        Trait.AWAITS_REPLY,
        sms="text asking for an OK",
        lost="text asking for an OK",
    )
    ANSWER = _About(
        "answer",
        "what somebody asked by SMS",
        Trait.KEEPS_NUMBER | Trait.BETWEEN_US,
        sms="answer by text",
    )
    STOPPED = _About(
        "stopped",
        "you get no SMS anymore",
        Trait.KEEPS_NUMBER | Trait.BETWEEN_US | Trait.DESPITE_STOP,
        sms="STOP confirmation",
    )
    OFF = _About("off", "your turn is over", sms="end-of-shift text")
    MOVED = _About("moved", "somebody's change moved your shifts")
    SWAP = _About("swap", "somebody has to agree to a change, or has done so or not")
    UNREAD = _About("unread", "whoever you asked, or moved, is gone from Slack")
    UNHEARD = _About("unheard", "what people reply does not reach us")
    NO_RECEIPTS = _About("no receipts", "a carrier gives no delivery receipts")

    @property
    def is_duty(self) -> bool:
        """Whether it notifies a person on call, so it must reach somebody."""
        return Trait.DUTY in self.traits

    @property
    def urgency(self) -> int:
        """The order of posts in a channel: 0 comes first, about people not reached."""
        return _FIRST.index(self) if self in _FIRST else len(_FIRST)


_FIRST = (
    Purpose.WARNING,
    Purpose.ESCALATION,
    Purpose.DIRECT,
    Purpose.DAILY,
    Purpose.HANDOFF,
)


def purposes(trait: Trait) -> tuple[Purpose, ...]:
    """Return the purposes of which something is true."""
    return tuple(one for one in Purpose if trait in one.traits)


DUTY = purposes(Trait.DUTY)


class Outcome(Word):
    """How an attempt to deliver a notification ended."""

    SENT = "sent", "the provider took it", "accepted"
    TEMPORARY = "temporary", "worth another try", "failed for now"
    PERMANENT = "permanent", "no other try can help", "refused"
    UNCERTAIN = "uncertain", "it may have gone out: look it up before sending again", "unclear"


class OwnCode(Word):
    """Our own error codes, for errors without a provider's code."""

    NOT_FOUND = "not there", "a lookup has found no trace of the message"
    NO_LOOKUP = "no look", "a lookup could not be made"
    NO_CONNECTION = "no connection", "the provider can't be reached"
    NO_ANSWER = "no answer", "the provider took the call and never answered"
    NO_SENSE = "no sense", "what came as an answer is none: a proxy's page, say"
    UNWELL = "twilio", "Twilio's client failed without an answer of Twilio's"
    REDACTED = "redacted", "Twilio keeps neither texts nor numbers to look one up by"
    TOO_BUSY = "too busy", "the channel has too many posts to look one up"
    NO_CHANNEL = "no_channel", "no channel is set"
    NO_NUMBER = (
        "no number",
        "the person is in the team, and has not entered a phone number yet",
        "not sent: no number yet",
    )
    CAPPED = "cap", "the team has sent as many segments as it may"
    PREFLIGHT = "look ahead", "a provider could not be asked about the next morning"
    UNFORESEEN = "unforeseen", "a try has failed in a way that nobody thought of"


# The codes of attempts that only looked the message up; other uncertain ones may have sent it.
LOOKUPS = (OwnCode.NOT_FOUND, OwnCode.NO_LOOKUP)


class Meaning(Word):
    """What a reply means."""

    OK = "ok", "OK, yes, got it: they have it"
    STOP = "stop", "STOP and its kin: no SMS anymore"
    START = "start", "START: SMS again"
    HELP = "help", "HELP: what can I write?"
    WHO = "who", "WHO is on call?"
    NEXT = "next", "NEXT: when is my next shift?"
    OTHER = "other", "anything else, from a number of ours"
    STRANGER = "stranger", "whatever it says, from a number that nobody here has"

    @property
    def counts_of_anybody(self) -> bool:
        """Whether it also counts from somebody who has left."""
        return self in (Meaning.STOP, Meaning.START)


OF_ANYBODY = tuple(one for one in Meaning if one.counts_of_anybody)


class Trouble(Word):
    """Why somebody wasn't reached, or may not have been."""

    FAILED = "failed", "it certainly didn’t arrive"
    UNCLEAR = "unclear", "it may have arrived"
    WAITING = "waiting", "it hasn’t gone out yet"
    SILENT = "silent", "no receipt came"
    UNCONFIRMED = "unconfirmed", "they didn’t confirm in time"


class ProposalStatus(Word):
    """The status of a change that somebody asked for."""

    OPEN = "open", "shown as a preview, or somebody has to agree to it"
    DONE = "done", "confirmed and carried out", "Done"
    DECLINED = "declined", "the one who was asked said no", "Declined"
    DISCARDED = "discarded", "the one who asked thought better of it", "Canceled"
    UNDONE = "undone", "carried out, and undone within a day", "Done"


class LeadSource(Word):
    """How we know that somebody leads all teams."""

    WORKSPACE = "workspace", "Slack's admins and owners"
    SETTING = "setting", "ONCALL_ADMINS"


def in_sql(words: Iterable[str]) -> str:
    """Return values as an SQL list, for example "('pending', 'retrying')"."""
    return f"({', '.join(repr(str(word)) for word in words)})"
