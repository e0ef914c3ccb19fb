"""The exchanges of one side of the drill: a venue process for each, and its operator."""

import asyncio
from decimal import Decimal
from pathlib import Path
from typing import Any

import aiohttp

from tradelatch.drills.cast import BTC, TAPED, Cast
from tradelatch.drills.founding import Key, found
from tradelatch.drills.processes import Child, StartError
from tradelatch.drills.script import Credentials
from tradelatch.drills.tale import Tale
from tradelatch.venue.serve import LOG_FILE

_FACES = {"binance": "", "kucoin": "/kucoin", "coinbase": "/coinbase"}
"""Where a venue speaks each exchange's protocol."""


class Exchange:
    """One venue with the accounts and keys of its customers and of the thieves who rob them."""

    def __init__(self, name: str, folder: Path, cast: Cast, tape: Path | None = None) -> None:
        """`cast` are those of this exchange; a `tape` is where it trades in a recorded market."""
        folder.mkdir(parents=True)
        self.name, self.cast = name, cast
        self._venue_folder, self._tape = folder / "venue", tape
        arguments = ("--directory", str(self._venue_folder), "--snapshot-every=0")
        self._venue = Child("venue", ("-m", "tradelatch.venue", *arguments), folder)
        self._session: aiohttp.ClientSession | None = None
        self._keys: dict[str, Key] = {}

    async def start(self) -> None:
        """Write the venue's past, and start it.

        Raises:
            BadTape: the tape cannot be used.
            StartError: the venue did not come up.
        """
        self._keys = await found(self._venue_folder, self.cast, self._tape, self.name)
        await self._venue.start()
        self._root = await self._venue.address()
        token = (self._venue_folder / "admin.token").read_text().strip()
        self._session = aiohttp.ClientSession(headers={"Authorization": f"Bearer {token}"})

    async def stop(self) -> None:
        """Stop the venue."""
        if self._session:
            await self._session.close()
        await self._venue.stop()

    @property
    def url(self) -> str:
        """Where it speaks its protocol."""
        return self._root + _FACES[self.name]

    @property
    def log(self) -> Path:
        """The venue's log of commands."""
        return self._venue_folder / LOG_FILE

    def tale(self) -> Tale:
        """All that happened here so far."""
        return Tale(self.log)

    def credentials(self, account: str) -> Credentials:
        """An account's exchange key."""
        key = self._keys[account]
        return Credentials(self.url, key.id, key.secret, self.name, key.passphrase)

    async def value(self, account: str) -> Decimal:
        """What a customer's holdings fetch in BTC right now, without the thieves' orders."""
        question = {"account": account, "asset": BTC, "without": self.cast.thieves}
        return Decimal((await self.admin("valuation", question))["total"])

    async def admin(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """One command of the exchange's operator.

        Raises:
            StartError: it was refused.
        """
        assert self._session, "the exchange is not started"
        async with self._session.post(f"{self._root}/admin/{path}", json=body) as got:
            answer: dict[str, Any] = await got.json()
        if got.status != 200:
            raise StartError(f"the venue refused {path}: {answer.get('error')}")
        return answer


class Exchanges:
    """All of them, each with its own books and its own customers; started and stopped together."""

    def __init__(self, folder: Path, cast: Cast, tape: Path | None = None) -> None:
        self.cast = cast
        self.all = tuple(
            Exchange(name, folder / name, cast.at(name), tape if name == TAPED else None)
            for name in cast.exchanges
        )
        self._of = {name: one for one in self.all for name in (*one.cast.names, *one.cast.thieves)}

    async def start(self) -> None:
        """Start them all.

        Raises:
            BadTape: the tape cannot be used.
            StartError: one of them did not come up.
        """
        await asyncio.gather(*(one.start() for one in self.all))

    async def stop(self) -> None:
        """Stop them all."""
        await asyncio.gather(*(one.stop() for one in self.all))

    @property
    def logs(self) -> dict[str, str]:
        """Each exchange's log of commands."""
        return {one.name: str(one.log) for one in self.all}

    def credentials(self, account: str) -> Credentials:
        """An account's key of its exchange."""
        return self._of[account].credentials(account)

    async def value(self, account: str) -> Decimal:
        """See `Exchange.value`."""
        return await self._of[account].value(account)

    async def everywhere(self, path: str, body: dict[str, Any]) -> None:
        """One command of every exchange's operator."""
        await asyncio.gather(*(one.admin(path, body) for one in self.all))
