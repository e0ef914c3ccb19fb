"""What the exchanges do on the side where they do what they could have done."""

import asyncio
from collections.abc import Callable
from decimal import Decimal

from tradelatch.drills.cast import THIRD_PARTY
from tradelatch.drills.controls import COMPLAINT_H, HOUR_MS, UNBOUND_DAYS, involved
from tradelatch.drills.exchange import Exchange, Exchanges
from tradelatch.drills.script import Event

_NOTICED = Decimal("0.9")
"""An owner complains who finds less than this share of his money."""
_HOUR_S = HOUR_MS / 1000


class Desk:
    """Old keys end from the start; at the first complaint, of which whoever hears it tells the
    others, the third party's keys are revoked, the accounts involved are frozen, and the owners are
    told."""

    def __init__(self, exchanges: Exchanges, tell: Callable[[Event], None]) -> None:
        self._exchanges, self._cast, self._tell = exchanges, exchanges.cast, tell

    async def open(self) -> None:
        """Let the rule about old keys be in force."""
        await self._exchanges.everywhere("key-rules", {"unbound_days": UNBOUND_DAYS})
        old = sum(customer.key_days >= UNBOUND_DAYS for customer in self._cast.customers)
        self._say(f"keys older than {UNBOUND_DAYS} days may not trade: {old} of them")

    async def watch(self) -> None:
        """Wait for the first complaint, and act."""
        victim = await self._first_complaint()
        self._say(f"{victim} complains of trades that were not his")
        await self._exchanges.everywhere("revoke", {"third_party": THIRD_PARTY})
        self._say(f"all keys given to the {THIRD_PARTY} are revoked")
        frozen = [name for one in self._exchanges.all for name in await _freeze(one)]
        self._say(f"{len(frozen)} accounts involved are frozen: {', '.join(frozen)}")
        self._say(f"the owners of {len(self._cast.customers)} accounts are told")

    async def _first_complaint(self) -> str:
        """Whoever was robbed first complains some hours later."""
        before = {name: await self._exchanges.value(name) for name in self._cast.names}
        while True:
            for name in self._cast.names:
                if await self._exchanges.value(name) < before[name] * _NOTICED:
                    await asyncio.sleep(COMPLAINT_H * _HOUR_S)
                    return name
            await asyncio.sleep(_HOUR_S / 2)

    def _say(self, says: str) -> None:
        self._tell(Event("exchanges", says))


async def _freeze(exchange: Exchange) -> list[str]:
    """Freeze the accounts involved at one of them."""
    names = await asyncio.to_thread(lambda: involved(exchange.tale().end, exchange.cast))
    for name in names:
        await exchange.admin("freeze", {"account": name})
    return names
