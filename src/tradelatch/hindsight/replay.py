"""The past, judged by a policy: the real rules and loss accounts, order by order.

Where the policy would have refused an order, what became of the order did not happen. Sources are
not judged, since no record tells them; an order whose market the policy lists, but of which no
prices are known, is counted as unknown and not judged at all.
"""

from collections.abc import Mapping
from decimal import Decimal

import msgspec

from tradelatch.hindsight.events import Amended, Asked, Closed, Event, Filled, Held, Rejudged
from tradelatch.hindsight.history import History
from tradelatch.model.clock import DAY, MS
from tradelatch.model.intents import PlaceOrder
from tradelatch.model.markets import Market, split_symbol
from tradelatch.model.money import ZERO
from tradelatch.model.orders import Side
from tradelatch.policy import rules
from tradelatch.policy.accounting import Accounts, Window
from tradelatch.policy.activity import Activity
from tradelatch.policy.document import Depth, Policy
from tradelatch.policy.house import House
from tradelatch.policy.references import Print, Reference
from tradelatch.policy.verdict import Answer, Case, Verdict
from tradelatch.policy.windows import LONGEST_NS, Level

AMOUNTS = ("budget", "allocation", "exit_budget")
_STEP = Decimal("1e-8")


class Outcome(msgspec.Struct, frozen=True):
    """What the policy says of one order; `noes` are the rules that refuse it. `value` is what it
    comes to in units (None where it could not be put in numbers)."""

    time_ns: int
    order: str
    symbol: str
    side: Side
    noes: tuple[Answer, ...]
    value: Decimal | None
    went_out: bool


class Findings(msgspec.Struct):
    """What a replay came to: orders judged, those of which nothing could be said, and the most
    that allowed orders would have taken of each amount, by window."""

    outcomes: list[Outcome] = []
    unknown: list[Asked] = []
    peaks: dict[Window, dict[str, Decimal]] = msgspec.field(
        default_factory=lambda: {window: dict.fromkeys(AMOUNTS, ZERO) for window in Window}
    )

    @property
    def refused(self) -> list[Outcome]:
        """The orders that the policy would have refused."""
        return [outcome for outcome in self.outcomes if outcome.noes]


class Replay:
    """Takes events in, in the order of time."""

    def __init__(self, policy: Policy, histories: Mapping[str, History] | None = None) -> None:
        """Args:
        histories: prices by market; they go before what was recorded with an order.
        """
        self.policy = msgspec.structs.replace(policy, sources=())
        self.findings = Findings()
        self._histories = histories or {}
        self._accounts, self._activity = Accounts(), Activity()
        self._house = House()
        self._house.join(policy.unit, self._accounts)
        self._worth: Level | None = None
        self._open: dict[str, tuple[str, Side]] = {}
        self._own: dict[str, list[Print]] = {}
        self._seen: dict[str, Decimal] = {}
        self._forgot_ns = 0

    def take(self, event: Event) -> None:
        """Take one event in."""
        if isinstance(event, Asked):
            self._asked(event)
        elif isinstance(event, Held):
            for asset, quantity in event.held.items():
                self._accounts.hold(asset, quantity)
        elif event.order not in self._open:
            return
        elif isinstance(event, Filled):
            self._filled(event)
        elif isinstance(event, Rejudged):
            self._accounts.rejudge(event.order, event.reference)
        elif isinstance(event, Amended):
            self._accounts.amend(event.order, event.left)
        elif isinstance(event, Closed):
            self._accounts.close(event.order)
            del self._open[event.order]

    def _asked(self, asked: Asked) -> None:
        intent = asked.intent
        value = self._value(asked)
        self._worth = self._worth or Level(value)
        self._worth.set(value, asked.time_ns)
        self._forget(asked.time_ns)
        reference = self._reference(asked, value)
        listed = self.policy.markets.get(intent.symbol)
        is_judged = intent.unbounded or listed is None or listed.depth is Depth.DENIED
        if reference is None and not is_judged:
            self.findings.unknown.append(asked)
            return
        case = Case(
            intent=intent,
            policy=self.policy,
            accounts=self._accounts,
            now_ns=asked.time_ns,
            closed=asked.closed,
            market=Market(*split_symbol(intent.symbol), _STEP, _STEP, ZERO),
            reference=reference,
            value=value,
            activity=self._activity,
            source=None,
            worth=self._worth,
            house=self._house,
        )
        verdict = rules.judge(case)
        self._note(asked, verdict)
        if not verdict.allowed or verdict.judged is None:
            return
        self._measure(verdict, asked.time_ns)
        self._accounts.reserve(asked.order, verdict.judged)
        self._activity.ordered(verdict.judged, asked.time_ns)
        self._activity.signed(verdict.judged.exposure, asked.time_ns)
        self._open[asked.order] = (intent.symbol, intent.side)

    def _filled(self, fill: Filled) -> None:
        symbol, side = self._open[fill.order]
        worth = fill.quantity * fill.price
        fee = self.policy.fee_rate * worth if fill.fee is None else fill.fee
        reference = fill.reference
        if reference is None and symbol in self._histories:
            found = self._from_history(symbol, side, fill.time_ns, ZERO)
            reference = found.price if found else None
        self._activity.traded(worth, fill.time_ns)
        self._accounts.fill(fill.order, fill.quantity, fill.price, fee, fill.time_ns, reference)
        self._own.setdefault(symbol, []).append(
            Print(fill.time_ns // MS, fill.price, fill.quantity)
        )

    def _note(self, asked: Asked, verdict: Verdict) -> None:
        # Of a market that is not listed, the rest only says that there is nothing to judge by.
        noes = verdict.refusals()
        noes = [answer for answer in noes if answer.rule == "market"] or noes
        self.findings.outcomes.append(
            Outcome(
                asked.time_ns,
                asked.order,
                asked.intent.symbol,
                asked.intent.side,
                tuple(noes),
                verdict.judged.value if verdict.judged else _worth(asked.intent, self.policy),
                asked.went_out,
            )
        )

    def _measure(self, verdict: Verdict, now_ns: int) -> None:
        for window, used in self._accounts.used_by_window(now_ns, verdict.judged).items():
            peaks = self.findings.peaks[window]
            for name in AMOUNTS:
                peaks[name] = max(peaks[name], getattr(used, name))

    def _forget(self, now_ns: int) -> None:
        """Once a day drop what no window can see any more, as the signer does: what years hold is
        not gone through for each order. No answer changes by it."""
        if now_ns - self._forgot_ns < DAY:
            return
        self._forgot_ns = now_ns
        self._accounts.forget(now_ns)
        self._activity.forget(now_ns)
        if self._worth:
            self._worth.forget(now_ns - LONGEST_NS)

    # Prices

    def _reference(self, asked: Asked, value: Decimal) -> Reference | None:
        symbol, found = asked.intent.symbol, asked.reference
        listed = self.policy.markets.get(symbol)
        if listed is None:
            return None
        if symbol in self._histories:
            found = self._from_history(symbol, asked.intent.side, asked.time_ns, value)
        elif listed.depth is Depth.DEEP and not asked.has_figures:
            found = None
        if found:
            self._seen[symbol] = found.present
        return found

    def _from_history(
        self, symbol: str, side: Side, now_ns: int, value: Decimal
    ) -> Reference | None:
        own = self._own.get(symbol, [])
        while own and own[0].time_ms < (now_ns - DAY) // MS:
            own.pop(0)
        rules_of = self.policy.markets[symbol]
        return self._histories[symbol].reference(side, rules_of, value, now_ns, own)

    def _value(self, asked: Asked) -> Decimal:
        """What was recorded, or the unit and the deep assets at the prices seen last."""
        if asked.value is not None:
            return asked.value
        held = self._accounts.holdings()
        total = held.get(self.policy.unit, ZERO)
        for symbol, listed in self.policy.markets.items():
            quantity = held.get(symbol.partition("/")[0], ZERO)
            if listed.depth is Depth.DEEP and quantity:
                history = self._histories.get(symbol)
                mark = history.mark(asked.time_ns) if history else None
                total += quantity * (mark or self._seen.get(symbol, ZERO))
        return total


def _worth(intent: PlaceOrder, policy: Policy) -> Decimal | None:
    """What an order comes to that could not be judged, as far as it says so itself."""
    if split_symbol(intent.symbol)[1] != policy.unit:
        return None
    if intent.price is None or intent.quantity is None:
        return intent.quote_quantity
    return intent.price * intent.quantity
