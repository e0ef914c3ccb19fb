"""A venue, a house and the runner as real processes, with bots that trade all the time."""

import asyncio
import json
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import aiohttp
import msgspec

from tests.crash.bot import signed
from tests.crash.site import WINDOW_MS, Site
from tradelatch.bots.dca.settings import DcaSettings
from tradelatch.bots.grid.settings import GridSettings
from tradelatch.drills.processes import Child
from tradelatch.drills.world import VICTIM
from tradelatch.store import rows
from tradelatch.store.store import Store, open_store

BUDGET = "5"
SYMBOL = "ETH/BTC"
_PRICE = Decimal("0.07")
"""Where the deep market opens; `--flat` keeps its quotes near there."""
_MOVER = {"BTC": "5000", "ETH": "70000"}
_PUSH = 0.006
"""How far, as a share, the market is pushed from where it stands by itself."""


class BotSite(Site):
    """The site of the crash tests, with a runner beside, and somebody who moves the market."""

    def __init__(self, folder: Path, bots: int, database: str = "") -> None:
        """`database` is the URL of an empty one; the runner's own file without."""
        super().__init__(folder, BUDGET)
        config = self.house.config.read_text()
        if database:
            config += f'[store]\nurl = "{database}"\n'
        self._database = database or f"sqlite:///{self.house.home / 'bots' / 'bots.sqlite'}"
        config += f"[bots]\nrecv_window_ms = {WINDOW_MS}\npoll_ms = 200\n"
        self.house.config.write_text(config)
        command = ("-m", "tradelatch.cli", "runner", "--config", str(self.house.config))
        self.runner = Child("runner", command, folder)
        self.children["runner"] = self.runner
        self._count = bots
        self.store: Store

    async def begin(self) -> None:
        """Write the bots into the store and start the runner."""
        folder = self.house.home / "bots"
        (folder / "grants").mkdir(parents=True)
        grant = {"id": self.grant.key, "secret": self.grant.secret}
        (folder / "grants" / f"{VICTIM}.json").write_text(json.dumps(grant))
        self.store = open_store(self._database)
        for number in range(self._count):
            self.store.add_bot(_bot(number))
        self.mover = await self._open("mover", _MOVER, ["read", "trade"])
        await self.runner.start()

    async def __aexit__(self, *error: object) -> None:
        """Stop everything."""
        await self.runner.stop()
        if hasattr(self, "store"):
            self.store.close()
        await super().__aexit__(*error)

    @asynccontextmanager
    async def moving(self, seed: str) -> AsyncIterator[None]:
        """Push the market up and down meanwhile, through whatever rests on the way."""
        task = asyncio.create_task(self._move(random.Random(seed)))
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def account(self) -> dict[str, Any]:
        """The account by the venue, asked with the real key."""
        found: dict[str, Any] = await self._ask("account", {})
        return found

    async def has_traded(self) -> None:
        """The bots have begun."""
        assert list(self.store.fills(account=VICTIM)), self.runner.said()[-2000:]

    async def until_settled(self) -> None:
        """Wait until nothing is on its way any more: the runner knows of every order how it
        stands, twice in a row."""
        calm = 0
        for _ in range(300):
            await asyncio.sleep(0.2)
            self.runner.check_alive()
            calm = calm + 1 if await self._is_calm() else 0
            if calm == 5:
                return
        raise AssertionError(f"it does not settle: {self.runner.said()[-2000:]}")

    async def _is_calm(self) -> bool:
        """Its orders that are not over are those that stand at the venue, as they stand there."""
        ours = {
            order.client_id: (order.filled, order.is_cancelling, order.state)
            for bot in self.store.bots()
            for order in self.store.open_orders(bot.name)
        }
        theirs = {
            order["clientOrderId"]: (Decimal(order["executedQty"]), False, "open")
            for order in await self.open_orders()
        }
        return ours == theirs

    async def _move(self, dice: random.Random) -> None:
        async with aiohttp.ClientSession() as session:
            while True:
                side = dice.choice(("BUY", "SELL"))
                sign = 1 if side == "BUY" else -1
                price = _PRICE * (1 + Decimal(str(round(sign * _PUSH * dice.random(), 5))))
                form = {
                    "symbol": "ETHBTC",
                    "side": side,
                    "type": "LIMIT",
                    "timeInForce": "IOC",
                    "quantity": str(dice.randrange(1, 60)),
                    "price": str(price.quantize(Decimal("0.00001"))),
                }
                await self._send(session, form)
                await asyncio.sleep(dice.uniform(0.02, 0.15))

    async def _send(self, session: aiohttp.ClientSession, form: dict[str, str]) -> None:
        query = signed(self.mover.secret, form)
        url = f"{self.mover.url}/api/v3/order?{query}"
        try:
            async with session.post(url, headers={"X-MBX-APIKEY": self.mover.key}) as answer:
                await answer.read()
        except aiohttp.ClientError:
            return  # trouble strikes everybody


def _bot(number: int) -> rows.Bot:
    """One of a few that trade much: ladders and grids with steps of little more than the fees."""
    settings: Any
    if number % 3 == 2:
        kind = "grid"
        settings = GridSettings(
            upper_price=_PRICE * Decimal("1.012"),
            lower_price=_PRICE * Decimal("0.988"),
            grids_quantity=9,
            volume_per_grid=Decimal("0.02"),
        )
    else:
        kind = "dca"
        settings = DcaSettings(
            base_order_volume=Decimal("0.02"),
            safety_order_volume=Decimal("0.03"),
            max_safety_orders=5,
            active_safety_orders_count=3,
            safety_order_step_percentage=Decimal("0.08"),
            take_profit=Decimal("0.05"),
            stop_loss_percentage=Decimal("0.6") if number % 2 else Decimal(0),
            trailing_deviation=Decimal("0.05") if number % 4 == 1 else Decimal(0),
        )
    encoded = msgspec.json.encode(settings)
    return rows.Bot(f"b{number}-{kind}", kind, VICTIM, (SYMBOL,), encoded, 0, wanted="running")
