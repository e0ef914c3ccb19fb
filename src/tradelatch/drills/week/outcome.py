"""What the week came to: with the gate and without it, and whether the gate was in the way."""

import re
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal

import msgspec

from tradelatch.drills.outcome import Denial
from tradelatch.drills.week.asked import Asked
from tradelatch.drills.week.plan import Trader
from tradelatch.drills.week.side import Result
from tradelatch.model.money import MONEY, ZERO

REFUSED_AT_MOST = Decimal("0.001")
"""The share of orders in deep markets that may be refused has to be under this."""
EXIT_BUDGET = "exit_budget"
"""The rule that refuses a stop-loss when E is used up."""


TALLIED = (
    "orders",
    "asked for",
    "refused",
    "withdrawn",
    "share",
    "at market",
    "cut short",
    "by BTC",
)
"""What `Tally.row` tells, for terminal and page."""


class Tally(msgspec.Struct):
    """Orders counted: asked for, refused, and by which rules; those that rested and were withdrawn
    by the gate, which judges them again; those at the market, how many of these the limit that
    the gate gave them cut short, and what they left unfilled by it (BTC)."""

    asked: int = 0
    refused: int = 0
    withdrawn: int = 0
    at_market: int = 0
    cut: int = 0
    unfilled: Decimal = ZERO
    causes: dict[str, Denial] = {}

    def add(self, asked: Asked) -> None:
        """One order more."""
        self.asked += 1
        self.refused += bool(asked.causes)
        self.withdrawn += asked.is_withdrawn
        for cause in asked.causes:
            self.causes.setdefault(cause, Denial(0, _reason(cause, asked.says))).times += 1
        if asked.price is None and not asked.causes:
            self.at_market += 1
            left = asked.quantity - asked.filled
            self.cut += left > 0
            self.unfilled += MONEY.multiply(left, asked.market_price)

    def row(self, name: str) -> tuple[str, ...]:
        """As text, under `TALLIED`."""
        counts = f"{self.asked:,}", f"{self.refused:,}", f"{self.withdrawn:,}"
        cut = f"{self.cut:,}", f"{self.unfilled:.5f}"
        return (name, *counts, f"{self.share:.3%}", f"{self.at_market:,}", *cut)

    @property
    def share(self) -> Decimal:
        """The share of orders that the gate did not let be: refused or withdrawn."""
        kept = self.refused + self.withdrawn
        return MONEY.divide(Decimal(kept), Decimal(self.asked)) if self.asked else ZERO

    @property
    def by_cause(self) -> list[tuple[str, Denial]]:
        """What refused them, the most frequent first."""
        return sorted(self.causes.items(), key=lambda entry: (-entry[1].times, entry[0]))


class Stop(msgspec.Struct):
    """One position that a stop-loss sold: with how many orders, how many of them were refused, how
    much was sold for how much, and when the first was sent and the last filled (ms). It is left if
    it was not sold out when time was up."""

    account: str
    bot: str
    deal: int
    symbol: str
    first_ms: int
    last_ms: int
    orders: int = 0
    refused: int = 0
    sold: Decimal = ZERO
    money: Decimal = ZERO
    is_left: bool = False
    causes: set[str] = set()

    @property
    def is_beyond_exits(self) -> bool:
        """E was used up."""
        return EXIT_BUDGET in self.causes


class Compared(msgspec.Struct, frozen=True):
    """One account with the gate and without (BTC): what its worth changed by, the difference, and
    its two parts. `by_costs` is what its trades cost less (fees, spreads, prices against the fair
    ones), `by_holdings` what market moves brought more to what it held instead; the rest of what
    can be told are the counts."""

    account: str
    worth: Decimal
    gain: Decimal
    without: Decimal
    by_costs: Decimal
    tally: Tally
    is_same: bool
    """It did exactly the same on both sides: the same orders, filled at the same prices."""

    @property
    def difference(self) -> Decimal:
        """What the gate brought, or cost where negative."""
        return self.gain - self.without

    @property
    def by_holdings(self) -> Decimal:
        """See above."""
        return self.difference - self.by_costs

    @property
    def because(self) -> str:
        """Where a difference comes from, as far as that can be told."""
        if self.is_same:
            return "none: the same orders and fills"
        tally = self.tally
        counts = {
            "refused": tally.refused,
            "withdrawn": tally.withdrawn,
            "cut short": tally.cut,
        }
        told = [f"{count} {what}" for what, count in counts.items() if count]
        return ", ".join(told) or "other fills"


class Outcome(msgspec.Struct, frozen=True):
    """Both sides, which lasted so many `hours`. `thin` are the thin markets."""

    hours: int
    guarded: Result
    bare: Result
    traders: tuple[Trader, ...]
    thin: frozenset[str]

    @property
    def length(self) -> str:
        """How long it lasted, in words."""
        days = self.hours / 24
        return "a day" if days == 1 else f"{days:g} days"

    @property
    def deep_orders(self) -> Tally:
        """What was asked for behind the gate in deep markets."""
        return self._tally(lambda asked: asked.symbol not in self.thin)

    @property
    def thin_orders(self) -> Tally:
        """What was asked for behind the gate in thin markets."""
        return self._tally(lambda asked: asked.symbol in self.thin)

    def stops(self, result: Result) -> list[Stop]:
        """Every stop-loss that was set off on a side, in the order of their times."""
        found: dict[tuple[str, int], Stop] = {}
        for account, orders in result.asked.items():
            for asked in orders:
                if asked.is_exit:
                    key = asked.bot, asked.deal
                    new = Stop(
                        account, asked.bot, asked.deal, asked.symbol, asked.at_ms, asked.at_ms
                    )
                    _count(found.setdefault(key, new), asked)
        for account, bot, deal, symbol in result.left:
            new = Stop(account, bot, deal, symbol, 0, 0)
            found.setdefault((bot, deal), new).is_left = True
        return sorted(found.values(), key=lambda stop: (stop.first_ms, stop.bot))

    def compared(self) -> list[Compared]:
        """Every account, with the gate and without."""
        return [self._compared(trader) for trader in self.traders]

    def problems(self) -> list[str]:
        """Why it is not passed; empty if it is."""
        deep, found = self.deep_orders, []
        if not deep.asked:
            found.append("no order was asked for in deep markets: nothing was shown")
        elif deep.share >= REFUSED_AT_MOST:
            kept = f"{deep.refused} refused and {deep.withdrawn} withdrawn of {deep.asked:,} orders"
            causes = ", ".join(f"{rule} {denial.times}" for rule, denial in deep.by_cause)
            found.append(
                f"{deep.share:.2%} of the orders in deep markets did not get by, and under "
                f"{REFUSED_AT_MOST:.1%} had to: {kept}" + (f" ({causes})" if causes else "")
            )
        found += (
            f"a stop-loss of {stop.account} in {stop.symbol} was left unfilled while E lasted: "
            f"{stop.orders} orders, {stop.refused} refused"
            for stop in self.stops(self.guarded)
            if stop.is_left and not stop.is_beyond_exits
        )
        return found + [
            f"the honest account {account} was frozen: {why}"
            for account, why in self.guarded.frozen.items()
        ]

    def _tally(self, counts: Callable[[Asked], bool], account: str = "") -> Tally:
        tally = Tally()
        for name, orders in self.guarded.asked.items():
            for asked in orders:
                if account in ("", name) and counts(asked):
                    tally.add(asked)
        return tally

    def _compared(self, trader: Trader) -> Compared:
        name, guarded, bare = trader.name, self.guarded, self.bare
        return Compared(
            name,
            trader.worth,
            guarded.gain(name),
            bare.gain(name),
            bare.cost[name] - guarded.cost[name],
            self._tally(lambda asked: True, name),
            _deeds(guarded.asked[name]) == _deeds(bare.asked[name]),
        )


def _count(stop: Stop, asked: Asked) -> None:
    stop.orders += 1
    stop.refused += bool(asked.causes)
    stop.causes.update(asked.causes)
    stop.sold += asked.filled
    stop.money += asked.money
    stop.last_ms = max(stop.last_ms, asked.filled_ms)


def _reason(rule: str, says: str) -> str:
    """A rule's own part of a refusal, which names all rules that said no."""
    part = says.partition(f"{rule}: ")[2] or says
    return re.split("; [a-z_]+: ", part)[0]


def _deeds(orders: Iterable[Asked]) -> list[tuple[object, ...]]:
    """What was done with each order."""
    return [(one.client_id, one.quantity, one.price, one.filled, one.money) for one in orders]


def totals(compared: Iterable[Compared]) -> Mapping[str, Decimal]:
    """Sums over all accounts."""
    rows = list(compared)
    names = ("worth", "gain", "without", "difference", "by_costs", "by_holdings")
    return {name: sum((getattr(row, name) for row in rows), ZERO) for name in names}
