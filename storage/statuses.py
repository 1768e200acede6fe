"""The words that a row may hold as its state or its kind, and what is true of each, once.

They are stored as they are written here, so a word never changes; a new one needs a migration, for
a CHECK guards every column of them. Standard library only.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Flag, StrEnum, auto
from typing import Self


class Word(StrEnum):
    """A word that is stored. `example` says when it is used, `in_words` is it said to a person."""

    example: str
    in_words: str

    def __new__(cls, word: str, example: str, in_words: str = "") -> Self:
        """Make a member; without other words it is said as it is stored."""
        one = str.__new__(cls, word)
        one._value_ = word
        one.example, one.in_words = example, in_words or word
        return one


class Kind(Word):
    """Which way a notification goes."""

    SMS = "sms", "a text to a phone"
    ANNOUNCEMENT = "announcement", "a post in the team's channel"
    DIRECT = "direct", "a direct message in Slack"

    @property
    def is_post(self) -> bool:
        """Whether it is in Slack, where it can be found and changed, and nothing steps in."""
        return self is not Kind.SMS


POSTS = tuple(one for one in Kind if one.is_post)


class Status(Word):
    """How far a notification has come, in the order in which it goes through them.

    An SMS for which no receipt will come stays 'sent', with no next_attempt_at: an end, too.
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
        "unclear whether it went out, being looked up",
    )
    SENT = "sent", "Twilio took the SMS, and no receipt has come yet"
    DELIVERED = "delivered", "the phone has it, or the post is in the channel"
    UNDELIVERED = "undelivered", "the carrier could not hand it to the phone"
    FAILED = "failed", "refused for good, for example an invalid number; or all tries are used up"
    EXPIRED = (
        "expired",
        "too late to be useful: a newer message says what is true now",
        "not sent, for it was too late to be useful",
    )
    CANCELLED = (
        "cancelled",
        "no longer true: someone else is on call now",
        "not sent, for it was no longer true",
    )
    SKIPPED = (
        "skipped",
        "the recipient has opted out with STOP, or has no number yet",
        "not sent: they opted out",
    )

    @property
    def is_open(self) -> bool:
        """Whether nothing is being sent, and it may still have to be."""
        return self in (Status.PENDING, Status.RETRYING, Status.UNCERTAIN)

    @property
    def is_on_its_way(self) -> bool:
        """Whether nobody knows yet that it went out."""
        return self.is_open or self is Status.SENDING

    @property
    def is_final(self) -> bool:
        """Whether nothing happens to it any more."""
        return not self.is_on_its_way and self is not Status.SENT

    @property
    def has_failed(self) -> bool:
        """Whether it was tried, and did not arrive."""
        return self in (Status.UNDELIVERED, Status.FAILED, Status.SKIPPED)

    @property
    def is_withdrawn(self) -> bool:
        """Whether it was withdrawn: it was no longer true, or of no use."""
        return self in (Status.CANCELLED, Status.EXPIRED)

    @property
    def is_trouble(self) -> bool:
        """Whether people look for it when they ask what went wrong."""
        return self.has_failed or self in (Status.UNCERTAIN, Status.RETRYING)


OPEN = tuple(one for one in Status if one.is_open)
ON_ITS_WAY = tuple(one for one in Status if one.is_on_its_way)
FINAL = tuple(one for one in Status if one.is_final)
HAS_FAILED = tuple(one for one in Status if one.has_failed)
WITHDRAWN = tuple(one for one in Status if one.is_withdrawn)
IN_TROUBLE = tuple(one for one in Status if one.is_trouble)


class Trait(Flag):
    """What may be true of a purpose."""

    DUTY = auto()  # calls somebody on call: this must reach somebody
    STEP = auto()  # written because a duty notification did not reach its person
    RESEND = auto()  # the same text to the same person, another time
    BELOW_POST = auto()  # its progress is shown below the post about the SMS
    AWAITS_REPLY = auto()  # its reader may be about to answer
    URGENT = auto()  # of no use an hour later; the rest may come a little late
    DESPITE_STOP = auto()  # goes to a number that has opted out, too
    KEEPS_NUMBER = auto()  # goes to the number that was written down, not to the one of now
    BETWEEN_US = auto()  # what one person asked us: only they get the answer
    BAD_NEWS = auto()  # said in full to leads where it can't be posted
    FOUND_EACH_DAY = auto()  # the same may be found again, and is not said again so soon


_NONE = Trait(0)


@dataclass(frozen=True, slots=True)
class _About:
    """What is true of a purpose. `post` and `sms` are what people call one of that kind.

    `lost` is what the channel calls an SMS that did not arrive, '' where it does not hear of it.
    """

    word: str
    example: str
    traits: Trait = _NONE
    post: str = "post in the channel"
    sms: str = "text"
    lost: str = ""


_CALL = Trait.DUTY | Trait.AWAITS_REPLY | Trait.URGENT
_RESEND = Trait.STEP | Trait.RESEND | Trait.AWAITS_REPLY | Trait.URGENT


class Purpose(StrEnum):
    """What a notification is for."""

    example: str
    traits: Trait
    post: str
    sms: str
    lost: str

    def __new__(cls, about: _About) -> Self:
        """Make a member of all that is true of it."""
        one = str.__new__(cls, about.word)
        one._value_ = about.word
        one.example, one.traits = about.example, about.traits
        one.post, one.sms, one.lost = about.post, about.sms, about.lost
        return one

    DAILY = _About("daily", "who is on call, at the notify time", _CALL, "morning post")
    HANDOFF = _About("handoff", "who is on call from now on", _CALL, "handoff post")
    SECOND = _About(
        "second",
        "the same to the person's second phone",
        _RESEND | Trait.BELOW_POST | Trait.KEEPS_NUMBER,
        sms="text to the second phone",
    )
    RESENT = _About("again", "the same once more to the first phone", _RESEND, sms="repeated text")
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
        "missed", "what was due while we were away", Trait.BAD_NEWS, "note of what was missed"
    )
    PREFLIGHT = _About(
        "preflight",
        "the preflight check of the next morning",
        Trait.BAD_NEWS | Trait.FOUND_EACH_DAY,
        "tomorrow’s check",
    )
    CHANNEL = _About("channel", "the channel can't be posted to", Trait.FOUND_EACH_DAY)
    GAP = _About("gap", "nobody is on call, and the channel can't be posted to")
    SAID = _About("said", "what somebody on call wrote", Trait.BAD_NEWS, "reply that was passed on")
    SUMMARY = _About(
        "summary",
        "who is on call this week",
        post="list of the week",
        sms="text with the week’s list",
        lost="text with the week’s list",
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
        "you get no SMS any more",
        Trait.KEEPS_NUMBER | Trait.BETWEEN_US | Trait.DESPITE_STOP,
        sms="confirmation of a STOP",
    )
    OFF = _About("off", "your turn is over", sms="text about the end of the shift")
    MOVED = _About("moved", "somebody's change moved your shifts")
    SWAP = _About("swap", "somebody has to agree to a change, or has done so or not")
    UNREAD = _About("unread", "whoever you asked, or moved, is gone from Slack")
    UNHEARD = _About("unheard", "what people reply does not reach us")
    NO_RECEIPTS = _About("no receipts", "a carrier gives no delivery receipts")

    @property
    def is_duty(self) -> bool:
        """Whether it calls somebody on call: this must reach somebody."""
        return Trait.DUTY in self.traits

    @property
    def urgency(self) -> int:
        """What goes first to a channel, 0: that somebody was not reached, then who is on call."""
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
    """How one try at delivering a notification ended."""

    SENT = "sent", "the provider took it", "accepted"
    TEMPORARY = "temporary", "worth another try", "failed for now"
    PERMANENT = "permanent", "no other try can help", "refused"
    UNCERTAIN = "uncertain", "it may have gone out: look before sending again", "unclear"


class OwnCode(Word):
    """Codes of errors that are ours, where there is none of a provider."""

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


# Those of a try that did not send. All else that is uncertain may have been carried out.
LOOKUPS = (OwnCode.NOT_FOUND, OwnCode.NO_LOOKUP)


class Meaning(Word):
    """What somebody means who writes to us."""

    OK = "ok", "OK, yes, got it: they have it"
    STOP = "stop", "STOP and its kin: no SMS any more"
    START = "start", "START: SMS again"
    HELP = "help", "HELP: what can I write?"
    WHO = "who", "WHO is on call?"
    NEXT = "next", "NEXT: when is my next shift?"
    OTHER = "other", "anything else, from a number of ours"
    STRANGER = "stranger", "whatever it says, from a number that nobody here has"

    @property
    def counts_of_anybody(self) -> bool:
        """Whether it counts from the phone of somebody who left, too."""
        return self in (Meaning.STOP, Meaning.START)


OF_ANYBODY = tuple(one for one in Meaning if one.counts_of_anybody)


class Trouble(Word):
    """Why somebody was not reached, or not surely."""

    FAILED = "failed", "it surely did not arrive"
    UNCLEAR = "unclear", "it may have arrived"
    WAITING = "waiting", "it has not gone out yet"
    SILENT = "silent", "no receipt came"
    UNCONFIRMED = "unconfirmed", "they did not confirm in time"


class ProposalStatus(Word):
    """The state of a change that somebody asked for."""

    OPEN = "open", "shown as a preview, or somebody has to agree to it"
    DONE = "done", "confirmed and carried out", "Done"
    DECLINED = "declined", "the one who was asked said no", "Declined"
    DISCARDED = "discarded", "the one who asked thought better of it", "Canceled"
    UNDONE = "undone", "carried out, and undone within a day", "Done"


class LeadSource(Word):
    """Where we know a lead of all teams from."""

    WORKSPACE = "workspace", "Slack's admins and owners"
    SETTING = "setting", "ONCALL_ADMINS"


def in_sql(words: Iterable[str]) -> str:
    """Return words as SQL lists them, for example "('pending', 'retrying')"."""
    return f"({', '.join(repr(str(word)) for word in words)})"
