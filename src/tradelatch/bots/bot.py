"""One bot: a strategy at its desk, told in order what happens."""

from decimal import Decimal
from typing import Any

import msgspec

from tradelatch.bots.backoff import DENIED, UNFILLED, Waits
from tradelatch.bots.deals import Deal
from tradelatch.bots.events import Bar, Book, Event, Price, Report, Timer, Traded
from tradelatch.bots.orders import Order, OrderState
from tradelatch.bots.strategy import Strategy
from tradelatch.model.money import plain

KEPT_BARS = 500
"""How many closed bars of a market and interval a desk keeps."""
_RESUME = "resume "
_FROZEN = " is frozen ("
"""In the words of the signer, of a grant or an account."""


class Bot:
    """Hands each event to the strategy. Pure: whoever runs it stores and sends what `desk.take`
    gives after each call."""

    def __init__(self, name: str, strategy: Strategy[Any]) -> None:
        self.name, self.strategy, self.desk = name, strategy, strategy.desk
        self._kept = b""

    def start(self) -> None:
        """Begin, or go on after a restart. There has to be a price in each of its markets."""
        self.strategy.has_started = True
        self.strategy.on_start()

    def stop(self) -> None:
        """No new deals; the open ones go on."""
        self.strategy.is_stopping = True
        self.strategy.on_stop()

    def resume(self) -> str:
        """Go on after a stop whose end has not come; what to answer."""
        self.strategy.is_stopping = False
        self.strategy.on_start()
        return "it runs"

    def close(self, deal: Deal, sell: bool) -> None:
        """End a deal now, at the market with `sell`."""
        self.strategy.on_close(deal, sell)

    def open(self, symbol: str) -> str:
        """Begin a deal by hand; empty, or why it cannot begin."""
        return self.strategy.open_deal(symbol)

    @property
    def has_started(self) -> bool:
        """It hears of prices and bars."""
        return self.strategy.has_started

    @property
    def is_done(self) -> bool:
        """It was stopped, and nothing of it is left to look after."""
        return self.strategy.is_stopping and not self.desk.deals and not self.desk.live

    def memory(self) -> bytes | None:
        """The strategy's memory as JSON if it is not what was taken last."""
        encoded = msgspec.json.encode(self.strategy.memory)
        if encoded == self._kept:
            return None
        self._kept = encoded
        return encoded

    def handle(self, event: Event) -> None:
        """Let it happen. Before it has started it hears of its orders, and of no prices."""
        match event:
            case Price() if self.has_started:
                self._price(event.symbol, event.price)
            case Traded():
                order = self.desk.note_fill(event.client_id, event.fill)
                if order:
                    self.strategy.on_fill(order, event.fill)
                    if order.is_over:
                        self.strategy.on_order(order)
            case Report():
                self._report(event)
            case Bar():
                self._bar(event)
            case Book() if self.has_started and self.strategy.wants_book:
                self.strategy.on_book(event)
            case Timer():
                self._timer(event.name)

    def is_due(self, now_ms: int) -> bool:
        """Whether the time of a timer has come."""
        return self.has_started and any(at_ms <= now_ms for at_ms in self.desk.timers.values())

    def due(self, now_ms: int) -> None:
        """Call the timers whose time has come."""
        desk = self.desk
        for name, at_ms in sorted(desk.timers.items(), key=lambda timer: timer[1]):
            # One that came before may have taken it back or put it off.
            if at_ms <= now_ms and desk.timers.get(name) == at_ms:
                del desk.timers[name]
                desk.watch_changed = True
                self._timer(name)

    def _timer(self, name: str) -> None:
        if name.startswith(_RESUME):
            symbol, _, side = name.removeprefix(_RESUME).rpartition(" ")
            self.strategy.on_resume(symbol, type(self.strategy.direction.entry)(side))
        else:
            self.strategy.on_timer(name)

    def _report(self, report: Report) -> None:
        known = self.desk.live.get(report.client_id)
        was_cancelling = known is not None and known.is_cancelling
        order = self.desk.note_report(
            report.client_id, report.state, report.executed, report.reason
        )
        if order is None:
            return
        if order.state is OrderState.DENIED:
            self._denied(order, report.reason)
        elif order.state is OrderState.CANCELLED and not (was_cancelling or order.executed):
            waits = UNFILLED if order.price is None else DENIED
            self._denied(order, report.reason or "the exchange ended it unfilled", waits)
        elif order.state in (OrderState.OPEN, OrderState.FILLED):
            self.desk.backoff.accepted(order.symbol, order.side)
        if order.is_over or order.state is OrderState.OPEN:
            self.strategy.on_order(order)

    def _denied(self, order: Order, reason: str, waits: Waits = DENIED) -> None:
        """It says why, and asks again after a while, longer each time."""
        desk = self.desk
        until = desk.backoff.denied(order.symbol, order.side, desk.now_ms, waits)
        wait = (until - desk.now_ms) // 1_000
        price = "at the market" if order.price is None else f"at {plain(order.price)}"
        desk.say(
            "freeze" if _FROZEN in reason else "denial",
            f"deal {order.deal}: {order.side.lower()} {plain(order.quantity)} {order.symbol} "
            f"{price} was denied: {reason or 'no reason was given'}; it waits {wait} s",
        )
        desk.timer(f"{_RESUME}{order.symbol} {order.side}", until)

    def _price(self, symbol: str, price: Decimal) -> None:
        desk = self.desk
        if desk.alerts:
            for (of, name), alert in list(desk.alerts.items()):
                if of != symbol or (of, name) not in desk.alerts:
                    continue
                if (alert.below is not None and price <= alert.below) or (
                    alert.above is not None and price >= alert.above
                ):
                    desk.alert(name, symbol)
                    self.strategy.on_alert(symbol, name, price)
        if self.strategy.follows(symbol):
            self.strategy.on_price(symbol, price)

    def _bar(self, bar: Bar) -> None:
        bars = self.desk.bars.setdefault((bar.symbol, bar.interval_ms), [])
        if bars and bar.candle.open_ms <= bars[-1].open_ms:
            return
        bars.append(bar.candle)
        if len(bars) > 2 * KEPT_BARS:
            del bars[:-KEPT_BARS]
        if self.has_started:
            self.strategy.on_bar(bar)
