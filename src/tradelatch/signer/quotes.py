"""What the signer knows of one exchange's public side: markets, prices, clock."""

from decimal import Decimal

from tradelatch.exchanges.claims import MAX_OFFSET_MS
from tradelatch.model.clock import MS
from tradelatch.model.markets import Market, split_symbol
from tradelatch.model.money import ZERO
from tradelatch.model.orders import Side
from tradelatch.policy.document import Depth, Policy
from tradelatch.policy.references import MissingReference, Prices, Reference


class Quotes:
    """Markets and prices of one exchange, and how far its clock is off ours."""

    def __init__(self) -> None:
        self.markets: dict[str, Market] = {}
        self.prices: dict[str, Prices] = {}
        self.knows_clock = False
        self._offset_ms = 0

    def of(self, symbol: str) -> Prices:
        """The prices of one market, empty at first."""
        return self.prices.setdefault(symbol, Prices())

    def see_time(self, server_ms: int, asked_ns: int, answered_ns: int) -> None:
        """Take in the exchange's clock, read between two moments of ours, unless it is further
        off than clocks are."""
        offset_ms = server_ms - (asked_ns + answered_ns) // 2 // MS
        if abs(offset_ms) <= MAX_OFFSET_MS:
            self.knows_clock, self._offset_ms = True, offset_ms

    def exchange_ms(self, now_ns: int) -> int:
        """What the exchange's clock shows now, in ms; by our own until it is known."""
        return now_ns // MS + self._offset_ms

    def reference(
        self, symbol: str, side: Side, policy: Policy, value: Decimal | None, now_ns: int
    ) -> Reference | None:
        """What an order is judged by, None if anything it needs is missing."""
        rules = policy.markets.get(symbol)
        if rules is None or value is None or symbol not in self.prices:
            return None
        try:
            return self.prices[symbol].reference(side, rules, value, now_ns)
        except MissingReference:
            return None

    def value(self, policy: Policy, holdings: dict[str, Decimal], now_ns: int) -> Decimal | None:
        """What the unit and the deep assets held are worth in units; None while it is unknown.

        Denied markets may be quoted in anything: their prices say nothing in units then."""
        if policy.unit not in holdings:
            return None
        total = holdings[policy.unit]
        for symbol, rules in policy.markets.items():
            base, quote = split_symbol(symbol)
            quantity = holdings.get(base, ZERO)
            if rules.depth is Depth.THIN or quote != policy.unit or not quantity:
                continue
            mark = self.of(symbol).mark(now_ns)
            if mark is None:
                return None
            total += quantity * mark
        return total
