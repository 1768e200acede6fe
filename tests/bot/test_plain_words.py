"""Direct messages, and the commands they stand for."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.slack.plain_words import Said, addressed, line_of, small_talk
from scheduling.words.visible import visible

EVENT: dict[str, Any] = {
    "type": "message",
    "channel": "D1",
    "channel_type": "im",
    "user": "U1",
    "text": "mine",
    "ts": "1795438800.000001",
}


@pytest.mark.parametrize(
    ("more", "text"),
    [
        ({}, "mine"),
        ({"text": ""}, ""),
        ({"text": None, "files": [{"id": "F1"}]}, ""),
        ({"subtype": "file_share"}, "mine"),
        ({"subtype": "file_share", "text": ""}, None),
        ({"subtype": "thread_broadcast"}, "mine"),
        ({"subtype": "message_changed"}, None),
        ({"subtype": "message_deleted"}, None),
        ({"subtype": "channel_join"}, None),
        ({"subtype": "bot_message"}, None),
        ({"bot_id": "B1"}, None),
        ({"user": None}, None),
        ({"user": "USLACKBOT"}, None),
        ({"edited": {"user": "U1", "ts": "1"}}, None),
        ({"hidden": True}, None),
        ({"channel_type": "channel"}, None),
        ({"channel_type": "mpim"}, None),
    ],
)
def test_only_messages_of_people_to_the_bot_count(more: dict[str, Any], text: str | None) -> None:
    said = Said.of(EVENT | more)

    assert (said.text if said else None) == text


def test_a_mention_in_a_channel_is_written_to_us_and_one_in_our_direct_messages_is_not() -> None:
    event = {"user": "UBOB", "channel": "C1", "ts": "1.000001", "text": "<@UBOT> who", "team": "T1"}

    said = Said.of_mention(event)

    assert said == Said("UBOB", "C1", "1.000001", "<@UBOT> who", None, "T1", is_mention=True)
    assert Said.of(event) is None
    for more in ({"channel": "D1"}, {"bot_id": "B1"}, {"edited": {}, "hidden": True}):
        assert Said.of_mention(event | more) is None


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("<@UBOT>", ""),
        ("<@UBOT|whoseonfirst> who friday", "who friday"),
        ("Hey <@UBOT>, who friday?", "who friday"),
        ("Not sure.\nAsk <@UBOT>: who friday\nThanks!", "who friday"),
        ("<@UBOT>\n\nwho friday\nthen", "who friday"),
        ("who friday, <@UBOT>?", "who friday"),
        ("Broken again.\nwho friday <@UBOT> :-)", "who friday"),
        ("<@UBOT> :wave:", ":wave:"),
        ("*<@UBOT>* who friday", "who friday"),
        ("who is on call <@UBOT>", ""),
        ("<@UBOT> take <@UBOB> friday", "take <@UBOB> friday"),
    ],
)
def test_a_mention_in_a_channel_means_the_words_beside_it(text: str, line: str) -> None:
    assert line_of(addressed(text, "UBOT"), "UBOT") == line


def test_a_reply_knows_its_thread() -> None:
    said = Said.of(EVENT | {"thread_ts": "1795438700.000001"})

    assert said == Said("U1", "D1", EVENT["ts"], "mine", "1795438700.000001")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", "help"),
        ("  \n ", "help"),
        ("`?`", "help"),
        ("/oncall", ""),
        ("<@UBOT|whoseonfirst>", ""),
        ("hey <@UBOT>, mine", "hey mine"),
        ("whoseonfirst: /oncall who", "who"),
        ("oncaller", "oncaller"),
        ("*override* <@U1|alice doe> _friday_!", "override <@U1|alice doe> friday"),
        ("shifts strategy round_robin", "shifts strategy round_robin"),
        ("~*take friday*~", "take friday"),
        ("&gt; mine", "mine"),
        ("• mine\n• who", "mine who"),
        ("who 6 p.m.", "who 6 p.m."),
        ("who 24.12.", "who 24.12."),
        ("help.", "help"),
        ("add <tel:+13125550101|+1 312 555 0101>", "add <tel:+13125550101|+1 312 555 0101>"),
        ("<mailto:a@b.c|a@b.c> <http://x.io|x.io> <https://x.io/>", "a@b.c x.io https://x.io/"),
        ("<https://x.io/_a_|our page>", "our page https://x.io/_a_"),
        ("Who’s on call right now?", ""),
        ("who are on call, please", ""),
        ("who’s on call friday 6pm?", "who friday 6pm"),
        ("Who is on on Friday please", "who Friday"),
        ("oncall?", ""),
        ("On call?", ""),
        ("<@UBOT> ?", ""),
        ("on-call tomorrow?", "who tomorrow"),
        ("please help me!", "help"),
        ("My shifts", "mine"),
        ("When am I on call next?", "mine"),
        ("Can someone cover my shift?", "override"),
        ("could anyone please cover for me", "override"),
        ("I need cover", "override"),
        ("settings sms Good morning, {name}!", "settings sms Good morning, {name}!"),
        ("take friday for the party!", "take friday for the party!"),
        ("take friday!", "take friday"),
    ],
)
def test_a_message_means_a_line(text: str, line: str) -> None:
    assert line_of(text, "UBOT") == line


@pytest.mark.parametrize(
    ("line", "kind"),
    [("Hi!", "hello"), ("good morning all", "hello"), ("thx :)", "thanks"), ("hi who", None)],
)
def test_pleasantries(line: str, kind: str | None) -> None:
    assert small_talk(line) == kind


MARKS = st.text(st.sampled_from('ab *_~`<>|@#!:&;.\n\u00a0"’'))


@given(MARKS | st.text())
def test_any_message_means_one_line(text: str) -> None:
    line = line_of(text, "UBOT")

    assert "\n" not in line
    assert "`" not in line
    assert small_talk(line) in (None, "hello", "thanks")


@given(st.lists(st.sampled_from(["override", "@bob", "friday", "14:00", "for", "the", "sea"])))
def test_plain_words_stay_as_they_are(words: list[str]) -> None:
    line = " ".join(words)

    assert line_of(line) == (visible(line) or "help")
    for mark in ("*", "_", "`", "~", "*_"):
        assert line_of(f"{mark}{line}{mark[::-1]}") == line_of(line) or not words


@pytest.mark.parametrize("text", ["*a ", "_", " *", "`", "\n", "<a:", "oncall ", '"', "&gt;"])
def test_a_long_message_is_read_at_once(text: str) -> None:
    assert len(line_of(text * (40_000 // len(text)))) <= 60_000
