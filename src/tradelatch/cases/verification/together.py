"""Whether two accounts traded at the same times more often than two bots on one signal do.

Such bots buy the same round quantity of a market within moments. How exactly they agree is another
matter. Two tests, of what is expected at most of two accounts:

- Of the seconds in which both traded alike (market, side, price, quantity) some agree to the
  millisecond: if orders are only sent within 20 ms of one another, one in twenty. Whole seconds
  say nothing of milliseconds, and count for none.
- Of the minutes in which both traded the same quantity of a market some agree to the second and in
  the price: prices move between two orders, and orders wait; two in three.

k of n agree by chance with a probability below C(n, k) p^k (the union bound over all sets of k of
them). Below one in a billion the trades are told as copies: 7 of 7 to the millisecond, 52 of 52 to
the second. Seconds and minutes are counted, not trades, for an order's fills come together. A
thousand victims are half a million pairs, so that one in two thousand such cases has one pair by
chance.
"""

from collections.abc import Mapping, Sequence, Set
from decimal import Decimal
from fractions import Fraction
from math import comb

import msgspec

from tradelatch.cases.verification.losses import Valued
from tradelatch.model.clock import MINUTE, MS, SECOND

_IN_MS, _IN_SECOND = Fraction(1, 20), Fraction(2, 3)
_RARE = Fraction(1, 10**9)
_Mark = tuple[str, str, int]
_ByPrice = Mapping[Decimal, Sequence[Valued]]


class Together(msgspec.Struct):
    """When two accounts traded alike: by market, side and second or minute; those of `same_` agree
    further."""

    seconds: set[_Mark] = set()
    same_ms: set[_Mark] = set()
    minutes: set[_Mark] = set()
    same_second: set[_Mark] = set()

    def add(self, mine: _ByPrice, theirs: _ByPrice) -> None:
        """The trades of both of one market, side and quantity, by price."""
        self.minutes |= _marks(_all(mine), MINUTE) & _marks(_all(theirs), MINUTE)
        for price in mine.keys() & theirs.keys():
            one, other = mine[price], theirs[price]
            seconds = _marks(one, SECOND) & _marks(other, SECOND)
            self.seconds |= seconds
            self.same_second |= _wider(seconds, SECOND, MINUTE)
            moments = {at for at in _marks(one, MS) & _marks(other, MS) if at[2] * MS % SECOND}
            self.same_ms |= _wider(moments, MS, SECOND)

    @property
    def is_telling(self) -> bool:
        """Whether that is no chance."""
        return _is_rare(len(self.same_ms), len(self.seconds), _IN_MS) or _is_rare(
            len(self.same_second), len(self.minutes), _IN_SECOND
        )


def _is_rare(same: int, of: int, chance: Fraction) -> bool:
    return comb(of, same) * chance**same < _RARE


def _all(by_price: _ByPrice) -> list[Valued]:
    return [one for valued in by_price.values() for one in valued]


def _marks(valued: Sequence[Valued], unit: int) -> set[_Mark]:
    return {(one.trade.symbol, one.trade.side, one.trade.time_ns // unit) for one in valued}


def _wider(marks: Set[_Mark], unit: int, wider: int) -> set[_Mark]:
    return {(symbol, side, at * unit // wider) for symbol, side, at in marks}
