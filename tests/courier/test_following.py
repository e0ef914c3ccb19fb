"""Accounts are followed once each, by the key that they have, while the signer is there."""

import asyncio
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from tradelatch.courier import following
from tradelatch.courier.asking import Asking
from tradelatch.courier.fills import Fills
from tradelatch.courier.following import RETRY_NS, Following
from tradelatch.exchanges.claims import (
    AccountView,
    AnyClaim,
    AnyQuestion,
    AskEvents,
    AskTrades,
    EventSeen,
    Followed,
    Known,
    OrderSeen,
    OrderView,
    Sent,
    TradesSeen,
)
from tradelatch.model.clock import SECOND, ManualClock
from tradelatch.model.http import Request, Response

FIRST = b'{"id":1,"status":200,"result":{"subscriptionId":0}}'
TRADE = {
    "e": "executionReport", "s": "ETHBTC", "c": "mine", "S": "BUY", "X": "NEW", "x": "TRADE",
    "i": 5, "z": "1", "l": "1", "L": "0.07", "n": "0", "N": "BTC", "T": 1, "t": 9, "O": 1, "C": "",
}  # fmt: skip
ORDER = OrderView("ETH/BTC", "mine", 5, Decimal(0), is_open=False, is_in_flight=False)
VIEW = AccountView("me", "binance", 0, (ORDER,), (), 0, is_moving=False, asks_rights=False)
ROW = {
    "id": 8, "orderId": 5, "price": "0.07", "qty": "2", "commission": "0", "commissionAsset": "BTC",
    "time": 1, "isBuyer": True,
}  # fmt: skip


class House:
    """A courier at an exchange that says what a test puts into a queue; None hangs up."""

    def __init__(self) -> None:
        self.clock = ManualClock(1_790_000_000 * SECOND)
        self.says: asyncio.Queue[bytes | None] = asyncio.Queue()
        self.asked: list[AnyQuestion] = []
        self.told: list[AnyClaim] = []
        asking = Asking(self, self.dial, self.clock, lambda name: "")
        self.fills = Fills(asking)
        self.fills.know(VIEW)
        self.following = Following(asking, self.fills, self.listen)
        self.words: list[tuple[str, bytes]] = []

    async def look(self) -> Known:
        raise AssertionError("nobody looks")

    async def look_at(self, account: str) -> AccountView:
        raise AssertionError("nobody looks")

    async def sign(self, account: str, question: AnyQuestion) -> tuple[Request, ...]:
        self.asked.append(question)
        return (Request("CALL", "ws://exchange", "", "", (), b"signed words"),)

    def tell(self, claim: AnyClaim) -> None:
        self.told.append(claim)

    async def dial(self, request: Request) -> Sent:
        return Sent(0, Response(200, msgspec.json.encode([ROW])))

    async def listen(self, url: str, text: bytes) -> AsyncIterator[bytes]:
        self.words.append((url, text))
        while (message := await self.says.get()) is not None:
            yield message

    async def follow(self, view: AccountView = VIEW) -> None:
        self.following.follow(view)
        for _ in range(9):
            await asyncio.sleep(0)

    async def hear(self, **changes: Any) -> None:
        event = msgspec.json.encode({"subscriptionId": 0, "event": TRADE | changes})
        self.says.put_nowait(event)
        for _ in range(9):
            await asyncio.sleep(0)


@pytest.fixture
async def house() -> AsyncIterator[House]:
    found = House()
    yield found
    await found.following.close()


async def test_an_account_is_followed_once_and_the_signer_hears_of_it(house: House) -> None:
    house.says.put_nowait(FIRST)
    for _ in range(3):
        await house.follow()
    assert house.words == [("ws://exchange", b"signed words")]
    assert house.asked == [AskEvents()]
    await house.hear()
    on, event = house.told
    assert on == Followed("me", is_on=True)
    assert isinstance(event, EventSeen)
    assert event.report
    assert [fill.trade_id for fill in event.report.fills] == [9]


async def test_fills_that_were_missed_are_told_before_the_event_that_counts_them(
    house: House,
) -> None:
    house.says.put_nowait(FIRST)
    await house.follow()
    await house.hear(z="3")
    assert house.asked == [AskEvents(), AskTrades("ETH/BTC", None)]
    assert [type(claim) for claim in house.told[1:]] == [OrderSeen, TradesSeen, EventSeen]


async def test_trades_of_an_order_whose_number_nobody_knows_are_asked_for_again(
    house: House,
) -> None:
    """The signer passes them over: it knows an order's trades by its number."""
    unnumbered = msgspec.structs.replace(ORDER, number=None)
    house.says.put_nowait(FIRST)
    await house.follow()
    for numbered, expected in ((unnumbered, None), (unnumbered, None), (ORDER, None), (ORDER, 8)):
        house.fills.know(msgspec.structs.replace(VIEW, orders=(numbered,)))
        await house.hear(z="3")
        question = house.asked[-1]
        assert isinstance(question, AskTrades)
        assert (question.after and question.after.trade_id) == expected


async def test_who_hangs_up_or_says_nothing_is_asked_again_later(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "PATIENCE_S", 0.01)
    await house.follow()
    await asyncio.sleep(0.05)
    assert house.told == [Followed("me", is_on=False)]
    await house.follow()
    assert len(house.words) == 1, "not at once"
    house.clock.advance(RETRY_NS + SECOND)
    house.says.put_nowait(FIRST)
    await house.follow()
    assert len(house.words) == 2
    house.says.put_nowait(None)
    await house.follow()
    assert house.told[1:] == [Followed("me", is_on=True), Followed("me", is_on=False)]


async def test_another_key_is_followed_in_the_place_of_the_old_one(house: House) -> None:
    house.says.put_nowait(FIRST)
    await house.follow()
    house.clock.advance(RETRY_NS + SECOND)
    other = msgspec.structs.replace(VIEW, change=7)
    house.says.put_nowait(FIRST)
    for _ in range(2):
        await house.follow(other)
    assert len(house.words) == 2
    assert house.told[-1] == Followed("me", is_on=True)
