"""What an attacker is written against: what a thief holds, sees and can do.

An attacker is a Python file with ``async def attack(thief)``. It may say what it needs
(``NEEDS``) and which numbers it can be tuned by (``PARAMETERS``). The same file runs in one
process with the cores, where time jumps, and against real processes, where it passes.
docs/attacks/index.md shows how to write one.
"""

import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Protocol, TypeAlias

import msgspec

from tradelatch.drills.client import Client, Transport
from tradelatch.model.http import Request, Response
from tradelatch.model.markets import Market
from tradelatch.model.wire import Result

Lie: TypeAlias = Callable[[Request, Response], Response | None]
"""What a captured courier makes of an exchange's answer; None: it is never delivered."""


class Needs(msgspec.Struct, frozen=True):
    """What an attacker holds beyond the stolen grant. The default is what every thief has.

    `accounts` are his own at the venue, `victims` the accounts whose grants he stole, `thin` how
    many thin markets there are. `steals` says that it gets something out of an unguarded account
    (a drill checks that it does). The others are powers, each of them a capture of its own:
    the operator's session, the courier, and the host on which gate and signer run (to crash
    them, or to put back an old copy of their disk).
    """

    accounts: int = 1
    victims: int = 1
    thin: int = 2
    steals: bool = True
    operator: bool = False
    courier: bool = False
    host: bool = False

    @property
    def powers(self) -> tuple[str, ...]:
        """The captures, by name."""
        return tuple(name for name in ("operator", "courier", "host") if getattr(self, name))


class Ticker(msgspec.Struct, frozen=True):
    """The best prices of a book; zero where a side is empty."""

    bid: float
    ask: float

    @property
    def middle(self) -> float:
        """Halfway between them."""
        return (self.bid + self.ask) / 2


class Host(Protocol):
    """The machine on which gate and signer run, in the thief's hands for a moment."""

    def crash_on_next_order(self, after: bool) -> None:
        """Kill the signer while its next order is on its way: before it leaves or, with
        `after`, when the exchange has taken it. It starts again by itself."""

    async def crash(self) -> None:
        """Kill gate and signer now; they start again."""

    def copy_disk(self) -> object:
        """A copy of all that the signer keeps, the second place of its checkpoints apart."""

    async def restore_disk(self, copy: object) -> str:
        """Put a copy back and start the signer on it; what it says if it refuses, else empty."""


class Courier(Protocol):
    """The process that dials the exchange, captured."""

    lie: Lie | None
    """What it does to answers from now on; None: it is honest."""


class Thief:
    """A thief at work. All money is in floats: he guesses, and rounding is the client's."""

    def __init__(
        self,
        victims: Sequence[Client],
        own: Sequence[Client],
        markets: Mapping[str, Market],
        deep: str,
        thin: Sequence[str],
        cross: str,
        chance: random.Random,
        parameters: Mapping[str, float],
        public: Transport,
        now_ms: Callable[[], int],
        sleep: Callable[[float], Awaitable[None]],
        operate: Callable[..., Awaitable[Result]] | None = None,
        courier: Courier | None = None,
        host: Host | None = None,
    ) -> None:
        self.victims, self.own = victims, own
        """The stolen grants, and his own accounts, ready to place orders with."""
        self.markets = markets
        self.deep, self.thin = deep, thin
        """The deep market, and thin ones, in unified names such as ``ETH/BTC``."""
        self.cross = cross
        """A market of the deep coin against a thin one, in which nobody trades."""
        self.chance = chance
        """The only source of chance there should be, so that a seed tells the whole run."""
        self.parameters = parameters
        self._public, self._now_ms, self._sleep = public, now_ms, sleep
        self._operate, self._courier, self._host = operate, courier, host

    @property
    def victim(self) -> Client:
        """The first stolen grant."""
        return self.victims[0]

    @property
    def me(self) -> Client:
        """The first of his own accounts."""
        return self.own[0]

    @property
    def now_ms(self) -> int:
        """The time, ms since 1970."""
        return self._now_ms()

    async def sleep(self, seconds: float) -> None:
        """Let time pass; in one process it jumps, and everybody else lives through it."""
        await self._sleep(seconds)

    async def read(self, path: str, **parameters: str) -> Any:
        """A public request to the venue; its JSON."""
        query = "&".join(f"{name}={value}" for name, value in parameters.items())
        return msgspec.json.decode((await self._public(Request("GET", "", path, query))).body)

    async def ticker(self, symbol: str) -> Ticker:
        """The best prices."""
        told = await self.read("/api/v3/ticker/bookTicker", symbol=symbol.replace("/", ""))
        return Ticker(float(told["bidPrice"]), float(told["askPrice"]))

    async def book(self, symbol: str) -> dict[str, list[tuple[float, float]]]:
        """``bids`` and ``asks``: price and quantity, the best first."""
        told = await self.read("/api/v3/depth", symbol=symbol.replace("/", ""), limit="100")
        return {
            side: [(float(price), float(quantity)) for price, quantity in told[side]]
            for side in ("bids", "asks")
        }

    async def operate(self, verb: str, **arguments: str) -> Result:
        """A command with the stolen session of an operator."""
        assert self._operate, "ask for it: NEEDS = Needs(operator=True)"
        return await self._operate(verb, **arguments)

    @property
    def courier(self) -> Courier:
        """The captured courier."""
        assert self._courier, "ask for it: NEEDS = Needs(courier=True)"
        return self._courier

    @property
    def host(self) -> Host:
        """The captured host."""
        assert self._host, "ask for it: NEEDS = Needs(host=True)"
        return self._host


class Attack(msgspec.Struct, frozen=True):
    """One attacker, loaded. `parameters` are ranges (low, high) of what it can be tuned by."""

    name: str
    says: str
    needs: Needs
    parameters: Mapping[str, tuple[float, float]]
    attack: Callable[[Thief], Awaitable[None]]

    def plan(self, chance: random.Random) -> dict[str, float]:
        """A plan drawn at random: one number within each range."""
        return {name: chance.uniform(*bounds) for name, bounds in self.parameters.items()}
