"""Taking in what exchanges say of an account's orders, whoever asked. Fills that a report counts
and does not list are asked for."""

from collections import deque
from collections.abc import Iterable

from tradelatch import exchanges
from tradelatch.exchanges.protocol import ExchangeFile, OwnTrade
from tradelatch.model.clock import HOUR
from tradelatch.model.intents import ReadAccount
from tradelatch.model.orders import OrderReport
from tradelatch.signer import settle
from tradelatch.signer.asking import Asking
from tradelatch.signer.records import ForeignFill
from tradelatch.signer.state import Account, LiveOrder

MOST_FOREIGN = 1_000
"""So many fills that nobody here signed are recorded within an hour: more may be invented."""


class Reports:
    """Turns reports into records."""

    def __init__(self, asking: Asking) -> None:
        self._asking, self._core = asking, asking.core
        self._last_trade: dict[tuple[str, str], int] = {}
        self._foreign_ns: deque[int] = deque(maxlen=MOST_FOREIGN)

    async def hear(self, account: Account, intent: ReadAccount, body: bytes) -> None:
        """What a bot is about to be told of the account's orders: the ledger is told first, so
        that whatever the bot does about a fill finds it known."""
        exchange: ExchangeFile = exchanges.load(account.exchange)
        try:
            seen = exchange.reports(intent, body)
        except ValueError:
            return
        for report in seen:
            if order := account.live_by_client_id(report.client_order_id):
                self.take(order, report)
        await self.fill_in(account)

    def take(self, order: LiveOrder, seen: OrderReport) -> None:
        """One report of a live order."""
        now = self._asking.clock.now_ns()
        reference = self._core.reference_at_fill(order, now) if seen.fills else None
        self._asking.recorder.note(settle.report(self._core.state, order, seen, reference, now))

    async def told(self, account: Account, seen: OrderReport) -> None:
        """An account's own event tells of an order, of ours or of somebody else's."""
        order = account.live_by_client_id(seen.client_order_id)
        if order and settle.is_about(order, seen):
            self.take(order, seen)
            await self.fill_in(account)
        elif seen.side:
            for fill in seen.fills:
                self.note_foreign(account, seen.symbol, OwnTrade(seen.order_id, fill, seen.side))

    def note_foreign(self, account: Account, symbol: str, trade: OwnTrade) -> None:
        """Note a trade once, if it is of an order that nobody here signed."""
        fill = trade.fill
        if trade.order_id in account.numbers or (symbol, fill.trade_id) in account.foreign:
            return
        now = self._asking.clock.now_ns()
        self._foreign_ns.append(now)
        if len(self._foreign_ns) == MOST_FOREIGN and now - self._foreign_ns[0] < HOUR:
            why = f"{MOST_FOREIGN} fills within an hour were not signed here; more are not recorded"
            self._asking.recorder.note(self._core.doubt(account.name, why, now))
            return
        record = ForeignFill(
            now,
            account.name,
            symbol,
            trade.order_id,
            fill.trade_id,
            fill.time_ms,
            trade.side,
            fill.price,
            fill.quantity,
        )
        self._core.state.apply(record)
        self._asking.recorder.note([record])

    async def fill_in(self, account: Account) -> None:
        """Ask for the trades of orders of which more was filled than is known."""
        counted = {order.symbol for order in account.live.values() if order.executed > order.filled}
        for symbol in counted:
            await self._trades(account, symbol)

    async def _trades(self, account: Account, symbol: str) -> None:
        exchange: ExchangeFile = exchanges.load(account.exchange)
        key = (account.name, symbol)
        last = self._last_trade.get(key)
        ask = exchange.ask_trades(symbol, None if last is None else last + 1)
        answer = await self._asking.account(account, ask)
        if answer is None or answer.status != 200:
            return
        try:
            seen = exchange.trades(answer.body)
        except ValueError:
            return
        self._take_trades(account, symbol, seen)
        # Fills of an order whose number is not known yet were passed over: ask for them again.
        live = [order for order in account.live.values() if order.symbol == symbol]
        if seen and all(order.exchange_order_id is not None for order in live):
            self._last_trade[key] = max(trade.fill.trade_id for trade in seen)

    def _take_trades(self, account: Account, symbol: str, seen: Iterable[OwnTrade]) -> None:
        now = self._asking.clock.now_ns()
        for order in [order for order in account.live.values() if order.symbol == symbol]:
            mine = [trade.fill for trade in seen if trade.order_id == order.exchange_order_id]
            reference = self._core.reference_at_fill(order, now)
            records = settle.fills(self._core.state, order, mine, reference, now)
            self._asking.recorder.note(records)
