"""Grids that cannot work are refused, with what would."""

from decimal import Decimal

import pytest

from tradelatch.bots.grid.checks import check_settings
from tradelatch.bots.grid.settings import GridSettings
from tradelatch.bots.strategy import BadSettings
from tradelatch.model.markets import Market

D = Decimal
MARKET = Market("ETH", "USDT", D("0.01"), D("0.001"), D("5"), min_quantity=D("0.5"))


def test_an_exchange_may_ask_for_more_than_a_lot() -> None:
    settings = GridSettings(
        upper_price=D(110), lower_price=D(100), grids_quantity=3, quantity_per_grid=D("0.4")
    )
    with pytest.raises(BadSettings, match=r"^quantity_per_grid: 0\.4 ETH .* use 0\.5 or more$"):
        check_settings(settings, {"ETH/USDT": MARKET}, D("0.001"))


def test_a_volume_that_buys_the_least_at_every_line_is_told_and_works() -> None:
    def grid(volume: str) -> GridSettings:
        return GridSettings(
            upper_price=D(110), lower_price=D(100), grids_quantity=3, volume_per_grid=D(volume)
        )

    with pytest.raises(BadSettings, match=r"^volume_per_grid: 40 USDT .* use 52\.5 or more$"):
        check_settings(grid("40"), {"ETH/USDT": MARKET}, D("0.001"))
    check_settings(grid("52.5"), {"ETH/USDT": MARKET}, D("0.001"))
