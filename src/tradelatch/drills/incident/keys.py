"""API keys as the exchanges' own tables list them, and the list of those that leaked.

Key ids are made up, and there are no secrets. A leaked key is told by the SHA-256 of
``exchange:key id``, so that nobody learns a key id from the list.
"""

import hashlib
import random
import string
from collections.abc import Mapping, Sequence
from datetime import date, timedelta

import msgspec

from tradelatch.drills.incident import published
from tradelatch.drills.incident.accounts import Account
from tradelatch.drills.incident.chance import chance
from tradelatch.drills.incident.prices import FIRST, HOURS, Prices
from tradelatch.model.money import ZERO

AS_OF = date(2023, 1, 10)
THIRD_PARTY = "3Commas"

_OTHERS = {"binance": 1_400, "kucoin": 850, "coinbasepro": 300, "bittrex": 40}
"""Keys of customers who lost nothing, by exchange."""
_LEAKED, _BOUND = 75, 20
"""Percent of the others' keys: connected to the third party and leaked; with an IP list."""
_ALPHABET = string.ascii_letters + string.digits
_LENGTHS = {"binance": (_ALPHABET, 64), "kucoin": ("0123456789abcdef", 24)}
_HEX = ("0123456789abcdef", 32)
_LAST_PRICE = FIRST + timedelta(hours=HOURS - 1)


class Key(msgspec.Struct, frozen=True):
    """A row of an exchange's table, as of `AS_OF`; `at_risk` is what it could still trade with,
    cents."""

    exchange: str
    name: str
    created: date
    last_used: date
    ip_list: bool
    third_party: str
    rights: str
    at_risk: int

    @property
    def hashed(self) -> str:
        """By which the leaked list tells it."""
        return hashlib.sha256(f"{self.exchange}:{self.name}".encode()).hexdigest()


class Leak(msgspec.Struct, frozen=True):
    """All keys that are told of: those of victims by the victim's name, all in the tables of the
    exchanges, and the leaked list: hash, and whether it was published."""

    of_victims: Mapping[str, Key]
    tables: Mapping[str, Sequence[Key]]
    listed: Sequence[tuple[str, bool]]


def leak(seed: int, accounts: Sequence[Account], prices: Prices) -> Leak:
    """The same for the same seed."""
    dice = chance(seed, "keys")
    mine = {account.victim.name: _of_victim(account, prices, dice) for account in accounts}
    others = [_other(exchange, dice) for exchange, many in _OTHERS.items() for _ in range(many)]
    keys = sorted([*mine.values(), *others], key=lambda key: key.name)
    tables = {exchange: [k for k in keys if k.exchange == exchange] for exchange in _OTHERS}
    leaked = [key.hashed for key in [*mine.values(), *others] if key.third_party]
    # The others of the list lie at exchanges whose tables nobody handed in.
    elsewhere = published.KEYS_LEAKED - len(leaked)
    leaked = sorted([*leaked, *(dice.randbytes(32).hex() for _ in range(elsewhere))])
    shown = set(dice.sample(range(len(leaked)), published.KEYS_PUBLISHED))
    return Leak(mine, tables, [(one, number in shown) for number, one in enumerate(leaked)])


def _of_victim(account: Account, prices: Prices, dice: random.Random) -> Key:
    victim = account.victim
    held = account.left().items()
    worth = sum((prices.worth(asset, _LAST_PRICE) * amount for asset, amount in held), ZERO)
    return Key(
        victim.exchange,
        _name(victim.exchange, dice),
        victim.key_created,
        account.trades[-1].at.date(),
        False,
        THIRD_PARTY,
        "read;trade",
        int(worth * 100),
    )


def _other(exchange: str, dice: random.Random) -> Key:
    connected = dice.randrange(100) < _LEAKED
    created = date(2019, 1, 2) + timedelta(days=dice.randrange(1_430))
    used = created + timedelta(days=dice.randint(0, (AS_OF - created).days))
    rights = dice.choice(("read;trade", "read;trade", "read;trade", "read"))
    return Key(
        exchange,
        _name(exchange, dice),
        created,
        used,
        not connected and dice.randrange(100) < _BOUND,
        THIRD_PARTY if connected else "",
        rights,
        dice.randint(0, 60_000_00) if dice.randrange(4) else 0,
    )


def _name(exchange: str, dice: random.Random) -> str:
    alphabet, length = _LENGTHS.get(exchange, _HEX)
    return "".join(dice.choices(alphabet, k=length))
