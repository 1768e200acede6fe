"""Twilio's error codes: whether another try can help, and whose fault it is.

Twilio has hundreds and adds more (https://www.twilio.com/docs/api/errors). Those that a text can
meet are listed; the rest are classed by their documented ranges and keep Twilio's own words.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from scheduling.channels import Outcome

# Who can do something about it: whoever corrects the recipient's number; the recipient, with their
# phone or carrier; whoever owns our sender, or our account, at Twilio; whoever words the text;
# nobody but Twilio and the carriers.
Fault = Literal["number", "recipient", "sender", "account", "text", "provider"]


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a text did not go out, or did not arrive.

    `outcome` is 'temporary' if another try within the hour may help, 'permanent' if not, and
    'uncertain' if it may have arrived all the same. `fault` is None where Twilio does not say.
    `words` is a sentence for the team, None where Twilio's own must do.
    """

    outcome: Outcome
    fault: Fault | None
    words: str | None = None


# Temporary ones of our own: Twilio was not there, or not itself.
OUT, UNWELL = "no connection", "twilio"
OPTED_OUT = 21610

_NUMBER: tuple[Outcome, Fault] = ("permanent", "number")
_SENDER: tuple[Outcome, Fault] = ("permanent", "sender")
_ACCOUNT: tuple[Outcome, Fault] = ("permanent", "account")
_TEXT: tuple[Outcome, Fault] = ("permanent", "text")
_PASSES: tuple[Outcome, Fault] = ("temporary", "provider")
_UNSURE: tuple[Outcome, Fault] = ("uncertain", "provider")
_CHECK_NUMBER = "Twilio says that the number does not exist: check it and correct it."
_NO_MOBILE = "The number cannot receive SMS: give a mobile number instead."
_LANDLINE = "The number is a landline: give a mobile number instead."
_OUR_NUMBER = "Twilio does not know our own number: check TWILIO_PHONE_NUMBER."
_SERVICE = "The messaging service does not exist: check TWILIO_MESSAGING_SERVICE_SID."
_REGION = "Our number isn’t in the Twilio region we use: check TWILIO_REGION and TWILIO_EDGE."
_OUR_CALL = "Twilio does not accept the call as the bot makes it: please report this as a bug."
_NEW_TRIAL = "A new Twilio trial account can't send texts of its own: upgrade it."
_UNREGISTERED = "That country requires registered senders: register ours with Twilio."
_TO_ENTER = "Our US number could not be added to its A2P 10DLC campaign: see Twilio’s console."

REASONS: dict[int, Reason] = {
    10001: Reason(
        *_ACCOUNT, "Our Twilio account is suspended or closed: check whether there is money on it."
    ),
    10002: Reason(*_ACCOUNT, "A Twilio trial account may not do this: upgrade it."),
    20001: Reason(*_TEXT, _OUR_CALL),
    20003: Reason(
        *_ACCOUNT,
        "Twilio refuses our credentials: check TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN, and "
        "whether the account is suspended for lack of money.",
    ),
    20004: Reason(*_TEXT, _OUR_CALL),
    20005: Reason(
        *_ACCOUNT, "Our Twilio account is not active: check whether there is money on it."
    ),
    20006: Reason(*_ACCOUNT, "Our Twilio credentials may not send texts."),
    20008: Reason(*_ACCOUNT, "These are Twilio’s test credentials: set the live ones."),
    20010: Reason(*_ACCOUNT, "Twilio has switched off sending for our account."),
    20403: Reason(*_ACCOUNT, "Twilio forbids this to our account: see Twilio’s console."),
    20404: Reason(*_ACCOUNT, "Twilio finds no such account, service or number: check `.env`."),
    20422: Reason(*_TEXT, _OUR_CALL),
    20423: Reason(*_ACCOUNT, "Twilio says that a SID is malformed: check the TWILIO settings."),
    20426: Reason(*_TEXT, _OUR_CALL),
    20429: Reason("temporary", "account", "Twilio has too many requests from us."),
    20500: Reason(*_PASSES, "Twilio is having trouble (500)."),
    20503: Reason(*_PASSES, "Twilio is having trouble (503)."),
    20504: Reason(*_PASSES, "Twilio is having trouble (504)."),
    21211: Reason(*_NUMBER, _CHECK_NUMBER),
    21212: Reason(*_SENDER, "Twilio refuses our own number: check TWILIO_PHONE_NUMBER."),
    21217: Reason(*_NUMBER, _CHECK_NUMBER),
    21264: Reason(*_SENDER, "Our own number was never verified with Twilio."),
    21265: Reason(*_NUMBER, "The number is a short code: give a mobile number instead."),
    21266: Reason(*_NUMBER, "That is our own number: give the person’s number instead."),
    21267: Reason(*_SENDER, "A Twilio trial account can't use a name as sender."),
    21268: Reason(*_NUMBER, "The number is a premium or information service: correct it."),
    21408: Reason(
        *_ACCOUNT, "SMS to that country are switched off in Twilio (Messaging, Geo permissions)."
    ),
    21421: Reason(*_NUMBER, _CHECK_NUMBER),
    21601: Reason(*_SENDER, "Our own number cannot send SMS: get one that can."),
    21602: Reason(*_TEXT, "Twilio found no text in it."),
    21603: Reason(*_SENDER, _OUR_NUMBER),
    21604: Reason(*_NUMBER, "Twilio was given no number: add one."),
    21606: Reason(*_SENDER, _OUR_NUMBER),
    21607: Reason(*_SENDER, "A Twilio trial account must send from its trial number."),
    21608: Reason(
        *_ACCOUNT,
        "Our Twilio account is a trial, or its primary compliance profile (Trust Hub) is not "
        "approved: upgrade it, and have the profile approved.",
    ),
    21610: Reason(
        "permanent",
        "recipient",
        "STOP was sent from that phone: it gets no SMS. Texting START from it undoes that.",
    ),
    21611: Reason("temporary", "sender", "Twilio’s queue of our messages is full."),
    21612: Reason(*_SENDER, "Twilio can't reach that number from ours."),
    21614: Reason(*_NUMBER, _NO_MOBILE),
    21616: Reason(*_SENDER, "Our own number matches several at Twilio: check TWILIO_PHONE_NUMBER."),
    21617: Reason(
        *_TEXT, "The text is longer than Twilio takes: shorten it with /oncall settings."
    ),
    21618: Reason(*_TEXT, "Twilio does not accept this text: change it with /oncall settings."),
    21619: Reason(*_TEXT, "Twilio found no text in it."),
    21624: Reason(*_TEXT, _OUR_CALL),
    21635: Reason(*_NUMBER, _LANDLINE),
    21657: Reason(*_SENDER, "Twilio refuses our sender: check TWILIO_PHONE_NUMBER."),
    21658: Reason(*_TEXT, _OUR_CALL),
    21659: Reason(*_SENDER, "Our own number is not a Twilio number: check TWILIO_PHONE_NUMBER."),
    21660: Reason(*_SENDER, "Our own number belongs to another Twilio account."),
    21661: Reason(*_SENDER, "Our own number cannot send SMS: get one that can."),
    21662: Reason(*_SENDER, _REGION),
    21663: Reason(*_SENDER, _REGION),
    21668: Reason(
        *_SENDER, "That region has no numbers like ours: leave out TWILIO_REGION and TWILIO_EDGE."
    ),
    21701: Reason(*_SENDER, _SERVICE),
    21702: Reason(*_SENDER, "Our messaging service may not send: see Twilio’s console."),
    21703: Reason(
        *_SENDER, "No number of our messaging service can text that number: add one that can."
    ),
    21704: Reason(*_SENDER, "Our messaging service has no numbers: add one."),
    21705: Reason(*_SENDER, _SERVICE),
    21709: Reason(*_SENDER, "Our messaging service may not use that name as sender."),
    21711: Reason(*_SENDER, "Our number is not in the messaging service: add it."),
    21715: Reason(*_SENDER, "Our number lacks what the messaging service needs."),
    21730: Reason(*_PASSES, "Twilio is under maintenance."),
    21910: Reason(*_TEXT, _OUR_CALL),
    30001: Reason("temporary", "sender", "Twilio’s queue of our messages was full."),
    30002: Reason(
        *_ACCOUNT, "Our Twilio account is suspended: check whether there is money on it."
    ),
    30003: Reason("temporary", "recipient", "The phone is switched off, or has no signal."),
    30004: Reason(
        "permanent",
        "recipient",
        "Their carrier or phone blocks our messages, or STOP was sent earlier.",
    ),
    30005: Reason(*_NUMBER, "The number is unknown to its carrier: check it and correct it."),
    30006: Reason(*_NUMBER, _LANDLINE),
    30007: Reason(*_SENDER, "The carrier filtered the message as spam: see Twilio’s log."),
    30008: Reason(*_PASSES, "Their carrier did not say why."),
    30010: Reason(*_ACCOUNT, "The text costs more than our Twilio account allows."),
    30017: Reason(*_PASSES, "Their carrier’s network is congested."),
    30018: Reason(*_SENDER, _UNREGISTERED),
    30019: Reason(*_TEXT, "The text is too long for their carrier."),
    30022: Reason("temporary", "sender", "We sent faster than our A2P 10DLC campaign allows."),
    30023: Reason(
        *_SENDER, "Our A2P 10DLC brand has reached its daily message cap, until midnight Pacific."
    ),
    30024: Reason(*_SENDER, "Our own number is not set up with their carrier: ask Twilio."),
    30027: Reason(
        *_SENDER, "Our A2P 10DLC brand has reached T-Mobile’s daily limit, until midnight Pacific."
    ),
    30032: Reason(*_SENDER, "Our toll-free number is not verified: verify it with Twilio."),
    30033: Reason(*_SENDER, "Our A2P 10DLC campaign is suspended: see Twilio’s console."),
    30034: Reason(
        *_SENDER, "Our US number is not registered for A2P 10DLC: register it with Twilio."
    ),
    30035: Reason("temporary", "sender", "Our US number is still being added to its campaign."),
    30036: Reason(*_PASSES, "It waited too long in Twilio’s queue and was dropped."),
    30037: Reason(*_ACCOUNT, "Sending is switched off for our Twilio account."),
    30038: Reason(*_TEXT, "The text was filtered: it looks like a one-time code."),
    30039: Reason("temporary", "text", "Twilio took it for a loop between two machines."),
    30040: Reason(*_SENDER, _UNREGISTERED),
    30041: Reason(*_SENDER, _UNREGISTERED),
    30042: Reason(*_SENDER, "The name that we send under is too general, or is not ours."),
    30043: Reason(*_SENDER, "Our sender can't text abroad that way."),
    30044: Reason(*_ACCOUNT, "The text is too long for a Twilio trial account: upgrade it."),
    30046: Reason(*_UNSURE, "Their carrier did not confirm that it arrived."),
    30047: Reason(*_ACCOUNT, "Twilio’s Compliance Toolkit held it back for quiet hours."),
    30125: Reason(*_SENDER, _TO_ENTER),
    30126: Reason(*_SENDER, _TO_ENTER),
    30410: Reason(*_UNSURE, "Their carrier did not answer Twilio in time."),
    30450: Reason(*_PASSES, "Twilio’s fraud guard blocks this number for 15 to 30 minutes."),
    30453: Reason("uncertain", None),
    30454: Reason(*_ACCOUNT, "Our Twilio account has used up its message allowance."),
    30485: Reason("uncertain", None),
    30500: Reason(*_PASSES, "Twilio had trouble after accepting it."),
    63010: Reason(*_PASSES, "Twilio had trouble after accepting it."),
    63014: Reason("permanent", "recipient", "They have blocked our sender."),
    63017: Reason("temporary", "account", "Twilio has too many messages from us at once."),
    63018: Reason("temporary", "sender", "Twilio has too many messages from us at once."),
    63024: Reason(*_NUMBER, "Twilio can't reach that number: check it and correct it."),
    63036: Reason("temporary", "recipient", "The phone is switched off, or has no signal."),
    63038: Reason(*_ACCOUNT, "Our Twilio account has used up its daily message limit."),
    70051: Reason(*_ACCOUNT, "Our Twilio API key lacks the permission to send."),
    572002: Reason(*_SENDER, "Our Twilio trial must text that number from another trial number."),
    572005: Reason("permanent", "recipient", "They have not confirmed Twilio’s trial code yet."),
    572006: Reason(*_ACCOUNT, _NEW_TRIAL),
}
# What is said of codes that are not listed, by the first range that has them. The small ones are
# HTTP's: an answer without a code of Twilio's.
_RANGES: tuple[tuple[range, Reason], ...] = (
    (range(429, 430), Reason("temporary", "account")),
    (range(500, 600), Reason(*_PASSES)),
    (range(10_000, 11_000), Reason(*_ACCOUNT)),
    (range(20_500, 20_600), Reason(*_PASSES)),
    (range(20_000, 21_000), Reason(*_ACCOUNT)),
    (range(572_000, 574_000), Reason(*_ACCOUNT)),
)
_UNLISTED = Reason("permanent", None)


def reason(code: str | int | None) -> Reason:
    """Return what is known of a code: Twilio's, an HTTP status, or one of ours."""
    word = str(code or "")
    if not word.isdecimal():
        return Reason(*_PASSES) if word in (OUT, UNWELL) else _UNLISTED
    number = int(word)
    return REASONS.get(number) or next(_in_range(number), _UNLISTED)


def passes(code: str | None) -> bool:
    """Tell whether the trouble with this code may go by itself: then it is tried again later."""
    return reason(code).outcome == "temporary"


def told(code: int, words: str | None) -> str:
    """Return why it went wrong, as a sentence: ours, else Twilio's `words` with its code."""
    if known := reason(code).words:
        return known
    number = f" (code {code})" if code else ""
    if not words:
        return f"Twilio gives no reason{number}."
    return f"Twilio says: {words.rstrip('.')}{number}."


def _in_range(number: int) -> Iterator[Reason]:
    return (known for numbers, known in _RANGES if number in numbers)
