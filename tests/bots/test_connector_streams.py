"""What the streams tell, by both ways, and that nothing is missed when they are lost."""

import asyncio
import itertools
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.bots.ground import SYMBOL, TICK, WAYS, Ground, eventually, order_of
from tradelatch.bots.connector import Connector
from tradelatch.bots.connector.mail import Mail, News
from tradelatch.bots.events import Book, Price, Report, Traded
from tradelatch.bots.orders import Fill, Order, OrderState
from tradelatch.bots.port import Busy, NoAnswer, Refused
from tradelatch.drills.processes import operate
from tradelatch.drills.script import Credentials
from tradelatch.drills.world import THIN, VICTIM
from tradelatch.model.markets import TopOfBook
from tradelatch.model.orders import Side


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


class Ear:
    """Whoever hears, and asks for fills at every gap, as a runner does."""

    def __init__(self, port: Connector) -> None:
        self._port = port
        self.heard: list[News] = []
        self.gaps = 0
        self.slowness_s = 0.0
        self.orders: list[Order] = []
        self.asked: dict[str, set[Fill]] = {}
        self._woken = asyncio.Event()
        port.on_gap = self._gap

    def hear(self, news: News) -> None:
        time.sleep(self.slowness_s)
        self.heard.append(news)

    def told(self, order: Order) -> list[Fill]:
        """The fills that the stream told."""
        return [
            news.fill
            for news in self.heard
            if isinstance(news, Traded) and news.client_id == order.client_id
        ]

    def known(self, order: Order) -> set[Fill]:
        """The fills that were told or asked for."""
        return {*self.told(order), *self.asked.get(order.client_id, ())}

    def reports(self, order: Order) -> list[Report]:
        """The states that the stream told."""
        return [
            news
            for news in self.heard
            if isinstance(news, Report) and news.client_id == order.client_id
        ]

    async def gap_after(self, gaps: int) -> None:
        """Wait for more than so many."""
        await eventually(lambda: self.gaps > gaps)

    def _gap(self) -> None:
        self.gaps += 1
        self._woken.set()

    async def ask(self) -> None:
        """Ask at every gap until cancelled."""
        while True:
            await self._woken.wait()
            self._woken.clear()
            for order in self.orders:
                while True:
                    try:
                        self.asked[order.client_id] = set(await self._port.fills(order))
                        break
                    except (NoAnswer, Busy):
                        await asyncio.sleep(0.1)


@asynccontextmanager
async def following(port: Connector, symbol: str = SYMBOL) -> AsyncIterator[Ear]:
    ear = Ear(port)
    tasks = [
        asyncio.ensure_future(port.follow([symbol], ear.hear)),
        asyncio.ensure_future(ear.ask()),
    ]
    try:
        await eventually(lambda: ear.gaps >= 3)
        yield ear
    finally:
        for task in tasks:
            task.cancel()
        ends = await asyncio.gather(*tasks, return_exceptions=True)
        assert all(isinstance(end, asyncio.CancelledError) for end in ends), ends


async def rest(port: Connector) -> Order:
    """A buy that is the best, so that the next seller meets it; too large to be filled, though the
    venue's own takers meet it, too."""
    book = await port._exchange.public_get_depth({"symbol": "ETHBTC", "limit": 5})
    price = Decimal(book["bids"][0][0]) + TICK
    assert price < Decimal(book["asks"][0][0])
    order = order_of("50", price)
    assert (await port.place(order)).state is OrderState.OPEN
    return order


async def end(port: Connector, order: Order) -> list[Fill]:
    """Cancel it; every fill that it ever had."""
    assert await port.cancel(order)
    return await port.fills(order)


async def sell(port: Connector, quantity: str) -> None:
    report = await port.place(order_of(quantity, None, Side.SELL))
    assert report.state is OrderState.FILLED


Scene = Callable[[Connector, Connector, Ear], Awaitable[None]]


def play(ground: Ground, way: str, scene: Scene, **settings: Any) -> None:
    """A scene of the followed account, and of somebody else who trades."""

    async def work() -> None:
        port, other = ground.connector(way, **settings), ground.connector("other", **settings)
        try:
            await other.holdings()
            async with following(port) as ear:
                await scene(port, other, ear)
        finally:
            await port.close()
            await other.close()

    ground.run(work())


def test_every_fill_and_state_of_an_order_is_told(ground: Ground, way: str) -> None:
    async def scene(port: Connector, other: Connector, ear: Ear) -> None:
        order = await rest(port)
        await sell(other, "0.1")
        await sell(other, "0.2")
        await eventually(lambda: len(ear.told(order)) >= 2)
        fills = await end(port, order)
        await eventually(lambda: ear.reports(order)[-1].state is OrderState.CANCELLED)
        assert ear.told(order) == fills
        sums = list(itertools.accumulate((fill.quantity for fill in fills), initial=Decimal(0)))
        assert [r.executed for r in ear.reports(order)] == [*sums, sums[-1]]
        assert {r.state for r in ear.reports(order)[:-1]} == {OrderState.OPEN}
        assert sums[-1] >= Decimal("0.3")
        assert all(fill.fee > 0 and fill.fee_asset == "ETH" for fill in ear.told(order))

    play(ground, way, scene)


def test_prices_and_books_are_told(ground: Ground, way: str) -> None:
    async def scene(port: Connector, other: Connector, ear: Ear) -> None:
        order = await rest(port)
        await sell(other, "0.1")
        price = order.price or Decimal(0)
        await eventually(lambda: Price(SYMBOL, price) in ear.heard)
        books = [news.top for news in ear.heard if isinstance(news, Book)]
        assert order.price in [top.bid for top in books]
        assert all(0 < top.bid < top.ask for top in books)
        await port.cancel(order)

    play(ground, way, scene)


def test_more_fills_than_one_answer_holds(
    ground: Ground, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tradelatch.bots.connector.binance._MOST_TRADES", 2)

    async def scene(port: Connector, other: Connector, ear: Ear) -> None:
        order = await rest(port)
        for _ in range(5):
            await sell(other, "0.1")
        fills = await end(port, order)
        assert len(fills) >= 5
        await eventually(lambda: ear.told(order) == fills)

    play(ground, way, scene)


@pytest.mark.parametrize("process", ["gate", "signer", "courier"])
def test_no_fill_is_missed_when_a_process_dies(ground: Ground, process: str) -> None:
    async def scene(port: Connector, other: Connector, ear: Ear) -> None:
        order = await rest(port)
        ear.orders.append(order)
        await sell(other, "0.1")
        await eventually(lambda: ear.told(order))
        await ground.site.children[process].kill()
        gaps, told = ear.gaps, len(ear.told(order))
        await sell(other, "0.2")
        restarting = asyncio.ensure_future(ground.site.restart(process))
        # Sold meanwhile until the stream tells again.
        while len(ear.told(order)) <= told:
            await sell(other, "0.01")
            await asyncio.sleep(0.2)
        await restarting
        assert ear.gaps > gaps
        fills = set(await end(port, order))
        assert sum(fill.quantity for fill in fills) > Decimal("0.3")
        await eventually(lambda: ear.known(order) == fills)

    play(ground, "gate", scene)


def test_no_fill_is_missed_when_the_exchange_hangs_up(ground: Ground, way: str) -> None:
    async def scene(port: Connector, other: Connector, ear: Ear) -> None:
        order = await rest(port)
        ear.orders.append(order)
        for _ in range(3):
            gaps = ear.gaps
            await ground.site.trouble({"kind": "disconnect"})
            await sell(other, "0.1")
            await ear.gap_after(gaps)
        fills = set(await end(port, order))
        assert sum(fill.quantity for fill in fills) >= Decimal("0.3")
        await eventually(lambda: ear.known(order) == fills)

    play(ground, way, scene)


def test_a_revoked_grant_follows_nothing(ground: Ground) -> None:
    async def work() -> None:
        to = partial(operate, ground.site.house.home)
        issued = (await to("grant issue", account=VICTIM, days="1", sources="")).value
        access = Credentials(ground.site.house_url, issued["id"], issued["secret"])
        port = Connector("binance", access.key, access.secret, access.url, is_gate=True)
        try:
            task = asyncio.ensure_future(port.follow([SYMBOL], lambda news: None))
            gaps: list[int] = []
            port.on_gap = lambda: gaps.append(1)
            await eventually(lambda: len(gaps) >= 3)
            assert not (await to("grant revoke", grant=issued["id"])).error
            with pytest.raises(Refused, match="may not be followed"):
                await task
        finally:
            await port.close()

    ground.run(work())


def test_who_is_slow_hears_every_fill_and_the_last_price(ground: Ground, way: str) -> None:
    async def scene(port: Connector, other: Connector, ear: Ear) -> None:
        ear.slowness_s = 0.02
        order = await rest(port)
        await asyncio.gather(*(sell(other, "0.05") for _ in range(30)))
        fills = await end(port, order)
        assert len(fills) >= 30
        await eventually(lambda: ear.told(order) == fills)

    play(ground, way, scene, timeout_s=10.0)


def test_who_follows_one_after_the_other_runs_into_no_limit(ground: Ground) -> None:
    async def work() -> None:
        port = ground.connector("venue")
        try:
            await port.holdings()
            limits = {"streamLimits": {"spot": 2}, "subscriptionLimitByStream": {"spot": 1}}
            port._exchange.options |= limits
            for symbol in (SYMBOL, THIN, SYMBOL):
                async with following(port, symbol):
                    pass
            with pytest.raises(Refused, match="binance does not trade ABC/BTC"):
                await port.follow(["ABC/BTC"], lambda news: None)
        finally:
            await port.close()

    ground.run(work())


PRICES = st.builds(
    Price, st.sampled_from(["A/B", "C/B"]), st.integers(1, 9).map(Decimal)
) | st.builds(
    lambda symbol, bid: Book(symbol, TopOfBook(Decimal(bid), Decimal(bid + 1))),
    st.sampled_from(["A/B", "C/B"]),
    st.integers(1, 9),
)
ORDERS = st.builds(Report, st.sampled_from(["x", "y"]), st.just(OrderState.OPEN))


@given(st.lists(st.lists(PRICES | ORDERS, max_size=12), max_size=6))
def test_what_waits_is_bounded_and_nothing_of_orders_is_lost(batches: list[list[News]]) -> None:
    """Between two deliveries any number of news may come."""

    async def work() -> None:
        mail, heard = Mail(), list[News]()
        task = asyncio.ensure_future(mail.deliver(heard.append))
        try:
            for batch in batches:
                before = len(heard)
                for news in batch:
                    mail.put(news)
                for _ in range(5):
                    await asyncio.sleep(0)
                fresh = heard[before:]
                orders = [news for news in batch if isinstance(news, Report)]
                assert fresh[: len(orders)] == orders
                prices = {(type(n), n.symbol): n for n in batch if isinstance(n, Price | Book)}
                assert sorted(map(str, fresh[len(orders) :])) == sorted(map(str, prices.values()))
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    asyncio.run(work())
