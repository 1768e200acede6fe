"""`python -m scheduling.delivery.timetable` writes the timetable into docs/reliability.md."""

import sys
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path

from scheduling.delivery.policy import (
    ALARM,
    CLAIM,
    EDITS,
    FOLLOW_UP,
    LOOKUP,
    RECEIPTS,
    REPLIES,
    RETRY,
    SECOND_WAY,
)
from scheduling.delivery.steps import Step
from scheduling.words.wording import how_often, several
from storage.statuses import Kind, Purpose, Trouble

PAGE = Path(__file__).parents[2] / "docs" / "reliability.md"
BEGIN, END = "<!-- timetable:start -->", "<!-- timetable:end -->"
_UNITS = (
    (timedelta(days=1), "day"),
    (timedelta(hours=1), "hour"),
    (timedelta(minutes=1), "minute"),
    (timedelta(seconds=1), "second"),
)
_BY = {Kind.ANNOUNCEMENT: "post", Kind.SMS: "text", Kind.DIRECT: "direct message"}

Row = tuple[str, str, str]


def table() -> str:
    """Return what is tried when, and for how long, as tables in Markdown."""
    first = ("what", "when", "until")
    steps = ("step", "in which case", "delay")
    return "\n\n".join(
        (
            _table(first, list(_sending())),
            f"While a text that calls the person on call doesn’t reach them ({_within()}), in this "
            "order:",
            _table(steps, [_step(one) for one in FOLLOW_UP.steps]),
            "; ".join(f"*{one}*: {one.example}" for one in Trouble) + ".",
            _table(first, list(_beside())),
        )
    )


def with_table(page: str) -> str:
    """Return the page with today's table in it."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{table()}\n{END}{after}"


def lasting(length: timedelta) -> str:
    """Return a length of time, for example '5 minutes' or '1 hour'."""
    unit, noun = next((unit, noun) for unit, noun in _UNITS if not length % unit)
    return several(length // unit, noun)


def every(length: timedelta) -> str:
    """Return how often, for example 'every 5 minutes' or 'every hour'."""
    return f"every {lasting(length).removeprefix('1 ')}"


def each(lengths: Sequence[timedelta]) -> str:
    """Return lengths of time, for example '1, 2 and 5 minutes'."""
    words = [lasting(one) for one in lengths]
    units = {one.split()[-1].rstrip("s") for one in words}
    if len(units) == 1:
        words = [*(one.split()[0] for one in words[:-1]), words[-1]]
    return f"{', '.join(words[:-1])} and {words[-1]}"


def _sending() -> Iterator[Row]:
    minute = lasting(RETRY.pauses[-1])
    yield (
        "a text that Twilio refuses for now",
        f"tried {how_often(RETRY.tries)}, {minute} apart",
        "then it has failed",
    )
    yield (
        "a text for which Twilio says how long to wait, or can’t be reached",
        f"tried when Twilio says, at most {lasting(RETRY.longest_pause)} later; after "
        f"{RETRY.tries} tries at least {minute} apart",
        lasting(RETRY.sms_patience),
    )
    yield (
        "a text that may have gone out",
        f"looked up after {each(LOOKUP.after)}, then sent again",
        f"if Twilio can’t be asked: tried {every(LOOKUP.pause)}, for {lasting(LOOKUP.patience)}",
    )
    own = RETRY.patience_by_purpose
    yield (
        "a post",
        f"tried {every(RETRY.pauses[-1])}, after {lasting(RETRY.each_minute_for)} "
        f"{every(RETRY.later_pause)}",
        f"{lasting(RETRY.post_patience)}; who is on call: until the turn is over; what was missed: "
        f"{lasting(own[Purpose.MISSED])}; the check of the next morning: "
        f"{lasting(own[Purpose.PREFLIGHT])}",
    )
    yield (
        "what a process was sending when it died",
        f"taken over after {lasting(CLAIM.abandoned)}",
        "",
    )
    yield (
        "a delivery receipt",
        f"polled after {lasting(RECEIPTS.first)}, then at intervals that grow by half, up to "
        f"{lasting(RECEIPTS.rarest)}",
        lasting(RECEIPTS.until),
    )
    yield (
        "a price, or a late receipt",
        f"polled {each(RECEIPTS.revisits)} after the text was sent",
        lasting(RECEIPTS.given_up),
    )


def _within() -> str:
    return f"known to fail, or no receipt within {lasting(FOLLOW_UP.notice)}"


def _step(step: Step) -> Row:
    by = ", then ".join(_BY[kind] for kind in step.by)
    return f"{step.to}: {by}", _troubles(step), "; ".join(_delays(step)) or "none"


def _troubles(step: Step) -> str:
    if step.on == frozenset(Trouble):
        return "any"
    if step.on == frozenset(Trouble) - {Trouble.SILENT}:
        return "any but *silent*"
    return ", ".join(f"*{one}*" for one in Trouble if one in step.on)


def _delays(step: Step) -> Iterator[str]:
    if step.every and step.until:
        yield f"{every(step.every)}, for {lasting(step.until)}"
    if len(step.by) > 1:
        yield f"{lasting(step.patience)} between the two"
    if step.holds:
        yield f"the next step waits {lasting(step.holds)}, unless this one fails"


def _beside() -> Iterator[Row]:
    yield (
        "news that the channel can’t take",
        f"sent to at most {SECOND_WAY.most_leads} leads, by direct message",
        f"not repeated in the same words within {lasting(SECOND_WAY.not_again)}",
    )
    yield (
        "an edit of a post",
        f"{EDITS.per_minute} a minute, {EDITS.kept_for_urgent} of them reserved for urgent "
        f"ones; one that fails is tried after {lasting(EDITS.first)}, then after twice as long "
        f"each time, at least {every(EDITS.rarest)}",
        lasting(EDITS.until),
    )
    yield (
        "the steps after a text to somebody who was just asked for their number",
        f"for {lasting(FOLLOW_UP.just_asked)} after they were asked, only they hear about it, in "
        "Slack",
        "",
    )
    yield (
        "replies",
        f"polled {every(REPLIES.quickly)} while one is awaited, for "
        f"{lasting(REPLIES.awaited)}; otherwise {every(REPLIES.slowly)}",
        "",
    )
    yield (
        "answers to one number",
        f"{REPLIES.most_answers} within {lasting(REPLIES.answers_within)}; to replies that weren’t "
        f"understood, one within {lasting(REPLIES.puzzled_every)}",
        "",
    )
    yield (
        "a database that can’t be written",
        f"reported in Slack after {lasting(ALARM.after)}, tried every {ALARM.again:.0f} seconds",
        "",
    )


def _table(heading: Row, rows: Sequence[Row]) -> str:
    lines = [heading, ("---",) * len(heading), *rows]
    return "\n".join(f"| {' | '.join(one)} |".replace("|  |", "| |") for one in lines)


def main() -> None:
    """Rewrite the table in the page."""
    page = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(with_table(page), encoding="utf-8")
    sys.stdout.write(f"{PAGE}\n")


if __name__ == "__main__":
    main()
