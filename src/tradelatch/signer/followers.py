"""Bots that follow their account: what the exchange tells of it, the ledger hears first, and then
each bot whose grant is still good.

The courier follows every account, once, whether or not a bot does: so the ledger hears of fills at
once, and of those that nobody here signed. When that ends, so do the bots' websockets: their
clients begin anew, as they do when an exchange hangs up.
"""

import asyncio
from typing import Protocol

import msgspec

from tradelatch import exchanges
from tradelatch.exchanges.protocol import ExchangeFile, Reason, Refusal, StreamsFile
from tradelatch.model.clock import MINUTE, MS, Clock
from tradelatch.model.wire import Event
from tradelatch.signer.accounts import Account
from tradelatch.signer.state import State

PATIENCE_S = 10.0
MOST_OF_GRANT = 20
FORGET_NS = 2 * MINUTE


class Gate(Protocol):
    """A gate's connection."""

    @property
    def is_gone(self) -> bool:
        """It has ended."""

    def push(self, message: msgspec.Struct) -> None:
        """Send a message unasked."""


class Follower(msgspec.Struct, frozen=True):
    """One bot's subscription: the `number` that its websocket knows it by."""

    account: str
    grant: str
    gate: Gate
    stream: int
    number: int


class Followers:
    """Who follows which account."""

    def __init__(self, state: State, clock: Clock) -> None:
        self._state, self._clock = state, clock
        self._followers: list[Follower] = []
        self._heard: dict[str, asyncio.Future[bool]] = {}
        """Whether the exchange tells of an account: done while it does."""
        self._ended_ns: dict[tuple[Gate, int], int] = {}
        """Websockets that have lately ended."""

    async def add(self, account: Account, grant: str, gate: Gate, stream: int) -> int:
        """From now on a bot's websocket is told; the subscription's number there.

        Raises:
            Refusal: the exchange cannot be followed now, the websocket follows the account, or the
                grant has too many that do.
        """
        mine = [f for f in self._followers if (f.gate, f.stream) == (gate, stream)]
        if any(follower.account == account.name for follower in mine):
            text = "User Data Stream subscription already active."
            raise Refusal(Reason.BAD_PARAMETER, text, -2035)
        if sum(follower.grant == grant for follower in self._followers) >= MOST_OF_GRANT:
            text = f"a grant follows its account by {MOST_OF_GRANT} websockets at most"
            raise Refusal(Reason.TOO_OFTEN, text)
        number = max((follower.number for follower in mine), default=-1) + 1
        follower = Follower(account.name, grant, gate, stream, number)
        self._followers.append(follower)
        is_heard = await self._is_heard(account.name)
        if follower not in self._followers:
            raise Refusal(Reason.UNAVAILABLE, "this websocket has ended")
        if not is_heard or (gate, stream) in self._ended_ns:
            self._followers.remove(follower)
            raise Refusal(Reason.UNAVAILABLE, "the exchange does not tell of this account now")
        return number

    def leave(self, gate: Gate, stream: int, number: int | None) -> None:
        """A bot's websocket is to be told no more, of one subscription or of any."""
        mine = [f for f in self._followers if (f.gate, f.stream) == (gate, stream)]
        for follower in [f for f in mine if number in (None, f.number)]:
            streams = _streams(self._state.accounts[follower.account])
            last = streams.told_no_more(follower.number, self._clock.now_ns() // MS)
            gate.push(Event(stream, last))
            self._followers.remove(follower)

    def gone(self, gate: Gate, stream: int) -> None:
        """A bot's websocket has ended; what it asked for before may still be on its way."""
        self._ended_ns[gate, stream] = self._clock.now_ns()
        for follower in [f for f in self._followers if (f.gate, f.stream) == (gate, stream)]:
            self._followers.remove(follower)

    def prune(self) -> None:
        """End what is told to whose grant is good no more, or whose gate has gone."""
        now = self._clock.now_ns()
        self._drop([f for f in self._followers if f.gate.is_gone or not self._is_good(f)])
        self._ended_ns = {e: at for e, at in self._ended_ns.items() if at > now - FORGET_NS}

    # What the courier hears

    def hear(self, account: str, is_on: bool) -> None:
        """The exchange tells of an account from now on, or no more."""
        heard = self._hearing(account)
        was_on = heard.done()
        if not was_on:
            heard.set_result(is_on)
        if not is_on:
            del self._heard[account]  # who asks from now on waits for the next word
        if was_on and not is_on:
            self._drop([f for f in self._followers if f.account == account])

    def lose(self) -> None:
        """The courier is gone: nothing is told of any account."""
        for account in list(self._heard):
            self.hear(account, False)

    def tell(self, account: Account, event: bytes) -> None:
        """An event of an account, to all that follow it."""
        self.prune()
        for follower in self._followers:
            if follower.account == account.name:
                told = _streams(account).told_on(event, follower.number, account.aliases)
                follower.gate.push(Event(follower.stream, told))

    async def _is_heard(self, account: str) -> bool:
        """Whether the exchange tells of the account, or does so soon."""
        heard = self._hearing(account)
        await asyncio.wait([heard], timeout=PATIENCE_S)
        return heard.done() and heard.result()

    def _hearing(self, account: str) -> asyncio.Future[bool]:
        if account not in self._heard:
            self._heard[account] = asyncio.get_running_loop().create_future()
        return self._heard[account]

    def _is_good(self, follower: Follower) -> bool:
        grant = self._state.grants[follower.grant]
        return not grant.revoked and grant.expires_ns > self._clock.now_ns()

    def _drop(self, ended: list[Follower]) -> None:
        for follower in ended:
            if follower in self._followers:
                self._followers.remove(follower)
                follower.gate.push(Event(follower.stream, b""))


def _streams(account: Account) -> StreamsFile:
    """Those of an exchange that is followed."""
    exchange: ExchangeFile = exchanges.load(account.exchange)
    if exchange.STREAMS is None:
        raise LookupError(f"{account.exchange} is not followed")
    return exchange.STREAMS
