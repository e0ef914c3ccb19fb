"""From a failure to what it means: nobody knows, not now, or no.

Only what certainly was not taken may be called so: in doubt nobody knows.
"""

import enum
import re
from collections.abc import Callable

import ccxt
import msgspec

from tradelatch.bots.connector.trips import Trip
from tradelatch.bots.port import Busy, NoAnswer, Refused

WAIT_S = 1.0
"""How long to wait where nobody says how long."""
_LONGEST = 500
_BY_POLICY = re.compile(r"^denied by policy(?: \(verdict \d+\))?: (\w+): ")


class Fate(enum.Enum):
    """What an answer of failure means for the request."""

    UNKNOWN = "unknown"
    LATER = "later"
    """Not taken; it may be later."""
    REJECTED = "rejected"


class Failure(msgspec.Struct, frozen=True):
    """An answer of failure as one exchange words it: `code` is its own, `says` its own text."""

    fate: Fate
    code: str
    says: str


Judge = Callable[[int, object, bool], Failure]
"""Reads an answer of failure: its HTTP status, its JSON (None if it was none), and whether a gate
stands between, which words its own in the exchange's form."""


class Rejected(Refused):
    """The exchange or the gate said no; `code` is its own, `rule` the policy's, if one did."""

    def __init__(self, says: str, code: str = "") -> None:
        super().__init__(one_line(says))
        self.code = code
        found = _BY_POLICY.match(says)
        self.rule = found[1] if found else ""


def told(error: Exception, trip: Trip, what: str, judge: Callable[[Trip], Failure]) -> Exception:
    """What to raise in the place of an error that ended a request; `what` names the request.

    It never holds the request itself, nor what signed it.
    """
    if not trip.left:
        return _unsent(error, what)
    if not trip.status:
        return NoAnswer(f"{what}: no answer came ({type(error).__name__})")
    if 200 <= trip.status < 300:
        return NoAnswer(f"{what}: the answer makes no sense ({type(error).__name__})")
    failure = judge(trip)
    says = failure.says or f"status {trip.status}"
    if failure.fate is Fate.LATER:
        return Busy(f"{what}: {one_line(says)}", trip.wait_s or WAIT_S)
    if failure.fate is Fate.REJECTED:
        return Rejected(says, failure.code)
    return NoAnswer(f"{what}: what became of it is unknown ({one_line(says)})")


def one_line(says: str) -> str:
    """A text as one line of bounded length."""
    line = " ".join(says.split())
    return line if len(line) <= _LONGEST else line[: _LONGEST - 3] + "..."


def _unsent(error: Exception, what: str) -> Exception:
    """ccxt itself would not send it, or nobody was there to be sent to."""
    if isinstance(error, ccxt.RateLimitExceeded):
        return Busy(f"{what}: nothing was sent, {error}", WAIT_S)
    if isinstance(error, ccxt.NetworkError):
        return Busy(f"{what}: nothing was sent, the exchange cannot be reached", WAIT_S)
    if isinstance(error, ccxt.BaseError):
        return Rejected(str(error))
    return error
