"""ccxt's answers are read exactly, or not at all."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradelatch.bots.connector import reading
from tradelatch.bots.connector.reading import Unreadable
from tradelatch.bots.orders import OrderState

AMOUNTS = st.decimals(0, 10**12, allow_nan=False, allow_infinity=False, places=12)
JUNK: st.SearchStrategy[Any] = (
    st.none() | st.floats() | st.sampled_from(["", "NaN", "Infinity", "1,5", "x"]) | st.just([])
)


@given(AMOUNTS)
def test_a_number_is_what_it_was(amount: Decimal) -> None:
    assert reading.number(format(amount, "f")) == amount


@given(JUNK)
def test_what_is_no_exact_number_is_not_read(junk: Any) -> None:
    with pytest.raises(Unreadable):
        reading.number(junk)


@given(lot=AMOUNTS.filter(bool), least=AMOUNTS | st.none())
def test_a_least_quantity_is_told_where_it_is_more_than_a_lot(
    lot: Decimal, least: Decimal | None
) -> None:
    entry = {
        "base": "A",
        "quote": "B",
        "precision": {"price": "0.01", "amount": format(lot, "f")},
        "limits": {"amount": {"min": least and format(least, "f")}, "cost": {"min": "5"}},
    }
    market = reading.market(entry)
    assert (market.lot, market.tick, market.min_notional) == (lot, Decimal("0.01"), Decimal(5))
    assert market.min_quantity == (least if least and least > lot else 0)


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("open", OrderState.OPEN),
        ("closed", OrderState.FILLED),
        ("canceled", OrderState.CANCELLED),
        ("expired", OrderState.CANCELLED),
        ("rejected", OrderState.DENIED),
    ],
)
def test_states(status: str, state: OrderState) -> None:
    report = reading.report("x", {"status": status, "filled": "0.10"})
    assert (report.state, report.executed) == (state, Decimal("0.1"))


@pytest.mark.parametrize(
    "order", [{}, {"status": "open"}, {"status": "odd", "filled": "1"}, {"filled": "1"}]
)
def test_an_order_that_lacks_something_is_not_read(order: dict[str, Any]) -> None:
    with pytest.raises(Unreadable):
        reading.report("x", order)


@pytest.mark.parametrize("last", [None, "0", "0.00000000"])
def test_a_market_that_never_traded_has_no_price(last: str | None) -> None:
    with pytest.raises(Unreadable, match="nothing was traded"):
        reading.price({"last": last})
