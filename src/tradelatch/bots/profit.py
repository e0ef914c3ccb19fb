"""What came of deals."""

from decimal import Decimal

from tradelatch.bots.deals import Deal
from tradelatch.model.money import MONEY


def profit_of(deal: Deal, price: Decimal) -> Decimal:
    """In quote, after all fees that were paid in base or quote; base that is left, or lacks, counts
    at `price`. Fees in a third asset are told apart (`Deal.other_fees`)."""
    return MONEY.add(deal.quote, MONEY.multiply(deal.base, price))
