"""What a bot asked for, and what became of it."""

from decimal import Decimal

import msgspec

from tradelatch.model.money import ZERO
from tradelatch.model.orders import EXIT_MARK, Side


class Asked(msgspec.Struct):
    """One order that a bot asked for; `price` is its limit, or None of one at the market. It was
    refused if there are `causes`: the rules that said no, and what the first refusal `says`."""

    at_ms: int
    bot: str
    deal: int
    tag: str
    client_id: str
    symbol: str
    side: Side
    quantity: Decimal
    price: Decimal | None
    market_price: Decimal
    causes: tuple[str, ...] = ()
    says: str = ""
    filled: Decimal = ZERO
    money: Decimal = ZERO
    """What changed hands for that, in quote."""
    filled_ms: int = 0
    """When it was last filled."""
    is_withdrawn: bool = False
    """It rested, and was cancelled by somebody else than its bot: by the gate, which judges resting
    orders again."""

    @property
    def is_exit(self) -> bool:
        """It leaves a position by a stop-loss."""
        return self.client_id.startswith(EXIT_MARK)
