"""What is known of an exchange's prices, and what an account is worth by them."""

from decimal import Decimal
from typing import Any

from tests.signer.conftest import POLICY
from tradelatch.policy.document import parse_policy

HELD = {"BTC": Decimal(30), "ETH": Decimal(285)}


def test_a_denied_market_quoted_in_another_asset_adds_nothing_to_the_value(bench: Any) -> None:
    """Or amounts that are shares would be shares of ETH at its price in dollars."""
    quotes = bench.core.quotes["binance"]
    quotes.prices["ETH/USDT"] = quotes.prices["ETH/BTC"]
    more = parse_policy(POLICY + '[markets."ETH/USDT"]\ndepth = "denied"\n')
    worth = 30 + 285 * Decimal("0.07")
    assert quotes.value(parse_policy(POLICY), HELD, bench.now) == worth
    assert quotes.value(more, HELD, bench.now) == worth


def test_a_market_that_became_denied_counts_as_before(bench: Any) -> None:
    denied = parse_policy(POLICY.replace('depth = "deep"', 'depth = "denied"', 1))
    worth = 30 + 285 * Decimal("0.07")
    assert bench.core.quotes["binance"].value(denied, HELD, bench.now) == worth
