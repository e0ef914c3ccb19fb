"""Replays recorded prices to bots: time, the simulated exchange, and who hears what when.

With `every_step` each step of the prices is taken; without, those at which neither an order, an
alert, a bar nor a timer of the bot can be concerned are passed over. The outcome is the same.
"""

import heapq
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple, Protocol

from tradelatch.bots.backtest.exchange import Exchange
from tradelatch.bots.backtest.feed import Feed
from tradelatch.bots.backtest.market import Market as TradedMarket
from tradelatch.bots.backtest.market import Sent
from tradelatch.bots.backtest.terms import Terms
from tradelatch.bots.bot import Bot
from tradelatch.bots.desk import Ask, Batch, Cancel, Desk, Place
from tradelatch.bots.events import Bar, Event, Report, Traded
from tradelatch.bots.orders import OrderState
from tradelatch.bots.strategy import Settings, Strategy
from tradelatch.model.markets import Market
from tradelatch.tapes.candles import Candles

_NEVER = 2**62


class Plan(NamedTuple):
    """A bot to be run: its strategy with its settings, and its markets."""

    name: str
    strategy: type[Strategy[Any]]
    settings: Settings
    symbols: tuple[str, ...]


class Sink(Protocol):
    """Takes what each bot would store, in order."""

    def save(self, bot: Bot, batch: Batch) -> None:
        """One event's changes."""


class _Bars:
    """The closed bars of one length in one market, each told once it has closed."""

    def __init__(self, bars: Candles) -> None:
        self._bars, self._next = bars, 0

    @property
    def due_ms(self) -> int:
        """When the next one closes."""
        bars = self._bars
        return bars.times[self._next] + bars.interval_ms if self._next < len(bars) else _NEVER

    def closed(self, now_ms: int) -> list[Bar]:
        """Those that have closed since the last time."""
        found = []
        while self.due_ms <= now_ms:
            candle = self._bars[self._next]
            found.append(Bar(self._bars.symbol, self._bars.interval_ms, candle))
            self._next += 1
        return found


class _Cursor:
    """Where one bot is in one market."""

    def __init__(self, market: TradedMarket, feed: Feed, bars: list[_Bars]) -> None:
        self.market, self.feed, self.bars = market, feed, bars
        self.index = 0
        self.generation = 0

    def find(self, every_step: bool) -> int:
        """The step that has to be taken next."""
        market, desk = self.market, self.market.bot.desk
        is_watched = market.sent or market.bot.strategy.follows(market.symbol)
        if every_step or is_watched or not market.bot.has_started:
            return self.index
        due = min((bars.due_ms for bars in self.bars), default=_NEVER)
        timer = min(desk.timers.values(), default=_NEVER)
        low, high = market.bounds()
        return self.feed.find(self.index, min(due, timer), low, high)


class Replay:
    """All bots on one account's holdings, from the first price to the last."""

    def __init__(
        self,
        plans: Sequence[Plan],
        feeds: Mapping[str, Feed],
        markets: dict[str, Market],
        holdings: dict[str, Decimal],
        terms: Terms,
        sink: Sink,
        candles: Mapping[str, Candles],
        every_step: bool = False,
        make_exchange: Callable[..., Exchange] = Exchange,
    ) -> None:
        """The bars that strategies want are made of the `candles` of each market."""
        self.now_ms = min(feed.time(0) for feed in feeds.values())
        self.exchange = make_exchange(markets, holdings, terms, lambda: self.now_ms, self._heard)
        self.step_ms = self.now_ms
        """When the step began that is being taken."""
        self.bots: list[Bot] = []
        self._feeds, self._terms, self._sink = feeds, terms, sink
        self._every_step = every_step
        self._queue: deque[tuple[str, Report | Traded]] = deque()
        self._by_name: dict[str, Bot] = {}
        self._traded: dict[tuple[str, str], TradedMarket] = {}
        self._cursors: dict[str, list[_Cursor]] = {}
        self._bars: dict[tuple[str, int], Candles] = {}
        self._orders = 0
        for plan in plans:
            self._add(plan, markets, candles)

    def run(self, progress: Callable[[int], None] = lambda now_ms: None) -> None:
        """From the first price to the last; `progress` is told the time (ms) now and then."""
        heap: list[tuple[int, int, int, int]] = []
        cursors = [cursor for bot in self.bots for cursor in self._cursors[bot.name]]
        rank = {id(cursor): number for number, cursor in enumerate(cursors)}

        def push(cursor: _Cursor) -> None:
            index = cursor.find(self._every_step)
            if index < len(cursor.feed):
                number = rank[id(cursor)]
                heapq.heappush(heap, (cursor.feed.time(index), number, cursor.generation, index))

        for cursor in cursors:
            push(cursor)
        steps = 0
        while heap:
            _, number, generation, index = heapq.heappop(heap)
            cursor = cursors[number]
            if generation != cursor.generation:
                continue
            self._step(cursor, index)
            steps += 1
            if steps % 4_096 == 0:
                progress(self.now_ms)
            bot = cursor.market.bot
            changed = self._cursors[bot.name] if bot.desk.watch_changed else [cursor]
            bot.desk.watch_changed = False
            for one in changed:
                one.generation += 1
                push(one)

    def on_its_way(self) -> set[str]:
        """The client ids of orders that have not arrived at the exchange."""
        return {sent.order.client_id for market in self._traded.values() for sent in market.sent}

    def _add(self, plan: Plan, markets: dict[str, Market], candles: Mapping[str, Candles]) -> None:
        desk = Desk(
            {symbol: markets[symbol] for symbol in plan.symbols},
            self._terms.taker,
            lambda: self.now_ms,
            lambda: self._new_id(plan.name),
            lambda symbol: self._price(plan.name, symbol),
        )
        memory = plan.strategy.memory_type()
        bot = Bot(plan.name, plan.strategy(desk, plan.symbols, plan.settings, memory))
        self.bots.append(bot)
        self._by_name[plan.name] = bot
        self._cursors[plan.name] = []
        intervals = plan.strategy.intervals(plan.settings)
        for symbol in plan.symbols:
            market = TradedMarket(bot, symbol, self.exchange, self._tell, self._pump)
            self._traded[plan.name, symbol] = market
            bars = [_Bars(self._resampled(candles[symbol], length)) for length in intervals]
            self._cursors[plan.name].append(_Cursor(market, self._feeds[symbol], bars))

    def _resampled(self, candles: Candles, interval_ms: int) -> Candles:
        """Made once for all bots that want them."""
        key = (candles.symbol, interval_ms)
        if key not in self._bars:
            self._bars[key] = candles.resample(interval_ms)
        return self._bars[key]

    def _new_id(self, name: str) -> str:
        self._orders += 1
        return f"{name}-{self._orders}"

    def _price(self, name: str, symbol: str) -> Decimal | None:
        market = self._traded[name, symbol]
        return market.price if market.is_moving else self._feeds[symbol].price(self.now_ms)

    def _step(self, cursor: _Cursor, index: int) -> None:
        market, bot = cursor.market, cursor.market.bot
        self.step_ms = cursor.feed.time(index)
        self._set_now(self.step_ms)
        self._tell_bars(cursor)
        bot.due(self.now_ms)
        self._flush(bot)
        end_ms = cursor.feed.step(index, market, self._set_now)
        cursor.index = index + 1
        self._set_now(end_ms)
        self._start(bot)
        self._tell_bars(cursor)

    def _start(self, bot: Bot) -> None:
        """It begins once there is a price in each of its markets."""
        if not bot.has_started and None not in map(bot.desk.price, bot.strategy.symbols):
            bot.start()
            self._flush(bot)

    def _set_now(self, now_ms: int) -> None:
        self.now_ms = now_ms

    def _tell_bars(self, cursor: _Cursor) -> None:
        for bars in cursor.bars:
            for bar in bars.closed(self.now_ms):
                self._tell(cursor.market.bot, bar)

    # What the exchange says, and what the bots do about it.

    def _heard(self, name: str, event: Report | Traded) -> None:
        self._queue.append((name, event))

    def _pump(self) -> None:
        while self._queue:
            name, event = self._queue.popleft()
            bot = self._by_name[name]
            bot.handle(event)
            self._carry_out(bot)

    def _tell(self, bot: Bot, event: Event) -> None:
        bot.handle(event)
        self._flush(bot)

    def _flush(self, bot: Bot) -> None:
        self._carry_out(bot)
        self._pump()

    def _carry_out(self, bot: Bot) -> None:
        batch = bot.desk.take()
        if batch.is_empty:
            return
        self._sink.save(bot, batch)
        for command in batch.commands:
            match command:
                case Place(order):
                    market = self._traded[bot.name, order.symbol]
                    if order.price is None and market.is_moving:
                        market.arrive(order)
                    else:
                        market.sent.append(Sent(self.now_ms + self._terms.latency_ms, order))
                case Cancel(order):
                    self._cancel(bot, self._traded[bot.name, order.symbol], order.client_id)
                case Ask(order):
                    raise AssertionError(f"{order.client_id}: fills come before the report")

    def _cancel(self, bot: Bot, market: TradedMarket, client_id: str) -> None:
        kept = [sent for sent in market.sent if sent.order.client_id != client_id]
        if len(kept) < len(market.sent):  # it has not arrived
            market.sent = kept
            self._heard(bot.name, Report(client_id, OrderState.CANCELLED))
        else:
            self.exchange.cancel(bot.name, market.symbol, client_id)
