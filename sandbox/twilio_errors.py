"""Twilio's refusals: code, HTTP status and words. https://www.twilio.com/docs/api/errors"""

import json

from aiohttp import web

# Refusals of a call. {} is the number, path or parameter that was wrong.
_REFUSALS: dict[int, tuple[int, str]] = {
    20001: (400, "Invalid parameter: {}"),
    10001: (401, "Account is not active"),
    10002: (403, "Trial account does not support this feature"),
    20003: (401, "Authenticate"),
    20004: (405, "Method not allowed"),
    20005: (403, "Account not active"),
    20009: (409, "Cannot delete this resource before it is complete"),
    20403: (403, "403 Forbidden"),
    20404: (404, "The requested resource {} was not found"),
    20429: (429, "Too Many Requests"),
    20500: (500, "An internal server error has occurred"),
    20503: (503, "Service unavailable"),
    20504: (504, "Gateway timeout"),
    21211: (400, "Invalid 'To' Phone Number: {}"),
    21212: (400, "Invalid From Number (caller ID): {}"),
    21217: (400, "Phone number does not appear to be valid: {}"),
    21264: (400, "'From' phone number not verified: {}"),
    21265: (400, "'To' number cannot be a Short Code: {}"),
    21266: (400, "'To' and 'From' number cannot be the same: {}"),
    21268: (400, "Twilio does not support sending messages to this number: {}"),
    21408: (400, "Permission to send an SMS has not been enabled for the region: {}"),
    21602: (400, "Message body is required."),
    21603: (400, "A 'From' phone number is required."),
    21604: (400, "A 'To' phone number is required."),
    21606: (400, "The 'From' phone number {} is not a message-capable number of your account."),
    21608: (400, "The number {} is unverified. Trial accounts reach verified numbers only."),
    21610: (400, "Attempt to send to unsubscribed recipient: {}"),
    21611: (429, "This 'From' number has exceeded the maximum number of queued messages"),
    21612: (400, "The 'To' phone number {} is not currently reachable via SMS"),
    21614: (400, "'To' number is not a valid mobile number: {}"),
    21617: (400, "The concatenated message body exceeds the 1600 character limit."),
    21624: (400, "Invalid validity period: {}"),
    21635: (400, "'To' number cannot be a landline: {}"),
    21659: (400, "'From' is not a Twilio phone number or Short Code country mismatch"),
    21660: (400, "Mismatch between the 'From' number and the account"),
    21661: (400, "'From' number is not SMS-capable"),
    21663: (400, "'From' number is not available in this region"),
    21701: (400, "The Messaging Service does not exist: {}"),
    21703: (400, "The Messaging Service does not have a phone number to send a message from"),
    21704: (400, "The Messaging Service contains no phone numbers"),
    21705: (400, "The Messaging Service Sid is invalid: {}"),
    30409: (400, "This message cannot be canceled"),
    63017: (429, "Account exceeded its message rate"),
    63038: (429, "Account exceeded the {} daily messages limit"),
    70051: (403, "Authorization: the API key lacks this permission"),
    572002: (403, "This trial number cannot send to the number {}"),
    572005: (403, "The number {} has not opted in to this trial"),
    572006: (403, "Trial accounts send Twilio's templates only"),
}

# The error messages of texts that were accepted and lost later.
_LOST: dict[int, str] = {
    30001: "Queue overflow",
    30002: "Account suspended",
    30003: "Unreachable destination handset",
    30004: "Message blocked",
    30005: "Unknown destination handset",
    30006: "Landline or unreachable carrier",
    30007: "Carrier violation",
    30008: "Unknown error",
    30017: "Carrier network congestion",
    30022: "US A2P 10DLC - Rate Limits Exceeded",
    30023: "US A2P 10DLC - Daily Message Cap Reached",
    30024: "Numeric Sender ID Not Provisioned on Carrier",
    30027: "US A2P 10DLC - T-Mobile Daily Message Limit Reached",
    30032: "Toll-Free Number Has Not Been Verified",
    30033: "US A2P 10DLC - Campaign Suspended",
    30034: "US A2P 10DLC - Message from an Unregistered Number",
    30035: "US A2P 10DLC - Message from a Number still being Configured",
    30036: "Validity Period Expired",
    30410: "Provider Timeout Error",
    30450: "Message delivery blocked",
    30454: "Message usage limit reached",
    30500: "Internal Error",
}


class TwilioRefusal(web.HTTPException):
    """A refusal in Twilio's format. `about` goes into its message."""

    def __init__(self, code: int, about: str = "", headers: dict[str, str] | None = None) -> None:
        # A story may script a code that isn't in the table: Twilio has hundreds.
        self.status_code, words = _REFUSALS.get(code, (400, "Error {}"))
        body = {
            "code": code,
            "message": words.format(about or code),
            "more_info": f"https://www.twilio.com/docs/errors/{code}",
            "status": self.status_code,
        }
        super().__init__(
            text=json.dumps(body, separators=(",", ":")),
            content_type="application/json",
            headers=headers or {},
        )


def lost_words(code: int | None) -> str | None:
    """Return the `error_message` of a Message with this `error_code`."""
    return None if code is None else _LOST.get(code, "Unknown error")
