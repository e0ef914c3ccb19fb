"""One account whose orders go out if the rules allow them, and a history to hold them to.

Steps are plain tuples, so that hypothesis can shrink them and a seed can make them.
"""

import random
from decimal import Decimal
from typing import Any, NamedTuple

from tests.policy.history import LENGTHS, NONE, Fill, History
from tradelatch.model.clock import DAY, HOUR
from tradelatch.model.intents import PlaceOrder
from tradelatch.model.markets import Market
from tradelatch.model.money import DUST
from tradelatch.model.orders import OrderType, Side, TimeInForce
from tradelatch.policy import rules
from tradelatch.policy.accounting import Accounts, Used
from tradelatch.policy.activity import Activity
from tradelatch.policy.document import parse_policy
from tradelatch.policy.haircut import Impact
from tradelatch.policy.house import House
from tradelatch.policy.judged import Judged
from tradelatch.policy.references import Figures, Reference
from tradelatch.policy.verdict import Case

POLICY = parse_policy(
    """
version = 1
unit = "BTC"
budget = "5"
allocation = "40"
exit_budget = "3"
[markets]
"ABC/BTC" = { depth = "deep", collar = "0.1" }
"DEF/BTC" = { depth = "deep", collar = "0.1" }
"RAG/BTC" = { depth = "thin", collar = "0.1" }
"TAT/BTC" = { depth = "thin", collar = "0.1" }
"""
)
SYMBOLS = tuple(POLICY.markets)
FIGURES = Figures(Decimal(2_000), Decimal("0.03"), Decimal("0.001"), 30)
IMPACT = Impact(Decimal(1), FIGURES.adv, FIGURES.sigma, FIGURES.half_spread, Decimal(1))
START_NS = 1_700_000_000 * 10**9
PERMILLE = Decimal("0.001")
SLACK = 100 * DUST
"""The second bookkeeping computes haircuts in floats."""

Step = tuple[Any, ...]


class Violation(AssertionError):
    """The bound, or something that it rests on, does not hold."""


def must(holds: bool, what: str) -> None:
    """Where the code under test is broken on purpose, only this may notice."""
    if not holds:
        raise Violation(what)


class Open(NamedTuple):
    id: str
    judged: Judged
    left: int


class World:
    """`steady` keeps references where they are and holds fills to not raising `Used`."""

    def __init__(self, steady: bool) -> None:
        self.steady, self.now_ns = steady, START_NS
        self.accounts = Accounts()
        self.history = History(IMPACT)
        self.prices = dict.fromkeys(SYMBOLS, Decimal(1))
        self.open: list[Open] = []
        self.placed = 0
        self.most = (NONE, NONE, NONE)
        """The most that a day's deep orders, thin money and exits came to."""

    def run(self, steps: list[Step]) -> None:
        """All steps, with the bound checked after each."""
        for step in steps:
            getattr(self, step[0])(*step[1:])
            self.check()

    # Steps

    def place(self, which: int, side: Side, is_exit: bool, quantity: int, offset: int) -> None:
        """Place as much of `quantity` as the rules allow, `offset` permille beyond the
        reference on the losing side."""
        symbol = SYMBOLS[which]
        beyond = 1 + (offset if side is Side.BUY else -offset) * PERMILLE
        price = self.prices[symbol] * beyond
        while quantity:
            judged = self._admitted(symbol, side, is_exit, quantity, price)
            if judged:
                within = abs(price / self.prices[symbol] - 1) <= Decimal("0.1")
                must(offset <= 0 or within, f"{price} is beyond the collar")
                must(not is_exit or side is Side.BUY or self._has(symbol, quantity), "not held")
                self.placed += 1
                self.accounts.reserve(str(self.placed), judged)
                self.open.append(Open(str(self.placed), judged, quantity))
                return
            quantity //= 2

    def fill(self, which: int, quarters: int, better: int, fee: int) -> None:
        """Fill some of an order (of a sell no more than is held), `better` permille better than
        its limit, with `fee` permille of the highest fee."""
        if not self.open:
            return
        order = self.open[which % len(self.open)]
        judged, quantity = order.judged, -(-order.left * quarters // 4)
        if judged.side is Side.SELL:
            quantity = min(quantity, self.history.units().get(judged.asset, 0))
        if not quantity:
            return
        self.open.remove(order)
        better = -better if judged.side is Side.BUY else better
        price = judged.limit * (1 + better * PERMILLE)
        paid = quantity * price * judged.fee_rate * fee * PERMILLE
        before = self.used()
        self.accounts.fill(order.id, Decimal(quantity), price, paid, self.now_ns)
        self.history.events.append(
            Fill(
                self.now_ns,
                judged.asset,
                judged.side,
                judged.depth,
                judged.exit,
                judged.reference,
                judged.limit,
                quantity,
                price,
                paid,
            )
        )
        if order.left > quantity:
            self.open.append(order._replace(left=order.left - quantity))
        else:
            self.accounts.close(order.id)
        self._must_not_rise(before, "a fill")

    def cancel(self, which: int) -> None:
        if self.open:
            before = self.used()
            self.accounts.close(self.open.pop(which % len(self.open)).id)
            self._must_not_rise(before, "a cancel")

    def wait(self, hours: int) -> None:
        before = self.used()
        self.now_ns += hours * HOUR
        self._must_not_rise(before, "time")

    def move(self, which: int, permille: int) -> None:
        if not self.steady:
            self.prices[SYMBOLS[which]] *= permille * PERMILLE

    def deposit(self, which: int, quantity: int) -> None:
        """The owner deposits, and the ledger is reconciled, as it is between orders."""
        asset = SYMBOLS[which].partition("/")[0]
        if any(order.judged.asset == asset for order in self.open):
            return
        self.history.events.append((asset, quantity))
        self.accounts.hold(asset, Decimal(self.history.units()[asset]))

    # What must hold

    def used(self) -> dict[str, Used]:
        return {w.name: u for w, u in self.accounts.used_by_window(self.now_ns).items()}

    def check(self) -> None:
        """The bound: orders cost at most each amount, in every window."""
        for name, (length_ns, days) in LENGTHS.items():
            cost = self.history.cost(length_ns, self.now_ns)
            must(cost.deep <= days * POLICY.budget + SLACK, f"{name}: deep {cost.deep}")
            must(cost.thin <= days * POLICY.allocation + SLACK, f"{name}: thin {cost.thin}")
            must(cost.exits <= days * POLICY.exit_budget + SLACK, f"{name}: exits {cost.exits}")
            if name == "DAY":
                deep, thin, exits = self.most
                self.most = max(deep, cost.deep), max(thin, cost.thin), max(exits, cost.exits)

    def check_idle(self) -> None:
        """Once all orders are cancelled and the longest window is over, nothing is used."""
        while self.open:
            self.cancel(0)
        self.now_ns += 30 * DAY
        for name, used in self.used().items():
            idle = used.budget == used.allocation == used.exit_budget == 0
            must(idle, f"{name}: still in use: {used}")

    def _must_not_rise(self, before: dict[str, Used], what: str) -> None:
        for name, used in self.used().items():
            was = before[name]
            must(used.budget <= was.budget + DUST, f"{what} raised B: {was} -> {used}")
            must(used.allocation <= was.allocation + DUST, f"{what} raised X: {was} -> {used}")
            must(used.exit_budget <= was.exit_budget + DUST, f"{what} raised E: {was} -> {used}")

    def _has(self, symbol: str, quantity: int) -> bool:
        """So much is held that no open sell sells."""
        asset = symbol.partition("/")[0]
        sells = (o for o in self.open if o.judged.asset == asset and o.judged.side is Side.SELL)
        return quantity <= self.history.units().get(asset, 0) - sum(o.left for o in sells)

    def _admitted(
        self, symbol: str, side: Side, is_exit: bool, quantity: int, price: Decimal
    ) -> Judged | None:
        verdict = rules.judge(case(self, symbol, side, is_exit, Decimal(quantity), price))
        return verdict.judged if verdict.allowed else None


def case(
    world: World, symbol: str, side: Side, is_exit: bool, quantity: Decimal, price: Decimal
) -> Case:
    """A limit order as the rules see it."""
    at = world.prices[symbol]
    return Case(
        intent=PlaceOrder(
            symbol,
            side,
            OrderType.LIMIT,
            quantity=quantity,
            price=price,
            time_in_force=TimeInForce.GTC,
            client_order_id="exit-1" if is_exit else "x",
        ),
        policy=POLICY,
        accounts=world.accounts,
        now_ns=world.now_ns,
        closed="",
        market=Market(symbol[:3], "BTC", Decimal("0.0001"), Decimal(1), Decimal(0)),
        reference=Reference(side, at, at, at, 0, _figures(at)),
        value=Decimal(10),
        activity=Activity(),
        source="127.0.0.1",
        worth=None,
        house=House(),
    )


def _figures(price: Decimal) -> Figures:
    """Such that L(h) is the same at any price, as the second bookkeeping assumes."""
    scale = 1 / price
    return Figures(FIGURES.adv * price, FIGURES.sigma * scale, FIGURES.half_spread * scale, 30)


def random_steps(seed: int, length: int = 60) -> list[Step]:
    """A thief without a plan: mostly large orders at bad prices, filled at once or later."""
    dice = random.Random(seed)
    steps: list[Step] = []
    for _ in range(length):
        which = dice.randrange(4)
        kind = dice.choices(
            ["place", "fill", "cancel", "wait", "move", "deposit"], [40, 40, 5, 6, 5, 4]
        )[0]
        if kind == "place":
            side = dice.choice([Side.BUY, Side.SELL])
            offset = dice.choice([0, 0, 20, 60, 100, 100, 150, -30])
            steps.append(
                (kind, which, side, dice.random() < 0.3, dice.choice([1, 8, 64, 300]), offset)
            )
        elif kind == "fill":
            better = dice.choice([0, 0, 0, 20, 150])
            steps.append((kind, dice.randrange(8), dice.choice([1, 2, 4, 4]), better, 1000))
        elif kind == "cancel":
            steps.append((kind, dice.randrange(8)))
        elif kind == "wait":
            steps.append((kind, dice.choice([1, 6, 23, 24, 25, 24 * 6, 24 * 29])))
        elif kind == "move":
            steps.append((kind, which, dice.choice([800, 900, 950, 1050, 1100, 1250])))
        else:
            steps.append((kind, which, dice.choice([5, 40, 200])))
    return steps


def _traded(which: int, side: Side, quantity: int, offset: int = 0) -> list[Step]:
    return [("place", which, side, False, quantity, offset), ("fill", 0, 4, 0, 1000)]


BUY, SELL = Side.BUY, Side.SELL
PLANS: dict[str, list[Step]] = {
    "buy, let the price fall, sell": [
        *_traded(0, BUY, 64),
        ("move", 0, 800),
        *_traded(0, SELL, 64),
    ],
    "the same with little, again and again": [
        *_traded(0, BUY, 20),
        ("move", 0, 800),
        *_traded(0, SELL, 20),
        ("move", 0, 1250),
    ]
    * 4,
    "the budget every day": [*_traded(0, BUY, 48, 100), ("wait", 25)] * 8,
    "churn at the reference": [*_traded(0, BUY, 256), *_traded(0, SELL, 256)] * 20,
    "swap thin coins held before for thin coins bought": [
        ("deposit", 2, 200),
        *[*_traded(2, BUY, 39), *_traded(2, SELL, 39)] * 4,
    ],
}
"""Thieves with a plan."""
