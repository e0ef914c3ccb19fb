"""The exchange as a pure state machine: commands in, events out, no I/O, time handed in.

A command that is refused has changed nothing and is not logged. Replaying the accepted ones in
order gives the same state, byte for byte (`state.dump`).
"""

from collections.abc import Callable
from typing import Any

from tradelatch.venue.engine.commands import (
    Amend,
    Cancel,
    CancelAll,
    CancelList,
    Command,
    Deposit,
    FreezeAccount,
    Genesis,
    IssueKey,
    ListMarket,
    NoteLapse,
    NoteTime,
    NoteUse,
    OpenAccount,
    Place,
    PlaceList,
    RevokeKeys,
    SetKeyRules,
    StandStill,
    TransferFunds,
    Withdraw,
)
from tradelatch.venue.engine.events import Event
from tradelatch.venue.engine.keys import Keys
from tradelatch.venue.engine.money import Money
from tradelatch.venue.engine.orders import Orders
from tradelatch.venue.engine.refusal import Refused
from tradelatch.venue.engine.register import Register
from tradelatch.venue.engine.trading import Trading

VERSION = 1
"""Of what commands mean; a genesis without one is of the first."""


class Engine(Register):
    """Takes commands; what it knows is the `Register`'s."""

    def __init__(self) -> None:
        super().__init__()
        self._stood_ms = 0
        self._still_since: int | None = None
        orders, keys, money = Orders(self), Keys(self), Money(self)
        self.judge, self.sift = orders.judge, orders.sift
        self._handlers: dict[type, Callable[[Any], list[Event]]] = {
            Genesis: self._begin,
            ListMarket: self._list,
            StandStill: self._stand_still,
            NoteTime: self._note_time,
            OpenAccount: keys.open_account,
            FreezeAccount: keys.freeze,
            IssueKey: keys.issue,
            SetKeyRules: keys.set_rules,
            NoteUse: keys.note_use,
            NoteLapse: keys.note_lapse,
            RevokeKeys: keys.revoke,
            Deposit: money.deposit,
            Withdraw: money.withdraw,
            TransferFunds: money.transfer,
            Place: orders.place,
            Cancel: orders.cancel,
            CancelAll: orders.cancel_all,
            PlaceList: orders.place_list,
            CancelList: orders.cancel_list,
            Amend: orders.amend,
        }

    def apply(self, command: Command) -> list[Event]:
        """Carry out one command; an answer's events begin with the order it was about.

        Raises:
            Refused: the command is not valid now; nothing has changed.
        """
        if command.at < self.now:
            raise Refused(-1000, "time does not go back")
        if (self.genesis is None) is not (type(command) is Genesis):
            raise Refused(-1000, "the first command, and only that, is the genesis")
        events = self._handlers[type(command)](command)
        self.now = command.at
        self.applied += 1
        return events

    def walk_ms(self, at: int) -> int:
        """The time by which fair prices walk: it stands still where they were told to."""
        end = at if self._still_since is None else self._still_since
        return end - self._stood_ms

    @property
    def is_still(self) -> bool:
        """Whether fair prices stand still."""
        return self._still_since is not None

    def _begin(self, command: Genesis) -> list[Event]:
        if command.version != VERSION:
            raise Refused(-1000, f"version {command.version} of the log is not known here")
        self.genesis = command
        return []

    def _list(self, command: ListMarket) -> list[Event]:
        listing = command.listing
        if listing.name in self.markets:
            raise Refused(-1000, f"{listing.name} is already listed")
        self.markets[listing.name] = Trading(listing, command.at, self.walk_ms(command.at))
        return []

    def _note_time(self, command: NoteTime) -> list[Event]:
        return []

    def _stand_still(self, command: StandStill) -> list[Event]:
        if command.still and self._still_since is None:
            self._still_since = command.at
        elif not command.still and self._still_since is not None:
            self._stood_ms += command.at - self._still_since
            self._still_since = None
        return []
