"""Live orders, and how much the signer knows to be filled of each: what an exchange counts beyond
that and does not list is asked for."""

from collections.abc import Collection, Iterable
from decimal import Decimal

import msgspec

from tradelatch.courier.asking import Asking
from tradelatch.exchanges.claims import (
    AccountView,
    AnyQuestion,
    AskTrades,
    AskTradesBetween,
    OrderSeen,
    Send,
    TradesSeen,
)
from tradelatch.exchanges.protocol import ExchangeFile, Mark
from tradelatch.model.clock import DAY, MS
from tradelatch.model.intents import PlaceOrder
from tradelatch.model.money import ZERO
from tradelatch.model.orders import Number, OrderReport

_DAY_MS = DAY // MS


class _Live(msgspec.Struct):
    """`number` is the exchange's, as the signer knows it."""

    symbol: str
    number: Number | None
    filled: Decimal


class Fills:
    """Tells the signer of orders, and of their fills with them."""

    def __init__(self, asking: Asking) -> None:
        self._asking = asking
        self._live: dict[str, dict[str, _Live]] = {}
        """By account and client order id."""
        self._last_trade: dict[tuple[str, str], Mark] = {}

    def know(self, account: AccountView) -> None:
        """What the signer knows now."""
        self._live[account.name] = {
            order.client_order_id: _Live(order.symbol, order.number, order.filled)
            for order in account.orders
        }

    def placed(self, send: Send) -> None:
        """Orders that go out now are live from now on."""
        live = self._live.setdefault(send.account, {})
        for intent in send.intents:
            if isinstance(intent, PlaceOrder) and intent.client_order_id:
                live[intent.client_order_id] = _Live(intent.symbol, None, ZERO)

    async def tell(self, account: str, exchange: ExchangeFile, seen: Iterable[OrderReport]) -> None:
        """Tell what an exchange reports of live orders, and ask for the trades that it counts and
        does not list."""
        live = self._live.get(account, {})
        mine = [report for report in seen if report.client_order_id in live]
        for report in mine:
            self._asking.signer.tell(OrderSeen(account, report))
        since: dict[str, int] = {}
        for report in mine:
            if self.heard(account, report):
                first = since.get(report.symbol, report.created_ms)
                since[report.symbol] = min(first, report.created_ms)
        for symbol, since_ms in since.items():
            await self._trades(account, exchange, symbol, since_ms)

    async def complete(self, account: str, exchange: ExchangeFile, report: OrderReport) -> None:
        """Ask for the trades that a report counts and does not list. It is told before them, since
        they are known by the order's number."""
        if self.heard(account, report):
            self._asking.signer.tell(OrderSeen(account, report))
            await self._trades(account, exchange, report.symbol, report.created_ms)

    async def look(self, account: str, exchange: ExchangeFile, symbol: str) -> None:
        """Ask for the trades that nobody has reported, by whomever they were ordered."""
        await self._trades(account, exchange, symbol, 0)

    def heard(self, account: str, report: OrderReport) -> bool:
        """Whether more is filled of a live order than the signer knows by this report."""
        live = self._live.get(account, {}).get(report.client_order_id)
        if live is None:
            return False
        told = live.filled + sum((fill.quantity for fill in report.fills), ZERO)
        live.filled = max(told, report.executed)  # told by the report, or about to be asked for
        return report.executed > told

    async def _trades(
        self, account: str, exchange: ExchangeFile, symbol: str, since_ms: int
    ) -> None:
        """Those after the mark; where more were made after that, and after `since_ms` (zero: it is
        not known when), than are told at once, those before them as well."""
        last = self._last_trade.get((account, symbol))
        page = await self._page(account, exchange, AskTrades(symbol, last))
        if page is None:
            return
        since_ms, cut_ms = max(since_ms, last.time_ms if last else 0), page.cut_ms
        is_cut = bool(since_ms) and bool(cut_ms)
        span = since_ms, cut_ms + 1  # within that millisecond some may have been cut off
        if is_cut and not await self._between(account, exchange, symbol, *span):
            return
        # Fills of an order whose number is not known yet were passed over: ask for them again.
        live: Collection[_Live] = self._live.get(account, {}).values()
        is_known = all(order.number is not None for order in live if order.symbol == symbol)
        if is_known and page.trades:
            newest = max((one.fill for one in page.trades), key=lambda fill: fill.time_ms)
            self._last_trade[account, symbol] = Mark(newest.trade_id, newest.time_ms)

    async def _between(
        self, account: str, exchange: ExchangeFile, symbol: str, start_ms: int, end_ms: int
    ) -> bool:
        """Ask for all trades of a span, whichever of them are told first; whether all were told."""
        longest = _DAY_MS
        while start_ms < end_ms:
            until = min(start_ms + longest, end_ms)
            question = AskTradesBetween(symbol, start_ms, until)
            page = await self._page(account, exchange, question)
            if page is None:
                return False
            if page.cut_ms and until - start_ms > 1:
                longest = (until - start_ms) // 2
                continue
            start_ms, longest = until, min(2 * longest, _DAY_MS)
        return True

    async def _page(
        self, account: str, exchange: ExchangeFile, question: AnyQuestion
    ) -> TradesSeen | None:
        """What is told of trades, of which the signer has been told then."""
        claim = await self._asking.ask(account, exchange, question)
        return claim if isinstance(claim, TradesSeen) else None
