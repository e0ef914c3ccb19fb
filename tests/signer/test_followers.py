"""Who is told of an account: no more than is asked for, no longer than it is asked for."""

import asyncio
from typing import Any

import msgspec
import pytest

from tests.signer.conftest import GRANT, NOW, Bench, Memory
from tradelatch.exchanges.binance.streams import event_report
from tradelatch.exchanges.claims import EventSeen, Followed
from tradelatch.exchanges.protocol import Refusal
from tradelatch.model.clock import SECOND, ManualClock
from tradelatch.model.wire import Event
from tradelatch.signer import followers
from tradelatch.signer.claims import Claims
from tradelatch.signer.followers import MOST_OF_GRANT, Followers
from tradelatch.signer.records import ForeignFill, GrantRevoked

TRADE = {
    "e": "executionReport", "s": "ETHBTC", "c": "x", "S": "BUY", "X": "FILLED", "x": "TRADE",
    "i": 5, "z": "1", "l": "1", "L": "0.07", "n": "0", "N": "BTC", "T": 1, "t": 9, "O": 1, "C": "",
}  # fmt: skip


class FakeGate:
    def __init__(self) -> None:
        self.is_gone = False
        self.pushed: list[Event] = []

    def push(self, message: msgspec.Struct) -> None:
        assert isinstance(message, Event)
        self.pushed.append(message)


class House:
    """One account, and a courier that says what a test has it say."""

    def __init__(self) -> None:
        self.bench, self.clock = Bench(), ManualClock(NOW)
        self.followers = Followers(self.bench.state, self.clock)
        self.claims = Claims(
            self.bench.core, Memory(self.bench.history), self.clock, self.followers
        )
        self.gate = FakeGate()

    async def add(self, stream: int = 1) -> int:
        account = self.bench.state.accounts["me"]
        return await self.followers.add(account, GRANT, self.gate, stream)

    def heard(self, *, is_on: bool = True) -> None:
        self.claims.take(Followed("me", is_on=is_on))

    def told(self, **changes: Any) -> None:
        event = msgspec.json.encode(TRADE | changes)
        self.claims.take(EventSeen("me", event, event_report(event)))

    @property
    def foreign(self) -> list[ForeignFill]:
        return [record for record in self.bench.history if isinstance(record, ForeignFill)]


@pytest.fixture
def house() -> House:
    return House()


async def test_all_are_told_that_wait_for_the_first_word(house: House) -> None:
    asking = asyncio.gather(*(house.add(stream) for stream in (1, 2, 3)))
    await asyncio.sleep(0)
    house.heard()
    assert await asking == [0, 0, 0]
    house.told()
    assert sorted(event.stream for event in house.gate.pushed) == [1, 2, 3]


async def test_a_websocket_follows_an_account_once_however_often_it_asks_at_once(
    house: House,
) -> None:
    house.heard()
    asked = await asyncio.gather(*(house.add() for _ in range(9)), return_exceptions=True)
    assert asked.count(0) == 1
    assert sum(isinstance(one, Refusal) for one in asked) == 8
    house.told()
    assert len(house.gate.pushed) == 1


async def test_a_websocket_that_ends_while_it_asks_is_not_followed(house: House) -> None:
    """Whether it ends before the exchange tells of the account, or has ended before it asks."""
    asking = asyncio.create_task(house.add())
    await asyncio.sleep(0)
    house.followers.gone(house.gate, 1)
    house.heard()
    with pytest.raises(Refusal):
        await asking
    house.followers.gone(house.gate, 2)
    with pytest.raises(Refusal):
        await house.add(2)
    house.told()
    assert house.gate.pushed == []


async def test_a_grant_has_no_more_than_so_many(house: House) -> None:
    house.heard()
    for stream in range(MOST_OF_GRANT):
        await house.add(stream)
    with pytest.raises(Refusal, match="at most"):
        await house.add(99)
    house.followers.leave(house.gate, 3, None)
    assert await house.add(99) == 0


async def test_an_exchange_that_says_nothing_is_not_waited_for_for_ever(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(followers, "PATIENCE_S", 0.01)
    with pytest.raises(Refusal, match="does not tell"):
        await house.add()
    house.heard()
    assert await house.add() == 0


async def test_an_exchange_that_refuses_ends_the_waiting_and_no_websocket(house: House) -> None:
    asking = asyncio.create_task(house.add())
    await asyncio.sleep(0)
    house.heard(is_on=False)
    with pytest.raises(Refusal, match="does not tell"):
        await asking
    assert house.gate.pushed == []


@pytest.mark.parametrize("ends", ["the exchange hangs up", "the courier is lost"])
async def test_what_ends_ends_the_websockets_too(
    house: House, ends: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(followers, "PATIENCE_S", 0.01)
    house.heard()
    await house.add()
    if ends == "the courier is lost":
        house.followers.lose()
    else:
        house.heard(is_on=False)
    assert house.gate.pushed == [Event(1, b"")]
    house.told()
    assert house.gate.pushed == [Event(1, b"")]
    with pytest.raises(Refusal, match="does not tell"):
        await house.add()
    house.heard()
    assert await house.add() == 0


async def test_a_revoked_grant_and_a_gate_that_has_gone_are_told_no_more(house: House) -> None:
    house.heard()
    await house.add()
    house.bench.take(GrantRevoked(NOW, GRANT))
    house.told()
    assert house.gate.pushed == [Event(1, b"")]


def test_what_nobody_here_signed_is_recorded_once(house: House) -> None:
    for _ in range(2):
        house.told()
    assert [(r.order_id, r.trade_id) for r in house.foreign] == [(5, 9)]


def test_invented_fills_do_not_fill_the_journal(house: House) -> None:
    for number in range(1_100):
        house.clock.advance(SECOND // 100)
        house.told(t=number)
    assert 900 < len(house.foreign) < 1_001
    assert "not signed here" in house.bench.state.doubt("me")
