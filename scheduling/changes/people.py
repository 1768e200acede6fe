"""The people in a change: checks of their details, and of names that must differ."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from scheduling.changes import checks
from scheduling.errors import NothingToDo, Refusal
from scheduling.notifications.snapshot import person
from scheduling.numbers import masked
from scheduling.words.lines import Line, mention
from scheduling.words.mrkdwn import all_shown, shown
from scheduling.words.visible import same_to_the_eye
from storage.models import Member, Team

_CHECKS: dict[str, Callable[[str], str]] = {
    "name": checks.check_name,
    "phone": checks.check_phone,
    "second_phone": checks.check_phone,
    "slack_user_id": checks.check_slack_user,
    "time_zone": checks.check_zone,
}


def member_of(team: Team, number: int) -> Member:
    """Return the team's member with this id. Raises Refusal if there is none."""
    found: Member | None = Member.get_or_none(Member.id == number, Member.team == team)
    if found is None:
        raise Refusal(
            "That member isn’t there anymore.", suggest=(Line("members"), " lists who is.")
        )
    return found


def mentioned(member: Member) -> str:
    """Return a member in mrkdwn: a mention if they are in Slack, otherwise the name."""
    return shown(person(member))


def everyone(people: Mapping[int, Member], members: Iterable[int]) -> str:
    """Return members in mrkdwn, for example '@alice, @bob and @carol'; '' for nobody."""
    return all_shown([person(people[one]) for one in members])


# --- what may be stored -----------------------------------------------------------------------


def checked_fields(
    given: dict[str, str | None], stored: Member | None = None
) -> dict[str, str | None]:
    """Return a person's fields as they are stored. Raises Refusal.

    Fields equal to what is `stored` aren't checked, so that an old value that would be refused
    today doesn't keep people from changing others.
    """
    return {
        field: value
        if value is None or (stored is not None and getattr(stored, field) == value)
        else _CHECKS[field](value)
        for field, value in given.items()
    }


def duplicates(people: Sequence[Mapping[str, str | None]]) -> Iterator[tuple[int, Refusal]]:
    """Yield the index of each person who equals an earlier one in some field, and the refusal."""
    seen: dict[tuple[str, str], int] = {}
    for place, one in enumerate(people):
        slack, name, phone = one["slack_user_id"], one["name"] or "", one["phone"]
        signs = {
            "phone": ("phone", phone, f"the phone {phone}"),
            "slack_user": ("slack", slack, f"the Slack user {slack}"),
            "name": ("name", None if slack else same_to_the_eye(name), f"the name {name}"),
        }
        for field, (kind, sign, what) in signs.items():
            first = seen.setdefault((kind, sign), place) if sign else place
            if first != place:
                whose = people[first]["name"] or f"number {first + 1}"
                said = f"{what} is in the file twice, first for {whose}."
                yield place, Refusal(f"{said} Everybody needs their own.", field)


def check_reached(name: str, phone: str | None, slack_user_id: str | None) -> None:
    """Raise Refusal for somebody without a number who can't be asked for it in Slack."""
    if phone is None and slack_user_id is None:
        raise Refusal(
            f"{name} needs a phone number: without a Slack account, I can’t ask them for it.",
            "phone",
        )


def check_second(name: str, phone: str | None, second: str | None) -> None:
    """Raise Refusal for a second number that equals the first, or without a first one."""
    if second is not None and phone is None:
        raise Refusal(f"{name} has no first number yet. Give that one first.", "second")
    if phone is not None and second == phone:
        raise Refusal(
            f"{masked(phone)} is already {name}’s first number. The second one is the backup, so "
            "it must be different.",
            "second",
        )


def check_unique_name(
    team: Team, name: str, member: Member | None = None, *, nameless: bool = False
) -> None:
    """Refuse a name that another member or contact has, in any spelling.

    Posts and texts say by name who is on call, so two people must not look like one. With
    `nameless` only people outside Slack count, since they have nothing but their name.
    """
    for other in namesakes(team, name, member):
        if nameless and other.slack_user_id:
            continue
        raise Refusal(
            f"Another {other.name} is already in the rotation. Give a name that tells them "
            f"apart, for example “{name} B”.",
            "name",
        )


def free_name(team: Team, name: str, member: Member | None = None) -> str:
    """Return the name of somebody in Slack, with a number appended if another member has it.

    Mentions distinguish namesakes in Slack, but nothing does in texts.
    """
    free, count = name, 1
    while namesakes(team, free, member):
        count += 1
        free = f"{name[: checks.LONGEST_NAME - 4]} {count}"
    return free


def namesakes(team: Team, name: str, member: Member | None) -> list[Member]:
    """Return the other people on the team with a name, in any spelling."""
    return [
        other
        for other in Member.of_team(team)
        if not other.has_left
        and (member is None or other.id != member.id)
        and checks.is_same_name(other.name, name)
    ]


def with_field(member: Member, field: str, value: str | None) -> Line:
    return Line(f"members edit {mention(member)} {field} {value}")


def facts_of(member: Member) -> dict[str, object]:
    # Full numbers: the audit log has to show which one was changed.
    return {
        "member": member.id,
        "name": member.name,
        "phone": member.phone,
        "second_phone": member.second_phone,
        "slack_user_id": member.slack_user_id,
        "time_zone": member.time_zone,
        "is_active": member.is_active,
        "escalates": member.escalates,
    }


def number_taken(phone: str, owner: Member, *, theirs: bool = False) -> Refusal:
    """Return the refusal of a number that somebody else has.

    `theirs` is whether the reader enters it as their own: then a lead can help, if it's theirs.
    """
    edit = Line(f"members edit {mention(owner)}")
    correct = (f"If {owner.name}’s is wrong, correct it first: ", edit, ".")
    ask = (
        f"If it’s yours, a lead can correct {owner.name}’s; ",
        Line("admins"),
        " lists the leads.",
    )
    return Refusal(
        f"{masked(phone)} is already {owner.name}’s number. Everybody needs their own: check the "
        "digits.",
        "phone",
        suggest=ask if theirs else correct,
    )


def known_by(team: Team, phone: str | None, slack_user_id: str | None) -> Member | None:
    """Return the former member with this number or Slack user."""
    found = [
        one
        for one in Member.of_team(team)
        if (phone and one.phone == phone) or (slack_user_id and one.slack_user_id == slack_user_id)
    ]
    for member in found:
        if member.is_active and member.slack_user_id == slack_user_id is not None:
            number = f"with {masked(member.phone)}" if member.phone else "without a number yet"
            refused = NothingToDo if phone in (None, member.phone) else Refusal
            raise refused(
                f"{member.name} is already in the rotation, {number}.",
                suggest=("To change the number: ", with_field(member, "phone", phone), ".")
                if phone
                else (Line("members"), " lists who is."),
            )
        if member.is_active and phone:
            raise number_taken(phone, member)
    found.sort(key=lambda one: one.phone != phone)  # the owner of the number first
    theirs = found[0].slack_user_id if len(found) == 1 else None
    if phone and theirs and slack_user_id and theirs != slack_user_id:
        raise Refusal(
            f"{masked(phone)} was {found[0].name}’s number before they left. If it’s somebody "
            f"else’s now, give {found[0].name} a different one first.",
            "phone",
            suggest=(": ", with_field(found[0], "phone", "+13125550121"), "."),
        )
    if phone and len(found) > 1:
        raise Refusal(
            f"{masked(phone)} was {found[0].name}’s number and that Slack user was "
            f"{found[1].name}, so I can’t tell who’s coming back. If it’s {found[1].name}, give "
            "the number they had before.",
            "phone",
        )
    return found[0] if found else None
