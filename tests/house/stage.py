"""A venue and a house of real processes, and a bot's grant, for tests that are not coroutines."""

import asyncio
import json
import threading
from collections.abc import Coroutine
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar
from urllib.parse import urlsplit

import ccxt
import ccxt.async_support

from tradelatch.drills.processes import UNTHROTTLED, House, operate
from tradelatch.drills.world import POLICY, VICTIM, World
from tradelatch.journal import log
from tradelatch.model.wire import Result

ACCOUNT = VICTIM
PATIENCE_S = 60
_T = TypeVar("_T")


class Loop:
    """An event loop in a thread, so that servers and processes live on between tests."""

    def __enter__(self) -> Self:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="stage")
        self._thread.start()
        return self

    def run(self, work: Coroutine[Any, Any, _T]) -> _T:
        """The result of a coroutine, run in the loop."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(PATIENCE_S)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


class Stage(Loop):
    """Venue, signer, courier and gate, all real."""

    settings, courier = UNTHROTTLED, ""
    """More lines of the configuration's sections ``[signer]`` and ``[courier]``."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __enter__(self) -> Self:
        super().__enter__()
        try:
            self.run(self._start())
        except BaseException as error:
            self.__exit__(type(error), error, None)
            raise
        return self

    async def exchange_url(self) -> str:
        """Where the house believes that the exchange is."""
        return self.world.url

    async def close_exchange(self) -> None:
        """Stop what stands before the venue."""

    async def _start(self) -> None:
        self.world = World(self.folder / "world")
        await self.world.start()
        self.house = House(
            self.folder / "house",
            await self.exchange_url(),
            settings=self.settings,
            courier=self.courier,
        )
        self.gate = await self.house.start()
        self.grant = await self.world.entrust(self.house, POLICY)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            self.run(self._stop())
        finally:
            super().__exit__(kind, error, trace)

    async def _stop(self) -> None:
        if hasattr(self, "house"):
            await self.house.stop()
        await self.close_exchange()
        await self.world.stop()

    @property
    def journal(self) -> Path:
        """The folder of the journal."""
        return self.house.home / "journal"

    @property
    def port(self) -> int:
        """Where the gate listens."""
        return urlsplit(self.gate).port or 0

    def operate(self, verb: str, **arguments: str) -> Result:
        """One command at the admin socket."""
        return self.run(operate(self.house.home, verb, **arguments))

    def issue(self, days: str = "1", sources: str = "") -> dict[str, str]:
        """One more grant on the account."""
        issued = self.operate("grant issue", account=ACCOUNT, days=days, sources=sources)
        assert not issued.error
        grant: dict[str, str] = issued.value
        return grant

    def status(self) -> dict[str, Any]:
        """What the signer says of the account."""
        (account,) = self.operate("status").value["accounts"]
        found: dict[str, Any] = account
        return found

    def records(self, kind: str = "") -> list[dict[str, Any]]:
        """The journal's records of one kind."""
        found = [json.loads(line) for line in log.records(self.journal)]
        return [record for record in found if record["record"] == kind] if kind else found

    def check_alive(self) -> None:
        """All processes live, have said nothing about an error, and the journal verifies."""
        for child in (self.house.signer, self.house.courier, self.house.gate):
            child.check_alive()
            assert "Traceback" not in child.said(), child.said()
            assert "never retrieved" not in child.said(), child.said()
        log.verify(self.journal)


def sync_client(url: str, key: str, secret: str) -> Any:
    """ccxt's synchronous binance with nothing changed but its base URLs."""
    return _aimed(ccxt.binance({"apiKey": key, "secret": secret, "enableRateLimit": False}), url)


def async_client(url: str, key: str, secret: str) -> Any:
    """ccxt's asynchronous binance with nothing changed but its base URLs."""
    options = {"apiKey": key, "secret": secret, "enableRateLimit": False}
    return _aimed(ccxt.async_support.binance(options), url)


def _aimed(exchange: Any, base: str) -> Any:
    def moved(urls: Any) -> Any:
        if isinstance(urls, dict):
            return {name: moved(value) for name, value in urls.items()}
        return base + urlsplit(urls).path

    exchange.urls["api"] = moved(exchange.urls["api"])
    return exchange
