"""What another exchange would have made of the same trades is explained, and nothing else is."""

from array import array
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradelatch.bots.backtest.drift.comparing import Cause, compare
from tradelatch.bots.backtest.drift.given import Case, replay
from tradelatch.bots.backtest.drift.live import Live
from tradelatch.bots.backtest.drift.telling import Line, Telling
from tradelatch.bots.backtest.terms import Terms
from tradelatch.bots.dca.settings import DcaSettings
from tradelatch.bots.dca.strategy import Dca
from tradelatch.bots.grid.settings import GridSettings
from tradelatch.bots.grid.strategy import Grid
from tradelatch.model.markets import Market
from tradelatch.model.orders import Side
from tradelatch.tapes.trades import Trades

D = Decimal
BEGIN_MS, START_MS = 1_704_067_200_000, 1_704_067_210_000
ETH = Market("ETH", "USDT", D("0.01"), D("0.001"), D(5))
PLENTY = {"USDT": D(1_000_000), "ETH": D(1_000)}
LADDER = DcaSettings(
    base_order_volume=D(100),
    safety_order_volume=D(100),
    max_safety_orders=3,
    active_safety_orders_count=2,
    safety_order_step_percentage=D("0.5"),
    take_profit=D("0.3"),
)
STOPPED = msgspec.structs.replace(LADDER, stop_loss_percentage=D("1.2"))
TRAILING = msgspec.structs.replace(LADDER, trailing_deviation=D("0.2"))
LINES = GridSettings(
    upper_price=D(104), lower_price=D(96), grids_quantity=17, quantity_per_grid=D(1)
)
BOTS: dict[str, tuple[Any, Any]] = {
    "ladder": (Dca, LADDER),
    "stopped": (Dca, STOPPED),
    "trailing": (Dca, TRAILING),
    "lines": (Grid, LINES),
}


def _trades(moves: list[int], gap_ms: int) -> Trades:
    """A walk in cents from 100, a trade every `gap_ms`; the taker of a rise bought."""
    prices, times, bought = [10_000], [BEGIN_MS], [1]
    for number, move in enumerate(moves):
        prices.append(max(5_000, prices[-1] + move))
        times.append(START_MS - 500 + number * gap_ms)
        bought.append(int(move >= 0))
    count = len(prices)
    return Trades(
        "ETH/USDT",
        array("q", times),
        array("q", (price * 10**6 for price in prices)),
        array("q", [50 * 10**8] * count),
        array("b", bought),
    )


def _case(name: str, trades: Trades, lived: Terms) -> Case:
    """A bot that was live on an exchange that fills orders by other terms than are assumed."""
    kind, settings = BOTS[name]
    end_ms = trades.times[-1] + 1
    live = Live(
        name, "", kind, settings, ("ETH/USDT",), START_MS, end_ms, 1, Telling({}, {}), PLENTY
    )
    case = Case(live, {"ETH/USDT": trades}, {"ETH/USDT": ETH}, Terms())
    return case._replace(live=live._replace(telling=replay(case, lived)))


walks = st.lists(st.integers(-60, 60), min_size=30, max_size=120)
terms = st.builds(
    Terms,
    slippage=st.sampled_from([D(0), D("0.0005"), D("0.01")]),
    touch=st.booleans(),
    latency_ms=st.sampled_from([0, 40, 900]),
)


@pytest.mark.parametrize("name", ["ladder", "lines"])
@given(moves=walks, gap_ms=st.sampled_from([20, 300, 2_000]), lived=terms)
def test_other_terms_are_explained(name: str, moves: list[int], gap_ms: int, lived: Terms) -> None:
    case = _case(name, _trades(moves, gap_ms), lived)
    drift = compare(case)
    assert drift.problems == ()
    assert drift.retold_profit == drift.live_profit
    assert sum(step.worth for step in drift.steps) == drift.live_profit - drift.backtest_profit
    assert all(row.cause is not Cause.UNEXPLAINED for row in drift.rows)


@pytest.mark.parametrize("name", BOTS)
def test_the_assumed_terms_make_no_difference(name: str) -> None:
    case = _case(name, _trades([-40, 30, -55, 20, 60] * 20, 400), Terms())
    drift = compare(case)
    assert len(drift.rows) > 3
    assert [row.cause for row in drift.rows if row.cause] == []
    assert (drift.problems, drift.live_profit) == ((), drift.backtest_profit)


def _tampered(case: Case, line: Line) -> Case:
    telling = case.live.telling
    lines = {**telling.lines, line.key: line}
    return case._replace(live=case.live._replace(telling=Telling(lines, telling.deals)))


@pytest.mark.parametrize("name", ["ladder", "lines"])
def test_a_changed_record_is_unexplained(name: str) -> None:
    case = _case(name, _trades([-40, 30, -55, 20, 60] * 20, 400), Terms(touch=True))
    filled = next(line for line in case.live.telling.lines.values() if line.price and line.fills)
    (first, *rest) = filled.fills
    assert filled.price
    for changed in (
        msgspec.structs.replace(filled, quantity=filled.quantity + 1),
        msgspec.structs.replace(filled, price=filled.price + ETH.tick),
        msgspec.structs.replace(filled, fills=()),
        msgspec.structs.replace(filled, fills=(*filled.fills, first)),
        *(
            msgspec.structs.replace(filled, fills=(msgspec.structs.replace(first, **more), *rest))
            for more in (
                {"price": first.price * 2},
                {"time_ms": first.time_ms + 20_000},
                {"fee": first.fee * 2},
            )
        ),
    ):
        drift = compare(_tampered(case, changed))
        assert drift.problems, changed
    assert not compare(case).problems


def test_a_fill_where_nobody_traded_is_unexplained() -> None:
    """The market fell to 99.50 and no further; the ladder's order at 98.90 cannot be filled."""
    case = _case("ladder", _trades([-10, -10, 10] * 30, 400), Terms())
    resting = next(line for line in case.live.telling.lines.values() if line.side is Side.BUY)
    assert resting.price is None
    low = next(one for one in case.live.telling.lines.values() if one.key.tag == "safety 2")
    assert low.price
    fill = msgspec.structs.replace(
        resting.fills[0],
        trade_id="999",
        price=low.price,
        quantity=low.quantity,
        value=low.price * low.quantity,
        fee=low.quantity / 1000,
        time_ms=low.created_ms + 5_000,
    )
    told = compare(_tampered(case, msgspec.structs.replace(low, fills=(fill,)))).problems
    assert any("nobody traded there" in problem for problem in told)
