"""What a run of an attack came to."""

import re
from collections import Counter
from collections.abc import Callable
from decimal import Decimal

import msgspec

from tradelatch.drills.client import Transport
from tradelatch.model.http import Request, Response
from tradelatch.model.money import ZERO

_DENIED = re.compile(r"denied by policy(?: \(verdict \d+\))?: (.*)", re.DOTALL)
_RULE = re.compile(r"(?:^|; )([a-z_]+): ")
FREEZES = frozenset({"frozen", "cancel_only"})
"""The rules by which a frozen grant is refused."""


class Score(msgspec.Struct, frozen=True):
    """One run; money in the unit, exact.

    `gain` is the thief's, at fair prices. `lost` is what trades cost the victims at fair prices,
    `lost_sold` the same if what was acquired had to be sold at once with the thief's support
    gone; `moved` is what price moves did to the holdings that orders had changed, which is no
    loss by orders (see `ledger`). `far` is how much worse than fair the victims' worst fill was,
    as a fraction, and `bound` B + X + E of the window that the run fits in.
    `failed` says why the attacker, not the defence, failed; empty if it did its work.
    """

    attack: str
    seed: int
    guarded: bool
    failed: str = ""
    gain: Decimal = ZERO
    lost: Decimal = ZERO
    lost_sold: Decimal = ZERO
    moved: Decimal = ZERO
    far: Decimal = ZERO
    bound: Decimal = ZERO
    tried: int = 0
    refused: int = 0
    by_rule: dict[str, int] = {}
    refusal_s: float | None = None
    freeze_s: float | None = None
    hours: float = 0.0

    @property
    def worst(self) -> Decimal:
        """The larger of the two losses."""
        return max(self.lost, self.lost_sold)

    @property
    def share(self) -> float:
        """The worse loss as a share of the bound."""
        return float(self.worst / self.bound) if self.bound else 0.0

    @property
    def breaks_bound(self) -> bool:
        """A guarded victim lost more than B + X + E."""
        return self.guarded and self.worst > self.bound


class Meter:
    """Counts what a thief sends to the gate that changes more than a cancel does, and by which
    rules it is refused."""

    def __init__(self, now_s: Callable[[], float]) -> None:
        self._now_s, self._start = now_s, now_s()
        self.tried = self.refused = 0
        self.by_rule: Counter[str] = Counter()
        self.refusal_s: float | None = None
        self.freeze_s: float | None = None

    def on(self, send: Transport) -> Transport:
        """A transport that is metered."""

        async def metered(request: Request) -> Response:
            response = await send(request)
            if request.method not in ("GET", "DELETE"):
                self._count(response)
            return response

        return metered

    def _count(self, response: Response) -> None:
        self.tried += 1
        if response.status == 200:
            return
        self.refused += 1
        seconds = self._now_s() - self._start
        if self.refusal_s is None:
            self.refusal_s = seconds
        for rule in rules_in(response.body):
            self.by_rule[rule] += 1
            if rule in FREEZES and self.freeze_s is None:
                self.freeze_s = seconds


def rules_in(body: bytes) -> list[str]:
    """The rules that a refusal names; ``exchange form`` where it was not understood or let in,
    and no rule was asked."""
    try:
        says = str(msgspec.json.decode(body)["msg"])
    except (msgspec.DecodeError, KeyError, TypeError):
        return ["exchange form"]
    denied = _DENIED.fullmatch(says)
    return _RULE.findall(denied.group(1)) if denied else ["exchange form"]
