"""A storm in which everything else happens too: keys, freezes, money that moves, new markets."""

import random
from collections.abc import Iterator
from itertools import count

import msgspec

from tests.venue.floor import COIN, TRADERS, Floor
from tests.venue.storm import Storm
from tradelatch.venue.engine.api_keys import KeyRules, Right
from tradelatch.venue.engine.commands import (
    Command,
    Deposit,
    FreezeAccount,
    IssueKey,
    ListMarket,
    NoteLapse,
    NoteTime,
    NoteUse,
    OpenAccount,
    RevokeKeys,
    SetKeyRules,
    StandStill,
    TransferFunds,
    Withdraw,
)

HOUR_MS = 3_600_000
_PARTIES = ("bots", "tax")


class Chores(Storm):
    """One command in eight is no order; chores are of every kind that there is."""

    def __init__(self, seed: int, floor: Floor) -> None:
        super().__init__(seed, floor)
        self._dice = random.Random(f"{seed}/chores")
        self._engine, self._numbers = floor.engine, count()

    def commands(self, count: int) -> Iterator[Command]:
        """That many, and the chores between them; many will be refused."""
        chores = (
            self._do_open,
            self._do_list,
            self._do_issue,
            self._do_issue,
            self._do_note,
            self._do_revoke,
            self._do_rules,
            self._do_freeze,
            self._do_freeze,
            self._do_money,
            self._do_money,
            self._do_still,
            self._do_time,
        )
        for command in super().commands(count):
            yield command
            if self._dice.random() < 0.125:
                yield self._dice.choice(chores)(command.at)

    def _name(self) -> str:
        return self._dice.choice(list(self._engine.accounts))

    def _key(self) -> str:
        return self._dice.choice([*self._engine.keys, "none"])

    def _do_open(self, at: int) -> Command:
        name = f"more{next(self._numbers)}"
        fee = self._dice.choice((None, 0, 500))
        return OpenAccount(at, name, self._dice.random() < 0.3, fee, fee, self._name())

    def _do_list(self, at: int) -> Command:
        listing = msgspec.structs.replace(COIN, base=f"NEW{next(self._numbers)}")
        return ListMarket(at, listing)

    def _do_issue(self, at: int) -> Command:
        number = next(self._numbers)
        rights = tuple(self._dice.sample(list(Right), self._dice.randint(1, len(Right))))
        bound = self._dice.random() < 0.5
        return IssueKey(
            at,
            self._name(),
            f"key{number}",
            rights,
            secret=f"secret{number}" if number % 3 else "",
            public="" if number % 3 else f"{number:064x}",
            addresses=("10.0.0.0/8", "192.0.2.1")[: self._dice.randint(1, 2)] if bound else (),
            symbols=tuple(self._dice.sample(list(self._engine.markets), 1)) if bound else (),
            third_party=self._dice.choice(("", *_PARTIES)),
            expires=at + HOUR_MS if self._dice.random() < 0.3 else 0,
        )

    def _do_note(self, at: int) -> Command:
        due = [
            key.id
            for key in self._engine.keys.values()
            if key.lapses(self._engine.key_rules, at) - key.noted
        ]
        return NoteLapse(at, due[0]) if due else NoteUse(at, self._key())

    def _do_revoke(self, at: int) -> Command:
        if self._dice.random() < 0.8:
            return RevokeKeys(at, key=self._key())
        return RevokeKeys(at, third_party=self._dice.choice(_PARTIES))

    def _do_rules(self, at: int) -> Command:
        return SetKeyRules(at, KeyRules(self._dice.choice((0, 1)), self._dice.choice((0, 2))))

    def _do_freeze(self, at: int) -> Command:
        """Of the traders only the last one, and not for long: the others have a market to make."""
        names = [name for name in self._engine.accounts if name not in TRADERS[:-1]]
        account = self._engine.accounts[self._dice.choice(names)]
        return FreezeAccount(at, account.name, not account.frozen)

    def _do_money(self, at: int) -> Command:
        name, other = self._name(), self._name()
        related = [
            one.name
            for one in self._engine.accounts.values()
            if one.owner == self._engine.accounts[name].owner
        ]
        asset = self._dice.choice(("BTC", "COIN", "FINE"))
        amount = self._dice.randint(1, 10**10)
        address = self._dice.choice((self._engine.address_of(other), "bc1qoutside"))
        return self._dice.choice(
            (
                Deposit(at, name, asset, amount),
                Withdraw(at, name, asset, amount, address, "BTC", f"w{next(self._numbers)}"),
                TransferFunds(at, name, self._dice.choice(related), asset, amount),
            )
        )

    def _do_still(self, at: int) -> Command:
        return StandStill(at, self._dice.random() < 0.5)

    def _do_time(self, at: int) -> Command:
        return NoteTime(at)
