"""A chain as its rows tell it."""

import pytest

from scheduling.delivery.chain import Chain
from storage.models import Notification
from tests.builders import NOW


def warning(status: str, kind: str = "announcement") -> Notification:
    return Notification(kind=kind, purpose="warning", status=status)


@pytest.mark.parametrize(
    ("warnings", "posted"),
    [
        ([], False),
        ([warning("delivered")], True),
        ([warning("failed")], False),
        # The first one was taken back, and the channel can't take the second.
        ([warning("delivered"), warning("failed")], False),
        ([warning("failed"), warning("delivered", "direct")], False),
    ],
)
def test_the_channel_knows_what_its_newest_warning_says(
    warnings: list[Notification], posted: bool
) -> None:
    chain = Chain(Notification(kind="sms", purpose="daily"), tuple(warnings), NOW)

    assert chain.posted is posted
