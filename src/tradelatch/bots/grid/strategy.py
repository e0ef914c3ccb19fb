"""The grid bot: one deal, from the balancing order to the stop."""

from collections.abc import Iterable
from decimal import Decimal
from typing import ClassVar

import msgspec

from tradelatch.bots.deals import Deal
from tradelatch.bots.desk import Desk
from tradelatch.bots.grid import lines
from tradelatch.bots.grid.checks import check_settings
from tradelatch.bots.grid.settings import GridSettings
from tradelatch.bots.orders import Fill, Order, OrderState
from tradelatch.bots.standing import Want, keep_orders
from tradelatch.bots.strategy import Memory, Settings, Strategy
from tradelatch.model.markets import Market
from tradelatch.model.money import MONEY, ZERO, plain, round_down
from tradelatch.model.orders import Side

BALANCE, EXIT = "balance", "exit"
BALANCING, RUNNING, STOPPED, CLOSED = "balancing", "running", "stopped", "closed"
"""The states of a grid's deal."""


class GridMemory(msgspec.Struct):
    """What is kept beside the orders: which intervals are `holding`, the base filled so far of each
    standing order (`filled`, by tag), finished rounds of a buy and a sell, and how the grid is
    being left: by cancelling alone, by selling what it holds, or by buying with all it has."""

    holding: list[bool] = []
    filled: dict[str, Decimal] = {}
    rounds: int = 0
    leaving: str = ""
    invested: Decimal = ZERO
    """Quote that the grid may use in all: what its buys and the balancing order came to."""


class Grid(Strategy[GridSettings]):
    """One grid in one market."""

    settings_type: ClassVar[type[Settings]] = GridSettings

    def __init__(
        self, desk: Desk, symbols: tuple[str, ...], settings: GridSettings, memory: Memory
    ) -> None:
        super().__init__(desk, symbols, settings, memory)
        self._symbol = symbols[0]
        self._market: Market = desk.markets[self._symbol]
        self._deal: Deal | None = next(iter(desk.deals.values()), None)
        self._kept = GridMemory()
        if self._deal is None:
            self._use(settings)
        else:
            self._kept = msgspec.json.decode(self._deal.memory, type=GridMemory)
            # Edits hold from the next grid on: this one's orders stand on its own lines.
            self._use(msgspec.json.decode(self._deal.settings, type=GridSettings))

    @classmethod
    def check(
        cls,
        settings: GridSettings,
        markets: dict[str, Market],
        prices: dict[str, Decimal],
        fee: Decimal,
    ) -> None:
        """Refuse settings that cannot work.

        Raises:
            BadSettings: with the field, the reason and the nearest value that works.
        """
        check_settings(settings, markets, fee)

    @classmethod
    def capital(
        cls, settings: GridSettings, markets: dict[str, Market], prices: dict[str, Decimal]
    ) -> dict[str, Decimal]:
        """Quote for the buys below the price, and for the base that the sells above it need."""
        (symbol,), (market,) = markets, markets.values()
        return {market.quote: lines.capital(settings, market, prices[symbol])}

    def on_start(self) -> None:
        """Go on with the deal that is open, or begin one."""
        if self.is_stopping:
            self._leave("stop_bot")
            return
        if self._deal is None:
            self._open()
        self._settle()

    def on_fill(self, order: Order, fill: Fill) -> None:
        """Count it."""
        filled = self._kept.filled
        filled[order.tag] = MONEY.add(filled.get(order.tag, ZERO), fill.quantity)
        self._keep()

    def on_order(self, order: Order) -> None:
        """An order that is complete turns its interval; whatever it was, all is settled anew."""
        if not order.is_over:
            return
        what, _, number = order.tag.partition(" ")
        if number:
            self._turn(what, int(number), order.state is OrderState.FILLED)
        self._settle()

    def on_resume(self, symbol: str, side: Side) -> None:
        """Orders may be sent again."""
        self._settle()

    def on_alert(self, symbol: str, name: str, price: Decimal) -> None:
        """The market has reached a stop."""
        settings = self.settings
        action = settings.lower_stop_action if name == "lower" else settings.upper_stop_action
        self.desk.say("info", f"the market has reached the {name} stop at {price}: {action}")
        self.is_stopping = True
        self._leave(action)

    def edit(self, settings: GridSettings) -> str:
        """Lines that stand stay."""
        return "it holds from the next start on"

    def on_stop(self) -> None:
        """Cancel all orders; what the grid holds stays in the account."""
        self._leave("stop_bot")

    def on_close(self, deal: Deal, sell: bool) -> None:
        """The same, and sell what it holds with `sell`; the bot stops."""
        self.is_stopping = True
        self._kept.leaving = ""  # whatever was decided, the owner's word is the last
        self._leave("stop_bot_and_sell" if sell else "stop_bot")

    def _use(self, settings: GridSettings) -> None:
        self.settings = settings
        self._prices = lines.lines(settings, self._market.tick)
        self._amounts = lines.amounts(settings, self._prices, self._market.lot)

    def _turn(self, what: str, number: int, is_filled: bool) -> None:
        kept, tag = self._kept, f"{what} {number}"
        if tag in kept.filled and (
            is_filled or not self._is_order(self._left(what, number), number)
        ):
            kept.holding[number] = what == "buy"
            kept.rounds += what == "sell"
            del kept.filled[tag]
            self._keep()

    def _open(self) -> None:
        desk = self.desk
        price = desk.price(self._symbol)
        assert price is not None  # no bot starts without
        first = lines.first_holding(self._prices, price)
        self._deal = desk.open_deal(self._symbol, settings=msgspec.json.encode(self.settings))
        self._kept = GridMemory([n >= first for n in range(len(self._amounts))])
        self._kept.invested = lines.capital(self.settings, self._market, price)
        desk.set_state(self._deal, BALANCING if self._balance() else RUNNING)
        desk.say(
            "deal", f"grid of {len(self._prices)} lines begins in {self._symbol} at {plain(price)}"
        )
        self._keep()

    def _balance(self) -> Decimal:
        held = [amount for amount, holds in self._intervals() if holds]
        return lines.balance(held, self._market.lot)

    def _intervals(self) -> Iterable[tuple[Decimal, bool]]:
        return zip(self._amounts, self._kept.holding, strict=True)

    def _settle(self) -> None:
        """Bring the orders to what should stand."""
        deal = self._deal
        if deal is None or not (deal.is_open and self.has_started):
            return
        if self._kept.leaving:
            self._go(deal)
            return
        self._watch_stops()
        if deal.state == BALANCING:
            filled = self._kept.filled.get(BALANCE, ZERO)
            left = round_down(MONEY.subtract(self._balance(), filled), self._market.lot)
            price = self.desk.price(self._symbol) or self._prices[-1]
            if left > 0 and MONEY.multiply(left, price) >= self._market.min_notional:
                keep_orders(self.desk, deal, {BALANCE: Want(Side.BUY, left, None)})
                return
            self.desk.set_state(deal, RUNNING)
        keep_orders(self.desk, deal, self._wants())

    def _watch_stops(self) -> None:
        settings = self.settings
        if settings.upper_stop_price:
            self.desk.alert("upper", self._symbol, above=settings.upper_stop_price)
        if settings.lower_stop_price:
            self.desk.alert("lower", self._symbol, below=settings.lower_stop_price)

    def _wants(self) -> dict[str, Want]:
        """The buys nearest below the price and the sells nearest above it, as many as may stand."""
        holding, settings = self._kept.holding, self.settings
        count = len(holding)
        buys = [n for n in reversed(range(count)) if not holding[n]]
        sells = [n for n in range(count) if holding[n]]
        buys = buys[: settings.max_active_buy_lines or count]
        sells = sells[: settings.max_active_sell_lines or count]
        wants = {
            f"buy {n}": Want(Side.BUY, left, self._prices[n])
            for n in buys
            if (left := self._left("buy", n))
        }
        assert self._deal is not None
        free, standing = self._deal.base, self.desk.orders(self._deal)
        resting = {order.tag for order in standing if not order.is_cancelling}
        for n in sells:
            # Fees in base make a buy bring less than the sell above it is for.
            left = min(self._left("sell", n), round_down(max(free, ZERO), self._market.lot))
            # What is left of one that rests may be less than the exchange takes as a new order.
            if self._is_order(left, n) or (left > 0 and f"sell {n}" in resting):
                wants[f"sell {n}"] = Want(Side.SELL, left, self._prices[n + 1])
                free -= left
        return wants

    def _left(self, what: str, number: int) -> Decimal:
        """What is still to be filled of an interval's order, in whole lots, which may be others
        than those that it was filled in."""
        filled = self._kept.filled.get(f"{what} {number}", ZERO)
        return round_down(
            max(MONEY.subtract(self._amounts[number], filled), ZERO), self._market.lot
        )

    def _is_order(self, quantity: Decimal, number: int) -> bool:
        """Whether so much of an interval is an order that the exchange takes."""
        value = MONEY.multiply(quantity, self._prices[number])
        return quantity >= self._market.least and value >= self._market.min_notional

    def _leave(self, action: str) -> None:
        if self._deal is None or not self._deal.is_open:
            return
        if not self._kept.leaving:
            self._kept.leaving = action
            self._keep()
            for side in Side:  # what was denied before holds no stop back
                self.desk.backoff.accepted(self._symbol, side)
        self._settle()

    def _go(self, deal: Deal) -> None:
        """Cancel what stands, bring the position to where the stop's action wants it, and close."""
        desk = self.desk
        for name in ("upper", "lower"):
            desk.alert(name, self._symbol)
        standing = desk.orders(deal)
        for order in standing:
            if order.tag != EXIT:
                desk.cancel(order)
        if standing:
            return
        last = self._last_order(deal)
        if last:
            desk.place(deal, last.side, last.quantity, None, EXIT, last.side is Side.SELL)
            return
        desk.close_deal(deal, STOPPED if self._kept.leaving == "stop_bot" else CLOSED)
        quote = self._market.quote
        says = f"{deal.quote:f} {quote} and {deal.base:f} {self._market.base}"
        desk.say("deal", f"grid in {self._symbol} ended after {self._kept.rounds} rounds: {says}")
        if not self.is_stopping:  # its owner has started it again meanwhile
            self._open()
            self._settle()

    def _last_order(self, deal: Deal) -> Want | None:
        """The order at the market that the stop's action still needs."""
        price = self.desk.price(self._symbol) or self._prices[0]
        action, lot = self._kept.leaving, self._market.lot
        if action in ("stop_bot_and_sell", "stop_bot_and_close_position"):
            want = Want(Side.SELL, round_down(max(deal.base, ZERO), lot), None)
        elif action == "stop_bot_and_buy":
            left = max(MONEY.add(self._kept.invested, deal.quote), ZERO)
            want = Want(Side.BUY, round_down(MONEY.divide(left, price * _MARGIN), lot), None)
        else:
            return None
        is_order = MONEY.multiply(want.quantity, price) >= self._market.min_notional
        return want if is_order and want.quantity else None

    def _keep(self) -> None:
        if self._deal is not None:
            self.desk.remember(self._deal, self._kept)


_MARGIN = Decimal("1.01")
"""So much above the last price is reckoned with where all that is left is to be spent."""
