"""The exchange of one side of the drill: a venue process, and its operator."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import aiohttp

from tradelatch.drills.cast import BTC, Cast
from tradelatch.drills.founding import Key, found
from tradelatch.drills.processes import Child, StartError
from tradelatch.drills.script import Credentials
from tradelatch.drills.tale import Tale
from tradelatch.venue.serve import LOG_FILE


class Exchange:
    """One venue with everybody's accounts and keys."""

    def __init__(self, folder: Path, cast: Cast, tape: Path | None = None) -> None:
        folder.mkdir(parents=True)
        self._venue_folder, self._cast, self._tape = folder / "venue", cast, tape
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
        self._keys = await found(self._venue_folder, self._cast, self._tape)
        await self._venue.start()
        self.url = await self._venue.address()
        token = (self._venue_folder / "admin.token").read_text().strip()
        self._session = aiohttp.ClientSession(headers={"Authorization": f"Bearer {token}"})

    async def stop(self) -> None:
        """Stop the venue."""
        if self._session:
            await self._session.close()
        await self._venue.stop()

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
        return Credentials(self.url, key.id, key.secret)

    async def value(self, account: str) -> Decimal:
        """What a customer's holdings fetch in BTC right now, without the thieves' orders."""
        question = {"account": account, "asset": BTC, "without": self._cast.thieves}
        return Decimal((await self.admin("valuation", question))["total"])

    async def admin(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """One command of the exchange's operator.

        Raises:
            StartError: it was refused.
        """
        assert self._session, "the exchange is not started"
        async with self._session.post(f"{self.url}/admin/{path}", json=body) as got:
            answer: dict[str, Any] = await got.json()
        if got.status != 200:
            raise StartError(f"the venue refused {path}: {answer.get('error')}")
        return answer
