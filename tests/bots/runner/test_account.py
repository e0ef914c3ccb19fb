"""What an account does where something fails: a bot, an answer, a runner."""

import asyncio
from collections.abc import Callable, Coroutine
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from tests.bots.runner.clock import START_MS, JumpingLoop
from tests.bots.runner.exchange import MARKET, NO_TROUBLE, OTHER, NastyExchange
from tests.bots.runner.lives import ACCOUNT, Life
from tests.bots.runner.scenario import HELD
from tradelatch.bots.conditions import Condition, Manual, Rsi
from tradelatch.bots.dca.settings import DcaSettings
from tradelatch.bots.events import Bar, Traded
from tradelatch.bots.grid.settings import GridSettings
from tradelatch.bots.kinds import OURS
from tradelatch.bots.orders import Fill
from tradelatch.bots.port import Busy, NoAnswer
from tradelatch.bots.strategy import Settings, Strategy
from tradelatch.model.markets import Candle
from tradelatch.model.orders import Side
from tradelatch.store import rows
from tradelatch.store.errors import StoreError
from tradelatch.store.store import Store

_ONE = Decimal(1)
GRID = GridSettings(
    upper_price=Decimal("0.072"),
    lower_price=Decimal("0.068"),
    grids_quantity=5,
    volume_per_grid=Decimal("0.3"),
)


def _run(work: Callable[[NastyExchange, JumpingLoop], Coroutine[Any, Any, None]]) -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, JumpingLoop)
        exchange = NastyExchange("an account", loop, dict(HELD))
        exchange.trouble = NO_TROUBLE
        await work(exchange, loop)

    with asyncio.Runner(loop_factory=JumpingLoop) as runner:
        runner.run(main())


def _bot(name: str, kind: str, settings: Any = None, symbol: str = MARKET.symbol) -> rows.Bot:
    encoded = b"{}" if settings is None else msgspec.json.encode(settings)
    return rows.Bot(name, kind, ACCOUNT, (symbol,), encoded, START_MS, wanted="running")


class Once(Strategy[Settings]):
    """Buys once, below the market."""

    def on_start(self) -> None:
        """Buy."""
        if not self.desk.deals:
            deal = self.desk.open_deal(self.symbols[0])
            self.desk.place(deal, Side.BUY, _ONE, Decimal("0.06"), "entry")


class Stumbles(Once):
    """Buys and fails over the next price."""

    def follows(self, symbol: str) -> bool:
        """Always."""
        return True

    def on_price(self, symbol: str, price: Decimal) -> None:
        """Fail."""
        raise ZeroDivisionError("on purpose")


class Broken(Strategy[Settings]):
    """Cannot even begin."""

    def __init__(self, *args: Any) -> None:
        raise ZeroDivisionError("on purpose")


class Barred(Strategy[Settings]):
    """Wants bars."""

    @classmethod
    def intervals(cls, settings: Settings) -> tuple[int, ...]:
        """Of a minute."""
        return (60_000,)


KINDS = {**OURS, "barred": Barred, "once": Once, "stumbles": Stumbles, "broken": Broken}


def test_nobody_asks_about_the_orders_of_a_bot_that_failed(store: Store) -> None:
    async def work(exchange: NastyExchange, loop: JumpingLoop) -> None:
        store.add_bot(_bot("a", "stumbles"))
        life = Life(store, exchange, loop, kinds=KINDS)
        exchange.answer = {"place": NoAnswer("lost"), "look": NoAnswer("lost")}
        await life.last(3)
        exchange.move(exchange.price)
        await life.last(30)
        assert store.bot("a").state == "failed"
        exchange.answer = {}
        before = exchange.counted["look"]
        await life.last(600)
        assert exchange.counted["look"] == before
        await life.stop()

    _run(work)


def test_a_bot_that_cannot_begin_takes_no_other_with_it(store: Store) -> None:
    async def work(exchange: NastyExchange, loop: JumpingLoop) -> None:
        store.add_bot(_bot("a", "broken"))
        store.add_bot(_bot("b", "once"))
        life = Life(store, exchange, loop, kinds=KINDS)
        await life.last(10)
        assert [bot.state for bot in store.bots()] == ["failed", "running"]
        assert "ZeroDivisionError" in store.bot("a").state_says
        assert len(exchange.orders) == 1
        await life.stop()

    _run(work)


def test_a_bot_that_stopped_by_itself_is_not_begun_anew_by_a_restart(store: Store) -> None:
    async def work(exchange: NastyExchange, loop: JumpingLoop) -> None:
        settings = DcaSettings(
            base_order_volume=Decimal("0.2"),
            take_profit=Decimal(2),
            stop_loss_percentage=Decimal(1),
            stop_loss_type="stop_loss_and_disable_bot",
        )
        store.add_bot(_bot("a", "dca", settings))
        life = Life(store, exchange, loop)
        await life.last(10)
        exchange.move(Decimal("0.06"))
        await life.last(10)
        assert store.bot("a").state == "stopped"
        await life.stop()
        life, known = Life(store, exchange, loop), len(exchange.orders)
        await life.last(10)
        assert len(exchange.orders) == known
        await life.stop()

    _run(work)


def test_an_account_is_kept_while_the_exchange_does_not_answer(store: Store) -> None:
    async def work(exchange: NastyExchange, loop: JumpingLoop) -> None:
        store.add_bot(_bot("a", "once"))
        exchange.answer = {"markets": NoAnswer("down")}
        life = Life(store, exchange, loop, kinds=KINDS)
        await life.last(100)
        lease = store.lease(ACCOUNT)
        assert lease
        assert lease.until_ms > loop.now_ms()
        exchange.answer = {}
        await life.last(10)
        assert len(exchange.orders) == 1
        await life.stop()

    _run(work)


def test_a_new_market_is_followed_once_the_streams_of_the_others_have_ended(store: Store) -> None:
    async def work(exchange: NastyExchange, loop: JumpingLoop) -> None:
        store.add_bot(_bot("a", "once"))
        life = Life(store, exchange, loop, kinds=KINDS)
        await life.last(10)
        store.add_bot(_bot("b", "once", symbol=OTHER.symbol))
        store.ask("b", "start", loop.now_ms())
        await life.last(10)
        assert store.bot("b").state == "running"
        for resting in [one for pit in exchange.books.pits.values() for one in pit]:
            exchange.books.cancel(ACCOUNT, MARKET.symbol, resting)
        await life.last(1)
        assert "cancelled" in {order.state for order in store.orders("a")}, "it is deaf"
        await life.stop()

    _run(work)


def test_all_wait_while_the_exchange_wants_to_be_left_alone(store: Store) -> None:
    async def work(exchange: NastyExchange, loop: JumpingLoop) -> None:
        for number in range(20):
            store.add_bot(_bot(f"b{number}", "once"))
        exchange.trouble = NO_TROUBLE
        life = Life(store, exchange, loop, kinds=KINDS)
        await life.last(5)
        assert len(exchange.orders) == 20
        exchange.answer = dict.fromkeys(("look", "cancel", "place", "fills"), Busy("banned", 600))
        before = exchange.counted.total()
        life.account.gap()
        await life.last(590)
        assert exchange.counted.total() - before < 5
        exchange.answer = {}
        await life.last(60)
        assert exchange.counted.total() - before > 20
        await life.stop()

    _run(work)


def test_fills_that_nobody_told_are_asked_for_once_at_a_time(store: Store) -> None:
    async def work(exchange: NastyExchange, loop: JumpingLoop) -> None:
        store.add_bot(_bot("a", "once"))
        life = Life(store, exchange, loop, kinds=KINDS)
        await life.last(5)
        exchange.answer = {"fills": NoAnswer("lost")}
        told: list[Any] = []
        stream, life.line.stream = life.line.stream, told.append  # type: ignore
        [(_, pit)] = exchange.books.pits.items()
        [resting] = pit.values()
        for _ in range(10):
            exchange.books.fill(ACCOUNT, MARKET.symbol, resting, _ONE / 10)
        for event in reversed(told):
            stream(event)
        await life.last(3)
        assert exchange.counted["fills"] <= 5
        exchange.answer = {}
        await life.last(60)
        assert [order.state for order in store.orders("a")] == ["filled"]
        assert len(list(store.fills(account=ACCOUNT))) == 10
        await life.stop()

    _run(work)


def test_a_bot_has_its_bars_history_though_the_next_bar_came_first(store: Store) -> None:
    def candle(minute: int) -> Candle:
        return Candle(START_MS + minute * 60_000, *[_ONE] * 6)

    async def work(exchange: NastyExchange, loop: JumpingLoop) -> None:
        exchange.candles = [candle(-3), candle(-2), candle(-1)]
        exchange.answer = {"candles": NoAnswer("lost")}
        store.add_bot(_bot("a", "barred"))
        life = Life(store, exchange, loop, kinds=KINDS)
        await life.last(5)
        life.account.hear(Bar(MARKET.symbol, 60_000, candle(0)))
        exchange.answer = {}
        await life.last(5)
        bars = life.account._bots["a"].desk.bars[MARKET.symbol, 60_000]
        assert [one.open_ms - START_MS for one in bars] == [-180_000, -120_000, -60_000, 0]
        await life.stop()

    _run(work)


def test_bars_that_are_not_answered_are_asked_for_now_and_then(store: Store) -> None:
    async def work(exchange: NastyExchange, loop: JumpingLoop) -> None:
        store.add_bot(_bot("a", "barred"))
        life = Life(store, exchange, loop, kinds=KINDS)
        await life.last(5)
        exchange.answer = {"candles": NoAnswer("lost")}
        before = exchange.counted["candles"]
        await life.last(600)
        assert 60 < exchange.counted["candles"] - before <= 120
        await life.stop()

    _run(work)


def test_a_grid_whose_deal_was_closed_is_not_begun_anew_by_a_restart(store: Store) -> None:
    async def work(exchange: NastyExchange, loop: JumpingLoop) -> None:
        store.add_bot(_bot("a", "grid", GRID))
        life = Life(store, exchange, loop)
        await life.last(10)
        store.ask("a", "panic-sell", loop.now_ms(), 1)
        await life.last(10)
        assert (store.bot("a").state, store.open_deals("a")) == ("stopped", [])
        await life.stop()
        life, known = Life(store, exchange, loop), len(exchange.orders)
        await life.last(10)
        assert len(exchange.orders) == known
        await life.stop()

    _run(work)


class Exits(Once):
    """Ends the process over the next price, if it is let."""

    def follows(self, symbol: str) -> bool:
        """Always."""
        return True

    def on_price(self, symbol: str, price: Decimal) -> None:
        """End."""
        raise SystemExit(3)


def test_a_strategy_cannot_end_the_runner(store: Store) -> None:
    async def work(exchange: NastyExchange, loop: JumpingLoop) -> None:
        store.add_bot(_bot("a", "exits"))
        store.add_bot(_bot("b", "once"))
        life = Life(store, exchange, loop, kinds={**KINDS, "exits": Exits})
        await life.last(5)
        exchange.move(exchange.price)
        await life.last(5)
        assert [bot.state for bot in store.bots()] == ["failed", "running"]
        await life.stop()

    _run(work)


class Lossy:
    """A store that loses the first fill."""

    def __init__(self, store: Store) -> None:
        self._store, self._has_lost = store, False

    def save(self, changes: rows.Changes) -> list[rows.Fill]:
        """All but the first with a fill."""
        if changes.fills and not self._has_lost:
            self._has_lost = True
            raise StoreError("the connection was lost")
        return self._store.save(changes)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


def test_after_a_write_that_failed_nothing_is_written_that_builds_on_it(store: Store) -> None:
    async def work(exchange: NastyExchange, loop: JumpingLoop) -> None:
        store.add_bot(_bot("a", "once"))
        lossy: Any = Lossy(store)
        life = Life(lossy, exchange, loop, kinds=KINDS)
        await life.last(5)
        (order,) = store.open_orders("a")
        price, half, fee = Decimal("0.06"), Decimal("0.5"), Decimal("0.0005")
        for number in ("1", "2"):
            fill = Fill(number, loop.now_ms(), price, half, fee, "ETH", price * half)
            life.account.hear(Traded(order.client_id, fill))
        assert store.open_orders("a") == [order]
        with pytest.raises(StoreError):
            await life.last(1)

    _run(work)


def test_an_edited_bot_hears_the_bars_that_it_wants_now(store: Store) -> None:
    async def work(exchange: NastyExchange, loop: JumpingLoop) -> None:
        def settings(*conditions: Condition) -> DcaSettings:
            volume, profit = Decimal("0.2"), Decimal(2)
            return DcaSettings(volume, take_profit=profit, start_conditions=conditions)

        store.add_bot(_bot("a", "dca", settings(Manual())))
        life = Life(store, exchange, loop)
        await life.last(5)
        new = settings(Rsi(points=Decimal(99), time="1m"))
        store.ask("a", "edit", loop.now_ms(), arguments=msgspec.json.encode(new))
        await life.last(30)
        assert exchange.counted["candles"]
        await life.stop()

    _run(work)


def test_a_grid_that_is_started_again_while_it_ends_begins_anew(store: Store) -> None:
    async def work(exchange: NastyExchange, loop: JumpingLoop) -> None:
        store.add_bot(_bot("a", "grid", GRID))
        life = Life(store, exchange, loop)
        await life.last(10)
        exchange.answer = {"cancel": NoAnswer("lost")}
        store.ask("a", "stop", loop.now_ms())
        await life.last(3)
        store.ask("a", "start", loop.now_ms())
        await life.last(3)
        exchange.answer = {}
        await life.last(60)
        assert [deal.number for deal in store.open_deals("a")] == [2]
        assert store.bot("a").state == "running"
        await life.stop()

    _run(work)
