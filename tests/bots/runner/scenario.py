"""A few bots, some lives, and everything that can go wrong; then it has to tie out."""

import asyncio
import contextlib
import random
import shutil
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar

import msgspec
from sqlalchemy import event

from tests.bots.runner import truth
from tests.bots.runner.clock import START_MS, JumpingLoop
from tests.bots.runner.exchange import MARKET, NO_TROUBLE, NastyExchange, Trouble
from tests.bots.runner.lives import ACCOUNT, Life
from tradelatch.bots.dca.settings import DcaSettings
from tradelatch.bots.dca.strategy import Dca
from tradelatch.bots.grid.settings import GridSettings
from tradelatch.bots.kinds import OURS
from tradelatch.bots.orders import Fill, Order
from tradelatch.bots.strategy import Strategy
from tradelatch.store import rows
from tradelatch.store.errors import StoreError
from tradelatch.store.store import Store, open_store

HELD = {"BTC": Decimal(100), "ETH": Decimal(1000)}
_PRICE = Decimal("0.07")


def play(seed: str, folder: Path, empty: Path) -> "Scenario":
    """One scenario from its seed, in a copy of an empty store."""
    file = folder / f"{seed.replace(' ', '-')}.sqlite"
    shutil.copy(empty, file)
    store = quick(open_store(f"sqlite:///{file}"))
    try:
        with asyncio.Runner(loop_factory=JumpingLoop) as runner:
            scenario = Scenario(seed, store)
            runner.run(scenario.run())
        return scenario
    finally:
        store.close()
        file.unlink()


def quick(store: Store) -> Store:
    """Nobody pulls the plug here: commits need not reach the disk."""
    store.close()
    event.listen(store._engine, "connect", lambda one, _: one.execute("PRAGMA synchronous = OFF"))
    return store


class Stumbling(Dca):
    """Makes mistakes: now and then it fails over a fill or an order."""

    dice: ClassVar[random.Random | None] = None

    def on_fill(self, order: Order, fill: Fill) -> None:
        """Count it, or fail."""
        super().on_fill(order, fill)
        self._stumble()

    def on_order(self, order: Order) -> None:
        """Go on, or fail."""
        super().on_order(order)
        self._stumble()

    def _stumble(self) -> None:
        if self.dice and self.dice.random() < 0.15:
            raise ZeroDivisionError("on purpose")


KINDS: dict[str, type[Strategy[Any]]] = {**OURS, "stumbling": Stumbling}


class Scenario:
    """What a seed leads to."""

    def __init__(self, seed: str, store: Store) -> None:
        self.seed, self.store = seed, store
        self.dice = random.Random(seed)
        self.lives = 0
        self.exchange: NastyExchange
        self._others: set[asyncio.Task[Any]] = set()

    async def run(self) -> None:
        """Play it, and check what is left."""
        loop = asyncio.get_running_loop()
        assert isinstance(loop, JumpingLoop)
        dice, self._loop = self.dice, loop
        self.exchange = NastyExchange(self.seed, loop, dict(HELD))
        Stumbling.dice = dice
        for bot in bots(dice):
            self.store.add_bot(bot)
        mover = asyncio.ensure_future(self.exchange.wander())
        owner = asyncio.ensure_future(self._ask_things())
        me = asyncio.current_task()
        assert me is not None
        self._others = {me, mover, owner}
        for _ in range(dice.randrange(1, 6)):
            await self._live()
        for task in (mover, owner):
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        await self._settle()

    async def _live(self) -> None:
        dice, exchange = self.dice, self.exchange
        exchange.trouble = Trouble(dice)
        ends_at = dice.choice((0, dice.randrange(1, 40), dice.randrange(1, 1000)))
        fails_at = dice.choice((0, 0, dice.randrange(1, 100)))
        life = Life(self.store, exchange, self._loop, ends_at, fails_at, kinds=KINDS)
        self.lives += 1
        until = self._loop.time() + dice.uniform(1, 300)
        while not life.is_over and self._loop.time() < until:
            try:
                await life.last(dice.uniform(1, 60))
            except StoreError:
                left = asyncio.all_tasks() - self._others
                assert not left, f"tasks that nobody ended: {left}"
                assert life.line.is_closed
                return
            exchange.trouble = Trouble(dice)
            if dice.random() < 0.1:
                exchange.busy_until = self._loop.time() + dice.uniform(5, 120)
            if dice.random() < 0.2:
                exchange.cancel_by_hand()
        await life.kill(self._others)
        await asyncio.sleep(dice.choice((0, dice.uniform(0, 2), dice.uniform(0, 60))))

    async def _ask_things(self) -> None:
        """What an owner asks at any moment."""
        dice = self.dice
        while True:
            await asyncio.sleep(dice.expovariate(1 / 60))
            bot = dice.choice(self.store.bots(ACCOUNT))
            what = dice.choice(("stop", "start", "start", "close", "panic-sell", "edit"))
            deals = self.store.open_deals(bot.name)
            is_of_deal = what in ("close", "panic-sell")
            number = dice.choice(deals).number if deals and is_of_deal else None
            if what in ("start", "stop"):
                wanted = "running" if what == "start" else "stopped"
                self.store.edit_bot(bot.name, wanted=wanted)
            arguments = bot.settings if what == "edit" else b"{}"
            self.store.ask(bot.name, what, self._loop.now_ms(), number, arguments)

    async def _settle(self) -> None:
        """The last life, without trouble, goes on until all is known."""
        exchange = self.exchange
        exchange.trouble, exchange.busy_until = NO_TROUBLE, 0.0
        Stumbling.dice = None
        for bot in self.store.bots():
            if bot.state == "failed":
                self.store.ask(bot.name, "start", self._loop.now_ms())
        life = Life(self.store, exchange, self._loop, kinds=KINDS)
        await life.last(30)
        calm = 0
        for _ in range(300):
            await life.last(5)
            calm = calm + 1 if truth.is_calm(exchange, self.store) else 0
            if calm == 12:
                break
        else:
            raise AssertionError("it does not settle: " + truth.unsettled(exchange, self.store))
        truth.check(exchange, self.store, HELD)
        truth.check_running(life, self.store)
        await life.stop()
        me = asyncio.current_task()
        left = {task for task in asyncio.all_tasks() if task is not me and not task.done()}
        assert not left, f"tasks that nobody ended: {left}"
        assert self.store.lease(ACCOUNT) is None


def bots(dice: random.Random) -> list[rows.Bot]:
    """Some that trade much."""
    made = []
    for number in range(dice.randrange(1, 4)):
        kind: Callable[[random.Random], Any] = dice.choice((_dca, _dca, _grid))
        name = f"b{number}-{kind.__name__.strip('_')}"
        encoded = msgspec.json.encode(kind(dice))
        stumbles = kind is _dca and dice.random() < 0.3
        word = "stumbling" if stumbles else kind.__name__.strip("_")
        of = (word, ACCOUNT, (MARKET.symbol,), encoded)
        made.append(rows.Bot(name, *of, START_MS, wanted="running"))
    return made


def _dca(dice: random.Random) -> DcaSettings:
    count = dice.randrange(0, 6)
    return DcaSettings(
        base_order_volume=Decimal("0.2"),
        safety_order_volume=Decimal("0.3"),
        max_safety_orders=count,
        active_safety_orders_count=dice.randrange(1, count + 1) if count else 1,
        safety_order_step_percentage=Decimal("0.3"),
        take_profit=Decimal("0.4"),
        trailing_deviation=dice.choice((Decimal(0), Decimal("0.3"))),
        stop_loss_percentage=dice.choice((Decimal(0), Decimal(3))),
        stop_loss_type=dice.choice(("stop_loss", "stop_loss_and_disable_bot")),
        start_order_type=dice.choice(("market", "limit")),
    )


def _grid(dice: random.Random) -> GridSettings:
    lower = dice.choice((Decimal(0), _PRICE * Decimal("0.97")))
    return GridSettings(
        upper_price=_PRICE * Decimal("1.03"),
        lower_price=_PRICE * Decimal("0.975"),
        grids_quantity=dice.randrange(4, 12),
        volume_per_grid=Decimal("0.3"),
        lower_stop_price=lower,
        lower_stop_action="stop_bot_and_sell" if lower else "stop_bot",
    )
