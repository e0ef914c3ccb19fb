"""What is asked of exchanges on a timer, and in which order."""

from itertools import pairwise
from typing import Any

import msgspec

from tests.signer.conftest import KEY, KEY_SECRET, NOW, POLICY, Bench, courier
from tradelatch.exchanges.claims import Sent
from tradelatch.model.clock import MS, SECOND, ManualClock
from tradelatch.model.config import Signer
from tradelatch.model.http import Request, Response
from tradelatch.signer.core import Core
from tradelatch.signer.records import AccountAdded

LISTED = {
    "symbols": [
        {
            "symbol": f"{base}BTC",
            "baseAsset": base,
            "quoteAsset": "BTC",
            "filters": [
                {"filterType": "PRICE_FILTER", "tickSize": "0.00001"},
                {"filterType": "LOT_SIZE", "stepSize": "0.0001"},
            ],
        }
        for base in ("ETH", "VIN")
    ]
}


async def test_prices_stay_fresh_while_many_accounts_are_asked_for() -> None:
    bench, clock = Bench(), ManualClock(NOW)
    core = Core(bench.state, lambda name: KEY_SECRET, Signer(), lambda name: "http://venue")
    core.quotes = bench.core.quotes
    for number in range(50):
        bench.take(AccountAdded(NOW, f"a-{number}", "binance", KEY, POLICY))
    asked: list[int] = []

    async def send(request: Request) -> Sent:
        clock.advance(SECOND // 4)
        if request.path == "/api/v3/klines" and "interval=1m" in request.query:
            asked.append(clock.now_ns())
        answer = {"time": {"serverTime": clock.now_ns() // MS}, "exchangeInfo": LISTED}
        body = answer.get(request.path.rpartition("/")[2], [])
        return Sent(0, Response(200, msgspec.json.encode(body)))

    await courier(core, [], send, clock).round()
    assert clock.now_ns() - NOW > 20 * SECOND
    gaps = [after - before for before, after in pairwise([NOW, *asked, clock.now_ns()])]
    assert max(gaps) < 5 * SECOND


async def test_an_exchange_that_says_what_cannot_be_ends_no_round() -> None:
    """A number that fits no frame: other markets, and the account, are asked for all the same."""
    bench, clock, asked = Bench(), ManualClock(NOW), list[str]()

    async def send(request: Request) -> Sent:
        asked.append(request.path.rpartition("/")[2])
        answer: Any = {"time": {"serverTime": clock.now_ns() // MS}, "exchangeInfo": LISTED}
        odd = [[10**30, *["1"] * 5, 1, "1", 1, "1", "1", "1"]]
        body = answer.get(asked[-1], odd if "ETHBTC" in request.query else [])
        return Sent(0, Response(200, msgspec.json.encode(body)))

    await courier(bench.core, [], send, clock).round()
    # Days and minutes of both markets; where nothing was traded, a day's minutes are two pages.
    assert asked.count("klines") == 5
    assert "account" in asked
