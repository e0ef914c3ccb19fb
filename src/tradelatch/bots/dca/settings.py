"""What a DCA bot can be told, in the names of 3Commas' API."""

import enum
from decimal import Decimal
from typing import Literal

import msgspec

from tradelatch.bots.conditions import Condition, Nonstop
from tradelatch.bots.deals import Direction
from tradelatch.bots.strategy import Settings
from tradelatch.model.money import ZERO

_HUNDRED = Decimal(100)


class TakeProfitType(enum.StrEnum):
    """What the take profit is a percentage of: everything that was traded, or the base order."""

    TOTAL = "total"
    BASE = "base"


class TakeProfitStep(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Leave `amount_percentage` of the position at `profit_percentage` beyond the average."""

    profit_percentage: Decimal
    amount_percentage: Decimal


class DcaSettings(Settings, frozen=True):
    """Volumes are in quote, percentages in percent, times in seconds.

    `safety_order_step_percentage` is s, `martingale_step_coefficient` c and
    `martingale_volume_coefficient` v of the ladder (`ladder`). Either `take_profit` or up to four
    `take_profit_steps` is set. A `stop_loss_percentage` of zero is none; the others that may be
    zero are no limit then.
    """

    base_order_volume: Decimal
    safety_order_volume: Decimal = ZERO
    max_safety_orders: int = 0
    active_safety_orders_count: int = 1
    safety_order_step_percentage: Decimal = Decimal(1)
    martingale_step_coefficient: Decimal = Decimal(1)
    martingale_volume_coefficient: Decimal = Decimal(1)
    take_profit: Decimal = ZERO
    take_profit_steps: tuple[TakeProfitStep, ...] = ()
    take_profit_type: TakeProfitType = TakeProfitType.TOTAL
    trailing_deviation: Decimal = ZERO
    """Of a trailing take profit; zero: the take profit rests as a limit order."""
    stop_loss_percentage: Decimal = ZERO
    stop_loss_timeout_in_seconds: int = 0
    stop_loss_type: Literal["stop_loss", "stop_loss_and_disable_bot"] = "stop_loss"
    start_order_type: Literal["market", "limit"] = "market"
    strategy: Direction = Direction.LONG
    start_conditions: tuple[Condition, ...] = (Nonstop(),)
    max_active_deals: int = 1
    cooldown: int = 0
    min_price: Decimal = ZERO
    max_price: Decimal = ZERO
    min_volume_btc_24h: Decimal = ZERO

    @property
    def steps(self) -> tuple[TakeProfitStep, ...]:
        """The take profit as steps: one of everything where none are set."""
        return self.take_profit_steps or (TakeProfitStep(self.take_profit, _HUNDRED),)
