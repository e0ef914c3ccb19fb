"""What is asked of exchanges on a timer, and in which order."""

from itertools import pairwise
from typing import Any
from urllib.parse import parse_qsl

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


def kline(open_ms: int) -> list[Any]:
    return [open_ms, "1", "1", "1", "1", "1", open_ms + 59_999, "1", 1, "1", "1", "0"]


def starts(asked: list[Request]) -> list[int]:
    """From when on minutes of one market were asked for."""
    found = [dict(parse_qsl(one.query)) for one in asked if one.path == "/api/v3/klines"]
    ours = [one for one in found if (one["symbol"], one["interval"]) == ("ETHBTC", "1m")]
    return [int(one["startTime"]) for one in ours]


async def rounds(clock: ManualClock, minutes: Any, count: int) -> list[list[int]]:
    """From when on minutes are asked for in each of some rounds; `minutes` tells those after."""
    bench, found = Bench(), list[list[int]]()
    asked: list[Request] = []

    async def send(request: Request) -> Sent:
        asked.append(request)
        words = dict(parse_qsl(request.query))
        answer: Any = {"time": {"serverTime": clock.now_ns() // MS}, "exchangeInfo": LISTED}
        body = answer.get(request.path.rpartition("/")[2], [])
        if words.get("interval") == "1m":
            body = [kline(at) for at in minutes(int(words["startTime"]))][:1_000]
        return Sent(0, Response(200, msgspec.json.encode(body)))

    looking = courier(bench.core, [], send, clock)
    for _ in range(count):
        asked.clear()
        await looking.round()
        found.append(starts(asked))
        clock.advance(30 * SECOND)
    return found


async def test_a_day_of_minutes_is_asked_for_page_by_page_and_then_what_is_new() -> None:
    clock = ManualClock(NOW)
    first = NOW // MS // 60_000 * 60_000 - 1_440 * 60_000

    def minutes(start: int) -> list[int]:
        """All that there are of the last day."""
        now = clock.now_ns() // MS
        return [at for at in range(first, now, 60_000) if at >= start]

    one, two, three = await rounds(clock, minutes, 3)
    assert [start - one[0] for start in one] == [0, (minutes(one[0])[999]) - one[0]]
    assert len(two) == len(three) == 1
    assert two[0] <= three[0] <= clock.now_ns() // MS


async def test_minutes_without_a_trade_are_passed_over() -> None:
    clock = ManualClock(NOW)
    lone = NOW // MS // 60_000 * 60_000 - 400 * 60_000

    def minutes(start: int) -> list[int]:
        return [at for at in (lone,) if at >= start]

    one, two = await rounds(clock, minutes, 2)
    assert one[-1] == lone
    assert two == [lone]


async def test_a_candle_of_tomorrow_is_not_waited_for() -> None:
    """What an exchange gets wrong once does not keep prices from being asked for until then."""
    clock = ManualClock(NOW)
    tomorrow = NOW // MS + 86_400_000

    def minutes(start: int) -> list[int]:
        return [at for at in (tomorrow,) if at >= start]

    _, two, three = await rounds(clock, minutes, 3)
    for found in (two, three):
        assert found
        assert max(found) <= clock.now_ns() // MS
