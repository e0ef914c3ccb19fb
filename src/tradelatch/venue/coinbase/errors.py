"""How Coinbase says no, outside of orders, whose refusals are answers of their own.

Forms and statuses as https://docs.cdp.coinbase.com/coinbase-app/advanced-trade-apis/rest-api and,
for what lies under ``/v2``, https://docs.cdp.coinbase.com/coinbase-app/api-architecture/status-codes
tell them. Who is not known gets the bare word ``Unauthorized``.
"""

import enum
from typing import Any

import msgspec

from tradelatch.venue.api.limits import TooMany
from tradelatch.venue.engine.refusal import Refused

JSON = b"application/json; charset=utf-8"
TEXT = b"text/plain; charset=utf-8"


class Why(enum.StrEnum):
    """The reasons, in the words of ``/api/v3``; the status and the word of ``/v2`` go with each."""

    INVALID_ARGUMENT = "INVALID_ARGUMENT"
    UNAUTHENTICATED = "UNAUTHENTICATED"
    PERMISSION_DENIED = "PERMISSION_DENIED"
    NOT_FOUND = "NOT_FOUND"
    UNKNOWN = "unknown"
    TOO_LARGE = "request_too_large"
    TOO_MANY = "rate_limit_exceeded"
    INTERNAL = "INTERNAL"
    UNAVAILABLE = "UNAVAILABLE"
    TIMEOUT = "DEADLINE_EXCEEDED"

    @property
    def status(self) -> int:
        """Its HTTP status."""
        return _TOLD[self][0]

    @property
    def second(self) -> str:
        """What ``/v2`` calls it."""
        return _TOLD[self][1]


_TOLD = {
    Why.INVALID_ARGUMENT: (400, "validation_error"),
    Why.UNAUTHENTICATED: (401, "authentication_error"),
    Why.PERMISSION_DENIED: (403, "invalid_scope"),
    Why.NOT_FOUND: (404, "not_found"),
    Why.UNKNOWN: (404, "not_found"),
    Why.TOO_LARGE: (413, "invalid_request"),
    Why.TOO_MANY: (429, "rate_limit_exceeded"),
    Why.INTERNAL: (500, "internal_server_error"),
    Why.UNAVAILABLE: (503, "internal_server_error"),
    Why.TIMEOUT: (504, "internal_server_error"),
}
_PLAIN = {
    Why.UNAUTHENTICATED: b"Unauthorized",
    Why.UNAVAILABLE: b"Service Unavailable",
    Why.TIMEOUT: b"Gateway Timeout",
}
"""What is answered before a request has come to the API itself is text."""
_BY_STATUS = {
    401: Why.UNAUTHENTICATED,
    404: Why.NOT_FOUND,
    413: Why.TOO_LARGE,
    500: Why.INTERNAL,
    503: Why.UNAVAILABLE,
    504: Why.TIMEOUT,
}
_NO_MARKET = -1121
_CODE = -1000
"""Coinbase's refusals have words, no numbers."""


class Denied(Refused):
    """A request is turned away in Coinbase's own words, and nothing has changed."""

    def __init__(self, why: Why, message: str) -> None:
        super().__init__(_CODE, message, why.status)
        self.why = why

    def told(self, path: str) -> tuple[int, bytes, bytes]:
        """Status, body and content type, in the form of the API that `path` belongs to."""
        if self.why in _PLAIN:
            return self.why.status, _PLAIN[self.why], TEXT
        body: dict[str, Any] = {
            "error": self.why,
            "error_details": self.msg,
            "message": self.msg,
        }
        if path.startswith("/v2/"):
            body = {"errors": [{"id": self.why.second, "message": self.msg}]}
        return self.why.status, msgspec.json.encode(body), JSON


def invalid(message: str) -> Denied:
    """Something that was sent cannot be read, or belongs not here."""
    return Denied(Why.INVALID_ARGUMENT, message)


def not_found(message: str) -> Denied:
    """There is no such thing."""
    return Denied(Why.NOT_FOUND, message)


def no_order() -> Denied:
    """The account never had an order that is called so."""
    return Denied(Why.UNKNOWN, "order with this orderID was not found")


def unauthorized() -> Denied:
    """Who asks is not known, or may not ask from there."""
    return Denied(Why.UNAUTHENTICATED, "Unauthorized")


def forbidden() -> Denied:
    """The key lacks the right to do this."""
    return Denied(Why.PERMISSION_DENIED, "Missing required scopes")


def translated(refused: Refused) -> Denied:
    """The same refusal in Coinbase's words."""
    if isinstance(refused, TooMany):
        return Denied(Why.TOO_MANY, "Too many requests")
    if refused.code == _NO_MARKET:
        return not_found("valid product_id is required")
    return Denied(_BY_STATUS.get(refused.status, Why.INVALID_ARGUMENT), refused.msg)
