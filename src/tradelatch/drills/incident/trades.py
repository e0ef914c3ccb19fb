"""Trades of one account, and what it must have held for them."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime
from decimal import Decimal

import msgspec

from tradelatch.drills.incident.markets import Market
from tradelatch.model.money import ZERO
from tradelatch.model.orders import Side

PLACES = Decimal("1e-8")
"""What exchanges round amounts of money and fees to."""

_FEES = {
    "binance": Decimal("0.001"),
    "kucoin": Decimal("0.001"),
    "coinbasepro": Decimal("0.005"),
    "bittrex": Decimal("0.0035"),
}


class Trade(msgspec.Struct, frozen=True):
    """One fill, as taker."""

    at: datetime
    market: Market
    side: Side
    price: Decimal
    quantity: Decimal
    fee: Decimal
    fee_asset: str

    @property
    def amount(self) -> Decimal:
        """In the quote asset, as exchanges print it."""
        return (self.price * self.quantity).quantize(PLACES)

    def changes(self) -> Iterator[tuple[str, Decimal]]:
        """What it did to the account: asset and amount, the fee last."""
        sign = 1 if self.side is Side.BUY else -1
        yield self.market.base, sign * self.quantity
        yield self.market.quote, -sign * self.amount
        yield self.fee_asset, -self.fee


def filled(
    exchange: str, at: datetime, market: Market, side: Side, price: Decimal, quantity: Decimal
) -> Trade:
    """A fill with that exchange's fee: Binance takes it from what is received, the others in the
    quote asset."""
    rate = _FEES[exchange]
    if exchange == "binance" and side is Side.BUY:
        fee, asset = quantity * rate, market.base
    else:
        fee, asset = price * quantity * rate, market.quote
    return Trade(at, market, side, price, quantity, fee.quantize(PLACES), asset)


def least_held(trades: Iterable[Trade]) -> dict[str, Decimal]:
    """The least of each asset that the account must have had at the start."""
    balance: defaultdict[str, Decimal] = defaultdict(Decimal)
    least: dict[str, Decimal] = {}
    for trade in trades:
        for asset, change in trade.changes():
            balance[asset] += change
            least[asset] = min(least.get(asset, ZERO), balance[asset])
    return {asset: -low for asset, low in least.items() if low}
