"""What a grid bot can be told, in the names of 3Commas' API."""

import enum
from decimal import Decimal
from typing import Literal

from tradelatch.bots.strategy import Settings
from tradelatch.model.money import ZERO


class GridType(enum.StrEnum):
    """Lines at equal distances, or at equal ratios."""

    ARITHMETIC = "arithmetic"
    GEOMETRIC = "geometric"


class GridSettings(Settings, frozen=True):
    """`grids_quantity` counts lines, both bounds included. Each order is of `quantity_per_grid`
    (base) or of `volume_per_grid` (quote); one of the two is set. Zero is no limit and no stop
    elsewhere. A stop's action says what happens to the position when the bot stops there."""

    upper_price: Decimal
    lower_price: Decimal
    grids_quantity: int
    grid_type: GridType = GridType.ARITHMETIC
    quantity_per_grid: Decimal = ZERO
    volume_per_grid: Decimal = ZERO
    max_active_buy_lines: int = 0
    max_active_sell_lines: int = 0
    upper_stop_price: Decimal = ZERO
    upper_stop_action: Literal["stop_bot", "stop_bot_and_buy", "stop_bot_and_close_position"] = (
        "stop_bot"
    )
    lower_stop_price: Decimal = ZERO
    lower_stop_action: Literal["stop_bot", "stop_bot_and_sell", "stop_bot_and_close_position"] = (
        "stop_bot"
    )
