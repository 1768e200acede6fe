"""What a reply by SMS means. Pure.

A yes consists of words of agreement, with nothing else but politeness and a signature. Any other
reply doesn't confirm: a negation, a "but" or a question is never a yes, and the channel shows it.
"""

import re
import unicodedata
from collections.abc import Iterable

# Twilio's own keywords for opting out and in, and those that it answers with its help text:
# https://help.twilio.com/articles/223134027
STOPS = frozenset({"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "OPTOUT", "REVOKE"})
STARTS = frozenset({"START", "UNSTOP"})
HELPS = frozenset({"HELP", "INFO"})
_MEANINGS = {
    **dict.fromkeys((*HELPS, "MENU", "COMMANDS", "?"), "help"),
    **dict.fromkeys(("WHO", "WHO IS ON CALL", "WHO S ON CALL", "ONCALL", "ON CALL"), "who"),
    **dict.fromkeys(("NEXT", "WHEN", "NEXT SHIFT", "MY NEXT SHIFT"), "next"),
}

# More ways to say STOP: politely, in more words, with punctuation, in French. Everyday words such
# as END or CANCEL count only by themselves.
_STOPS_AT_LENGTH = re.compile(
    r"""(?:(?:please|pls|plz|kindly)\ )?
        (?: stop(?:\ stop)* | stopall | unsubscribe(?:\ me)? | opt\ out | optout
          | arr[êe]te?[rz]?
          | stop\ (?:all\ |the\ |these\ |your\ )*(?:texts?|sms|messages?|messaging|texting)
          | stop\ (?:texting|messaging)\ me | stop\ sending\ (?:me\ )?(?:texts?|sms|messages?)
        )
        (?:\ (?:please|pls|plz|svp|now|thanks|thank\ you|thx))?""",
    re.VERBOSE,
)

# What strangers write when we have their number as somebody else's.
_WRONG_NUMBER = re.compile(
    r"""\b(?: (?:wrong|incorrect)\ (?:number|num|phone|cell|person|guy|\#)
          | wrong\# | (?:not|isnt)\ (?:my|their|his|her|the\ right|the\ correct)\ (?:number|phone)
          | not\ (?:the\ )?(?:right|correct)\ (?:number|person)
          | not\ (?:the\ )?(?:person|one)\ (?:you|youre|ur)
          | (?:dont|do\ not)\ know\ (?:who\ this\ is|this\ person|them|anyone\ by)
          | no\ one\ (?:by|with|named|called) | nobody\ (?:by|with|named|called)
        )(?!\w)""",
    re.VERBOSE,
)

# What a phone sends when somebody reacts to a message with an emoji instead of writing.
_REACTED = re.compile(
    r"""(?: (?P<word>liked|loved|emphasi[sz]ed|laughed\ at|disliked|questioned) :?
          | (?:reacted\ (?:with\ )?)? (?P<sign>[^\w\s]+) \ to )
        \s* " .* " """,
    re.IGNORECASE | re.VERBOSE | re.DOTALL,
)
_REACTED_YES = frozenset({"liked", "loved", "emphasized", "emphasised"})
_YES_SIGNS = frozenset("👍👌✅✔☑🆗💯💪🙌🫡🤙")
_YES_REACTIONS = _YES_SIGNS | frozenset("❤♥🧡💛💚💙💜🖤🤍🤎!")
_BESIDE_SIGNS = frozenset("🙏🙂😀😃😄😁😊😉✌❤♥🎉🚀☕🌞☀–—…·•")
# Skin tones, the emoji variation selector, and invisible characters.
_DRESSING = re.compile("[\ufe0e\ufe0f\u200d\U0001f3fb-\U0001f3ff]")
_INVISIBLE = re.compile("[\u00ad\u200b\u200c\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")
_TYPED = str.maketrans(
    {**dict.fromkeys("‘’‚‛′`´", "'"), **dict.fromkeys("“”„‟″«»", '"'), "\u037e": "?"}
)

# A mail program's quotation of our text, and the footers of phones and mail programs.
_QUOTED_LINE = re.compile(r"^[ \t]*>.*$", re.MULTILINE)
_QUOTES_FROM = re.compile(
    r"^[ \t]*(?:on\b[^\n]*\n?[^\n]*\bwrote:|-{2,} ?original message[^\n]*|_{5,})[ \t]*$",
    re.IGNORECASE | re.MULTILINE,
)
_ADDED = re.compile(
    r"(?:^|(?<=[.!\s]))(?:sent (?:from|via|with|using)|get outlook for|gesendet von|enviado desde"
    r"|envoyé de)\b.*",
    re.IGNORECASE | re.DOTALL,
)
# The "--" line of mail, and initials after a dash or a slash: "OK -AM".
_SIGNED = re.compile(r"^[ \t]*(?:--|—)[ \t]*$.*", re.MULTILINE | re.DOTALL)
_INITIALS = re.compile(r"\s+[-–—~/^]\s*[A-Z](?:\.?[A-Z]){0,2}\.?\s*$")

# A reply with one of these anywhere in it isn't a yes, whatever else it says.
_TAKEN_BACK = re.compile(
    r"""[?¿]|[:;]-?[(/\\|]|n't\b|\b(?:
        no|not|nope|nah|nay|never|none|nobody|no-?one|nothing|neither|nor|without|unable|
        cannot|cant|wont|dont|doesnt|didnt|isnt|arent|aint|couldnt|wouldnt|shouldnt|havent|hasnt|
        but|however|though|although|tho|except|unless|if|until|till|instead|only|later|wait|
        maybe|perhaps|hopefully|almost|nearly|else|someone|somebody|anyone|anybody|
        sorry|ill|sick|unwell|hurt|hospital|vacation|away|busy|late|leaving|leave|stuck|wrong|
        who|whom|whose|what|when|where|why|how|which
        )\b""",
    re.IGNORECASE | re.VERBOSE,
)
# "Am I on call" is a question even without a question mark.
_ASKED = re.compile(
    r"^(?:is|are|does|do|did|can|could|would|should|shall|was|were|may|might|must)\b"
    r"|\b(?:am|are|have|has|had|do|did|can|could|will|would|should|shall|may|must|was) "
    r"(?:i|you|we|they|he|she)\b|\b(?:is|was|can|could|will|would|should|does) (?:it|this|that)\b"
)
# Words of agreement, each enough by itself; letters may be repeated ("yesss").
_AGREES = re.compile(
    r"""(?<![\w'])(?:
        o+k+(?:a+y+|e+y+|i+e?)?|o\.\ ?k\.?|k+|y|ya|ye+s+|ye+a+h*|yep+|yup+|aye|
        ack|acked|acknowledged?|confirm|confirmed|confirming|
        thumbs[\ -]?up|roger(?:\ that)?|copy(?:\ that)?|affirmative|understood|will\ do|wilco|
        sure(?:\ thing)?|noted|all\ good|al(?:l\ )?right|accept(?:ed)?|you\ bet|
        absolutely|definitely|certainly|of\ course|gotcha|
        (?:got|i\ have|i've|i\ take|taking|handling|covering|i(?:'ll|\ will)\ (?:take|do|handle))
            \ (?:it|this|that)|
        got\ (?:the|your)\ (?:message|text|sms|page)|(?:(?:message|text|sms|page)\ )?received|
        on\ it|on\ my\ way|omw|i(?:'m|m|\ am)\ (?:on(?:[\ -]?call)?|up|ready|awake|here|available)|
        \+1|10-4
        )(?![\w'])""",
    re.VERBOSE,
)
_POLITE = re.compile(
    r"\bthank(?:s| you)(?: for (?:the|your) (?:heads[ -]?up|text|message|reminder|info))?\b"
    r"|\bon[ -]?call\b|\bsounds good\b|\b(?:best|kind) regards\b|\bregards\b|[:;]-?[)dp](?!\w)"
    r"|\b(?:all (?:the|my) )?best\b(?=\W*$)"
)
# What a yes may contain besides. Anything else could reverse it, so it isn't a yes.
_BESIDE = re.compile(
    r"""i|i'm|im|i've|ive|i'll|am|have|will|be|we|we've|it|it's|its|this|that|the|an?|my|mine|is|so|
    and|all|just|now|here|there|today|tonight|already|still|right|away|straight|too|shift|
    covered|ready|awake|available|good|great|perfect|cool|nice|fine|super|alright|well|
    thanks|thank|thx|ty|thanx|cheers|please|much|lot|very|many|
    morning|afternoon|evening|day|hi|hello|hey|team|everyone|everybody|folks|guys|boss|sir|ma'am|
    madam|bot|dokey|doke|dokie""",
    re.VERBOSE,
)
_WORD = re.compile(r"[\w'+-]*\w")
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f\w]")


def meaning(text: str, *, opted_out: bool, names: Iterable[str] = ()) -> str:
    """Return what a reply means, one of `Meaning`.

    YES from somebody who has opted out is a START. `names` are the phone's owners, who may sign.
    """
    plain = re.sub(r"[\s.!,;:'’\"]+", " ", text).strip().upper().rstrip("?") or "?"
    # Twilio opts people out on the word alone, and we have to agree with Twilio.
    if plain in STOPS:
        return "stop"
    if plain in STARTS or (opted_out and plain == "YES"):
        return "start"
    if plain in _MEANINGS:
        return _MEANINGS[plain]
    return "ok" if confirms(text, names) else "other"


def asks_to_stop(text: str) -> bool:
    """Return whether a reply other than a keyword opts out: "please stop", "STOP 🙁"."""
    written = _ADDED.sub("", _unquoted(_INVISIBLE.sub("", text.translate(_TYPED))))
    words = " ".join(re.findall(r"[^\W_]+", written.lower()))
    return "?" not in written and _STOPS_AT_LENGTH.fullmatch(words) is not None


def is_stop(text: str) -> bool:
    """Return whether a reply is just STOP or one of its synonyms."""
    return meaning(text, opted_out=False) == "stop"


def says_wrong_number(text: str, names: Iterable[str]) -> bool:
    """Return whether a reply says that the number doesn't belong to anybody in `names`."""
    written = _unquoted(_INVISIBLE.sub("", text.translate(_TYPED))).lower()
    plain = " ".join(re.findall(r"[\w#]+", written.replace("'", "")))
    if _WRONG_NUMBER.search(plain):
        return True
    known = {part.lower() for name in names for part in re.findall(r"\w+", name)}
    if not known:
        return False
    theirs = "|".join(map(re.escape, sorted(known)))
    not_them = rf"\b(?:not|isnt|aint|named|called|(?:dont|do not) know(?: an?y?)?) (?:{theirs})\b"
    return re.search(not_them, plain) is not None


def is_keyword(text: str, *, opted_out: bool) -> bool:
    """Return whether Twilio itself answers a text: STOP, START or HELP and nothing else.

    To Twilio, too, YES from somebody who has opted out is a START.
    """
    word = text.strip().upper()
    return word in STOPS | STARTS | HELPS or (opted_out and word == "YES")


def safely(text: str) -> int:
    """Return a sort key for replies of the same second, whose true order is unknown."""
    word = text.strip().upper()
    if word in STARTS or word == "YES":
        return 2
    if word in STOPS:
        return 1
    stops = meaning(text, opted_out=False) == "stop" or asks_to_stop(text)
    return 3 if stops else 0


def confirms(text: str, names: Iterable[str] = ()) -> bool:
    """Return whether a reply is a clear yes. It may be signed with one of the owners' `names`."""
    plain = unicodedata.normalize("NFKC", _INVISIBLE.sub("", text.translate(_TYPED)))
    plain = _DRESSING.sub("", plain).translate(_TYPED).strip()
    if reaction := _REACTED.fullmatch(plain):
        word, sign = (reaction["word"] or "").lower(), reaction["sign"] or ""
        return word in _REACTED_YES or (bool(sign) and _YES_REACTIONS.issuperset(sign))
    written = _unquoted(plain)
    if _TAKEN_BACK.search(written):
        return False
    body = " ".join(_unsigned(written, names).lower().split())
    if _ASKED.search(body):
        return False
    signs = set(_BEYOND_ASCII.findall(body))
    if not signs <= _YES_SIGNS | _BESIDE_SIGNS:
        return False
    rest = _AGREES.sub(" ", body)
    agrees = rest != body or bool(signs & _YES_SIGNS)
    return agrees and all(map(_BESIDE.fullmatch, _WORD.findall(_POLITE.sub(" ", rest))))


def _unquoted(text: str) -> str:
    """Return a text without a mail program's quotation of ours, above or below it."""
    text = _QUOTED_LINE.sub("", text)
    if begins := _QUOTES_FROM.search(text):
        before = text[: begins.start()]
        text = before if before.strip() else text[begins.end() :]
    return text.strip()


def _unsigned(text: str, names: Iterable[str]) -> str:
    """Return a text without its signature."""
    known = {part.lower() for name in names for part in re.findall(r"\w+", name)}
    first, *rest = _ADDED.sub("", _SIGNED.sub("", text)).rstrip().split("\n")
    for number, line in enumerate(rest):
        words = re.findall(r"\w+", line)
        # A name on a line of its own, and everything below it, such as a title or a number.
        if words and words[0].lower() in known and not any(word[0].islower() for word in words):
            rest = rest[:number]
            break
    body = _INITIALS.sub("", "\n".join([first, *rest]))
    if not known:
        return body
    name = "|".join(map(re.escape, sorted(known, key=len, reverse=True)))
    signed = rf"(?:\b(?:from|this is) )?\b(?:{name})\b(?: (?-i:[A-Z])\b\.?)?"
    return re.sub(signed, "", body, flags=re.IGNORECASE)
