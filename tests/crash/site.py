"""Real processes that can be killed and started again where they were: a venue and a house."""

import asyncio
import contextlib
import random
import socket
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Self

import aiohttp

from tests.crash.bot import signed
from tradelatch.drills.processes import (
    SIGNER,
    START_S,
    UNTHROTTLED,
    Child,
    House,
    StartError,
    operate,
)
from tradelatch.drills.script import Credentials
from tradelatch.drills.world import World
from tradelatch.journal import log
from tradelatch.model.wire import Result

PROCESSES = ("signer", "courier", "gate", "venue")
WINDOW_MS = 1_000
POLICY = """\
version = 1
unit = "BTC"
budget = "{budget}"
exit_budget = "{budget}"

[markets."ETH/BTC"]
depth = "deep"
"""
_PAGE = 1_000


class Site(World):
    """A venue and, in front of it, signer, courier and gate, each on a port of its own."""

    def __init__(
        self,
        folder: Path,
        budget: str,
        signer: Sequence[str] = SIGNER,
        courier: Sequence[str] = ("-m", "tradelatch.cli"),
    ) -> None:
        super().__init__(folder)
        self.directory = folder / "venue"
        self._budget = budget
        arguments = ("-m", "tradelatch.venue", "--flat", "--directory", str(self.directory))
        port = _free_port()
        self._venue = Child("venue", (*arguments, "--port", str(port)), folder)
        self.house = House(folder / "house", f"http://127.0.0.1:{port}", signer, UNTHROTTLED)
        config = self.house.config.read_text()
        config = config.replace("port = 0", f"port = {_free_port()}")
        # Short, so that what an outage leaves unknown is settled soon.
        config = config.replace("[signer]\n", f"[signer]\nrecv_window_ms = {WINDOW_MS}\n")
        self.house.config.write_text(config)
        command = (*courier, "courier", "--config", str(self.house.config))
        self.house.courier = Child("courier", command, folder / "house")
        self.children = {
            "signer": self.house.signer,
            "courier": self.house.courier,
            "gate": self.house.gate,
            "venue": self._venue,
        }

    async def trouble(self, rule: dict[str, Any]) -> None:
        """Let something go wrong at the venue from now on."""
        await self._admin("POST", "trouble", rule)

    async def no_trouble(self) -> None:
        """Nothing goes wrong any more."""
        await self._admin("DELETE", "trouble", {})

    @property
    def journal(self) -> Path:
        """The folder of the signer's journal."""
        return self.house.home / "journal"

    async def __aenter__(self) -> Self:
        """Start everything and give the victim's key to the house."""
        try:
            await self.start()
            gate = await self.house.start()
            policy = POLICY.format(budget=self._budget)
            grant = await self.entrust(self.house, policy)
        except BaseException:
            await self.__aexit__()
            raise
        self.grant = Credentials(gate, grant["id"], grant["secret"])
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop everything."""
        await self.house.stop()
        await self.stop()

    async def ended(self, name: str) -> None:
        """Wait until a process has ended by itself."""
        for _ in range(int(START_S / 0.01)):
            try:
                self.children[name].check_alive()
            except StartError:
                return
            await asyncio.sleep(0.01)
        raise AssertionError(f"the {name} did not end")

    async def restart(self, name: str) -> None:
        """What a supervisor does, and nothing more; waits until everything works again."""
        await self.children[name].start()
        await self.until_up()

    async def until_up(self) -> None:
        """Wait until venue and gate answer and the signer knows prices.

        Raises:
            StartError: a process ended, or it took too long.
        """
        await self.house.until_answering()
        await self.until(self._answer)
        await self.house.until_ready()
        for child in self.children.values():
            child.check_alive()

    async def until(self, holds: Callable[[], Any]) -> None:
        """Wait until a condition holds; it may raise AssertionError to say that it does not."""
        for _ in range(int(START_S / 0.1)):
            with contextlib.suppress(AssertionError):
                await holds()
                return
            for child in self.children.values():
                child.check_alive()
            await asyncio.sleep(0.1)
        await holds()

    async def status(self) -> dict[str, Any]:
        """The signer's status of the one account."""
        result: Result = await operate(self.house.home, "status")
        account: dict[str, Any] = result.value["accounts"][0]
        return account

    async def open_orders(self) -> list[dict[str, Any]]:
        """The account's open orders by the venue, asked with the real key."""
        found: list[dict[str, Any]] = await self._ask("openOrders", {})
        return found

    async def all_orders(self) -> list[dict[str, Any]]:
        """All orders that the account ever had, by the venue."""
        return await self._pages("allOrders", "orderId", "orderId")

    async def all_trades(self) -> list[dict[str, Any]]:
        """All trades of the account, by the venue."""
        return await self._pages("myTrades", "fromId", "id")

    def verify_journal(self) -> None:
        """Check the journal against its checkpoints, as anybody could.

        Raises:
            JournalError: it does not verify.
        """
        log.verify(self.journal)

    async def _answer(self) -> None:
        async with aiohttp.ClientSession() as session:
            for url in (self.url, self.house_url):
                try:
                    async with session.get(f"{url}/api/v3/time") as answer:
                        assert answer.status == 200, await answer.text()
                except aiohttp.ClientError as error:
                    raise AssertionError(str(error)) from error

    @property
    def house_url(self) -> str:
        """The gate's address for bots."""
        return self.grant.url

    async def _pages(self, path: str, parameter: str, field: str) -> list[dict[str, Any]]:
        """All rows. A trade between two orders of the account has a row for each, which two pages
        may share between them."""
        rows: dict[tuple[int, int], dict[str, Any]] = {}
        after = 0
        while True:
            form = {"symbol": "ETHBTC", parameter: str(after), "limit": str(_PAGE)}
            page = await self._ask(path, form)
            rows |= {(row[field], row["orderId"]): row for row in page}
            if len(page) < _PAGE:
                return list(rows.values())
            after = page[-1][field]

    async def _ask(self, path: str, form: dict[str, str]) -> Any:
        query = signed(self.victim.secret, form)
        url = f"{self.victim.url}/api/v3/{path}?{query}"
        async with (
            aiohttp.ClientSession() as session,
            session.get(url, headers={"X-MBX-APIKEY": self.victim.key}) as answer,
        ):
            found = await answer.json()
        assert answer.status == 200, found
        return found


def _free_port() -> int:
    """A port outside the range that connections are given, to be had again after a kill."""
    for _ in range(100):
        port = random.randrange(20_000, 32_000)
        with socket.socket() as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with contextlib.suppress(OSError):
                trial.bind(("127.0.0.1", port))
                return port
    raise StartError("no port is free")


def script(name: str) -> str:
    """The path of a program beside this file, for this python."""
    assert sys.executable
    return str(Path(__file__).with_name(name))
