"""Messaging services: which one has a number, and what it does with replies."""

from collections.abc import Callable
from typing import Any


def that_has(
    client: Any, phone: str, most: int, *, only: Callable[[Any], bool] = lambda _service: True
) -> tuple[Any | None, bool]:
    """Return the service that has a number (None if not found), and whether that is certain.

    At most `most` services are read, and only the numbers of those that match `only`. Raises what
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
    """Tell whether a service drops replies, so that they aren't listed.

    https://www.twilio.com/docs/messaging/api/service-resource, `inbound_request_url`
    """
    return not defers(service) and not service.inbound_request_url


def defers(service: Any) -> bool:
    """Tell whether a service leaves replies to the webhook of the number they came to."""
    return service.use_inbound_webhook_on_number is not False
