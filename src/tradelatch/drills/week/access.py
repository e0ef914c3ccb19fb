"""How a side's bots reach the exchange: with the key itself, or with a grant at the gate."""

from collections.abc import Awaitable, Callable, Mapping
from decimal import Decimal
from typing import Any, Protocol

import msgspec

from tradelatch.drills.client import Client
from tradelatch.drills.entrust import add_key
from tradelatch.drills.guard import EXCHANGE, Guard
from tradelatch.drills.memory_venue import MemoryVenue
from tradelatch.drills.week.plan import Trader
from tradelatch.exchanges.claims import Sent
from tradelatch.model.clock import MS, SECOND, ManualClock
from tradelatch.model.http import Request, Response
from tradelatch.model.markets import Market
from tradelatch.model.money import MONEY, ZERO
from tradelatch.policy.ceilings import ceilings
from tradelatch.policy.document import AMOUNTS
from tradelatch.policy.windows import Window

ROUND_NS, FRESH_NS = 120 * SECOND, SECOND
"""How often the signer asks the exchange, and how old its prices may be when an order comes. (A
real courier asks every second.)"""
_REQUEST_NS = MS
"""What each request takes."""


class Peak(msgspec.Struct):
    """The most that was taken of an amount: of a day's, in BTC, and as a share of what any of the
    windows allows."""

    day: Decimal = ZERO
    share: Decimal = ZERO


class Access(Protocol):
    """One side's way."""

    name: str

    async def open(self, trader: Trader) -> Client:
        """Open an account; what its bots trade with."""

    async def hear(self, account: str, message: Mapping[str, Any]) -> None:
        """The exchange tells of an account."""

    async def pass_time(self) -> None:
        """Time has jumped."""

    @property
    def peaks(self) -> Mapping[str, Mapping[str, Peak]]:
        """By account, the most that was used of each amount."""

    def frozen(self, account: str) -> str:
        """Why an account, or its grant, is frozen; empty if it is not."""


class Keys:
    """The bots hold the exchange keys themselves."""

    name = "without the gate"

    def __init__(self, venue: MemoryVenue, clock: ManualClock, markets: Mapping[str, Market]):
        self._venue, self._clock, self._markets = venue, clock, markets
        self.peaks: Mapping[str, Mapping[str, Peak]] = {}

    async def open(self, trader: Trader) -> Client:
        """See `Access`."""
        key, secret = await self._venue.open(trader.name, trader.held, ("read", "trade"))
        return _client(key, secret, "", self._send, self._clock, self._markets)

    async def hear(self, account: str, message: Mapping[str, Any]) -> None:
        """See `Access`."""

    async def pass_time(self) -> None:
        """See `Access`."""

    def frozen(self, account: str) -> str:
        """See `Access`."""
        return ""

    async def _send(self, request: Request) -> Response:
        self._clock.advance(_REQUEST_NS)
        return await self._venue.answer(request)


class Gate:
    """The bots hold grants; the signer's own core decides, and a courier beside it asks the
    exchange."""

    name = "behind the gate"

    def __init__(self, venue: MemoryVenue, clock: ManualClock, markets: Mapping[str, Market]):
        self._venue, self._clock, self._markets = venue, clock, markets
        self._guard = Guard(self._carry, clock)
        self._asked_ns = 0
        self.peaks: dict[str, dict[str, Peak]] = {}

    async def open(self, trader: Trader) -> Client:
        """See `Access`."""
        key, secret = await self._venue.open(trader.name, trader.held, ("read", "trade"))
        operate = self._guard.operate
        added = await add_key(operate, trader.name, key, secret, trader.policy)
        issued = await operate("grant issue", account=trader.name, days="60", sources="")
        if error := added.error or issued.error:
            raise ValueError(f"{trader.name}: {error}")
        self.peaks[trader.name] = {amount: Peak() for amount in AMOUNTS}
        grant = issued.value or {}
        send = self._for(trader.name)
        return _client(grant["id"], grant["secret"], EXCHANGE, send, self._clock, self._markets)

    async def hear(self, account: str, message: Mapping[str, Any]) -> None:
        """The signer's ledger hears of fills before the bot does."""
        await self._guard.hear(account, msgspec.json.encode(message))
        self._note_used(account)

    async def pass_time(self) -> None:
        """See `Access`."""
        if self._clock.now_ns() - self._asked_ns >= ROUND_NS:
            await self._ask()
            for account in self.peaks:
                self._note_used(account)

    def frozen(self, account: str) -> str:
        """See `Access`."""
        state = self._guard.core.state
        found = [*state.accounts[account].frozen]
        for grant in state.grants.values():
            found += grant.frozen if grant.account == account else []
        return ", ".join(map(str, found))

    def _for(self, account: str) -> Callable[[Request], Awaitable[Response]]:
        async def send(request: Request) -> Response:
            self._clock.advance(_REQUEST_NS)
            if self._clock.now_ns() - self._asked_ns > FRESH_NS:
                await self._ask()
            response = await self._guard.answer(request)
            self._note_used(account)
            return response

        return send

    async def _ask(self) -> None:
        self._asked_ns = self._clock.now_ns()
        await self._guard.poll()

    async def _carry(self, request: Request) -> Sent:
        return Sent(0, await self._venue.answer(request))

    def _note_used(self, name: str) -> None:
        now, account = self._clock.now_ns(), self._guard.core.state.accounts[name]
        worth = account.worth
        limits = ceilings(account.policy, worth, worth.value if worth else None, now)
        for window, used in account.losses.used_by_window(now).items():
            for amount, peak in self.peaks[name].items():
                taken: Decimal = getattr(used, amount)
                if window is Window.DAY:
                    peak.day = max(peak.day, taken)
                limit: Decimal = getattr(limits[window], amount) if limits else ZERO
                if limit:
                    peak.share = max(peak.share, MONEY.divide(taken, limit))


def _client(
    key: str,
    secret: str,
    host: str,
    send: Callable[[Request], Awaitable[Response]],
    clock: ManualClock,
    markets: Mapping[str, Market],
) -> Client:
    return Client(key, secret, host, send, markets, lambda: clock.now_ns() // MS)
