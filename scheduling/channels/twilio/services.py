"""Messaging services: which one has a number, and what it does with what comes in."""

from collections.abc import Callable
from typing import Any


def that_has(
    client: Any, phone: str, most: int, *, only: Callable[[Any], bool] = lambda _service: True
) -> tuple[Any | None, bool]:
    """Return the service that has a number, and whether it is known that no other has.

    So many are looked at; with `only` the numbers of those alone are asked for. Raises what
    Twilio's client raises.
    """
    services = client.messaging.v1.services
    listed = services.list(limit=most)
    for service in filter(only, listed):
        numbers = services(service.sid).phone_numbers.list()
        if any(str(one.phone_number) == phone for one in numbers):
            return service, True
    return None, len(listed) < most


def drops(service: Any) -> bool:
    """Tell whether a service hands what comes in to nobody, so that it is in no list.

    https://www.twilio.com/docs/messaging/api/service-resource, `inbound_request_url`
    """
    return not defers(service) and not service.inbound_request_url


def defers(service: Any) -> bool:
    """Tell whether a service leaves what comes in to the webhook of the number it came to."""
    return service.use_inbound_webhook_on_number is not False
