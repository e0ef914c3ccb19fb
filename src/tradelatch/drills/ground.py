"""The ground of runs in one process: a venue and a signer in memory, with accounts on both.

It is made once and holds what takes long to make: thirty days of markets' history, and a signer
that has read it. Whoever plays forks first, so that every run begins on the same ground.
"""

from decimal import Decimal

from tradelatch.drills.attack import Lie, Needs
from tradelatch.drills.entrust import add_key
from tradelatch.drills.guard import Guard, Killed, writes_orders
from tradelatch.drills.ledger import FairPrices
from tradelatch.drills.memory_venue import MemoryVenue
from tradelatch.drills.scenery import (
    CASH,
    COIN,
    CROSS,
    DEEP,
    UNIT,
    WORTH,
    house_text,
    listings,
    policy_text,
)
from tradelatch.exchanges.claims import Sent
from tradelatch.model.clock import MS, SECOND, ManualClock
from tradelatch.model.http import Request, Response
from tradelatch.model.money import round_down
from tradelatch.policy.document import parse_policy

EPOCH_NS = 1_790_000_000 * SECOND
ACCOUNTS = 4
MONEY = Decimal(2_000)
"""What each of the thief's accounts has in cash, and in each coin."""


class Ground:
    """A venue in memory and a signer in front of it, with accounts and grants on both."""

    def __init__(self, seed: int, needs: Needs, policy: str = "") -> None:
        """`policy` is the owner's own, in TOML; without one it is the ground's."""
        self.seed, self._victims = seed, needs.victims
        self.clock = ManualClock(EPOCH_NS)
        markets = listings(seed, needs.thin)
        self._venue = MemoryVenue(self.clock, seed, markets)
        self.house = self._venue.house
        self.guard = Guard(self.carry, self.clock)
        self.lie: Lie | None = None
        self.dies: bool | None = None
        """The signer is to be killed over the next order: before (False) or after (True)."""
        self.markets = {m.market.symbol: m.market for m in markets}
        self.thin = [s for s in self.markets if s not in (DEEP, CROSS)]
        self.policy = policy or policy_text(seed, self.thin)
        self.keys: dict[str, tuple[str, str]] = {}
        self.grants: list[tuple[str, str]] = []
        self.fair = FairPrices(self.house.engine, seed, UNIT)

    @property
    def now_ms(self) -> int:
        """The time of everybody here."""
        return self.clock.now_ns() // MS

    async def prepare(self) -> None:
        """Open all accounts, entrust the victims' keys to the signer, and let it read prices."""
        coins = round_down((WORTH - CASH) / self.fair(COIN, self.now_ms), Decimal("0.01"))
        for number in range(self._victims):
            name = f"victim-{number}"
            await self._open(name, {UNIT: CASH, COIN: coins})
            key, secret = self.keys[name]
            added = await add_key(self.guard.operate, name, key, secret, self.policy)
            assert not added.error, added.error
            grant = await self._must("grant issue", account=name, days="60", sources="")
            self.grants.append((grant["id"], grant["secret"]))
        if self._victims > 1:
            await self._must("house set", policy=house_text(parse_policy(self.policy)))
        for number in range(ACCOUNTS):
            await self._open(f"thief-{number}", self._bag())
        await self.guard.poll()

    def _bag(self) -> dict[str, Decimal]:
        """Money, and coins worth as much of each kind."""
        bag = {UNIT: MONEY}
        for symbol in (DEEP, *self.thin):
            coin = symbol.split("/")[0]
            bag[coin] = round_down(MONEY / self.fair(coin, self.now_ms), Decimal("0.01"))
        return bag

    async def _open(self, name: str, held: dict[str, Decimal]) -> None:
        rights = ("read", "trade", "withdraw", "transfer")
        self.keys[name] = await self._venue.open(name, held, rights)

    async def _must(self, verb: str, **arguments: str) -> dict[str, str]:
        result = await self.guard.operate(verb, **arguments)
        if result.error:
            raise ValueError(result.error)
        value: dict[str, str] = result.value or {}
        return value

    # How requests get about

    async def venue(self, request: Request) -> Response:
        """The venue's answer."""
        return await self._venue.answer(request)

    async def carry(self, request: Request) -> Sent:
        """What the courier does: the signer's request to the venue, and the answer back."""
        dies = self.dies if writes_orders(request) else None
        if dies is not None:
            self.dies = None
            if dies:
                await self.venue(request)
            raise Killed
        response = await self.venue(request)
        if self.lie is not None:
            told = self.lie(request, response)
            return Sent(0, told) if told else Sent(0, error="no answer in time")
        return Sent(0, response)
