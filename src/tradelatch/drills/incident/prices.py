"""Reference prices: one for each market and hour, a walk that comes back to where it began."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from tradelatch.drills.incident.chance import chance
from tradelatch.drills.incident.markets import DOLLARS, Market, liquid, starts

FIRST = datetime(2022, 9, 1, tzinfo=UTC)
HOURS = 122 * 24
"""To the end of the year."""

_FINE = 10**12
_STEP, _BACK = 60, 400
"""The largest move of an hour in parts of 10,000, and the hours in which a distance would go."""


class Prices:
    """The reference prices of one seed."""

    def __init__(self, seed: int) -> None:
        self._walks = {asset: _walk(seed, asset, start) for asset, start in starts().items()}
        self._bitcoin = next(market for market in liquid("USDT") if market.base == "BTC")

    def at(self, market: Market, moment: datetime) -> Decimal:
        """In the quote asset, on the market's tick."""
        return self.in_hour(market, (moment - FIRST) // timedelta(hours=1))

    def in_hour(self, market: Market, hour: int) -> Decimal:
        """The same by the number of hours since `FIRST`."""
        price = self._walks[market.base][hour]
        if market.quote not in DOLLARS:
            price /= self._walks[market.quote][hour]
        return price.quantize(market.tick)

    def dollars(self, quote: str, moment: datetime) -> Decimal:
        """What one of a quote asset is worth: a dollar, or what BTC is worth in BTC/USDT."""
        return Decimal(1) if quote in DOLLARS else self.at(self._bitcoin, moment)

    def worth(self, asset: str, moment: datetime) -> Decimal:
        """What one of any asset is worth, dollars."""
        if asset in DOLLARS:
            return Decimal(1)
        return self._walks[asset][(moment - FIRST) // timedelta(hours=1)]


def _walk(seed: int, asset: str, start: Decimal) -> list[Decimal]:
    dice = chance(seed, "prices", asset)
    price = middle = int(start * _FINE)
    walk = []
    for _ in range(HOURS):
        walk.append(Decimal(price) / _FINE)
        price += price * dice.randint(-_STEP, _STEP) // 10_000 + (middle - price) // _BACK
    return walk
