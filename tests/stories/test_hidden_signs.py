"""Invisible characters, addresses and emoji codes are shown as they are, or removed."""

import json
import unicodedata

import pytest

from storage.database import reading, writing
from storage.models import Member, Override, Team
from tests.stories.conftest import World

HIDDEN = "\u202e\u2066\u2069\u200f\u200b\u00ad\ufeff\U000e0041"


def is_clean(text: str) -> bool:
    """Tell whether nothing hidden is in a text; our own isolates around a name are paired."""
    hidden = [one for one in text if unicodedata.category(one) in ("Cc", "Cf", "Zl", "Zp")]
    return all(one in "\n\u2068\u2069" for one in hidden) and text.count("\u2068") == text.count(
        "\u2069"
    )


def everything_sent(world: World) -> str:
    """Return what is in the channel and in direct messages, and every SMS."""
    posts = [(one.text, one.plain) for one in world.channel.messages]
    for person in world.people.values():
        posts += [(one.text, one.plain) for one in person.slack.direct_messages.messages]
    sms = [one.body for person in world.people.values() for one in person.phone.messages]
    return "\n".join([text for both in posts for text in both] + sms)


def on_call(world: World) -> None:
    world.until("2026-11-23 08:00")
    world.reads("Alice", "Good morning")


@pytest.mark.parametrize(
    ("texted", "shown"),
    [
        ("see https://evil.example/a?b=1 and evil.com", "see https://evil.example/a?b=1 and evil"),
        (":white_check_mark: all fine", ":white_check_mark: all fine"),
        ("<!channel> <https://evil.example|ok> *b* _i_", "<!channel> <https://evil.example|ok> *b"),
        (f"ab{HIDDEN}cd what", "abcd what"),
        ("one\x00\x1b[31mtwo\nthree\u2028four", "one[31mtwo three four"),
        ("`code` and more", "ˋcodeˋ and more"),
        ("متى أعود", "متى أعود"),
    ],
)
def test_what_is_texted_to_us_is_passed_on_sign_by_sign(
    support: World, texted: str, shown: str
) -> None:
    on_call(support)

    support.replies("Alice", texted)

    post = next(one for one in support.channel.messages if "who is on call, replied" in one.plain)
    assert shown in post.plain
    assert post.links == []
    assert "✅" not in post.plain
    assert is_clean(post.plain)
    support.forgets_mail()


def test_the_second_text_does_not_become_a_link_either(support: World) -> None:
    on_call(support)
    support.replies("Alice", "what is this")
    support.replies("Alice", "https://evil.example :x:")

    post = next(one for one in support.channel.messages if "who is on call, replied" in one.plain)
    assert "https://evil.example :x:" in post.plain
    assert post.links == []
    support.forgets_mail()


@pytest.mark.parametrize("sign", [*HIDDEN, "\u2028", "\u061c", "\u180e"], ids=ascii)
def test_reasons_lose_what_nobody_sees(support: World, sign: str) -> None:
    support.changes("Alice", f"/oncall override @bob today for den{sign}tist")

    with reading():
        (reason,) = (one.reason for one in Override.select())
    assert reason in ("dentist", "den tist")  # a line's end parts words
    support.until("2026-11-23 08:00")
    assert is_clean(everything_sent(support))
    support.forgets_mail()


@pytest.mark.parametrize("sign", ["\x00", "\x1b", "\x07", "\x85\x9f"], ids=ascii)
def test_a_command_with_a_control_character_is_refused(support: World, sign: str) -> None:
    answer = support.runs("Alice", f"/oncall override @bob today for den{sign}tist")

    assert answer.text.startswith("❌ There is a control character")
    with reading():
        assert not Override.select().exists()


def test_forms_lose_what_nobody_sees(support: World) -> None:
    support.runs("Alice", "/oncall settings")
    preview = support.submits(
        "Alice",
        {
            "Name": f"Sup{HIDDEN}port Desk",
            "Morning text": f"Hi {{first}}{HIDDEN}\x1b,\nyou are on call",
        },
    )

    assert preview is not None
    with reading():
        (team,) = Team.select()
    assert team.name == "Support Desk"
    assert team.sms_text == "Hi {first},\nyou are on call"


@pytest.mark.parametrize(
    ("real", "stored"),
    [
        (f"Zo{HIDDEN}e", "Zoe"),
        ("Zoe\nYou won", "Zoe You won"),
        ("@zoe", "zoe"),
        ("\u200b", "zoe"),  # nothing is left: the name they log in with
        ("Z" * 120, "Z" * 80),
        ("👩‍💻 Zoe", "👩‍💻 Zoe"),
        ("زوي", "زوي"),
    ],
)
def test_a_name_from_a_slack_profile_is_cleaned(support: World, real: str, stored: str) -> None:
    zoe = support.joins("Zoe", "+13125550111")
    support.sandbox.slack.memory.users[zoe.id].name = real

    support.changes("Alice", f"/oncall members add <@{zoe.id}> +13125550111")

    with reading():
        assert Member.get(Member.slack_user_id == zoe.id).name == stored
    support.forgets_mail()


def test_a_name_of_an_older_row_turns_nothing_around(support: World) -> None:
    with writing():
        Member.update(name=f"Al{HIDDEN}ice\nYou won", slack_user_id=None).where(
            Member.name == "Alice"
        ).execute()
    support.until("2026-11-23 08:00")

    sent = everything_sent(support)
    assert "Alice You won" in sent
    assert is_clean(sent)
    for command in ("", "schedule", "members", "mine @alice", "why"):
        answer = support.runs("Bob", f"/oncall {command}")
        assert is_clean(answer.text), command
        assert is_clean(json.loads(json.dumps(answer.text)))
    support.forgets_mail()
