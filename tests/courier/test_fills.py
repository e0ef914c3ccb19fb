"""Fills that an exchange counts and does not list are asked for, until all of them are known:
however many there are, and whichever of them it tells first."""

from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tradelatch import exchanges
from tradelatch.courier.asking import Asking
from tradelatch.courier.fills import Fills
from tradelatch.exchanges.claims import (
    AccountView,
    AnyClaim,
    AnyQuestion,
    AskTrades,
    AskTradesBetween,
    OrderSeen,
    OrderView,
    Sent,
    TradesSeen,
)
from tradelatch.exchanges.protocol import Credentials, ExchangeFile
from tradelatch.model.clock import DAY, MS, SECOND, ManualClock
from tradelatch.model.http import Request, Response
from tradelatch.model.intents import ReadAccount
from tradelatch.model.orders import OrderReport, OrderStatus, Side

NOW_MS, DAY_MS = 1_790_000_000_000, DAY // MS
KEY = Credentials("k", bytearray(b"s"))


class Kucoin:
    """Tells the last trades first, and of what comes after a start alone a week."""

    name = "kucoin"

    def page(self, trades: list[tuple[int, int]], words: dict[str, str]) -> Any:
        end = int(words.get("endAt") or int(words.get("startAt", NOW_MS - 7 * DAY_MS)) + 7 * DAY_MS)
        start = int(words.get("startAt", end - 7 * DAY_MS))
        assert end - start <= 7 * DAY_MS
        found = [trade for trade in trades if start <= trade[0] <= end]
        rows = found[-int(words["limit"]) :][::-1]
        return {"code": "200000", "data": {"items": [self.row(*row) for row in rows]}}

    def row(self, time_ms: int, number: int) -> dict[str, Any]:
        return {
            "tradeId": str(number),
            "orderId": "7",
            "side": "buy",
            "price": "0.07",
            "size": "1",
            "fee": "0",
            "feeCurrency": "BTC",
            "createdAt": time_ms,
        }


class Binance:
    """Tells the first trades of a time, or the first from a number on, or the last of all."""

    name = "binance"

    def page(self, trades: list[tuple[int, int]], words: dict[str, str]) -> Any:
        most = int(words["limit"])
        if "fromId" in words:
            rows = [row for row in trades if row[1] >= int(words["fromId"])][:most]
        elif "startTime" in words:
            start, end = int(words["startTime"]), int(words["endTime"])
            assert end - start <= DAY_MS
            rows = [row for row in trades if start <= row[0] <= end][:most]
        else:
            rows = trades[-most:]
        return [self.row(*row) for row in rows]

    def row(self, time_ms: int, number: int) -> dict[str, Any]:
        return {
            "id": number,
            "orderId": 7,
            "isBuyer": True,
            "price": "0.07",
            "qty": "1",
            "commission": "0",
            "commissionAsset": "BTC",
            "time": time_ms,
        }


class Market:
    """A courier, and an exchange with one account and one order: trades are times and numbers, in
    their order."""

    def __init__(self, exchange: Any) -> None:
        self.exchange = exchange
        self.file: ExchangeFile = exchanges.load(exchange.name)
        self.trades: list[tuple[int, int]] = []
        self.asked: list[AnyQuestion] = []
        self.told: list[AnyClaim] = []
        self.is_down = False
        self.fills = Fills(Asking(self, self.dial, ManualClock(NOW_MS * MS), lambda name: ""))

    async def look(self) -> Any: ...
    async def look_at(self, account: str) -> Any: ...

    async def sign(self, account: str, question: AnyQuestion) -> tuple[Request, ...]:
        self.asked.append(question)
        intent: ReadAccount
        match question:
            case AskTrades(symbol, after):
                intent = self.file.ask_trades(symbol, after)
            case AskTradesBetween(symbol, start_ms, end_ms):
                intent = self.file.ask_trades_between(symbol, start_ms, end_ms)
            case _:
                raise AssertionError(question)
        return (self.file.write([intent], KEY, NOW_MS, 5_000, "http://venue"),)

    async def dial(self, request: Request) -> Sent:
        if self.is_down and len(self.asked) > 1:
            return Sent(0, Response(500, b""))
        body = self.exchange.page(self.trades, dict(parse_qsl(request.query)))
        return Sent(0, Response(200, msgspec.json.encode(body)))

    def tell(self, claim: AnyClaim) -> None:
        self.told.append(claim)

    @property
    def known(self) -> set[int]:
        """The numbers of all trades that the signer was told of."""
        claims = [claim for claim in self.told if isinstance(claim, TradesSeen)]
        return {int(trade.fill.trade_id) for claim in claims for trade in claim.trades}

    async def hear(self, created_ms: int) -> None:
        """The exchange says that all of these trades filled the order, and how many they are."""
        number: Any = 7 if self.exchange.name == "binance" else "7"
        order = OrderView("ETH/BTC", "a", number, Decimal(len(self.known)), True, False)
        self.fills.know(AccountView("me", self.exchange.name, 0, (order,), (), 0, False, False))
        status, executed = OrderStatus.PARTIALLY_FILLED, Decimal(len(self.trades))
        report = OrderReport(
            "ETH/BTC", number, "a", status, executed, side=Side.BUY, created_ms=created_ms
        )
        self.asked.clear()
        await self.fills.tell("me", self.file, [report])


@pytest.fixture(params=[Kucoin, Binance])
def market(request: pytest.FixtureRequest) -> Market:
    return Market(request.param())


async def test_a_few_fills_are_had_by_one_question(market: Market) -> None:
    market.trades = [(NOW_MS - 9 + n, n) for n in range(9)]
    await market.hear(NOW_MS - 10)
    assert market.known == set(range(9))
    assert market.asked == [AskTrades("ETH/BTC", None)]
    assert isinstance(market.told[0], OrderSeen), "its number is told before its trades"


@pytest.mark.parametrize("first", [0, 3])
async def test_more_fills_than_are_told_at_once(market: Market, first: int) -> None:
    """An order that takes a whole book; `first` of its fills were known."""
    start = NOW_MS - 60_000
    if first:
        market.trades = [(start, n) for n in range(first)]
        await market.hear(start)
    count = 2 * market.file.TRADES_AT_ONCE + market.file.TRADES_AT_ONCE // 2
    market.trades += [(start + n * 10, n) for n in range(first, count)]
    for _ in range(3):  # Binance goes on after the newest that it told
        await market.hear(start)
    assert market.known == set(range(count))
    await market.hear(start)
    assert not market.asked, "nothing is lacking"


async def test_an_old_mark_hides_nothing(market: Market) -> None:
    """Nothing was traded for weeks."""
    market.trades = [(NOW_MS - 30 * DAY_MS, 1)]
    if market.exchange.name == "kucoin":
        market.trades = [(NOW_MS - 6 * DAY_MS, 1)]
    await market.hear(NOW_MS - 31 * DAY_MS)
    assert market.known == {1}
    market.trades = [(NOW_MS - 6 * DAY_MS - DAY_MS * 20, 1), (NOW_MS - 1, 2)]
    await market.hear(NOW_MS - 31 * DAY_MS)
    assert market.known == {1, 2}


async def test_where_some_could_not_be_asked_for_all_are_asked_for_again(market: Market) -> None:
    start, count = NOW_MS - 60_000, 2 * market.file.TRADES_AT_ONCE
    market.trades = [(start + n * 10, n) for n in range(count)]
    market.is_down = True
    await market.hear(start)
    assert len(market.known) == market.file.TRADES_AT_ONCE
    market.is_down = False
    await market.hear(start)
    assert market.known == set(range(count))


@settings(max_examples=40)
@given(st.lists(st.integers(1, 2_000), min_size=101, max_size=900), st.integers(1, 5))
async def test_kucoin_tells_all_of_them_in_the_end(gaps: list[int], rounds: int) -> None:
    """Whenever they were made, by however many reports."""
    market, at = Market(Kucoin()), NOW_MS - SECOND // MS * 3_600
    made = []
    for number, gap in enumerate(gaps):
        at += gap
        made.append((at, number))
    start, share = made[0][0], len(made) // rounds + 1
    for n in range(1, rounds + 1):
        market.trades = made[: n * share]
        if len(market.trades) > len(market.known):
            await market.hear(start)
    assert market.known == set(range(len(made)))


async def test_a_page_that_ends_within_a_millisecond_hides_nothing() -> None:
    market, start = Market(Kucoin()), NOW_MS - 60_000
    market.trades = [(start + 5 * (n >= 60), n) for n in range(110)]
    await market.hear(start)
    assert market.known == set(range(110))
