"""Bots that follow their account: what the exchange tells of it, the ledger hears first, and then
each bot whose grant is still good.

Every account is followed, once, whether or not a bot does: so the ledger hears of fills at once,
and of those that nobody here signed. When that ends, so do the bots' websockets: their clients
begin anew, as they do when an exchange hangs up.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import NamedTuple, Protocol

import msgspec

from tradelatch import exchanges
from tradelatch.exchanges.protocol import Credentials, ExchangeFile, Reason, Refusal
from tradelatch.journal.log import JournalError
from tradelatch.model.clock import MINUTE, MS, SECOND
from tradelatch.model.intents import FollowAccount
from tradelatch.model.wire import Event
from tradelatch.signer.asking import Asking
from tradelatch.signer.records import OwnRequest
from tradelatch.signer.reports import Reports
from tradelatch.signer.state import Account, Grant

PATIENCE_S = 10.0
MOST_OF_GRANT = 20
FORGET_NS = 2 * MINUTE
RETRY_NS = 5 * SECOND
"""How soon an account is followed again that could not be."""


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


class Listening(NamedTuple):
    """An account that the exchange tells of: `heard` ends with its first word, or without one;
    `change` brought the key that asked."""

    task: asyncio.Task[None]
    heard: asyncio.Future[None]
    change: int


class Followers:
    """Who follows which account."""

    def __init__(
        self,
        asking: Asking,
        reports: Reports,
        follow: Callable[[str, bytes], AsyncIterator[bytes]],
    ) -> None:
        """`follow` dials a websocket, says something there and gives what is said in return."""
        self._asking, self._reports, self._follow = asking, reports, follow
        self._followers: list[Follower] = []
        self._listening: dict[str, Listening] = {}
        self._ended_ns: dict[tuple[Gate, int], int] = {}
        """Websockets that have lately ended."""
        self._tried_ns: dict[str, int] = {}

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
        is_heard = await self._hears(account)
        if follower not in self._followers:
            raise Refusal(Reason.UNAVAILABLE, "this websocket has ended")
        if not is_heard or (gate, stream) in self._ended_ns:
            self._followers.remove(follower)
            raise Refusal(Reason.UNAVAILABLE, "the exchange does not tell of this account now")
        return number

    async def _hears(self, account: Account) -> bool:
        """Whether the exchange tells of the account, as soon as that is known."""
        self._begin(account)
        if listening := self._listening.get(account.name):
            await asyncio.wait([listening.heard])
        return account.name in self._listening

    def leave(self, gate: Gate, stream: int, number: int | None) -> None:
        """A bot's websocket is to be told no more, of one subscription or of any."""
        mine = [f for f in self._followers if (f.gate, f.stream) == (gate, stream)]
        for follower in [f for f in mine if number in (None, f.number)]:
            account = self._asking.core.state.accounts[follower.account]
            exchange: ExchangeFile = exchanges.load(account.exchange)
            last = exchange.told_no_more(follower.number, self._asking.clock.now_ns() // MS)
            gate.push(Event(stream, last))
            self._followers.remove(follower)

    def gone(self, gate: Gate, stream: int) -> None:
        """A bot's websocket has ended; what it asked for before may still be on its way."""
        self._ended_ns[gate, stream] = self._asking.clock.now_ns()
        for follower in [f for f in self._followers if (f.gate, f.stream) == (gate, stream)]:
            self._followers.remove(follower)

    def follow_all(self) -> None:
        """Follow every account that is not followed, or by another key than it has."""
        core = self._asking.core
        for account in core.state.accounts.values():
            listening = self._listening.get(account.name)
            if listening and listening.change != account.key_change:
                listening.task.cancel()  # it was another key's
            if not core.closed:  # each try is a record
                self._begin(account)

    def prune(self) -> None:
        """End what is told to whose grant is good no more, or whose gate has gone."""
        now = self._asking.clock.now_ns()
        self._drop([f for f in self._followers if f.gate.is_gone or not self._is_good(f)])
        self._ended_ns = {e: at for e, at in self._ended_ns.items() if at > now - FORGET_NS}

    def _begin(self, account: Account) -> None:
        now = self._asking.clock.now_ns()
        is_due = now - self._tried_ns.get(account.name, 0) > RETRY_NS
        if account.name not in self._listening and is_due:
            self._tried_ns[account.name] = now
            heard = asyncio.get_running_loop().create_future()
            task = asyncio.create_task(self._listen(account, heard))
            self._listening[account.name] = Listening(task, heard, account.key_change)

    async def close(self) -> None:
        """End all."""
        tasks = [listening.task for listening in self._listening.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _is_good(self, follower: Follower) -> bool:
        grant: Grant = self._asking.core.state.grants[follower.grant]
        return not grant.revoked and grant.expires_ns > self._asking.clock.now_ns()

    def _drop(self, ended: list[Follower]) -> None:
        for follower in ended:
            if follower in self._followers:
                self._followers.remove(follower)
                follower.gate.push(Event(follower.stream, b""))

    async def _listen(self, account: Account, heard: asyncio.Future[None]) -> None:
        try:
            async with asyncio.timeout(PATIENCE_S) as patience:
                async for message in self._follow(*await self._asked(account)):
                    await self._hear(account, message)
                    patience.reschedule(None)
                    if not heard.done():
                        heard.set_result(None)
        except (JournalError, ValueError, ConnectionError, TimeoutError):
            pass  # the followers are told by the end
        finally:
            del self._listening[account.name]
            if heard.done():
                self._drop([f for f in self._followers if f.account == account.name])
            else:
                heard.set_result(None)  # who waits for it sees that nothing is listened to

    async def _asked(self, account: Account) -> tuple[str, bytes]:
        """Where the exchange is followed, and the signed words that ask for it; recorded first."""
        asking, core = self._asking, self._asking.core
        exchange: ExchangeFile = exchanges.load(account.exchange)
        record = OwnRequest(asking.clock.now_ns(), account.name, FollowAccount())
        await asking.recorder.record(record)
        credentials = Credentials(account.key_id, core.key_of(account))
        stamp = core.quotes[exchange.NAME].exchange_ms(asking.clock.now_ns())
        words = exchange.follow(credentials, stamp, core.window_ms)
        return exchange.stream_url(core.base_url(exchange.NAME), exchange.CALLS), words

    async def _hear(self, account: Account, message: bytes) -> None:
        exchange: ExchangeFile = exchanges.load(account.exchange)
        event = exchange.account_event(message)
        if event is None:
            return
        report = exchange.event_report(event)
        if report:
            await self._reports.told(account, report)
        self.prune()
        for follower in self._followers:
            if follower.account == account.name:
                told = exchange.told_on(event, follower.number, account.aliases)
                follower.gate.push(Event(follower.stream, told))
