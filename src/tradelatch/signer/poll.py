"""Asking the exchanges, on a timer: prices, clocks, open orders, fills and holdings.

Whatever an order's fate was left open by (a lost answer, a crash, a restart) is settled here:
start-up is recovery.
"""

import asyncio
import contextlib
from decimal import Decimal

from tradelatch import exchanges
from tradelatch.exchanges.protocol import ExchangeFile, Verdict
from tradelatch.journal.log import JournalError
from tradelatch.model.clock import DAY, HOUR, MINUTE, MS, SECOND
from tradelatch.model.intents import CancelOrder
from tradelatch.model.money import ZERO
from tradelatch.model.orders import OrderReport
from tradelatch.policy.references import Prices
from tradelatch.signer import doubts, freezing, review, settle
from tradelatch.signer.asking import Asking
from tradelatch.signer.inspection import Inspector
from tradelatch.signer.quotes import Quotes
from tradelatch.signer.records import AnyRecord, Holdings, SpreadSeen, Valued
from tradelatch.signer.reports import Reports
from tradelatch.signer.state import Account, LiveOrder, expired

ORDERS_NS = 5 * SECOND
"""How often the exchange is asked how orders stand that it has taken."""
HOLDINGS_NS, SOON_NS = 30 * SECOND, 5 * SECOND
"""How often balances are asked for, and how soon after an order is said not to have filled."""
SLOW_NS = 10 * MINUTE
"""How often markets, daily candles and the clock are asked for again, and values noted."""
FALLEN = Decimal("0.999")
"""A value that has fallen by less than this is not noted before it is due."""


class Poller:
    """One round after another, for as long as the signer runs."""

    def __init__(self, asking: Asking, reports: Reports, in_flight: set[int]) -> None:
        """`in_flight` are orders whose own answers are still to come."""
        self._asking, self._reports, self._in_flight = asking, reports, in_flight
        self._core, self._recorder, self._clock = asking.core, asking.recorder, asking.clock
        self._inspector = Inspector(asking)
        self._slow_ns: dict[str, int] = {}
        self._holdings_ns: dict[str, int] = {}
        self._valued_ns: dict[str, int] = {}
        self._closed_ns: dict[str, int] = {}
        self._orders_ns: dict[str, int] = {}

    async def round(self) -> None:
        """Ask once for everything that is due."""
        self._recorder.note(self._core.watch_clock())
        accounts = list(self._core.state.accounts.values())
        for name in {account.exchange for account in accounts}:
            mine = [account for account in accounts if account.exchange == name]
            symbols = {s for account in mine for p in account.policies.values() for s in p.markets}
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
        time = await self._asking.market(exchange, exchange.ask_time())
        answered = self._clock.now_ns()
        try:
            quotes.see_time(exchange.server_time(time or b""), asked, answered)
            markets = await self._asking.market(exchange, exchange.ask_markets())
            quotes.markets = exchange.markets(markets or b"")
            start = (asked - 31 * DAY) // MS
            for symbol in symbols & quotes.markets.keys():
                days = await self._asking.market(
                    exchange, exchange.ask_candles(symbol, "1d", start)
                )
                quotes.of(symbol).see_days(exchange.candles(days or b""))
                seen = self._core.state.spreads.get((exchange.NAME, symbol), ())
                quotes.of(symbol).see_spreads(tuple(seen), asked)
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
                candles = exchange.candles(await self._asking.market(exchange, ask) or b"")
                own = self._core.state.prints.get((exchange.NAME, symbol), ())
                prices.see_minutes(candles, now, own)
                if not candles or candles[-1].open_ms <= since:
                    break
                since = candles[-1].open_ms
                if since >= (now - 2 * MINUTE) // MS:
                    break
            book = await self._asking.market(exchange, exchange.ask_book(symbol))
            prices.see_book(exchange.book(book or b""), now)
            self._spread(exchange.NAME, symbol, prices)
        except ValueError:
            return

    # The private side

    async def _private(self, account: Account) -> None:
        orders = [order for order in account.live.values() if order.id not in self._in_flight]
        now = self._clock.now_ns()
        if orders:
            if self._is_due(account, orders):
                self._orders_ns[account.name] = now
                await self._orders(account, orders)
            await self._review(account)
        if freeze := freezing.to_sweep(account):
            await self._sweep(account, freeze.time_ns)
        last = self._holdings_ns.get(account.name, 0)
        # An order that is said not to have filled is soon looked into.
        is_told = bool(account.unfilled) and account.unfilled[-1].closed_ns >= last
        if now - last > (SOON_NS if is_told else HOLDINGS_NS) and await self._holdings(account):
            self._holdings_ns[account.name] = now
        self._value(account)
        with contextlib.suppress(JournalError):
            await self._inspector.inspect_again(account)

    def _is_due(self, account: Account, orders: list[LiveOrder]) -> bool:
        """At once while an order's fate is open, now and then otherwise: exchanges count reads."""
        is_open = any(order.status is None or order.executed > order.filled for order in orders)
        return is_open or self._clock.now_ns() - self._orders_ns.get(account.name, 0) > ORDERS_NS

    async def _orders(self, account: Account, orders: list[LiveOrder]) -> None:
        exchange: ExchangeFile = exchanges.load(account.exchange)
        seen = await self._standing(account, {order.symbol for order in orders})
        if seen is None:
            return
        reports = {(report.symbol, report.client_order_id): report for report in seen}
        for order in orders:
            if order.id not in account.live:
                continue
            if report := reports.get((order.symbol, order.client_order_id)):
                self._reports.take(order, report)
            else:
                await self._look_for(account, exchange, order)
        await self._reports.fill_in(account)

    async def _standing(
        self, account: Account, symbols: set[str] | None = None
    ) -> list[OrderReport] | None:
        """The orders that the exchange says stand open, in some markets or in all; None if it does
        not say."""
        exchange: ExchangeFile = exchanges.load(account.exchange)
        seen: list[OrderReport] = []
        for ask in exchange.ask_open_orders(symbols):
            answer = await self._asking.account(account, ask)
            if answer is None or answer.status != 200:
                return None
            try:
                seen += exchange.open_orders(answer.body)
            except ValueError:
                return None
        return seen

    async def _look_for(self, account: Account, exchange: ExchangeFile, order: LiveOrder) -> None:
        """Ask for one order that does not stand open. "Not found" is final only once its
        signed request can no longer be accepted."""
        quotes = self._core.quotes[exchange.NAME]
        final = quotes.knows_clock and expired(order, quotes.exchange_ms(self._clock.now_ns()))
        answer = await self._asking.account(
            account, exchange.ask_order(order.symbol, order.client_order_id)
        )
        if answer is None or order.id not in account.live:
            return
        if exchange.says_no_such_order(answer):
            if order.status is not None:
                why = f"the exchange took order {order.id} and now says that there is none"
                self._doubt(account, why)
            elif final:
                why = "the exchange never received it"
                self._recorder.note(
                    settle.close(self._core.state, order, why, self._clock.now_ns())
                )
            return
        try:
            seen = exchange.order_report(answer.body)
        except ValueError:
            return
        self._reports.take(order, seen)

    async def _review(self, account: Account) -> None:
        """Judge what rests by today's references and cancel what no longer fits."""
        exchange: ExchangeFile = exchanges.load(account.exchange)
        now = self._clock.now_ns()
        self._recorder.note(review.rejudge(self._core, account, now))
        unwanted = {order.id: order for order in freezing.to_cancel(self._core.state, account)}
        unwanted |= {order.id: order for order in review.outdated(account, now)}
        unwanted |= {order.id: order for order in review.misfits(self._core, account, now)}
        for order in unwanted.values():
            if order.exchange_order_id is None or order.id in self._in_flight:
                continue
            self._orders_ns.pop(account.name, None)  # what became of it is asked for at once
            cancel = CancelOrder(order.symbol, client_order_id=order.client_order_id)
            answer = await self._asking.account(account, cancel)
            if answer and order.id in account.live and exchange.judge(answer) is Verdict.DONE:
                with contextlib.suppress(ValueError):
                    self._reports.take(order, exchange.order_report(answer.body))

    async def _sweep(self, account: Account, since_ns: int) -> None:
        """Cancel whatever stands open, by whomever it was placed."""
        if self._core.swept.get(account.name) == since_ns:
            return
        seen = await self._standing(account)
        if seen is None:
            return
        for symbol in {report.symbol for report in seen}:
            await self._asking.account(account, CancelOrder(symbol))
        if not seen and not account.live:  # none of unknown outcome either
            self._core.swept[account.name] = since_ns

    async def _holdings(self, account: Account) -> bool:
        """Reconcile what is held of assets that no order has moved meanwhile."""
        exchange: ExchangeFile = exchanges.load(account.exchange)
        asked = self._clock.now_ns()
        answer = await self._asking.account(account, exchange.ask_balances())
        if answer is None or answer.status != 200:
            return False
        try:
            balances = exchange.balances(answer.body)
        except ValueError:
            return False
        known = account.losses.holdings()
        moving = {asset for order in account.live.values() for asset in order.symbol.split("/")}
        seen = {asset: holding.free + holding.locked for asset, holding in balances.items()}
        differing = {
            asset: seen.get(asset, ZERO)
            for asset in seen.keys() | known.keys()
            if account.touched_ns.get(asset, 0) < asked
            and seen.get(asset, ZERO) != known.get(asset)
        }
        since = self._holdings_ns.get(account.name, 0) - HOLDINGS_NS
        if why := doubts.unexplained(account, known, differing, since):
            self._doubt(account, why)
        if changed := {a: quantity for a, quantity in differing.items() if a not in moving}:
            self._note(Holdings(self._clock.now_ns(), account.name, changed))
        return True

    def _value(self, account: Account) -> None:
        """Note what the account is worth when it has fallen, and every few minutes."""
        now = self._clock.now_ns()
        quotes = self._core.quotes[account.exchange]
        value = quotes.value(account.policy, account.losses.holdings(), now)
        if value is None:
            return
        known, noted = account.worth, self._valued_ns.get(account.name, 0)
        if known is None or value < known.value * FALLEN or now - noted > SLOW_NS:
            self._valued_ns[account.name] = now
            self._note(Valued(now, account.name, value))

    def _spread(self, exchange: str, symbol: str, prices: Prices) -> None:
        """Note the half spread once an hour, and hand those of the last month to the prices."""
        now, key = self._clock.now_ns(), (exchange, symbol)
        seen = self._core.state.spreads.get(key)
        half_spread = prices.book_half_spread()
        if half_spread is not None and (not seen or seen[-1].time_ns <= now - HOUR):
            self._note(SpreadSeen(now, exchange, symbol, half_spread))
            prices.see_spreads(tuple(self._core.state.spreads[key]), now)

    def _doubt(self, account: Account, why: str) -> None:
        self._recorder.note(self._core.doubt(account.name, why, self._clock.now_ns()))

    def _note(self, record: AnyRecord) -> None:
        self._core.state.apply(record)
        self._recorder.note([record])
