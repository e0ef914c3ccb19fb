"""Who takes part in the drill: customers with portfolios, bots and keys, and the thieves' accounts.

All of it is drawn from a seed. Of 2022 are the account of 50 BTC, the shares of the exchanges and,
roughly, the years in which the keys were made (78 % in 2022, one in twenty in 2020, fewer in 2019);
the rest is made up.
"""

import random
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

import msgspec

from tradelatch.model.money import MONEY

BTC, DEEP, SECOND = "BTC", "ETH/BTC", "LTC/BTC"
THIN = ("VIN/BTC", "QOR/BTC")
VICTIMS = {"binance": 47, "kucoin": 28, "coinbase": 10}
"""Of 86 victims of 2022, so many were customers of these exchanges; the last one of Bittrex."""
TAPED = "binance"
"""Where a recorded market is traded: the tapes are that exchange's."""
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
    a deep market (`symbol`), in which its bot trades; its key's age in days; how many hours
    its owner takes to act on a warning; and the exchange whose customer he is."""

    name: str
    worth: Decimal
    cash: Decimal
    symbol: str
    bot: str
    key_days: int
    reads_after_h: int
    exchange: str = TAPED


class Pair(msgspec.Struct, frozen=True):
    """Two thieves' accounts that rob one customer after another, in one thin market of the
    exchange whose customers they all are."""

    accounts: tuple[str, str]
    thin: str
    victims: tuple[str, ...]
    exchange: str = TAPED


class Cast(msgspec.Struct, frozen=True):
    """Everybody, the customer of `FIRST` at the head; `thin` are the thieves' markets where there
    is a tape (`TAPED`), and `THIN` elsewhere."""

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

    @property
    def exchanges(self) -> tuple[str, ...]:
        """Those that anybody is a customer of."""
        there = {customer.exchange for customer in self.customers}
        return tuple(name for name in VICTIMS if name in there)

    def at(self, exchange: str) -> "Cast":
        """Those of one exchange."""
        return Cast(
            self.seed,
            tuple(one for one in self.customers if one.exchange == exchange),
            tuple(pair for pair in self.pairs if pair.exchange == exchange),
            self.thin if exchange == TAPED else THIN,
        )


def draw(seed: int, worth: Decimal = WORTH, others: int = OTHERS, tape_market: str = "") -> Cast:
    """The cast of a seed, with the first account of `worth` BTC and so many others.

    A `tape_market` is where the second pair works; without one it is a generated market.
    """
    chance = random.Random(f"cast/{seed}")  # noqa: S311 - not a secret
    first = Customer(FIRST, worth, _cash(worth, CASH_SHARE), DEEP, "dca", _FIRST_KEY_DAYS, 3)
    customers = (first, *(_other(number, chance) for number in range(others)))
    customers = tuple(_placed(customers, random.Random(f"exchanges/{seed}")))  # noqa: S311
    thin = (THIN[0], tape_market or THIN[1])
    return Cast(seed, customers, tuple(_pairs(customers, thin, chance)), thin)


def shares(count: int) -> dict[str, int]:
    """So many customers over the exchanges, in the proportions of `VICTIMS`: each exchange its
    whole part, and what is left by the largest remainders."""
    total = sum(VICTIMS.values())
    found = {name: count * victims // total for name, victims in VICTIMS.items()}
    by_rest = sorted(VICTIMS, key=lambda name: -(count * VICTIMS[name] % total))
    for name in by_rest[: count - sum(found.values())]:
        found[name] += 1
    return found


def _placed(customers: Sequence[Customer], chance: random.Random) -> Iterator[Customer]:
    """The same customers, each at an exchange; the first one at Binance, where the largest loss
    of 2022 was."""
    places = [name for name, count in shares(len(customers)).items() for _ in range(count)]
    first, *rest = places
    chance.shuffle(rest)
    for customer, place in zip(customers, (first, *rest), strict=True):
        yield msgspec.structs.replace(customer, exchange=place)


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
) -> Iterator[Pair]:
    """Two pairs at the first account's exchange, one at each other. That account comes second in
    its pair's list: somebody complains before it is empty."""
    first, *rest = customers
    chance.shuffle(rest)
    at: Mapping[str, list[str]] = {
        name: [one.name for one in rest if one.exchange == name] for name in VICTIMS
    }
    mine = at[first.exchange]
    half = (len(mine) + 1) // 2
    lists = [
        (first.exchange, thin[0], (*mine[:1], first.name, *mine[1:half])),
        (first.exchange, thin[1], tuple(mine[half:])),
        *((name, THIN[0], tuple(there)) for name, there in at.items() if name != first.exchange),
    ]
    robbed = [one for one in lists if one[2]]
    for number, (exchange, market, victims) in enumerate(robbed):
        accounts = (f"t-{2 * number + 1}", f"t-{2 * number + 2}")
        yield Pair(accounts, market, victims, exchange)
