"""Twilio's error codes as a table: whether another try helps, who must act, and in what words.

The codes and their meanings: https://www.twilio.com/docs/api/errors. `codes.Reason` explains the
columns. 'temporary' means that another try within the hour may help, so a limit that lasts until
midnight is 'permanent' here.
"""

from typing import Literal

from scheduling.channels import OPTED_OUT_WHY
from scheduling.words.lines import typed
from storage.statuses import Outcome

# Who must act: number: somebody must correct the recipient's number; recipient: they themselves,
# with their phone or carrier; sender, account: the owner of our Twilio sender or account; text: the
# people who write the text, or we if it's a bug; provider: only Twilio or the carrier, or time.
Fault = Literal["number", "recipient", "sender", "account", "text", "provider"]
OWNERS: tuple[Fault, ...] = ("sender", "account")

SETTINGS = typed("settings")

TEMPORARY, PERMANENT, UNCERTAIN = Outcome.TEMPORARY, Outcome.PERMANENT, Outcome.UNCERTAIN

# fmt: off
# Code, class, who must act, what happened, and what to do.
TABLE: dict[int, tuple[Outcome, Fault, str, str]] = {
    10001:  (PERMANENT, "account",   "Our Twilio account is suspended or closed", "check its balance"),
    10002:  (PERMANENT, "account",   "A Twilio trial account can’t do this", "upgrade it"),
    20001:  (PERMANENT, "text",      "Twilio rejected the bot’s request", "please report this as a bug"),
    20003:  (PERMANENT, "account",   "Twilio rejected our credentials", "check TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN (or the API key) and TWILIO_REGION, and whether the account was suspended because its balance ran out"),
    20004:  (PERMANENT, "text",      "Twilio rejected the bot’s request", "please report this as a bug"),
    20005:  (PERMANENT, "account",   "Our Twilio account isn’t active", "check its balance"),
    20006:  (PERMANENT, "account",   "Our Twilio credentials aren’t allowed to send texts", "use ones that are"),
    20008:  (PERMANENT, "account",   "These are Twilio’s test credentials", "set the live ones"),
    # Only a deletion gets this, and we never delete.
    20009:  (TEMPORARY, "text",      "Twilio can’t delete a message that’s still on its way", ""),
    20010:  (PERMANENT, "account",   "Twilio has turned off sending for our account", "ask Twilio why"),
    20403:  (PERMANENT, "account",   "Twilio doesn’t allow our account to do this", "check it in Twilio’s console: it may be suspended because its balance ran out"),
    20404:  (PERMANENT, "account",   "Twilio can’t find our account, service or number", "check .env"),
    20422:  (PERMANENT, "text",      "Twilio rejected the bot’s request", "please report this as a bug"),
    20423:  (PERMANENT, "account",   "Twilio says that a SID is malformed", "check the TWILIO settings"),
    20426:  (PERMANENT, "text",      "Twilio rejected the bot’s request", "please report this as a bug"),
    20429:  (TEMPORARY, "provider",  "Twilio is rate-limiting us", ""),
    # Twilio may have accepted the SMS anyway; `http` decides that by the HTTP status.
    20500:  (TEMPORARY, "provider",  "Twilio is having trouble (500)", ""),
    20503:  (TEMPORARY, "provider",  "Twilio is having trouble (503)", ""),
    # As 20500.
    20504:  (TEMPORARY, "provider",  "Twilio is having trouble (504)", ""),
    21211:  (PERMANENT, "number",    "Twilio says this number doesn’t exist", "check it and correct it"),
    21212:  (PERMANENT, "sender",    "Twilio rejected our own number", "check TWILIO_PHONE_NUMBER"),
    21217:  (PERMANENT, "number",    "Twilio says this number doesn’t exist", "check it and correct it"),
    21263:  (PERMANENT, "text",      "Twilio rejected the bot’s request", "please report this as a bug"),
    21264:  (PERMANENT, "sender",    "Our own number was never verified with Twilio", "verify it"),
    21265:  (PERMANENT, "number",    "The number is a short code", "enter a mobile number instead"),
    21266:  (PERMANENT, "number",    "That is our own number", "enter the person’s number instead"),
    21267:  (PERMANENT, "sender",    "A Twilio trial account can’t use a name as sender", "upgrade it"),
    21268:  (PERMANENT, "number",    "The number is a premium or information service", "correct it"),
    21408:  (PERMANENT, "account",   "Texts to that country are turned off in Twilio", "turn them on under Messaging, Geo permissions"),
    21421:  (PERMANENT, "number",    "Twilio says this number doesn’t exist", "check it and correct it"),
    21601:  (PERMANENT, "sender",    "Our number can’t send texts", "get one that can"),
    21602:  (PERMANENT, "text",      "Twilio says the text is empty", ""),
    21603:  (PERMANENT, "sender",    "Twilio doesn’t know our number", "check TWILIO_PHONE_NUMBER"),
    21604:  (PERMANENT, "text",      "Twilio rejected the bot’s request", "please report this as a bug"),
    21606:  (PERMANENT, "sender",    "Twilio doesn’t know our number", "check TWILIO_PHONE_NUMBER"),
    21607:  (PERMANENT, "sender",    "A Twilio trial account must send from its trial number", "upgrade it"),
    21608:  (PERMANENT, "account",   "Our Twilio account can text only verified numbers, because it’s a trial or its primary compliance profile (Trust Hub) isn’t approved", "upgrade it and get the profile approved"),
    21610:  (PERMANENT, "recipient", OPTED_OUT_WHY, "text START to the number that texts you"),
    21611:  (TEMPORARY, "provider",  "Our message queue at Twilio is full", ""),
    21612:  (PERMANENT, "sender",    "Twilio can’t reach that number from ours", "get a number that can"),
    21614:  (PERMANENT, "number",    "The number can’t receive texts", "enter a mobile number instead"),
    21616:  (PERMANENT, "sender",    "Our own number matches several at Twilio", "check TWILIO_PHONE_NUMBER"),
    21617:  (PERMANENT, "text",      "The text is too long for Twilio", f"shorten it with {SETTINGS}"),
    21618:  (PERMANENT, "text",      "Twilio doesn’t accept this text", f"change it with {SETTINGS}"),
    21619:  (PERMANENT, "text",      "Twilio says the text is empty", ""),
    21624:  (PERMANENT, "text",      "Twilio rejected the bot’s request", "please report this as a bug"),
    21635:  (PERMANENT, "number",    "The number is a landline", "enter a mobile number instead"),
    21657:  (PERMANENT, "sender",    "Twilio rejected our sender", "check TWILIO_PHONE_NUMBER"),
    21658:  (PERMANENT, "text",      "Twilio rejected the bot’s request", "please report this as a bug"),
    21659:  (PERMANENT, "sender",    "Our own number isn’t a Twilio number", "check TWILIO_PHONE_NUMBER"),
    21660:  (PERMANENT, "sender",    "Our own number belongs to another Twilio account", "check TWILIO_ACCOUNT_SID and TWILIO_PHONE_NUMBER"),
    21661:  (PERMANENT, "sender",    "Our number can’t send texts", "get one that can"),
    21662:  (PERMANENT, "sender",    "Our number isn’t in the Twilio region we use", "check TWILIO_REGION and TWILIO_EDGE"),
    21663:  (PERMANENT, "sender",    "Our number isn’t in the Twilio region we use", "check TWILIO_REGION and TWILIO_EDGE"),
    21668:  (PERMANENT, "sender",    "The Twilio region we use has no numbers like ours", "remove TWILIO_REGION and TWILIO_EDGE"),
    21701:  (PERMANENT, "sender",    "The messaging service doesn’t exist", "check TWILIO_MESSAGING_SERVICE_SID"),
    21702:  (PERMANENT, "sender",    "Our messaging service isn’t allowed to send", "check it in Twilio’s console"),
    21703:  (PERMANENT, "sender",    "No number of our messaging service can text that number", "add one that can"),
    21704:  (PERMANENT, "sender",    "Our messaging service has no numbers", "add one"),
    21705:  (PERMANENT, "sender",    "The messaging service doesn’t exist", "check TWILIO_MESSAGING_SERVICE_SID"),
    21709:  (PERMANENT, "sender",    "Our messaging service isn’t allowed to use that name as sender", "remove it"),
    21711:  (PERMANENT, "sender",    "Our number isn’t in the messaging service", "add it"),
    21715:  (PERMANENT, "sender",    "Our number can’t do what the messaging service needs", "get one that can"),
    21730:  (TEMPORARY, "provider",  "Twilio is under maintenance", ""),
    21910:  (PERMANENT, "text",      "Twilio rejected the bot’s request", "please report this as a bug"),
    30001:  (TEMPORARY, "provider",  "Our message queue at Twilio was full", ""),
    30002:  (PERMANENT, "account",   "Our Twilio account is suspended", "check its balance"),
    # It passes by itself; only the recipient could help, with their phone.
    30003:  (TEMPORARY, "recipient", "The phone is off or has no signal", ""),
    30004:  (PERMANENT, "recipient", "Their carrier or phone blocks our texts, or they replied STOP earlier", "unblock the number that texts you, or text START to it"),
    30005:  (PERMANENT, "number",    "The carrier doesn’t know this number", "check it and correct it"),
    30006:  (PERMANENT, "number",    "The number is a landline", "enter a mobile number instead"),
    30007:  (PERMANENT, "sender",    "The carrier filtered the message as spam", "check it in Twilio’s log"),
    30008:  (TEMPORARY, "provider",  "Their carrier gave no reason", ""),
    30010:  (PERMANENT, "account",   "The text costs more than our Twilio account allows", "ask Twilio"),
    30017:  (TEMPORARY, "provider",  "Their carrier’s network is congested", ""),
    30018:  (PERMANENT, "sender",    "That country requires registered senders", "register ours with Twilio"),
    30019:  (PERMANENT, "text",      "The text is too long for their carrier", f"shorten it with {SETTINGS}"),
    30022:  (TEMPORARY, "provider",  "We sent faster than our A2P 10DLC campaign allows", ""),
    # It lasts until midnight Pacific, so it's permanent here; a better registration helps.
    30023:  (PERMANENT, "sender",    "Our A2P 10DLC brand has reached its daily message cap, which resets at midnight Pacific", "wait, or register a brand with a higher cap"),
    30024:  (PERMANENT, "sender",    "Our own number isn’t set up with their carrier", "ask Twilio"),
    30027:  (PERMANENT, "sender",    "Our A2P 10DLC brand has reached T-Mobile’s daily limit, which resets at midnight Pacific", "wait, or register a brand with a higher limit"),
    30032:  (PERMANENT, "sender",    "Our toll-free number isn’t verified", "verify it with Twilio"),
    30033:  (PERMANENT, "sender",    "Our A2P 10DLC campaign is suspended", "check it in Twilio’s console"),
    30034:  (PERMANENT, "sender",    "Our US number isn’t registered for A2P 10DLC", "register it with Twilio"),
    30035:  (TEMPORARY, "sender",    "Our US number is still being added to its campaign", ""),
    30036:  (TEMPORARY, "provider",  "It waited too long in Twilio’s queue and was dropped", ""),
    30037:  (PERMANENT, "account",   "Sending is turned off for our Twilio account", "ask Twilio why"),
    30038:  (PERMANENT, "text",      "The text was filtered because it looks like a one-time code", f"change it with {SETTINGS}"),
    30039:  (TEMPORARY, "text",      "Twilio mistook it for two bots texting each other", ""),
    30040:  (PERMANENT, "sender",    "That country requires registered senders", "register ours with Twilio"),
    30041:  (PERMANENT, "sender",    "That country requires registered senders", "register ours with Twilio"),
    30042:  (PERMANENT, "sender",    "Our sender name is too generic, or isn’t ours", "choose another one"),
    30043:  (PERMANENT, "sender",    "Our sender can’t text abroad that way", "get one that can"),
    30044:  (PERMANENT, "account",   "The text is too long for a Twilio trial account", "upgrade it"),
    30046:  (UNCERTAIN, "provider",  "Their carrier didn’t confirm that it arrived", ""),
    # It lasts until the morning, so it's permanent here, but the owner can help.
    30047:  (PERMANENT, "account",   "Twilio’s Compliance Toolkit held it back for quiet hours", "switch them off, or ask Twilio for an exemption"),
    30125:  (PERMANENT, "sender",    "Our US number couldn’t be added to its A2P 10DLC campaign", "check it in Twilio’s console"),
    30126:  (PERMANENT, "sender",    "Our US number couldn’t be added to its A2P 10DLC campaign", "check it in Twilio’s console"),
    30410:  (UNCERTAIN, "provider",  "Their carrier didn’t answer Twilio in time", ""),
    30450:  (TEMPORARY, "provider",  "Twilio’s fraud guard blocks this number for 15 to 30 minutes", ""),
    30453:  (UNCERTAIN, "account",   "", ""),
    # It lasts for hours, as 63038.
    30454:  (PERMANENT, "account",   "Our Twilio account has used up its message allowance", "have it raised"),
    30485:  (UNCERTAIN, "account",   "", ""),
    30500:  (TEMPORARY, "provider",  "Twilio had trouble after accepting it", ""),
    63010:  (TEMPORARY, "provider",  "Twilio had trouble after accepting it", ""),
    63014:  (PERMANENT, "recipient", "They have blocked our sender", "unblock the sender that texts you, or text START to it"),
    63017:  (TEMPORARY, "provider",  "We sent Twilio too many messages at once", ""),
    63018:  (TEMPORARY, "provider",  "We sent Twilio too many messages at once", ""),
    63024:  (PERMANENT, "number",    "Twilio can’t reach that number", "check it and correct it"),
    63036:  (TEMPORARY, "recipient", "The phone is off or has no signal", ""),
    # It lasts for up to a day, so it's permanent here.
    63038:  (PERMANENT, "account",   "Our Twilio account has used up its daily message limit", "have it raised"),
    70051:  (PERMANENT, "account",   "Our Twilio API key doesn’t have permission to send", "give it that permission, or use another key"),
    572002: (PERMANENT, "sender",    "Our Twilio trial must text that number from another trial number", "upgrade it"),
    572005: (PERMANENT, "recipient", "They haven’t confirmed Twilio’s trial code yet", "tell whoever runs this bot the code that Twilio texted you"),
    572006: (PERMANENT, "account",   "A new Twilio trial account can send only Twilio’s templates", "upgrade it"),
}
