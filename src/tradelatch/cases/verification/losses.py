"""What fills passed to somebody else: the loss, exactly.

For a purchase it is (price - reference) * quantity * rate, for a sale the negative of it, over the
fills that are further from the reference than the threshold, to the account's disadvantage; the
victim's sum is rounded to the cent once, half to even (docs/incident.md). Fees and slippage are not
part of it; fees are told apart.
"""

from collections.abc import Iterable
from decimal import ROUND_HALF_EVEN, Context, Decimal

import msgspec

from tradelatch.cases.verification.references import References
from tradelatch.cases.verified import AdverseFill, RowRef
from tradelatch.exports.records import Traded
from tradelatch.model.clock import MS
from tradelatch.model.money import ZERO
from tradelatch.model.orders import Side

EXACT = Context(prec=200, rounding=ROUND_HALF_EVEN)
"""Of its own: libraries of the same process change the rounding that holds for all."""
_CENT = Decimal("0.01")


class Valued(msgspec.Struct, frozen=True):
    """A trade of an export, with what it was worth: `away` is how far its price was from the
    reference to the account's disadvantage (0.10: 10 %); None where no reference or no rate is
    known. `adverse` is set where it counts."""

    row: RowRef
    trade: Traded
    away: Decimal | None
    adverse: AdverseFill | None = None


def value(row: RowRef, trade: Traded, references: References, threshold: Decimal) -> Valued:
    """A trade held against its market's reference."""
    at = trade.time_ns // MS
    reference, rate = references.price(trade.symbol, at), references.rate(trade.symbol, at)
    if reference is None or rate is None:
        return Valued(row, trade, None)
    sign = 1 if trade.side is Side.BUY else -1
    over = sign * (trade.price - reference.price)
    away = over / reference.price
    if over <= threshold * reference.price:
        return Valued(row, trade, away)
    passed = over * trade.quantity * rate.price
    fill = AdverseFill(
        row,
        at,
        trade.symbol,
        trade.side.name.lower(),
        trade.price,
        trade.quantity,
        reference.price,
        reference.at_ms,
        reference.source,
        rate.price,
        rate.source,
        passed,
        trade_id=trade.trade_id or trade.order,
    )
    return Valued(row, trade, away, fill)


def total(fills: Iterable[AdverseFill]) -> Decimal:
    """What they passed, dollars to the cent."""
    return cents(sum((fill.passed for fill in fills), ZERO))


def cents(amount: Decimal) -> Decimal:
    """Rounded half to even."""
    return amount.quantize(_CENT, ROUND_HALF_EVEN)


def fees(valued: Iterable[Valued]) -> Decimal:
    """Dollars of fees on the fills that count; such in a third asset are left out."""
    dollars = ZERO
    for one in valued:
        fee = one.trade.fee_in_quote
        if one.adverse and fee is not None:
            dollars += fee * one.adverse.rate
    return cents(dollars)
