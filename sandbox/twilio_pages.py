"""Lists of Twilio's 2010 API: pages that don't shift when newer items come in."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar
from urllib.parse import urlencode

from aiohttp import web

from sandbox.twilio_errors import TwilioRefusal

T = TypeVar("T")
DEFAULT_SIZE, MAX_SIZE = 50, 1000
AFTER, BEFORE = "PA", "PB"  # a PageToken is one of these and the sid at the page's edge


def page_of(
    request: web.Request,
    key: str,
    items: Sequence[T],
    sid: Callable[[T], str],
    resource: Callable[[T], dict[str, Any]],
) -> dict[str, Any]:
    """Return the page of `items` that the request asks for, its resources under `key`."""
    query = request.query
    size = min(max(_number(query.get("PageSize", str(DEFAULT_SIZE))), 1), MAX_SIZE)
    page = _number(query.get("Page", "0"))
    first = _first(query.get("PageToken"), page, size, [sid(item) for item in items])
    shown = items[first : first + size]

    def uri(number: int, token: str | None = None) -> str:
        kept = [(k, v) for k, v in query.items() if k not in ("Page", "PageSize", "PageToken")]
        paging = [("PageSize", str(size)), ("Page", str(number))]
        tokens = [("PageToken", token)] if token else []
        return f"{request.path}?{urlencode([*kept, *paging, *tokens])}"

    return {
        key: [resource(item) for item in shown],
        "end": max(page * size + len(shown) - 1, 0),
        "first_page_uri": uri(0),
        "next_page_uri": (
            uri(page + 1, AFTER + sid(shown[-1])) if first + size < len(items) and shown else None
        ),
        "page": page,
        "page_size": size,
        "previous_page_uri": (
            uri(page - 1, BEFORE + sid(shown[0])) if page > 0 and shown else None
        ),
        "start": page * size,
        "uri": request.path_qs,
    }


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise TwilioRefusal(20001, f"{text!r} is not a page or its size")
    return int(text)


def _first(token: str | None, page: int, size: int, sids: list[str]) -> int:
    if not token:
        return page * size
    edge, at = token[:2], token[2:]
    if edge not in (AFTER, BEFORE) or at not in sids:
        raise TwilioRefusal(20001, "PageToken")
    return sids.index(at) + 1 if edge == AFTER else max(sids.index(at) - size, 0)
