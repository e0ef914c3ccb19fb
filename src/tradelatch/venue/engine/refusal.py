"""How the venue says no: Binance's error codes, texts and HTTP statuses.

Codes and texts as https://developers.binance.com/docs/binance-spot-api-docs/errors lists them.
"""

from functools import partial
from typing import Any

DISABLED = "This action is disabled on this account."
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


# Made anew each time: an exception keeps the frames that it went through, and one that is raised
# again and again would keep all of them, the requests in them included.
BAD_KEY_FORMAT = partial(Refused, -2014, "API-key format invalid.", 401)
BAD_KEY = partial(Refused, -2015, "Invalid API-key, IP, or permissions for action.", 401)
BAD_SIGNATURE = partial(Refused, -1022, "Signature for this request is not valid.")
BAD_SYMBOL = partial(Refused, -1121, "Invalid symbol.")
NO_SUCH_ORDER = partial(Refused, -2013, "Order does not exist.")
UNKNOWN_ORDER = partial(Refused, -2011, "Unknown order sent.")
UNKNOWN_ERROR = partial(
    Refused, -1000, "An unknown error occurred while processing the request.", 500
)
BROKEN = partial(
    Refused, -1001, "Internal error; unable to process your request. Please try again.", 503
)
