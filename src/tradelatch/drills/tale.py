"""What happened at a venue, from its log of commands: carried out again, as it was or otherwise.

A log replayed is exact: the same engine takes the same commands. Where something else is to happen
from some moment on, all before it stays as it was, and what then may not be done any more is left
out; everybody else does what he did.
"""

import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

import msgspec

from tradelatch.model.money import ZERO
from tradelatch.model.orders import Side
from tradelatch.venue.engine.accounts import Account
from tradelatch.venue.engine.api_keys import ApiKey, Right
from tradelatch.venue.engine.commands import Amend, Cancel, Command, Place, Withdraw
from tradelatch.venue.engine.events import Event, OrderChanged, Traded
from tradelatch.venue.engine.listing import Listing
from tradelatch.venue.engine.machine import Engine
from tradelatch.venue.engine.refusal import Refused
from tradelatch.venue.engine.units import from_units
from tradelatch.venue.log import CommandLog


class Entry(NamedTuple):
    """One command, and the id that a placed order got (else 0)."""

    command: Command
    order: int


class Intervention(NamedTuple):
    """What somebody else does at a moment (ms), with the venue as it then is before his eyes."""

    at: int
    act: Callable[[Engine], Iterable[Command]]


class Tale:
    """A log, read once."""

    def __init__(self, log: Path) -> None:
        """Raises:
        LogDamaged: it is not as written.
        """
        self.entries: list[Entry] = []
        engine = Engine()

        def apply(command: Command) -> None:
            self.entries.append(Entry(command, _placed(command, engine.apply(command))))

        with tempfile.TemporaryDirectory(prefix="tradelatch-tale-") as folder:
            copy = Path(folder) / log.name
            shutil.copyfile(log, copy)  # the venue may go on writing to its own
            CommandLog(copy).replay(apply)
        self.end = engine

    def moments(self, times: Sequence[int]) -> Iterator[Engine]:
        """The engine as it was right before each of the rising times (ms): always the same one,
        moved on."""
        engine, waiting = Engine(), iter(self.entries)
        entry = next(waiting, None)
        for time in times:
            while entry is not None and entry.command.at < time:
                engine.apply(entry.command)
                entry = next(waiting, None)
            yield engine

    def otherwise(self, interventions: Iterable[Intervention]) -> Engine:
        """How it would have ended with interventions, which need not be in order."""
        return _Other(sorted(interventions, key=lambda one: one.at)).play(self.entries)


class _Other:
    """One way it could have gone. Orders are numbered anew, since some are not placed."""

    def __init__(self, interventions: list[Intervention]) -> None:
        self._waiting = interventions
        self._engine = Engine()
        self._new_ids: dict[int, int] = {}

    def play(self, entries: Sequence[Entry]) -> Engine:
        for command, order in entries:
            while self._waiting and self._waiting[0].at <= command.at:
                self._intervene(self._waiting.pop(0))
            self._follow(command, order)
        for one in self._waiting:
            self._intervene(one)
        return self._engine

    def _intervene(self, one: Intervention) -> None:
        for command in one.act(self._engine):
            self._apply(command)

    def _follow(self, command: Command, order: int) -> None:
        now = self._translated(command)
        if now is not None:
            placed = _placed(now, self._apply(now))
            if order and placed:
                self._new_ids[order] = placed

    def _translated(self, command: Command) -> Command | None:
        """The command as it would be given now; None if it could not be."""
        match command:
            case Place() if not may_trade(self._engine, command.account, command.at):
                return None
            case Cancel() | Amend():
                new = self._new_ids.get(command.order)
                return None if new is None else msgspec.structs.replace(command, order=new)
            case Withdraw():
                balance = self._engine.accounts[command.account].balance(command.asset)
                left = min(balance.free, command.amount)
                return msgspec.structs.replace(command, amount=left) if left else None
        return command

    def _apply(self, command: Command) -> list[Event]:
        try:
            return self._engine.apply(command)
        except Refused:
            return []


def may_trade(engine: Engine, account: str, now: int) -> bool:
    """Whether some key of an account may trade at `now` (ms); the venue's own need none."""
    if engine.accounts[account].house:
        return True
    rules = engine.key_rules
    return any(Right.TRADE in key.rights_at(rules, now) for key in keys_of(engine, account))


def keys_of(engine: Engine, account: str) -> list[ApiKey]:
    """An account's API keys."""
    return [key for key in engine.keys.values() if key.account == account]


def _placed(command: Command, events: Sequence[Event]) -> int:
    if not isinstance(command, Place) or not events:
        return 0
    first = events[0]
    if isinstance(first, OrderChanged):
        return first.order.id
    return first.taker.id if isinstance(first, Traded) else 0


class Yardstick:
    """What holdings fetch in an asset, by the house's bids of one moment: so that nothing but what
    an account holds makes a difference."""

    def __init__(self, engine: Engine, unit: str) -> None:
        self._unit = unit
        self._bids: dict[str, tuple[Listing, list[tuple[int, int]]]] = {}
        houses = {name for name, account in engine.accounts.items() if account.house}
        for trading in engine.markets.values():
            if trading.listing.quote == unit:
                levels = [
                    (level.ticks, sum(o.remaining for o in level if o.account in houses))
                    for level in trading.book.side(Side.BUY).levels()
                ]
                self._bids[trading.listing.base] = trading.listing, levels

    def __call__(self, account: Account) -> Decimal:
        """An account's holdings, those in open orders included."""
        amounts = ((asset, balance.total) for asset, balance in account.balances.items())
        return sum((self._fetches(asset, amount) for asset, amount in amounts), ZERO)

    def _fetches(self, asset: str, amount: int) -> Decimal:
        if asset == self._unit:
            return from_units(amount)
        listing, levels = self._bids[asset]
        left, money = amount // listing.lot, 0
        for ticks, offered in levels:
            lots = min(left, offered)
            money += listing.value(ticks, lots)
            left -= lots
        return from_units(money)
