"""What an exchange asks for at least is asked of a DCA bot's orders."""

from decimal import Decimal

import pytest

from tradelatch.bots.dca.checks import check_settings
from tradelatch.bots.dca.settings import DcaSettings
from tradelatch.bots.strategy import BadSettings
from tradelatch.model.markets import Market

D = Decimal
MARKET = Market("ETH", "USDT", D("0.01"), D("0.001"), D("5"), min_quantity=D("0.5"))


def test_an_exchange_may_ask_for_more_than_a_lot() -> None:
    def check(volume: str) -> None:
        settings = DcaSettings(base_order_volume=D(volume), take_profit=D(1))
        check_settings(settings, {"ETH/USDT": MARKET}, {"ETH/USDT": D(100)}, D("0.001"))

    with pytest.raises(BadSettings, match=r"^base_order_volume: 40 USDT .* use 50 or more$"):
        check("40")
    check("51")
