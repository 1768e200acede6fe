"""The note for leads about members without a number, and the button that asks them again."""

from bot.slack.blocks import Button
from scheduling.changes import own_numbers
from scheduling.changes.people import mentioned
from scheduling.words.wording import joined
from storage.models import Team

# Asks everybody who has not yet entered or confirmed their number.
ASK_AGAIN = Button("Ask again", "members confirm")


def note(team: Team) -> tuple[str, tuple[Button, ...]]:
    """Return who has no number yet, and the button that asks them again; nothing if all have one.

    They have already been asked once.
    """
    missing = own_numbers.missing(team)
    if not missing:
        return "", ()
    names = joined([mentioned(one) for one in missing])
    said = (
        f":phone: No number yet: {names}. I’ve asked them in Slack. Until they enter it, I’ll "
        "message them there instead of texting."
    )
    return said, (ASK_AGAIN,)
