"""The second way for news that can't be posted in the channel: direct messages, then phones.

Bad news must not depend on what is broken. When a post is given up, its news goes to the team's
leads and escalation contacts in Slack, or, if none is known, to the people on call now or next. If
somebody wasn't reached, `fallback` also texts helpers. That a channel is broken is reported once,
not every morning.
"""

from datetime import datetime
from typing import NamedTuple

from scheduling.channels import ErrorClass, explaining
from scheduling.delivery.chain import begins_chain
from scheduling.delivery.policy import SECOND_WAY
from scheduling.notifications import known_leads
from scheduling.notifications.queue import read_by, write_to
from scheduling.rota import queue, schedule
from scheduling.words.buttons import Action, button
from scheduling.words.directs import ON_IT, channel_notice, in_the_channels_place
from storage.models import Member, Notification, Team
from storage.queries import outbox
from storage.statuses import WITHDRAWN, Kind, Purpose, Status, Trait


class Recipient(NamedTuple):
    """Somebody who gets the news: a Slack id, a member of the team, or both."""

    user: str | None
    member: Member | None


def instead(post: Notification, now: datetime) -> None:
    """Send the news of a failed post by direct message. In a transaction."""
    if post.kind != Kind.ANNOUNCEMENT:
        return
    root = post.root
    chained = begins_chain(root)
    gap = post.purpose.is_duty and not post.about
    purpose, text = post.purpose, post.text
    if gap:
        purpose = Purpose.GAP
    elif Trait.BAD_NEWS not in purpose.traits:
        # For other posts, leads only hear that the channel can't be posted to.
        purpose, text = Purpose.CHANNEL, channel_notice(post.team.name)
    but = root.team_member if chained else None
    gone = _gone(post)
    recipients = _in_slack(_leads_and_contacts(post.team, but, gone)) or _teammates(
        post.team, now, but, gone
    )
    take = button(ON_IT, Action.ACKNOWLEDGE, root.id, team=root.team_id)
    for one in recipients:
        if one.user is None:
            continue
        said = read_by(one.user, post.team, text, now)
        if _recently_notified(post, purpose, one.user, said, now):
            continue
        write_to(
            post.team,
            one.member,
            said,
            user=one.user,
            purpose=purpose,
            key=f"lead:{post.id}:{one.user}",
            now=now,
            buttons=(take,) if chained and one.member else (),
            fallback_of=root if chained else post,
            stands_for=post,
        )


def pass_on(direct: Notification, now: datetime) -> None:
    """Send the news to others because a lead can't read it in Slack. In a transaction."""
    if direct.stands_for:
        instead(direct.stands_for, now)


def _gone(post: Notification) -> frozenset[str]:
    """Return the Slack ids that a post's news went to, but that are gone from Slack."""
    found = Notification.select().where(
        Notification.stands_for == post,
        Notification.error_code.is_null(False),
    )
    gone = (row for row in found if explaining.of(row).error_class is ErrorClass.GONE)
    return frozenset(row.slack_user_id for row in gone if row.slack_user_id)


def _leads_and_contacts(
    team: Team, but: Member | None, gone: frozenset[str] = frozenset()
) -> list[Recipient]:
    """Return a team's leads and escalation contacts, who hear such news first.

    `but` is the person who wasn't reached; `gone` are the users who are gone from Slack.
    """
    members = {
        one.slack_user_id: one
        for one in Member.of_team(team)
        if one.slack_user_id and not one.has_left
    }
    found = [Recipient(user, members.get(user)) for user in known_leads.of(team)]
    found = [one for one in found if but is None or one.user != but.slack_user_id]
    found = [one for one in found if one.user not in gone][: SECOND_WAY.most_leads]
    known = {one.user for one in found}
    found += [
        Recipient(contact.slack_user_id, contact)
        for contact in queue.escalation_contacts(team)
        if contact.slack_user_id is None or contact.slack_user_id not in known | gone
        if but is None or contact.id != but.id
    ]
    return found


def with_phones(team: Team, now: datetime, but: Member) -> list[Member]:
    """Return the members to text about somebody not reached, if the channel can't be used."""
    found = [one.member for one in _leads_and_contacts(team, but) if one.member]
    return found or [one.member for one in _teammates(team, now, but) if one.member]


def _in_slack(found: list[Recipient]) -> list[Recipient]:
    return [one for one in found if one.user]


def _teammates(
    team: Team, now: datetime, but: Member | None, gone: frozenset[str] = frozenset()
) -> list[Recipient]:
    """Return the people on call now, or next, except those who are gone from Slack."""
    people = schedule.members_by_id(team)
    for period in schedule.coming(team, now):
        found = [people[one] for one in period.members if but is None or one != but.id]
        found = [one for one in found if one.slack_user_id not in gone]
        if found:
            return [Recipient(one.slack_user_id, one) for one in found]
    return []


def _recently_notified(
    post: Notification, purpose: Purpose, user: str, text: str, now: datetime
) -> bool:
    """Tell whether a user got the same news recently, and the channel hasn't worked since."""
    if Trait.FOUND_EACH_DAY not in purpose.traits:
        return False
    earlier = (
        Notification.select()
        .where(
            Notification.team == post.team_id,
            Notification.slack_user_id == user,
            Notification.text == text,
            Notification.created_at > now - SECOND_WAY.not_again,
            Notification.status.not_in((*WITHDRAWN, Status.FAILED)),
            Notification.cleared_at.is_null(),
        )
        .order_by(Notification.id.desc())
        .first()
    )
    if earlier is None:
        return False
    works = Notification.select().where(
        Notification.team == post.team_id,
        Notification.kind == Kind.ANNOUNCEMENT,
        Notification.status == Status.DELIVERED,
        Notification.delivered_at > earlier.created_at,
    )
    return not works.exists()


def lacks_channel(team: Team) -> bool:
    """Tell whether the last post for the team could not be posted."""
    last = outbox.last_post(team)
    return last is not None and last.status is Status.FAILED


def why(row: Notification) -> str:
    """Return a line that says why a direct message isn't in the channel; '' if it needn't be."""
    if row.stands_for_id is None:
        return ""
    root = row.root
    posts = [root]
    if not root.kind.is_post:
        query = Notification.select().where(
            Notification.fallback_of == root,
            Notification.kind == Kind.ANNOUNCEMENT,
            Notification.status == Status.FAILED,
        )
        posts = list(query.order_by(Notification.id.desc()).limit(1))
    because = (posts[0].error_message or "") if posts else ""
    return in_the_channels_place(row.team.channel_id, because)
