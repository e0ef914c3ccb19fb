"""What a market was worth at a moment, and a quote asset in dollars; each with its source."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from statistics import median
from typing import TypeAlias

import msgspec

from tradelatch.cases.kinds import LAYOUTS, Kind
from tradelatch.cases.verification.recorded import Recorded, market_of
from tradelatch.cases.verification.settings import Settings
from tradelatch.exports.refusal import BadCell, Refused
from tradelatch.exports.sheet import Row, Sheet
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

    def hours(self, moment_ms: int) -> tuple[Decimal, Decimal] | None:
        """The prices just before and just after a moment, no more than an hour apart."""
        after = bisect_right(self._times, moment_ms)
        if not 0 < after < len(self._times):
            return None
        if self._times[after] - self._times[after - 1] > HOUR // MS:
            return None
        return self._prices[after - 1], self._prices[after]


class TapeSeries:
    """What others paid in a market in the day that ended at the full hour before a moment, the
    median of its public trades: what happens within the hour does not move it."""

    def __init__(self, trades: Sequence[Recorded]) -> None:
        """All of one market, in any order."""
        ordered = sorted(trades, key=lambda one: one.time_ms)
        self._times = [one.time_ms for one in ordered]
        self._trades = ordered
        self._known: dict[int, Priced | None] = {}

    @classmethod
    def of(cls, trades: Iterable[Recorded]) -> dict[str, "TapeSeries"]:
        """One for each market."""
        markets: defaultdict[str, list[Recorded]] = defaultdict(list)
        for trade in trades:
            markets[trade.symbol].append(trade)
        return {symbol: cls(mine) for symbol, mine in markets.items()}

    def at(self, moment_ms: int, _oldest_ms: int) -> Priced | None:
        """The price at a moment, None where nothing was traded in that day."""
        hour = moment_ms - moment_ms % (HOUR // MS)
        if hour not in self._known:
            self._known[hour] = self._priced(hour)
        return self._known[hour]

    def hours(self, _moment_ms: int) -> None:
        """No prices of hours: of the median of a day, honest trades lie further."""

    def _priced(self, hour: int) -> Priced | None:
        first, end = bisect_left(self._times, hour - DAY // MS), bisect_left(self._times, hour)
        day = self._trades[first:end]
        if not day:
            return None
        told = f"{datetime.fromtimestamp(hour / 1000, UTC):%Y-%m-%dT%H:%MZ}"
        source = f"{day[0].row.file}: median of {len(day)} trades in the 24 hours to {told}"
        return Priced(median(one.price for one in day), hour, source)


class Chain:
    """Several series of one market: the first that has a price counts."""

    def __init__(self, *series: "PriceSeries") -> None:
        self._series = series

    def at(self, moment_ms: int, oldest_ms: int) -> Priced | None:
        """The price at a moment, None where none of them has one."""
        found = (series.at(moment_ms, oldest_ms) for series in self._series)
        return next((one for one in found if one), None)

    def hours(self, moment_ms: int) -> tuple[Decimal, Decimal] | None:
        """As of one table of hourly prices, None where none of them has both."""
        found = (series.hours(moment_ms) for series in self._series)
        return next((one for one in found if one), None)


PriceSeries: TypeAlias = Series | TapeSeries | Chain


class References:
    """All prices that the evidence holds."""

    def __init__(
        self,
        settings: Settings,
        markets: Mapping[str, PriceSeries],
        rates: Mapping[str, PriceSeries],
    ) -> None:
        self._settings, self._markets, self._rates = settings, markets, rates
        self._oldest_ms = settings.oldest_hours * HOUR // MS
        self._before_ms = _BEFORE_MS[settings.valuation]

    def price(self, symbol: str, moment_ms: int) -> Priced | None:
        """What one of the base asset was worth in quote, None if that is not known."""
        series = self._markets.get(symbol)
        return series.at(moment_ms - self._before_ms, self._oldest_ms) if series else None

    def hours(self, symbol: str, moment_ms: int) -> tuple[Decimal, Decimal] | None:
        """What a table of hourly prices has just before and after a moment; None where it has
        not both, or a tape stands in for it."""
        series = self._markets.get(symbol)
        return series.hours(moment_ms) if series else None

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


def prices_of(sheet: Sheet) -> dict[str, Series]:
    """The prices of a table of reference prices (by market) or of rates (by asset).

    Raises:
        Refused: a row holds none; a table of prices counts as a whole.
    """
    prices: defaultdict[str, dict[int, Decimal]] = defaultdict(dict)
    for rejected in sheet.rejected:
        raise Refused(f"{sheet.name}, line {rejected.line}: {rejected.reason}")
    for row in sheet.rows:
        try:
            of, price = _priced(row)
            at = row.ms("hour")
            if prices[of].setdefault(at, price) != price:
                raise BadCell(f"{of} has another price at that time already")
        except BadCell as error:
            raise Refused(f"{sheet.name}, line {row.line}: {error}") from error
    return {of: Series(sheet.name, of, entries.items()) for of, entries in prices.items()}


def _priced(row: Row) -> tuple[str, Decimal]:
    if row.sheet.layout is LAYOUTS[Kind.RATES]:
        of, price = row.text("asset").upper(), row.number("usd")
    else:
        of, price = market_of(row), row.number("price")
    if price <= 0:
        raise BadCell("prices are above zero")
    return of, price
