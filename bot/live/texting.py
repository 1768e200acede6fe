"""The live check's text, followed until it arrives, and the replies to it.

Checks share one text unless they need another: texts cost money, and can't be unsent.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from twilio.http.response import Response

from bot.live.context import Context
from bot.live.live_check import Skip

Json = dict[str, Any]

WORDS = "WhoseOnFirst’s “live check” – please keep it at hand"
OPTED_OUT = 21610
# The parameters with which the bot itself texts people on call.
ASKED_FOR = {"ValidityPeriod": "1800", "SmartEncoded": "true", "RiskCheck": "disable"}
FOLLOWED = 60  # seconds
A_MOMENT = 5  # seconds
FINAL = ("delivered", "read", "undelivered", "failed", "canceled")
OUT = "that phone has opted out of our texts: text START from it"
MAYBE_OUT = "a STOP from that phone, if one was sent: text START from it"
_TEXT, _NOBODY = "text", "no texts are expected"


@dataclass
class Followed:
    """What was seen of the one text. Seconds count from Twilio's response; None is over a minute.

    - `refused`: Twilio's code if it accepted no text at all.
    - `needs_less`: its code if it accepted the text only without `ASKED_FOR`.
    - `first`, `last`: the message as it was created, and as it was last seen.
    """

    refused: int | None = None
    needs_less: int | None = None
    first: Json = field(default_factory=dict)
    last: Json = field(default_factory=dict)
    listed: int | None = None
    priced: int | None = None
    ended: int | None = None
    # Whether a list filtered by DateSent contained it while it had no DateSent.
    filtered_had_it: bool | None = None
    # Whether it was listed above older texts to the phone while it had no DateSent.
    stood_first: bool | None = None


def body_of(answer: Response) -> Json:
    """Return the JSON of a response; empty if it isn't any."""
    try:
        found = json.loads(answer.text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def code_of(answer: Response) -> int:
    """Return Twilio's error code, otherwise the HTTP status."""
    code = body_of(answer).get("code")
    return code if isinstance(code, int) else int(answer.status_code)


def followed(context: Context) -> Followed:
    """Return what was seen of the one text, which is sent and followed on the first call.

    Raises Skip if Twilio accepts no text.
    """
    found: Followed | None = context.notes.get(_TEXT)
    if found is None:
        found = context.notes[_TEXT] = _sent(context)
        if found.refused is None:
            _follow(context, found)
    if found.refused is not None:
        raise Skip(f"Twilio refused the text with {found.refused}")
    return found


def refusal(context: Context) -> int | None:
    """Return the code with which Twilio refuses the one text; None if it accepts it."""
    try:
        followed(context)
    except Skip:
        refused: Followed = context.notes[_TEXT]
        return refused.refused
    return None


def _sent(context: Context) -> Followed:
    found = Followed()
    answer = context.text(WORDS, **ASKED_FOR)
    if answer.status_code != 201:
        found.needs_less = code_of(answer)
        answer = context.text(WORDS)
    if answer.status_code != 201:
        found.refused = code_of(answer)
    else:
        found.first = found.last = body_of(answer)
        context.hide(found.first["sid"])
    return found


def _follow(context: Context, found: Followed) -> None:
    sid, began = str(found.first["sid"]), context.now()
    for _ in range(FOLLOWED + 1):
        second = round(context.now() - began)  # Twilio's responses take time, too
        if found.filtered_had_it is None and found.last.get("date_sent") is None:
            _list_while_unsent(context, found, sid)
        if found.listed is None and sid in _sids(listed(context, To=context.phone)):
            found.listed = second
        found.last = _fetched(context, sid) or found.last
        if found.priced is None and found.last.get("price") is not None:
            found.priced = second
        if found.ended is None and found.last.get("status") in FINAL:
            found.ended = second
        if None not in (found.listed, found.priced, found.ended) or second >= FOLLOWED:
            return
        context.pause(1)


def _list_while_unsent(context: Context, found: Followed, sid: str) -> None:
    since = (datetime.now(UTC) - timedelta(days=30)).strftime("%Y-%m-%d")
    filtered = _sids(listed(context, To=context.phone, **{"DateSent>": since}))
    all_of_them = [str(one["sid"]) for one in listed(context, To=context.phone)]
    found.last = _fetched(context, sid) or found.last
    if found.last.get("date_sent") is None:  # it was still unsent when the lists were read
        found.filtered_had_it = sid in filtered
        if len(all_of_them) > 1 and sid in all_of_them:
            found.stood_first = all_of_them[0] == sid


def _fetched(context: Context, sid: str) -> Json:
    answer = context.twilio("GET", f"/Messages/{sid}.json")
    return body_of(answer) if answer.status_code == 200 else {}


def listed(context: Context, **wanted: str) -> list[Json]:
    """Return the newest messages that match a filter, as Twilio lists them."""
    answer = context.twilio("GET", "/Messages.json", {"PageSize": "50", **wanted})
    return list(body_of(answer).get("messages", []))


def _sids(messages: list[Json]) -> set[str]:
    return {str(one["sid"]) for one in messages}


# --- what somebody replies ----------------------------------------------------------------------


def replied(context: Context, word: str) -> Json:
    """Ask for a reply to the text, and return it as Twilio lists it. Raises Skip.

    If nobody replies, later checks don't ask again.
    """
    followed(context)
    if context.notes.get(_NOBODY):
        raise Skip("nobody replied to the previous text")
    came = waited_for(context, word)
    if came is None:
        context.notes[_NOBODY] = True
        raise Skip(f"no reply came within {context.options.patience:g} s")
    if not _is(came, word):
        raise Skip(f"the reply was not {word}")
    return came


def a_moment_later(context: Context, message: Json) -> Json:
    """Return a message as it is some seconds later: Twilio fills in some fields late."""
    context.pause(A_MOMENT)
    return _fetched(context, str(message["sid"])) or message


def waited_for(context: Context, word: str) -> Json | None:
    """Ask for a reply to the text; return it as Twilio lists it, None if none is listed."""
    context.may_go_on()
    before = _sids(_inbound(context))
    seconds = context.options.patience
    context.tell(f"→ At that phone, reply {word} to the text (within {seconds:g} s)", seconds)
    for _ in range(max(int(seconds), 1)):
        context.pause(1)
        for came in _inbound(context):
            if came["sid"] not in before:
                return came
    return None


def _inbound(context: Context) -> list[Json]:
    found = listed(context, From=context.phone)
    return [one for one in found if one.get("direction") == "inbound"]


def answers_to_keywords(context: Context) -> list[Json]:
    """Return Twilio's automatic answers to the phone, as far as they are listed."""
    found = listed(context, To=context.phone)
    return [one for one in found if one.get("direction") == "outbound-reply"]


def refused_as_opted_out(context: Context) -> tuple[bool, bool]:
    """Text the phone again; return whether that was refused at once, and whether it failed later.

    Both because the phone has opted out.
    """
    answer = context.text("WhoseOnFirst’s live check: this must not arrive after STOP")
    if answer.status_code != 201:
        return code_of(answer) == OPTED_OUT, False
    sid = str(body_of(answer)["sid"])
    context.hide(sid)
    for _ in range(15):
        seen = _fetched(context, sid)
        if seen.get("status") in FINAL:
            return False, seen.get("error_code") == OPTED_OUT
        context.pause(1)
    return False, False


@contextmanager
def opted_out(context: Context, word: str) -> Iterator[None]:
    """Ask for a word that opts the phone out, and for START at the end. Raises Skip.

    However this ends, even by Ctrl-C, an opt-out without START is reported as left behind. START is
    asked for even if Twilio doesn't know the word, because the bot may, once it reads it.
    """
    context.connected()  # not while the bot runs: it would answer
    followed(context)
    if context.notes.get(_NOBODY):
        raise Skip("nobody replied to the previous text")
    context.leaves(MAYBE_OUT, once=True)
    if (came := waited_for(context, word)) is None:
        context.notes[_NOBODY] = True
        raise Skip(f"no reply came within {context.options.patience:g} s")
    context.is_undone(MAYBE_OUT)
    context.leaves(OUT, once=True)
    try:
        if not _is(came, word):
            raise Skip(f"the reply was not {word}")
        yield
    finally:
        _opt_in(context)


def _opt_in(context: Context) -> None:
    for _ in range(2):  # in case of a typo
        with suppress(Skip):
            came = waited_for(context, "START")
            if came is None:
                context.notes[_NOBODY] = True
                return
            if _is(came, "START"):
                context.is_undone(OUT)
                return


def _is(came: Json, word: str) -> bool:
    """Return whether a reply is the requested word; True if its text can't be read."""
    body = str(came.get("body") or "").strip().upper()
    return not body or " " in word or body == word
