"""The DCA bot: when deals begin, how they go on, and how they end."""

from collections.abc import Iterator
from decimal import Decimal
from typing import ClassVar

import msgspec

from tradelatch.bots.conditions import Manual, Nonstop, Rsi, RsiMeter
from tradelatch.bots.dca.checks import check_settings
from tradelatch.bots.dca.ladder import away, order_amount
from tradelatch.bots.dca.position import BASE, EXIT, DealMemory, Position
from tradelatch.bots.dca.settings import DcaSettings
from tradelatch.bots.deals import Deal, Direction
from tradelatch.bots.desk import Desk
from tradelatch.bots.events import Bar
from tradelatch.bots.orders import Fill, Order, OrderState
from tradelatch.bots.standing import Want, keep_orders
from tradelatch.bots.strategy import Memory, Settings, Strategy
from tradelatch.model.markets import Market
from tradelatch.model.money import ZERO, round_down, round_up
from tradelatch.model.orders import Side

_HOUR_MS, _DAY_HOURS = 3_600_000, 24

PLACED, BOUGHT, TRAILING = "base_order_placed", "bought", "ttp_order_placed"
COMPLETED, STOPPED, PANIC, CANCELLED, FAILED = (
    "completed",
    "stop_loss_finished",
    "panic_sold",
    "cancelled",
    "failed",
)
"""The states of a deal, in 3Commas' words."""
_SELLING = (COMPLETED, STOPPED, PANIC)
"""The ends at which what is left of the position leaves at the market first."""


class DcaMemory(Memory):
    """When the last deal of each pair ended (ms)."""

    closed_ms: dict[str, int] = msgspec.field(default_factory=dict)


class Dca(Strategy[DcaSettings]):
    """One bot, one or more pairs. Each deal is settled anew after everything that concerns it."""

    settings_type: ClassVar[type[Settings]] = DcaSettings
    memory_type: ClassVar[type[Memory]] = DcaMemory
    memory: DcaMemory

    def __init__(
        self, desk: Desk, symbols: tuple[str, ...], settings: DcaSettings, memory: DcaMemory
    ) -> None:
        super().__init__(desk, symbols, settings, memory)
        self.direction = settings.strategy
        self._positions: dict[int, Position] = {}
        self._meters: dict[tuple[str, Rsi], RsiMeter] = {}

    @classmethod
    def check(
        cls,
        settings: DcaSettings,
        markets: dict[str, Market],
        prices: dict[str, Decimal],
        fee: Decimal,
    ) -> None:
        """Refuse settings that cannot work.

        Raises:
            BadSettings: with the field, the reason and the nearest value that works.
        """
        check_settings(settings, markets, prices)

    @classmethod
    def intervals(cls, settings: DcaSettings) -> tuple[int, ...]:
        """Those of its conditions, and hours where the day's turnover is a condition."""
        asked = {one.interval_ms for one in settings.start_conditions if isinstance(one, Rsi)}
        if settings.min_volume_btc_24h:
            asked.add(_HOUR_MS)
        return tuple(sorted(asked))

    def on_start(self) -> None:
        """Settle what is open, and begin what may begin."""
        for deal in list(self.desk.deals.values()):
            self._settle(deal)
        self._begin_all()

    def on_bar(self, bar: Bar) -> None:
        """Conditions are judged once for each bar."""
        self._begin(bar.symbol)

    def on_price(self, symbol: str, price: Decimal) -> None:
        """Follow the peak of trailing take profits; begin where a price was waited for."""
        for deal in list(self.desk.deals.values()):
            if deal.symbol == symbol and deal.state == TRAILING:
                self._trail(self._position(deal), price)
        self._begin(symbol)

    def follows(self, symbol: str) -> bool:
        """While a take profit trails, or a price is waited for."""
        deals = (deal for deal in self.desk.deals.values() if deal.symbol == symbol)
        return any(deal.state == TRAILING for deal in deals) or self._waits_for_price(symbol)

    def on_alert(self, symbol: str, name: str, price: Decimal) -> None:
        """A stop loss is set off, or taken back within its time; a take profit begins to trail; a
        trailing one has fallen far enough."""
        what, _, number = name.partition(" ")
        deal = self.desk.deals.get(int(number))
        if deal is None or self._position(deal).memory.leaving:
            return
        position = self._position(deal)
        match what:
            case "stop":
                self._stop_touched(position)
            case "recovery":
                self.desk.timer(f"stop {number}", None)
            case "arm":
                self.desk.set_state(deal, TRAILING)
                self._trail(position, price)
            case "trail":
                self._leave(position, COMPLETED)
        self._settle(deal)

    def on_fill(self, order: Order, fill: Fill) -> None:
        """The average moves, and with it what should stand."""
        deal = self.desk.deals[order.deal]
        position = self._position(deal)
        position.count(order.tag, order.side, fill)
        self.desk.remember(deal, position.memory)
        if not order.is_over:
            self._settle(deal)

    def on_order(self, order: Order) -> None:
        """An order stands or is over."""
        deal = self.desk.deals[order.deal]
        if order.is_over and order.tag == BASE and not self._position(deal).memory.leaving:
            self._base_over(deal, order)
        self._settle(deal)

    def on_timer(self, name: str) -> None:
        """A stop loss has waited long enough, or a pair has cooled down."""
        what, _, of = name.partition(" ")
        if what == "cooldown":
            self._begin(of)
        elif deal := self.desk.deals.get(int(of)):
            self._leave(self._position(deal), STOPPED)
            self._settle(deal)

    def on_resume(self, symbol: str, side: Side) -> None:
        """Orders may be sent again."""
        for deal in list(self.desk.deals.values()):
            if deal.symbol == symbol:
                self._settle(deal)
        self._begin(symbol)

    def on_stop(self) -> None:
        """Open deals go on; base orders that nothing was bought by are taken back."""
        for deal in list(self.desk.deals.values()):
            self._settle(deal)

    def on_close(self, deal: Deal, sell: bool) -> None:
        """Cancel its orders; with `sell`, sell (or buy back) at the market."""
        self._leave(self._position(deal), PANIC if sell else CANCELLED)
        self._settle(deal)

    def open_deal(self, symbol: str) -> str:
        """Begin a deal by hand; empty, or why it cannot begin."""
        why = self._closed(symbol, by_hand=True)
        if not why:
            self._place_base(symbol)
        return why

    # How deals begin.

    def _begin_all(self) -> None:
        for symbol in self.symbols:
            self._begin(symbol)

    def _begin(self, symbol: str) -> None:
        conditions = self.settings.start_conditions
        met = all(self._holds(one, symbol) for one in conditions)
        if met and not self._closed(symbol):
            self._place_base(symbol)

    def _holds(self, condition: Nonstop | Manual | Rsi, symbol: str) -> bool:
        if isinstance(condition, Rsi):
            meter = self._meters.setdefault((symbol, condition), RsiMeter(condition.time_period))
            bars = self.desk.bars.get((symbol, condition.interval_ms), ())
            return condition.holds(meter.read(bars))
        return isinstance(condition, Nonstop)

    def _closed(self, symbol: str, by_hand: bool = False) -> str:
        """Why no deal may begin in a market now; empty if one may."""
        return next(self._obstacles(symbol, by_hand), "")

    def _obstacles(self, symbol: str, by_hand: bool) -> Iterator[str]:
        desk, settings, price = self.desk, self.settings, self.desk.price(symbol)
        if self.is_stopping or not self.has_started:
            yield "the bot begins no deals now"
        if any(deal.symbol == symbol for deal in desk.deals.values()):
            yield f"{symbol} has a deal already"
        if len(desk.deals) >= settings.max_active_deals:
            yield f"{settings.max_active_deals} deals are open, the most that may be"
        if price is None:
            yield f"no price of {symbol} is known yet"
        elif not settings.min_price <= price <= (settings.max_price or price):
            yield f"{price} is outside min_price and max_price"
        ready = self.memory.closed_ms.get(symbol, -settings.cooldown * 1_000)
        if not by_hand and desk.now_ms < ready + settings.cooldown * 1_000:
            yield f"{symbol} cools down"
        if self._turnover(symbol) < settings.min_volume_btc_24h:
            yield f"{symbol} trades too little"
        if desk.backoff.holds(symbol, self.direction.entry, desk.now_ms):
            yield f"orders in {symbol} were denied a moment ago"

    def _waits_for_price(self, symbol: str) -> bool:
        """Whether a deal could begin but for its price."""
        has_range = bool(self.settings.min_price or self.settings.max_price)
        return has_range and all(deal.symbol != symbol for deal in self.desk.deals.values())

    def _turnover(self, symbol: str) -> Decimal:
        """Of the last 24 closed hours, in quote (`check` sees to it that this is BTC)."""
        bars = self.desk.bars.get((symbol, _HOUR_MS), ())[-_DAY_HOURS:]
        return sum((bar.turnover for bar in bars), ZERO)

    def _place_base(self, symbol: str) -> None:
        desk, settings = self.desk, self.settings
        deal = desk.open_deal(symbol, self.direction, msgspec.json.encode(settings))
        desk.set_state(deal, PLACED)
        desk.say("deal", f"deal {deal.number} begins in {symbol}")
        self._settle(deal)

    def _base_over(self, deal: Deal, order: Order) -> None:
        """What was bought by the base order is the deal's; nothing bought is no deal."""
        if order.filled:
            self.desk.set_state(deal, BOUGHT)
        elif order.state is OrderState.DENIED:
            self._leave(self._position(deal), FAILED)
        elif order.state is OrderState.CANCELLED:
            self._leave(self._position(deal), CANCELLED)

    # How they go on and end.

    def _settle(self, deal: Deal) -> None:
        """Bring orders, alerts and state to what they should be."""
        if not (deal.is_open and self.has_started):
            return
        position = self._position(deal)
        if position.memory.leaving:
            self._go(position)
        elif deal.state == PLACED:
            self._stand_base(position)
        elif not position.can_leave(self.desk.price(deal.symbol)):
            self._leave(position, COMPLETED)
            self._go(position)
        else:
            self._stand(position)

    def _stand_base(self, position: Position) -> None:
        deal, desk, settings = position.deal, self.desk, position.settings
        if self.is_stopping and not position.memory.filled:
            self._leave(position, CANCELLED)
            self._go(position)
            return
        if desk.orders(deal):
            return
        price, market = desk.price(deal.symbol), desk.markets[deal.symbol]
        assert price is not None  # no deal begins without
        limit = None
        if settings.start_order_type == "limit":
            is_long = deal.direction is Direction.LONG
            limit = (round_down if is_long else round_up)(price, market.tick)
        amount = order_amount(settings.base_order_volume, price, market.lot)
        if not desk.place(deal, deal.direction.entry, amount, limit, BASE):
            self._leave(position, FAILED)
            self._go(position)

    def _stand(self, position: Position) -> None:
        deal, desk = position.deal, self.desk
        wants: dict[str, Want] = {}
        if deal.state != TRAILING:
            wants |= position.safety_orders()
            if not position.settings.trailing_deviation:
                wants |= position.take_profits()
        keep_orders(desk, deal, wants)
        self._watch(position)

    def _watch(self, position: Position) -> None:
        """Set the alerts of its stop loss and of a trailing take profit that is not armed."""
        deal, way = position.deal, position.deal.direction
        stop = position.stop_price
        if stop is not None and f"stop {deal.number}" not in self.desk.timers:
            self._alert(position, "stop", stop, way is Direction.LONG)
        if position.settings.trailing_deviation and deal.state == BOUGHT:
            self._alert(position, "arm", position.target, way is Direction.SHORT)

    def _alert(self, position: Position, what: str, price: Decimal, is_below: bool) -> None:
        name, symbol = f"{what} {position.deal.number}", position.deal.symbol
        below, above = (price, None) if is_below else (None, price)
        self.desk.alert(name, symbol, below, above)

    def _trail(self, position: Position, price: Decimal) -> None:
        """Move the peak, and with it where the position leaves."""
        memory, way = position.memory, position.deal.direction
        is_long = way is Direction.LONG
        best = max if is_long else min
        peak = best(memory.peak, price) if memory.peak else price
        if peak != memory.peak:
            memory.peak = peak
            self.desk.remember(position.deal, memory)
        limit = away(way, peak, position.settings.trailing_deviation)
        self._alert(position, "trail", limit, is_long)

    def _stop_touched(self, position: Position) -> None:
        seconds, number = position.settings.stop_loss_timeout_in_seconds, position.deal.number
        stop = position.stop_price
        assert stop is not None
        if not seconds:
            self._leave(position, STOPPED)
            return
        self.desk.timer(f"stop {number}", self.desk.now_ms + seconds * 1_000)
        tick = self.desk.markets[position.deal.symbol].tick
        is_long = position.deal.direction is Direction.LONG
        self._alert(position, "recovery", stop + tick if is_long else stop - tick, not is_long)

    def _leave(self, position: Position, state: str) -> None:
        """Decide on the deal's end; an end that was decided stays."""
        if not position.memory.leaving:
            position.memory.leaving = state
            self.desk.remember(position.deal, position.memory)

    def _go(self, position: Position) -> None:
        """Cancel what stands, leave at the market where the end asks for it, and close the deal."""
        deal, desk, state = position.deal, self.desk, position.memory.leaving
        for what in ("stop", "recovery", "arm", "trail"):
            desk.alert(f"{what} {deal.number}", deal.symbol)
        desk.timer(f"stop {deal.number}", None)
        standing = desk.orders(deal)
        for order in standing:
            if order.tag != EXIT:
                desk.cancel(order)
        if standing:
            return
        if state in _SELLING and position.can_leave(desk.price(deal.symbol)):
            desk.place(deal, deal.direction.exit, position.leftover, None, EXIT)
            return
        self._close(position, state)

    def _close(self, position: Position, state: str) -> None:
        deal, desk = position.deal, self.desk
        desk.close_deal(deal, state)
        del self._positions[deal.number]
        quote = deal.symbol.partition("/")[2]
        desk.say("deal", f"deal {deal.number} in {deal.symbol}: {state}, {deal.quote:f} {quote}")
        self.memory.closed_ms = {**self.memory.closed_ms, deal.symbol: desk.now_ms}
        if state == STOPPED and position.settings.stop_loss_type == "stop_loss_and_disable_bot":
            self.is_stopping = True
            desk.say("info", f"the stop loss of deal {deal.number} stops the bot")
            return
        cooldown = self.settings.cooldown * 1_000
        if cooldown:
            desk.timer(f"cooldown {deal.symbol}", desk.now_ms + cooldown)
        else:
            self._begin_all()

    def _position(self, deal: Deal) -> Position:
        position = self._positions.get(deal.number)
        if position is None:
            position = Position(
                deal,
                msgspec.json.decode(deal.memory, type=DealMemory),
                msgspec.json.decode(deal.settings, type=DcaSettings),
                self.desk.markets[deal.symbol],
                self.desk.fee,
            )
            self._positions[deal.number] = position
        return position
