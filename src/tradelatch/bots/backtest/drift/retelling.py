"""A live run once more: the same bot is told the same fills, and must come to the same orders.

Only what the store does not tell is taken from the trades: which price the bot had heard of when it
decided. An order that was given up before it could have got anywhere may be missing live: there,
the next fill came while it was on its way.
"""

import copy
from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Callable, Iterator
from decimal import Decimal
from heapq import merge
from typing import Any, NamedTuple

from tradelatch.bots.backtest.drift.given import Case
from tradelatch.bots.backtest.drift.telling import Key, Line, Telling
from tradelatch.bots.backtest.feed import TRADE_UNIT
from tradelatch.bots.bot import Bot
from tradelatch.bots.desk import Batch, Cancel, Desk, Place
from tradelatch.bots.events import Price, Report, Traded
from tradelatch.bots.orders import Fill, Order, OrderState
from tradelatch.model.money import MONEY, ZERO
from tradelatch.model.orders import Side

Work = Callable[[Bot], Any]


class Decision(NamedTuple):
    """An order that the retold bot sent, when that was, and when it took it back. `line` is the
    same order live, None if there was none."""

    key: Key
    order: Order
    at_ms: int
    line: Line | None


class Retold(NamedTuple):
    """What came of it: `telling` are the live orders that were decided on again, `given_up` the
    others with how long they were wanted (ms), `late` fills of orders that were not decided on by
    then."""

    telling: Telling
    decisions: dict[Key, Decision]
    cancelled_ms: dict[Key, int]
    extra: list[tuple[Order, int, int | None]]
    late: list[tuple[Line, Fill]]


class _Fact(NamedTuple):
    """Something that the bot is told: a price, or a fill of an order of its own."""

    at_ms: int
    rank: int
    symbol: str
    price: Decimal
    key: Key | None = None
    fill: Fill | None = None


class Retelling:
    """One run, retold by `run`."""

    def __init__(self, case: Case, heard_ms: int) -> None:
        """`heard_ms` is how old a price may be at most that the bot decides on."""
        live = case.live
        self._case, self._heard_ms, self._now, self._orders = case, heard_ms, live.start_ms, 0
        self._prices: dict[str, Decimal] = {}
        markets = {symbol: case.markets[symbol] for symbol in live.symbols}
        # Plain functions, which a copy of the bot shares.
        desk = Desk(
            markets,
            case.terms.taker,
            lambda: self._now,
            lambda: self._new_id(),
            lambda symbol: self._prices.get(symbol),
        )
        desk.next_deal = live.first
        memory = live.strategy.memory_type()
        self._bot = Bot(live.name, live.strategy(desk, live.symbols, live.settings, memory))
        self._waiting: dict[tuple[Any, ...], deque[Line]] = {}
        for line in live.telling.lines.values():
            self._waiting.setdefault(_content(line.key.deal, line.key.tag, line), deque()).append(
                line
            )
        self._first: dict[int, str] = {}
        for key in live.telling.lines:
            self._first.setdefault(key.deal, key.tag)
        self._begun: set[int] = set()
        self._lines: dict[str, Line] = {}
        self._ids: dict[Key, str] = {}
        self._told: dict[str, Decimal] = {}
        self._ending: set[str] = set()
        self._queue: deque[Report] = deque()
        self._sent: dict[str, tuple[Order, int]] = {}
        self._taken_back: dict[str, int] = {}
        self._late: list[tuple[Line, Fill]] = []
        self._deals: dict[int, Any] = {}

    def run(self) -> Retold:
        """From the first order to the end."""
        live = self._case.live
        for symbol in live.symbols:
            self._prices[symbol] = self._price_at(symbol, live.start_ms)
        self._act(lambda bot: bot.start())
        for fact in self._facts():
            self._now = max(self._now, fact.at_ms)
            if self._bot.is_due(self._now):
                self._act(lambda bot: bot.due(self._now))
            self._tell(fact)
        lines = {line.key: line for line in self._lines.values()}
        decisions = {
            line.key: Decision(line.key, *self._sent[number], line)
            for number, line in self._lines.items()
        }
        back = {
            line.key: self._taken_back[number]
            for number, line in self._lines.items()
            if number in self._taken_back
        }
        extra = [
            (order, at, self._taken_back.get(number))
            for number, (order, at) in self._sent.items()
            if number not in self._lines
        ]
        return Retold(Telling(lines, dict(self._deals)), decisions, back, extra, self._late)

    def _facts(self) -> Iterator[_Fact]:
        """In order of time; a price before the fill that it came with."""
        live = self._case.live
        mine = [
            _Fact(fill.time_ms, 1, line.symbol, fill.price, line.key, fill)
            for line in live.telling.lines.values()
            for fill in line.fills
        ]
        mine.sort(key=lambda fact: (fact.at_ms, fact.fill and _number(fact.fill)))
        others = sorted(
            _Fact(one.fill.time_ms, 0, one.symbol, one.fill.price) for one in live.others
        )
        tapes = [self._tape(symbol) for symbol in live.symbols]
        return merge(*tapes, others, mine, key=lambda fact: (fact.at_ms, fact.rank))

    def _tape(self, symbol: str) -> Iterator[_Fact]:
        trades, live = self._case.trades[symbol], self._case.live
        first, last = bisect_left(trades.times, live.start_ms), len(trades)
        for index in range(first, last):
            if trades.times[index] >= live.end_ms:
                return
            price = MONEY.multiply(trades.prices[index], TRADE_UNIT)
            yield _Fact(trades.times[index], 0, symbol, price)

    def _tell(self, fact: _Fact) -> None:
        self._prices[fact.symbol] = fact.price
        if fact.key is None or fact.fill is None:
            self._hear_price(fact)
            return
        number = self._ids.get(fact.key)
        line, fill = self._case.live.telling.lines[fact.key], fact.fill
        if number is None:
            self._late.append((line, fill))
            return
        self._told[number] += fill.quantity
        self._act(lambda bot: bot.handle(Traded(number, fill)))
        self._end_if_over(number)
        self._hear_price(fact)

    def _hear_price(self, fact: _Fact) -> None:
        desk, strategy = self._bot.desk, self._bot.strategy
        if desk.alerts or strategy.follows(fact.symbol):
            self._act(lambda bot: bot.handle(Price(fact.symbol, fact.price)))

    # What the bot does about it.

    def _act(self, work: Work) -> None:
        self._carry_out(self._decide(work))
        while self._queue:
            self._hear(self._queue.popleft())

    def _hear(self, report: Report) -> None:
        self._carry_out(self._decide(lambda bot: bot.handle(report)))

    def _decide(self, work: Work) -> Batch:
        """What the bot does; at a price that it may have heard of, and at which it does the same as
        live, if there is one."""
        before = copy.deepcopy(self._bot)
        work(self._bot)
        batch = self._bot.desk.take()
        placed = _placed(batch)
        is_priced = any(order.price is None or order.deal not in self._begun for order in placed)
        if not is_priced or self._fits(placed):
            return batch  # a resting order comes from fills alone
        symbol = placed[0].symbol
        known = self._prices[symbol]
        for price in self._heard(symbol):
            trial = copy.deepcopy(before)
            self._prices[symbol] = price
            work(trial)
            tried = trial.desk.take()
            if self._fits(_placed(tried)):
                self._bot, batch = trial, tried
                break
        self._prices[symbol] = known
        return batch

    def _fits(self, placed: list[Order]) -> bool:
        """Whether there were such orders live, and each deal began with one of them."""
        begun = {order.deal for order in placed} - self._begun
        names = {(order.deal, order.tag) for order in placed}
        return (
            bool(placed)
            and all(map(self._is_live, placed))
            and all((deal, self._first.get(deal)) in names for deal in begun)
        )

    def _heard(self, symbol: str) -> list[Decimal]:
        """The prices that it may have heard last, the likeliest first."""
        trades, now = self._case.trades[symbol], self._now
        first = bisect_left(trades.times, now - self._heard_ms)
        last = bisect_right(trades.times, now + self._heard_ms)
        found = [
            (abs(trades.times[index] - now), MONEY.multiply(trades.prices[index], TRADE_UNIT))
            for index in range(first, last)
        ]
        live = self._case.live
        own = [fill for line in live.telling.lines.values() for fill in line.fills]
        own += [one.fill for one in live.others if one.symbol == symbol]
        found += [
            (abs(fill.time_ms - now), fill.price)
            for fill in own
            if abs(fill.time_ms - now) <= self._heard_ms
        ]
        return list(dict.fromkeys(price for _, price in sorted(found)))

    def _carry_out(self, batch: Batch) -> None:
        for deal in batch.deals:
            self._deals[deal.number] = deal
        for command in batch.commands:
            match command:
                case Place(order):
                    self._place(order)
                case Cancel(order):
                    self._cancel(order)

    def _place(self, order: Order) -> None:
        number = order.client_id
        self._sent[number] = order, self._now
        self._begun.add(order.deal)
        self._told[number] = ZERO
        found = self._waiting.get(_content(order.deal, order.tag, order))
        if not found:
            if order.price is not None:
                self._queue.append(Report(number, OrderState.OPEN))
            return
        line = found.popleft()
        self._lines[number], self._ids[line.key] = line, number
        if line.state in (OrderState.DENIED, OrderState.ABSENT):
            self._queue.append(Report(number, line.state, reason=line.reason))
        elif order.price is not None:
            self._queue.append(Report(number, OrderState.OPEN))
        else:
            self._end_if_over(number)

    def _cancel(self, order: Order) -> None:
        """It has come to its end once it has been told of all the fills that it had live."""
        number = order.client_id
        self._taken_back[number] = self._now
        self._ending.add(number)
        self._end_if_over(number)

    def _end_if_over(self, number: str) -> None:
        line, told = self._lines.get(number), self._told[number]
        order = self._sent[number][0]
        at_market = order.price is None and line is not None and line.state.is_final
        if not (number in self._ending or at_market) or (line and told < line.filled):
            return
        if told < order.quantity:
            self._queue.append(Report(number, OrderState.CANCELLED, told))
            self._ending.discard(number)

    def _is_live(self, order: Order) -> bool:
        return bool(self._waiting.get(_content(order.deal, order.tag, order)))

    def _price_at(self, symbol: str, at_ms: int) -> Decimal:
        trades = self._case.trades[symbol]
        index = max(0, bisect_right(trades.times, at_ms) - 1)
        return MONEY.multiply(trades.prices[index], TRADE_UNIT)

    def _new_id(self) -> str:
        self._orders += 1
        return str(self._orders)


def _placed(batch: Batch) -> list[Order]:
    return [command.order for command in batch.commands if isinstance(command, Place)]


def _content(deal: int, tag: str, order: Order | Line) -> tuple[Any, ...]:
    return deal, tag, Side(order.side), order.quantity, order.price


def _number(fill: Fill) -> int:
    return int(fill.trade_id) if fill.trade_id.isdecimal() else 0
