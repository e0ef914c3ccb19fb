"""An order as the loss accounts see it: what it was judged by, and what it can cost."""

from decimal import Decimal
from functools import cached_property

import msgspec

from tradelatch.model.markets import split_symbol
from tradelatch.model.money import MONEY, ZERO, round_up
from tradelatch.model.orders import Side
from tradelatch.policy.document import Depth
from tradelatch.policy.haircut import Impact


class Judged(msgspec.Struct, frozen=True, dict=True):
    """An order with all that the accounts need to know of it; it goes into the journal.

    `limit` and `reference` are in quote per base, `quantity` in base. `exit` marks a sell whose
    loss draws on E, unless the owner `released` it; `impact` is the haircut's input (deep buys
    only). A `stop` waits for its stop price; a `twin` trades the quantity of the order beside it,
    of which one cancels the other.
    """

    symbol: str
    side: Side
    depth: Depth
    exit: bool
    quantity: Decimal
    limit: Decimal
    reference: Decimal
    fee_rate: Decimal
    impact: Impact | None = None
    released: bool = False
    stop: bool = False
    twin: bool = False

    @cached_property
    def asset(self) -> str:
        """The base asset."""
        return split_symbol(self.symbol)[0]

    @property
    def draws_on(self) -> str:
        """The amount that limits this order: `budget`, `allocation` or `exit_budget`."""
        if self.exit or (self.depth is Depth.THIN and self.side is Side.SELL):
            return "exit_budget"
        return "budget" if self.depth is Depth.DEEP else "allocation"

    @cached_property
    def value(self) -> Decimal:
        """What the whole quantity comes to, at the limit or, of a sell, at the better of limit
        and reference; rounded up."""
        price = self.limit if self.side is Side.BUY else max(self.limit, self.reference)
        return round_up(MONEY.multiply(self.quantity, price))

    def price_loss(self, price: Decimal) -> Decimal:
        """What one unit loses at `price` against the reference; a gain counts zero."""
        worse = price - self.reference if self.side is Side.BUY else self.reference - price
        return max(worse, ZERO)

    @cached_property
    def whole_cost(self) -> Decimal:
        """Price loss and fee of the whole quantity at the limit, rounded up."""
        return self.worst_cost(self.quantity)

    def worst_cost(self, quantity: Decimal) -> Decimal:
        """Price loss and fee of `quantity` at the limit.

        A sell's fee is taken at the reference where that is higher; of a fill better than both,
        the fee on the difference is paid by the gain (see `charged_fee`).
        """
        base = self.limit if self.side is Side.BUY else max(self.limit, self.reference)
        return quantity * (self.price_loss(self.limit) + self.fee_rate * base)

    @cached_property
    def exposure(self) -> Decimal:
        """The most that the whole order can cost by itself, whatever becomes of it; rounded up.
        What a thin buy acquires counts as worth nothing."""
        if self.depth is Depth.THIN and self.side is Side.BUY:
            return round_up(self.worst_spent())
        haircut = self.impact.loss(self.quantity) if self.impact else ZERO
        return round_up(self.whole_cost + haircut)

    def at_worse(self, reference: Decimal | None) -> "Judged":
        """The order judged by the worse of its own reference and another one, if there is one."""
        if reference is None:
            return self
        choose = min if self.side is Side.BUY else max
        return msgspec.structs.replace(self, reference=choose(self.reference, reference))

    def charged_fee(self, price: Decimal, fee: Decimal) -> Decimal:
        """A sell's fee as a loss: of a fill above limit and reference, the gain pays the rest."""
        best = max(self.limit, self.reference)
        return fee * best / price if price > best else fee

    def worst_spent(self) -> Decimal:
        """The money that a buy takes at its limit, fee included."""
        return self.quantity * self.limit * (1 + self.fee_rate)
