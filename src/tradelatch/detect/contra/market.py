"""One market's trades as arrays, in the order of time."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from tradelatch.detect.contra.suspects import HOUR_MS
from tradelatch.detect.excess import Prints
from tradelatch.detect.reference import Bars, Prices, Times, converted, inverted, minute_bars

if TYPE_CHECKING:
    import ibis.expr.types as ir

Codes = NDArray[np.int64]
USUAL = 0.02
"""Trades no further from the rough references are a market's ordinary ones."""


class Market(NamedTuple):
    """A market's trades.

    Attributes:
        symbol: its name.
        rows: the table's `row` of each trade; `times`, `prices` and `amounts` as there.
        buyers, sellers: accounts as places in `names`.
        ceiling, floor: the rough references of `suspects.hourly` at each trade.
        order, sorted_sides: where each account's trades are (`of`).
        turnover: what was traded within `USUAL` of these, in quote, but for the two that traded
            most with one another: makers who do so all day would make everybody else's part small.
    """

    symbol: str
    rows: Times
    times: Times
    prices: Prices
    amounts: Prices
    buyers: Codes
    sellers: Codes
    names: Sequence[str]
    ceiling: Prices
    floor: Prices
    order: Codes
    sorted_sides: Codes
    turnover: float = 0.0

    @property
    def typical(self) -> float:
        """The median trade, in quote."""
        return float(np.median(self.prices * self.amounts))

    def near(self, places: Codes, far: float) -> NDArray[np.bool_]:
        """Which trades are nearer to the rough references than `far`."""
        prices, highest = self.prices[places], self.ceiling[places] * (1 + far)
        is_near: NDArray[np.bool_] = prices < highest
        return is_near & (prices > self.floor[places] / (1 + far))

    def lost(self, account: int, places: Codes, far: float) -> Prices:
        """What an account lost in each of its trades that are `far` or more from the rough
        references, in quote for one unit of base; 0 in the others."""
        return self._far(places, self.buyers[places] == account, far)

    def gained(self, account: int, places: Codes, far: float) -> Prices:
        """The same for whoever it traded with: what that lost."""
        return self._far(places, self.sellers[places] == account, far)

    def _far(self, places: Codes, bought: NDArray[np.bool_], far: float) -> Prices:
        prices, ceiling, floor = self.prices[places], self.ceiling[places], self.floor[places]
        lost = np.where(bought, prices - ceiling, floor - prices)
        apart = np.where(bought, prices >= ceiling * (1 + far), prices <= floor / (1 + far))
        return np.where(apart, lost, 0.0)

    def of(self, account: int) -> Codes:
        """The places of an account's trades, in order; one with itself stands there once."""
        low = np.searchsorted(self.sorted_sides, account, "left")
        high = np.searchsorted(self.sorted_sides, account, "right")
        return np.unique(self.order[low:high] % len(self.times))

    def partners(self, account: int, places: Codes) -> Codes:
        """The other side's account in each of an account's trades."""
        return np.where(self.buyers[places] == account, self.sellers[places], self.buyers[places])

    def prints(self, places: Codes) -> Prints:
        """Some of the trades."""
        return Prints(self.times[places], self.prices[places], self.amounts[places])

    def span(self, places: Codes) -> tuple[int, int]:
        """When the first of some trades was and the last (ms)."""
        return int(self.times[places[0]]), int(self.times[places[-1]])

    def until(self, moment_ms: int) -> "Market":
        """The market as it was known at a moment: the trades of before, that one's included."""
        count = int(np.searchsorted(self.times, moment_ms, "right"))
        sides, places = np.divmod(self.order, len(self.times))
        kept = places < count
        known = self._replace(
            rows=self.rows[:count],
            times=self.times[:count],
            prices=self.prices[:count],
            amounts=self.amounts[:count],
            buyers=self.buyers[:count],
            sellers=self.sellers[:count],
            ceiling=self.ceiling[:count],
            floor=self.floor[:count],
            order=(sides * count + places)[kept],
            sorted_sides=self.sorted_sides[kept],
        )
        return known._replace(turnover=_turnover(known))

    def between(self, first_ms: int, last_ms: int) -> Codes:
        """The places of the trades from one moment to another, both included."""
        low = np.searchsorted(self.times, first_ms)
        return np.arange(low, np.searchsorted(self.times, last_ms, "right"))


def markets(trades: "ir.Table", hours: "ir.Table", symbols: Iterable[str]) -> Iterator[Market]:
    """The named markets, one after the other by name."""
    wanted = sorted(set(symbols))
    if not wanted:
        return
    columns = ("row", "time", "price", "amount", "buyer", "seller", "symbol")
    table = trades.filter(trades.symbol.isin(wanted)).select(*columns).to_pyarrow()
    by_hour = hours.filter(hours.symbol.isin(wanted)).order_by("symbol", "hour").to_pyarrow()
    both = [table[name].combine_chunks() for name in ("buyer", "seller")]
    traded = table["symbol"].combine_chunks().dictionary_encode()
    codes = traded.indices.to_numpy()
    numbers = {name: table[name].to_numpy() for name in ("row", "time", "price", "amount")}
    order = np.lexsort((numbers["row"], numbers["time"], codes))
    starts = np.searchsorted(codes[order], np.arange(len(traded.dictionary) + 1))
    places = {str(name): number for number, name in enumerate(traded.dictionary.to_pylist())}
    hours_of = np.unique(by_hour["symbol"].to_numpy(zero_copy_only=False).astype(str), True)
    ends = [*hours_of[1], len(by_hour)]
    for symbol in wanted:
        number, first = places[symbol], int(np.searchsorted(hours_of[0], symbol))
        mine = order[starts[number] : starts[number + 1]]
        sides = [side.take(mine) for side in both]
        its_hours = slice(ends[first], ends[first + 1])
        yield _market(
            symbol,
            {name: values[mine] for name, values in numbers.items()},
            sides,
            by_hour["hour"].to_numpy()[its_hours],
            *(by_hour[name].to_numpy()[its_hours] for name in ("ceiling", "floor")),
        )


def _market(
    symbol: str,
    numbers: Mapping[str, Any],
    sides: Sequence[Any],
    hours: Times,
    ceiling: Prices,
    floor: Prices,
) -> Market:
    both = pa.concat_arrays(sides).dictionary_encode()
    codes = both.indices.to_numpy().astype(np.int64)
    order = np.argsort(codes, kind="stable")
    count = len(numbers["time"])
    at = np.searchsorted(hours, numbers["time"] // HOUR_MS)
    market = Market(
        symbol,
        numbers["row"],
        numbers["time"],
        numbers["price"],
        numbers["amount"],
        codes[:count],
        codes[count:],
        both.dictionary.to_pylist(),
        ceiling[at],
        floor[at],
        order,
        codes[order],
    )
    return market._replace(turnover=_turnover(market))


def _turnover(market: Market) -> float:
    """`Market.turnover`."""
    is_usual = market.near(np.arange(len(market.times)), USUAL) & (market.buyers != market.sellers)
    buyers, sellers = market.buyers[is_usual], market.sellers[is_usual]
    pairs = np.minimum(buyers, sellers) * len(market.names) + np.maximum(buyers, sellers)
    _, back = np.unique(pairs, return_inverse=True)
    by_pair = np.bincount(back, (market.prices * market.amounts)[is_usual])
    return float(by_pair.sum() - by_pair.max(initial=0.0))


def other_pair(trades: "ir.Table", symbol: str, symbols: Sequence[str]) -> Bars | None:
    """The bars of the most traded other pair of the same coin, in this pair's quote; None where
    there is none, or no rate between the quotes."""
    base, _, quote = symbol.partition("/")
    best: Bars | None = None
    for other in symbols:
        coin, _, money = other.partition("/")
        if coin != base or other == symbol:
            continue
        if f"{money}/{quote}" in symbols:
            rate = bars_of(trades, f"{money}/{quote}")
        elif f"{quote}/{money}" in symbols:
            rate = inverted(bars_of(trades, f"{quote}/{money}"))
        else:
            continue
        found = converted(bars_of(trades, other), rate)
        if best is None or len(found.minutes) > len(best.minutes):
            best = found
    return best


def bars_of(trades: "ir.Table", symbol: str) -> Bars:
    """A whole market's traded minutes."""
    rows = trades.filter(trades.symbol == symbol).select("time", "price", "amount", "row")
    table = rows.order_by("time", "row").to_pyarrow()
    return minute_bars(*(table[name].to_numpy() for name in ("time", "price", "amount")))
