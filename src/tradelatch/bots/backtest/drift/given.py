"""Backtests of the time in which a bot was live, with more and more of what happened taken as it
was: orders on their way for as long, then orders at the market filled as they were."""

from array import array
from collections.abc import Mapping
from decimal import Decimal
from functools import partial
from statistics import median
from typing import Any, NamedTuple

import msgspec

from tradelatch.bots.backtest.drift.live import Live
from tradelatch.bots.backtest.drift.telling import Keys, Line, Notebook, Telling
from tradelatch.bots.backtest.exchange import Exchange
from tradelatch.bots.backtest.feed import TradeFeed
from tradelatch.bots.backtest.replay import Plan, Replay
from tradelatch.bots.backtest.terms import Terms
from tradelatch.bots.events import Report
from tradelatch.bots.orders import Order, OrderState
from tradelatch.model.markets import Market
from tradelatch.tapes.trades import Trades, candles_of

MINUTE_MS = 60_000


class Case(NamedTuple):
    """A live run, and what the market traded meanwhile, on the exchange's clock: the trades begin
    before the bot did, so that a price was known."""

    live: Live
    trades: Mapping[str, Trades]
    markets: dict[str, Market]
    terms: Terms

    def last_price(self, symbol: str) -> Decimal:
        """Of the last trade before the end."""
        price = TradeFeed(self.trades[symbol]).price(self.live.end_ms)
        assert price is not None  # trades begin before the bot
        return price


def replay(case: Case, terms: Terms, given: "Given | None" = None) -> Telling:
    """The backtest; `given` are the fills that orders at the market get."""
    live = case.live
    notebook = Notebook(live.first)
    trades = {symbol: _window(case, symbol) for symbol in live.symbols}
    Replay(
        [Plan(live.name, live.strategy, live.settings, live.symbols)],
        {symbol: TradeFeed(one) for symbol, one in trades.items()},
        case.markets,
        live.holdings,
        terms,
        notebook,
        candles={symbol: candles_of(one, MINUTE_MS) for symbol, one in trades.items()},
        make_exchange=partial(_Exchange, given or {}, live.first),
    ).run()
    return notebook.telling()


def latency_of(live: Live) -> int:
    """How long orders were on their way in the median, as far as fills at the market tell (ms)."""
    found = [
        line.fills[0].time_ms - line.created_ms
        for line in live.telling.lines.values()
        if line.price is None and line.fills
    ]
    return max(0, int(median(found))) if found else 0


Given = dict[Any, Line]
"""Orders at the market as they were live, by key."""


def at_the_market(live: Live) -> Given:
    """All that were filled."""
    lines = live.telling.lines
    return {key: line for key, line in lines.items() if line.price is None and line.fills}


class _Exchange(Exchange):
    """Fills orders at the market as they were filled live; those that were not there as assumed."""

    def __init__(self, given: Given, first: int, *args: Any) -> None:
        super().__init__(*args)
        self._given, self._first, self._keys = given, first, Keys()

    def submit(self, bot: str, order: Order, price: Decimal) -> None:
        """Take an order while the market stands at `price`."""
        line = None
        if order.price is None:
            line = self._given.get(self._keys.next(order.deal + self._first - 1, order.tag))
        if line is None:
            super().submit(bot, order, price)
            return
        for fill in line.fills:
            now_ms = self._now_ms()
            told = msgspec.structs.replace(fill, time_ms=now_ms)
            self._book(bot, order.client_id, self._markets[order.symbol], order.side, told)
        state = OrderState.FILLED if line.filled >= order.quantity else OrderState.CANCELLED
        self._hear(bot, Report(order.client_id, state, line.filled))


def _window(case: Case, symbol: str) -> Trades:
    """The trades of the time, behind the price that was known when it began."""
    live, trades = case.live, case.trades[symbol]
    price = next(
        (
            price
            for at, price in zip(reversed(trades.times), reversed(trades.prices), strict=True)
            if at < live.start_ms
        ),
        trades.prices[0],
    )
    part = trades.between(live.start_ms, live.end_ms)
    known = array("q", (live.start_ms - 1, live.start_ms))
    return Trades(
        symbol,
        known + part.times,
        array("q", (price, price)) + part.prices,
        array("q", (0, 0)) + part.amounts,
        array("b", (0, 0)) + part.bought,
    )
