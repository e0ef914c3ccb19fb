"""One exit that the owner has let out beyond E, with a key that no bot host holds."""

from decimal import Decimal

import msgspec


class Release(msgspec.Struct, frozen=True):
    """Good once, for a sell on `symbol` of at most `quantity` (base) at `limit` (quote) or better,
    until `expires_ns`. The collar holds unless it is `waived`."""

    id: str
    symbol: str
    quantity: Decimal
    limit: Decimal
    waived: bool
    expires_ns: int

    def covers(self, symbol: str, quantity: Decimal, price: Decimal, now_ns: int) -> bool:
        """Whether a sell is the one that was let out."""
        fits = symbol == self.symbol and quantity <= self.quantity and price >= self.limit
        return fits and now_ns < self.expires_ns
