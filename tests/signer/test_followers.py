"""Who is told of an account: no more than is asked for, no longer than it is asked for."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest

from tests.signer.conftest import GRANT, NOW, Bench, Memory
from tradelatch.exchanges.protocol import Refusal
from tradelatch.model.clock import SECOND, ManualClock
from tradelatch.model.wire import Event
from tradelatch.signer import followers
from tradelatch.signer.asking import Asking
from tradelatch.signer.followers import MOST_OF_GRANT, RETRY_NS, Followers
from tradelatch.signer.records import ForeignFill, GrantRevoked, OwnRequest
from tradelatch.signer.reports import Reports

FIRST = b'{"id":1,"status":200,"result":{"subscriptionId":0}}'
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
    """One account at an exchange that says what a test puts into a queue; None hangs up."""

    def __init__(self) -> None:
        self.bench, self.clock = Bench(), ManualClock(NOW)
        self.says: asyncio.Queue[bytes | None] = asyncio.Queue()
        self.dials = 0
        asking = Asking(self.bench.core, Memory(self.bench.history), self.send, self.clock)
        self.followers = Followers(asking, Reports(asking), self.follow)
        self.gate = FakeGate()

    async def send(self, request: Any) -> Any:
        raise AssertionError

    async def follow(self, url: str, text: bytes) -> AsyncIterator[bytes]:
        assert b"signature" in text
        self.dials += 1
        while (message := await self.says.get()) is not None:
            yield message

    @property
    def account(self) -> Any:
        return self.bench.state.accounts["me"]

    async def add(self, stream: int = 1, grant: str = GRANT) -> int:
        return await self.followers.add(self.account, grant, self.gate, stream)

    async def told(self, **changes: Any) -> None:
        event = msgspec.json.encode({"subscriptionId": 0, "event": TRADE | changes})
        self.says.put_nowait(event)
        for _ in range(5):
            await asyncio.sleep(0)


@pytest.fixture
async def house() -> AsyncIterator[House]:
    found = House()
    yield found
    await found.followers.close()


async def test_one_dial_serves_all_and_is_recorded_first(house: House) -> None:
    house.says.put_nowait(FIRST)
    assert await asyncio.gather(*(house.add(stream) for stream in (1, 2, 3))) == [0, 0, 0]
    assert house.dials == 1
    assert [type(record) for record in house.bench.history].count(OwnRequest) == 1
    await house.told()
    assert sorted(event.stream for event in house.gate.pushed) == [1, 2, 3]


async def test_a_websocket_follows_an_account_once_however_often_it_asks_at_once(
    house: House,
) -> None:
    house.says.put_nowait(FIRST)
    asked = await asyncio.gather(*(house.add() for _ in range(9)), return_exceptions=True)
    assert asked.count(0) == 1
    assert sum(isinstance(one, Refusal) for one in asked) == 8
    await house.told()
    assert len(house.gate.pushed) == 1


async def test_a_websocket_that_ends_while_it_asks_is_not_followed(house: House) -> None:
    """Whether it ends before the exchange is asked, or before the exchange has answered."""
    asking = asyncio.create_task(house.add())
    await asyncio.sleep(0)
    house.followers.gone(house.gate, 1)
    house.says.put_nowait(FIRST)
    with pytest.raises(Refusal):
        await asking
    house.followers.gone(house.gate, 2)
    with pytest.raises(Refusal):
        await house.add(2)
    await house.told()
    assert house.gate.pushed == []


async def test_a_grant_has_no_more_than_so_many(house: House) -> None:
    house.says.put_nowait(FIRST)
    for stream in range(MOST_OF_GRANT):
        await house.add(stream)
    with pytest.raises(Refusal, match="at most"):
        await house.add(99)
    house.followers.leave(house.gate, 3, None)
    assert await house.add(99) == 0


async def test_an_exchange_that_says_nothing_is_asked_again_later(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(followers, "PATIENCE_S", 0.01)
    with pytest.raises(Refusal, match="does not tell"):
        await house.add()
    with pytest.raises(Refusal, match="does not tell"):
        await house.add()
    assert house.dials == 1, "not at once"
    house.clock.advance(RETRY_NS + SECOND)
    house.says.put_nowait(FIRST)
    assert await house.add() == 0
    assert house.dials == 2


async def test_an_exchange_that_hangs_up_ends_the_websockets_and_is_followed_again(
    house: House,
) -> None:
    house.says.put_nowait(FIRST)
    await house.add()
    house.says.put_nowait(None)
    for _ in range(5):
        await asyncio.sleep(0)
    assert house.gate.pushed == [Event(1, b"")]
    house.clock.advance(RETRY_NS + SECOND)
    house.followers.follow_all()
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert house.dials == 2


async def test_another_key_is_followed_in_the_place_of_the_old_one(house: House) -> None:
    house.says.put_nowait(FIRST)
    await house.add()
    house.account.key_change = 7
    house.clock.advance(RETRY_NS + SECOND)
    for _ in range(2):
        house.followers.follow_all()
        for _ in range(5):
            await asyncio.sleep(0)
    assert house.dials == 2
    assert house.gate.pushed == [Event(1, b"")]


async def test_a_revoked_grant_and_a_gate_that_has_gone_are_told_no_more(house: House) -> None:
    house.says.put_nowait(FIRST)
    await house.add()
    house.bench.take(GrantRevoked(NOW, GRANT))
    await house.told()
    assert house.gate.pushed == [Event(1, b"")]


async def test_what_nobody_here_signed_is_recorded_once(house: House) -> None:
    house.says.put_nowait(FIRST)
    await house.add()
    for _ in range(2):
        await house.told()
    foreign = [r for r in house.bench.history if isinstance(r, ForeignFill)]
    assert [(r.order_id, r.trade_id) for r in foreign] == [(5, 9)]


async def test_invented_fills_do_not_fill_the_journal(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.says.put_nowait(FIRST)
    await house.add()
    for number in range(1_100):
        house.says.put_nowait(
            msgspec.json.encode({"subscriptionId": 0, "event": TRADE | {"t": number}})
        )
    while not house.says.empty():
        await asyncio.sleep(0)
    await house.told(t=5_000)
    foreign = [r for r in house.bench.history if isinstance(r, ForeignFill)]
    assert 900 < len(foreign) < 1_001
    assert "not signed here" in house.bench.state.doubt("me")
