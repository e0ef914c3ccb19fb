"""The harness that kills bots: it cuts where it says, and finds what is lost and doubled."""

from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bench.kills import cutter as cutting
from bench.kills.cutter import Cutter
from bench.kills.freqtrade import Freqtrade
from bench.kills.points import Point
from bench.kills.rounds import strike
from bench.kills.site import Placed, Site, signed
from bench.kills.subject import Known, KnownOrder
from bench.kills.truth import Finding, compare
from tests.clients.foreign import python_of
from tradelatch.model.orders import Side

SYMBOL, OTHER = "K00/USDT", "K01/USDT"
CLOSED = (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.CLOSING)
LOT = Decimal("0.001")


def placed(number: int, status: str, executed: str, side: Side = Side.BUY) -> Placed:
    ten = Decimal(10)
    return Placed(str(number), f"x-{number}", side, status, Decimal(100), ten, Decimal(executed))


def known(position: str, **filled: str) -> Known:
    orders = (KnownOrder(n.removeprefix("_"), Decimal(f)) for n, f in filled.items())
    return Known(tuple(orders), Decimal(position))


ALL, HALF = placed(1, "FILLED", "10"), placed(1, "CANCELED", "5")


@pytest.mark.parametrize(
    ("orders", "books", "holding", "finding"),
    [
        ([ALL], known("9.99", _1="10"), "9.99", Finding(0, 0, 0, True)),
        ([ALL], known("9.99", _1="10"), "9.9909", Finding(0, 0, 0, True)),
        ([ALL], known("9.99", _1="10"), "9.991", Finding(0, 0, 0, False)),
        ([ALL], known("0"), "9.99", Finding(1, 0, 0, False)),
        ([HALF], known("0"), "5", Finding(1, 0, 0, False)),
        ([placed(1, "NEW", "0")], known("0"), "0", Finding(1, 0, 0, True)),
        # What never held money is nobody's loss.
        ([placed(1, "CANCELED", "0")], known("0"), "0", Finding(0, 0, 0, True)),
        ([ALL, placed(2, "FILLED", "10")], known("10", _2="10"), "20", Finding(1, 1, 0, False)),
        ([ALL, placed(2, "NEW", "0")], known("10", _1="10", _2="0"), "10", Finding(0, 1, 0, True)),
        ([ALL], known("5", _1="5"), "10", Finding(0, 0, 1, False)),
        ([], known("10", _7="10"), "0", Finding(0, 0, 1, False)),
        ([], known("0", _7="0"), "0", Finding(0, 0, 0, True)),
        # The order before, of the other side, is none too many.
        ([placed(2, "FILLED", "10", Side.SELL), ALL], known("10", _1="10", _2="10"), "10",
         Finding(0, 0, 0, True)),
    ],
)  # fmt: skip
def test_two_books_are_compared(
    orders: list[Placed], books: Known, holding: str, finding: Finding
) -> None:
    assert compare(orders, Side.BUY, books, Decimal(holding), LOT) == finding


def test_an_order_is_known_by_either_name() -> None:
    books = Known((KnownOrder("x-1", Decimal(10)),), Decimal(10))
    assert compare([ALL], Side.BUY, books, Decimal(10), LOT) == Finding(0, 0, 0, True)


class Dialling:
    """A venue, the cutter before it, and how often it has killed."""

    def __init__(self, site: Site, cutter: Cutter) -> None:
        self.site, self.cutter = site, cutter
        self.kills = 0

    async def buy(self, symbol: str = SYMBOL) -> Any:
        """The venue's answer; None if there is none."""
        form = {"symbol": symbol.replace("/", ""), "side": "BUY", "type": "MARKET", "quantity": 1}
        url = f"{self.cutter.url}/api/v3/order"
        headers = {"X-MBX-APIKEY": self.site.key.key}
        async with aiohttp.ClientSession() as session:
            try:
                body = signed(self.site.key, form)
                async with session.post(url, data=body, headers=headers) as answer:
                    return await answer.json()
            except aiohttp.ServerDisconnectedError:
                return None


@pytest.fixture
async def dialling(tmp_path: Path) -> AsyncIterator[Dialling]:
    site = Site(tmp_path / "venue", [SYMBOL, OTHER])
    try:
        await site.start(Decimal(10_000))

        def kill() -> None:
            made.kills += 1

        made = Dialling(site, Cutter(site.url, kill))
        await made.cutter.start()
        yield made
        await made.cutter.stop()
    finally:
        await site.stop()


async def test_the_way_is_cut_where_it_says(
    dialling: Dialling, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cutting, "LATE_S", 0.1)
    site, arrived = dialling.site, 0
    for point in Point:
        dialling.cutter.arm(point, SYMBOL)
        dialling.kills = 0
        assert (await dialling.buy(OTHER))["status"] == "FILLED", "it is not the one"
        answer = await dialling.buy()
        await dialling.cutter.struck(5)
        assert (answer is None) == (point in (Point.UNSENT, Point.UNANSWERED, Point.LOST)), point
        # Between two fills it is for others to kill.
        assert dialling.kills == (point.kills and point is not Point.BETWEEN), point
        arrived += point is not Point.UNSENT
        assert len(await site.orders(SYMBOL)) == arrived, point
        killed = dialling.kills
        assert (await dialling.buy())["status"] == "FILLED", "each is cut once"
        assert dialling.kills == killed, point
        arrived += 1


async def test_somebody_fills_as_much_as_is_wanted(dialling: Dialling) -> None:
    site = dialling.site
    bid, ask = await site.best(SYMBOL)
    tick, _ = await site.steps(SYMBOL)
    form = {"symbol": "K00USDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC"}
    form |= {"quantity": "1", "price": str((bid + ask) / 2 // tick * tick)}
    url = f"{dialling.cutter.url}/api/v3/order?{signed(site.key, {**form})}"
    async with aiohttp.ClientSession() as session:
        await (await session.post(url, headers={"X-MBX-APIKEY": site.key.key})).read()
    (order,) = await site.orders(SYMBOL)
    await site.fill(SYMBOL, order, Decimal("0.4"))
    (order,) = await site.orders(SYMBOL)
    assert (order.executed, order.is_open) == (Decimal("0.4"), True)


async def test_websockets_pass_both_ways(dialling: Dialling) -> None:
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(f"{dialling.cutter.url}/ws-api/v3") as socket,
    ):
        await socket.send_json({"id": 7, "method": "time"})
        answer = await socket.receive_json(timeout=5)
        assert (answer["id"], answer["status"]) == (7, 200)
        await dialling.site.stop()
        assert (await socket.receive(timeout=5)).type in CLOSED


@pytest.mark.soak
@pytest.mark.parametrize(("point", "lost"), [(Point.UNSENT, 0), (Point.UNANSWERED, 1)])
async def test_freqtrade_is_struck(point: Point, lost: int, tmp_path: Path) -> None:
    """The first shows that the harness finds nothing where nothing is, the second that it finds."""
    python_of("freqtrade")
    (found,) = await strike(Freqtrade, point, Side.BUY, 1, tmp_path)
    assert found == Finding(lost, lost, 0, ties_out=not lost)
