"""What a strategy trades with: its deals, its orders, prices, alerts and timers.

A desk sends nothing and stores nothing. It gathers what changed and what is to be sent, and whoever
runs the bot first writes the one down and then sends the other (`Desk.take`), so that an order is
known here before anybody else can know of it. It is the same in backtests, on paper and live.
"""

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import NamedTuple, TypeAlias

import msgspec

from tradelatch.bots.backoff import Backoff
from tradelatch.bots.deals import Deal, Direction
from tradelatch.bots.orders import Fill, Order, OrderState
from tradelatch.model.markets import Candle, Market
from tradelatch.model.money import MONEY
from tradelatch.model.orders import EXIT_MARK, Side


class Place(NamedTuple):
    """Send this order."""

    order: Order


class Cancel(NamedTuple):
    """Cancel it."""

    order: Order


class Ask(NamedTuple):
    """The exchange reported more of it than the known fills explain: ask for its fills."""

    order: Order


Command: TypeAlias = Place | Cancel | Ask


class Note(NamedTuple):
    """A sentence for the owner. `kind` is ``deal``, ``error``, ``denial`` or ``info``."""

    time_ms: int
    kind: str
    says: str


class Batch(NamedTuple):
    """What one event led to: rows to be stored in one transaction, and then commands to be sent."""

    deals: list[Deal]
    orders: list[Order]
    fills: list[tuple[Order, Fill]]
    notes: list[Note]
    commands: list[Command]

    @property
    def is_empty(self) -> bool:
        """Nothing changed, and nothing is to be sent."""
        return not any(self)


class Alert(NamedTuple):
    """Wake the strategy once the market trades at or below the one price, or at or above the
    other."""

    symbol: str
    below: Decimal | None
    above: Decimal | None


class Desk:
    """One bot's side of its account."""

    def __init__(
        self,
        markets: dict[str, Market],
        fee: Decimal,
        now_ms: Callable[[], int],
        new_id: Callable[[], str],
        price: Callable[[str], Decimal | None],
    ) -> None:
        """`fee` is the rate that the exchange takes of a trade, `new_id` gives client order ids
        that were never used before, `price` the last traded price of a market if one is known."""
        self.markets, self.fee, self.price = markets, fee, price
        self._now_ms, self._new_id = now_ms, new_id
        self.deals: dict[int, Deal] = {}
        """The open ones, by number."""
        self.live: dict[str, Order] = {}
        """Orders of which more may be heard, by client id."""
        self.next_deal = 1
        self.alerts: dict[tuple[str, str], Alert] = {}
        """By symbol and name."""
        self.timers: dict[str, int] = {}
        """When each comes (ms)."""
        self.bars: dict[tuple[str, int], list[Candle]] = {}
        """The closed candles that are kept, the oldest first, by symbol and interval."""
        self.backoff = Backoff()
        self.watch_changed = True
        """Alerts, timers or orders are others than whoever steps time has seen."""
        self._seen: dict[str, set[str]] = {}
        self._deals: dict[int, Deal] = {}
        self._orders: dict[str, Order] = {}
        self._fills: list[tuple[Order, Fill]] = []
        self._notes: list[Note] = []
        self._commands: list[Command] = []

    @property
    def now_ms(self) -> int:
        """The time, UTC."""
        return self._now_ms()

    # What a strategy does.

    def open_deal(
        self, symbol: str, direction: Direction = Direction.LONG, settings: bytes = b"{}"
    ) -> Deal:
        """Begin a deal; orders belong to one."""
        deal = Deal(self.next_deal, symbol, direction, self.now_ms, settings=settings)
        self.next_deal += 1
        self.deals[deal.number] = deal
        self.touch(deal)
        return deal

    def close_deal(self, deal: Deal, state: str) -> None:
        """End a deal that has no live order; what is left of it stays in the account.

        Raises:
            ValueError: an order of it may still be filled.
        """
        if self.orders(deal):
            raise ValueError(f"deal {deal.number} has orders that may still be filled")
        deal.state, deal.closed_ms = state, self.now_ms
        del self.deals[deal.number]
        self.touch(deal)

    def set_state(self, deal: Deal, state: str) -> None:
        """Where the deal stands, in the strategy's word."""
        if deal.state != state:
            deal.state = state
            self.touch(deal)

    def touch(self, deal: Deal) -> None:
        """Have it written down; for whoever changes a deal's memory."""
        self._deals[deal.number] = deal

    def remember(self, deal: Deal, memory: msgspec.Struct) -> None:
        """Keep what the strategy wants to know of a deal after a restart."""
        encoded = msgspec.json.encode(memory)
        if encoded != deal.memory:
            deal.memory = encoded
            self.touch(deal)

    def place(
        self,
        deal: Deal,
        side: Side,
        quantity: Decimal,
        price: Decimal | None = None,
        tag: str = "",
        is_exit: bool = False,
    ) -> Order | None:
        """Send an order; a market order without `price`. Quantity and price must be whole lots and
        ticks. A sell that has to get out, as a stop-loss does, is marked by `is_exit`: the gate
        lets its loss draw on E, and B never refuses it.

        None, and nothing is sent, while the bot backs off after denials (`on_resume` follows).

        Raises:
            ValueError: not a whole lot or tick, or not above zero.
        """
        market = self.markets[deal.symbol]
        quantity = _on_step("quantity", quantity, market.lot)
        if price is not None:
            price = _on_step("price", price, market.tick)
        if self.backoff.holds(deal.symbol, side, self.now_ms):
            return None
        name = f"{EXIT_MARK}{self._new_id()}" if is_exit else self._new_id()
        order = Order(name, deal.number, tag, deal.symbol, side, quantity, price, self.now_ms)
        self.live[order.client_id] = order
        self._seen[order.client_id] = set()
        self._orders[order.client_id] = order
        self._commands.append(Place(order))
        self.watch_changed = True
        return order

    def cancel(self, order: Order) -> None:
        """Ask for its end; `on_order` tells when it has come, and what was filled until then."""
        if order.state.is_final or order.is_cancelling:
            return
        order.is_cancelling = True
        self._orders[order.client_id] = order
        self._commands.append(Cancel(order))
        self.watch_changed = True

    def orders(self, deal: Deal) -> list[Order]:
        """Its orders of which more may be heard."""
        return [order for order in self.live.values() if order.deal == deal.number]

    def alert(
        self, name: str, symbol: str, below: Decimal | None = None, above: Decimal | None = None
    ) -> None:
        """Have `on_alert` called once when the market trades at or beyond a price. A name has one
        alert in each market: a later one replaces it, one without prices removes it."""
        key, alert = (symbol, name), Alert(symbol, below, above)
        if below is None and above is None:
            if self.alerts.pop(key, None) is None:
                return
        elif self.alerts.get(key) == alert:
            return
        else:
            self.alerts[key] = alert
        self.watch_changed = True

    def timer(self, name: str, at_ms: int | None) -> None:
        """Have `on_timer` called once at a time; None takes it back."""
        if at_ms is None:
            self.timers.pop(name, None)
        else:
            self.timers[name] = at_ms
        self.watch_changed = True

    def say(self, kind: str, says: str) -> None:
        """Tell the owner."""
        self._notes.append(Note(self.now_ms, kind, says))

    # What happens to it.

    def adopt(self, deals: Iterable[Deal], orders: Iterable[tuple[Order, set[str]]]) -> None:
        """Go on with what is stored: open deals, and orders that are not over with the trade ids of
        their known fills."""
        self.deals |= {deal.number: deal for deal in deals}
        for order, seen in orders:
            self.live[order.client_id] = order
            self._seen[order.client_id] = seen

    def note_report(
        self, client_id: str, state: OrderState, executed: Decimal, reason: str
    ) -> Order | None:
        """Take what is known of an order; the order, or None if that is nothing new."""
        order = self.live.get(client_id)
        if order is None or (order.state.is_final and order.executed >= executed):
            return None
        is_news = (state, reason) != (order.state, order.reason) or executed > order.executed
        if not order.state.is_final:
            order.state, order.reason = state, reason
        order.executed = max(order.executed, executed)
        if not is_news:
            return None
        self._orders[client_id] = order
        self._settle(order)
        return order

    def note_fill(self, client_id: str, fill: Fill) -> Order | None:
        """Count a fill; the order, or None if the fill is known or no order of this bot's."""
        order = self.live.get(client_id)
        if order is None or fill.trade_id in self._seen[client_id]:
            return None
        self._seen[client_id].add(fill.trade_id)
        order.filled = MONEY.add(order.filled, fill.quantity)
        order.cost = MONEY.add(order.cost, fill.value)
        order.executed = max(order.executed, order.filled)
        if not order.state.is_final:
            order.state = OrderState.FILLED if order.left <= 0 else OrderState.OPEN
        deal = self.deals[order.deal]
        deal.add(order.side, fill)
        self._fills.append((order, fill))
        self._orders[client_id] = order
        self.touch(deal)
        self._settle(order)
        return order

    def _settle(self, order: Order) -> None:
        """Forget what is over; ask for fills that a final report speaks of."""
        self.watch_changed = True
        if order.is_over:
            order.is_cancelling = False
            del self.live[order.client_id], self._seen[order.client_id]
        elif order.executed > order.filled and order.state.is_final:
            self._commands.append(Ask(order))

    def take(self) -> Batch:
        """What changed since the last time, and what is to be sent once that is stored."""
        batch = Batch(
            list(self._deals.values()),
            list(self._orders.values()),
            self._fills,
            self._notes,
            self._commands,
        )
        self._deals, self._orders, self._fills = {}, {}, []
        self._notes, self._commands = [], []
        return batch


def _on_step(what: str, amount: Decimal, step: Decimal) -> Decimal:
    """The amount with no more places than its step has."""
    if amount <= 0 or MONEY.remainder(amount, step):
        raise ValueError(f"{what} {amount} is not a positive multiple of {step}")
    return MONEY.quantize(amount, step)
