"""Asking the exchanges, on a timer: prices, clocks, open orders, fills and holdings.

Whatever an order's fate was left open by (a lost answer, a crash, a restart) is settled here:
start-up is recovery.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

from tradelatch import exchanges
from tradelatch.exchanges.protocol import ExchangeFile, Verdict
from tradelatch.journal.log import JournalError
from tradelatch.model.clock import DAY, MINUTE, MS, SECOND, Clock
from tradelatch.model.http import Request, Response
from tradelatch.model.intents import AnyIntent, CancelOrder, ReadMarket
from tradelatch.model.money import ZERO
from tradelatch.model.orders import OrderReport
from tradelatch.model.wire import Sent
from tradelatch.signer import review, settle
from tradelatch.signer.core import Core
from tradelatch.signer.quotes import Quotes
from tradelatch.signer.recorder import Records
from tradelatch.signer.records import Holdings, OwnRequest
from tradelatch.signer.state import Account, LiveOrder, expired

HOLDINGS_NS = 30 * SECOND
SLOW_NS = 10 * MINUTE
"""How often markets, daily candles and the clock are asked for again."""


class Poller:
    """One round after another, for as long as the signer runs."""

    def __init__(
        self,
        core: Core,
        recorder: Records,
        send: Callable[[Request], Awaitable[Sent]],
        in_flight: set[int],
        clock: Clock,
    ) -> None:
        self._core, self._recorder, self._send = core, recorder, send
        self._in_flight, self._clock = in_flight, clock
        self._slow_ns: dict[str, int] = {}
        self._holdings_ns: dict[str, int] = {}
        self._closed_ns: dict[str, int] = {}
        self._last_trade: dict[tuple[str, str], int] = {}

    async def round(self) -> None:
        """Ask once for everything that is due."""
        accounts = list(self._core.state.accounts.values())
        for name in {account.exchange for account in accounts}:
            mine = [account for account in accounts if account.exchange == name]
            symbols = {symbol for account in mine for symbol in account.policy.markets}
            await self._public(exchanges.load(name), self._core.quotes[name], symbols)
        for account in accounts:
            if not self._core.closed or self._is_due_while_closed(account):
                await self._private(account)

    def _is_due_while_closed(self, account: Account) -> bool:
        """Own requests are recorded too: when the journal has little room left, few are made."""
        now = self._clock.now_ns()
        due = now - self._closed_ns.get(account.name, 0) > MINUTE
        if due:
            self._closed_ns[account.name] = now
        return due

    # The public side

    async def _public(self, exchange: ExchangeFile, quotes: Quotes, symbols: set[str]) -> None:
        now = self._clock.now_ns()
        if now - self._slow_ns.get(exchange.NAME, 0) > SLOW_NS and await self._slow(
            exchange, quotes, symbols
        ):
            self._slow_ns[exchange.NAME] = now
        await asyncio.gather(*(self._prices(exchange, quotes, symbol) for symbol in symbols))

    async def _slow(self, exchange: ExchangeFile, quotes: Quotes, symbols: set[str]) -> bool:
        """Clock, markets and daily candles; whether all of them came."""
        asked = self._clock.now_ns()
        time = await self._ask_market(exchange, exchange.ask_time())
        answered = self._clock.now_ns()
        try:
            quotes.see_time(exchange.server_time(time or b""), asked, answered)
            markets = await self._ask_market(exchange, exchange.ask_markets())
            quotes.markets = exchange.markets(markets or b"")
            start = (asked - 31 * DAY) // MS
            for symbol in symbols & quotes.markets.keys():
                days = await self._ask_market(exchange, exchange.ask_candles(symbol, "1d", start))
                quotes.of(symbol).see_days(exchange.candles(days or b""))
        except ValueError:
            return False
        return True

    async def _prices(self, exchange: ExchangeFile, quotes: Quotes, symbol: str) -> None:
        if symbol not in quotes.markets:
            return
        prices, now = quotes.of(symbol), self._clock.now_ns()
        since = prices.latest_minute_ms() or (now - DAY) // MS
        try:
            while True:
                ask = exchange.ask_candles(symbol, "1m", since)
                candles = exchange.candles(await self._ask_market(exchange, ask) or b"")
                own = self._core.state.prints.get((exchange.NAME, symbol), ())
                prices.see_minutes(candles, now, own)
                if not candles or candles[-1].open_ms <= since:
                    break
                since = candles[-1].open_ms
                if since >= (now - 2 * MINUTE) // MS:
                    break
            book = await self._ask_market(exchange, exchange.ask_book(symbol))
            prices.see_book(exchange.book(book or b""), now)
        except ValueError:
            return

    async def _ask_market(self, exchange: ExchangeFile, intent: ReadMarket) -> bytes | None:
        url = self._core.base_url(exchange.NAME)
        sent = await self._send(exchange.write(intent, None, 0, 0, url))
        return sent.response.body if sent.response and sent.response.status == 200 else None

    # The private side

    async def _private(self, account: Account) -> None:
        orders = [order for order in account.live.values() if order.id not in self._in_flight]
        now = self._clock.now_ns()
        if orders:
            await self._orders(account, orders)
            await self._review(account)
        if now - self._holdings_ns.get(account.name, 0) > HOLDINGS_NS and await self._holdings(
            account
        ):
            self._holdings_ns[account.name] = now

    async def _orders(self, account: Account, orders: list[LiveOrder]) -> None:
        exchange: ExchangeFile = exchanges.load(account.exchange)
        answer = await self._ask(account, exchange.ask_open_orders())
        if answer is None or answer.status != 200:
            return
        try:
            seen = exchange.open_orders(answer.body)
        except ValueError:
            return
        reports = {(report.symbol, report.client_order_id): report for report in seen}
        for order in orders:
            if order.id not in account.live:
                continue
            if report := reports.get((order.symbol, order.client_order_id)):
                self._report(order, report)
            else:
                await self._look_for(account, exchange, order)
        for symbol in {order.symbol for order in orders if order.executed > order.filled}:
            await self._trades(account, exchange, symbol)

    async def _look_for(self, account: Account, exchange: ExchangeFile, order: LiveOrder) -> None:
        """Ask for one order that does not stand open. "Not found" is final only once its
        signed request can no longer be accepted."""
        quotes = self._core.quotes[exchange.NAME]
        final = quotes.knows_clock and expired(order, quotes.exchange_ms(self._clock.now_ns()))
        answer = await self._ask(account, exchange.ask_order(order.symbol, order.client_order_id))
        if answer is None or order.id not in account.live:
            return
        if exchange.says_no_such_order(answer):
            if final and order.status is None:
                why = "the exchange never received it"
                self._recorder.note(
                    settle.close(self._core.state, order, why, self._clock.now_ns())
                )
            return
        try:
            seen = exchange.order_report(answer.body)
        except ValueError:
            return
        self._report(order, seen)

    async def _trades(self, account: Account, exchange: ExchangeFile, symbol: str) -> None:
        key = (account.name, symbol)
        last = self._last_trade.get(key)
        ask = exchange.ask_trades(symbol, None if last is None else last + 1)
        answer = await self._ask(account, ask)
        if answer is None or answer.status != 200:
            return
        try:
            seen = exchange.trades(answer.body)
        except ValueError:
            return
        now = self._clock.now_ns()
        for order in [order for order in account.live.values() if order.symbol == symbol]:
            mine = [trade.fill for trade in seen if trade.order_id == order.exchange_order_id]
            reference = self._core.reference_at_fill(order, now)
            self._recorder.note(settle.fills(self._core.state, order, mine, reference, now))
        # Fills of an order whose number is not known yet were passed over: ask for them again.
        live = [order for order in account.live.values() if order.symbol == symbol]
        if seen and all(order.exchange_order_id is not None for order in live):
            self._last_trade[key] = max(trade.fill.trade_id for trade in seen)

    async def _review(self, account: Account) -> None:
        """Judge what rests by today's references and cancel what no longer fits."""
        exchange: ExchangeFile = exchanges.load(account.exchange)
        now = self._clock.now_ns()
        self._recorder.note(review.rejudge(self._core, account, now))
        for order in review.misfits(account, now):
            if order.exchange_order_id is None or order.id in self._in_flight:
                continue
            cancel = CancelOrder(order.symbol, client_order_id=order.client_order_id)
            answer = await self._ask(account, cancel)
            if answer and order.id in account.live and exchange.judge(answer) is Verdict.DONE:
                with contextlib.suppress(ValueError):
                    self._report(order, exchange.order_report(answer.body))

    async def _holdings(self, account: Account) -> bool:
        """Reconcile what is held of assets that no order has moved meanwhile."""
        exchange: ExchangeFile = exchanges.load(account.exchange)
        asked = self._clock.now_ns()
        answer = await self._ask(account, exchange.ask_balances())
        if answer is None or answer.status != 200:
            return False
        try:
            balances = exchange.balances(answer.body)
        except ValueError:
            return False
        known = account.losses.holdings()
        moving = {asset for order in account.live.values() for asset in order.symbol.split("/")}
        seen = {asset: holding.free + holding.locked for asset, holding in balances.items()}
        changed = {
            asset: seen.get(asset, ZERO)
            for asset in seen.keys() | known.keys()
            if asset not in moving
            and account.touched_ns.get(asset, 0) < asked
            and seen.get(asset, ZERO) != known.get(asset)
        }
        if changed:
            record = Holdings(self._clock.now_ns(), account.name, changed)
            self._core.state.apply(record)
            self._recorder.note([record])
        return True

    async def _ask(self, account: Account, intent: AnyIntent) -> Response | None:
        """One signed request of the signer's own, recorded before it is signed."""
        record = OwnRequest(self._clock.now_ns(), account.name, intent)
        try:
            await self._recorder.record(record)
        except JournalError:
            return None
        stamp = self._core.quotes[account.exchange].exchange_ms(self._clock.now_ns())
        sent = await self._send(self._core.sign_own(account, intent, stamp))
        return sent.response

    def _report(self, order: LiveOrder, seen: OrderReport) -> None:
        now = self._clock.now_ns()
        reference = self._core.reference_at_fill(order, now)
        self._recorder.note(settle.report(self._core.state, order, seen, reference, now))
