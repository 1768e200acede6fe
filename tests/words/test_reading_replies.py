"""Only words of agreement, with politeness and a signature, count as a yes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduling.words.reading_replies import confirms, meaning, says_wrong_number
from storage.statuses import Meaning

SMS = "Good morning, Alice. You're on call for Support until Tue Nov 24, 8:00 AM CST. Next: Bob."
OUR_WORDS = ["OK", "yes", "Got it", "I've got it", "I’m on it", "👍", "will do", "roger", "K"]
WAYS = {
    "plain": "OK",
    "drawn out": "okaaay",
    "loud": "ok!!",
    "one letter": "K",
    "one letter more": "kk",
    "with dots": "O.K.",
    "wide letters": "ＯＫ",
    "our button’s words": "I've got it",
    "with a curly apostrophe": "I’ve got it",
    "without an apostrophe": "Im on it",
    "polite": "got it, thank you!",
    "polite before": "Thanks, got it",
    "good morning to you": "Good morning, on it",
    "a sentence": "Yes, I'm on call today.",
    "two": "ok. On it now",
    "slang": "yup",
    "thumb": "👍",
    "thumb of a colour": "👍🏽",
    "thumbs": "👍🏿👍🏿",
    "thumb beside a word": "ok👍",
    "tick": "✔️",
    "smile": "ok :)",
    "liked": f"Liked “{SMS}”",
    "loved": f"Loved “{SMS}”",
    "stressed": f"Emphasized “{SMS}”",
    "liked, cut off": "Liked “Good morning, Alice. You are on…”",
    "thumb to a text": f"👍 to “{SMS}”",
    "thumb to a text, as Android hides it": f"\u200b👍\u200b to “{SMS}”",
    "reacted": f"Reacted 👍🏼 to “{SMS}”",
    "heart to a text": f"❤️ to “{SMS}”",
    "signed": "OK, Alice",
    "signed after a dash": "OK - Alice",
    "signed with initials": "OK -AM",
    "signed below": "OK\n\nAlice Miller\n+1 312 555 0101",
    "signed with a title": "OK\nAlice Miller, SRE",
    "signed with half a name": "Ok — Alice M.",
    "signed by saying so": "OK from Alice",
    "signed politely": "OK\n\nBest regards,\nAlice",
    "signed shortly": "OK\nBest,\nAlice",
    "signed warmly": "Ok. All the best, Alice",
    "noted": "Noted, thanks",
    "all good": "All good",
    "all right": "Alright!",
    "accepted": "I accept",
    "awake": "I'm up",
    "under way": "ok, on my way",
    "under way, shortly": "omw",
    "thumb in words": "thumbs up",
    "thanks for what": "I'm on it, thanks for the heads up",
    "signed as in mail": "OK\n-- \nAlice Miller\nSite reliability",
    "advertised": "OK\n\nSent from my iPhone",
    "advertised beside": "Ok. Sent from my Galaxy",
    "above a quotation": f"OK\n\nOn Mon, Nov 23, 2026 at 8:00 AM +13125550100 wrote:\n> {SMS}",
    "below a quotation": f"> {SMS} Not yet?\nOK",
}
NO_WAYS = [
    "ok but I am ill",
    "OK I am ill",
    "not ok",
    "no",
    "not yet",
    "can't",
    "can’t",
    "cant do it",
    "ok?",
    "ok？",
    "ok, can somebody else?",
    "Am I on call",
    "is it me",
    "ok until 18:00",
    "ok in an hour",
    "on my way to bed",
    "on my way out",
    "yes if Bob is",
    "ok call me",
    "ok you take it",
    "ok, Bob has it",
    "OK\nI am in bed",
    "OK\nAlice is asleep",
    "ok :(",
    "👎",
    "ok 👎",
    "❌",
    "thanks",
    "Best, Alice",
    "all good? ",
    "I can't accept",
    "I can accept tomorrow",
    "hello",
    f"Disliked “{SMS}”",
    f"Questioned “{SMS}”",
    f"Laughed at “{SMS}”",
    f"👎 to “{SMS}”",
    f"😂 to “{SMS}”",
    f"Removed a like from “{SMS}”",
    f"Removed 👍 from “{SMS}”",
    f"Liked “{SMS}” but I am ill",
]
AGAINST = ["not", "no", "never", "don't", "can’t", "cannot", "but", "however", "unless", "nobody"]


@given(st.text(max_size=200), st.booleans())
def test_every_reply_means_something_we_know(text: str, opted_out: bool) -> None:
    assert meaning(text, opted_out=opted_out) in list(Meaning)
    # Punctuation and case say nothing.
    assert meaning(f"  {text.lower()}. ", opted_out=opted_out) in list(Meaning)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("ok", "ok"),
        ("ok but I am ill", "other"),
        ("", "help"),
        ("stop", "stop"),
        ("Stop.", "stop"),
        ("please stop", "other"),
        ("START", "start"),
        ("who?", "who"),
        ("Who's on call?", "who"),
        ("who are you", "other"),
        ("next", "next"),
        ("?", "help"),
        ("info", "help"),
    ],
)
def test_a_word_means_what_it_says_and_only_alone(text: str, meant: str) -> None:
    assert meaning(text, opted_out=False) == meant


def test_yes_from_who_had_opted_out_is_a_start() -> None:
    assert meaning("Yes", opted_out=True) == "start"
    assert meaning("Yes", opted_out=False) == "ok"


@pytest.mark.parametrize("text", WAYS.values(), ids=WAYS)
def test_a_clear_yes_confirms_in_whatever_words(text: str) -> None:
    assert confirms(text, ["Alice Miller"])


@pytest.mark.parametrize("text", NO_WAYS)
def test_a_reply_other_than_a_clear_yes_does_not_confirm(text: str) -> None:
    assert not confirms(text, ["Alice Miller"])


@given(
    st.lists(st.sampled_from([*WAYS.values(), *OUR_WORDS]), min_size=1, max_size=3),
    st.sampled_from([*AGAINST, *(word.upper() for word in AGAINST), "?"]),
    st.data(),
)
def test_a_negation_a_but_or_a_question_never_confirms(
    said: list[str], against: str, data: st.DataObject
) -> None:
    quoted = ("> ", "“")  # what is quoted is not said
    words = [word for text in said if not any(sign in text for sign in quoted) for word in [text]]
    place = data.draw(st.integers(0, len(words)))
    separator = data.draw(st.sampled_from([" ", ", ", ". ", "\n"]))
    assert not confirms(separator.join([*words[:place], against, *words[place:]]), ["Alice Miller"])


@given(st.sampled_from(OUR_WORDS), st.text(alphabet="abcdefghijklmnopqrstuvwxyz", min_size=12))
def test_beside_a_yes_a_word_that_nobody_knows_may_take_it_back(yes: str, word: str) -> None:
    assert not confirms(f"{yes} x{word}")


@given(
    st.sampled_from(OUR_WORDS),
    st.sampled_from(["", ".", "!", "!!", " 👍", ", thanks", ". Thank you!", " - Alice", "\nAlice"]),
    st.sampled_from([str.lower, str.upper, str.title, str]),
)
def test_case_marks_politeness_and_a_name_change_nothing(
    yes: str, beside: str, case: type[str]
) -> None:
    assert confirms(case(yes) + beside, ["Alice Miller"])


@pytest.mark.parametrize(
    "said",
    [
        "Wrong number",
        "wrong number.",
        "Sorry, you’ve got the wrong number!",
        "Wrong #",
        "you have the wrong person",
        "This isn't Bob",
        "I’m not Bob",
        "I don't know any Bob",
        "nobody named Bob here",
        "not my number",
    ],
)
def test_a_stranger_says_that_the_number_is_wrong(said: str) -> None:
    assert says_wrong_number(said, ["Bob Jones"])


@pytest.mark.parametrize(
    "said",
    ["No, Bob here", "something is wrong", "I’m not on call", "who is this?", "Bob", "not me"],
)
def test_not_every_no_says_that_the_number_is_wrong(said: str) -> None:
    assert not says_wrong_number(said, ["Bob Jones"])
    assert not says_wrong_number(said, [])
