"""The profit-and-loss statement of an account, which ties out with its balances.

What it held before its bots' first order, and every fill of theirs with its fee, have to come to
what it holds now, to the last unit. What does not was moved by somebody else.
"""

from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple

import msgspec

from tradelatch.bots.orders import Fill
from tradelatch.model.markets import split_symbol
from tradelatch.model.money import MONEY, ZERO
from tradelatch.model.orders import Side


class Line(NamedTuple):
    """One asset, in its units: what came in and went out by fills, and the fees taken in it."""

    asset: str
    start: Decimal
    came: Decimal
    went: Decimal
    fees: Decimal
    now: Decimal

    @property
    def expected(self) -> Decimal:
        """What start and fills come to."""
        return MONEY.subtract(MONEY.add(self.start, self.came), MONEY.add(self.went, self.fees))

    @property
    def difference(self) -> Decimal:
        """What there is more than that."""
        return MONEY.subtract(self.now, self.expected)


class Flow(msgspec.Struct):
    """What fills moved of one asset."""

    came: Decimal = ZERO
    went: Decimal = ZERO
    fees: Decimal = ZERO

    @property
    def net(self) -> Decimal:
        """What they changed it by."""
        return MONEY.subtract(self.came, MONEY.add(self.went, self.fees))


class Flows:
    """The flows of all assets, added up fill by fill."""

    def __init__(self) -> None:
        self.by_asset: dict[str, Flow] = {}
        self.count = 0

    def add(self, symbol: str, side: Side, fill: Fill) -> None:
        """Count one."""
        base, quote = split_symbol(symbol)
        if side is Side.BUY:
            self._move(base, fill.quantity, quote, fill.value)
        else:
            self._move(quote, fill.value, base, fill.quantity)
        paid = self._of(fill.fee_asset)
        paid.fees = MONEY.add(paid.fees, fill.fee)
        self.count += 1

    def _move(self, came: str, much: Decimal, went: str, less: Decimal) -> None:
        into, out_of = self._of(came), self._of(went)
        into.came = MONEY.add(into.came, much)
        out_of.went = MONEY.add(out_of.went, less)

    def _of(self, asset: str) -> Flow:
        return self.by_asset.setdefault(asset, Flow())


def lines(start: dict[str, Decimal], flows: Flows, now: dict[str, Decimal]) -> list[Line]:
    """A line for each asset that was held, is held or was moved."""
    return [
        Line(
            asset,
            start.get(asset, ZERO),
            *_parts(flows.by_asset.get(asset, Flow())),
            now.get(asset, ZERO),
        )
        for asset in sorted({*start, *flows.by_asset, *now})
    ]


def mismatched(flows: Flows, deals: Iterable[tuple[str, Decimal]]) -> dict[str, Decimal]:
    """By asset, what deals (each asset with what they changed it by) say more than the fills: empty
    if the record agrees with itself."""
    found = {asset: MONEY.minus(flow.net) for asset, flow in flows.by_asset.items()}
    for asset, change in deals:
        found[asset] = MONEY.add(found.get(asset, ZERO), change)
    return {asset: more for asset, more in found.items() if more}


def _parts(flow: Flow) -> tuple[Decimal, Decimal, Decimal]:
    return flow.came, flow.went, flow.fees
