"""Two accounts of one house whose orders go out if the rules allow them, and a history of each to
hold them to. All that happens goes through the signer's records, so that a restart can be tried
at any moment.

Besides what the rules see there is what really happened: fills that nobody has reported yet, the
true time, the true price. The histories know only that.
"""

from decimal import Decimal
from typing import NamedTuple

import msgspec

from tests.policy.history import LENGTHS, NONE, Cost, Fill, History
from tests.policy.setting import (
    AMOUNTS_TEXT,
    CASH,
    HOUSE,
    HOUSE_IN_ABC,
    HOUSE_TEXT,
    IMPACT,
    MARKETS,
    PERMILLE,
    POLICY,
    SHARE,
    SHARES_TEXT,
    SLACK,
    START_NS,
    SYMBOLS,
    figures_at,
    must,
    worst_of,
)
from tests.policy.thieves import Step
from tradelatch.model.clock import DAY, HOUR, MS, ManualClock
from tradelatch.model.intents import PlaceOrder
from tradelatch.model.markets import Market
from tradelatch.model.money import DUST
from tradelatch.model.orders import OrderType, Side, TimeInForce
from tradelatch.policy import rules
from tradelatch.policy.accounting import Used
from tradelatch.policy.judged import Judged
from tradelatch.policy.references import Reference
from tradelatch.policy.verdict import Case
from tradelatch.signer.accounts import Account
from tradelatch.signer.changes import SetHouse
from tradelatch.signer.clocks import SteadyClock
from tradelatch.signer.records import (
    AccountAdded,
    Allowed,
    Amended,
    AnyRecord,
    ChangeMade,
    ChangeProposed,
    Closed,
    Confirmed,
    Doubted,
    Filled,
    Holdings,
    Rejudged,
    Valued,
    decode,
    encode,
)
from tradelatch.signer.state import State


class Open(NamedTuple):
    """An order that stands at the exchange. Of a `silent` one no fill is reported."""

    id: int
    account: str
    judged: Judged
    left: int
    silent: bool = False
    touched: bool = False
    """Something of it is filled."""


class World:
    """`steady` keeps references where they are and holds fills to not raising `Used`; `housed`
    sets the house's amounts."""

    KEEPS_AMENDED = True
    """An amended order stays reserved until its cancel is known to be done."""
    HEARS_OF_LESS = True
    """An order reserves less when the exchange has said that it is for less, not before."""

    def __init__(self, steady: bool, housed: bool = False) -> None:
        self.steady, self.housed, self.now_ns = steady, housed, START_NS
        self.clock = ManualClock(START_NS)
        self.state, self.records = State(), list[AnyRecord]()
        self.histories = {name: History(IMPACT) for name in ("a", "b")}
        self.values: dict[str, list[tuple[int, Decimal]]] = {"a": [], "b": []}
        self.signed: dict[str, list[tuple[int, Decimal]]] = {"a": [], "b": []}
        self.prices = dict.fromkeys(SYMBOLS, Decimal(1))
        self.open: list[Open] = []
        self.untold: list[tuple[int, Filled]] = []
        """Fills that nobody has reported yet, with what was left of their orders."""
        self.placed = 0
        self.most = (NONE, NONE, NONE)
        """The most that a day's deep orders, thin money and exits came to."""
        self._begin()

    def _begin(self) -> None:
        for name, text in (("a", AMOUNTS_TEXT), ("b", SHARES_TEXT)):
            self.note(AccountAdded(self.now_ns, name, "binance", "key", text + MARKETS))
            self.note(Holdings(self.now_ns, name, {"BTC": CASH[name]}))
        self.note(SteadyClock(self.clock, self.state).read())
        if self.housed:
            self._set_house()
        self._see_values()

    def _set_house(self) -> None:
        change, now = SetHouse(HOUSE_TEXT), self.now_ns
        before, uptime = change.before(self.state), self.clock.uptime()
        self.note(ChangeProposed(now, 1, change.what(), change, before, "", False, uptime, 0))
        self.note(ChangeMade(now, 1, change.what(), "it loosens nothing"))

    def run(self, steps: list[Step]) -> None:
        """All steps, with the bound checked after each that can change what orders have cost."""
        for step in steps:
            getattr(self, step[0])(*step[1:])
            self._see_values()
            if step[0] in ("fill", "wait"):
                self.check()

    def note(self, record: AnyRecord) -> None:
        self.records.append(record)
        self.state.apply(record)

    @property
    def told_ns(self) -> int:
        """The signer's time."""
        return SteadyClock(self.clock, self.state).now_ns()

    # Steps

    def place(
        self, which: int, side: Side, is_exit: bool, quantity: int, offset: int, who: int = 0
    ) -> Open | None:
        """Place as much of `quantity` as the rules allow, `offset` permille beyond the
        reference on the losing side, by one of each account's two grants."""
        symbol, account = SYMBOLS[which], "ab"[who % 2]
        beyond = 1 + (offset if side is Side.BUY else -offset) * PERMILLE
        price = self.prices[symbol] * beyond
        while quantity:
            asked = case(self, symbol, side, is_exit, Decimal(quantity), price, account)
            verdict = rules.judge(asked)
            if verdict.allowed and verdict.judged:
                self._must_fit(asked, verdict.judged, offset)
                return self._reserve(account, f"grant {who}", asked.intent, verdict.judged)
            quantity //= 2
        return None

    def stop(self, which: int, quantity: int, below: int, offset: int, who: int = 0) -> None:
        """Lay a stop-loss, `below` permille below the market, `offset` permille from its limit."""
        symbol, account = SYMBOLS[which], "ab"[who % 2]
        at = self.prices[symbol] * (1 - below * PERMILLE)
        limit = at * (1 - offset * PERMILLE)
        while quantity:
            asked = case(self, symbol, Side.SELL, True, Decimal(quantity), limit, account)
            intent = msgspec.structs.replace(
                asked.intent, type=OrderType.STOP_LOSS_LIMIT, stop_price=at, client_order_id="x"
            )
            verdict = rules.judge(msgspec.structs.replace(asked, intent=intent))
            if verdict.allowed and verdict.judged:
                must(limit >= at * Decimal("0.9"), f"{limit} is beyond the collar of {at}")
                must(self._has(asked, symbol, quantity), "not held")
                self._reserve(account, f"grant {who}", intent, verdict.judged)
                return
            quantity //= 2

    def follow(self) -> None:
        """Stops that wait are judged by where the market stands now; where it has risen, the
        newest go until the rest fit."""
        for number, order in enumerate(self.open):
            if not order.judged.stop or order.touched or order.id not in self.state.orders:
                continue
            at = self.prices[order.judged.symbol]
            self.note(Rejudged(self.told_ns, order.id, at))
            judged = msgspec.structs.replace(order.judged, reference=at)
            self.open[number] = order._replace(judged=judged)
        for name in self.histories:
            while self._overdraws_exits(name):
                mine = [o for o in self.open if self._can_go(o, name)]
                if not mine:
                    break
                self.cancel(self.open.index(mine[-1]))

    def _can_go(self, order: Open, account: str) -> bool:
        known = order.id in self.state.orders and not order.touched and not self.untold
        return order.account == account and order.judged.stop and known

    def _overdraws_exits(self, account: str) -> bool:
        used = self.state.accounts[account].losses.used_by_window(self.told_ns)
        return any(used[w].exit_budget > w.days_worth * POLICY.exit_budget for w in used)

    def amend(self, which: int, quantity: int, offset: int) -> None:
        """Change an open order: a new one, while the old one may be filled until its cancel is
        done, which is not yet."""
        if not self.open:
            return
        old = self.open[which % len(self.open)]
        if not self.KEEPS_AMENDED and old.id in self.state.orders:
            self.note(Closed(self.told_ns, old.id, "amended"))
        judged, who = old.judged, "ab".index(old.account)
        which = SYMBOLS.index(judged.symbol)
        self.place(which, judged.side, judged.exit, quantity, offset, who)

    def shrink(self, which: int, quarters: int, is_done: bool) -> None:
        """Ask for less of an open order to be left, in its place: the exchange does so, or not. Of
        a silent order it does not say."""
        if not self.open:
            return
        number = which % len(self.open)
        order = self.open[number]
        cut = order.left - order.left * quarters // 4
        live = self.state.orders.get(order.id)
        if not 0 < cut < order.left or live is None:
            return
        if is_done:
            self.open[number] = order._replace(left=order.left - cut)
        is_told = is_done and not order.silent and not self.untold
        if is_told or not self.HEARS_OF_LESS:
            before, left = self.used(), live.left - cut
            self.note(Amended(self.told_ns, order.id, live.judged.quantity - cut, left))
            self._must_not_rise(before, "an amendment")

    def fill(self, which: int, quarters: int, better: int, fee: int) -> None:
        """Fill some of an order (of a sell no more than is held), `better` permille better than
        its limit, with `fee` permille of the highest fee."""
        if not self.open:
            return
        order = self.open[which % len(self.open)]
        judged, quantity = order.judged, -(-order.left * quarters // 4)
        if judged.side is Side.SELL:
            held = self.histories[order.account].units().get(judged.asset, 0)
            quantity = min(quantity, held)
        if not quantity:
            return
        self.open.remove(order)
        better = -better if judged.side is Side.BUY else better
        price = judged.limit * (1 + better * PERMILLE)
        paid = quantity * price * judged.fee_rate * fee * PERMILLE
        happened = Fill(
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
        self.histories[order.account].events.append(happened)
        left = order.left - quantity
        told = Filled(
            self.told_ns,
            order.id,
            len(self.records),
            self.told_ns // MS,
            price,
            Decimal(quantity),
            paid,
            None,
        )
        self.untold.append((left, told))
        if left:
            self.open.append(order._replace(left=left, touched=True))
        if not order.silent:
            self.report()

    def silence(self, which: int) -> None:
        """No answer comes for an order: nobody knows what became of it, for a while."""
        if self.open:
            order = self.open.pop(which % len(self.open))
            self.open.append(order._replace(silent=True))

    def report(self) -> None:
        """What has happened unseen is learned."""
        before = self.used()
        for left, told in self.untold:
            # Of an order that was given up as gone nothing is taken in.
            if told.order in self.state.orders:
                told = msgspec.structs.replace(told, time_ns=self.told_ns)
                self.note(told)
                if not left:
                    self.note(Closed(self.told_ns, told.order, "filled"))
        self.untold = []
        self.open = [order._replace(silent=False) for order in self.open]
        self._must_not_rise(before, "a fill")

    def cancel(self, which: int) -> None:
        if self.open and not self.untold:
            before = self.used()
            order = self.open.pop(which % len(self.open))
            if order.id in self.state.orders:
                self.note(Closed(self.told_ns, order.id, "canceled"))
            self._must_not_rise(before, "a cancel")

    def wait(self, hours: int) -> None:
        before = self.used()
        self.now_ns += hours * HOUR
        self.clock.advance(hours * HOUR)
        self.wake()
        self._must_not_rise(before, "time")

    def move(self, which: int, permille: int) -> None:
        if not self.steady:
            self.prices[SYMBOLS[which]] *= permille * PERMILLE

    def deposit(self, which: int, quantity: int, who: int = 0) -> None:
        """The owner deposits (or, below zero, withdraws), and the ledger is reconciled, as it
        is between orders."""
        asset, account = SYMBOLS[which].partition("/")[0], "ab"[who % 2]
        mine = [o for o in self.open if o.account == account and o.judged.asset == asset]
        if mine or self.untold:
            return
        history = self.histories[account]
        quantity = max(quantity, -history.units().get(asset, 0))
        if quantity:
            history.events.append((asset, quantity))
            held = {asset: Decimal(history.units()[asset])}
            self.note(Holdings(self.told_ns, account, held))

    def restart(self) -> None:
        """All is forgotten and read again from the journal: every answer is the same."""
        again = self.replayed()
        for name, account in self.state.accounts.items():
            other = again.accounts[name]
            for what in ("open_count", "open_value"):
                same = getattr(account.losses, what) == getattr(other.losses, what)
                must(same, f"{what} is another after a restart")
            must(account.losses.holdings() == other.losses.holdings(), "other holdings")
            for ahead in (0, HOUR, 25 * HOUR):
                told = repr(account.losses.used_by_window(self.told_ns + ahead))
                retold = repr(other.losses.used_by_window(self.told_ns + ahead))
                must(told == retold, f"a restart changed {told} to {retold}")
        self.state = again

    def replayed(self) -> State:
        state = State()
        for record in self.records:
            state.apply(decode(encode(record)))
        return state

    def jump(self, hours: int) -> None:
        """The wall clock is set."""
        self.clock.jump(hours * HOUR)
        self.wake()

    def wake(self) -> None:
        """The signer looks at its clocks, as it does all the time."""
        steady = SteadyClock(self.clock, self.state)
        if why := steady.doubt():
            self.note(Doubted(steady.now_ns(), "", why))
        else:
            self.state.forget(steady.now_ns())

    def mend_clock(self) -> None:
        """The operator sets the clock right and says so."""
        self.clock.jump(self.now_ns - self.clock.now_ns())
        if self.state.doubts:
            self.note(Confirmed(self.told_ns, ""))
            self.note(SteadyClock(self.clock, self.state).read())

    # What must hold

    def used(self) -> dict[str, dict[str, Used]]:
        accounts = self.state.accounts.items()
        return {
            name: {w.name: u for w, u in a.losses.used_by_window(self.told_ns).items()}
            for name, a in accounts
        }

    def check(self) -> None:
        """The bound: orders cost at most each amount, in every window."""
        for name, (length_ns, days) in LENGTHS.items():
            costs = {
                who: history.cost(length_ns, self.now_ns)
                for who, history in self.histories.items()
                if history.events
            }
            for cost in costs.values():
                must(cost.deep <= days * POLICY.budget + SLACK, f"{name}: deep {cost.deep}")
                must(cost.thin <= days * POLICY.allocation + SLACK, f"{name}: thin {cost.thin}")
                must(cost.exits <= days * POLICY.exit_budget + SLACK, f"{name}: exits")
            if self.housed:
                self._check_house(name, days, list(costs.values()))
                histories = self.histories.values()
                abc = (h.cost(length_ns, self.now_ns, "ABC").deep for h in histories)
                lost = sum(abc, NONE)
                must(lost <= days * HOUSE_IN_ABC + SLACK, f"{name}: the house lost {lost} in ABC")
            if name == "DAY" and "a" in costs:
                deep, thin, exits, _ = costs["a"]
                self.most = tuple(map(max, self.most, (deep, thin, exits)))  # type: ignore[assignment]

    def _check_house(self, name: str, days: int, costs: list[Cost]) -> None:
        deep = sum((cost.deep for cost in costs), NONE)
        thin = sum((cost.thin for cost in costs), NONE)
        exits = sum((cost.exits for cost in costs), NONE)
        must(deep <= days * HOUSE.budget + SLACK, f"{name}: the house lost {deep}")
        must(thin <= days * HOUSE.allocation + SLACK, f"{name}: the house's thin {thin}")
        must(exits <= days * HOUSE.exit_budget + SLACK, f"{name}: the house's exits {exits}")

    def check_idle(self) -> None:
        """Once all orders are cancelled and the longest window is over, nothing is used."""
        self.mend_clock()
        self.report()
        while self.open:
            self.cancel(0)
        self.now_ns += 30 * DAY
        self.clock.advance(30 * DAY)
        for name, windows in self.used().items():
            for window, used in windows.items():
                idle = used.budget == used.allocation == used.exit_budget == 0
                must(idle, f"{name}, {window}: still in use: {used}")

    def _must_fit(self, asked: Case, judged: Judged, offset: int) -> None:
        """What was allowed is inside collar, anchor and holdings, and no window is overdrawn that
        depends on what the account was worth or what it signed."""
        symbol, quantity = judged.symbol, judged.quantity
        within = abs(judged.limit / self.prices[symbol] - 1) <= Decimal("0.1")
        must(offset <= 0 or within, f"{judged.limit} is beyond the collar")
        held = self._has(asked, symbol, int(quantity))
        must(not asked.is_exit or held, "not held")
        if symbol == "ABC/BTC" and not judged.exit:
            weeks = (self.now_ns - START_NS + 22 * HOUR) // (7 * DAY) + 1
            reach = 1 + weeks * Decimal("0.25")
            beyond = (
                judged.reference > reach
                if judged.side is Side.BUY
                else (judged.reference * reach < 1 - SLACK)
            )
            must(not beyond, f"judged by {judged.reference}, further from the anchor than {reach}")
        must(self.clock.now_ns() == self.now_ns, "the clock is known to be wrong")
        if asked.policy.has_shares:
            self._must_fit_shares(asked, judged)

    def _must_fit_shares(self, asked: Case, judged: Judged) -> None:
        for window, used in asked.accounts.used_by_window(asked.now_ns, judged).items():
            length_ns, days = LENGTHS[window.name]
            start, values = self.now_ns - length_ns, self.values["b"]
            stood = [value for at, value in values if at <= start][-1:]
            least = min(stood + [value for at, value in values if at > start])
            fits = used.budget <= days * SHARE * least
            must(fits or judged.draws_on != "budget", f"more than the share of {least}")
            signed = [cost for at, cost in self.signed["b"] if at > start]
            total = sum(signed, NONE) + worst_of(judged)
            must(judged.exit or total <= 60 * days + SLACK, f"signed {total}")

    def _has(self, asked: Case, symbol: str, quantity: int) -> bool:
        """So much is held that no open sell sells."""
        asset = symbol.partition("/")[0]
        name = next(n for n, a in self.state.accounts.items() if a.losses is asked.accounts)
        mine = [o for o in self.open if o.account == name and o.judged.asset == asset]
        selling = sum(o.left for o in mine if o.judged.side is Side.SELL)
        return quantity <= self.histories[name].units().get(asset, 0) - selling

    def _must_not_rise(self, before: dict[str, dict[str, Used]], what: str) -> None:
        for account, windows in self.used().items():
            for window, used in windows.items():
                was = before[account][window]
                must(used.budget <= was.budget + DUST, f"{what} raised B: {was} -> {used}")
                must(used.allocation <= was.allocation + DUST, f"{what} raised X: {was}, {used}")
                must(used.exit_budget <= was.exit_budget + DUST, f"{what} raised E: {was}, {used}")

    def _reserve(self, account: str, grant: str, intent: PlaceOrder, judged: Judged) -> Open:
        self.placed += 1
        number, now = self.placed, self.told_ns
        name = f"{grant}-{number}"
        self.note(
            Allowed(
                now, number, grant, account, name, intent, 0, 0, judged=judged, client_order_id=name
            )
        )
        self.signed[account].append((self.now_ns, worst_of(judged)))
        order = Open(number, account, judged, int(judged.quantity))
        self.open.append(order)
        return order

    def _see_values(self) -> None:
        """What each account is worth by its history; the signer notes it when it changes."""
        for name, account in self.state.accounts.items():
            value = self.value(account)
            if not self.values[name] or self.values[name][-1][1] != value:
                self.values[name].append((self.now_ns, value))
                self.note(Valued(self.told_ns, name, value))

    def value(self, account: Account) -> Decimal:
        holdings, deep = account.losses.holdings(), SYMBOLS[:2]
        coins = ((holdings.get(s[:3], NONE), self.prices[s]) for s in deep)
        return holdings["BTC"] + sum((quantity * price for quantity, price in coins), NONE)


def case(
    world: World,
    symbol: str,
    side: Side,
    is_exit: bool,
    quantity: Decimal,
    price: Decimal,
    name: str = "a",
) -> Case:
    """A limit order as the rules see it."""
    at, account = world.prices[symbol], world.state.accounts[name]
    policy = account.policy
    bound = policy.markets[symbol].bound(side, world.told_ns)
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
        policy=policy,
        accounts=account.losses,
        now_ns=world.told_ns,
        closed=world.state.doubt(name),
        market=Market(symbol[:3], "BTC", Decimal("0.0001"), Decimal(1), Decimal(0)),
        reference=Reference(side, at, at, at, 0, figures_at(at), bound),
        value=Decimal(10) if name == "a" else world.value(account),
        activity=account.activity,
        source="127.0.0.1",
        worth=account.worth,
        house=world.state.house,
    )
