"""Buttons: each stands for a line that could be typed after `/oncall`, and acts on one team.

The domain names the action; only this module knows how it's typed, and how a button carries it to
Slack and back.
"""

from enum import StrEnum

# A label, and the value that Slack keeps with the button.
Button = tuple[str, str]
GOT_IT = "I’ve got it"
TRY_AGAIN, COVER_SHIFT, FIX_NUMBER = "Try again", "Cover the shift", "Fix the number"
ENTER_NUMBER = "Enter my number"


class Action(StrEnum):
    """What a button below a message does, as the word that one would type for it."""

    ACKNOWLEDGE = "ok"
    RESEND = "again"
    COVER = "take"
    EDIT_MEMBER = "members edit"
    ENTER_NUMBER = "number"
    CONFIRM = "confirm"
    DISCARD = "discard"
    DECLINE = "decline"


def button(label: str, action: Action, *operands: object, team: int) -> Button:
    """Return a button that acts on the team with this id."""
    return label, carried(" ".join(map(str, (action, *operands))), team)


def carried(line: str, team: int) -> str:
    """Return a button's value: the team it acts on, and the line it stands for."""
    return f"{team} {line}"


def read(value: str) -> tuple[int, str]:
    """Return the team and the line that a button's value carries; team 0 if it names none."""
    number, _, line = value.partition(" ")
    is_id = number.isascii() and number.isdecimal() and len(number) <= 9
    return (int(number) if is_id else 0), line
