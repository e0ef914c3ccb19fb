"""A script for hummingbot: buys at market, then sells far below it, which is denied, then lays an
order to rest. It logs what it is told, and leaves all else to hummingbot."""

from decimal import Decimal
from pathlib import Path
from typing import Any

from hummingbot.core.data_type.common import MarketDict, OrderType
from hummingbot.strategy.strategy_v2_base import StrategyV2Base, StrategyV2ConfigBase

EXCHANGE, PAIR = "binance", "ETH-BTC"


class EagerConfig(StrategyV2ConfigBase):
    """Nothing to set."""

    script_file_name: str = Path(__file__).name

    def update_markets(self, markets: MarketDict) -> MarketDict:
        return markets.add_or_update(EXCHANGE, PAIR)


class Eager(StrategyV2Base):
    """One order after the other."""

    begun = False

    def on_tick(self) -> None:
        if self.ready_to_trade and not self.begun:
            self.begun = True
            self.buy(EXCHANGE, PAIR, Decimal("0.5"), OrderType.MARKET)

    def _bid(self) -> Decimal:
        return self.connectors[EXCHANGE].get_price(PAIR, False)

    def did_complete_buy_order(self, event: Any) -> None:
        self.logger().info(f"eager: bought {event.base_asset_amount}")
        self.sell(EXCHANGE, PAIR, Decimal(1), OrderType.LIMIT, self._bid() / 2)

    def did_fail_order(self, event: Any) -> None:
        self.logger().info(f"eager: failed {event.error_message}")
        self.buy(EXCHANGE, PAIR, Decimal("0.5"), OrderType.LIMIT, self._bid() * Decimal("0.98"))

    def did_create_buy_order(self, event: Any) -> None:
        if event.type is OrderType.LIMIT:
            self.logger().info(f"eager: rests {event.amount}")
