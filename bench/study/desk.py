"""An account at work: orders judged by the signer's core, filled by a tape's prints."""

from collections import Counter
from decimal import Decimal
from typing import NamedTuple

import msgspec

from bench.study.tape import DAY_MS, MINUTE_MS, Tape, Trade
from tradelatch.model import config
from tradelatch.model.clock import MS
from tradelatch.model.intents import PlaceOrder
from tradelatch.model.markets import TopOfBook
from tradelatch.model.money import ZERO
from tradelatch.model.orders import OrderType, Side, TimeInForce
from tradelatch.policy import rules
from tradelatch.policy.accounting import Used, Window
from tradelatch.policy.document import MarketRules
from tradelatch.policy.references import Reference
from tradelatch.policy.shaping import collar_price
from tradelatch.policy.verdict import Verdict
from tradelatch.signer import review
from tradelatch.signer.core import Core
from tradelatch.signer.records import AccountAdded, Allowed, Closed, Filled, Holdings
from tradelatch.signer.state import State

ACCOUNT, SOURCE = "study", "127.0.0.1"
AMOUNTS = ("budget", "allocation", "exit_budget", "exit_holding")
"""The rules that hold the amounts."""


class Order(NamedTuple):
    """An order that went out; `takes` if it was a market order, good for a minute."""

    id: int
    side: Side
    price: Decimal
    takes: bool
    mark: str


class Desk:
    """One account in one market at the time of a tape. Whoever runs it calls `step` minute by
    minute; bots call `place` and `cancel` and are told of fills by their return."""

    def __init__(self, tape: Tape, policy: str, held: dict[str, Decimal], now_ms: int) -> None:
        self.tape, self.now_ms = tape, now_ms
        self.state = State()
        settings = config.Signer(requests_per_s=1_000_000)
        self.core = Core(self.state, lambda name: bytearray(), settings, lambda name: "")
        self.quotes = self.core.quotes["binance"]
        self.symbol = tape.market.symbol
        self.quotes.markets[self.symbol] = tape.market
        self.prices = self.quotes.of(self.symbol)
        self.state.apply(AccountAdded(self.now_ns, ACCOUNT, "binance", "key", policy))
        self.account = self.state.accounts[ACCOUNT]
        self.hold(held)
        self.open: dict[int, Order] = {}
        self.placed, self.refused = 0, Counter[str]()
        self.shadows: dict[str, MarketRules] = {}
        """Other rules of the market, by which each order's price is judged besides."""
        self.shadowed = Counter[str]()
        self.peak = dict.fromkeys(("budget", "allocation", "exit_budget"), ZERO)
        """The most of a day's amounts that any order would have taken, refused ones included."""
        self.missed = ZERO
        """What takers sold below the limits of exits that were not filled, in base."""
        self.last: Verdict | None = None
        self._sides = {True: ZERO, False: ZERO}
        self._fresh_ms = 0
        self._see(tape.between(now_ms - DAY_MS, now_ms))

    @property
    def now_ns(self) -> int:
        """The time in ns."""
        return self.now_ms * MS

    @property
    def mark(self) -> Decimal:
        """The middle between the last trades of both sides."""
        sides = [price for price in self._sides.values() if price]
        return sum(sides, ZERO) / len(sides)

    def hold(self, held: dict[str, Decimal]) -> None:
        """The owner deposits; the ledger is reconciled."""
        self.state.apply(Holdings(self.now_ns, ACCOUNT, held))

    def used(self) -> dict[Window, Used]:
        """What is taken of the amounts now."""
        return self.account.losses.used_by_window(self.now_ns)

    def reference(self, side: Side) -> Reference | None:
        """What an order would be judged by now."""
        return self.core.case(
            self.account, self.intent(side, ZERO, None), SOURCE, self._feed()
        ).reference

    # Orders

    def intent(
        self, side: Side, quantity: Decimal, price: Decimal | None, mark: str = ""
    ) -> PlaceOrder:
        """An order on the desk's market: a limit order, or without a price a market order."""
        kind = OrderType.MARKET if price is None else OrderType.LIMIT
        lasts = None if price is None else TimeInForce.GTC
        name = f"{mark}{self.state.next_id}"
        return PlaceOrder(
            self.symbol,
            side,
            kind,
            quantity,
            price=price,
            time_in_force=lasts,
            client_order_id=name,
        )

    def place(
        self, side: Side, quantity: Decimal, price: Decimal | None, mark: str = ""
    ) -> Order | None:
        """Have an order judged; None if it was refused. `mark` stands before its client order id
        (``exit-``)."""
        intent = self.intent(side, quantity, price, mark)
        case = self.core.case(self.account, intent, SOURCE, self._feed())
        verdict = self.last = rules.judge(case)
        self.placed += 1
        self._shadow(intent)
        self._measure(verdict)
        if not verdict.allowed or verdict.order is None:
            self.refused.update({answer.rule for answer in verdict.refusals()})
            self.refused["orders"] += 1
            return None
        number = self.state.next_id
        self.state.apply(
            Allowed(
                time_ns=self.now_ns,
                id=number,
                grant="",
                account=ACCOUNT,
                digest=str(number),
                intent=intent,
                timestamp_ms=self.now_ms,
                expires_ms=self.now_ms,
                answers=verdict.answers,
                order=verdict.order,
                judged=verdict.judged,
                client_order_id=str(number),
            )
        )
        order = Order(number, side, verdict.order.price, price is None, mark)
        self.open[number] = order
        return order

    def cancel(self, number: int, why: str = "cancelled") -> None:
        """Take an order out."""
        if self.open.pop(number, None):
            self.state.apply(Closed(self.now_ns, number, why))

    def left(self, number: int) -> Decimal:
        """How much of an open order is unfilled."""
        order = self.state.orders.get(number)
        return order.judged.quantity - order.filled if order else ZERO

    def fill(self, number: int, quantity: Decimal, price: Decimal) -> None:
        """The order is filled, in whole or in part."""
        order = self.open[number]
        fee = quantity * price * self.account.policy.fee_rate
        seen = self.reference(order.side)
        at = seen.price if seen else None
        filled = Filled(self.now_ns, number, self.placed, self.now_ms, price, quantity, fee, at)
        self.state.apply(filled)
        if self.left(number) <= 0:
            self.cancel(number, "filled")

    # Time

    def step(self, until_ms: int) -> list[tuple[Order, Decimal, Decimal]]:
        """Let the tape trade until then; (order, quantity, price) of each fill.

        A resting order is filled at its limit by prints at or beyond it whose taker is on the
        other side. A market order takes what takers of its own side were given within its
        limit until then, at their prices; what is left of it expires.
        """
        trades = self.tape.between(self.now_ms, until_ms)
        fills = [fill for trade in trades for fill in self._trade(trade)]
        self.now_ms = until_ms
        self._see(trades)
        for order in [order for order in self.open.values() if order.takes]:
            self.cancel(order.id, "expired")
        return fills

    def review(self) -> None:
        """Judge resting orders again, as the signer does; what no longer fits is cancelled."""
        self._feed()
        review.rejudge(self.core, self.account, self.now_ns)
        for order in review.misfits(self.core, self.account, self.now_ns):
            self.cancel(order.id, "misfit")

    def _trade(self, trade: Trade) -> list[tuple[Order, Decimal, Decimal]]:
        fills, quantity = [], trade.quantity
        self.now_ms = trade.time_ms
        for order in list(self.open.values()):
            buys = order.side is Side.BUY
            inside = trade.price <= order.price if buys else trade.price >= order.price
            part = min(quantity, self.left(order.id))
            if inside and (trade.bought == buys) == order.takes and part > 0:
                price = trade.price if order.takes else order.price
                self.fill(order.id, part, price)
                fills.append((order, part, price))
                quantity -= part
            elif order.takes and order.mark and trade.bought == buys:
                self.missed += part
        return fills

    def _see(self, trades: list[Trade]) -> None:
        for trade in trades:
            self._sides[trade.bought] = trade.price

    def _feed(self) -> int:
        """Show the core what an exchange would show it now, once a minute."""
        if self._fresh_ms // MINUTE_MS != self.now_ms // MINUTE_MS:
            start = max(self._fresh_ms - 2 * MINUTE_MS, self.now_ms - DAY_MS)
            if not self._fresh_ms or self.now_ms // DAY_MS != self._fresh_ms // DAY_MS:
                self.prices.see_days(self.tape.days_before(self.now_ms))
            own = self.state.prints.get(("binance", self.symbol), ())
            minutes = self.tape.minutes_between(start, self.now_ms - self.now_ms % MINUTE_MS)
            self.prices.see_minutes(minutes, self.now_ns, own)
            self.prices.see_book(self._book(), self.now_ns)
            self._fresh_ms = self.now_ms
        return self.now_ns

    def _book(self) -> TopOfBook:
        """The best prices: of a recorded tape, those at which takers sold and bought last."""
        half = self.tape.half_spread
        if half is not None:
            return TopOfBook(self.mark * (1 - half), self.mark * (1 + half))
        bid, ask = self._sides[False], self._sides[True]
        return TopOfBook(ask, ask) if bid > ask > 0 else TopOfBook(bid, ask)

    def _shadow(self, intent: PlaceOrder) -> None:
        policy = self.account.policy
        for name, other in self.shadows.items():
            asked = msgspec.structs.replace(policy, markets={self.symbol: other})
            case = self.core.case(self.account, intent, SOURCE, self.now_ns, asked)
            if intent.price is None or case.reference is None:
                continue  # a market order leaves inside the collar
            worst = collar_price(case, other, case.reference)
            beyond = intent.price > worst if intent.side is Side.BUY else intent.price < worst
            self.shadowed[name] += beyond

    def _measure(self, verdict: Verdict) -> None:
        if verdict.judged is None:
            return
        used = self.account.losses.used(Window.DAY, self.now_ns, verdict.judged)
        for name in self.peak:
            self.peak[name] = max(self.peak[name], getattr(used, name))
