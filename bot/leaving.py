"""How long a morning's texts take to leave Twilio, and what would shorten that, in words."""

from datetime import timedelta

from scheduling.channels import pace
from scheduling.channels.twilio import senders
from scheduling.notifications.mornings import Morning
from scheduling.words.times import length
from scheduling.words.wording import several


def takes_long(morning: Morning, a_second: float) -> bool:
    """Return whether somebody has to wait so long for their text that a second sender pays off."""
    return pace.takes(morning.segments, a_second) > pace.AT_ONCE


def estimate(morning: Morning, a_second: float) -> str:
    """Return in a sentence or two how long the texts take, at a pace in segments a second."""
    size = f"{several(morning.texts, 'text')} (about {several(morning.segments, 'segment')})"
    speed = f"{a_second:g} segment{'' if a_second == 1 else 's'} a second"
    lasts = pace.takes(morning.segments, a_second)
    if not takes_long(morning, a_second):
        return f"The busiest morning ahead has {size}. At {speed}, sending takes {_about(lasts)}."
    more = pace.takes(morning.segments, a_second + senders.LONG_CODE)
    said = (
        f"The busiest morning ahead has {size}. At {speed}, the last one goes out after "
        f"{_about(lasts)}. A second number in a messaging service would cut that to "
        f"{_about(more)}; a toll-free number sends {senders.TOLL_FREE:g} segments a second, a "
        f"short code {senders.SHORT_CODE:g}."
    )
    if lasts > pace.LONGEST_WAIT:
        said += f" Twilio drops texts that wait longer than {length(pace.LONGEST_WAIT)}."
    return said


def _about(lasts: timedelta) -> str:
    """Return a length in minutes, or in seconds if it is short."""
    seconds = lasts.total_seconds()
    return f"{max(seconds, 1):.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"
