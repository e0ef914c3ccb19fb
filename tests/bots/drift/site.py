"""A venue that plays a tape, a house and the runner, as real processes: bots trade a tape live."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import msgspec

from tests.crash.site import WINDOW_MS, Site
from tradelatch.bots.strategy import Settings
from tradelatch.drills.processes import Child, House
from tradelatch.drills.world import VICTIM
from tradelatch.store import rows
from tradelatch.store.store import Store, open_store

POLICY = """\
version = 1
unit = "BTC"
budget = "50"
exit_budget = "50"
allocation = "50"

[markets."{symbol}"]
depth = "thin"
collar = "0.2"
drift_1h = "0.2"
drift_24h = "0.2"
excursion = "0.9"
"""
"""Rules that let all of it through: they are made to stop what happens in a pump."""


class Scene(NamedTuple):
    """A tape of a market, and the time on it (ms) at which the venue goes live."""

    tape: Path
    symbol: str
    moment: int


class TapeSite(Site):
    """The site of the crash tests in the market of a tape, with a runner beside."""

    def __init__(self, folder: Path, scene: Scene) -> None:
        super().__init__(folder, "50")
        self._scene = scene
        config = self.house.config.read_text()
        found = re.search(r'url = "http://127\.0\.0\.1:(\d+)"', config)
        assert found
        when = datetime.fromtimestamp(scene.moment / 1_000, UTC).isoformat()
        venue = ("-m", "tradelatch.venue", "--directory", str(self.directory), "--port", found[1])
        tape = ("--tape", str(scene.tape), "--tape-from", when)
        self._venue = self.children["venue"] = Child("venue", (*venue, *tape), folder)
        config += f"[bots]\nrecv_window_ms = {WINDOW_MS}\npoll_ms = 100\n"
        self.house.config.write_text(config)
        command = ("-m", "tradelatch.cli", "runner", "--config", str(self.house.config))
        self.runner = self.children["runner"] = Child("runner", command, folder)
        self.store: Store

    async def entrust(self, house: House, policy: str) -> dict[str, str]:
        """Give the victim's key to the house under the rules of this site."""
        return await super().entrust(house, POLICY.format(symbol=self._scene.symbol))

    async def begin(self, bots: dict[str, tuple[str, Settings]]) -> None:
        """Write the bots into the store, kind and settings by name, and start the runner."""
        folder = self.house.home / "bots"
        (folder / "grants").mkdir(parents=True)
        grant = {"id": self.grant.key, "secret": self.grant.secret}
        (folder / "grants" / f"{VICTIM}.json").write_text(json.dumps(grant))
        self.store = open_store(f"sqlite:///{folder / 'bots.sqlite'}")
        for name, (kind, settings) in bots.items():
            encoded = msgspec.json.encode(settings)
            symbols = (self._scene.symbol,)
            self.store.add_bot(rows.Bot(name, kind, VICTIM, symbols, encoded, 0, wanted="running"))
        await self.runner.start()

    async def behind_ms(self) -> int:
        """How far the tape's time is behind the venue's."""
        status = await self._admin("GET", "status", {})
        (at,) = status["tapes"].values()
        return int(status["time"]) - int(at)

    async def __aexit__(self, *error: object) -> None:
        """Stop everything."""
        await self.runner.stop()
        if hasattr(self, "store"):
            self.store.close()
        await super().__aexit__(*error)

    async def has_traded(self) -> None:
        """Each bot has begun."""
        for bot in self.store.bots():
            assert list(self.store.fills(bot=bot.name)), self.runner.said()[-2000:]
