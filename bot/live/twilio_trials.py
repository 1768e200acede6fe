"""Trials of Twilio's REST API. Texts go to the phone given with --sms-to only."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from twilio.http.response import Response

from bot.live.context import Context
from bot.live.trial import Answer, Need, Skip, Trial, answered, no, yes

WORDS = "WhoseOnFirst live check"
MESSAGES = "https://www.twilio.com/docs/messaging/api/message-resource"
PRICED = 60  # seconds


def _body(answer: Response) -> dict[str, Any]:
    """Return the JSON of an answer; empty if it is none."""
    try:
        found = json.loads(answer.text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _texted(context: Context, words: str) -> str:
    """Text the phone given, and return the sid. Raises Skip."""
    answer = context.text(f"{WORDS}: {words}")
    if answer.status_code != 201:
        raise Skip(f"Twilio refused the text with {_body(answer).get('code')}")
    sid = str(_body(answer)["sid"])
    context.hide(sid)
    return sid


def _refusals_are_json(context: Context) -> Answer:
    answer = context.twilio("POST", "/Messages.json", {"Body": WORDS})
    code = _body(answer).get("code")
    compact = '"code":' in answer.text and '"code": ' not in answer.text
    form = "compact" if compact else "spaced"
    return answered(isinstance(code, int), f"{answer.status_code}, code {code}, {form}")


def _filtered_lists_have_unsent(context: Context) -> Answer:
    sid = _texted(context, "is this listed before it is sent?")
    since = (datetime.now(UTC) - timedelta(days=1)).strftime("%Y-%m-%d")
    fields = {"To": context.phone, "DateSent>": since, "PageSize": "50"}
    for _ in range(10):
        listed = _body(context.twilio("GET", "/Messages.json", fields)).get("messages", [])
        own = _body(context.twilio("GET", f"/Messages/{sid}.json"))
        found = next((one for one in listed if one["sid"] == sid), None)
        if found and found.get("date_sent") is None:
            return yes()
        if found is None and own.get("date_sent") is None:
            return no()
        if own.get("date_sent"):
            raise Skip("Twilio sent it before it could be listed")
    raise Skip("Twilio answered neither way")


def _priced_after(context: Context) -> Answer:
    sid = _texted(context, "what does this cost?")
    for seconds in range(0, PRICED, 5):
        if _body(context.twilio("GET", f"/Messages/{sid}.json")).get("price") is not None:
            return yes(f"after {seconds} s at most")
        context.pause(5)
    return no(f"not within {PRICED} s")


TWILIO: tuple[Trial, ...] = (
    Trial(
        key="refusals_are_json",
        provider="Twilio",
        question="Is a refusal JSON with a code?",
        believed=True,
        source="https://www.twilio.com/docs/usage/twilios-response#response-formats-exceptions",
        if_yes="Refusals are told in words, by their code.",
        if_no="Refusals are told by their HTTP status alone.",
        either_way="Reads the code where there is one, in either form, else the status.",
        run=_refusals_are_json,
    ),
    Trial(
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
    ),
    Trial(
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
        within=120,
    ),
)
