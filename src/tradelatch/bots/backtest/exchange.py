"""A simulated exchange: one account's holdings, resting orders, and fills with their fees.

It knows no time and no candles: whoever replays a market tells it the price, and it tells what
happened to the orders through `hear`. Every amount is exact, and what an order may spend is locked.
"""

from collections.abc import Callable
from decimal import Decimal

import msgspec

from tradelatch.bots.backtest.terms import Terms
from tradelatch.bots.events import Report, Traded
from tradelatch.bots.orders import Fill, Order, OrderState
from tradelatch.model.markets import Market
from tradelatch.model.money import MONEY, ZERO, round_down, round_up
from tradelatch.model.orders import Side

_ONE = Decimal(1)


class Resting(msgspec.Struct):
    """A limit order in the book: `left` in base."""

    client_id: str
    side: Side
    price: Decimal
    left: Decimal
    filled: Decimal = ZERO


Pit = dict[str, Resting]
"""The resting orders of one bot in one market, by client id, in the order in which they came."""


class Exchange:
    """The account and its orders. `hear` is given what the exchange would tell the bot that has
    placed an order: the pit's key and the report or fill."""

    def __init__(
        self,
        markets: dict[str, Market],
        holdings: dict[str, Decimal],
        terms: Terms,
        now_ms: Callable[[], int],
        hear: Callable[[str, Report | Traded], None],
    ) -> None:
        self._markets, self.terms, self._now_ms, self._hear = markets, terms, now_ms, hear
        self.free = dict(holdings)
        self.locked: dict[str, Decimal] = {}
        self.pits: dict[tuple[str, str], Pit] = {}
        """By bot and symbol."""
        self.trades = 0
        """How many fills there were."""

    def total(self, asset: str) -> Decimal:
        """Free and locked."""
        return MONEY.add(self.free.get(asset, ZERO), self.locked.get(asset, ZERO))

    def submit(self, bot: str, order: Order, price: Decimal) -> None:
        """Take an order while the market stands at `price`."""
        market = self._markets[order.symbol]
        problem = self._problem(order, market, price)
        if problem:
            self._hear(bot, Report(order.client_id, OrderState.DENIED, reason=problem))
            return
        limit, is_buy = order.price, order.side is Side.BUY
        if limit is None or (price <= limit if is_buy else price >= limit):
            worst = self._slipped(order.side, price, market)
            if limit is not None:
                worst = min(worst, limit) if is_buy else max(worst, limit)
            self._trade(bot, order.client_id, order.symbol, order.side, worst, order.quantity, True)
            self._hear(bot, Report(order.client_id, OrderState.FILLED, order.quantity))
            return
        resting = Resting(order.client_id, order.side, limit, order.quantity)
        self._lock(market, resting, order.quantity)
        self.pits.setdefault((bot, order.symbol), {})[order.client_id] = resting
        self._hear(bot, Report(order.client_id, OrderState.OPEN))

    def cancel(self, bot: str, symbol: str, client_id: str) -> None:
        """End an order if it rests here; one that does not is over already."""
        resting = self.pits.get((bot, symbol), {}).pop(client_id, None)
        if resting:
            self._lock(self._markets[symbol], resting, -resting.left)
            self._hear(bot, Report(client_id, OrderState.CANCELLED, resting.filled))

    def fill(self, bot: str, symbol: str, resting: Resting, most: Decimal) -> Decimal:
        """Fill a resting order at its price with at most so much base; how much it was."""
        quantity = min(resting.left, round_down(most, self._markets[symbol].lot))
        if quantity <= 0:
            return ZERO
        self._lock(self._markets[symbol], resting, -quantity)
        resting.left = MONEY.subtract(resting.left, quantity)
        resting.filled = MONEY.add(resting.filled, quantity)
        if not resting.left:
            del self.pits[bot, symbol][resting.client_id]
        self._trade(bot, resting.client_id, symbol, resting.side, resting.price, quantity, False)
        if not resting.left:
            self._hear(bot, Report(resting.client_id, OrderState.FILLED, resting.filled))
        return quantity

    def _trade(
        self,
        bot: str,
        client_id: str,
        symbol: str,
        side: Side,
        price: Decimal,
        quantity: Decimal,
        is_taker: bool,
    ) -> None:
        market, value = self._markets[symbol], MONEY.multiply(price, quantity)
        received = (market.base, quantity) if side is Side.BUY else (market.quote, value)
        asset, amount = (market.quote, value) if self.terms.fee_in == "quote" else received
        fee = MONEY.multiply(amount, self.terms.taker if is_taker else self.terms.maker)
        self.trades += 1
        number, now_ms = str(self.trades), self._now_ms()
        self._book(
            bot,
            client_id,
            market,
            side,
            Fill(number, now_ms, price, quantity, fee, asset, value),
        )

    def _book(self, bot: str, client_id: str, market: Market, side: Side, fill: Fill) -> None:
        """Count a fill, and tell of it."""
        sign = 1 if side is Side.BUY else -1
        self._add(market.base, sign * fill.quantity)
        self._add(market.quote, -sign * fill.value)
        self._add(fill.fee_asset, -fill.fee)
        self._hear(bot, Traded(client_id, fill))

    def _problem(self, order: Order, market: Market, price: Decimal) -> str:
        at = order.price or self._slipped(order.side, price, market)
        value = MONEY.multiply(at, order.quantity)
        if value < market.min_notional:
            return f"{value:f} {market.quote} is under the least order of {market.min_notional:f}"
        needs = self._needs(market, order.side, at, order.quantity)
        asset = market.quote if order.side is Side.BUY else market.base
        if self.free.get(asset, ZERO) < needs:
            return f"insufficient balance: {needs:f} {asset} is needed"
        return ""

    def _needs(self, market: Market, side: Side, price: Decimal, quantity: Decimal) -> Decimal:
        if side is Side.SELL:
            return quantity
        value = MONEY.multiply(price, quantity)
        if self.terms.fee_in == "quote":
            return MONEY.multiply(value, _ONE + max(self.terms.maker, self.terms.taker))
        return value

    def _lock(self, market: Market, resting: Resting, quantity: Decimal) -> None:
        """Lock what the order needs for so much base; less than nothing frees it."""
        asset = market.quote if resting.side is Side.BUY else market.base
        amount = self._needs(market, resting.side, resting.price, quantity)
        self._add(asset, -amount)
        self.locked[asset] = MONEY.add(self.locked.get(asset, ZERO), amount)

    def _add(self, asset: str, amount: Decimal) -> None:
        self.free[asset] = MONEY.add(self.free.get(asset, ZERO), amount)

    def _slipped(self, side: Side, price: Decimal, market: Market) -> Decimal:
        """The price of an order at the market, on the tick that is no better."""
        if side is Side.BUY:
            return round_up(MONEY.multiply(price, _ONE + self.terms.slippage), market.tick)
        return round_down(MONEY.multiply(price, _ONE - self.terms.slippage), market.tick)
