"""Trouble on demand: what networks and exchanges do to requests, so that a client's recovery can
be tested. Set by the operator; not recorded, and gone after a restart.
"""

import asyncio
import enum
import random
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import msgspec

from tradelatch.venue.engine.refusal import Refused, unknown

_LONGEST_MS = 600_000


class Kind(enum.StrEnum):
    """What happens to a request.

    `DELAY`: it takes longer. `DROP`: the connection ends without an answer. `DUPLICATE`: it
    arrives twice, as when a network repeats it. `ERROR`: it is answered with a 5XX.
    `DISCONNECT`: every websocket is hung up on, at once.
    """

    DELAY = "delay"
    DROP = "drop"
    DUPLICATE = "duplicate"
    ERROR = "error"
    DISCONNECT = "disconnect"


class Way(enum.StrEnum):
    """How a request came."""

    REST = "rest"
    WEBSOCKET = "websocket"


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What to do to which requests, and how often.

    `endpoint` (``POST /api/v3/order``, whichever way it is asked), `way` and `key` (an API key)
    choose requests; left out, any. The rule strikes `times` requests (0: every one), each with
    probability `share`, drawn from `seed`. Where `after` is set it strikes when the request has
    been carried out: the answer is late, lost or wrong, and the order was taken. `ms` is how long
    a delay is, `status` (500, 502, 503, 504) what an error says.
    """

    kind: Kind
    endpoint: str = ""
    way: Way | None = None
    key: str = ""
    times: int = 1
    share: float = 1.0
    seed: int = 0
    after: bool = False
    ms: int = 0
    status: int = 503

    def __post_init__(self) -> None:
        if not 0 <= self.times <= 1_000_000:
            raise ValueError("times is 0 (every request) to 1000000")
        if not 0 < self.share <= 1:
            raise ValueError("share is a probability above 0 and up to 1")
        if not 0 <= self.ms <= _LONGEST_MS or (self.kind is Kind.DELAY and not self.ms):
            raise ValueError(f"ms is how long a delay lasts, 1 to {_LONGEST_MS}")
        if self.status not in _ERRORS:
            raise ValueError(f"status is one of {', '.join(map(str, _ERRORS))}")


class Dropped(Exception):
    """The connection ends here, without an answer."""


class BadGateway(Exception):
    """A proxy answers in the exchange's place, and in HTML."""


BAD_GATEWAY = (
    b"<html><head><title>502 Bad Gateway</title></head><body>502 Bad Gateway</body></html>"
)
_ERRORS: dict[int, Callable[[], Exception]] = {
    500: unknown,
    502: BadGateway,
    503: partial(
        Refused,
        -1008,
        "Server is currently overloaded with other requests. Please try again in a few minutes.",
        503,
    ),
    504: partial(
        Refused,
        -1007,
        "Timeout waiting for response from backend server. Send status unknown; execution status "
        "unknown.",
        504,
    ),
}


class _Active:
    """A rule at work: how often it has struck, and its dice."""

    def __init__(self, number: int, rule: Rule) -> None:
        self.number = number
        self.rule = rule
        self.struck = 0
        self._dice = random.Random(rule.seed)  # noqa: S311 - not a secret

    @property
    def is_over(self) -> bool:
        """It has struck as often as it was to."""
        return bool(self.rule.times) and self.struck >= self.rule.times

    def strikes(self, endpoint: str, way: Way, key: str) -> bool:
        """Whether it strikes this request, which is then counted."""
        rule = self.rule
        chosen = rule.endpoint in ("", endpoint) and rule.way in (None, way)
        if self.is_over or not chosen or rule.key not in ("", key):
            return False
        if self._dice.random() >= rule.share:
            return False
        self.struck += 1
        return True


class Troubles:
    """All trouble of one venue."""

    def __init__(self) -> None:
        self._active: list[_Active] = []
        self._next = 1
        self.hang_up: Callable[[], int] = lambda: 0
        """Ends every websocket; how many there were."""

    def add(self, rule: Rule) -> dict[str, Any]:
        """Let a rule work from now on; what there is to tell of it."""
        active = _Active(self._next, rule)
        self._next += 1
        if rule.kind is Kind.DISCONNECT:
            active.struck = self.hang_up()
        else:
            self._active = [one for one in self._active if not one.is_over]
            self._active.append(active)
        return _told(active)

    def clear(self) -> None:
        """No more trouble."""
        self._active = []

    def told(self) -> list[dict[str, Any]]:
        """Every rule, and how often each has struck."""
        return [_told(active) for active in self._active]

    async def meet(
        self, endpoint: str, way: Way, key: str, carry_out: Callable[[], Awaitable[Any]]
    ) -> Any:
        """The result of `carry_out`, after whatever trouble the request meets.

        Raises:
            Dropped: the connection is to end.
            BadGateway: the answer is a proxy's.
            Refused: an error strikes, or the request is refused anyway.
        """
        if not self._active:
            return await carry_out()
        struck = [one.rule for one in self._active if one.strikes(endpoint, way, key)]
        for rule in struck:
            if not rule.after:
                await _strike(rule)
        result = await carry_out()
        if any(rule.kind is Kind.DUPLICATE for rule in struck):
            await _again(carry_out)
        for rule in struck:
            if rule.after:
                await _strike(rule)
        return result


async def _strike(rule: Rule) -> None:
    if rule.kind is Kind.DELAY:
        await asyncio.sleep(rule.ms / 1_000)
    elif rule.kind is Kind.DROP:
        raise Dropped
    elif rule.kind is Kind.ERROR:
        raise _ERRORS[rule.status]()


async def _again(carry_out: Callable[[], Awaitable[Any]]) -> None:
    """The copy's answer reaches nobody."""
    try:
        await carry_out()
    except Refused:
        return


def _told(active: _Active) -> dict[str, Any]:
    rule = msgspec.structs.asdict(active.rule)
    return {"number": active.number, "struck": active.struck, **rule}
