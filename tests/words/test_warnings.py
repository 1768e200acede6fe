"""The words of the channel’s warnings."""

import pytest

from scheduling.words.warnings import Trouble, cap_warning, lost_sms_warning, unreached_warning
from storage.statuses import Trouble as Kind
from tests.words.turns import ALICE


@pytest.mark.parametrize(
    ("kind", "said", "ask"),
    [
        (Kind.FAILED, "didn’t get the text", "Call them, or cover the shift."),
        (Kind.UNCLEAR, "may not have gotten the text", "Check with them, or cover the shift"),
        (Kind.WAITING, "hasn’t gotten the text yet", "Call them, or cover the shift"),
        (Kind.SILENT, "may not have gotten the text", "Check with them, or cover the shift"),
        (Kind.UNCONFIRMED, "hasn’t confirmed", "Call them, or cover the shift"),
    ],
)
def test_a_warning_says_who_why_and_no_more_than_is_known(kind: Kind, said: str, ask: str) -> None:
    warning = unreached_warning(ALICE, Trouble(kind, "The number is a landline."))

    assert f"<@U0ALICE> is on call but {said}. The number is a landline." in warning
    assert ask in warning


def test_of_other_sms_just_what_was_lost_is_said() -> None:
    said = lost_sms_warning(ALICE, "test text", "Why.", unsure=False)
    assert said == ":warning: The test text didn’t reach <@U0ALICE>. Why."
    said = lost_sms_warning(ALICE, "test text", "Why.", unsure=True)
    assert said == ":warning: The test text may not have reached <@U0ALICE>. Why."


def test_a_limit_that_cannot_be_raised_is_not_offered_to_be() -> None:
    assert "a lead can raise the limit: `/oncall settings sms-cap 200`" in cap_warning(
        "Support", 100, usual=200, duty=True
    )
    assert "a workspace admin can raise the limit: `/oncall settings sms-cap 400`" in cap_warning(
        "Support", 200, usual=200, duty=True
    )
    assert "sms-cap 10000" in cap_warning("Support", 6000, usual=200, duty=False)
    assert "sms-cap" not in cap_warning("Support", 10_000, usual=200, duty=True)
