"""How the venue says no: Binance's error codes, texts and HTTP statuses.

Codes and texts as https://developers.binance.com/docs/binance-spot-api-docs/errors lists them.
Each refusal is made when it is raised: one that is kept and raised again would gather a traceback
with every time, and with it all that was at work then.
"""

from typing import Any

DISABLED = "This action is disabled on this account."
WOULD_MATCH = "Order would immediately match and take."
WOULD_TRIGGER = "Stop price would trigger immediately."
INSUFFICIENT_BALANCE = "Account has insufficient balance for requested action."


class Refused(Exception):
    """A request or command is turned away and nothing has changed.

    `code`, `msg` and, where there is more to tell, `data` make the answer's body; `status` is
    its HTTP status.
    """

    def __init__(
        self, code: int, msg: str, status: int = 400, data: dict[str, Any] | None = None
    ) -> None:
        super().__init__(msg)
        self.code = code
        self.msg = msg
        self.status = status
        self.data = data

    def body(self) -> dict[str, object]:
        """The answer's JSON."""
        told: dict[str, object] = {"code": self.code, "msg": self.msg}
        return told if self.data is None else {**told, "data": self.data}


def filter_failure(name: str) -> Refused:
    """An order breaks one of its market's filters."""
    return Refused(-1013, f"Filter failure: {name}")


def rejected(msg: str) -> Refused:
    """A new order is rejected."""
    return Refused(-2010, msg)


def not_amended(msg: str) -> Refused:
    """An open order stays as it is."""
    return Refused(-2038, msg)


def illegal(name: str, legal: str) -> Refused:
    """A parameter holds characters it may not."""
    return Refused(
        -1100, f"Illegal characters found in parameter '{name}'; legal range is '{legal}'."
    )


def missing(name: str) -> Refused:
    """A parameter is absent, empty or cannot be read."""
    return Refused(
        -1102,
        f"Mandatory parameter '{name}' was not sent, was empty/null, or malformed.",
    )


def not_required(name: str) -> Refused:
    """A parameter does not belong to this kind of order."""
    return Refused(-1106, f"Parameter '{name}' sent when not required.")


def bad_key_format() -> Refused:
    """No API key is named, or not in its form."""
    return Refused(-2014, "API-key format invalid.", 401)


def bad_key() -> Refused:
    """An API key that is unknown, or may not do this from there."""
    return Refused(-2015, "Invalid API-key, IP, or permissions for action.", 401)


def bad_signature() -> Refused:
    """A signature is not the key's over the request."""
    return Refused(-1022, "Signature for this request is not valid.")


def bad_symbol() -> Refused:
    """No market is called that."""
    return Refused(-1121, "Invalid symbol.")


def no_such_order() -> Refused:
    """A query names an order that the account never had."""
    return Refused(-2013, "Order does not exist.")


def unknown_order() -> Refused:
    """A cancellation names an order that is not open."""
    return Refused(-2011, "Unknown order sent.")


def broken() -> Refused:
    """Nothing can be recorded any more."""
    return Refused(-1001, "Internal error; unable to process your request. Please try again.", 503)


def unknown() -> Refused:
    """A bug of ours, of which a client learns nothing."""
    return Refused(-1000, "An unknown error occurred while processing the request.", 500)
