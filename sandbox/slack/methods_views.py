"""Web API: modals and Home tabs."""

from collections.abc import Callable

from sandbox.slack.asking import Ask, invalid
from sandbox.slack.blocks import view_problems
from sandbox.slack.errors import SlackError
from sandbox.slack.memory import Json, Memory, View, complete

MOST_VIEWS = 3


def _open(ask: Ask) -> Json:
    content = _content(ask, "modal")
    trigger = ask.triggers.exchange(ask.required("trigger_id"))
    view = ask.memory.new_view(trigger.user, content, trigger.client)
    ask.memory.modals[trigger.client] = [view]
    trigger.show(view)
    return {"view": view.as_json()}


def _push(ask: Ask) -> Json:
    content = _content(ask, "modal")
    trigger = ask.triggers.exchange(ask.required("trigger_id"))
    if trigger.view is None:
        raise SlackError("invalid_trigger_id")
    view = push(ask.memory, trigger.view, content)
    trigger.show(view)
    return {"view": view.as_json()}


def _update(ask: Ask) -> Json:
    content = _content(ask, "modal")
    view = ask.memory.find_view(ask.text("view_id") or ask.required("external_id"))
    if view is None:
        raise SlackError("not_found")
    _same_version(ask, view)
    replace(ask.memory, view, content)
    return {"view": view.as_json()}


def _publish(ask: Ask) -> Json:
    content = _content(ask, "home")
    user = ask.user("user_id")
    home = ask.memory.homes.get(user.id)
    if home is None:
        home = ask.memory.homes[user.id] = ask.memory.new_view(user.id, content)
    else:
        _same_version(ask, home)
        replace(ask.memory, home, content)
    return {"view": home.as_json()}


def push(memory: Memory, below: View, content: Json) -> View:
    """Put a view on top of a modal; raises SlackError if there are three already."""
    stack = memory.modals.get(below.client, [])
    if below not in stack:
        raise SlackError("not_found")
    if len(stack) >= MOST_VIEWS:
        raise SlackError("push_limit_reached")
    view = memory.new_view(below.user, content, below.client)
    view.root, view.previous = stack[0].id, stack[-1].id
    stack.append(view)
    return view


def replace(memory: Memory, view: View, content: Json) -> None:
    """Give a view new content, and with it a new version."""
    complete(content["blocks"])
    view.content, view.hash, view.errors = content, memory.new_hash(), {}


def checked_view(view: object, kind: str) -> Json:
    """Return a view that Slack would show; raises SlackError."""
    if problems := view_problems(view):
        raise invalid("invalid_arguments", problems)
    if not isinstance(view, dict) or view["type"] != kind:
        raise SlackError("invalid_arguments")
    return view


def _content(ask: Ask, kind: str) -> Json:
    return checked_view(ask.json("view"), kind)


def _same_version(ask: Ask, view: View) -> None:
    """Raise hash_conflict if the caller saw a version other than the present one."""
    if ask.text("hash", view.hash) != view.hash:
        raise SlackError("hash_conflict")


METHODS: dict[str, Callable[[Ask], Json]] = {
    "views.open": _open,
    "views.push": _push,
    "views.update": _update,
    "views.publish": _publish,
}
