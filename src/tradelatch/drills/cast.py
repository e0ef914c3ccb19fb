"""Who takes part in the drill: customers with portfolios, bots and keys, and the thieves' accounts.

All of it is drawn from a seed. Of 2022 are the account of 50 BTC and, roughly, the years in which
the keys were made (78 % in 2022, one in twenty in 2020, fewer in 2019); the rest is made up.
"""

import random
from decimal import Decimal

import msgspec

from tradelatch.model.money import MONEY

BTC, DEEP, SECOND = "BTC", "ETH/BTC", "LTC/BTC"
THIN = ("VIN/BTC", "QOR/BTC")
FIRST = "c-01"
"""The account that the drill is about: 50 BTC, unless the reader has another in mind."""
WORTH = Decimal(50)
CASH_SHARE = Decimal("0.6")
THIRD_PARTY = "trading-service"
"""Whom all customers gave their keys."""
OTHERS = 12
BROUGHT = Decimal("0.2")
"""The money each thief's account brings, BTC."""
_FIRST_KEY_DAYS = 60
"""Young enough to live through a rule of 90 days: age alone would not have saved that account."""
_OLDER_KEYS = ((330, 690), (690, 1_050), (1_050, 1_400))
"""Days of age of the few keys of 2021, 2020 and 2019."""
_YOUNG_KEYS = (10, 320)
_CENT = Decimal("0.01")


class Customer(msgspec.Struct, frozen=True):
    """One account: what it is worth, how much of that in cash (both BTC), the rest in the coin of
    a deep market (`symbol`), in which its bot trades; its key's age in days; and how many hours
    its owner takes to act on a warning."""

    name: str
    worth: Decimal
    cash: Decimal
    symbol: str
    bot: str
    key_days: int
    reads_after_h: int


class Pair(msgspec.Struct, frozen=True):
    """Two thieves' accounts that rob one customer after another, in one thin market."""

    accounts: tuple[str, str]
    thin: str
    victims: tuple[str, ...]


class Cast(msgspec.Struct, frozen=True):
    """Everybody, the customer of `FIRST` at the head; `thin` are the thieves' markets."""

    seed: int
    customers: tuple[Customer, ...]
    pairs: tuple[Pair, ...]
    thin: tuple[str, ...]

    @property
    def thieves(self) -> tuple[str, ...]:
        """All their accounts."""
        return tuple(name for pair in self.pairs for name in pair.accounts)

    @property
    def markets(self) -> tuple[str, ...]:
        """All markets of the drill."""
        return tuple(dict.fromkeys((DEEP, SECOND, *THIN, *self.thin)))

    @property
    def names(self) -> tuple[str, ...]:
        """All customers' accounts."""
        return tuple(customer.name for customer in self.customers)


def draw(seed: int, worth: Decimal = WORTH, others: int = OTHERS, tape_market: str = "") -> Cast:
    """The cast of a seed, with the first account of `worth` BTC and so many others.

    A `tape_market` is where the second pair works; without one it is a generated market.
    """
    chance = random.Random(f"cast/{seed}")  # noqa: S311 - not a secret
    first = Customer(FIRST, worth, _cash(worth, CASH_SHARE), DEEP, "dca", _FIRST_KEY_DAYS, 3)
    customers = (first, *(_other(number, chance) for number in range(others)))
    thin = (THIN[0], tape_market or THIN[1])
    return Cast(seed, customers, _pairs(customers, thin, chance), thin)


def _other(number: int, chance: random.Random) -> Customer:
    worth = Decimal(round(min(max(chance.lognormvariate(0.9, 1.0), 0.4), 20), 1)).quantize(_CENT)
    share = Decimal(chance.randrange(40, 80)) / 100
    days = chance.randint(*(_OLDER_KEYS[number] if number < len(_OLDER_KEYS) else _YOUNG_KEYS))
    symbol = chance.choice((DEEP, DEEP, SECOND))
    bot = ("grid", "dca")[number % 2]
    reads = chance.randint(1, 8)
    return Customer(f"c-{number + 2:02d}", worth, _cash(worth, share), symbol, bot, days, reads)


def _cash(worth: Decimal, share: Decimal) -> Decimal:
    return MONEY.multiply(worth, share).quantize(_CENT)


def _pairs(
    customers: tuple[Customer, ...], thin: tuple[str, ...], chance: random.Random
) -> tuple[Pair, ...]:
    """The first account comes second in its pair's list: somebody complains before it is empty."""
    first, *rest = [customer.name for customer in customers]
    chance.shuffle(rest)
    half = (len(rest) + 1) // 2
    lists = ((*rest[:1], first, *rest[1:half]), tuple(rest[half:]))
    accounts = (("t-1", "t-2"), ("t-3", "t-4"))
    return tuple(
        Pair(names, market, tuple(victims))
        for names, market, victims in zip(accounts, thin, lists, strict=True)
        if victims
    )
