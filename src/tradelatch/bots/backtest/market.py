"""One bot in one market of a backtest: moves the price and lets orders and alerts meet it.

A candle is taken as a path: from its open against the bot first (down for a long one), then to the
other extreme, then to its close. What is touched on the way happens in the order in which the price
comes by; what the bot does about it: cancels at once, orders at the market at the price of that
moment, limit orders with the next candle. So where a candle touches both the take profit and
the stop, the stop comes first, and no limit order is filled by a candle that it was born in.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import NamedTuple

from tradelatch.bots.backtest.exchange import Exchange, Pit, Resting
from tradelatch.bots.bot import Bot
from tradelatch.bots.deals import Direction
from tradelatch.bots.events import Event, Price
from tradelatch.bots.orders import Order
from tradelatch.model.markets import Candle
from tradelatch.model.money import MONEY, ZERO
from tradelatch.model.orders import Side


class Sent(NamedTuple):
    """An order on its way: it arrives at the first price from `at_ms` on."""

    at_ms: int
    order: Order


class _Meeting(NamedTuple):
    """Something that the price comes by: a resting order, or an alert."""

    price: Decimal
    resting: Resting | None


class Market:
    """What one bot has in one market."""

    def __init__(
        self,
        bot: Bot,
        symbol: str,
        exchange: Exchange,
        tell: Callable[[Bot, Event], None],
        pump: Callable[[], None],
    ) -> None:
        """`tell` lets the bot hear of something and carries out what it does about it, `pump` does
        so with what the exchange said."""
        self.bot, self.symbol = bot, symbol
        self.price: Decimal | None = None
        """Where the market stands."""
        self.sent: list[Sent] = []
        self.is_moving = False
        """The price is somewhere inside a candle: an order at the market is filled there."""
        self._exchange, self._tell_bot, self._pump = exchange, tell, pump
        self._pit: Pit = exchange.pits.setdefault((bot.name, symbol), {})
        self._desk, self._terms = bot.desk, exchange.terms
        self._volume = ZERO

    def open(self, price: Decimal, volume: Decimal, now_ms: int) -> None:
        """The market trades at a price, whatever it was before, and so much base is traded there
        and until the next call; then what was sent arrives."""
        self._volume = MONEY.multiply(volume, self._terms.volume_share)
        self._move(price, jump=True)
        arrived = [sent.order for sent in self.sent if sent.at_ms <= now_ms]
        if arrived:
            self.sent = [sent for sent in self.sent if sent.at_ms > now_ms]
            for order in arrived:
                self._exchange.submit(self.bot.name, order, price)
            self._pump()
        self._tell(price)

    def cross(self, candle: Candle, at: Callable[[int], None]) -> None:
        """Go a candle's path after its open; `at` is told the quarter (1 to 3) that begins."""
        first, second = candle.low, candle.high
        if self.bot.strategy.direction is Direction.SHORT:
            first, second = second, first
        for quarter, price in enumerate((first, second, candle.close), 1):
            at(quarter)
            self._move(price)
            self._tell(price)

    def arrive(self, order: Order) -> None:
        """An order at the market, while the price is on its way."""
        assert self.price is not None
        self._exchange.submit(self.bot.name, order, self.price)

    def bounds(self) -> tuple[Decimal | None, Decimal | None]:
        """Nothing happens while the market stays above the one price and below the other."""
        below = [one.price for one in self._pit.values() if one.side is Side.BUY]
        above = [one.price for one in self._pit.values() if one.side is Side.SELL]
        for alert in self._desk.alerts.values():
            if alert.symbol == self.symbol:
                if alert.below is not None:
                    below.append(alert.below)
                if alert.above is not None:
                    above.append(alert.above)
        return (max(below) if below else None), (min(above) if above else None)

    def _move(self, to: Decimal, jump: bool = False) -> None:
        """Let the price go to `to`, by everything on its way; after a jump there is nothing in
        between, and alerts hear of the price there."""
        here = self.price if self.price is not None else to
        if jump:  # what the bot does about it, it does there
            self.price = to
        met: set[str] = set()
        while meeting := self._next(here, to, met):
            resting = meeting.resting
            if resting is None:
                here = to if jump else meeting.price
                self._tell(here)
                continue
            if not jump:
                here = self.price = meeting.price
            met.add(resting.client_id)
            filled = self._exchange.fill(self.bot.name, self.symbol, resting, self._volume)
            self._volume = MONEY.subtract(self._volume, filled)
            self._pump()
        self.price = to

    def _next(self, here: Decimal, to: Decimal, met: set[str]) -> _Meeting | None:
        """The nearest thing between two prices that was not met yet; orders before alerts."""
        falls = to < here
        side = Side.BUY if falls else Side.SELL
        found = [
            _Meeting(resting.price, resting)
            for resting in self._pit.values()
            if resting.side is side and resting.client_id not in met and self._meets(resting, to)
        ]
        for alert in self._desk.alerts.values():
            limit = alert.below if falls else alert.above
            if alert.symbol != self.symbol or limit is None:
                continue
            if limit >= to if falls else limit <= to:
                found.append(_Meeting(min(limit, here) if falls else max(limit, here), None))
        if not found:
            return None
        sign = -1 if falls else 1
        return min(found, key=lambda one: (sign * one.price, one.resting is None))

    def _meets(self, resting: Resting, to: Decimal) -> bool:
        if resting.price == to:
            return self._terms.touch
        return to < resting.price if resting.side is Side.BUY else to > resting.price

    def _tell(self, price: Decimal) -> None:
        self.price = price
        self._tell_bot(self.bot, Price(self.symbol, price))
