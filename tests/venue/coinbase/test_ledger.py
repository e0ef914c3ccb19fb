"""Whatever a client does at the Coinbase face, the ledger it can keep is the engine's own."""

import random
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import ccxt
import pytest

from tests.venue.coinbase.desk import client, open_account
from tests.venue.site import Site

AT_FIRST = {"BTC": Decimal(5), "ETH": Decimal(40), "VIN": Decimal(30_000)}
MARKETS = {"ETH/BTC": (0.07, 12), "VIN/BTC": (0.00002, 9_000)}
"""About where each trades, and how much an order is for at most."""
TERMS: list[dict[str, object]] = [
    {},
    {"postOnly": True},
    {"timeInForce": "IOC"},
    {"timeInForce": "FOK"},
]
STEPS = 60


class Walker:
    """Trades at random, with some foresight as to prices."""

    def __init__(self, seed: int, exchange: Any) -> None:
        self._random = random.Random(seed)
        self._exchange = exchange
        self._open: list[str] = []

    def step(self) -> None:
        acts: list[Callable[[], None]] = [self._limit] * 4 + [self._market, self._stop]
        try:
            self._random.choice([*acts, self._cancel])()
        except ccxt.ExchangeError:
            return  # refused: it changes nothing, as the ledger shows

    def _draw(self) -> tuple[str, str, float, float]:
        symbol = self._random.choice(list(MARKETS))
        usual, most = MARKETS[symbol]
        side = self._random.choice(["buy", "sell"])
        book = self._exchange.fetch_order_book(symbol, 5)
        levels = book["asks" if side == "buy" else "bids"]
        price = self._random.choice(levels)[0] if levels else usual
        return symbol, side, self._random.uniform(0, most), price

    def _limit(self) -> None:
        symbol, side, amount, price = self._draw()
        wanted = self._random.choice(TERMS)
        away = 1 if "timeInForce" in wanted else self._random.choice([1, 0.95, 1.05])
        self._place(symbol, "limit", side, amount, price * away, wanted)

    def _market(self) -> None:
        symbol, side, amount, price = self._draw()
        self._place(symbol, "market", side, amount, price, {})

    def _stop(self) -> None:
        symbol, side, amount, price = self._draw()
        loses = 1.03 if side == "buy" else 0.97
        self._place(symbol, "limit", side, amount, price, {"stopLossPrice": price * loses})

    def _place(self, *terms: Any) -> None:
        self._open.append(self._exchange.create_order(*terms)["id"])

    def _cancel(self) -> None:
        if self._open:
            self._exchange.cancel_order(self._open.pop(self._random.randrange(len(self._open))))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_random_session_adds_up(site: Site, seed: int) -> None:
    account = f"walker-{seed}"
    money = {asset: str(amount) for asset, amount in AT_FIRST.items()}
    exchange = client(site, open_account(site, account, ["read", "trade"], **money))
    exchange.load_markets()
    walker = Walker(seed, exchange)
    for _ in range(STEPS):
        walker.step()
    orders = all_orders(exchange)
    assert len({order["status"] for order in orders}) == 3
    assert len(orders) > STEPS / 3
    held, on_hold = dict(AT_FIRST), dict.fromkeys(AT_FIRST, Decimal(0))
    for order in orders:
        base, quote = order["product_id"].split("-")
        sign = 1 if order["side"] == "BUY" else -1
        held[base] += sign * Decimal(order["filled_size"])
        held[quote] -= sign * Decimal(order["total_value_after_fees"])
        on_hold[quote if sign > 0 else base] += Decimal(order["outstanding_hold_amount"])
    kept = site.admin(f"balances?account={account}")[account]
    assert {asset: Decimal(kept[asset]["locked"]) for asset in AT_FIRST} == on_hold
    assert {
        asset: Decimal(kept[asset]["free"]) + Decimal(kept[asset]["locked"]) for asset in AT_FIRST
    } == held
    told = exchange.fetch_balance({"v3": True})["info"]["accounts"]
    holds = {row["currency"]: Decimal(row["hold"]["value"]) for row in told}
    assert {asset: holds[asset] for asset in AT_FIRST} == on_hold
    assert site.admin("status")["violations"] == []


def all_orders(exchange: Any) -> list[Any]:
    """Every order, page by page."""
    found: list[Any] = []
    cursor: dict[str, str] = {}
    while True:
        page = exchange.v3PrivateGetBrokerageOrdersHistoricalBatch({"limit": 7, **cursor})
        found += page["orders"]
        if not page["has_next"]:
            return found
        cursor = {"cursor": page["cursor"]}
