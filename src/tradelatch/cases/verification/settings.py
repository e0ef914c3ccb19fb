"""What decides figures of a verification, with defaults."""

from decimal import Decimal
from typing import Annotated, Literal

import msgspec


class Settings(msgspec.Struct, frozen=True):
    """Settings of ``case verify --set NAME=VALUE``; all are written into the result.

    Attributes:
        threshold: a fill counts whose price is further from the reference, to the account's
            disadvantage (0.10: 10 %).
        valuation: the reference's moment: the latest price at the fill (``fill``), an hour before
            (``hour-before``) or a day before (``day-before``), for references that the attack
            itself moved.
        oldest_hours: a reference that is older than so many hours counts as missing.
        dollars: quote assets that count as one dollar each, with commas.
        strays: an export's ordinary trades lie nearer to the prices of their hours, by the median;
            otherwise it is withheld until that is explained.
        copied: so many trades that are alike at two victims are copied ones.
        collar: of the price collar whose effect is computed, a share of the reference (at most 0.2,
            as policies have it).
        budget, allocation, exit_budget: of the loss budget whose effect is computed: B, X and E a
            day, shares of what the account was worth just before the attack.
    """

    threshold: Decimal = Decimal("0.10")
    valuation: Literal["fill", "hour-before", "day-before"] = "fill"
    oldest_hours: Annotated[int, msgspec.Meta(ge=1, le=24 * 366)] = 1
    dollars: str = "USDT,BUSD,USD"
    strays: Decimal = Decimal("0.01")
    copied: Annotated[int, msgspec.Meta(ge=2, le=10_000)] = 3
    collar: Decimal = Decimal("0.01")
    budget: Decimal = Decimal("0.005")
    allocation: Decimal = Decimal("0.01")
    exit_budget: Decimal = Decimal("0.01")

    def __post_init__(self) -> None:
        most = {"threshold": "10", "strays": "10", "collar": "0.2"}
        most |= dict.fromkeys(("budget", "allocation", "exit_budget"), "1")
        for name, limit in most.items():
            told: Decimal = getattr(self, name)
            if not told.is_finite() or not 0 <= told <= Decimal(limit):
                raise ValueError(f"{name} is a share from 0 to {limit} (0.10 is 10 %)")

    @property
    def dollar_assets(self) -> tuple[str, ...]:
        """`dollars`, one by one."""
        return tuple(one.strip().upper() for one in self.dollars.split(",") if one.strip())

    @property
    def told(self) -> dict[str, str]:
        """All of them by name, as text."""
        return {name: str(getattr(self, name)) for name in self.__struct_fields__}
