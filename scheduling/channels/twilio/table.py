"""Twilio's error codes as a table: whether another try helps, who must act, and in what words.

The codes and their meanings: https://www.twilio.com/docs/api/errors. What each column means is told
by `twilio_codes.Reason`. 'temporary' means that another try within the hour may help, so what lasts
until midnight is 'permanent' here, and a limit that time lifts is the provider's.
"""

from typing import Literal

from scheduling.channels import OPTED_OUT_WHY
from scheduling.words.lines import typed

# Who must act: whoever corrects the recipient's number; the recipient, with their phone or carrier;
# the owner of our sender, or of our account, at Twilio; whoever words the text, or makes the call;
# nobody but Twilio, the carriers and time.
Fault = Literal["number", "recipient", "sender", "account", "text", "provider"]
OWNERS: tuple[Fault, ...] = ("sender", "account")

SETTINGS = typed("settings")

# fmt: off
# Code, class, who must act, what happened, and what to do.
TABLE: dict[int, tuple[str, Fault, str, str]] = {
    10001:  ("permanent", "account",   "Our Twilio account is suspended or closed", "check whether there is money on it"),
    10002:  ("permanent", "account",   "A Twilio trial account may not do this", "upgrade it"),
    20001:  ("permanent", "text",      "Twilio does not accept the call as the bot makes it", "please report this as a bug"),
    20003:  ("permanent", "account",   "Twilio refuses our credentials", "check TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN (or the API key) and TWILIO_REGION, and whether the account is suspended for lack of money"),
    20004:  ("permanent", "text",      "Twilio does not accept the call as the bot makes it", "please report this as a bug"),
    20005:  ("permanent", "account",   "Our Twilio account is not active", "check whether there is money on it"),
    20006:  ("permanent", "account",   "Our Twilio credentials may not send texts", "use ones that may"),
    20008:  ("permanent", "account",   "These are Twilio’s test credentials", "set the live ones"),
    # Of a deletion, which we never ask for.
    20009:  ("temporary", "text",      "Twilio deletes no message that is still on its way", ""),
    20010:  ("permanent", "account",   "Twilio has switched off sending for our account", "ask Twilio why"),
    20403:  ("permanent", "account",   "Twilio forbids this to our account", "look at it in Twilio’s console: it may be suspended for lack of money"),
    20404:  ("permanent", "account",   "Twilio finds no such account, service or number", "check `.env`"),
    20422:  ("permanent", "text",      "Twilio does not accept the call as the bot makes it", "please report this as a bug"),
    20423:  ("permanent", "account",   "Twilio says that a SID is malformed", "check the TWILIO settings"),
    20426:  ("permanent", "text",      "Twilio does not accept the call as the bot makes it", "please report this as a bug"),
    20429:  ("temporary", "provider",  "Twilio has too many requests from us", ""),
    # A create that is refused so may have been taken: that is decided by its HTTP status, in `sms`.
    20500:  ("temporary", "provider",  "Twilio is having trouble (500)", ""),
    20503:  ("temporary", "provider",  "Twilio is having trouble (503)", ""),
    # Of a create, as 20500.
    20504:  ("temporary", "provider",  "Twilio is having trouble (504)", ""),
    21211:  ("permanent", "number",    "Twilio says that the number does not exist", "check it and correct it"),
    21212:  ("permanent", "sender",    "Twilio refuses our own number", "check TWILIO_PHONE_NUMBER"),
    21217:  ("permanent", "number",    "Twilio says that the number does not exist", "check it and correct it"),
    21263:  ("permanent", "text",      "Twilio does not accept the call as the bot makes it", "please report this as a bug"),
    21264:  ("permanent", "sender",    "Our own number was never verified with Twilio", "verify it"),
    21265:  ("permanent", "number",    "The number is a short code", "give a mobile number instead"),
    21266:  ("permanent", "number",    "That is our own number", "give the person’s number instead"),
    21267:  ("permanent", "sender",    "A Twilio trial account can't use a name as sender", "upgrade it"),
    21268:  ("permanent", "number",    "The number is a premium or information service", "correct it"),
    21408:  ("permanent", "account",   "SMS to that country are switched off in Twilio", "switch them on under Messaging, Geo permissions"),
    21421:  ("permanent", "number",    "Twilio says that the number does not exist", "check it and correct it"),
    21601:  ("permanent", "sender",    "Our own number cannot send SMS", "get one that can"),
    21602:  ("permanent", "text",      "Twilio found no text in it", ""),
    21603:  ("permanent", "sender",    "Twilio does not know our own number", "check TWILIO_PHONE_NUMBER"),
    21604:  ("permanent", "text",      "Twilio does not accept the call as the bot makes it", "please report this as a bug"),
    21606:  ("permanent", "sender",    "Twilio does not know our own number", "check TWILIO_PHONE_NUMBER"),
    21607:  ("permanent", "sender",    "A Twilio trial account must send from its trial number", "upgrade it"),
    21608:  ("permanent", "account",   "Our Twilio account is a trial, or its primary compliance profile (Trust Hub) is not approved, so it reaches verified numbers only", "upgrade it, and have the profile approved"),
    21610:  ("permanent", "recipient", OPTED_OUT_WHY, "text START to the number that texts you"),
    21611:  ("temporary", "provider",  "Twilio’s queue of our messages is full", ""),
    21612:  ("permanent", "sender",    "Twilio can't reach that number from ours", "get a number that reaches it"),
    21614:  ("permanent", "number",    "The number cannot receive SMS", "give a mobile number instead"),
    21616:  ("permanent", "sender",    "Our own number matches several at Twilio", "check TWILIO_PHONE_NUMBER"),
    21617:  ("permanent", "text",      "The text is longer than Twilio takes", f"shorten it with {SETTINGS}"),
    21618:  ("permanent", "text",      "Twilio does not accept this text", f"change it with {SETTINGS}"),
    21619:  ("permanent", "text",      "Twilio found no text in it", ""),
    21624:  ("permanent", "text",      "Twilio does not accept the call as the bot makes it", "please report this as a bug"),
    21635:  ("permanent", "number",    "The number is a landline", "give a mobile number instead"),
    21657:  ("permanent", "sender",    "Twilio refuses our sender", "check TWILIO_PHONE_NUMBER"),
    21658:  ("permanent", "text",      "Twilio does not accept the call as the bot makes it", "please report this as a bug"),
    21659:  ("permanent", "sender",    "Our own number is not a Twilio number", "check TWILIO_PHONE_NUMBER"),
    21660:  ("permanent", "sender",    "Our own number belongs to another Twilio account", "check TWILIO_ACCOUNT_SID and TWILIO_PHONE_NUMBER"),
    21661:  ("permanent", "sender",    "Our own number cannot send SMS", "get one that can"),
    21662:  ("permanent", "sender",    "Our number isn’t in the Twilio region we use", "check TWILIO_REGION and TWILIO_EDGE"),
    21663:  ("permanent", "sender",    "Our number isn’t in the Twilio region we use", "check TWILIO_REGION and TWILIO_EDGE"),
    21668:  ("permanent", "sender",    "The Twilio region we use has no numbers like ours", "leave out TWILIO_REGION and TWILIO_EDGE"),
    21701:  ("permanent", "sender",    "The messaging service does not exist", "check TWILIO_MESSAGING_SERVICE_SID"),
    21702:  ("permanent", "sender",    "Our messaging service may not send", "look at it in Twilio’s console"),
    21703:  ("permanent", "sender",    "No number of our messaging service can text that number", "add one that can"),
    21704:  ("permanent", "sender",    "Our messaging service has no numbers", "add one"),
    21705:  ("permanent", "sender",    "The messaging service does not exist", "check TWILIO_MESSAGING_SERVICE_SID"),
    21709:  ("permanent", "sender",    "Our messaging service may not use that name as sender", "take it out"),
    21711:  ("permanent", "sender",    "Our number is not in the messaging service", "add it"),
    21715:  ("permanent", "sender",    "Our number lacks what the messaging service needs", "get one that has it"),
    21730:  ("temporary", "provider",  "Twilio is under maintenance", ""),
    21910:  ("permanent", "text",      "Twilio does not accept the call as the bot makes it", "please report this as a bug"),
    30001:  ("temporary", "provider",  "Twilio’s queue of our messages was full", ""),
    30002:  ("permanent", "account",   "Our Twilio account is suspended", "check whether there is money on it"),
    # Nobody must act: it passes. Only the recipient could help, with their phone.
    30003:  ("temporary", "recipient", "The phone is switched off, or has no signal", ""),
    30004:  ("permanent", "recipient", "Their carrier or phone blocks our messages, or STOP was sent earlier: texting START undoes that", "unblock the number that texts you, or text START to it"),
    30005:  ("permanent", "number",    "The number is unknown to its carrier", "check it and correct it"),
    30006:  ("permanent", "number",    "The number is a landline", "give a mobile number instead"),
    30007:  ("permanent", "sender",    "The carrier filtered the message as spam", "look at it in Twilio’s log"),
    30008:  ("temporary", "provider",  "Their carrier did not say why", ""),
    30010:  ("permanent", "account",   "The text costs more than our Twilio account allows", "ask Twilio"),
    30017:  ("temporary", "provider",  "Their carrier’s network is congested", ""),
    30018:  ("permanent", "sender",    "That country requires registered senders", "register ours with Twilio"),
    30019:  ("permanent", "text",      "The text is too long for their carrier", f"shorten it with {SETTINGS}"),
    30022:  ("temporary", "provider",  "We sent faster than our A2P 10DLC campaign allows", ""),
    # Over at midnight Pacific, and so permanent within the hour; a better registration helps.
    30023:  ("permanent", "sender",    "Our A2P 10DLC brand has reached its daily message cap, until midnight Pacific", "wait, or register a brand with a higher cap"),
    30024:  ("permanent", "sender",    "Our own number is not set up with their carrier", "ask Twilio"),
    30027:  ("permanent", "sender",    "Our A2P 10DLC brand has reached T-Mobile’s daily limit, until midnight Pacific", "wait, or register a brand with a higher limit"),
    30032:  ("permanent", "sender",    "Our toll-free number is not verified", "verify it with Twilio"),
    30033:  ("permanent", "sender",    "Our A2P 10DLC campaign is suspended", "look at it in Twilio’s console"),
    30034:  ("permanent", "sender",    "Our US number is not registered for A2P 10DLC", "register it with Twilio"),
    30035:  ("temporary", "sender",    "Our US number is still being added to its campaign", ""),
    30036:  ("temporary", "provider",  "It waited too long in Twilio’s queue and was dropped", ""),
    30037:  ("permanent", "account",   "Sending is switched off for our Twilio account", "ask Twilio why"),
    30038:  ("permanent", "text",      "The text was filtered, since it looks like a one-time code", f"change it with {SETTINGS}"),
    30039:  ("temporary", "text",      "Twilio took it for a loop between two machines", ""),
    30040:  ("permanent", "sender",    "That country requires registered senders", "register ours with Twilio"),
    30041:  ("permanent", "sender",    "That country requires registered senders", "register ours with Twilio"),
    30042:  ("permanent", "sender",    "The name that we send under is too general, or is not ours", "choose another one"),
    30043:  ("permanent", "sender",    "Our sender can't text abroad that way", "get one that can"),
    30044:  ("permanent", "account",   "The text is too long for a Twilio trial account", "upgrade it"),
    30046:  ("uncertain", "provider",  "Their carrier did not confirm that it arrived", ""),
    # Not sent, and not to be sent before morning: permanent within the hour, but the owner can help.
    30047:  ("permanent", "account",   "Twilio’s Compliance Toolkit held it back for quiet hours", "switch them off, or ask Twilio for an exemption"),
    30125:  ("permanent", "sender",    "Our US number could not be added to its A2P 10DLC campaign", "look at it in Twilio’s console"),
    30126:  ("permanent", "sender",    "Our US number could not be added to its A2P 10DLC campaign", "look at it in Twilio’s console"),
    30410:  ("uncertain", "provider",  "Their carrier did not answer Twilio in time", ""),
    30450:  ("temporary", "provider",  "Twilio’s fraud guard blocks this number for 15 to 30 minutes", ""),
    30453:  ("uncertain", "account",   "", ""),
    # Permanent within the hour, as 63038.
    30454:  ("permanent", "account",   "Our Twilio account has used up its message allowance", "have it raised"),
    30485:  ("uncertain", "account",   "", ""),
    30500:  ("temporary", "provider",  "Twilio had trouble after accepting it", ""),
    63010:  ("temporary", "provider",  "Twilio had trouble after accepting it", ""),
    63014:  ("permanent", "recipient", "They have blocked our sender", "unblock the sender that texts you, or text START to it"),
    63017:  ("temporary", "provider",  "Twilio has too many messages from us at once", ""),
    63018:  ("temporary", "provider",  "Twilio has too many messages from us at once", ""),
    63024:  ("permanent", "number",    "Twilio can't reach that number", "check it and correct it"),
    63036:  ("temporary", "recipient", "The phone is switched off, or has no signal", ""),
    # A rolling day: permanent within the hour.
    63038:  ("permanent", "account",   "Our Twilio account has used up its daily message limit", "have it raised"),
    70051:  ("permanent", "account",   "Our Twilio API key lacks the permission to send", "give it that, or use another one"),
    572002: ("permanent", "sender",    "Our Twilio trial must text that number from another trial number", "upgrade it"),
    572005: ("permanent", "recipient", "They have not confirmed Twilio’s trial code yet", "tell whoever runs me the code that Twilio texted you"),
    572006: ("permanent", "account",   "A new Twilio trial account can't send texts of its own", "upgrade it"),
}
