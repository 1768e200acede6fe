"""Web API: the app itself, and the people."""

from collections.abc import Callable

from sandbox.slack.asking import SCOPE_OF_KIND, Ask
from sandbox.slack.errors import SlackError
from sandbox.slack.memory import BOT_ID, BOT_USER_ID, ORGANIZATION_ID, TEAM_ID, TEAM_NAME, Json


def _auth_test(ask: Ask) -> Json:
    return {
        "url": f"{ask.base_url}/",
        "team": TEAM_NAME,
        "user": ask.memory.users[BOT_USER_ID].handle,
        "team_id": TEAM_ID,
        "user_id": BOT_USER_ID,
        "bot_id": BOT_ID,
        "is_enterprise_install": False,
        **({"enterprise_id": ORGANIZATION_ID} if ask.memory.in_organization else {}),
    }


def _users_info(ask: Ask) -> Json:
    ask.needs("users:read")
    return {"user": ask.memory.described(ask.user())}


def _users_list(ask: Ask) -> Json:
    ask.needs("users:read")
    users = [user for user in ask.memory.users.values() if not user.hidden]
    return ask.page(users, "members", ask.memory.described)


def _users_lookup_by_email(ask: Ask) -> Json:
    ask.needs("users:read.email")
    email = ask.required("email").lower()
    for user in ask.memory.users.values():
        if user.email == email and not user.deleted:
            return {"user": ask.memory.described(user)}
    raise SlackError("users_not_found")


def _users_profile_get(ask: Ask) -> Json:
    ask.needs("users.profile:read")
    return {"profile": ask.memory.described(ask.user())["profile"]}


def _users_conversations(ask: Ask) -> Json:
    who = ask.text("user", BOT_USER_ID)
    kinds = {
        {"public_channel": "public", "private_channel": "private"}.get(kind, kind)
        for kind in ask.names("types") or ["public_channel"]
    }
    for kind in kinds:
        ask.needs(f"{SCOPE_OF_KIND.get(kind, 'mpim')}:read")
    found = [
        channel
        for channel in ask.memory.channels.values()
        if who in channel.members and channel.kind in kinds
    ]
    return ask.page(found, "channels", lambda channel: channel.as_json())


def _usergroups_list(ask: Ask) -> Json:
    ask.needs("usergroups:read")
    return {"usergroups": [group.as_json() for group in ask.memory.usergroups.values()]}


def _usergroups_users_list(ask: Ask) -> Json:
    ask.needs("usergroups:read")
    if (group := ask.memory.usergroups.get(ask.required("usergroup"))) is None:
        raise SlackError("no_such_subteam")
    return {"users": group.users}


def _usergroups_users_update(ask: Ask) -> Json:
    ask.needs("usergroups:write")
    if (group := ask.memory.usergroups.get(ask.required("usergroup"))) is None:
        raise SlackError("no_such_subteam")
    users = ask.names("users")
    known = [user for user in users if user in ask.memory.users]
    if not users or known != users:
        raise SlackError("invalid_users" if users else "no_users_provided")
    group.users = users
    return {"usergroup": group.as_json()}


METHODS: dict[str, Callable[[Ask], Json]] = {
    "auth.test": _auth_test,
    "users.info": _users_info,
    "users.list": _users_list,
    "users.lookupByEmail": _users_lookup_by_email,
    "users.profile.get": _users_profile_get,
    "users.conversations": _users_conversations,
    "usergroups.list": _usergroups_list,
    "usergroups.users.list": _usergroups_users_list,
    "usergroups.users.update": _usergroups_users_update,
}
