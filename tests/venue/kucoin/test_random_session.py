"""A session at random through ccxt: the ledger that a client can reckon from what it was told is
the engine's, to the last unit."""

import random
from decimal import Decimal
from typing import Any

import ccxt
import pytest

from tests.venue.kucoin.desk import at_once, balances, client, open_account, told_balances
from tests.venue.site import Site

MARKETS = {"ETH/BTC": Decimal("0.07"), "VIN/BTC": Decimal("0.00001"), "QOR/BTC": Decimal("0.001")}
START = {"BTC": "20", "ETH": "100", "VIN": "100000", "QOR": "1000"}
FEE = Decimal("0.001")
STEPS = 120


class Session:
    """Orders at random, and what is known of them."""

    def __init__(self, made: Any, seed: int) -> None:
        self._client = made
        self._dice = random.Random(seed)
        self._client.load_markets()
        self.placed: dict[str, str] = {}
        self.refused = 0

    def step(self) -> None:
        """Place something, or cancel something; a refusal is as good as anything."""
        action = self._dice.choices([self.limit, self.market, self.stop, self.cancel], [5, 3, 1, 2])
        try:
            action[0]()
        except (ccxt.InvalidOrder, ccxt.InsufficientFunds, ccxt.OrderNotFound):
            self.refused += 1

    def limit(self) -> None:
        symbol, side = self._market(), self._side()
        price = float(MARKETS[symbol]) * self._dice.uniform(0.97, 1.03)
        params: dict[str, Any] = self._dice.choice(
            [{}, {}, {"timeInForce": "IOC"}, {"timeInForce": "FOK"}]
        )
        if not params and self._dice.random() < 0.3:
            params = {"postOnly": True}
        self._place(symbol, "limit", side, self._amount(symbol), price, params)

    def market(self) -> None:
        symbol, side = self._market(), self._side()
        if side == "buy" and self._dice.random() < 0.5:
            cost = self._dice.uniform(0.001, 0.1)
            order = self._client.create_market_order_with_cost(symbol, side, cost)
            self.placed[order["id"]] = symbol
            return
        self._place(symbol, "market", side, self._amount(symbol), None, {})

    def stop(self) -> None:
        symbol, side = self._market(), self._side()
        price = float(MARKETS[symbol]) * self._dice.uniform(0.9, 1.1)
        kind = self._dice.choice(["stopLossPrice", "takeProfitPrice"])
        self._place(symbol, "limit", side, self._amount(symbol), price, {kind: price})

    def cancel(self) -> None:
        if self.placed:
            order, symbol = self._dice.choice(sorted(self.placed.items()))
            self._client.cancel_order(order, symbol)

    def _place(self, *terms: Any) -> None:
        order = self._client.create_order(*terms)
        self.placed[order["id"]] = terms[0]

    def _market(self) -> str:
        return self._dice.choice(sorted(MARKETS))

    def _side(self) -> str:
        return self._dice.choice(["buy", "sell"])

    def _amount(self, symbol: str) -> float:
        return float(Decimal(self._dice.uniform(0.005, 0.2)) / MARKETS[symbol])


def reckoned(made: Any) -> dict[str, tuple[Decimal, Decimal]]:
    """Free and locked by asset, from the start, the fills and the open orders alone."""
    total = {asset: Decimal(amount) for asset, amount in START.items()}
    locked = dict.fromkeys(START, Decimal(0))
    for symbol in MARKETS:
        base, quote = symbol.split("/")
        for trade in made.fetch_my_trades(symbol, None, None, {"pageSize": 500}):
            info, sign = trade["info"], 1 if trade["side"] == "buy" else -1
            total[base] += sign * Decimal(info["size"])
            total[quote] -= sign * Decimal(info["funds"])
            total[info["feeCurrency"]] -= Decimal(info["fee"])
        for params in ({}, {"trigger": True}):
            for order in made.fetch_open_orders(symbol, None, None, params):
                info = order["info"]
                rest = Decimal(info["size"]) - Decimal(info.get("dealSize", 0))
                if info["side"] == "sell":
                    locked[base] += rest
                else:
                    value = round_up(rest * Decimal(info["price"]))
                    locked[quote] += value + round_up(value * FEE)
    return {asset: (total[asset] - locked[asset], locked[asset]) for asset in START}


def round_up(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("1e-8"), rounding="ROUND_UP")


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_ledger_is_the_engines(site: Site, seed: int) -> None:
    account = f"random-{seed}"
    key = open_account(site, account, None, **START)
    made = client(ccxt.kucoin, site, key)
    session = Session(made, seed)
    for _ in range(STEPS):
        session.step()

    def ledgers() -> tuple[Any, Any, Any]:
        told = made.privateGetAccounts({"type": "trade"})["data"]
        return told_balances(told), balances(site, account), reckoned(made)

    told, engines, own = at_once(site, ledgers)
    assert told == engines == own
    assert 0 < session.refused < STEPS // 2
    check_orders(site, made, session.placed)
    assert site.admin("status")["violations"] == []


def check_orders(site: Site, made: Any, placed: dict[str, str]) -> None:
    """Every order is found by both of its ids, and its fills add up to what it tells."""
    for order, symbol in placed.items():

        def read(order: str = order, symbol: str = symbol) -> tuple[Any, Any, Any]:
            told = made.fetch_order(order, symbol)["info"]
            again = made.fetch_order(None, symbol, {"clientOid": told["clientOid"]})["info"]
            return told, again, made.privateGetFills({"orderId": order})["data"]["items"]

        try:
            told, again, fills = at_once(site, read)
        except ccxt.OrderNotFound:
            assert made.fetch_order(order, symbol, {"trigger": True})["status"] != "closed"
            continue
        assert again == told
        for name, sum_of in (("dealSize", "size"), ("dealFunds", "funds"), ("fee", "fee")):
            assert Decimal(told[name]) == sum(Decimal(one[sum_of]) for one in fills)
        if not Decimal(told["funds"]):
            ended = not told["isActive"] and not told["cancelExist"]
            assert (Decimal(told["dealSize"]) == Decimal(told["size"])) is ended
