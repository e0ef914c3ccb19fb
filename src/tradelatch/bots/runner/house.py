"""All accounts whose bots this process runs: each begins when it has something to do, and begins
again after a failure."""

import asyncio
from collections.abc import Callable

from tradelatch.bots.runner.account import Account
from tradelatch.store.errors import StoreError
from tradelatch.store.store import Store

SHORTEST_S, LONGEST_S = 1.0, 30.0
"""How long it is waited before an account that failed begins again: doubled each time."""
STEADY_S = 300.0
"""An account that ran for so long begins again after the shortest wait."""
_ACTIVE = ("running", "stopping")
_ALONE = "nobody looks after its bots' orders until it is tried again"


class House:
    """Runs accounts until it is cancelled. `make` makes one, or raises `NoGrant`; `report` is told
    in a sentence what failed, and `alarm` what stands still for a reason that it was not told."""

    def __init__(
        self,
        store: Store,
        make: Callable[[str], Account],
        report: Callable[[str], None],
        alarm: Callable[[str], None],
        poll_s: float,
    ) -> None:
        self._store, self._make, self._poll_s = store, make, poll_s
        self._report, self._alarm = report, alarm
        self._running: dict[str, asyncio.Task[None]] = {}

    async def run(self) -> None:
        """Look for accounts now and then."""
        try:
            while True:
                for name in self._wanted() - self._running.keys():
                    self._running[name] = asyncio.ensure_future(self._keep(name))
                await asyncio.sleep(self._poll_s)
        finally:
            for task in self._running.values():
                task.cancel()
            await asyncio.gather(*self._running.values(), return_exceptions=True)

    def _wanted(self) -> set[str]:
        try:
            bots = self._store.bots()
        except StoreError as error:  # each account ends of it by itself, and comes back
            self._report(str(error))
            return set()
        return {bot.account for bot in bots if bot.wanted == "running" or bot.state in _ACTIVE}

    async def _keep(self, name: str) -> None:
        pause_s, alarmed, clock = SHORTEST_S, "", asyncio.get_running_loop().time
        while True:
            began = clock()
            try:
                await self._make(name).run()
            except Exception as error:
                says = f"account {name}: {str(error) or type(error).__name__}"
                self._report(says)
                if clock() - began > STEADY_S:
                    pause_s, alarmed = SHORTEST_S, ""
                if says != alarmed:
                    alarmed = says
                    self._alarm(f"{says}; {_ALONE}, in {pause_s:.0f} s at first")
            await asyncio.sleep(pause_s)
            pause_s = min(2 * pause_s, LONGEST_S)
