"""The peer: freqtrade in live mode, unmodified, in an environment of its own."""

import asyncio
import contextlib
import json
import os
import signal
import sqlite3
from decimal import Decimal
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

from bench.kills.site import QUOTE, Site
from bench.kills.subject import Known, KnownOrder, Wanted
from tools.clients import WATCHED, environment

HERE = Path(__file__).parent
_START_S = 120.0
_TURNS = "Bot heartbeat"
"""What it logs when its loop has turned."""


class NotConfined(Exception):
    """It tried to reach another host than this machine."""


class Freqtrade:
    """A `Subject`."""

    def __init__(self) -> None:
        self.name = f"freqtrade {_version()}"
        self._process: asyncio.subprocess.Process | None = None

    async def open(self, site: Site, symbols: list[str], stake: Decimal, folder: Path) -> str:
        """Make its folder; it dials the venue itself."""
        self._folder, self._site, self._symbols, self._stake = folder, site, symbols, stake
        self._database, self._log = folder / "trades.sqlite", folder / "freqtrade.log"
        (folder / "user").mkdir(parents=True)
        self.signal(None)
        return site.url

    async def start(self, url: str) -> None:
        """Start it; returns when its loop has turned once."""
        if self._process:
            await self._process.wait()
        (self._folder / "config.json").write_text(json.dumps(self._settings(url)))
        heard = len(self._said())
        program = environment("freqtrade") / "bin" / "freqtrade"
        with self._log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *map(str, (program, "trade", *self._options())),
                stdout=log,
                stderr=log,
                start_new_session=True,
                env={
                    **os.environ,
                    "PYTHONPATH": str(WATCHED),
                    "TRADELATCH_ASTRAY": str(self._folder / "astray"),
                },
            )
        async with asyncio.timeout(_START_S):
            while _TURNS not in self._said()[heard:]:
                await asyncio.sleep(0.1)
                if self._process.returncode is not None:
                    raise RuntimeError(f"freqtrade has ended: {self._said()[-2_000:]}")

    def kill(self) -> None:
        """SIGKILL to its process group."""
        if self._process and self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)

    def signal(self, wanted: Wanted | None) -> None:
        """Its strategy reads a file."""
        signals = {wanted.symbol: [wanted.side, float(wanted.price)]} if wanted else {}
        new = self._folder / "user" / "signals.new"
        new.write_text(json.dumps(signals))
        new.replace(new.with_suffix(".json"))

    def known(self, symbol: str) -> Known:
        """Its tables of orders and trades."""
        if not self._database.exists():
            return Known()
        connection = sqlite3.connect(f"file:{self._database}?mode=ro", uri=True)
        try:
            orders = connection.execute(
                "SELECT order_id, filled FROM orders WHERE ft_pair = ? ORDER BY id", (symbol,)
            ).fetchall()
            trades = connection.execute(
                "SELECT amount FROM trades WHERE pair = ? AND is_open", (symbol,)
            ).fetchall()
        finally:
            connection.close()
        return Known(
            tuple(KnownOrder(str(name), _exact(filled)) for name, filled in orders),
            sum((_exact(amount) for (amount,) in trades), Decimal(0)),
        )

    async def close(self) -> None:
        """End it.

        Raises:
            NotConfined: it tried to reach another host.
        """
        self.kill()
        if self._process:
            await self._process.wait()
            astray = self._folder / "astray"
            if astray.exists():
                raise NotConfined(f"freqtrade looked for {astray.read_text().split()[0]}")

    def _said(self) -> str:
        return self._log.read_text(errors="replace") if self._log.exists() else ""

    def _options(self) -> list[object]:
        folder = self._folder
        return [
            *("--config", HERE / "freqtrade.json", "--config", folder / "config.json"),
            *("--userdir", folder / "user", "--strategy-path", HERE / "strategies"),
            *("--strategy", "Told", "--db-url", f"sqlite:///{self._database}", "--no-color"),
        ]

    def _settings(self, url: str) -> dict[str, Any]:
        """What comes on top of the documented configuration."""
        spot = dict.fromkeys(("public", "private"), f"{url}/api/v3")
        others = {
            "sapi": f"{url}/sapi/v1",
            "fapiPublic": f"{url}/fapi/v1",
            "dapiPublic": f"{url}/dapi/v1",
        }
        return {
            "stake_currency": QUOTE,
            "stake_amount": int(self._stake),
            "max_open_trades": len(self._symbols),
            "exchange": {
                "key": self._site.key.key,
                "secret": self._site.key.secret,
                "pair_whitelist": self._symbols,
                "ccxt_config": {"urls": {"api": {**spot, **others}}},
            },
        }


def _exact(value: float | None) -> Decimal:
    """A number of the database as it was written before it became binary."""
    return Decimal(repr(value or 0.0))


def _version() -> str:
    (folder,) = environment("freqtrade").glob("lib/python3*/site-packages")
    found = distributions(name="freqtrade", path=[str(folder)])
    return next(iter(found)).version
