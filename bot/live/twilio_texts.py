"""Checks that text: whether the one text arrives, and the replies to it."""

from bot.live.context import Context
from bot.live.live_check import Answer, LiveCheck, Need, Skip, answered, no, yes
from bot.live.texting import (
    ASKED_FOR,
    FOLLOWED,
    WORDS,
    a_moment_later,
    answers_to_keywords,
    body_of,
    followed,
    opted_out,
    refusal,
    refused_as_opted_out,
    replied,
    waited_for,
)
from scheduling.channels.twilio.lookup import letters
from scheduling.words.gsm import counted

MESSAGES = "https://www.twilio.com/docs/messaging/api/message-resource"
SERVICES = "https://www.twilio.com/docs/messaging/api/service-resource"
KEYWORDS = "https://help.twilio.com/articles/223134027"
SOON = 5  # seconds


def _free_texts_are_taken(context: Context) -> Answer:
    refused = refusal(context)
    return yes() if refused is None else no(f"refused with {refused}")


def _parameters_are_taken(context: Context) -> Answer:
    code = followed(context).needs_less
    return yes() if code is None else no(f"refused with {code}")


def _listed_after(context: Context) -> Answer:
    return _within(followed(context).listed, SOON)


def _priced_after(context: Context) -> Answer:
    return _within(followed(context).priced, FOLLOWED)


def _receipts_come(context: Context) -> Answer:
    found = followed(context)
    status = str(found.last.get("status"))
    return answered(found.ended is not None, f"{status} after {found.ended or FOLLOWED} s")


def _within(seconds: int | None, limit: int) -> Answer:
    if seconds is None:
        return no(f"not within {FOLLOWED} s")
    return answered(seconds <= limit, f"it took {seconds} s")


def _filtered_lists_have_unsent(context: Context) -> Answer:
    had_it = followed(context).filtered_had_it
    if had_it is None:
        raise Skip("Twilio sent it before it could be listed")
    return answered(had_it)


def _unsent_listed_first(context: Context) -> Answer:
    first = followed(context).stood_first
    if first is None:
        raise Skip("no older text to that phone was listed with it before it was sent")
    return answered(first)


def _words_come_back(context: Context) -> Answer:
    body = str(followed(context).last.get("body"))
    return answered(letters(body).endswith(letters(WORDS)))


def _words_are_added(context: Context) -> Answer:
    body = str(followed(context).last.get("body"))
    if not body:
        raise Skip("its words can’t be read")
    return answered(not letters(body).startswith(letters(WORDS)))


def _segments_agree(context: Context) -> Answer:
    theirs = int(followed(context).last.get("num_segments") or 0)
    ours = counted(str(followed(context).last.get("body"))).segments
    if not theirs:
        raise Skip("Twilio has not counted them")
    return answered(theirs == ours, f"{theirs} there, {ours} here")


def _sender_is_known_at_once(context: Context) -> Answer:
    return answered(followed(context).first.get("from") is not None)


# --- replies ------------------------------------------------------------------------------------


def _inbound_has_date_sent(context: Context) -> Answer:
    came = replied(context, "MENU")
    if came.get("date_sent") is None:  # it's set when the webhook was called, if there is one
        came = a_moment_later(context, came)
    return answered(came.get("date_sent") is not None, _webhook(context, str(came.get("to"))))


def _webhook(context: Context, number: str) -> str:
    """Return a note on whether a webhook gets the number's incoming texts, which may matter."""
    found = context.twilio("GET", "/IncomingPhoneNumbers.json", {"PhoneNumber": number})
    numbers = body_of(found).get("incoming_phone_numbers") or []
    if not numbers:
        return "whether it has a webhook isn’t known"
    is_set = numbers[0].get("sms_url") or numbers[0].get("sms_application_sid")
    return "the number has a webhook" if is_set else "the number has no webhook"


def _service_without_webhook_drops(context: Context) -> Answer:
    service = context.settings.sms.messaging_service_sid
    found = body_of(context.twilio("GET", f"/v1/Services/{service}", product="messaging"))
    if found.get("inbound_request_url") or found.get("use_inbound_webhook_on_number"):
        raise Skip("the service hands on what people write, as it should")
    followed(context)
    event = context.typed()
    if waited_for(context, "MENU"):
        return no("it is listed")
    if context.clicks(event, "Have you sent that reply?", "Yes", "No").actions[0].endswith("1"):
        raise Skip("nobody replied to the text")
    return yes("it is in no list")


def _keyword_answers_are_listed(context: Context) -> Answer:
    before = len(answers_to_keywords(context))
    replied(context, "HELP")
    for _ in range(10):
        if len(answers_to_keywords(context)) > before:
            return yes()
        context.pause(1)
    return no("HELP was listed, but no answer to it")


def _yes_is_always_answered(context: Context) -> Answer:
    context.connected()  # not while the bot runs: it would answer the YES
    replied(context, "YES")
    said = replied(context, "A if your YES was answered, or B if it was not,")
    word = str(said.get("body", "")).strip().upper()[:1]
    if word not in ("A", "B"):
        raise Skip("the reply was neither A nor B")
    return answered(word == "A")


def _marks_around_keywords_are_ignored(context: Context) -> Answer:
    with opted_out(context, "STOP!!"):
        at_once, later = refused_as_opted_out(context)
    return answered(at_once or later)


def _service_finds_opt_outs_later(context: Context) -> Answer:
    with opted_out(context, "STOP"):
        at_once, later = refused_as_opted_out(context)
    if at_once or later:
        return answered(later, "taken, and failed later" if later else "refused at once")
    raise Skip("the text arrived anyway")


TEXTS: tuple[LiveCheck, ...] = (
    LiveCheck(
        key="free_texts_are_taken",
        provider="Twilio",
        question="Does the account take texts in our own words?",
        believed=True,
        source="https://www.twilio.com/docs/usage/trials/try-out-sms: new trials take templates",
        if_yes="The account can send the morning’s text.",
        if_no="The account can’t send the morning’s text. `run_bot.py check` says what to do.",
        either_way="Says what’s missing, and uses Slack instead.",
        run=_free_texts_are_taken,
        needs=(Need.PHONE,),
        within=180,
    ),
    LiveCheck(
        key="parameters_are_taken",
        provider="Twilio",
        question=f"Does Twilio take {', '.join(ASKED_FOR)} with a text?",
        believed=True,
        source=f"{MESSAGES}#create-a-message-resource",
        if_yes="A text that can’t be delivered in time is dropped.",
        if_no="Please report this: texts are rejected because of it.",
        either_way="Sends them with each text.",
        run=_parameters_are_taken,
        needs=(Need.PHONE,),
        within=180,
    ),
    LiveCheck(
        key="listed_after",
        provider="Twilio",
        question=f"Is a new text in the list within {SOON} seconds?",
        believed=True,
        source="https://github.com/twilio/twilio-java/issues/442: minutes, for some",
        if_yes="If Twilio’s answer to a send is lost, the text is found at the first lookup.",
        if_no="If Twilio’s answer to a send is lost, the text may show up only at the last lookup.",
        either_way="Looks it up three times, last after five minutes, before it sends again.",
        run=_listed_after,
        needs=(Need.PHONE,),
        within=180,
    ),
    LiveCheck(
        key="filtered_lists_have_unsent",
        provider="Twilio",
        question="Does a list filtered by DateSent have texts that haven’t been sent yet?",
        believed=False,
        source=f"{MESSAGES}: date_sent is null until a message is sent",
        if_yes="A filter by date would do, too.",
        if_no="A filter by date would overlook texts in a full queue.",
        either_way="Lists by the phone alone, and compares date_created.",
        run=_filtered_lists_have_unsent,
        needs=(Need.PHONE,),
        within=180,
    ),
    LiveCheck(
        key="unsent_listed_first",
        provider="Twilio",
        question="Do texts that haven’t been sent yet come first in the list?",
        believed=True,
        source=f"{MESSAGES}: sorted by DateSent, which they don’t have",
        if_yes="If Twilio’s answer to a send is lost, the text is on the first page.",
        if_no="If Twilio’s answer to a send is lost, the text may be on the last page.",
        either_way="Reads all pages of the texts to that phone.",
        run=_unsent_listed_first,
        needs=(Need.PHONE,),
        within=180,
    ),
    LiveCheck(
        key="priced_after",
        provider="Twilio",
        question="Does a text have its price within a minute?",
        believed=True,
        source=f"{MESSAGES}: the price may not be immediately available",
        if_yes="/oncall costs knows a morning’s price within minutes.",
        if_no="/oncall costs knows a morning’s price the next day.",
        either_way="Asks once more, the next day, for each price that is missing.",
        run=_priced_after,
        needs=(Need.PHONE,),
        within=180,
    ),
    LiveCheck(
        key="receipts_come",
        provider="Twilio",
        question="Does the carrier of that phone say that a text arrived?",
        believed=True,
        source="https://help.twilio.com/articles/223134347: some carriers give no receipts",
        if_yes="A text that doesn’t arrive is noticed.",
        if_no="For this phone, “sent” is all we can know: turn on /oncall settings confirm.",
        either_way="Notices that for each phone after three mornings, and says so once.",
        run=_receipts_come,
        needs=(Need.PHONE,),
        within=180,
    ),
    LiveCheck(
        key="words_come_back",
        provider="Twilio",
        question="Does a listed text have the letters that were sent?",
        believed=True,
        source=f"{MESSAGES}: SmartEncoded replaces quotes and dashes",
        if_yes="If Twilio’s answer to a send is lost, the text is found by its letters.",
        if_no="If Twilio’s answer to a send is lost, the text looks like any other.",
        either_way="Compares letters and digits only, and never sends again what it can’t compare.",
        run=_words_come_back,
        needs=(Need.PHONE,),
        within=180,
    ),
    LiveCheck(
        key="words_are_added",
        provider="Twilio",
        question="Does Twilio add words before a text?",
        believed=False,
        source="https://www.twilio.com/docs/usage/trials: older trials do",
        if_yes="This is a trial account: upgrade it before you rely on it.",
        if_no="Texts arrive as written.",
        either_way="Finds its texts with or without these words.",
        run=_words_are_added,
        needs=(Need.PHONE,),
        within=180,
    ),
    LiveCheck(
        key="segments_agree",
        provider="Twilio",
        question="Does Twilio count a text’s segments as we do?",
        believed=True,
        source="https://www.twilio.com/docs/glossary/what-sms-character-limit",
        if_yes="/oncall settings shows what a text costs.",
        if_no="Texts cost more or less than /oncall settings shows: please report this.",
        either_way="Uses Twilio’s own count for costs once there is one.",
        run=_segments_agree,
        needs=(Need.PHONE,),
        within=180,
    ),
    LiveCheck(
        key="sender_is_known_at_once",
        provider="Twilio",
        question="Does a messaging service name the number when it takes a text?",
        believed=False,
        source=f"{MESSAGES}: from is null while a message is accepted",
        if_yes="A lost text can be found by its sender, too.",
        if_no="A lost text can’t be found by its sender.",
        either_way="Looks for it by the phone it went to.",
        run=_sender_is_known_at_once,
        needs=(Need.SERVICE, Need.PHONE),
        within=180,
    ),
    LiveCheck(
        key="inbound_has_date_sent",
        provider="Twilio",
        question="Does a reply have a DateSent?",
        believed=True,
        source=f"{MESSAGES}: of an inbound message, when Twilio called the webhook",
        if_yes="Replies are listed in the order in which they came.",
        if_no="Without a webhook replies have no DateSent, and come last in lists.",
        either_way="Sorts replies by date_created, and reads past those without a date.",
        run=_inbound_has_date_sent,
        needs=(Need.TEXTER,),
        within=180,
    ),
    LiveCheck(
        key="service_without_webhook_drops",
        provider="Twilio",
        question="Is a reply lost if the messaging service doesn’t pass it on?",
        believed=True,
        source=f"{SERVICES}: inbound_request_url",
        if_yes="Set the service’s Integration to “Defer to sender’s webhook”: OK is lost.",
        if_no="Replies are read anyway.",
        either_way="`check` says how to set it. Until then, nobody is asked to reply OK.",
        run=_service_without_webhook_drops,
        needs=(Need.SERVICE, Need.TEXTER, Need.PERSON),
        within=180,
    ),
    LiveCheck(
        key="keyword_answers_are_listed",
        provider="Twilio",
        question="Does the list have Twilio’s own answers, such as to HELP?",
        believed=False,
        source=f"{KEYWORDS}: what it answers; whether that is listed isn’t said",
        if_yes="They are listed beside ours, as outbound-reply.",
        if_no="They aren’t in any list.",
        either_way="Never mistakes one for its own text.",
        run=_keyword_answers_are_listed,
        needs=(Need.TEXTER,),
        within=180,
    ),
    LiveCheck(
        key="yes_is_always_answered",
        provider="Twilio",
        question="Does Twilio answer a YES from somebody who hasn’t opted out?",
        believed=False,
        source=f"{KEYWORDS}: YES is among the words that opt in",
        if_yes="Anyone who confirms with YES also gets an answer from Twilio.",
        if_no="Only the bot answers a YES.",
        either_way="Treats YES as OK, and answers it.",
        run=_yes_is_always_answered,
        needs=(Need.TEXTER,),
        within=180,
    ),
    LiveCheck(
        key="marks_around_keywords_are_ignored",
        provider="Twilio",
        question="Does Twilio treat “STOP!!” as STOP?",
        believed=False,
        source=f"{KEYWORDS}: single words; marks aren’t mentioned",
        if_yes="Twilio blocks our texts, and says so itself.",
        if_no="Only the bot notices: it stops texting that phone.",
        either_way="Stops texting that phone, and confirms that once in case Twilio doesn’t.",
        run=_marks_around_keywords_are_ignored,
        needs=(Need.TEXTER,),
        within=240,
        texts=1,
    ),
    LiveCheck(
        key="service_finds_opt_outs_later",
        provider="Twilio",
        question="Does a messaging service accept a text to somebody who replied STOP?",
        believed=True,
        source="https://www.twilio.com/docs/api/errors/21610; a service checks after it accepted",
        if_yes="The bot learns seconds after sending that the phone gets no texts.",
        if_no="Twilio refuses such a text at once.",
        either_way="Either one marks the phone as opted out, and Slack takes over.",
        run=_service_finds_opt_outs_later,
        needs=(Need.SERVICE, Need.TEXTER),
        within=240,
        texts=1,
    ),
)
