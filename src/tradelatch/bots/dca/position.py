"""What a DCA deal should have standing in the market, from its settings and what was filled."""

from collections.abc import Collection
from decimal import Decimal

import msgspec

from tradelatch.bots.dca import ladder
from tradelatch.bots.dca.settings import DcaSettings, TakeProfitType
from tradelatch.bots.deals import Deal, Direction
from tradelatch.bots.orders import Fill
from tradelatch.bots.standing import Want
from tradelatch.model.markets import Market, split_symbol
from tradelatch.model.money import MONEY, ZERO, round_down, round_up
from tradelatch.model.orders import Side

BASE, EXIT = "base", "exit"
_SAFETY, _PROFIT = "safety ", "take-profit "
_HUNDRED = Decimal(100)


class DealMemory(msgspec.Struct):
    """What is kept of a deal beside its orders.

    `base_price` is the base order's average with its fee, `entry_fees` the value of the entries'
    fees in quote, `filled` the base filled so far by tag, `peak` the best price since a trailing
    take profit armed, `stop_due_ms` when a stop loss that was touched has waited long enough (0: it
    was not), and `leaving` why the deal is being left, empty while it is not.
    """

    base_price: Decimal = ZERO
    entry_fees: Decimal = ZERO
    filled: dict[str, Decimal] = {}
    peak: Decimal = ZERO
    stop_due_ms: int = 0
    leaving: str = ""


class Position:
    """One deal as its settings see it."""

    def __init__(
        self, deal: Deal, memory: DealMemory, settings: DcaSettings, market: Market, fee: Decimal
    ) -> None:
        self.deal, self.memory, self.settings = deal, memory, settings
        self._market, self._fee = market, fee
        self._way: Direction = deal.direction

    @property
    def average(self) -> Decimal:
        """Of what entered, fees included. There has to be any."""
        deal, way = self.deal, self._way
        is_long = way is Direction.LONG
        base, quote = (deal.bought, deal.spent) if is_long else (deal.sold, deal.received)
        return ladder.average_entry(way, base, quote, self.memory.entry_fees)

    @property
    def leftover(self) -> Decimal:
        """What can still leave, in whole lots: held for long, owed for short."""
        deal, lot = self.deal, self._market.lot
        if self._way is Direction.LONG:
            return round_down(max(deal.base, ZERO), lot)
        owed = max(-deal.base, ZERO)
        return round_up(MONEY.divide(owed, 1 - self._base_fee()), lot) if owed >= lot else ZERO

    def can_leave(self, price: Decimal | None) -> bool:
        """Whether what is left makes an order that the exchange takes at a price; where none is
        known, at the average."""
        quantity = self.leftover
        if not quantity:
            return False
        return self._is_order(quantity, self.average if price is None else price)

    @property
    def is_spent(self) -> bool:
        """Nothing is left of it that can leave, not even at its best target, and no safety order
        can add to what has not begun to leave. A fall alone does not make a position spent."""
        if not self.leftover:
            return True
        best = self._target(self.settings.steps[-1].profit_percentage)
        has_left = any(tag.startswith(_PROFIT) for tag in self.memory.filled)
        return not self._is_order(self.leftover, best) and (has_left or not self.safety_orders())

    def count(self, tag: str, side: Side, fill: Fill) -> None:
        """Remember a fill of one of its orders."""
        memory = self.memory
        known = memory.filled.get(tag, ZERO)
        memory.filled = {**memory.filled, tag: MONEY.add(known, fill.quantity)}
        if side is self._way.entry:
            base, quote = split_symbol(self.deal.symbol)
            price = {base: fill.price, quote: Decimal(1)}.get(fill.fee_asset, ZERO)
            memory.entry_fees = MONEY.add(memory.entry_fees, MONEY.multiply(fill.fee, price))
            if tag == BASE:
                memory.base_price = self.average

    @property
    def stop_price(self) -> Decimal | None:
        """Where the stop loss is set off, exact and not on a tick; None without one."""
        percent = self.settings.stop_loss_percentage
        return ladder.away(self._way, self.memory.base_price, percent) if percent else None

    def is_stopped_at(self, price: Decimal) -> bool:
        """Whether a stop loss that was touched is still touched at a price."""
        is_long = self._way is Direction.LONG
        return price < self.recovery_price if is_long else price > self.recovery_price

    @property
    def recovery_price(self) -> Decimal:
        """The first tick at which a stop loss that was touched is not touched any more."""
        stop, tick = self.stop_price or ZERO, self._market.tick
        if self._way is Direction.LONG:
            return round_down(stop, tick) + tick
        return round_up(stop, tick) - tick

    @property
    def target(self) -> Decimal:
        """The price of the first take-profit step, where a trailing one arms."""
        return self._target(self.settings.steps[0].profit_percentage)

    def safety_orders(self, resting: Collection[str] = ()) -> dict[str, Want]:
        """The next safety orders, as many as may rest at once; what is left of one that is
        `resting` (by tag) stays however little it is."""
        settings, market, wants = self.settings, self._market, dict[str, Want]()
        for level, deviation in enumerate(ladder.deviations(settings), 1):
            if len(wants) == settings.active_safety_orders_count:
                break
            tag, base = f"{_SAFETY}{level}", self.memory.base_price
            price = ladder.level_price(self._way, base, deviation, market.tick)
            if price <= 0:
                break
            volume = ladder.level_volume(settings, level)
            amount = ladder.order_amount(volume, price, market.lot)
            left = self._whole(MONEY.subtract(amount, self.memory.filled.get(tag, ZERO)))
            if self._is_order(left, price) or (left > 0 and tag in resting):
                wants[tag] = Want(self._way.entry, left, price)
        return wants

    def take_profits(self, resting: Collection[str] = ()) -> dict[str, Want]:
        """The take-profit orders that should rest, each with what is left of it. What is too small
        to be an order of its own is added to the last, unless it is `resting` (by tag) already."""
        filled, lot = self.memory.filled, self._market.lot
        steps = self.settings.steps
        left = self.leftover
        shares = [step.amount_percentage for step in steps]
        total = left + sum((filled.get(self._tag(n), ZERO) for n in range(len(steps))), ZERO)
        wants: dict[str, Want] = {}
        for number, amount in enumerate(ladder.step_amounts(total, shares, lot)[:-1]):
            price, tag = self._target(steps[number].profit_percentage), self._tag(number)
            rest = min(self._whole(MONEY.subtract(amount, filled.get(tag, ZERO))), left)
            if self._is_order(rest, price) or (rest > 0 and tag in resting):
                wants[tag] = Want(self._way.exit, rest, price)
                left -= rest
        price, tag = self._target(steps[-1].profit_percentage), self._tag(len(steps) - 1)
        if self._is_order(left, price) or (left > 0 and tag in resting):
            wants[tag] = Want(self._way.exit, left, price)
        return wants

    def _tag(self, number: int) -> str:
        return f"{_PROFIT}{number + 1}"

    def _target(self, percent: Decimal) -> Decimal:
        if self.settings.take_profit_type is TakeProfitType.TOTAL:
            args = (self._way, self.average, percent, self._fee, self._market.tick)
            return ladder.take_profit_total(*args)
        deal = self.deal
        base = deal.bought if self._way is Direction.LONG else deal.sold
        profit = MONEY.divide(MONEY.multiply(self.settings.base_order_volume, percent), _HUNDRED)
        return ladder.take_profit_base(
            self._way, self.average, base, profit, self._fee, self._market
        )

    def _is_order(self, quantity: Decimal, price: Decimal) -> bool:
        return (
            quantity >= self._market.least
            and MONEY.multiply(quantity, price) >= self._market.min_notional
        )

    def _whole(self, quantity: Decimal) -> Decimal:
        """In whole lots, which may be others than those that it was filled in."""
        return round_down(max(quantity, ZERO), self._market.lot)

    def _base_fee(self) -> Decimal:
        """The rate that a buy loses in base. Most exchanges take a fee of what was received; the
        deal's own fills show where this one does not."""
        deal = self.deal
        return ZERO if (deal.bought and not deal.base_fees) or deal.other_fees else self._fee
