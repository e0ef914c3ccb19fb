"""The bound: what the rules admit costs no more than the amounts, however it is filled."""

from decimal import Decimal
from itertools import pairwise, permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.policy.broken import BROKEN
from tests.policy.setting import START_NS, SYMBOLS, Violation
from tests.policy.thieves import PLANS, Step, random_steps
from tests.policy.world import World
from tradelatch.model.clock import DAY
from tradelatch.model.markets import split_symbol
from tradelatch.model.money import DUST, ZERO
from tradelatch.model.orders import Side
from tradelatch.policy.accounting import Accounts, Used, Window
from tradelatch.policy.document import Depth
from tradelatch.policy.haircut import Impact
from tradelatch.policy.judged import Judged

ONE = Decimal(1)
FEE = Decimal("0.001")
IMPACT = Impact(ONE, Decimal(2_000), Decimal("0.03"), FEE, ONE)
BUY, SELL = Side.BUY, Side.SELL

_markets = st.integers(0, len(SYMBOLS) - 1)
_steps: st.SearchStrategy[Step] = st.one_of(
    st.tuples(
        st.just("place"),
        _markets,
        st.sampled_from(Side),
        st.booleans(),
        st.integers(1, 300),
        st.integers(-50, 150),
    ),
    st.tuples(
        st.just("fill"),
        st.integers(0, 9),
        st.integers(1, 4),
        st.integers(0, 200),
        st.integers(0, 1000),
    ),
    st.tuples(st.just("cancel"), st.integers(0, 9)),
    st.tuples(st.just("wait"), st.integers(0, 24 * 31)),
    st.tuples(st.just("move"), _markets, st.integers(700, 1300)),
    st.tuples(st.just("deposit"), _markets, st.integers(1, 200)),
)


def deep(side: Side, quantity: int, limit: str = "1", **changes: object) -> Judged:
    settings = {
        "symbol": "ABC/BTC",
        "depth": Depth.DEEP,
        "exit": False,
        "reference": ONE,
        "fee_rate": FEE,
        "impact": IMPACT if side is BUY else None,
    } | changes
    return Judged(side=side, quantity=Decimal(quantity), limit=Decimal(limit), **settings)  # type: ignore[arg-type]


def thin(side: Side, quantity: int, limit: str = "1") -> Judged:
    return deep(side, quantity, limit, symbol="RAG/BTC", depth=Depth.THIN, impact=None)


def test_orders_cost_no_more_than_the_amounts_while_references_stand() -> None:
    """And no fill, cancel or passing of time raises what is used."""

    @settings(max_examples=300)
    @given(st.lists(_steps, max_size=40))
    def holds(steps: list[Step]) -> None:
        World(steady=True).run(steps)

    holds()


def test_orders_cost_no_more_than_the_amounts_while_references_move() -> None:
    @settings(max_examples=300)
    @given(st.lists(_steps, max_size=40))
    def holds(steps: list[Step]) -> None:
        World(steady=False).run(steps)

    holds()


@pytest.mark.parametrize("housed", [True, False])
@pytest.mark.parametrize("steady", [True, False])
def test_a_greedy_thief_stays_within_the_amounts(steady: bool, housed: bool) -> None:
    for seed in range(60):
        World(steady, housed).run(random_steps(seed))


@pytest.mark.soak
def test_a_greedy_thief_stays_within_the_amounts_for_100_000_sequences() -> None:
    for seed in range(100_000):
        World(steady=seed % 2 == 0, housed=seed % 3 == 0).run(random_steps(seed))


def test_the_amounts_are_spent_at_all() -> None:
    """A bound that nothing reaches would prove little: the thief gets most of each amount."""
    most = [ZERO, ZERO, ZERO]
    for steps in [*PLANS.values(), *(random_steps(seed) for seed in range(60))]:
        world = World(steady=True)
        world.run(steps)
        most = [max(a, b) for a, b in zip(most, world.most, strict=True)]
    assert most[0] > Decimal("4.5")
    assert most[1] > 36
    assert most[2] > Decimal("2.5")


@given(st.lists(st.tuples(st.sampled_from(Side), st.integers(1, 50), st.integers(-80, 80))))
@settings(max_examples=100)
def test_open_orders_reserve_what_any_of_them_cost_together(
    orders: list[tuple[Side, int, int]],
) -> None:
    accounts = Accounts()
    for number, (side, quantity, offset) in enumerate(orders):
        limit = str(1 + (offset if side is BUY else -offset) * FEE)
        accounts.reserve(str(number), deep(side, quantity, limit))
    reserved = accounts.used(Window.DAY, START_NS).budget
    for number, (_, quantity, _) in enumerate(orders):
        if number % 3 != 0:
            order = accounts._books["ABC"].open[str(number)]
            fee = quantity * order.limit * FEE
            accounts.fill(str(number), Decimal(quantity), order.limit, fee, START_NS)
        accounts.close(str(number))
    assert accounts.used(Window.DAY, START_NS).budget <= reserved + DUST


@given(st.integers(1, 200), st.integers(1, 3000))
@settings(max_examples=40)
def test_many_small_orders_reserve_at_least_what_one_large_one_does(parts: int, each: int) -> None:
    many, one = Accounts(), Accounts()
    one.reserve("one", deep(BUY, parts * each))
    for number in range(parts):
        many.reserve(str(number), deep(BUY, each))
    assert many.used(Window.DAY, START_NS) == one.used(Window.DAY, START_NS)
    one.fill("one", Decimal(parts * each), ONE, ZERO, START_NS)
    for number in range(parts):
        many.fill(str(number), Decimal(each), ONE, ZERO, START_NS)
    filled, whole = many.used(Window.DAY, START_NS), one.used(Window.DAY, START_NS)
    assert abs(filled.budget - whole.budget) <= DUST


def test_a_lie_about_balances_gives_no_room_in_a_thin_coin() -> None:
    """What was held before is said to be gone: its sale would count as one of bought units."""
    accounts = Accounts()
    accounts.hold("RAG", Decimal(900))
    accounts.reserve("buy", thin(BUY, 100))
    accounts.fill("buy", Decimal(100), ONE, ZERO, START_NS)
    accounts.close("buy")
    accounts.hold("RAG", Decimal(100))
    accounts.reserve("sell", thin(SELL, 100))
    accounts.fill("sell", Decimal(100), ONE, ZERO, START_NS)
    assert accounts.used(Window.DAY, START_NS).allocation == 100


@pytest.mark.parametrize("said", [0, 30, 1000])
def test_a_lie_about_balances_makes_no_haircut_smaller(said: int) -> None:
    """The units that orders bought are said to be gone, or to be more, after each buy."""
    honest, lied_to = Accounts(), Accounts()
    for number in range(20):
        for accounts in (honest, lied_to):
            accounts.reserve(str(number), deep(BUY, 30))
            accounts.fill(str(number), Decimal(30), ONE, ZERO, START_NS)
            accounts.close(str(number))
        lied_to.hold("ABC", Decimal(said))
    assert lied_to.used(Window.DAY, START_NS) == honest.used(Window.DAY, START_NS)


def test_the_haircut_is_convex_and_rounded_up() -> None:
    losses = [IMPACT.loss(Decimal(n)) for n in range(50)]
    rises = [after - before for before, after in pairwise(losses)]
    assert rises == sorted(rises)
    assert rises[0] > 0
    assert losses[2] > 2 * (FEE + Decimal("0.03") * (Decimal(2) / 2_000).sqrt()) - DUST


def test_buys_judged_by_different_inputs_reserve_for_any_order_of_fills() -> None:
    """A market that is wide now and volatile later: neither input alone covers both orders."""
    wide = Impact(ONE, Decimal(10**9), ZERO, Decimal("0.05"), ONE)
    wild = Impact(ONE, Decimal(100), Decimal("0.1"), ZERO, ONE)
    for turns in permutations([("wide", wide, 10), ("wild", wild, 100)]):
        accounts = Accounts()
        for name, impact, quantity in turns:
            accounts.reserve(name, deep(BUY, quantity, impact=impact))
        before = accounts.used(Window.DAY, START_NS).budget
        for name, _, quantity in turns:
            accounts.fill(name, Decimal(quantity), ONE, quantity * FEE, START_NS)
        assert accounts.used(Window.DAY, START_NS).budget <= before


@pytest.mark.parametrize("first", ["fair", "cheap"])
def test_thin_sells_reserve_for_the_costliest_to_sell_what_was_held_before(first: str) -> None:
    accounts = Accounts()
    accounts.reserve("buy", thin(BUY, 10))
    accounts.fill("buy", Decimal(10), ONE, ZERO, START_NS)
    accounts.close("buy")
    accounts.hold("RAG", Decimal(20))
    limits = {"fair": "1", "cheap": "0.9"}
    for name in sorted(limits, key=lambda name: name != first):
        accounts.reserve(name, thin(SELL, 10, limits[name]))
    before = accounts.used(Window.DAY, START_NS).exit_budget
    assert before == Decimal("1.01")
    accounts.fill("cheap", Decimal(10), Decimal("0.9"), Decimal("0.009"), START_NS)
    assert accounts.used(Window.DAY, START_NS).exit_budget <= before


def test_selling_thin_units_that_the_ledger_does_not_know_draws_on_the_exit_budget() -> None:
    accounts = Accounts()
    accounts.reserve("sell", thin(SELL, 10, "0.9"))
    assert accounts.used(Window.DAY, START_NS).exit_budget == Decimal("1.01")
    accounts.fill("sell", Decimal(10), Decimal("0.9"), Decimal("0.009"), START_NS)
    used = accounts.used(Window.DAY, START_NS)
    assert used.exit_budget == Decimal("1.009")
    assert used.allocation == 0


@pytest.mark.parametrize(("quantity", "limit", "reference"), [(7, "1.1", "1"), (3, "1", "0.9")])
def test_a_million_parts_cost_what_one_does(quantity: int, limit: str, reference: str) -> None:
    """Shown with a thousand: rounding is done once, not once a fill."""
    costs = []
    for parts in (1, 1000):
        accounts = Accounts()
        accounts.reserve("a", deep(BUY, quantity, limit, impact=None, reference=Decimal(reference)))
        share = Decimal(quantity) / parts
        fee = share * Decimal(limit) * FEE
        for _ in range(parts):
            accounts.fill("a", share, Decimal(limit), fee, START_NS)
        costs.append(accounts.used(Window.DAY, START_NS).budget)
    assert costs[0] == costs[1]


def test_honest_use_leaks_nothing() -> None:
    """What is neither open nor within the window is used by nobody."""
    for seed in range(20):
        world = World(steady=True)
        world.run(random_steps(seed))
        world.check_idle()


def test_an_order_that_never_filled_costs_nothing() -> None:
    accounts = Accounts()
    before = accounts.used_by_window(START_NS)
    for number, order in enumerate([deep(BUY, 5, "1.1"), thin(BUY, 5), thin(SELL, 5)]):
        accounts.reserve(str(number), order)
        assert accounts.used_by_window(START_NS) != before
        accounts.close(str(number))
        assert accounts.used_by_window(START_NS) == before


def test_old_purchases_are_kept_as_one_and_still_counted() -> None:
    accounts = Accounts()
    for number in range(50):
        accounts.reserve("a", deep(BUY, 2))
        accounts.fill("a", Decimal(2), ONE, ZERO, START_NS + number)
        accounts.close("a")
    accounts.reserve("b", deep(BUY, 1))
    accounts.fill("b", ONE, ONE, ZERO, START_NS + 40 * DAY)
    accounts.forget(START_NS + 40 * DAY)
    assert accounts.holdings() == {"ABC": 101, "BTC": -101}
    book = accounts._books["ABC"]
    assert [len(book._lots), len(book._haircuts)] == [2, 2]
    rise = IMPACT.loss(Decimal(101)) - IMPACT.loss(Decimal(100))
    assert accounts.used(Window.DAY, START_NS + 40 * DAY).budget == rise


def test_a_loss_counts_until_the_month_is_over() -> None:
    accounts = Accounts()
    for name, when in (("a", START_NS), ("b", START_NS + 30 * DAY - 1)):
        accounts.reserve(name, deep(BUY, 1, "1.1", impact=None))
        accounts.fill(name, ONE, Decimal("1.1"), ZERO, when)
    assert accounts.used(Window.MONTH, START_NS + 30 * DAY - 1).budget == Decimal("0.2")
    assert accounts.used(Window.MONTH, START_NS + 30 * DAY).budget == Decimal("0.1")


def test_selling_releases_the_haircut() -> None:
    accounts = Accounts()
    accounts.reserve("buy", deep(BUY, 100))
    accounts.fill("buy", Decimal(100), ONE, ZERO, START_NS)
    used = [accounts.used(Window.DAY, START_NS).budget]
    for name, quantity in (("some", 40), ("rest", 60)):
        accounts.reserve(name, deep(SELL, quantity))
        accounts.fill(name, Decimal(quantity), ONE, ZERO, START_NS)
        used.append(accounts.used(Window.DAY, START_NS).budget)
    assert used[0] == IMPACT.loss(Decimal(100))
    assert used[0] > used[1] >= IMPACT.loss(Decimal(60))
    assert used[2] == 0
    again = accounts.used(Window.DAY, START_NS, deep(BUY, 100)).budget
    assert again == Accounts().used(Window.DAY, START_NS, deep(BUY, 100)).budget


def test_an_order_that_is_asked_about_again_is_told_by_what_is_held_now() -> None:
    accounts, sell = Accounts(), thin(SELL, 10)
    accounts.reserve("buy", thin(BUY, 10))
    accounts.fill("buy", Decimal(10), ONE, ZERO, START_NS)
    accounts.close("buy")
    assert accounts.used(Window.DAY, START_NS, sell).exit_budget == 0
    accounts.hold(sell.asset, ZERO)
    assert accounts.used(Window.DAY, START_NS, sell).exit_budget == sell.whole_cost > 0


def test_a_haircut_that_is_forgotten_is_not_released() -> None:
    """Else selling would make room in a month that an operator's clock goes back into."""
    accounts = Accounts()
    accounts.reserve("buy", deep(BUY, 100))
    accounts.fill("buy", Decimal(100), ONE, ZERO, START_NS)
    accounts.forget(START_NS + 30 * DAY)
    accounts.reserve("sell", deep(SELL, 100))
    accounts.fill("sell", Decimal(100), ONE, ZERO, START_NS + 29 * DAY)
    assert accounts.used(Window.MONTH, START_NS + 29 * DAY).budget == 0
    assert accounts.lost(Window.MONTH, START_NS + 29 * DAY) == (ZERO, ZERO)


def test_churning_thin_coins_costs_both_fees() -> None:
    accounts = Accounts()
    for side in Side:
        accounts.reserve(side, thin(side, 10))
        accounts.fill(side, Decimal(10), ONE, Decimal("0.01"), START_NS)
    assert accounts.used(Window.DAY, START_NS) == Used(ZERO, Decimal("0.02"), ZERO)


def test_a_fill_is_judged_by_the_worse_reference() -> None:
    for reference, lost in ((None, "0.1"), ("1.2", "0.1"), ("0.7", "0.4")):
        accounts = Accounts()
        accounts.reserve("a", deep(BUY, 1, "1.1", impact=None))
        at = Decimal(reference) if reference else None
        accounts.fill("a", ONE, Decimal("1.1"), ZERO, START_NS, at)
        assert accounts.used(Window.DAY, START_NS).budget == Decimal(lost)


@pytest.mark.parametrize("variant", BROKEN)
def test_a_broken_variant_is_noticed(variant: str, monkeypatch: pytest.MonkeyPatch) -> None:
    BROKEN[variant](monkeypatch)
    with pytest.raises(Violation):
        _search()


def test_nothing_is_noticed_where_nothing_is_broken() -> None:
    _search(seeds=30)


@pytest.mark.parametrize("plan", PLANS)
def test_a_thief_with_a_plan_stays_within_the_amounts(plan: str) -> None:
    World(steady=False).run(PLANS[plan])


def _search(seeds: int = 120) -> None:
    for plan in PLANS.values():
        for housed in (False, True):
            World(False, housed).run(plan)
    for seed in range(seeds):
        for steady in (False, True):
            world = World(steady, housed=seed % 2 == 1)
            world.run(random_steps(seed, length=80))
            world.check_idle()


def test_assets_are_told_by_the_markets_name() -> None:
    assert deep(BUY, 1).asset == split_symbol("ABC/BTC")[0]


def test_bought_units_that_are_gone_leave_the_ledger_and_not_what_they_cost() -> None:
    """A fee taken in the coin, or a withdrawal: reconciled once, not told again and again."""
    accounts = Accounts()
    for number in range(2):
        accounts.reserve(str(number), deep(BUY, 10))
        accounts.fill(str(number), Decimal(10), ONE, ZERO, START_NS + number)
        accounts.close(str(number))
    before = accounts.used(Window.DAY, START_NS + 2).budget
    for left in ("19.98", "5", "0"):
        accounts.hold("ABC", Decimal(left))
        assert accounts.holdings()["ABC"] == Decimal(left)
        assert accounts.held("ABC") == Decimal(left)
        assert accounts.used(Window.DAY, START_NS + 2).budget == before
    accounts.hold("ABC", Decimal(7))
    assert accounts.holdings()["ABC"] == 7
