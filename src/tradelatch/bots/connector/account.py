"""The connector: one account at one exchange, by ccxt."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable
from decimal import Decimal
from typing import Any, TypeVar

import ccxt

from tradelatch.bots.connector import binance, faults, following, reading, trips, urls
from tradelatch.bots.connector.dialect import Dialect
from tradelatch.bots.connector.faults import Failure, Rejected
from tradelatch.bots.connector.trips import Trip
from tradelatch.bots.events import Report
from tradelatch.bots.orders import Fill, Order, OrderState
from tradelatch.bots.port import Busy, Heard, Holding, NoAnswer, Refused
from tradelatch.model.markets import Candle, Market
from tradelatch.model.money import plain

DIALECTS: dict[str, Dialect] = {"binance": binance.DIALECT}
MOST_CANDLES = 1_000
"""In one answer."""
_MARGIN_MS = 2_000
"""How far clocks may be apart that were compared."""
_NUMBERS_KEPT = 10_000
_T = TypeVar("_T")


def _nothing() -> None:
    """Nobody asks about gaps."""


class Connector:
    """A `Port`, for paper at the venue and live through the gate alike.

    `follow` calls `on_gap` after every connection of a stream, the first included and several
    times in a row: what happened before may have been missed, and has to be asked for.
    """

    def __init__(
        self,
        exchange: str,
        key: str,
        secret: str,
        url: str = "",
        *,
        is_gate: bool = False,
        recv_window_ms: int = 5_000,
        gate_window_ms: int = 5_000,
        timeout_s: float = 10.0,
        on_gap: Callable[[], None] = _nothing,
    ) -> None:
        """Args:
        exchange: its name, such as ``binance``.
        key, secret: a grant's id and secret at the gate, or a key's at the exchange.
        url: where to, such as ``http://127.0.0.1:8800/binance``; empty for the exchange itself.
        is_gate: the gate is there: its own words are known.
        recv_window_ms: how late a signed request may still be accepted (1 to 60,000).
        gate_window_ms: the same of what the signer signs (its setting `recv_window_ms`).
        timeout_s: how long an answer is waited for.

        Raises:
            ValueError: there is no such exchange, or the URL is none.
        """
        if exchange not in DIALECTS:
            raise ValueError(f"{exchange!r} is not supported; use {', '.join(sorted(DIALECTS))}")
        if not 1 <= recv_window_ms <= 60_000:
            raise ValueError("recv_window_ms is 1 to 60000")
        self.name, self._dialect, self._is_gate = exchange, DIALECTS[exchange], is_gate
        self.on_gap = on_gap
        self.settled_after_ms = recv_window_ms + _MARGIN_MS + (gate_window_ms if is_gate else 0)
        """So long after `place` has ended without an answer the order can no longer be accepted:
        what `look` does not find then is not there."""
        self._exchange = self._dialect.make(
            {
                "apiKey": key,
                "secret": secret,
                "timeout": int(timeout_s * 1_000),
                "enableRateLimit": True,
                "options": {
                    **self._dialect.options,
                    "recvWindow": recv_window_ms,
                    "maxRetriesOnFailure": 0,
                },
            }
        )
        self._exchange.number = str
        if url:
            urls.point(self._exchange, url)
        self._starting = asyncio.Lock()
        self._is_skewed = False
        self._numbers: OrderedDict[str, str] = OrderedDict()

    # What is there

    async def markets(self, symbols: Iterable[str]) -> dict[str, Market]:
        """The steps of these markets (unified symbols).

        Raises:
            Refused: one of them is not traded there.
        """
        await self._start()
        found = {}
        for symbol in symbols:
            entry = self._exchange.markets.get(symbol)
            if not entry or not entry.get("spot") or entry.get("active") is False:
                raise Refused(f"{self.name} does not trade {symbol}")
            found[symbol] = self._read("markets", reading.market, entry)
        return found

    async def holdings(self) -> dict[str, Holding]:
        """Every asset of which there is any, by name."""
        return await self._ask("holdings", self._exchange.fetch_balance, reading.holdings)

    async def price(self, symbol: str) -> Decimal:
        """The last traded price."""
        ask = self._exchange.fetch_ticker
        return await self._ask("price", lambda: ask(symbol), reading.price)

    async def candles(self, symbol: str, interval_ms: int, count: int) -> list[Candle]:
        """The last closed candles, at most `count`, the oldest first.

        Raises:
            Refused: the exchange has no candles of that length.
        """
        await self._start()
        exchange = self._exchange
        frame = self._frame(interval_ms)
        market = exchange.market_id(symbol)
        now = exchange.milliseconds() - int(exchange.options.get("timeDifference") or 0)
        before, found = now, list[Candle]()
        while len(found) < count:
            # One more than is missing, since the last may not have closed.
            size = min(count - len(found) + 1, MOST_CANDLES)
            page = await self._ask("candles", self._candles(market, frame, before, size), list)
            found = [candle for candle, last_ms in page if last_ms < now] + found
            if len(page) < size:
                break
            before = page[0][0].open_ms
        return found[-count:] if count else []

    def _candles(self, *asked: Any) -> Callable[[], Awaitable[list[tuple[Candle, int]]]]:
        return lambda: self._dialect.candles(self._exchange, *asked)

    def _frame(self, interval_ms: int) -> str:
        frames = {
            self._exchange.parse_timeframe(name) * 1_000: name for name in self._exchange.timeframes
        }
        if interval_ms not in frames:
            known = ", ".join(self._exchange.timeframes)
            raise Refused(f"{self.name} has no candles of {interval_ms} ms; use {known}")
        return str(frames[interval_ms])

    # Orders

    async def place(self, order: Order) -> Report:
        """Send it; a denial is a report too, with its reason."""
        await self._start()
        try:
            self._check_steps(order)
            return await self._ask("place", lambda: self._create(order), self._own(order))
        except Rejected as refused:
            return Report(
                order.client_id, OrderState.DENIED, reason=str(refused), rule=refused.rule
            )

    def _create(self, order: Order) -> Awaitable[Any]:
        kind, price, more = "market", None, {self._dialect.place_id: order.client_id}
        if order.price is not None:
            kind, price = "limit", plain(order.price)
            more["timeInForce"] = "GTC"
        quantity, side = plain(order.quantity), order.side.lower()
        created: Awaitable[Any] = self._exchange.create_order(
            order.symbol, kind, side, quantity, price, more
        )
        return created

    def _check_steps(self, order: Order) -> None:
        """ccxt rounds to the market's steps without a word: it must have nothing to round.

        Raises:
            Rejected: it would have.
        """
        exchange, symbol = self._exchange, order.symbol
        asked = [("quantity", order.quantity, exchange.amount_to_precision)]
        if order.price is not None:
            asked.append(("price", order.price, exchange.price_to_precision))
        for name, amount, rounded in asked:
            try:
                sent = Decimal(rounded(symbol, plain(amount)))
            except ccxt.BaseError:
                sent = Decimal(0)
            if sent != amount or amount <= 0:
                raise Rejected(f"the {name} {plain(amount)} does not fit the steps of {symbol}")

    async def cancel(self, order: Order) -> Report | None:
        """Cancel it; what is known of it then, or None where the exchange does not know it as
        open (it is filled, cancelled already, or not there yet: `look` tells)."""
        asked = {self._dialect.look_id: order.client_id}
        try:
            return await self._ask(
                "cancel",
                lambda: self._exchange.cancel_order(None, order.symbol, asked),
                lambda answer: reading.report(order.client_id, answer),
            )
        except Rejected as refused:
            if refused.code in self._dialect.unknown_to_cancel:
                return None
            raise

    async def look(self, order: Order) -> Report | None:
        """What the exchange knows of it by its client id; None if nothing, which is final only
        `settled_after_ms` after it may have been sent."""
        asked = {self._dialect.look_id: order.client_id}
        try:
            return await self._ask(
                "look",
                lambda: self._exchange.fetch_order(None, order.symbol, asked),
                self._own(order),
            )
        except Rejected as refused:
            if refused.code in self._dialect.unknown_to_look:
                return None
            if refused.code in self._dialect.archived:
                return Report(order.client_id, OrderState.CANCELLED, reason=str(refused))
            raise

    async def fills(self, order: Order) -> list[Fill]:
        """Every fill of an order that the exchange knows, the oldest first."""
        if order.client_id not in self._numbers and await self.look(order) is None:
            return []
        number, ask = self._numbers[order.client_id], self._dialect.own_trades
        return await self._ask(
            "fills", lambda: ask(self._exchange, order.symbol, number), reading.fills
        )

    def _own(self, order: Order) -> Callable[[Any], Report]:
        """Reads what an answer says of an order; its number is kept, since fills are asked for by
        it."""

        def read(answer: Any) -> Report:
            if answer.get("clientOrderId") != order.client_id or not answer.get("id"):
                raise reading.Unreadable("it is about another order")
            self._numbers[order.client_id] = str(answer["id"])
            if len(self._numbers) > _NUMBERS_KEPT:
                self._numbers.popitem(last=False)
            return reading.report(order.client_id, answer)

        return read

    # Streams

    async def follow(self, symbols: Iterable[str], hear: Heard) -> None:
        """Tell of trades, best prices and the account's orders and fills as they happen, until
        cancelled. One at a time.

        Raises:
            Refused: the account may not be followed, or one of the markets is not traded there.
        """
        known = await self.markets(symbols)
        await following.follow(self._exchange, self._dialect, known, hear, lambda: self.on_gap())

    async def close(self) -> None:
        """Hang up."""
        await self._exchange.close()

    # How everything is asked

    async def _start(self) -> None:
        """Learn of the markets and the exchange's clock, once; of the clock again once it was
        found to differ."""
        async with self._starting:
            try:
                if not self._exchange.markets:
                    await self._send("markets", self._exchange.load_markets)
                if self._is_skewed:
                    await self._send("time", self._exchange.load_time_difference)
                    self._is_skewed = False
            except NoAnswer as error:
                # What is to be asked then has not been sent.
                raise Busy(str(error), faults.WAIT_S) from None

    async def _ask(
        self, what: str, request: Callable[[], Awaitable[Any]], read: Callable[[Any], _T]
    ) -> _T:
        await self._start()
        return self._read(what, read, await self._send(what, request))

    def _read(self, what: str, read: Callable[[Any], _T], answer: Any) -> _T:
        try:
            return read(answer)
        except reading.Unreadable as error:
            says = f"{self.name}, {what}: the answer makes no sense: {error}"
            raise NoAnswer(says) from None

    async def _send(self, what: str, request: Callable[[], Awaitable[Any]]) -> Any:
        with trips.watched() as trip:
            try:
                return await request()
            except Exception as error:
                raise faults.told(error, trip, f"{self.name}, {what}", self._judge) from None

    def _judge(self, trip: Trip) -> Failure:
        failure = self._dialect.judge(trip.status, trip.answer, self._is_gate)
        self._is_skewed = self._is_skewed or failure.code == self._dialect.skewed
        return failure
