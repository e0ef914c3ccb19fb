"""What a key may do: refused, accepted by name, and asked again every day."""

import asyncio
from typing import Any

import msgspec
import pytest

from tests.crash.exchange import Exchange
from tests.signer.test_doubts import Desk
from tradelatch.exchanges.binance import key_rights
from tradelatch.exchanges.protocol import KeyRights
from tradelatch.model.clock import DAY, HOUR, ManualClock
from tradelatch.signer.inspection import DANGERS, dangers, refusal
from tradelatch.signer.records import KeyInspected, decode, encode
from tradelatch.signer.state import State

GOOD = {
    "ipRestrict": True,
    "createTime": 1_600_000_000_000,
    "enableReading": True,
    "enableSpotAndMarginTrading": True,
    "enableWithdrawals": False,
    "enableInternalTransfer": False,
    "permitsUniversalTransfer": False,
    "enableMargin": False,
    "enableFutures": False,
    "enableVanillaOptions": False,
}


class Telling(Exchange):
    """Says what the key may do, too."""

    def __init__(self, clock: ManualClock) -> None:
        super().__init__(clock)
        self.restrictions: dict[str, Any] | None = dict(GOOD)
        self.times = 0

    def _answer(self, path: str, form: dict[str, str]) -> tuple[int, Any]:
        if path == "apiRestrictions":
            self.times += 1
            return (200, self.restrictions) if self.restrictions else (500, {})
        return super()._answer(path, form)


@pytest.fixture
def told() -> tuple[Desk, Telling]:
    desk = Desk()
    exchange = Telling(desk.clock)
    desk.exchange = exchange
    return desk, exchange


def rights(**changes: Any) -> KeyRights:
    return key_rights(msgspec.json.encode(GOOD | changes))


@pytest.mark.parametrize(
    ("changes", "names"),
    [
        ({}, []),
        ({"ipRestrict": False}, ["unbound"]),
        ({"enableWithdrawals": True}, ["withdraw"]),
        ({"enableInternalTransfer": True}, ["transfer"]),
        ({"permitsUniversalTransfer": True}, ["transfer"]),
        ({"enableMargin": True}, ["margin"]),
        ({"enablePortfolioMarginTrading": True}, ["margin"]),
        ({"enableFutures": True}, ["futures"]),
        ({"enableVanillaOptions": True}, ["options"]),
        ({"enableWithdrawals": True, "ipRestrict": False}, ["withdraw", "unbound"]),
    ],
)
def test_each_danger_is_refused_until_it_is_accepted_by_name(
    changes: dict[str, Any], names: list[str]
) -> None:
    key = rights(**changes)
    assert dangers(key) == names
    says = refusal(key, ())
    assert bool(says) == bool(names)
    for name in names:
        assert DANGERS[name] in says
        assert f"--accept {name}" in says
        assert refusal(key, tuple(n for n in names if n != name))
    assert refusal(key, tuple(names)) == ""


def test_a_key_that_may_not_trade_is_of_no_use() -> None:
    assert "may not trade" in refusal(rights(enableSpotAndMarginTrading=False), tuple(DANGERS))


def test_a_key_is_looked_at_every_day_and_what_it_gained_is_noted(
    told: tuple[Desk, Telling],
) -> None:
    desk, exchange = told

    def days(number: float) -> list[KeyInspected]:
        desk.clock.advance(int(number * DAY))
        asyncio.run(desk.courier.round())
        return [record for record in desk.bench.history if isinstance(record, KeyInspected)]

    assert len(days(0)) == 1
    assert len(days(0.9)) == 1
    exchange.restrictions = GOOD | {"enableWithdrawals": True}
    noted = days(0.2)
    assert [record.rights.can for record in noted] == [("trade",), ("trade", "withdraw")]
    state = State()
    for record in desk.bench.history:
        state.apply(decode(encode(record)))
    assert state.accounts["me"].inspected == noted[-1]


def test_an_exchange_that_does_not_say_is_not_asked_all_the_time(
    told: tuple[Desk, Telling],
) -> None:
    desk, exchange = told
    exchange.restrictions = None
    for _ in range(5):
        desk.clock.advance(HOUR)
        asyncio.run(desk.courier.round())
    assert exchange.times == 1
    assert desk.bench.state.accounts["me"].inspected is None
