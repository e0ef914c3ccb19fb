"""The arithmetic of DCA: the worked example of 3Commas' documentation to the last digit."""

from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from tradelatch.bots.dca import ladder
from tradelatch.bots.dca.position import BASE, DealMemory, Position
from tradelatch.bots.dca.settings import DcaSettings, TakeProfitStep, TakeProfitType
from tradelatch.bots.deals import Deal, Direction
from tradelatch.bots.orders import Fill
from tradelatch.model.markets import Market
from tradelatch.model.orders import Side

D = Decimal
FEE = D("0.001")
MARKET = Market("ETH", "USDT", D("0.01"), D("0.0001"), D(5))
EXAMPLE = DcaSettings(
    base_order_volume=D(100),
    safety_order_volume=D(15),
    max_safety_orders=3,
    active_safety_orders_count=3,
    safety_order_step_percentage=D(1),
    martingale_step_coefficient=D(4),
    martingale_volume_coefficient=D("1.7"),
    take_profit_steps=(
        TakeProfitStep(D(2), D(40)),
        TakeProfitStep(D(3), D(50)),
        TakeProfitStep(D(4), D(10)),
    ),
    stop_loss_percentage=D(4),
)


def bought(settings: DcaSettings, fee_asset: str = "USDT") -> Position:
    """The example's deal after its base order: 0.0324 at 3095.4."""
    deal = Deal(1, "ETH/USDT", Direction.LONG, 0)
    position = Position(deal, DealMemory(), settings, MARKET, FEE)
    amount, price = D("0.0324"), D("3095.4")
    fee = amount * (price if fee_asset == "USDT" else 1) * FEE
    fill = Fill("1", 0, price, amount, fee, fee_asset, price * amount)
    deal.add(Side.BUY, fill)
    position.count(BASE, Side.BUY, fill)
    return position


def test_deviations_are_1_5_and_21_percent() -> None:
    assert ladder.deviations(EXAMPLE) == [1, 5, 21]


def test_the_base_order_buys_0_0324() -> None:
    assert ladder.order_amount(D(100), D("3095.4"), MARKET.lot) == D("0.0324")


def test_the_base_price_holds_the_fee() -> None:
    assert bought(EXAMPLE).memory.base_price == D("3098.4954")
    assert bought(EXAMPLE, "ETH").memory.base_price == D("3098.4954"), "also one taken in base"


def test_safety_orders_of_the_example() -> None:
    wants = bought(EXAMPLE).safety_orders()
    prices = [want.price for want in wants.values()]
    assert prices == [D("3067.51"), D("2943.57"), D("2447.81")]
    assert [want.quantity for want in wants.values()] == [D("0.0049"), D("0.0087"), D("0.0178")]


def test_take_profits_of_the_example() -> None:
    wants = bought(EXAMPLE).take_profits()
    prices = [ladder.take_profit_total(Direction.LONG, D("3098.4954"), D(p), FEE, D("0.01"))
              for p in (2, 3, 4)]  # fmt: skip
    assert prices == [D("3163.63"), D("3194.65"), D("3225.67")]
    shares = [D(40), D(50), D(10)]
    amounts = ladder.step_amounts(D("0.0324"), shares, MARKET.lot)
    assert amounts == [D("0.0129"), D("0.0162"), D("0.0033")]
    # The last is worth 10.65, so all three are orders of their own here.
    assert [(want.price, want.quantity) for want in wants.values()] == list(
        zip(prices, amounts, strict=True)
    )


def test_the_stop_loss_of_the_example() -> None:
    assert bought(EXAMPLE).stop_price == D("2974.555584")


def test_the_budget_is_all_volumes() -> None:
    assert ladder.budget(EXAMPLE) == D(100) + 15 + D("25.5") + D("43.35")


def test_take_profit_of_the_base_order_earns_its_share_of_that_alone() -> None:
    """2 % of 100 are earned by the whole position after the exit's fee, not a tick less."""
    settings = DcaSettings(
        base_order_volume=D(100), take_profit=D(2), take_profit_type=TakeProfitType.BASE
    )
    position = bought(settings)
    fill = Fill("2", 0, D("3000"), D("0.05"), D("0.15"), "USDT", D(150))
    position.deal.add(Side.BUY, fill)
    position.count("safety 1", Side.BUY, fill)
    base, paid = position.deal.bought, position.deal.spent + position.memory.entry_fees
    assert base * position.target * (1 - FEE) - paid >= 2
    assert base * (position.target - D("0.01")) * (1 - FEE) - paid < 2


percent = st.decimals(D("0.01"), D(50), places=2)
price = st.decimals(D("0.01"), D(100_000), places=2)


@given(price, percent, st.sampled_from([D(0), D("0.001"), D("0.0025")]), st.sampled_from(Direction))
def test_a_take_profit_earns_its_percentage_and_no_tick_less(
    average: Decimal, profit: Decimal, fee: Decimal, way: Direction
) -> None:
    tick = D("0.01")
    target = ladder.take_profit_total(way, average, profit, fee, tick)
    assert target % tick == 0
    if way is Direction.LONG:
        wanted = average * (1 + profit / 100)
        assert target * (1 - fee) >= wanted > (target - tick) * (1 - fee)
    else:
        wanted = average * (1 - profit / 100)
        assert target <= wanted * (1 - fee) < target + tick


@given(st.integers(1, 10**6), st.lists(st.integers(1, 100), min_size=1, max_size=4))
def test_steps_share_all_of_a_position(units: int, weights: list[int]) -> None:
    lot, total = D("0.0001"), units * D("0.0001")
    shares = [D(weight) * 100 / sum(weights) for weight in weights]
    amounts = ladder.step_amounts(total, shares, lot)
    assert sum(amounts) == total
    for amount, share in zip(amounts[:-1], shares, strict=False):
        exact = Fraction(total) * Fraction(share) / 100
        assert Fraction(amount) <= exact < Fraction(amount + lot)


@given(
    step=percent,
    c=st.decimals(D("0.1"), D(10), places=2),
    v=st.decimals(D("0.1"), D(10), places=2),
    count=st.integers(0, 30),
)
def test_the_ladder_is_the_formula(step: Decimal, c: Decimal, v: Decimal, count: int) -> None:
    settings = DcaSettings(
        base_order_volume=D(10),
        safety_order_volume=D(15),
        max_safety_orders=count,
        safety_order_step_percentage=step,
        martingale_step_coefficient=c,
        martingale_volume_coefficient=v,
    )
    found = ladder.deviations(settings)
    for level, deviation in enumerate(found, 1):
        exact = step * sum(c**power for power in range(level))
        assert abs(deviation / exact - 1) < D("1e-20")
        volume = 15 * v ** (level - 1)
        assert abs(ladder.level_volume(settings, level) / volume - 1) < D("1e-20")
    assert ladder.most_orders(settings, D(100)) == sum(one < 100 for one in found)
