"""What a market was worth at a moment, and a quote asset in dollars; each with its source."""

from bisect import bisect_right
from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal

import msgspec

from tradelatch.cases.verification.settings import Settings
from tradelatch.model.clock import DAY, HOUR, MS
from tradelatch.model.markets import split_symbol

_BEFORE_MS = {"fill": 0, "hour-before": HOUR // MS, "day-before": DAY // MS}


class Priced(msgspec.Struct, frozen=True):
    """A price, the moment that it is of, and where it is from (a file and what of it)."""

    price: Decimal
    at_ms: int
    source: str


class Series:
    """Prices of one market or asset from one file, in the order of time."""

    def __init__(self, file: str, name: str, prices: Iterable[tuple[int, Decimal]]) -> None:
        self._file, self._name = file, name
        ordered = sorted(dict(prices).items())
        self._times = [at for at, _ in ordered]
        self._prices = [price for _, price in ordered]

    def at(self, moment_ms: int, oldest_ms: int) -> Priced | None:
        """The latest price at a moment, None where there is none that is young enough."""
        index = bisect_right(self._times, moment_ms) - 1
        if index < 0 or moment_ms - self._times[index] >= oldest_ms:
            return None
        at = self._times[index]
        told = f"{datetime.fromtimestamp(at / 1000, UTC):%Y-%m-%dT%H:%MZ}"
        return Priced(self._prices[index], at, f"{self._file}: {self._name} {told}")


class References:
    """All prices that the evidence holds."""

    def __init__(
        self, settings: Settings, markets: dict[str, Series], rates: dict[str, Series]
    ) -> None:
        self._settings, self._markets, self._rates = settings, markets, rates
        self._oldest_ms = settings.oldest_hours * HOUR // MS
        self._before_ms = _BEFORE_MS[settings.valuation]

    def price(self, symbol: str, moment_ms: int) -> Priced | None:
        """What one of the base asset was worth in quote, None if that is not known."""
        series = self._markets.get(symbol)
        return series.at(moment_ms - self._before_ms, self._oldest_ms) if series else None

    def rate(self, symbol: str, moment_ms: int) -> Priced | None:
        """Dollars for one of a market's quote asset: one, or from the table of rates, or from its
        own market against dollars."""
        quote = split_symbol(symbol)[1]
        dollars = self._settings.dollar_assets
        if quote in dollars:
            return Priced(Decimal(1), moment_ms, f"{quote} counts as one dollar")
        at = moment_ms - self._before_ms
        known = [self._rates.get(quote), *(self._markets.get(f"{quote}/{one}") for one in dollars)]
        found = (series.at(at, self._oldest_ms) for series in known if series)
        return next((one for one in found if one), None)
