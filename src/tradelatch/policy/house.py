"""The house: what the orders of all accounts of one signer may cost together.

A document of its own, in TOML. For each accounting asset it limits any of B, X and E a day, over
all accounts that count in it, and those of single markets, so that one thief with many grants gets
no more in a market than one with one. Windows nest as an account's do. What it does not name it
does not limit; whoever counts in an asset that is not named is unaffected.
"""

import hashlib
from collections.abc import Iterator
from decimal import Decimal
from functools import cached_property

import msgspec

from tradelatch.model.markets import split_symbol
from tradelatch.model.toml import BadToml, at_line, parse_toml
from tradelatch.policy.accounting import Accounts
from tradelatch.policy.document import AMOUNTS, MOST_LISTED, is_amount
from tradelatch.policy.judged import Judged
from tradelatch.policy.windows import NOTHING, WINDOWS, Used, Window


class Amounts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What may be lost a day, in units; None is not limited."""

    budget: Decimal | None = None
    allocation: Decimal | None = None
    exit_budget: Decimal | None = None


class Unit(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The amounts of all accounts that count in one asset, and of its markets."""

    budget: Decimal | None = None
    allocation: Decimal | None = None
    exit_budget: Decimal | None = None
    markets: dict[str, Amounts] = {}


class HousePolicy(msgspec.Struct, frozen=True, forbid_unknown_fields=True, dict=True):
    """The house's amounts by accounting asset."""

    version: int
    units: dict[str, Unit]

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the amounts, in hex: what tells two documents apart."""
        return hashlib.sha256(msgspec.json.encode(self, order="sorted")).hexdigest()


class House:
    """The accounts of one signer, and what their orders may cost together."""

    def __init__(self) -> None:
        self.policy = HousePolicy(1, {})
        self.beside: dict[int, HousePolicy] = {}
        """What is proposed and holds beside it, by the change's number."""
        self._members: dict[str, list[Accounts]] = {}

    def join(self, unit: str, accounts: Accounts) -> None:
        """One more account, which counts in `unit`."""
        self._members.setdefault(unit, []).append(accounts)

    def limits(self, unit: str, symbol: str) -> Iterator[tuple[int, str | None, Amounts | Unit]]:
        """What limits an order on the market: amounts of that market and of all (None), in force
        (0) or proposed in a change."""
        for change, policy in {0: self.policy, **self.beside}.items():
            mine = policy.units.get(unit, Unit())
            yield change, None, mine
            if symbol in mine.markets:
                yield change, symbol, mine.markets[symbol]

    def used(
        self,
        unit: str,
        symbol: str | None,
        now_ns: int,
        mine: Accounts | None = None,
        extra: Judged | None = None,
    ) -> dict[Window, Used]:
        """What all accounts take together, in one market or in all, were `extra` one more open
        order of `mine`."""
        totals = dict.fromkeys(Window, NOTHING)
        for accounts in self._members.get(unit, []):
            more = extra if accounts is mine else None
            if symbol is None:
                used = accounts.used_by_window(now_ns, more)
            else:
                used = accounts.asset_used(split_symbol(symbol)[0], now_ns, more)
            totals = {window: totals[window] + used[window] for window in WINDOWS}
        return totals

    def is_member(self, unit: str, accounts: Accounts) -> bool:
        """The account counts in the unit; one that does not would be counted nowhere."""
        return any(accounts is member for member in self._members.get(unit, []))


def parse_house(text: str, name: str = "house.toml") -> HousePolicy:
    """Read the house's amounts.

    Raises:
        BadToml: one sentence with line and field.
    """
    policy = parse_toml(text, name, HousePolicy)
    for path, problem in _problems(policy):
        raise BadToml(at_line(text, name, path, problem))
    return policy


def _problems(policy: HousePolicy) -> Iterator[tuple[list[str], str]]:
    if policy.version != 1:
        yield ["version"], f"version {policy.version} is not known, use 1"
    for unit, amounts in policy.units.items():
        path = ["units", unit]
        if (count := len(amounts.markets)) > MOST_LISTED:
            yield [*path, "markets"], f"{count} are too many, list at most {MOST_LISTED}"
        yield from _amount_problems(path, amounts, Unit())
        for symbol, within in amounts.markets.items():
            if symbol.partition("/")[2] != unit:
                yield [*path, "markets", symbol], f"is not quoted in {unit}, write BASE/{unit}"
            yield from _amount_problems([*path, "markets", symbol], within, amounts)


def _amount_problems(
    path: list[str], amounts: Amounts | Unit, whole: Amounts | Unit
) -> Iterator[tuple[list[str], str]]:
    for field in AMOUNTS:
        amount, most = getattr(amounts, field), getattr(whole, field)
        if amount is None:
            continue
        if not is_amount(amount):
            yield [*path, field], f"{amount} is not an amount, use zero or more"
        elif most is not None and amount > most:
            says = f"{amount} is more than the {most} of all markets together; lower it"
            yield [*path, field], says
