"""Twilio's refusals: code, HTTP status and words. https://www.twilio.com/docs/api/errors"""

import json

from aiohttp import web

# Refusals of a call. {} is what the call was about: a number, a path, a parameter.
_REFUSALS: dict[int, tuple[int, str]] = {
    20001: (400, "Invalid parameter: {}"),
    20003: (401, "Authenticate"),
    20004: (405, "Method not allowed"),
    20009: (409, "Cannot delete this resource before it is complete"),
    20404: (404, "The requested resource {} was not found"),
    20429: (429, "Too Many Requests"),
    20500: (500, "An internal server error has occurred"),
    20503: (503, "Service unavailable"),
    21211: (400, "Invalid 'To' Phone Number: {}"),
    21212: (400, "Invalid From Number (caller ID): {}"),
    21217: (400, "Phone number does not appear to be valid: {}"),
    21408: (400, "Permission to send an SMS has not been enabled for the region: {}"),
    21602: (400, "Message body is required."),
    21603: (400, "A 'From' phone number is required."),
    21604: (400, "A 'To' phone number is required."),
    21606: (400, "The 'From' phone number {} is not a message-capable number of your account."),
    21608: (400, "The number {} is unverified. Trial accounts reach verified numbers only."),
    21610: (400, "Attempt to send to unsubscribed recipient: {}"),
    21611: (429, "This 'From' number has exceeded the maximum number of queued messages"),
    21614: (400, "'To' number is not a valid mobile number: {}"),
    21617: (400, "The concatenated message body exceeds the 1600 character limit."),
    21701: (400, "The Messaging Service does not exist: {}"),
    30409: (400, "This message cannot be canceled"),
}

# What a Message says when it was taken and lost later.
_LOST: dict[int, str] = {
    30001: "Queue overflow",
    30002: "Account suspended",
    30003: "Unreachable destination handset",
    30004: "Message blocked",
    30005: "Unknown destination handset",
    30006: "Landline or unreachable carrier",
    30007: "Carrier violation",
    30008: "Unknown error",
    30034: "US A2P 10DLC - Message from an Unregistered Number",
    30036: "Validity Period Expired",
}


class TwilioRefusal(web.HTTPException):
    """An answer in Twilio's shape that says no. `about` goes into the words."""

    def __init__(self, code: int, about: str = "", headers: dict[str, str] | None = None) -> None:
        # A scripted code that is not in the table is as good as any: Twilio has hundreds.
        self.status_code, words = _REFUSALS.get(code, (400, "Error {}"))
        body = {
            "code": code,
            "message": words.format(about or code),
            "more_info": f"https://www.twilio.com/docs/errors/{code}",
            "status": self.status_code,
        }
        super().__init__(
            text=json.dumps(body), content_type="application/json", headers=headers or {}
        )


def lost_words(code: int | None) -> str | None:
    """Return the `error_message` of a Message with this `error_code`."""
    return None if code is None else _LOST.get(code, "Unknown error")
