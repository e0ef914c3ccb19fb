"""The same for Tradelatch: buys and sells where a file says so, at the price that it says."""

import json
from decimal import ROUND_DOWN, Decimal
from pathlib import Path
from typing import Any

from tradelatch.bots.deals import Deal
from tradelatch.bots.orders import Order
from tradelatch.bots.standing import Want, keep_orders
from tradelatch.bots.strategy import Settings, Strategy
from tradelatch.model.orders import Side

PAUSE_MS = 300


class ToldSettings(Settings, frozen=True):
    """`stake` is what each position costs, in quote."""

    stake: Decimal


class Told(Strategy[ToldSettings]):
    """One position for each signal: who has a position in a market buys no more."""

    settings_type = ToldSettings

    def on_start(self) -> None:
        """Look at once, and again and again."""
        self.on_timer("look")

    def on_timer(self, name: str) -> None:
        """Act on the signals."""
        self.desk.timer("look", self.desk.now_ms + PAUSE_MS)
        for symbol, (side, price) in _signals().items():
            deal = self._deal(symbol)
            if side == Side.BUY and deal is None:
                deal = self.desk.open_deal(symbol)
                self._buy(deal, Decimal(price))
            elif side == Side.SELL and deal is not None:
                self._sell(deal, Decimal(price))

    def on_order(self, order: Order) -> None:
        """A position that was sold is no more, nor one that nothing was bought for."""
        deal = self.desk.deals[order.deal]
        if order.is_over and not self.desk.orders(deal) and deal.base < self._lot(deal):
            self.desk.close_deal(deal, "closed")

    def _buy(self, deal: Deal, price: Decimal) -> None:
        quantity = _whole(self.settings.stake / price, self._lot(deal))
        self.desk.place(deal, Side.BUY, quantity, price, "entry")

    def _sell(self, deal: Deal, price: Decimal) -> None:
        if not self.desk.orders(deal):
            quantity = _whole(deal.base, self._lot(deal))
            keep_orders(self.desk, deal, {"exit": Want(Side.SELL, quantity, price)})

    def _deal(self, symbol: str) -> Deal | None:
        return next((one for one in self.desk.deals.values() if one.symbol == symbol), None)

    def _lot(self, deal: Deal) -> Decimal:
        return self.desk.markets[deal.symbol].lot


def _whole(amount: Decimal, lot: Decimal) -> Decimal:
    return (amount / lot).to_integral_value(ROUND_DOWN) * lot


def _signals() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(Path(__file__).with_name("signals.json").read_text())
    return found
