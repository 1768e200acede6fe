"""What one person sees of the workspace, the phones and the clock, as JSON for the page."""

from typing import Any

from sandbox.keeper import Keeper
from sandbox.page.weather import WEATHER, Weather
from sandbox.phones import CONDITIONS, Sms
from sandbox.slack.memory import Channel, Memory, View
from sandbox.slack.render import EMOJI
from sandbox.world import Person, Sandbox

Json = dict[str, Any]

# No more than people would read; after a year in time lapse there are hundreds.
POSTS, MESSAGES = 60, 20


def world(sandbox: Sandbox, key: str) -> Json:
    """Return what doesn't change: the people, and the app's commands."""
    return {
        "key": key,
        "people": [
            {
                "id": person.id,
                "name": person.name,
                "handle": person.slack.handle,
                "zone": person.slack.zone.key,
                "admin": person.slack.is_admin,
                "guest": person.slack.is_guest,
            }
            for person in sandbox.people
        ],
        "commands": [
            {"name": one.name, "description": one.description, "hint": one.hint}
            for one in sandbox.slack.manifest.commands
        ],
        "home": sandbox.slack.manifest.home,
        "messages": sandbox.slack.manifest.messages,
        "emoji": EMOJI,
        "weather": list(WEATHER),
        "conditions": list(CONDITIONS),
    }


def seen_by(person: Person, sandbox: Sandbox, keeper: Keeper | None, weather: Weather) -> Json:
    """Return everything that can change, as one person sees it now on their client."""
    memory = sandbox.slack.memory
    memory.direct_messages(person.id)  # in Slack they exist before anybody writes
    modals = memory.modals.get(person.slack.client, [])
    home = memory.homes.get(person.id)
    return {
        "channels": [
            _channel(channel, person.id)
            for channel in list(memory.channels.values())
            if person.id in channel.members
            or (channel.kind == "public" and not person.slack.is_guest)
        ],
        "names": _names(memory),
        "modal": _view(modals[-1], depth=len(modals)) if modals else None,
        "home": _view(home) if home else None,
        "phones": _phones(sandbox),
        "time": _time(keeper),
        "weather": weather.as_json(),
    }


def _names(memory: Memory) -> Json:
    """Return the names of the people and channels that a message may mention."""
    return {
        **{user.id: user.name for user in list(memory.users.values())},
        **{group.id: group.handle for group in list(memory.usergroups.values())},
        **{channel.id: channel.name for channel in list(memory.channels.values())},
    }


def _channel(channel: Channel, reader: str) -> Json:
    posts = [post for post in channel.posts.copy() if post.only_for in (None, reader)]
    return {
        "id": channel.id,
        "name": channel.name,
        "kind": channel.kind,
        "archived": channel.archived,
        "cut": len(posts) > POSTS,
        "posts": [
            post.as_json(with_metadata=False) | {"only_you": post.only_for is not None}
            for post in posts[-POSTS:]
        ],
    }


def _view(view: View, depth: int = 1) -> Json:
    shown = ("title", "submit", "close", "blocks")
    content = {name: view.content[name] for name in shown if name in view.content}
    return content | {
        "id": view.id,
        "hash": view.hash,
        "errors": view.errors,
        "depth": depth,
    }


def _phones(sandbox: Sandbox) -> list[Json]:
    logs: dict[str, list[Json]] = {one.phone.number: [] for one in sandbox.people}
    for sms in sandbox.phones.messages:  # each read computes all of them, so read once
        # Also the phone of somebody who isn't in Slack.
        number = sms.from_number if sms.direction == "inbound" else sms.to_number
        log = logs.setdefault(number.rpartition(":")[2], [])
        if sms.direction == "outbound-reply" and log:  # Twilio's own answer to a keyword
            log[-1]["answered"] = sms.body
        else:
            log.append(_sms(sms))
    return [
        {
            "number": phone.number,
            "owner": phone.owner,
            "condition": phone.condition,
            "messages": logs[phone.number][-MESSAGES:],
        }
        for phone in map(sandbox.phones.phone, logs)
    ]


def _sms(sms: Sms) -> Json:
    return {
        "sid": sms.sid,
        "mine": sms.direction == "inbound",
        "body": sms.body,
        "at": sms.created_at.timestamp(),
        "status": sms.status,
        "code": sms.error_code,
        "segments": sms.segments,
        "arrived": sms.arrived_at is not None,
    }


def _time(keeper: Keeper | None) -> Json | None:
    """Return the state of the bot and its clock; None without a keeper."""
    if keeper is None:
        return None
    morning = keeper.ahead.morning
    return {
        "up": keeper.up,
        "moving": keeper.moving,
        "starts": keeper.starts,
        "zone": keeper.ahead.zone.key,
        "twelve": keeper.ahead.twelve,
        "morning": morning.timestamp() if morning else None,
    }
