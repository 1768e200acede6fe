"""Turns what people write in the bot's direct messages into lines to type after /oncall. Pure."""

import re
from collections.abc import Mapping
from typing import Any, Literal, NamedTuple, Self

from scheduling.words.visible import AS_MEANT, visible

SmallTalk = Literal["hello", "thanks"]

# Message subtypes written by people: a shared file, and a thread's message also shown in the
# channel. All others report something: an edit, a deletion, a person who joined.
WRITTEN = ("file_share", "thread_broadcast")
SLACKBOT = "USLACKBOT"
# What may come between a mention and the words after it, but no emoji such as :wave:.
_BETWEEN = re.compile(r"^\s*[,:;.?!*_~`]*\s+|^\s*[,;.?!*_~`]+")

# Bold, italic and struck text: the mark is at a word's start, and again at a word's end.
_MARKED = re.compile(
    r"(?<![^\s\"'(*_~])([*_~]{1,3})(?=[^\s*_~])(.{1,300}?)(?<=\S)\1(?![^\s\"').,;:!?*_~])",
    re.DOTALL,
)
_QUOTED_OR_LISTED = re.compile(r"(?m)^[^\S\n]*(?:&gt;|[•◦▪])\s*")
_LINK = re.compile(r"<((?:https?|mailto):[^<>|]*)(?:\|([^<>]*))?>", re.IGNORECASE)
_TO_US = re.compile(r"\s*[/@]?(?:oncall|whoseonfirst)(?=$|[\s,:;.!?])[\s,:;]*", re.IGNORECASE)
# "Who's on call?", and when.
_WHO = re.compile(
    r"(?:who(?:'?s| is|'re| are)(?: currently)? on(?:[ -]?call)?|on[ -]call)"
    r"(?: right now| now| currently)?(?: on)?(?: (.+?))??(?:,? please)?",
    re.IGNORECASE,
)
# "When is my next shift?"
_MINE = re.compile(
    r"(?:(?:(?:when|what)(?:'?s| is| are) |show(?: me)? )?my (?:next |upcoming )?(?:shifts?|turns?)"
    r"|when (?:am i|do i go)(?: next)? on[ -]?call(?: next| again)?)(?:,? please)?",
    re.IGNORECASE,
)
# "Can someone cover my shift?"
_FIND_COVER = re.compile(
    r"(?:(?:can|could) (?:some|any)(?:one|body) (?:please )?(?:cover|take) (?:for )?"
    r"(?:me|my (?:next )?shift)|(?:i need|find(?: me)?) (?:a )?cover)(?:,? please)?",
    re.IGNORECASE,
)
_HELP = re.compile(r"(?:please )?help(?: me| please)*|what can you do", re.IGNORECASE)
# Lines that end with people's own words, so punctuation at the end is theirs.
_OWN_WORDS = re.compile(r"settings\s|(?:override|take)\s.*\sfor\s", re.IGNORECASE)
_TALK: tuple[tuple[SmallTalk, str], ...] = (
    ("hello", r"hi|hello|hey|hallo|howdy|good (?:morning|afternoon|evening)|:wave:"),
    ("thanks", r"thanks?|thank you|thx|ty|cheers|great|nice|cool|:pray:|:\+1:|:thumbsup:"),
)
_AFTER = r"(?: there| bot| a lot| very much| so much| everyone| all)*[\s.!?:)]*"


class Said(NamedTuple):
    """A message that somebody wrote to the bot; `thread` is the ts of its thread's first message.

    With `is_mention` it was written in a channel, where everybody reads it.

    `workspace` is the author's, '' if Slack doesn't say, as with files:
    https://github.com/slackapi/bolt-python/issues/1107
    https://github.com/slackapi/slack-api-specs/issues/62
    """

    user: str
    channel: str
    ts: str
    text: str
    thread: str | None
    workspace: str = ""
    is_mention: bool = False

    @classmethod
    def of(cls, event: Mapping[str, Any]) -> Self | None:
        """Return the message of a `message` event; None if no person wrote to the bot.

        Messages of bots, including ours, edits, and Slack's own notices don't count.
        """
        return cls._written(event) if event.get("channel_type") == "im" else None

    @classmethod
    def of_mention(cls, event: Mapping[str, Any]) -> Self | None:
        """Return what was written by an `app_mention` event; None as in `of`.

        A mention in the bot's direct messages comes as a `message`, too, and is answered as one.
        """
        said = cls._written(event)
        in_channel = said is not None and not said.channel.startswith("D")
        return said._replace(is_mention=True) if said and in_channel else None

    @classmethod
    def _written(cls, event: Mapping[str, Any]) -> Self | None:
        user, subtype, text = event.get("user"), event.get("subtype"), event.get("text") or ""
        by_somebody = user and user != SLACKBOT and not event.get("bot_id")
        written = subtype is None or (subtype in WRITTEN and text.strip())
        new = not (event.get("edited") or event.get("hidden"))
        if not (by_somebody and written and new):
            return None
        ts, thread = str(event["ts"]), event.get("thread_ts")
        home = str(event.get("user_team") or event.get("team") or "")
        return cls(str(user), str(event["channel"]), ts, str(text), thread and str(thread), home)


def addressed(text: str, bot: str) -> str:
    """Return the part of a message in a channel that is meant for the bot, with its mention.

    That is what follows the mention, up to the line's end. If nothing follows, it's what comes
    before it: "who’s on call, @WhoseOnFirst?"
    """
    found = re.search(rf"<@{re.escape(bot)}(?:\|[^<>]*)?>", text)
    if not bot or found is None:
        return text
    before = text[: found.start()].rpartition("\n")[2]
    after = next((row for row in text[found.end() :].split("\n") if re.search(r"\w", row)), "")
    return (
        f"{found[0]} {_BETWEEN.sub('', after)}" if after else f"{before.rstrip(' ,:;.')} {found[0]}"
    )


def line_of(text: str, bot: str = "") -> str:
    """Return the line that a message means: what one would type after `/oncall`.

    Formatting and mentions of `bot`, our own user id, are dropped, and links are as they were
    typed. A message without any text means help.
    """
    text = _QUOTED_OR_LISTED.sub(" ", text.replace("`", " "))
    for _ in range(3):  # *_both_*, and one more
        text = _MARKED.sub(r"\2", text)
    line = visible(_LINK.sub(_address, text))
    if not line:
        return "help"
    called = False
    if bot:
        ours = re.compile(rf"<@{re.escape(bot)}(?:\|[^<>]*)?>[,:;]?")
        called = bool(ours.search(line))
        line = visible(ours.sub(" ", line))
    while found := _TO_US.match(line):
        line, called = line[found.end() :], True
    if not line.strip(" ?!"):
        return "" if called or not line else "help"
    if not _OWN_WORDS.match(line):
        line = line.rstrip(" ?!")
    if line.replace(".", "").isalpha():
        line = line.rstrip(".")
    if _HELP.fullmatch(line.translate(AS_MEANT)):
        return "help"
    meant = asked(line)
    return line if meant is None else meant


def asked(sentence: str) -> str | None:
    """Return the line that a question means, such as 'who friday'; None if it isn't a question."""
    plain = sentence.rstrip(" ?!").translate(AS_MEANT)
    for asks, meant in ((_MINE, "mine"), (_FIND_COVER, "override")):
        if asks.fullmatch(plain):
            return meant
    if found := _WHO.fullmatch(plain):
        return f"who {found[1]}" if found[1] else ""
    return None


def small_talk(line: str) -> SmallTalk | None:
    """Return what kind of pleasantry a line is, None if it isn't one."""
    plain = visible(line).translate(AS_MEANT)
    for kind, words in _TALK:
        if re.fullmatch(rf"(?:{words}){_AFTER}", plain, re.IGNORECASE):
            return kind
    return None


def _address(link: re.Match[str]) -> str:
    """Return a web or mail address as it was typed, after its label if it has one."""
    address, label = link[1].removeprefix("mailto:"), link[2] or ""
    typed = (address, address.partition("://")[2], address.partition("://")[2].rstrip("/"))
    if label in typed:
        return label
    return f"{label} {address}".strip()
