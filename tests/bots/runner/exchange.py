"""An exchange in the test's process, as nasty as a real one on its worst day.

Its books are those of the backtest; between them and the runner lies a line on which requests and
answers are lost or late, events come twice, in another order or not at all, and answers are stale.
Everything that goes wrong comes from one seed.
"""

import asyncio
import contextlib
import random
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Iterable
from decimal import Decimal
from typing import TypeVar

import msgspec

from tests.bots.runner.clock import JumpingLoop
from tradelatch.bots.backtest.exchange import Exchange, Resting
from tradelatch.bots.backtest.terms import Terms
from tradelatch.bots.events import Price, Report, Traded
from tradelatch.bots.orders import Fill, Order, OrderState
from tradelatch.bots.port import Busy, Heard, Holding, NoAnswer, Refused
from tradelatch.model.markets import Candle, Market
from tradelatch.model.money import ZERO, round_down
from tradelatch.model.orders import Side

MARKET = Market("ETH", "BTC", Decimal("0.00001"), Decimal("0.0001"), Decimal("0.0001"))
OTHER = msgspec.structs.replace(MARKET, base="BNB")
"""Where nothing ever happens."""
WINDOW_S, SETTLED_S = 5.0, 7.0
"""How late a request may arrive, and after what time it certainly did not."""
STALE_S = 1.0
"""How old what the exchange tells may be."""
_LOCAL = "account"
_T = TypeVar("_T")


class Killed(BaseException):
    """What runs in a life that is over gets no further."""


class Trouble:
    """How much goes wrong, each as a share of requests or events."""

    def __init__(self, dice: random.Random, worst: float = 1.0) -> None:
        def some(most: float) -> float:
            return dice.choice((0.0, dice.uniform(0, most))) * worst

        self.lost, self.unheard, self.late = some(0.3), some(0.4), some(0.3)
        self.busy, self.refused, self.denied = some(0.2), some(0.2), some(0.2)
        self.stale, self.doubled, self.dropped = some(0.6), some(0.4), some(0.2)
        self.disorder_s = some(2.0)
        self.answers_s = max(0.01, dice.choice((0.01, 0.1, 1.0)) * worst)
        self.gaps_s = dice.choice((0.0, 20.0, 60.0)) * worst
        """How long the stream lives, on average; zero: for ever."""


NO_TROUBLE = Trouble(random.Random(0), 0.0)


class NastyExchange:
    """One account and one market."""

    def __init__(self, seed: str, loop: JumpingLoop, held: dict[str, Decimal]) -> None:
        self._dice, self._loop = random.Random(seed), loop
        self.trouble = Trouble(self._dice)
        self.terms = Terms(slippage=Decimal(0), fee_in=self._dice.choice(("received", "quote")))
        markets = {one.symbol: one for one in (MARKET, OTHER)}
        self.books = Exchange(markets, held, self.terms, loop.now_ms, self._happened)
        self.price = Decimal("0.07")
        self.orders: dict[str, Order] = {}
        """Those that were taken, by client id."""
        self.fills: dict[str, list[Fill]] = {}
        self.twice: list[str] = []
        """Client ids that were taken more than once."""
        self.asked: deque[tuple[float, str]] = deque()
        """When something was asked, and what, in the last minute."""
        self.candles: list[Candle] = []
        self.counted: Counter[str] = Counter()
        """All requests of a kind."""
        self.answer: dict[str, Exception] = {}
        """What requests of a kind are answered, before they arrive."""
        self.most_asked: Counter[str] = Counter()
        """The most requests of a kind within a minute."""
        self._history: dict[str, list[tuple[float, Report]]] = {}
        self._trades: dict[str, list[tuple[float, Fill]]] = {}
        self._lines: list[Line] = []
        self.busy_until = 0.0

    # The market.

    def move(self, price: Decimal) -> None:
        """The market trades at another price; what rests on the way is filled, perhaps in part."""
        self.price = price
        for pit in list(self.books.pits.values()):
            for resting in list(pit.values()):
                if self._crosses(resting):
                    whole = self._dice.random() < 0.6
                    share = Decimal(1) if whole else Decimal(str(self._dice.random()))
                    self.books.fill(_LOCAL, MARKET.symbol, resting, resting.left * share)
        self._tell(Price(MARKET.symbol, price))

    def _crosses(self, resting: Resting) -> bool:
        is_buy = resting.side is Side.BUY
        return self.price <= resting.price if is_buy else self.price >= resting.price

    async def wander(self) -> None:
        """Move all the time, within a few percent."""
        while True:
            await asyncio.sleep(self._dice.uniform(0.05, 3.0))
            step = 1 + Decimal(str(round(self._dice.gauss(0, 0.004), 6)))
            price = round_down(self.price * step, MARKET.tick)
            self.move(min(max(price, Decimal("0.066")), Decimal("0.074")))

    # Orders.

    def take(self, order: Order) -> Report:
        """A request to place arrives."""
        if order.client_id in self.orders:
            self.twice.append(order.client_id)
        if self._dice.random() < self.trouble.denied:
            return Report(order.client_id, OrderState.DENIED, reason="the policy says no")
        self._history[order.client_id], self._trades[order.client_id] = [], []
        self.fills[order.client_id] = []
        self.orders[order.client_id] = order
        self.books.submit(_LOCAL, order, self.price)
        report = self._history[order.client_id][-1][1]
        if report.state is OrderState.DENIED:
            for known in (self._history, self._trades, self.fills, self.orders):
                del known[order.client_id]
        return report

    def end(self, order: Order) -> Report | None:
        """A request to cancel arrives."""
        before = len(self._history.get(order.client_id, ()))
        self.books.cancel(_LOCAL, order.symbol, order.client_id)
        history = self._history.get(order.client_id, [])
        return history[-1][1] if len(history) > before else None

    def cancel_by_hand(self) -> None:
        """The owner cancels something at the exchange itself."""
        standing = [one for pit in self.books.pits.values() for one in pit]
        if standing:
            self.books.cancel(_LOCAL, MARKET.symbol, self._dice.choice(standing))

    def state(self, client_id: str, ago_s: float = 0.0) -> Report | None:
        """How an order stands, or stood a moment ago; None if it was not there."""
        at = self._loop.time() - ago_s
        known = [one for time, one in self._history.get(client_id, ()) if time <= at]
        if not known:
            return None
        executed = max(one.executed for one in known)
        return Report(client_id, known[-1].state, executed, known[-1].reason)

    def trades(self, client_id: str, ago_s: float = 0.0) -> list[Fill]:
        """Its fills, or those that were listed a moment ago."""
        at = self._loop.time() - ago_s
        return [fill for time, fill in self._trades.get(client_id, ()) if time <= at]

    def _happened(self, _: str, event: Report | Traded) -> None:
        client_id, now = event.client_id, self._loop.time()
        if isinstance(event, Traded):
            self.fills[client_id].append(event.fill)
            self._trades[client_id].append((now, event.fill))
            executed = sum((fill.quantity for fill in self.fills[client_id]), ZERO)
            is_whole = executed == self.orders[client_id].quantity
            state = OrderState.FILLED if is_whole else OrderState.OPEN
            self._history[client_id].append((now, Report(client_id, state, executed)))
        else:
            self._history[client_id].append((now, event))
            if event.state is OrderState.DENIED:
                return
        self._tell(event)

    # Lines to it.

    def connect(self, on_call: Callable[[str], Awaitable[None]]) -> "Line":
        """A line for one life of the runner; `on_call` is awaited before and after each request."""
        line = Line(self, self._dice, self._loop, on_call)
        self._lines.append(line)
        return line

    def _tell(self, event: Price | Report | Traded) -> None:
        for line in self._lines:
            line.stream(event)

    def count(self, what: str) -> None:
        """Somebody asks something."""
        now = self._loop.time()
        self.counted[what] += 1
        self.asked.append((now, what))
        while self.asked[0][0] < now - 60:
            self.asked.popleft()
        self.most_asked |= Counter(kind for _, kind in self.asked) + Counter(all=len(self.asked))


class Line:
    """A `Port` that one life of the runner has; the requests on it arrive even when that ends."""

    def __init__(
        self,
        exchange: NastyExchange,
        dice: random.Random,
        loop: JumpingLoop,
        on_call: Callable[[str], Awaitable[None]],
    ) -> None:
        self._exchange, self._dice, self._loop, self._on_call = exchange, dice, loop, on_call
        self._hear: Heard | None = None
        self._is_deaf = False
        self.on_gap: Callable[[], None] = lambda: None
        self.is_closed = False

    async def markets(self, symbols: Iterable[str]) -> dict[str, Market]:
        """Both, or one."""
        known, wanted = {one.symbol: one for one in (MARKET, OTHER)}, list(symbols)
        for symbol in wanted:
            if symbol not in known:
                raise Refused(f"{symbol} is not traded")
        return await self._ask("markets", lambda: {symbol: known[symbol] for symbol in wanted})

    async def holdings(self) -> dict[str, Holding]:
        """What there is."""
        books = self._exchange.books
        return await self._ask(
            "holdings",
            lambda: {
                asset: Holding(free, books.locked.get(asset, ZERO))
                for asset, free in books.free.items()
            },
        )

    async def candles(self, symbol: str, interval_ms: int, count: int) -> list[Candle]:
        """The last that there are."""
        return await self._ask("candles", lambda: self._exchange.candles[-count:])

    async def price(self, symbol: str) -> Decimal:
        """The last."""
        if symbol not in (MARKET.symbol, OTHER.symbol):
            raise Refused(f"{symbol} is not traded")
        return await self._ask("price", lambda: self._exchange.price)

    async def place(self, order: Order) -> Report:
        """Send it."""
        copy = Order(*(getattr(order, name) for name in order.__struct_fields__))
        return await self._ask("place", lambda: self._exchange.take(copy), self._late())

    async def cancel(self, order: Order) -> Report | None:
        """Cancel it."""
        if self._hits(self._exchange.trouble.refused):
            raise Refused("not now")
        return await self._ask("cancel", lambda: self._exchange.end(order), self._late())

    async def look(self, order: Order) -> Report | None:
        """How it stands or stood."""
        return await self._ask(
            "look", lambda: self._exchange.state(order.client_id, self._staleness())
        )

    async def fills(self, order: Order) -> list[Fill]:
        """Those that are listed."""
        ago_s = 2 * self._staleness()
        return await self._ask("fills", lambda: self._exchange.trades(order.client_id, ago_s))

    async def follow(self, symbols: Iterable[str], hear: Heard) -> None:
        """Tell what happens, with gaps."""
        assert self._hear is None, "followed twice at a time"
        self._hear, self._is_deaf = hear, False
        try:
            while True:
                self.on_gap()
                life_s = self._exchange.trouble.gaps_s
                await asyncio.sleep(self._dice.expovariate(1 / life_s) if life_s else 1e6)
                self._is_deaf = True
                await asyncio.sleep(self._dice.uniform(0, 8))
                self._is_deaf = False
        finally:
            await asyncio.sleep(0.05)  # hanging up takes a moment
            self._hear = None

    async def close(self) -> None:
        """Hang up."""
        self.is_closed = True

    def stream(self, event: Price | Report | Traded) -> None:
        """Tell it soon, twice, or not at all."""
        trouble = self._exchange.trouble
        if self._hear is None or self._is_deaf or self._hits(trouble.dropped):
            return
        for _ in range(1 + self._hits(trouble.doubled)):
            self._loop.call_later(
                self._dice.uniform(0.001, 0.002 + trouble.disorder_s), self._arrive, event
            )

    def _arrive(self, event: Price | Report | Traded) -> None:
        if self._hear is not None and not self._is_deaf:
            with contextlib.suppress(Killed):
                self._hear(event)

    async def _ask(self, what: str, do: Callable[[], _T], late_s: float = 0.0) -> _T:
        await self._on_call(what)
        self._exchange.count(what)
        if error := self._exchange.answer.get(what):
            await asyncio.sleep(0.01)
            raise error
        try:
            answer = await self._trip(do, late_s)
        except (NoAnswer, Busy):
            await self._on_call(what)
            raise
        await self._on_call(what)
        return answer

    async def _trip(self, do: Callable[[], _T], late_s: float) -> _T:
        trouble, loop = self._exchange.trouble, self._loop
        if loop.time() < self._exchange.busy_until or self._hits(trouble.busy):
            await asyncio.sleep(0.01)
            left_s = self._exchange.busy_until - loop.time()
            raise Busy("too many requests", max(left_s, self._dice.uniform(0.1, 5.0)))
        if self._hits(trouble.lost):
            await asyncio.sleep(self._dice.uniform(0, 10))
            raise NoAnswer("no answer came")
        if late_s:
            loop.call_later(late_s, do)
            await asyncio.sleep(self._dice.uniform(0, 2 * late_s))
            raise NoAnswer("no answer came")
        # It is on its way: whatever becomes of who asked, it arrives.
        answer: asyncio.Future[_T] = loop.create_future()
        loop.call_later(
            self._dice.uniform(0.001, trouble.answers_s), lambda: answer.set_result(do())
        )
        found = await asyncio.shield(answer)
        await asyncio.sleep(self._dice.uniform(0.001, trouble.answers_s))
        if self._hits(trouble.unheard):
            await asyncio.sleep(self._dice.uniform(0, 10))
            raise NoAnswer("no answer came")
        return found

    def _late(self) -> float:
        """How late a request arrives; zero for at once."""
        if not self._hits(self._exchange.trouble.late):
            return 0.0
        return self._dice.choice((WINDOW_S, self._dice.uniform(0.1, WINDOW_S)))

    def _staleness(self) -> float:
        is_stale = self._hits(self._exchange.trouble.stale)
        return self._dice.uniform(0, STALE_S) if is_stale else 0.0

    def _hits(self, share: float) -> bool:
        return self._dice.random() < share
