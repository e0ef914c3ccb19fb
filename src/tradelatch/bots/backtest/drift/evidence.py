"""Whether a live fill can have happened, by what the market traded: each cause by its numbers.

A taker's order leaves several trades of one time and side. It is taken as one here that went as far
as its last price: a resting order that it reached may have had any part of it.
"""

from bisect import bisect_left, bisect_right
from decimal import Decimal
from typing import NamedTuple

import msgspec

from tradelatch.bots.backtest.drift.live import Live
from tradelatch.bots.backtest.drift.telling import Line
from tradelatch.bots.backtest.feed import TRADE_UNIT
from tradelatch.bots.backtest.terms import Terms
from tradelatch.bots.orders import Fill
from tradelatch.model.markets import split_symbol
from tradelatch.model.money import MONEY, ZERO, plain
from tradelatch.model.orders import Side
from tradelatch.tapes.trades import Trades

_ROUNDING = Decimal("1e-8")
"""Exchanges round a fee to eight decimals."""
_HUNDRED = Decimal(100)


class Bounds(msgspec.Struct, frozen=True):
    """How far the market may be from a backtest's idea of it: `late_ms` is the most that a price,
    an order or a fill is on its way, `slippage` how much worse than what was traded then an order
    at the market may be filled (a share)."""

    late_ms: int = 2_500
    slippage: Decimal = Decimal("0.03")


class _Taken(NamedTuple):
    """What a taker's order traded, and how far it went."""

    at_ms: int
    side: Side
    price: Decimal
    amount: Decimal

    def reaches(self, side: Side, price: Decimal) -> bool:
        """Whether a resting order of a side and price may have been met by it."""
        if self.side is side:
            return False
        return self.price <= price if side is Side.BUY else self.price >= price


class Evidence:
    """What one market traded while a bot was live; `others` counts what its account's other bots
    took."""

    def __init__(self, symbol: str, trades: Trades, live: Live, terms: Terms, bounds: Bounds):
        self._symbol, self._trades, self._terms, self._bounds = symbol, trades, terms, bounds
        self._live = live
        taken = _taken(trades, live.start_ms - bounds.late_ms, live.end_ms + bounds.late_ms)
        for one in live.others:
            if one.symbol == symbol and one.is_taker:
                fill = one.fill
                taken.append(_Taken(fill.time_ms, one.side, fill.price, fill.quantity))
        self._taken = sorted(taken, key=lambda one: one.at_ms)

    def at_the_market(self, line: Line) -> tuple[str, str]:
        """The numbers of an order that was filled at once, and what is wrong with them."""
        first, last = line.fills[0], line.fills[-1]
        known = self._last(line.created_ms)
        price = MONEY.divide(line.value, line.filled)
        off = MONEY.divide(price, known) - 1
        says = (
            f"decided at {plain(known)}, filled at {_short(price)} ({_percent(off)}) "
            f"{first.time_ms - line.created_ms} ms later"
        )
        low, high = self._range(line.created_ms, last.time_ms)
        allowed = self._bounds.slippage
        for fill in line.fills:
            if not low * (1 - allowed) <= fill.price <= high * (1 + allowed):
                return says, (
                    f"filled at {plain(fill.price)}, while the market traded {plain(low)} to "
                    f"{plain(high)}: more than {plain(allowed * _HUNDRED)} % away"
                )
        if first.time_ms < line.created_ms - self._bounds.late_ms:
            return says, "filled before it was sent"
        return says, self._amounts(line)

    def resting(self, line: Line) -> tuple[str, str]:
        """The numbers of a limit order's fills, and what is wrong with them."""
        says, made = "", ZERO
        for fill in line.fills:
            told, wrong = self._made(line, fill, made)
            if not wrong:
                made = MONEY.add(made, fill.quantity)
            elif self._has_crossed(line, fill):
                told = f"it met the book as it came, filled at {plain(fill.price)}"
            else:
                return says, wrong
            says = told
        return says, self._amounts(line)

    def _made(self, line: Line, fill: Fill, made: Decimal) -> tuple[str, str]:
        """The numbers of a fill at rest; `made` is what was filled so before."""
        assert line.price is not None
        made = MONEY.add(made, fill.quantity)
        if fill.price != line.price:
            return "", f"filled at {plain(fill.price)}, its limit is {plain(line.price)}"
        late = self._bounds.late_ms
        met = [
            one
            for one in self._between(line.created_ms - late, fill.time_ms + late)
            if one.reaches(line.side, line.price)
        ]
        if not any(one.at_ms >= fill.time_ms - late for one in met):
            return "", f"filled at {plain(line.price)} while nobody traded there"
        volume = sum((one.amount for one in met), ZERO)
        if made > volume:
            says = f"{plain(made)} was filled at {plain(line.price)}"
            return "", f"{says}, and takers that came there traded {plain(volume)} in all"
        way = "through" if any(one.price != line.price for one in met) else "at"
        after = (fill.time_ms - line.created_ms) / 1_000
        return (
            f"filled {after:.1f} s after it was sent: the market traded {way} its price, "
            f"{plain(volume)} in all"
        ), ""

    def _has_crossed(self, line: Line, fill: Fill) -> bool:
        """Whether it was filled as it came, since the market stood at its price or better."""
        assert line.price is not None
        sign = 1 if line.side is Side.BUY else -1
        low, high = self._range(line.created_ms, fill.time_ms)
        best, allowed = (low if sign > 0 else high), self._bounds.slippage
        return (
            fill.time_ms - line.created_ms <= self._bounds.late_ms
            and sign * fill.price <= sign * line.price
            and sign * best <= sign * line.price
            and low * (1 - allowed) <= fill.price <= high * (1 + allowed)
        )

    def unfilled(self, line: Line, until_ms: int) -> str:
        """What is wrong with an order that was left unfilled; it stood until then at least."""
        assert line.price is not None
        late = self._bounds.late_ms
        price, left = line.price, line.quantity - line.filled
        since, until = line.created_ms + late, until_ms - late
        through = self._beyond(line.side, price, since, until)
        fills = [
            fill.quantity
            for other in self._live.telling.lines.values()
            for fill in other.fills
            if other.symbol == self._symbol and other.side is line.side
            if since - late <= fill.time_ms <= until + late
        ]
        fills += [
            one.fill.quantity
            for one in self._live.others
            if one.symbol == self._symbol and one.side is line.side and not one.is_taker
            if since - late <= one.fill.time_ms <= until + late
        ]
        if left > 0 and through - sum(fills, ZERO) >= left:
            return (
                f"{plain(left)} at {plain(price)} was not filled, and {plain(through)} was traded "
                "through it"
            )
        return ""

    def _amounts(self, line: Line) -> str:
        """Whether no more was filled than asked for, at the fees that a backtest reckons with,
        rounded as exchanges do."""
        if line.filled > line.quantity:
            return f"{plain(line.filled)} of {plain(line.quantity)} was filled"
        base, quote = split_symbol(self._symbol)
        for fill in line.fills:
            of = {base: fill.quantity, quote: fill.value}.get(fill.fee_asset)
            if of is None:
                continue
            rates = self._terms.maker, self._terms.taker
            if all(abs(fill.fee - MONEY.multiply(of, rate)) > _ROUNDING for rate in rates):
                return f"a fee of {plain(fill.fee)} {fill.fee_asset} is none of the assumed ones"
        return ""

    def _beyond(self, side: Side, price: Decimal, since_ms: int, until_ms: int) -> Decimal:
        """What takers traded at worse prices than a resting order's: it came before."""
        trades, total = self._trades, ZERO
        first = bisect_left(trades.times, since_ms)
        for index in range(first, bisect_right(trades.times, until_ms)):
            at = MONEY.multiply(trades.prices[index], TRADE_UNIT)
            is_sell = side is Side.BUY and not trades.bought[index] and at < price
            if is_sell or (side is Side.SELL and trades.bought[index] and at > price):
                total = MONEY.add(total, MONEY.multiply(trades.amounts[index], TRADE_UNIT))
        return total

    def _between(self, since_ms: int, until_ms: int) -> list[_Taken]:
        first = bisect_left(self._taken, since_ms, key=lambda one: one.at_ms)
        last = bisect_right(self._taken, until_ms, key=lambda one: one.at_ms)
        return self._taken[first:last]

    def _last(self, at_ms: int) -> Decimal:
        index = max(0, bisect_right(self._trades.times, at_ms) - 1)
        return MONEY.multiply(self._trades.prices[index], TRADE_UNIT)

    def _range(self, since_ms: int, until_ms: int) -> tuple[Decimal, Decimal]:
        """What was traded around that time, the last price before it included."""
        late = self._bounds.late_ms
        prices = [one.price for one in self._between(since_ms - late, until_ms + late)]
        prices.append(self._last(since_ms - late))
        return min(prices), max(prices)


def _taken(trades: Trades, since_ms: int, until_ms: int) -> list[_Taken]:
    first, last = bisect_left(trades.times, since_ms), bisect_right(trades.times, until_ms)
    found: list[_Taken] = []
    for index in range(first, last):
        at, side = trades.times[index], Side.BUY if trades.bought[index] else Side.SELL
        price = MONEY.multiply(trades.prices[index], TRADE_UNIT)
        amount = MONEY.multiply(trades.amounts[index], TRADE_UNIT)
        if found and (found[-1].at_ms, found[-1].side) == (at, side):
            far = max(found[-1].price, price) if side is Side.BUY else min(found[-1].price, price)
            found[-1] = _Taken(at, side, far, found[-1].amount + amount)
        else:
            found.append(_Taken(at, side, price, amount))
    return found


def _percent(share: Decimal) -> str:
    return f"{float(share) * 100:+.2f} %"


def _short(price: Decimal) -> str:
    """To ten decimals: an average has no end."""
    return plain(price.quantize(Decimal("1e-10")))
