"""The DCA bot: when deals begin, how they go on, and how they end."""

from collections.abc import Iterator
from decimal import Decimal
from typing import ClassVar

import msgspec

from tradelatch.bots.conditions import Manual, Nonstop, Rsi, RsiMeter
from tradelatch.bots.dca.checks import check_settings
from tradelatch.bots.dca.ladder import away, deal_capital, order_amount
from tradelatch.bots.dca.position import BASE, EXIT, DealMemory, Position
from tradelatch.bots.dca.settings import DcaSettings
from tradelatch.bots.deals import Deal, Direction
from tradelatch.bots.desk import Desk
from tradelatch.bots.events import Bar
from tradelatch.bots.orders import Fill, Order, OrderState
from tradelatch.bots.profit import profit_of
from tradelatch.bots.standing import Want, keep_orders
from tradelatch.bots.strategy import Memory, Settings, Strategy
from tradelatch.model.markets import Market
from tradelatch.model.money import MONEY, ZERO, plain, round_down, round_up
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
_ALERTS = ("part", "stop", "recovery", "arm", "trail")
_SELLING = (COMPLETED, STOPPED, PANIC)
"""The ends at which what is left of the position leaves at the market first."""
_FLEEING = (STOPPED, PANIC)
"""Of these, the ends that are exits to the gate."""


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
        check_settings(settings, markets, prices, fee)

    @classmethod
    def capital(
        cls, settings: DcaSettings, markets: dict[str, Market], prices: dict[str, Decimal]
    ) -> dict[str, Decimal]:
        """The budgets of as many deals as may be open: quote, or for short the base to sell."""
        dearest = sorted(
            (deal_capital(settings, market, prices[symbol]) for symbol, market in markets.items()),
            key=lambda one: MONEY.multiply(one.amount, one.price),
        )
        needs: dict[str, Decimal] = {}
        for one in dearest[-settings.max_active_deals :]:
            needs[one.asset] = MONEY.add(needs.get(one.asset, ZERO), one.amount)
        return needs

    @classmethod
    def intervals(cls, settings: DcaSettings) -> tuple[int, ...]:
        """Those of its conditions, and hours where the day's turnover is a condition."""
        asked = {one.interval_ms for one in settings.start_conditions if isinstance(one, Rsi)}
        if settings.min_volume_btc_24h:
            asked.add(_HOUR_MS)
        return tuple(sorted(asked))

    def on_start(self) -> None:
        """Settle what is open, and begin what may begin, now or when it has cooled down."""
        for deal in list(self.desk.deals.values()):
            self._settle(deal)
        for symbol in self.memory.closed_ms:
            self._cool_down(symbol)
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
                self._wait_until(position, 0)
            case "part" if position.can_leave(price):
                self._cancel_all(deal)
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
            position, price = self._position(deal), self.desk.price(deal.symbol)
            if price is None or position.is_stopped_at(price):
                self._leave(position, STOPPED)
            else:  # nobody ran while it recovered
                self._wait_until(position, 0)
            self._settle(deal)

    def on_resume(self, symbol: str, side: Side) -> None:
        """Orders may be sent again."""
        for deal in list(self.desk.deals.values()):
            if deal.symbol == symbol:
                self._settle(deal)
        self._begin(symbol)

    def on_stop(self) -> None:
        """Open deals go on; what is left of base orders is taken back."""
        for deal in list(self.desk.deals.values()):
            self._settle(deal)

    def on_close(self, deal: Deal, sell: bool) -> None:
        """Cancel its orders; with `sell`, sell (or buy back) at the market."""
        position = self._position(deal)
        position.memory.leaving = ""  # whatever was decided, the owner's word is the last
        self._leave(position, PANIC if sell else CANCELLED)
        self._settle(deal)

    def open_deal(self, symbol: str) -> str:
        """Begin a deal by hand; empty, or why it cannot begin."""
        why = self._closed(symbol, by_hand=True)
        if not why:
            self._place_base(symbol)
        return why

    def edit(self, settings: DcaSettings) -> str:
        """Its owner has other settings for it; what may begin by them begins."""
        says = super().edit(settings)
        self.direction = settings.strategy
        self._begin_all()
        return says

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
        self.desk.alert(f"part {deal.number}", deal.symbol)
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
        elif position.is_spent and not self._is_leaving(deal):
            self._leave(position, COMPLETED)
            self._go(position)
        else:
            self._stand(position)

    def _is_leaving(self, deal: Deal) -> bool:
        """Whether an order that takes it out still stands, however little is left of it."""
        return any(order.side is deal.direction.exit for order in self.desk.orders(deal))

    def _stand_base(self, position: Position) -> None:
        deal, desk, settings = position.deal, self.desk, position.settings
        if self.is_stopping and not position.memory.filled:
            self._leave(position, CANCELLED)
            self._go(position)
            return
        if desk.orders(deal):
            self._watch_base(position)
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

    def _watch_base(self, position: Position) -> None:
        """What a base order has bought is not left alone with the rest of it: the rest is taken
        back once its owner stops the bot, or once the market is at the target."""
        if not position.memory.filled:
            return
        self._alert(position, "part", position.target, position.deal.direction is Direction.SHORT)
        if self.is_stopping:
            self._cancel_all(position.deal)

    def _stand(self, position: Position) -> None:
        deal, desk = position.deal, self.desk
        wants: dict[str, Want] = {}
        if deal.state != TRAILING:
            resting = {order.tag for order in desk.orders(deal) if not order.is_cancelling}
            wants |= position.safety_orders(resting)
            if not position.settings.trailing_deviation:
                wants |= position.take_profits(resting)
        keep_orders(desk, deal, wants)
        self._watch(position)

    def _watch(self, position: Position) -> None:
        """Set the alerts and the timer of its stop loss and of a trailing take profit."""
        deal, way = position.deal, position.deal.direction
        stop, is_long = position.stop_price, way is Direction.LONG
        if stop is not None and position.memory.stop_due_ms:
            self.desk.timer(f"stop {deal.number}", position.memory.stop_due_ms)
            self._alert(position, "recovery", position.recovery_price, not is_long)
        elif stop is not None:
            self._alert(position, "stop", stop, is_long)
        if position.settings.trailing_deviation and deal.state == BOUGHT:
            self._alert(position, "arm", position.target, not is_long)
        elif deal.state == TRAILING:
            limit = away(way, position.memory.peak, position.settings.trailing_deviation)
            self._alert(position, "trail", limit, is_long)

    def _alert(self, position: Position, what: str, price: Decimal, is_below: bool) -> None:
        name, symbol = f"{what} {position.deal.number}", position.deal.symbol
        below, above = (price, None) if is_below else (None, price)
        self.desk.alert(name, symbol, below, above)

    def _trail(self, position: Position, price: Decimal) -> None:
        """Move the peak, and with it where the position leaves."""
        memory = position.memory
        if memory.leaving:
            return
        best = max if position.deal.direction is Direction.LONG else min
        peak = best(memory.peak, price) if memory.peak else price
        if peak != memory.peak:
            memory.peak = peak
            self.desk.remember(position.deal, memory)
        self._watch(position)

    def _stop_touched(self, position: Position) -> None:
        seconds = position.settings.stop_loss_timeout_in_seconds
        if seconds:
            self._wait_until(position, self.desk.now_ms + seconds * 1_000)
        else:
            self._leave(position, STOPPED)

    def _wait_until(self, position: Position, due_ms: int) -> None:
        """When its stop loss, once touched, ends the deal; 0 while it is not touched."""
        position.memory.stop_due_ms = due_ms
        self.desk.remember(position.deal, position.memory)

    def _leave(self, position: Position, state: str) -> None:
        """Decide on the deal's end; an end that was decided stays."""
        deal = position.deal
        if not position.memory.leaving:
            position.memory.leaving = state
            self.desk.remember(deal, position.memory)
            # A take profit that was denied holds no stop loss back.
            self.desk.backoff.accepted(deal.symbol, deal.direction.exit)

    def _go(self, position: Position) -> None:
        """Cancel what stands, leave at the market where the end asks for it, and close the deal."""
        deal, desk, state = position.deal, self.desk, position.memory.leaving
        for what in _ALERTS:
            desk.alert(f"{what} {deal.number}", deal.symbol)
        desk.timer(f"stop {deal.number}", None)
        self._cancel_all(deal)
        if desk.orders(deal):
            return
        if state in _SELLING and position.can_leave(desk.price(deal.symbol)):
            side, is_exit = deal.direction.exit, state in _FLEEING
            desk.place(deal, side, position.leftover, None, EXIT, is_exit and side is Side.SELL)
            return
        self._close(position, state)

    def _cancel_all(self, deal: Deal) -> None:
        """All orders but the one that leaves at the market."""
        for order in self.desk.orders(deal):
            if order.tag != EXIT:
                self.desk.cancel(order)

    def _close(self, position: Position, state: str) -> None:
        deal, desk = position.deal, self.desk
        desk.close_deal(deal, state)
        del self._positions[deal.number]
        profit = profit_of(deal, desk.price(deal.symbol) or ZERO)
        says = f"{state}, profit {plain(profit)} {deal.symbol.partition('/')[2]}"
        desk.say("deal", f"deal {deal.number} in {deal.symbol}: {says}")
        self.memory.closed_ms = {**self.memory.closed_ms, deal.symbol: desk.now_ms}
        if state == STOPPED and position.settings.stop_loss_type == "stop_loss_and_disable_bot":
            self.is_stopping = True
            desk.say("info", f"the stop loss of deal {deal.number} stops the bot")
            return
        self._cool_down(deal.symbol)
        self._begin_all()

    def _cool_down(self, symbol: str) -> None:
        """Have its next deal begin when it may."""
        ready = self.memory.closed_ms[symbol] + self.settings.cooldown * 1_000
        if self.desk.now_ms < ready:
            self.desk.timer(f"cooldown {symbol}", ready)

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
