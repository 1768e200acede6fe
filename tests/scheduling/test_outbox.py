"""The outbox under threads and processes. Providers' answers are in the stories."""

import threading
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from sandbox.clock import SandboxClock
from scheduling.changes import members, overrides
from scheduling.channels import (
    DeliveryError,
    DeliveryReceipt,
    ErrorClass,
    Message,
    Search,
)
from scheduling.channels.twilio.sms import SmsAccount, SmsChannel
from scheduling.delivery.outbox import POSTING_THREADS, THREADS, Outbox
from scheduling.delivery.policy import EDITS
from scheduling.jobs import Jobs
from scheduling.notifications import planner, queue
from storage.database import reading, writing
from storage.models import DeliveryAttempt, Member, Notification, Team
from storage.statuses import Outcome, Status
from tests.builders import ADMIN, NOW, chicago, person, support_team
from tests.scheduling.doors import PATIENCE, Door, Phone, channels


@pytest.fixture
def sms() -> Iterator[SmsChannel]:
    channel = SmsChannel(SmsAccount("AC1", "AC1", "x", api_url="http://127.0.0.1:1"), threads=1)
    yield channel
    channel.close()


@pytest.fixture
def clock() -> SandboxClock:
    return SandboxClock(NOW)


def direct_messages(
    count: int, at: datetime = NOW, team: Team | None = None, *, by_sms: bool = False
) -> list[str]:
    """Put this many direct messages or texts, each to another person, into the outbox.

    Returns their keys.
    """
    team = team or support_team()
    keys = [f"note:{number}" for number in range(count)]
    with writing():
        for number, key in enumerate(keys):
            member = Member.create(
                team=team,
                name=f"Member {number}",
                phone=f"+1312555{number:04}",
                slack_user_id=f"U{number:04}",
                is_active=False,
                created_at=at,
                updated_at=at,
            )
            write = queue.write_sms if by_sms else queue.write_to
            write(team, member, f"This is {key}", purpose="moved", key=key, now=at)
    return keys


def statuses() -> set[str]:
    with reading():
        return {row.status for row in Notification.select()}


@pytest.mark.usefixtures("database_url")
def test_what_waits_for_a_thread_is_sent_when_one_is_free(
    clock: SandboxClock, sms: SmsChannel
) -> None:
    keys, door = direct_messages(POSTING_THREADS + 3), Door()
    outbox = Outbox(clock, channels(sms, door))
    outbox.deliver(clock.now())
    for _ in range(POSTING_THREADS):
        assert door.entered.acquire(timeout=PATIENCE)
    clock.forward(seconds=30)
    outbox.deliver(clock.now())  # the next tick leaves alone what is under way
    door.opened.set()

    assert outbox.wait(PATIENCE)
    assert sorted(door.sent) == sorted(keys)
    assert statuses() == {"delivered"}


@pytest.mark.usefixtures("database_url")
def test_what_another_process_took_over_is_left_to_it(clock: SandboxClock, sms: SmsChannel) -> None:
    keys, door, other_door = direct_messages(POSTING_THREADS + 1), Door(), Door(opened=True)
    outbox, other = Outbox(clock, channels(sms, door)), Outbox(clock, channels(sms, other_door))
    outbox.deliver(clock.now())
    for _ in range(POSTING_THREADS):
        assert door.entered.acquire(timeout=PATIENCE)
    # The last one waits for a thread so long that it looks abandoned.
    for _ in range(2):  # it is looked up twice before it is sent
        clock.forward(seconds=61)
        other.deliver(clock.now())
        assert other.wait(PATIENCE)
    door.opened.set()

    assert outbox.wait(PATIENCE)
    assert keys[-1] in other_door.sent
    assert keys[-1] not in door.sent


@pytest.mark.usefixtures("database_url")
def test_two_processes_on_one_database_send_each_message_once(
    clock: SandboxClock, sms: SmsChannel
) -> None:
    keys, door = direct_messages(40), Door(opened=True)
    boxes = [Outbox(clock, channels(sms, door)) for _ in range(2)]
    threads = [threading.Thread(target=box.deliver, args=(clock.now(),)) for box in boxes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert all(box.wait(PATIENCE) for box in boxes)
    assert sorted(door.sent) == sorted(keys)
    with reading():
        assert DeliveryAttempt.select().count() == len(keys)


# --- what goes wrong, and how often ---

EIGHT = chicago("2026-11-23 08:00")
BUSY = DeliveryError(Outcome.TEMPORARY, "20429", "Twilio is rate-limiting us.", 5, ErrorClass.BUSY)
BROKEN = DeliveryError(Outcome.TEMPORARY, "503", "Twilio says: 503.")
NO_ANSWER = DeliveryError(
    Outcome.UNCERTAIN, "no answer", "Twilio got the request but never answered."
)


def unreachable() -> DeliveryError:
    return DeliveryError(Outcome.TEMPORARY, "no connection", "Twilio couldn’t be reached.", 60)


def morning(phone: Phone, channel: Door, minutes: float = 90) -> None:
    """Let the morning of the support team go by, from shortly before 08:00, tick by tick."""
    support_team()
    clock = SandboxClock(EIGHT - timedelta(seconds=10))
    outbox = Outbox(clock, channels(phone, channel))
    jobs = Jobs(clock, outbox, lambda: (True, "connected"))
    for _ in range(int(minutes * 4)):
        clock.forward(seconds=15)
        jobs.tick()
        assert outbox.wait(PATIENCE)


def purposes(door: Door) -> list[str]:
    return [key.split(":")[0] for key in door.sent]


@pytest.mark.usefixtures("database_url")
def test_a_network_that_is_away_for_six_minutes_loses_nothing() -> None:
    away = [unreachable() for _ in range(6)]
    phone, channel = Phone(*away, opened=True), Door(*away, opened=True)
    morning(phone, channel)

    assert purposes(phone) == ["daily"]
    assert "6 min late" in phone.texts[0]
    assert "daily" in purposes(channel)
    assert statuses() <= {"sent", "delivered"}


@pytest.mark.usefixtures("database_url")
def test_while_only_twilio_is_away_slack_says_so_after_five_minutes() -> None:
    phone, channel = Phone(*[unreachable() for _ in range(200)], opened=True), Door(opened=True)
    morning(phone, channel, minutes=10)

    assert sorted(purposes(channel)) == ["daily", "direct", "warning"]
    warning = next(text for text in channel.texts if "is on call but" in text)
    assert "hasn’t gotten the text yet. Twilio couldn’t be reached. I’ll keep trying." in warning


@pytest.mark.usefixtures("database_url")
def test_a_short_wait_in_the_crowd_alarms_nobody() -> None:
    phone, channel = Phone(BUSY, BUSY, BUSY, BUSY, opened=True), Door(opened=True)
    morning(phone, channel, minutes=10)

    assert purposes(phone) == purposes(channel) == ["daily"]


@pytest.mark.usefixtures("database_url")
def test_a_warning_is_tried_for_a_day_because_it_has_no_fallback() -> None:
    refused = DeliveryError(Outcome.PERMANENT, "21211", "Twilio says this number doesn’t exist.")
    away = [unreachable() for _ in range(300)]
    channel = Door(*away, opened=True)
    morning(Phone(refused, opened=True), channel, minutes=360)

    assert sorted(purposes(channel)) == ["daily", "direct", "warning"]


@pytest.mark.usefixtures("database_url")
def test_a_wait_that_lasts_a_day_is_not_waited_for() -> None:
    tomorrow = DeliveryError(
        Outcome.TEMPORARY, "20429", "Twilio has too many requests.", 90_000, ErrorClass.BUSY
    )
    channel = Door(opened=True)
    morning(Phone(*[tomorrow] * 9, opened=True), channel)

    assert sorted(purposes(channel)) == ["daily", "direct", "warning"]


@pytest.mark.usefixtures("database_url")
def test_only_tries_that_may_have_gone_out_count_as_such() -> None:
    phone = Phone(BUSY, BUSY, BUSY, NO_ANSWER, opened=True)
    morning(phone, Door(opened=True), minutes=10)

    assert purposes(phone) == ["daily"]


@pytest.mark.usefixtures("database_url")
def test_after_three_ambiguous_tries_there_is_no_other() -> None:
    phone, channel = Phone(*[NO_ANSWER] * 9, opened=True), Door(opened=True)
    morning(phone, channel)

    assert phone.sent == []
    assert len(phone.troubles) == 9 - 3
    assert sorted(purposes(channel)) == ["daily", "direct", "warning"]


@pytest.mark.usefixtures("database_url")
def test_what_certainly_was_not_sent_needs_no_lookup() -> None:
    blind = DeliveryError(
        Outcome.PERMANENT, "missing_scope", "The Slack app is missing a permission."
    )
    channel = Door(BROKEN, opened=True, blind=blind)
    morning(Phone(opened=True), channel, minutes=10)

    assert purposes(channel) == ["daily"]


@pytest.mark.usefixtures("database_url")
def test_an_unforeseen_error_counts_as_a_try_and_is_reported() -> None:
    phone, channel = Phone(*[KeyError("sid")] * 99, opened=True), Door(opened=True)
    morning(phone, channel)

    assert len(phone.troubles) == 99 - 3
    assert sorted(purposes(channel)) == ["daily", "direct", "warning"]


@pytest.mark.usefixtures("database_url")
def test_one_team_in_trouble_does_not_hold_up_the_others(sms: SmsChannel) -> None:
    bad, good = support_team(name="Bad", channel="C1"), support_team(name="Good", channel="C2")
    with writing():
        Team.update(time_zone="Mars/Phobos").where(Team.id == bad.id).execute()
    clock, channel = SandboxClock(EIGHT), Door(opened=True)
    outbox = Outbox(clock, channels(Phone(opened=True), channel))
    jobs = Jobs(clock, outbox, lambda: (True, "connected"))
    jobs.extend()
    jobs.tick()

    assert outbox.wait(PATIENCE)
    assert channel.sent == [f"daily:{good.id}:2026-11-23:channel"]
    assert sms


@pytest.mark.usefixtures("database_url")
def test_extending_with_an_older_clock_moves_nothing_before_what_was_announced(
    sms: SmsChannel,
) -> None:
    team = support_team(people=0)
    clock = SandboxClock(chicago("2026-11-23 09:00"))
    jobs = Jobs(clock, Outbox(clock, channels(sms, Door())), lambda: (True, "connected"))
    began = clock.now()
    planner.plan(team.id, began + timedelta(seconds=1))
    members.add_member(
        team,
        "Zed",
        "+13125550140",
        slack_user_id=None,
        time_zone=None,
        actor=ADMIN,
        now=began + timedelta(seconds=2),
    )
    jobs.extend()
    planner.plan(team.id, began + timedelta(seconds=15))

    with reading():
        assert Notification.select().where(Notification.kind == "sms").count() == 1


# --- what waits for a thread ---


def held_up(clock: SandboxClock, phone: Phone, channel: Door) -> tuple[Outbox, Team]:
    """Return an outbox whose threads are all held by other slow texts while Alice's waits."""
    team = support_team()
    with writing():
        direct_messages(THREADS, EIGHT - timedelta(minutes=1), team, by_sms=True)
    outbox = Outbox(clock, channels(phone, channel))
    outbox.deliver(clock.now())
    for _ in range(THREADS):
        assert phone.entered.acquire(timeout=PATIENCE)
    planner.plan_all(clock.now())
    outbox.deliver(clock.now())
    return outbox, team


@pytest.mark.usefixtures("database_url")
def test_who_is_on_call_is_asked_again_after_the_wait() -> None:
    clock, phone, channel = SandboxClock(EIGHT), Phone(), Door(opened=True)
    outbox, team = held_up(clock, phone, channel)
    clock.forward(seconds=30)
    now = clock.now()
    until = now + timedelta(hours=2)
    overrides.create(team, person(team, "Bob"), now, until, reason=None, actor=ADMIN, now=now)
    clock.forward(seconds=15)
    planner.plan_all(clock.now())
    outbox.deliver(clock.now())
    phone.opened.set()

    assert outbox.wait(PATIENCE)
    assert [purpose for purpose in purposes(phone) if purpose != "note"] == ["handoff"]
    assert any(text.startswith("Bob, you're now on call") for text in phone.texts)


@pytest.mark.usefixtures("database_url")
def test_posts_wait_until_every_text_of_the_same_tick_has_a_thread() -> None:
    clock, phone, channel = SandboxClock(EIGHT), Phone(), Door(opened=True)
    team = support_team()
    direct_messages(THREADS, EIGHT, team, by_sms=True)
    outbox = Outbox(clock, channels(phone, channel))
    planner.plan_all(clock.now())
    outbox.deliver(clock.now())
    for _ in range(THREADS):
        assert phone.entered.acquire(timeout=PATIENCE)
    assert channel.sent == []

    phone.opened.set()
    assert outbox.wait(PATIENCE)
    assert purposes(channel) == ["daily"]
    assert len(phone.sent) == THREADS + 1


@pytest.mark.usefixtures("database_url")
def test_posts_that_hang_hold_up_no_sms() -> None:
    clock, phone, channel = SandboxClock(EIGHT), Phone(opened=True), Door()
    team = support_team()
    direct_messages(POSTING_THREADS * 3, EIGHT - timedelta(minutes=1), team)
    outbox = Outbox(clock, channels(phone, channel))
    outbox.deliver(clock.now())
    for _ in range(POSTING_THREADS):
        assert channel.entered.acquire(timeout=PATIENCE)
    planner.plan_all(clock.now())
    outbox.deliver(clock.now())

    assert phone.entered.acquire(timeout=PATIENCE)
    channel.opened.set()
    assert outbox.wait(PATIENCE)
    assert purposes(phone) == ["daily"]


@pytest.mark.usefixtures("database_url")
def test_of_many_channels_the_one_with_a_warning_comes_first() -> None:
    clock, channel = SandboxClock(EIGHT), Door()
    team = support_team()
    direct_messages(POSTING_THREADS * 3, EIGHT - timedelta(minutes=1), team)
    with writing():
        queue.announce(team, "warning", "warning:1", "Nobody was reached.", EIGHT)
    outbox = Outbox(clock, channels(Phone(), channel))
    outbox.deliver(clock.now())
    for _ in range(POSTING_THREADS):
        assert channel.entered.acquire(timeout=PATIENCE)

    assert "warning:1" in channel.asked[:POSTING_THREADS]
    channel.opened.set()
    assert outbox.wait(PATIENCE)


@pytest.mark.usefixtures("database_url")
def test_what_waits_when_the_process_stops_is_given_back_and_not_ambiguous() -> None:
    clock, phone, channel = SandboxClock(EIGHT), Phone(), Door(opened=True)
    outbox, _ = held_up(clock, phone, channel)
    assert not outbox.stop(0.01)
    phone.opened.set()
    assert outbox.wait(PATIENCE)
    assert set(purposes(phone)) == {"note"}

    again = Outbox(clock, channels(phone, channel))
    again.deliver(clock.now())
    assert again.wait(PATIENCE)
    assert purposes(phone).count("daily") == 1
    with reading():
        (row,) = Notification.select().where(
            Notification.kind == "sms", Notification.purpose == "daily"
        )
        assert (row.status, row.attempts) == ("sent", 1)


@pytest.mark.usefixtures("database_url")
def test_after_a_slow_lookup_the_process_that_took_over_sends() -> None:
    class Slow(Phone):
        def find(self, message: Message, search: Search) -> str | None:
            self.entered.release()
            assert self.opened.wait(PATIENCE)
            return super().find(message, search)

    support_team(channel=None)
    clock, slow, quick = SandboxClock(EIGHT), Slow(BROKEN, opened=True), Phone(opened=True)
    first, second = (Outbox(clock, channels(door, Door())) for door in (slow, quick))
    planner.plan_all(clock.now())
    first.deliver(clock.now())
    assert first.wait(PATIENCE)
    assert slow.entered.acquire(timeout=PATIENCE)
    slow.opened.clear()
    clock.forward(seconds=61)
    first.deliver(clock.now())
    assert slow.entered.acquire(timeout=PATIENCE)
    for _ in range(6):  # it is looked up for five minutes before it is sent
        clock.forward(seconds=61)
        second.deliver(clock.now())
        assert second.wait(PATIENCE)
    slow.opened.set()
    assert first.wait(PATIENCE)

    assert purposes(quick) == ["daily"]
    assert slow.sent == []


@pytest.mark.usefixtures("database_url")
def test_what_another_process_has_sent_is_not_warned_of() -> None:
    support_team()
    gone = DeliveryError(Outcome.PERMANENT, "21211", "Twilio says this number doesn’t exist.")
    clock, slow, quick, channel = SandboxClock(EIGHT), Phone(gone), Phone(opened=True), Door()
    channel.opened.set()
    first, second = (Outbox(clock, channels(door, channel)) for door in (slow, quick))
    planner.plan_all(clock.now())
    first.deliver(clock.now())
    assert slow.entered.acquire(timeout=PATIENCE)
    for _ in range(6):  # it is looked up for five minutes before it is sent
        clock.forward(seconds=61)
        second.deliver(clock.now())
        assert second.wait(PATIENCE)
    slow.opened.set()
    assert first.wait(PATIENCE)
    clock.forward(seconds=15)
    second.deliver(clock.now())

    assert second.wait(PATIENCE)
    assert purposes(quick) == purposes(channel) == ["daily"]
    assert "failed" not in statuses()


@pytest.mark.usefixtures("database_url")
def test_an_sms_that_went_out_late_and_then_got_lost_is_reported() -> None:
    class Filtered(Phone):
        def receipt(self, sid: str) -> DeliveryReceipt:
            lost = DeliveryReceipt(Status.UNDELIVERED, NOW, "30007", "The carrier filtered it.")
            return lost if sid else DeliveryReceipt(None, NOW)

    away = [unreachable() for _ in range(4)]
    channel = Door(*[unreachable() for _ in range(12)], opened=True)
    morning(Filtered(*away, opened=True), channel, minutes=30)

    assert sorted(purposes(channel)) == ["daily", "direct", "warning"]
    assert any("didn’t get the text. The carrier filtered it." in text for text in channel.texts)


@pytest.mark.usefixtures("database_url")
def test_a_failed_lookup_is_not_an_ambiguous_try() -> None:
    class Dazzled(Phone):
        def find(self, message: Message, search: Search) -> str | None:
            self.blind = looks.pop() if looks else None
            return super().find(message, search)

    phone, channel = Dazzled(NO_ANSWER, opened=True), Door(opened=True)
    looks = [DeliveryError(Outcome.TEMPORARY, "no sense", "Twilio’s answer made no sense.")] * 4
    morning(phone, channel, minutes=15)

    assert purposes(phone) == ["daily"]
    # For more than five minutes the outcome was unknown, so the fallbacks begin.
    assert sorted(purposes(channel)) == ["daily", "direct", "warning"]


@pytest.mark.usefixtures("database_url")
@pytest.mark.parametrize("tries", [0, 1])
def test_a_turn_that_was_over_before_its_sms_went_out_is_reported(tries: int) -> None:
    support_team()
    clock = SandboxClock(EIGHT)
    phone, channel = Phone(*[unreachable()] * tries, opened=True), Door(opened=True)
    outbox = Outbox(clock, channels(phone, channel))
    planner.plan_all(clock.now())
    for at in [EIGHT] * tries + [EIGHT + timedelta(days=3)]:  # in between, nothing runs
        clock.forward_to(at)
        planner.plan_all(clock.now())
        outbox.deliver(clock.now())
        assert outbox.wait(PATIENCE)
    outbox.deliver(clock.now())
    assert outbox.wait(PATIENCE)

    (note,) = [text for text in channel.texts if "never got the text" in text]
    assert "<@U0ALICE> never got the text due Mon Nov 23, 8:00 AM CST" in note
    assert phone.sent == ["daily:1:2026-11-26:3"]


@pytest.mark.usefixtures("database_url")
def test_retries_are_spread_if_a_rate_limit_gives_no_time() -> None:
    too_many = [
        DeliveryError(Outcome.TEMPORARY, "20429", "Too many.", error_class=ErrorClass.BUSY)
        for _ in range(30)
    ]
    direct_messages(30, EIGHT, by_sms=True)
    phone = Phone(*too_many, opened=True)
    outbox = Outbox(SandboxClock(EIGHT), channels(phone, Door(opened=True)))
    outbox.deliver(EIGHT)
    assert outbox.wait(PATIENCE)

    with reading():
        again = [row.next_attempt_at - EIGHT for row in Notification.select()]
    assert len(again) == 30
    assert len(set(again)) > 20
    assert min(again) >= timedelta(seconds=60)
    assert max(again) <= timedelta(seconds=91)


@pytest.mark.usefixtures("database_url")
def test_posts_that_wait_for_their_turn_to_be_edited_need_no_tick(clock: SandboxClock) -> None:
    phone, channel = Phone(opened=True), Door(opened=True)
    outbox, team = Outbox(clock, channels(phone, channel)), support_team()
    posts = EDITS.per_minute + 4
    with writing():
        for number in range(posts):
            queue.announce(team, "missed", f"missed:{number}", f"Note {number}", NOW)
        Notification.update(
            status="delivered", sent_at=NOW, slack_ts="1", shown="[]", next_attempt_at=NOW
        ).where(Notification.purpose == "missed").execute()

    outbox.deliver(NOW)
    assert outbox.wait(PATIENCE)
    outbox.go_on(NOW + timedelta(seconds=30))
    assert outbox.wait(PATIENCE)
    assert len(channel.edits) == EDITS.per_minute - EDITS.kept_for_urgent

    outbox.go_on(clock.forward(minutes=1))
    assert outbox.wait(PATIENCE)
    assert len(channel.edits) == posts
