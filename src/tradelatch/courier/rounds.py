"""Looking after markets and accounts, on a timer: prices, clocks, open orders, fills, holdings.

Whatever an order's fate was left open by (a lost answer, a crash, a restart) is settled by it: for
the signer, start-up is recovery.
"""

import asyncio
from collections.abc import Awaitable, Callable

from tradelatch import exchanges
from tradelatch.courier import reading
from tradelatch.courier.asking import Asking
from tradelatch.courier.fills import Fills
from tradelatch.exchanges.claims import (
    MAX_OFFSET_MS,
    AccountView,
    AskBalances,
    AskCancel,
    AskOpenOrders,
    AskOrder,
    AskRights,
    BookSeen,
    DaysSeen,
    Known,
    MarketsSeen,
    MinutesSeen,
    NothingOpen,
    OrderSeen,
    OrderView,
    TimeSeen,
)
from tradelatch.exchanges.protocol import ExchangeFile
from tradelatch.model.clock import DAY, MINUTE, MS, SECOND
from tradelatch.model.orders import OrderReport

PRICES_NS = SECOND
"""How old prices may grow while many accounts are asked for, one after the other."""
ORDERS_NS = 5 * SECOND
"""How often the exchange is asked how orders stand that it has taken."""
HOLDINGS_NS, SOON_NS = 30 * SECOND, 5 * SECOND
"""How often balances are asked for, and how soon after an order is said not to have filled."""
TRADES_NS = 30 * SECOND
"""How often trades are asked for where the exchange does not tell of them by itself."""
SLOW_NS = 10 * MINUTE
"""How often markets, daily candles and the clock are asked for again."""


class Rounds:
    """One round after another, for as long as the signer is there."""

    def __init__(self, asking: Asking, fills: Fills, follow: Callable[[AccountView], None]) -> None:
        """`follow` is told of each account that is looked after."""
        self._asking, self._fills, self._follow = asking, fills, follow
        self._signer, self._clock = asking.signer, asking.clock
        self._listed: dict[str, frozenset[str]] = {}
        self._markets: dict[str, frozenset[str]] = {}
        """By exchange, those listed that policies name."""
        self._minutes: dict[tuple[str, str], int] = {}
        """When the newest candle of a market began that the signer was told of."""
        self._due_ns: dict[tuple[str, ...], int] = {}

    async def round(self) -> None:
        """Ask once for everything that is due.

        Raises:
            ConnectionError: the signer is gone.
        """
        known = await self._signer.look()
        await self._public(known)
        asked = self._clock.now_ns()
        for name in known.accounts:
            # Questions are recorded: when the journal has little room left, few are asked.
            if not known.is_closed or self._is_due(MINUTE, "closed", name):
                await self._look_after(name)
            if self._clock.now_ns() - asked > PRICES_NS:
                await self._public(known)
                asked = self._clock.now_ns()

    async def _look_after(self, name: str) -> None:
        if account := await self._signer.look_at(name):
            self._fills.know(account)
            self._follow(account)
            await self._told(self._private(exchanges.load(account.exchange), account))

    def _is_due(self, every_ns: int, *what: str) -> bool:
        """So long has passed since it was last done; it is being done now."""
        now = self._clock.now_ns()
        due = now - self._due_ns.get(what, 0) > every_ns
        if due:
            self._due_ns[what] = now
        return due

    def _again(self, *what: str) -> None:
        """It could not be done, or has to be done again."""
        self._due_ns.pop(what, None)

    # The public side

    async def _public(self, known: Known) -> None:
        for name, symbols in known.markets.items():
            exchange: ExchangeFile = exchanges.load(name)
            slow = ("slow", name)
            if self._is_due(SLOW_NS, *slow) and not await self._told(self._slow(exchange)):
                self._again(*slow)
            listed = symbols & self._listed.get(name, frozenset())
            self._markets[name] = listed
            await asyncio.gather(*(self._market(exchange, symbol) for symbol in listed))

    async def _told(self, telling: Awaitable[None]) -> bool:
        """Whether all of it came and could be read. What cannot be ends nothing else."""
        try:
            await telling
        except ConnectionError:
            raise
        except Exception as error:
            if not isinstance(error, ValueError):
                print(f"courier: {type(error).__name__} in what an exchange said", flush=True)
            return False
        return True

    async def _slow(self, exchange: ExchangeFile) -> None:
        asked = self._clock.now_ns()
        time = exchange.server_time(await self._asking.market(exchange, exchange.ask_time()))
        now = self._clock.now_ns()
        if abs(time - now // MS) > MAX_OFFSET_MS:
            raise ValueError("the exchange's clock is too far off ours")
        self._signer.tell(TimeSeen(exchange.NAME, time, now - asked))
        body = await self._asking.market(exchange, exchange.ask_markets())
        markets = exchange.markets(body)
        self._listed[exchange.NAME] = frozenset(markets)
        self._signer.tell(MarketsSeen(exchange.NAME, markets))

    async def _market(self, exchange: ExchangeFile, symbol: str) -> None:
        days = ("days", exchange.NAME, symbol)
        if self._is_due(SLOW_NS, *days) and not await self._told(self._days(exchange, symbol)):
            self._again(*days)
        await self._told(self._prices(exchange, symbol))

    async def _days(self, exchange: ExchangeFile, symbol: str) -> None:
        start = (self._clock.now_ns() - 31 * DAY) // MS
        ask = exchange.ask_candles(symbol, "1d", start)
        days = exchange.candles(await self._asking.market(exchange, ask))
        self._signer.tell(DaysSeen(exchange.NAME, symbol, days))

    async def _prices(self, exchange: ExchangeFile, symbol: str) -> None:
        asked, key = self._clock.now_ns(), (exchange.NAME, symbol)
        since = self._minutes.get(key, (asked - DAY) // MS)
        while True:
            ask = exchange.ask_candles(symbol, "1m", since)
            candles = exchange.candles(await self._asking.market(exchange, ask))
            age = self._clock.now_ns() - asked
            self._signer.tell(MinutesSeen(exchange.NAME, symbol, candles, age))
            newest = candles[-1].open_ms if candles else 0
            if newest <= since:  # nothing was traded in all of those minutes
                newest = since + (exchange.CANDLES_AT_ONCE - 1) * MINUTE // MS
            if newest >= (asked - 2 * MINUTE) // MS:
                break
            since = newest
        # A candle of tomorrow would be waited for.
        self._minutes[key] = min(candles[-1].open_ms, asked // MS) if candles else since
        book = exchange.book(await self._asking.market(exchange, exchange.ask_book(symbol)))
        age = self._clock.now_ns() - asked
        self._signer.tell(BookSeen(exchange.NAME, symbol, book, age))

    # The private side

    async def _private(self, exchange: ExchangeFile, account: AccountView) -> None:
        orders = [order for order in account.orders if not order.is_in_flight]
        is_open = any(order.is_open for order in orders)  # at once while a fate is open
        if orders and (self._is_due(ORDERS_NS, "orders", account.name) or is_open):
            await self._orders(exchange, account, orders)
        for cancel in account.unwanted:
            self._again("orders", account.name)  # what became of it is asked for at once
            await self._ask_of_order(exchange, account, cancel)
        if account.sweep_ns:
            await self._sweep(exchange, account)
        every = SOON_NS if account.is_moving else HOLDINGS_NS
        holdings = ("holdings", account.name)
        if self._is_due(every, *holdings) and not await self._asking.ask(
            account.name, exchange, AskBalances()
        ):
            self._again(*holdings)
        if account.asks_rights:
            await self._asking.ask(account.name, exchange, AskRights())
        if exchange.STREAMS is None and self._is_due(TRADES_NS, "trades", account.name):
            for symbol in sorted(self._markets.get(exchange.NAME, ())):
                await self._fills.look(account.name, exchange, symbol)

    async def _orders(
        self, exchange: ExchangeFile, account: AccountView, orders: list[OrderView]
    ) -> None:
        seen = await self._standing(exchange, account, {order.symbol for order in orders})
        if seen is None:
            return
        reports = {(report.symbol, report.client_order_id): report for report in seen}
        found = []
        for order in orders:
            if report := reports.get((order.symbol, order.client_order_id)):
                found.append(report)
            else:  # it does not stand open
                question = AskOrder(order.symbol, order.client_order_id, order.number)
                await self._ask_of_order(exchange, account, question)
        await self._fills.tell(account.name, exchange, found)

    async def _standing(
        self, exchange: ExchangeFile, account: AccountView, symbols: set[str] | None = None
    ) -> list[OrderReport] | None:
        """The orders that the exchange says stand open, in some markets or in all; None if it does
        not say."""
        question = AskOpenOrders(None if symbols is None else tuple(sorted(symbols)))
        try:
            answers = await self._asking.put(account.name, exchange, question)
            return reading.open_orders(exchange, answers)
        except ValueError:
            return None

    async def _ask_of_order(
        self, exchange: ExchangeFile, account: AccountView, question: AskOrder | AskCancel
    ) -> None:
        claim = await self._asking.ask(account.name, exchange, question)
        if isinstance(claim, OrderSeen):
            await self._fills.complete(account.name, exchange, claim.report)

    async def _sweep(self, exchange: ExchangeFile, account: AccountView) -> None:
        """Cancel whatever stands open, by whomever it was placed."""
        seen = await self._standing(exchange, account)
        if seen is None:
            return
        is_all = exchange.CANCELS_ALL
        for what in {AskCancel(r.symbol, None, None if is_all else r.order_id) for r in seen}:
            await self._asking.put(account.name, exchange, what)
        if not seen:
            self._signer.tell(NothingOpen(account.name, account.sweep_ns))
