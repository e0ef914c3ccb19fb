"""Honest bots as pure order generators, by the semantics traders know from DCA and grid bots.

A bot is asked once a minute what it wants of its desk, and is told of its fills. `capital` is the
most it has in the market, in quote.
"""

from collections.abc import Iterator
from decimal import ROUND_CEILING, Decimal, localcontext
from typing import NamedTuple, Protocol

from bench.study.desk import Desk, Order
from bench.study.tape import MINUTE_MS
from tradelatch.model.money import ZERO, round_down, round_up
from tradelatch.model.orders import Side

EXIT = "exit-"


class Bot(Protocol):
    """What a day of the study needs of a bot."""

    stops: list["Stop"]

    @property
    def is_leaving(self) -> bool:
        """A stop-loss was set off and is not sold out."""

    def act(self, desk: Desk) -> None:
        """Place and cancel what is due now."""

    def filled(self, desk: Desk, order: Order, quantity: Decimal, price: Decimal) -> None:
        """Some of an order was filled."""


class Stop(NamedTuple):
    """A stop-loss that was set off: when, how many orders it took and how many were refused,
    when it was sold out (None: not yet), and how much takers sold meanwhile below its limits,
    in base."""

    at_ms: int
    orders: int
    refused: int
    done_ms: int | None
    missed: float = 0


class Ladder(NamedTuple):
    """The settings of a DCA bot, in percent and as multiples."""

    step: Decimal = Decimal("1.2")
    step_coefficient: Decimal = Decimal("1.3")
    volume_coefficient: Decimal = Decimal("1.5")
    orders: int = 4
    active: int = 2
    take_profit: Decimal = Decimal("1.5")
    stop_loss: Decimal = Decimal(8)

    def deviations(self) -> list[Decimal]:
        """How far each safety order lies below the base order, in percent."""
        rises = [self.step * self.step_coefficient**number for number in range(self.orders)]
        return [sum(rises[: number + 1], ZERO) for number in range(self.orders)]

    def volumes(self, first: Decimal) -> list[Decimal]:
        """What each safety order comes to in quote, the first being `first`."""
        return [first * self.volume_coefficient**number for number in range(self.orders)]


def safety_orders(
    ladder: Ladder, base_price: Decimal, first: Decimal, tick: Decimal, lot: Decimal
) -> list[tuple[Decimal, Decimal]]:
    """Price and amount of each safety order: prices to the nearest tick, amounts rounded up."""
    made = []
    for deviation, volume in zip(ladder.deviations(), ladder.volumes(first), strict=True):
        exact = base_price * (1 - deviation / 100)
        price = max(exact.quantize(tick), tick)
        made.append((price, round_up(volume / price, lot)))
    return made


def take_profit(average: Decimal, percent: Decimal, fee: Decimal, tick: Decimal) -> Decimal:
    """The price at which `percent` is earned on an average that includes the fees paid."""
    with localcontext(rounding=ROUND_CEILING):
        return (average * (1 + percent / 100) / (1 - fee)).quantize(tick)


class Dca:
    """Deals one after the other: a base order, safety orders below it, a take profit, a stop."""

    def __init__(self, capital: Decimal, ladder: Ladder | None = None) -> None:
        self.ladder = ladder or Ladder()
        self.first = capital / (1 + sum(self.ladder.volumes(Decimal(1)), ZERO))
        self.stops: list[Stop] = []
        self._new_deal()

    def _new_deal(self) -> None:
        self.quantity, self.spent, self.base = ZERO, ZERO, ZERO
        self.waiting: list[tuple[Decimal, Decimal]] = []
        self.profit: Order | None = None
        self.stopping = False

    @property
    def is_leaving(self) -> bool:
        """A stop-loss was set off and is not sold out."""
        return self.stopping

    def act(self, desk: Desk) -> None:
        """Begin a deal, keep its orders in place, or get out of it."""
        market = desk.tape.market
        if self.base and not self.stopping:
            self.stopping = desk.mark <= self.base * (1 - self.ladder.stop_loss / 100)
            if self.stopping:
                self.stops.append(Stop(desk.now_ms, 0, 0, None))
                desk.missed = ZERO
        if self.stopping:
            self._get_out(desk)
        elif not self.base:
            if not desk.open:
                desk.place(Side.BUY, round_up(self.first / desk.mark, market.lot), None)
        else:
            self._keep_orders(desk)

    def filled(self, desk: Desk, order: Order, quantity: Decimal, price: Decimal) -> None:
        """Count it; whatever was bought moves the take profit."""
        fee, market = desk.account.policy.fee_rate, desk.tape.market
        if order.side is Side.BUY:
            if not self.base:
                self.base = price * (1 + fee)
                self.waiting = safety_orders(
                    self.ladder, self.base, self.first, market.tick, market.lot
                )
            self.quantity += quantity
            self.spent += quantity * price * (1 + fee)
            if self.profit:
                desk.cancel(self.profit.id)
                self.profit = None
            return
        self.spent -= self.spent * quantity / self.quantity
        self.quantity -= quantity
        if self.quantity <= 0:
            if self.stopping:
                missed = float(desk.missed)
                self.stops[-1] = self.stops[-1]._replace(done_ms=desk.now_ms, missed=missed)
            for number in list(desk.open):
                desk.cancel(number)
            self._new_deal()

    def _keep_orders(self, desk: Desk) -> None:
        market, fee = desk.tape.market, desk.account.policy.fee_rate
        if not (self.profit and self.profit.id in desk.open):
            average = self.spent / self.quantity
            price = take_profit(average, self.ladder.take_profit, fee, market.tick)
            self.profit = desk.place(Side.SELL, self.quantity, price)
        resting = sum(order.side is Side.BUY for order in desk.open.values())
        while self.waiting and resting < self.ladder.active:
            price, amount = self.waiting[0]
            if not desk.place(Side.BUY, amount, price):
                return
            self.waiting.pop(0)
            resting += 1

    def _get_out(self, desk: Desk) -> None:
        for number in list(desk.open):
            desk.cancel(number)
        sent = desk.place(Side.SELL, self.quantity, None, EXIT)
        stop = self.stops[-1]
        self.stops[-1] = stop._replace(
            orders=stop.orders + 1,
            refused=stop.refused + (sent is None),
            missed=float(desk.missed),
        )


class Grid:
    """Equally spaced lines around the price: buys below, sells above, the nearest one empty.

    An order whose line the price has passed is put at the price instead: it trades there anyway.
    """

    LINES, REACH = 21, Decimal("0.1")
    is_leaving = False

    def __init__(self, capital: Decimal) -> None:
        self.each = capital / (self.LINES - 1)
        self.stops: list[Stop] = []
        self.lines: list[Decimal] = []
        self.amount = self.bought = self.to_buy = ZERO
        self.wanted: dict[int, Side] = {}
        self.standing: dict[int, int] = {}

    def act(self, desk: Desk) -> None:
        """Buy what the sells need, then keep an order on every line that wants one."""
        if not self.lines:
            self._lay(desk)
        if self.to_buy > self.bought:
            if not desk.open:
                desk.place(Side.BUY, self.to_buy - self.bought, None)
            return
        free = self.bought - sum(
            (desk.left(o.id) for o in desk.open.values() if o.side is Side.SELL), ZERO
        )
        for line, side in list(self.wanted.items()):
            if side is Side.SELL and free < self.amount:
                continue
            better = max if side is Side.SELL else min
            price = better(self.lines[line], round_down(desk.mark, desk.tape.market.tick))
            order = desk.place(side, self.amount, price)
            if order:
                free -= self.amount if side is Side.SELL else ZERO
                self.standing[order.id] = line
                del self.wanted[line]

    def filled(self, desk: Desk, order: Order, quantity: Decimal, price: Decimal) -> None:
        """A buy filled at a line puts a sell on the next one above, and the other way round."""
        buys = order.side is Side.BUY
        self.bought += quantity if buys else -quantity
        if order.id in self.standing and order.id not in desk.open:
            line = self.standing.pop(order.id) + (1 if buys else -1)
            self.wanted[line] = Side.SELL if buys else Side.BUY

    def _lay(self, desk: Desk) -> None:
        market, middle = desk.tape.market, desk.mark
        low, width = middle * (1 - self.REACH), 2 * middle * self.REACH
        steps = self.LINES - 1
        self.lines = [round_down(low + width * n / steps, market.tick) for n in range(self.LINES)]
        self.amount = max(round_down(self.each / middle, market.lot), market.lot)
        nearest = min(range(self.LINES), key=lambda line: abs(self.lines[line] - middle))
        for line in range(self.LINES):
            if line != nearest:
                self.wanted[line] = Side.BUY if line < nearest else Side.SELL
        self.to_buy = self.amount * (self.LINES - 1 - nearest)


class MarketMaker:
    """One quote on each side of the middle, moved when the middle has; sells what it bought."""

    HALF, MOVED, EVERY_MS = Decimal("0.008"), Decimal("0.002"), 5 * MINUTE_MS
    is_leaving = False
    CLIPS = 8
    """Of so many quotes' worth the inventory may consist."""

    def __init__(self, capital: Decimal, half: Decimal = HALF) -> None:
        self.capital, self.half = capital, half
        self.stops: list[Stop] = []
        self.bought = self.quoted = ZERO
        self.at_ms = 0

    def act(self, desk: Desk) -> None:
        """Quote anew if the middle has moved or a quote is gone."""
        middle = desk.mark
        moved = abs(middle / self.quoted - 1) > self.MOVED if self.quoted else True
        if desk.now_ms - self.at_ms < self.EVERY_MS or not (moved or len(desk.open) < 2):
            return
        self.quoted, self.at_ms = middle, desk.now_ms
        for number in list(desk.open):
            desk.cancel(number)
        for side, price, quantity in self._quotes(desk, middle):
            desk.place(side, quantity, price)

    def filled(self, desk: Desk, order: Order, quantity: Decimal, price: Decimal) -> None:
        """Count the inventory."""
        self.bought += quantity if order.side is Side.BUY else -quantity

    def _quotes(self, desk: Desk, middle: Decimal) -> Iterator[tuple[Side, Decimal, Decimal]]:
        market = desk.tape.market
        clip = round_down(self.capital / self.CLIPS / middle, market.lot)
        room = round_down(self.capital / middle - self.bought, market.lot)
        bid = round_down(middle * (1 - self.half), market.tick)
        ask = round_up(middle * (1 + self.half), market.tick)
        if bid > 0 and min(clip, room) > 0:
            yield Side.BUY, bid, min(clip, room)
        if min(clip, self.bought) > 0:
            yield Side.SELL, ask, min(clip, self.bought)
