"""When an order counts as one that never arrived."""

import asyncio
from collections.abc import Callable
from decimal import Decimal

from tests.bots.runner.clock import JumpingLoop
from tests.bots.runner.exchange import (
    MARKET,
    NO_TROUBLE,
    SETTLED_S,
    WINDOW_S,
    NastyExchange,
)
from tests.bots.runner.scenario import HELD
from tradelatch.bots.events import Report, Traded
from tradelatch.bots.orders import Order, OrderState
from tradelatch.bots.runner.tracker import STALE_MS, Tracker
from tradelatch.model.orders import Side


def _recovered(arrives_s: float, now_ms: Callable[[JumpingLoop], int]) -> list[OrderState]:
    """What is heard of an order that is written down when a runner dies, if what it sent arrives
    so much later."""
    heard = []

    async def main() -> None:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, JumpingLoop)
        exchange = NastyExchange("recovery", loop, dict(HELD))
        exchange.trouble = NO_TROUBLE
        price = Decimal("0.06")
        order = Order("a-1", 1, "", MARKET.symbol, Side.BUY, Decimal(1), price, now_ms(loop))

        def hear(event: Report | Traded) -> None:
            assert isinstance(event, Report)
            order.state = event.state
            heard.append(event.state)

        async def call(_: str) -> None: ...

        def fail(error: BaseException) -> None:
            raise error

        settled_ms = int(SETTLED_S * 1_000)
        tracker = Tracker(exchange.connect(call), settled_ms, lambda: now_ms(loop), hear, fail)
        loop.call_later(arrives_s, exchange.take, order)
        await tracker.recover(order)
        await asyncio.sleep(60)
        await tracker.close()

    with asyncio.Runner(loop_factory=JumpingLoop) as runner:
        runner.run(main())
    return heard


def test_another_runner_may_have_sent_it_as_long_as_it_was_fresh() -> None:
    latest_s = STALE_MS / 1_000 + WINDOW_S
    assert _recovered(latest_s, JumpingLoop.now_ms) == [OrderState.OPEN]


def test_a_wall_clock_that_is_put_forward_decides_nothing() -> None:
    def jumping(loop: JumpingLoop) -> int:
        return loop.now_ms() + (3_600_000 if loop.time() > 2 else 0)

    assert _recovered(WINDOW_S, jumping) == [OrderState.OPEN]


def test_what_never_arrived_is_absent_after_a_while() -> None:
    assert _recovered(50, JumpingLoop.now_ms)[0] is OrderState.ABSENT


def test_an_order_that_is_let_go_while_it_is_recovered_is_asked_about_no_more() -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, JumpingLoop)
        exchange = NastyExchange("recovery", loop, dict(HELD))
        exchange.trouble = NO_TROUBLE
        price = Decimal("0.06")
        order = Order("a-1", 1, "", MARKET.symbol, Side.BUY, Decimal(1), price, loop.now_ms())
        exchange.take(order)

        async def call(_: str) -> None: ...

        def hear(_: object) -> None:
            """Its bot has failed over another order: nobody listens."""
            tracker.forget({order.client_id})

        def fail(error: BaseException) -> None:
            raise error

        tracker = Tracker(exchange.connect(call), 1_000, loop.now_ms, hear, fail)
        await tracker.recover(order)
        asked = exchange.counted["look"]
        await asyncio.sleep(600)
        assert exchange.counted["look"] == asked
        await tracker.close()

    with asyncio.Runner(loop_factory=JumpingLoop) as runner:
        runner.run(main())
