"""How a simulated exchange fills orders: every assumption is a setting, and a sentence in the
report."""

from decimal import Decimal
from typing import Literal

import msgspec

from tradelatch.model.money import plain

_HUNDRED = Decimal(100)


class Terms(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`maker` and `taker` are fee rates (0.001 is 0.1 %), taken of what was received or always in
    quote. `slippage` is the share by which an order at the market is worse than the last price.
    `volume_share` is how much of the volume that trades through a resting order may be its own,
    `touch` whether trading at its price is enough, and `latency_ms` how long an order is on its
    way (on candles, one that is not at the market comes with the next candle at the earliest)."""

    maker: Decimal = Decimal("0.001")
    taker: Decimal = Decimal("0.001")
    fee_in: Literal["received", "quote"] = "received"
    slippage: Decimal = Decimal("0.0005")
    volume_share: Decimal = Decimal(1)
    touch: bool = False
    latency_ms: int = 0

    def sentences(self) -> tuple[str, ...]:
        """What is assumed, for the report."""
        fees = "of what was received" if self.fee_in == "received" else "in quote"
        through = "at or through" if self.touch else "through"
        return (
            f"Fees: {_percent(self.maker)} for resting orders, {_percent(self.taker)} at the "
            f"market; {fees}.",
            f"Orders at the market: {_percent(self.slippage)} worse than the last price.",
            f"A resting order is filled once the market trades {through} its price, at its price, "
            f"with at most {_percent(self.volume_share)} of the volume traded meanwhile.",
        )


def _percent(share: Decimal) -> str:
    return f"{plain((share * _HUNDRED).normalize())} %"
