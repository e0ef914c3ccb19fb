"""Our own runner: a strategy of one's own, through signer, courier and gate."""

import asyncio
import json
import os
import shutil
import signal
import sys
from contextlib import suppress
from decimal import Decimal
from functools import partial
from pathlib import Path

import msgspec

from bench.kills.site import Site
from bench.kills.subject import Known, KnownOrder, Wanted
from tradelatch import __version__
from tradelatch.drills.entrust import add_key
from tradelatch.drills.processes import SIGNER, UNTHROTTLED, House, operate
from tradelatch.store import rows
from tradelatch.store.store import open_store

OWN = Path(__file__).parent / "own"
ACCOUNT, BOT = "trader", "told"
_START_S = 60.0
_POLICY = 'version = 1\nunit = "USDT"\nbudget = "100000"\nexit_budget = "100000"\n'


class Tradelatch:
    """A `Subject`."""

    def __init__(self) -> None:
        self.name = f"tradelatch {__version__}"
        self._process: asyncio.subprocess.Process | None = None

    async def open(self, site: Site, symbols: list[str], stake: Decimal, folder: Path) -> str:
        """Start a house in front of the venue, and write the bot into its store."""
        folder.mkdir(parents=True)
        self._house = House(folder / "house", site.url, SIGNER, UNTHROTTLED)
        gate = (await self._house.start()).removesuffix("/binance")
        markets = "".join(f'[markets."{symbol}"]\ndepth = "deep"\n' for symbol in symbols)
        to = partial(operate, self._house.home)
        added = await add_key(to, ACCOUNT, site.key.key, site.key.secret, _POLICY + markets)
        grant = await to("grant issue", account=ACCOUNT, days="1", sources="")
        if added.error or grant.error:
            raise RuntimeError(added.error or grant.error)
        await self._house.until_ready()
        self._bots, self._log = self._house.home / "bots", folder / "runner.log"
        for path in ("grants", "strategies"):
            (self._bots / path).mkdir(parents=True)
        (self._bots / "grants" / f"{ACCOUNT}.json").write_text(json.dumps(grant.value))
        shutil.copy(OWN / "told.py", self._bots / "strategies")
        self.signal(None)
        self._store = open_store(f"sqlite:///{self._bots / 'bots.sqlite'}")
        settings = msgspec.json.encode({"stake": str(stake)})
        bot = rows.Bot(BOT, "told.py:Told", ACCOUNT, tuple(symbols), settings, 0, "running")
        self._store.add_bot(bot)
        return gate

    async def start(self, url: str) -> None:
        """Start the runner; returns when the bot runs."""
        if self._process:
            await self._process.wait()
        config = self._house.home / "runner.toml"
        port = url.rpartition(":")[2]
        config.write_text(f'directory = "{self._house.home}"\n[gate]\nport = {port}\n')
        before = self._said()
        with self._log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "tradelatch.cli", "runner", "--config", str(config)),
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        async with asyncio.timeout(_START_S):
            while "ready" not in self._said()[len(before) :] or self._state() != "running":
                await asyncio.sleep(0.1)
                if self._process.returncode is not None:
                    raise RuntimeError(f"the runner has ended: {self._said()[-2_000:]}")

    def kill(self) -> None:
        """SIGKILL to the runner; signer, courier and gate go on."""
        if self._process and self._process.returncode is None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)

    def signal(self, wanted: Wanted | None) -> None:
        """Its strategy reads a file."""
        signals = {wanted.symbol: [wanted.side, str(wanted.price)]} if wanted else {}
        new = self._bots / "strategies" / "signals.new"
        new.write_text(json.dumps(signals))
        new.replace(new.with_suffix(".json"))

    def known(self, symbol: str) -> Known:
        """Its orders, and what its deals hold."""
        orders = [one for one in self._store.orders(BOT) if one.symbol == symbol]
        deals = self._store.deals(bot=BOT, symbol=symbol, is_open=True)
        return Known(
            tuple(KnownOrder(one.client_id, one.filled) for one in orders),
            sum((one.bought - one.sold - one.base_fees for one in deals), Decimal(0)),
        )

    async def close(self) -> None:
        """End everything."""
        self.kill()
        if self._process:
            await self._process.wait()
        if hasattr(self, "_house"):
            await self._house.stop()

    def _state(self) -> str:
        return self._store.bot(BOT).state

    def _said(self) -> str:
        return self._log.read_text(errors="replace") if self._log.exists() else ""
