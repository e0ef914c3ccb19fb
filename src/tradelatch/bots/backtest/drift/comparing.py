"""Live against backtest: every order and every deal of both, and the cause of each difference.

The backtest is run three times: as assumed; with orders on their way for as long as they were; and
with orders at the market filled as they were. Then the live run is retold with all its fills. What
one step changes in the profit is what its cause is worth, and an order's cause is the first step
at which it is as it was live. Each cause has to hold by numbers as well (`evidence`); what does not
is unexplained.
"""

import enum
from decimal import Decimal

import msgspec

from tradelatch.bots.backtest.drift.evidence import Bounds, Evidence
from tradelatch.bots.backtest.drift.given import Case, at_the_market, latency_of, replay
from tradelatch.bots.backtest.drift.retelling import Retelling, Retold
from tradelatch.bots.backtest.drift.telling import Key, Line, Telling
from tradelatch.bots.orders import Order, OrderState
from tradelatch.model.money import MONEY, plain


class Cause(enum.StrEnum):
    """Why an order came out otherwise."""

    LATENCY = "latency"
    """It was on its way for longer, or was decided on by another price for that reason."""
    SLIPPAGE = "slippage"
    """An order at the market was filled at another price than the last one."""
    DERIVED = "derived"
    """It follows from what an order at the market came to."""
    BOOK = "book"
    """Resting orders were filled at other times or in other parts, by their place in the book."""
    DENIED = "denied"
    """It was denied, by the gate or the exchange."""
    END = "end"
    """The time that is compared ended before it could be the same."""
    UNEXPLAINED = "unexplained"


class Row(msgspec.Struct, frozen=True):
    """One order on both sides; None where there was none. `says` are the numbers of its cause."""

    key: Key
    live: Line | None
    backtest: Line | None
    cause: Cause | None
    """None where both agree."""
    says: str = ""


class Step(msgspec.Struct, frozen=True):
    """What a cause is worth: the profit (quote) with it and without it differ by so much."""

    cause: Cause
    worth: Decimal


class DealPair(msgspec.Struct, frozen=True):
    """One deal's profit on both sides (quote, open ones at the last price), None where it was
    not."""

    number: int
    live: Decimal | None
    backtest: Decimal | None


class Drift(msgspec.Struct, frozen=True):
    """A live run against its backtest. Profits are in `quote`, what is open or left over counts at
    the last price."""

    bot: str
    kind: str
    quote: str
    start_ms: int
    end_ms: int
    latency_ms: int
    live_profit: Decimal
    backtest_profit: Decimal
    retold_profit: Decimal
    steps: tuple[Step, ...]
    deals: tuple[DealPair, ...]
    rows: tuple[Row, ...]
    problems: tuple[str, ...]
    """What no cause explains."""
    assumptions: tuple[str, ...]

    @property
    def is_explained(self) -> bool:
        """Every difference has a cause that holds."""
        return not self.problems


_ONCE = {
    Cause.LATENCY: "once orders are on their way for {} ms",
    Cause.SLIPPAGE: "once orders at the market are filled as they were",
    Cause.DERIVED: "once orders at the market are filled as they were",
    Cause.BOOK: "once resting orders are filled as they were",
    Cause.END: "by then",
}
_OF_STEP = (Cause.LATENCY, Cause.SLIPPAGE, Cause.BOOK)


def compare(case: Case, bounds: Bounds | None = None) -> Drift:
    """Line up a live run and its backtest.

    Raises:
        BadBacktest, BadSettings: the backtest cannot be run.
    """
    return _Comparison(case, bounds or Bounds()).drift()


class _Comparison:
    def __init__(self, case: Case, bounds: Bounds) -> None:
        self._case, self._live, self._bounds = case, case.live, bounds
        self._latency = latency_of(case.live)
        later = msgspec.structs.replace(case.terms, latency_ms=self._latency)
        self._retold: Retold = Retelling(case, bounds.late_ms).run()
        self._tellings = (
            replay(case, case.terms),
            replay(case, later),
            replay(case, later, at_the_market(case.live)),
            self._retold.telling,
        )
        self._evidence = {
            symbol: Evidence(symbol, case.trades[symbol], case.live, case.terms, bounds)
            for symbol in case.live.symbols
        }
        self._problems: list[str] = []

    def drift(self) -> Drift:
        live, tellings = self._live, self._tellings
        prices = {symbol: self._case.last_price(symbol) for symbol in live.symbols}
        profits = [telling.profit(prices) for telling in tellings]
        rows = tuple(self._rows())
        self._check_retold()
        mine = live.telling.profit(prices)
        if mine != profits[-1]:
            self._problems.append(
                f"the live profit is {plain(mine)}, and {plain(profits[-1])} by its own fills"
            )
        steps = [
            Step(cause, MONEY.subtract(after, before))
            for cause, before, after in zip(_OF_STEP, profits, profits[1:], strict=False)
        ]
        return Drift(
            live.name,
            live.kind,
            self._case.markets[live.symbols[0]].quote,
            live.start_ms,
            live.end_ms,
            self._latency,
            mine,
            profits[0],
            profits[-1],
            (*steps, Step(Cause.UNEXPLAINED, MONEY.subtract(mine, profits[-1]))),
            self._deals(prices),
            rows,
            tuple(self._problems),
            self._case.terms.sentences(),
        )

    def _deals(self, prices: dict[str, Decimal]) -> tuple[DealPair, ...]:
        sides = (self._live.telling, self._tellings[0])
        numbers = sorted({number for side in sides for number in side.deals})
        return tuple(
            DealPair(number, *(_profit(side, number, prices) for side in sides))
            for number in numbers
        )

    # Orders.

    def _rows(self) -> list[Row]:
        mine, assumed = self._live.telling.lines, self._tellings[0].lines
        return [self._row(key, mine.get(key), assumed.get(key)) for key in {**mine, **assumed}]

    def _row(self, key: Key, live: Line | None, backtest: Line | None) -> Row:
        says, wrong = self._checked(live) if live else ("", "")
        if live and live.key not in self._retold.decisions:
            wrong = "the bot would not have placed it after the fills that it had"
        if wrong:
            self._problems.append(f"{_named(key)}: {wrong}")
            return Row(key, live, backtest, Cause.UNEXPLAINED, wrong)
        if live and live.is_like(backtest):
            return Row(key, live, backtest, None)
        cause = self._cause(key, live, backtest)
        return Row(key, live, backtest, cause, says or self._reason(cause, live))

    def _reason(self, cause: Cause, live: Line | None) -> str:
        """Why an order without fills of its own came out otherwise."""
        if live is None:
            return f"not decided on {_ONCE[cause].format(self._latency)}"
        if live.price is None:
            return "nobody was there to trade with within its limit"
        return "decided on the same after the fills that it had live"

    def _checked(self, live: Line) -> tuple[str, str]:
        """The numbers of a live order, and what is wrong with it."""
        evidence = self._evidence[live.symbol]
        if live.price is None:
            return evidence.at_the_market(live) if live.fills else (live.reason, "")
        says, wrong = evidence.resting(live) if live.fills else (live.reason, "")
        if live.state in (OrderState.DENIED, OrderState.ABSENT, OrderState.PENDING):
            return says, wrong
        until = self._retold.cancelled_ms.get(live.key, self._live.end_ms)
        return says, wrong or evidence.unfilled(live, until)

    def _cause(self, key: Key, live: Line | None, backtest: Line | None) -> Cause:
        """By the first step at which the order is as it was live."""
        one = live or backtest
        assert one
        if live and live.state in (OrderState.DENIED, OrderState.ABSENT):
            return Cause.DENIED
        _, later, filled, _ = (_is_same(live, each.lines.get(key)) for each in self._tellings)
        if later:
            return Cause.LATENCY
        if filled:
            return Cause.SLIPPAGE if one.price is None else Cause.DERIVED
        return self._of_book(one, live, backtest)

    def _of_book(self, one: Line, live: Line | None, backtest: Line | None) -> Cause:
        """An order that only all the fills make as it was."""
        if live is None or backtest is None:
            is_last = one.created_ms >= self._live.end_ms - self._bounds.late_ms
            return Cause.END if is_last else Cause.BOOK
        if live.wish == backtest.wish:
            return Cause.SLIPPAGE if one.price is None else Cause.BOOK
        return Cause.LATENCY if one.price is None else Cause.DERIVED

    # The retold run.

    def _check_retold(self) -> None:
        """All that the bot decided on again was there live, but for what was given up at once."""
        for line, fill in self._retold.late:
            self._problems.append(
                f"{_named(line.key)}: {plain(fill.quantity)} was filled at {plain(fill.price)} "
                "before the bot could have decided on it"
            )
        for order, sent_ms, back_ms in self._retold.extra:
            lasted = (back_ms or self._live.end_ms) - sent_ms
            if lasted > self._bounds.late_ms:
                self._problems.append(
                    f"deal {order.deal}, {order.tag}: {_wish(order)} should have been placed, and "
                    f"was wanted for {lasted} ms"
                )
        for number, deal in self._live.telling.deals.items():
            retold = self._retold.telling.deals.get(number)
            if retold is None or _sums(retold) != _sums(deal):
                self._problems.append(f"deal {number}: its fills do not come to what is stored")


_SUMS = ("bought", "sold", "spent", "received", "base_fees", "quote_fees", "other_fees")


def _sums(deal: object) -> list[object]:
    return [getattr(deal, name) for name in _SUMS]


def _profit(telling: Telling, number: int, prices: dict[str, Decimal]) -> Decimal | None:
    deal = telling.deals.get(number)
    return None if deal is None else Telling({}, {number: deal}).profit(prices)


def _is_same(one: Line | None, other: Line | None) -> bool:
    return one is other is None or (one is not None and one.is_like(other))


def _named(key: Key) -> str:
    return f"deal {key.deal}, {key.tag}" + (f" ({key.nth})" if key.nth > 1 else "")


def _wish(order: Order) -> str:
    at = "at the market" if order.price is None else f"at {plain(order.price)}"
    return f"{order.side.lower()} {plain(order.quantity)} {at}"
