"""Sends the outbox's notices to a URL: each at least once and in order, as a POST of its JSON.

A notice's ``number`` tells repeats apart. What the other end does not take (any answer but 2xx)
is tried again, at first after a second and then ever later. How far it got survives a restart,
in the file ``outbox.delivered``.
"""

import asyncio
from pathlib import Path

import aiohttp

from tradelatch.venue.engine.notices import Notice
from tradelatch.venue.outbox import Outbox, OutboxUnusable, in_words

DELIVERED_FILE = "outbox.delivered"
_TIMEOUT = aiohttp.ClientTimeout(total=10)
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 1.0, 300.0


class Webhook:
    """One URL that is told everything."""

    def __init__(self, directory: Path, url: str) -> None:
        """Find out how far it got.

        Raises:
            OutboxUnusable: the file that says it cannot be read.
        """
        self._path = directory / DELIVERED_FILE
        self._url = url
        try:
            self._delivered = int(self._path.read_text()) if self._path.exists() else 0
        except (OSError, ValueError) as error:
            raise OutboxUnusable(f"{self._path} does not hold a number: {error}") from error

    async def run(self, outbox: Outbox) -> None:
        """Deliver whatever comes into the outbox."""
        async with aiohttp.ClientSession(timeout=_TIMEOUT, trust_env=False) as session:
            while True:
                for notice in await outbox.beyond(self._delivered):
                    await self._deliver(session, notice)

    async def _deliver(self, session: aiohttp.ClientSession, notice: Notice) -> None:
        pause = _FIRST_PAUSE_S
        while not await self._post(session, notice):
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE_S)
        self._delivered = notice.number
        fresh = self._path.with_suffix(".new")
        fresh.write_text(f"{notice.number}\n")
        fresh.replace(self._path)

    async def _post(self, session: aiohttp.ClientSession, notice: Notice) -> bool:
        try:
            async with session.post(
                self._url, json=in_words(notice), allow_redirects=False
            ) as answer:
                return 200 <= answer.status < 300
        except (aiohttp.ClientError, OSError, TimeoutError):
            return False
