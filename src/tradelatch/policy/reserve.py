"""What open orders on one asset take together.

Called within the context `MONEY`; all amounts are in the accounting asset.
"""

from collections.abc import Iterable
from decimal import Decimal

import msgspec

from tradelatch.model.money import ZERO
from tradelatch.model.orders import Side
from tradelatch.policy.document import Depth
from tradelatch.policy.haircut import Impact, harshest
from tradelatch.policy.judged import Judged


class Reserve(msgspec.Struct, frozen=True):
    """What open orders take together, in parts to which one more order adds. What the owner
    released takes nothing of E.

    `costs` and `exits` are the price losses and fees of deep orders and of deep exits, `spending`
    is the money that thin buys take, `buying` the units of deep buys with the harshest `impact`
    among them. `buys` and `sells` are the deep ones as (price, quantity): by what they are worth
    at most as lots, and by what they bring at least.
    """

    costs: Decimal = ZERO
    exits: Decimal = ZERO
    spending: Decimal = ZERO
    buying: Decimal = ZERO
    impact: Impact | None = None
    buys: list[tuple[Decimal, Decimal]] = []
    sells: list[tuple[Decimal, Decimal]] = []
    thin_sells: list[Judged] = []

    def plus(self, orders: Iterable[Judged]) -> "Reserve":
        """The same with more orders."""
        costs, exits, spending, buying = self.costs, self.exits, self.spending, self.buying
        buys, sells, thin_sells = [*self.buys], [*self.sells], [*self.thin_sells]
        impacts = [self.impact] if self.impact else []
        for order in orders:
            if order.depth is Depth.THIN and order.side is Side.BUY:
                spending += order.worst_spent()
            elif order.depth is Depth.THIN:
                thin_sells += [] if order.released else [order]
            elif order.side is Side.SELL:
                sells.append((max(order.limit, order.reference), order.quantity))
            else:
                buys.append((min(order.limit, order.reference), order.quantity))
            if order.depth is Depth.DEEP and order.exit:
                exits += ZERO if order.released else order.whole_cost
            elif order.depth is Depth.DEEP:
                costs += order.whole_cost
            if order.impact:
                buying += order.quantity
                impacts.append(order.impact)
        worst = harshest(impacts) if impacts else None
        return Reserve(costs, exits, spending, buying, worst, buys, sells, thin_sells)


def matched_loss(
    units: list[tuple[Decimal, Decimal]], sells: list[tuple[Decimal, Decimal]]
) -> Decimal:
    """Loss of matching two lists of (price, quantity) in their order."""
    total, unit, sell = ZERO, 0, 0
    bought = [quantity for _, quantity in units]
    sold = [quantity for _, quantity in sells]
    while unit < len(units) and sell < len(sells):
        part = min(bought[unit], sold[sell])
        loss = units[unit][0] - sells[sell][0]
        if loss <= 0:
            break
        total += part * loss
        bought[unit] -= part
        sold[sell] -= part
        unit += not bought[unit]
        sell += not sold[sell]
    return total
