"""Checks that only query Twilio: nobody is texted."""

from concurrent.futures import ThreadPoolExecutor
from email.utils import parsedate_to_datetime
from itertools import pairwise

from bot.live.context import Context
from bot.live.live_check import Answer, LiveCheck, Need, Skip, answered, no, yes
from bot.live.texting import body_of, code_of, listed, refusal
from scheduling.channels import DeliveryError

MESSAGES = "https://www.twilio.com/docs/messaging/api/message-resource"
CODES = "https://www.twilio.com/docs/api/errors"
SUSPENDED = (20005, 20003, 20403, 10001)
CLOCKS_DIFFER = 60  # seconds
AT_ONCE, ASKED = 20, 400


def _refusals_are_json(context: Context) -> Answer:
    answer = context.twilio("POST", "/Messages.json", {"Body": "No number"})
    code = body_of(answer).get("code")
    compact = '"code":' in answer.text and '"code": ' not in answer.text
    form = "compact" if compact else "spaced"
    return answered(isinstance(code, int), f"{answer.status_code}, code {code}, {form}")


def _balance_can_be_read(context: Context) -> Answer:
    answer = context.twilio("GET", "/Balance.json")
    return answered(answer.status_code == 200, f"{answer.status_code}")


def _sender_can_be_read(context: Context) -> Answer:
    account = context.settings.sms
    if service := account.messaging_service_sid:
        answer = context.twilio("GET", f"/v1/Services/{service}", product="messaging")
    else:
        wanted = {"PhoneNumber": str(account.phone_number)}
        answer = context.twilio("GET", "/IncomingPhoneNumbers.json", wanted)
    return answered(answer.status_code == 200, f"{answer.status_code}")


def _bodies_are_readable(context: Context) -> Answer:
    found = listed(context)
    if not found:
        raise Skip("the account has no messages yet")
    empty = sum(not one.get("body") for one in found)
    return answered(empty < len(found), f"{empty} of {len(found)} are empty")


def _lists_are_newest_first(context: Context) -> Answer:
    created = [parsedate_to_datetime(one["date_created"]) for one in listed(context)]
    if len(created) < 3:
        raise Skip("the account has fewer than three messages")
    astray = sum(later > earlier for earlier, later in pairwise(created))
    return answered(astray == 0, f"{astray} of {len(created)} are older than the next one")


def _clocks_agree(context: Context) -> Answer:
    answer = context.twilio("GET", "/Messages.json", {"PageSize": "1"})
    headers = {name.lower(): value for name, value in (answer.headers or {}).items()}
    if "date" not in headers:
        raise Skip("Twilio’s answer has no Date")
    apart = round(context.now() - parsedate_to_datetime(headers["date"]).timestamp())
    return answered(abs(apart) < CLOCKS_DIFFER, f"{abs(apart)} s apart")


def _rate_limits_say_how_long(context: Context) -> Answer:
    def asked(_: int) -> DeliveryError | None:
        try:
            context.twilio("GET", "/Messages.json", {"PageSize": "1"})
        except DeliveryError as error:
            return error
        return None

    with ThreadPoolExecutor(AT_ONCE) as threads:
        refused = [error for error in threads.map(asked, range(ASKED)) if error]
    if not refused:
        raise Skip(f"Twilio answered {ASKED} calls without asking to wait")
    waits = [error.retry_after for error in refused if error.retry_after is not None]
    seen = f"{len(refused)} of {ASKED} refused with {refused[0].code}"
    return yes(f"{seen}, Retry-After {waits[0]}") if waits else no(seen)


def _suspended_answers(context: Context) -> Answer:
    refused = refusal(context)
    account = context.twilio("GET", ".json")
    may_ask = account.status_code == 200  # an API key may not
    status = str(body_of(account).get("status")) if may_ask else "unknown"
    other = refused not in SUSPENDED and not may_ask
    if refused is None or status == "active" or other:
        raise Skip("the account is not suspended: try this once it is")
    return answered(refused == 20005, f"account {code_of(account)} {status}, text {refused}")


ASKING_TWILIO: tuple[LiveCheck, ...] = (
    LiveCheck(
        key="refusals_are_json",
        provider="Twilio",
        question="Is a refusal JSON with a code?",
        believed=True,
        source="https://www.twilio.com/docs/usage/twilios-response#response-formats-exceptions",
        if_yes="Refusals are explained in words, by their code.",
        if_no="Errors are explained by their HTTP status alone.",
        either_way="Reads the code if there is one, in either form, otherwise the status.",
        run=_refusals_are_json,
    ),
    LiveCheck(
        key="balance_can_be_read",
        provider="Twilio",
        question="May this login read the account’s balance?",
        believed=True,
        source="https://www.twilio.com/docs/usage/api/balance: not for subaccounts",
        if_yes="The look at 16:00 warns before the money runs out.",
        if_no="There’s no warning before the balance runs out: turn on auto-recharge at Twilio.",
        either_way="Skips a balance that can’t be read, and gives no warning.",
        run=_balance_can_be_read,
    ),
    LiveCheck(
        key="sender_can_be_read",
        provider="Twilio",
        question="May this login look at our number, or messaging service?",
        believed=True,
        source="https://www.twilio.com/docs/iam/api-keys: a restricted key may lack it",
        if_yes="The look at 16:00 sees that the number is gone, or that replies are dropped.",
        if_no="A missing sender shows only when the first text fails.",
        either_way="A send-only key is enough; whatever it can’t read is skipped.",
        run=_sender_can_be_read,
    ),
    LiveCheck(
        key="bodies_are_readable",
        provider="Twilio",
        question="Do Twilio’s lists have the words of messages?",
        believed=True,
        source=f"{CODES}/23005: message redaction empties bodies, and masks numbers",
        if_yes="If Twilio’s answer to a send is lost, the text is found by its words.",
        if_no="Messages are redacted, so replies can’t be read: use the buttons in Slack.",
        either_way="Where bodies are empty, a text that may have gone out is never sent again "
        "blindly.",
        run=_bodies_are_readable,
    ),
    LiveCheck(
        key="lists_are_newest_first",
        provider="Twilio",
        question="Are messages listed by when they were created, the newest first?",
        believed=True,
        source=f"{MESSAGES}: sorted by DateSent",
        if_yes="The newest replies are on the first page.",
        if_no="Replies may be further down in the list.",
        either_way="Reads on past older ones, and compares date_created.",
        run=_lists_are_newest_first,
    ),
    LiveCheck(
        key="clocks_agree",
        provider="Twilio",
        question="Is this machine’s clock within a minute of Twilio’s?",
        believed=True,
        source="https://www.rfc-editor.org/rfc/rfc9110#field.date: each answer has a Date",
        if_yes="Times in Slack are those of the texts.",
        if_no="This machine’s clock is wrong: turn on NTP.",
        either_way="Looks for a text by Twilio’s clock, with a margin of five minutes.",
        run=_clocks_agree,
    ),
    LiveCheck(
        key="rate_limits_say_how_long",
        provider="Twilio",
        question="Does a 429 say how long to wait?",
        believed=True,
        source=f"{CODES}/20429: exponential backoff; no Retry-After is promised",
        if_yes="Waits as long as Twilio asks.",
        if_no="Waits about a minute, slightly different for each text.",
        either_way="Waits as long as asked, otherwise a minute with jitter.",
        run=_rate_limits_say_how_long,
        needs=(Need.COSTLY,),
        within=120,
    ),
    LiveCheck(
        key="suspended_answers",
        provider="Twilio",
        question="Does a suspended account refuse a text with 20005?",
        believed=True,
        source=f"{CODES}/20005, {CODES}/20003, {CODES}/20403 and {CODES}/10001: which one isn’t "
        "said",
        if_yes="The channel sees that the account isn’t active.",
        if_no="The channel sees another reason, which also mentions the balance.",
        either_way="For each of the four codes, says to check the account’s balance.",
        run=_suspended_answers,
        needs=(Need.PHONE,),
        within=180,
    ),
)
