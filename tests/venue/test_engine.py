"""Matching by price and time, money to the last unit, and what may never happen."""

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.venue.floor import FINE, MARKETS, NOW, TRADERS, Floor
from tradelatch.model.orders import OrderStatus, OrderType, Side, TimeInForce
from tradelatch.venue.engine.commands import (
    Cancel,
    CancelAll,
    Command,
    Deposit,
    Place,
    StandStill,
    Withdraw,
)
from tradelatch.venue.engine.machine import Engine
from tradelatch.venue.engine.refusal import Refused
from tradelatch.venue.engine.state import dump, violations
from tradelatch.venue.engine.units import SCALE

BUY, SELL = Side.BUY, Side.SELL


def test_better_prices_trade_first_and_earlier_orders_before_later_ones() -> None:
    floor = Floor()
    late, _ = floor.limit("ann", SELL, 5, 11)
    first, _ = floor.limit("bob", SELL, 5, 10)
    second, _ = floor.limit("ann", SELL, 5, 10)
    order, trades = floor.limit("cyd", BUY, 12, 11)
    assert trades == [(10, 5), (10, 5), (11, 2)]
    assert order.status is OrderStatus.FILLED
    assert first.status is second.status is OrderStatus.FILLED
    assert (late.status, late.remaining) == (OrderStatus.PARTIALLY_FILLED, 3)


def test_what_is_not_filled_rests_and_locks_money() -> None:
    floor = Floor()
    floor.limit("ann", SELL, 5, 10_000)
    order, trades = floor.limit("bob", BUY, 8, 11_000)
    assert trades == [(10_000, 5)]
    assert order.status is OrderStatus.PARTIALLY_FILLED
    assert floor.locked("bob", "BTC") == 3 * 11_000 * 100
    assert floor.free("bob", "BTC") == 1_000 * SCALE - (5 * 10_000 + 3 * 11_000) * 100


def test_fees_are_taken_from_what_each_side_receives() -> None:
    floor = Floor()
    floor.limit("ann", SELL, 1_000, 10_000)
    floor.market("bob", BUY, lots=1_000)
    assert floor.free("bob", "COIN") == 2_000 * SCALE - SCALE
    assert floor.free("ann", "BTC") == 1_000 * SCALE + 10_000 * 100 * 999
    assert floor.engine.fees == {"COIN": SCALE, "BTC": 10_000 * 100}


@pytest.mark.parametrize(
    ("tif", "lots", "filled", "status"),
    [
        (TimeInForce.IOC, 8, 5, OrderStatus.EXPIRED),
        (TimeInForce.IOC, 5, 5, OrderStatus.FILLED),
        (TimeInForce.FOK, 8, 0, OrderStatus.EXPIRED),
        (TimeInForce.FOK, 5, 5, OrderStatus.FILLED),
        (TimeInForce.GTC, 8, 5, OrderStatus.PARTIALLY_FILLED),
    ],
)
def test_time_in_force(tif: TimeInForce, lots: int, filled: int, status: OrderStatus) -> None:
    floor = Floor()
    floor.limit("ann", SELL, 5, 10)
    floor.limit("ann", SELL, 5, 20)
    order, _ = floor.limit("bob", BUY, lots, 10, tif)
    assert (order.filled, order.status) == (filled, status)
    if status is not OrderStatus.PARTIALLY_FILLED:
        assert floor.locked("bob", "BTC") == 0


def test_a_market_order_takes_what_there_is_and_expires() -> None:
    floor = Floor()
    floor.limit("ann", SELL, 5, 10_000)
    order, trades = floor.market("bob", BUY, lots=9)
    assert trades == [(10_000, 5)]
    assert order.status is OrderStatus.EXPIRED


def test_a_market_buy_in_quote_spends_no_more_than_it_was_given() -> None:
    floor = Floor()
    floor.limit("ann", SELL, 5, 10_000)
    floor.limit("ann", SELL, 5, 20_000)
    order, trades = floor.market("bob", BUY, quote=10_000_000)
    assert trades == [(10_000, 5), (20_000, 2)]
    assert order.status is OrderStatus.FILLED
    assert (order.lots, order.spent) == (7, 9_000_000)


def test_a_market_sale_in_quote_sells_what_it_takes() -> None:
    floor = Floor()
    floor.limit("ann", BUY, 5, 20_000)
    floor.limit("ann", BUY, 5, 10_000)
    order, trades = floor.market("bob", SELL, quote=12_000_000)
    assert trades == [(20_000, 5), (10_000, 2)]
    assert order.status is OrderStatus.FILLED


def test_nobody_sells_more_than_is_held() -> None:
    floor = Floor()
    floor.limit("ann", BUY, 2_000, 10_000)
    with pytest.raises(Refused, match="insufficient balance"):
        floor.market("bob", SELL, lots=1_001)
    with pytest.raises(Refused, match="insufficient balance"):
        floor.market("bob", SELL, quote=1_001 * 10_000 * 100)
    with pytest.raises(Refused, match="insufficient balance"):
        floor.limit("bob", SELL, 1_001, 10_000)


def test_nobody_buys_for_more_than_is_held() -> None:
    floor = Floor()
    floor.limit("ann", SELL, 500, 1_000_000)
    floor.limit("ann", SELL, 500, 3_000_000)
    order, _ = floor.market("dan", BUY, lots=2)
    assert floor.free("dan", "BTC") == 0
    assert order.status is OrderStatus.FILLED
    for lots, quote in ((1, 0), (0, 100_000_000)):
        with pytest.raises(Refused, match="insufficient balance"):
            floor.market("dan", BUY, lots, quote)


def test_units_dropped_by_small_fills_do_not_add_up_to_a_lot_too_many() -> None:
    """Seven lots are worth 980.686 units here: 300 such fills pay 205 units, more than a lot,
    less than the level as a whole is worth."""
    floor = Floor()
    floor.do(Withdraw(NOW, "dan", "FINE", 2 * SCALE - 2_100 * FINE.lot, "outside"))
    for _ in range(300):
        floor.limit("ann", BUY, 7, 1_400, market=FINE.name)
    floor.limit("ann", BUY, 1_000, 1_400, market=FINE.name)
    order, _ = floor.market("dan", SELL, quote=FINE.value_up(1_400, 2_100), market=FINE.name)
    assert order.filled == 2_100
    assert floor.free("dan", "FINE") == 0


def test_cancelling_frees_what_was_locked() -> None:
    floor = Floor()
    order, _ = floor.limit("ann", BUY, 5, 10_000)
    floor.cancel("ann", order.id)
    assert order.status is OrderStatus.CANCELED
    assert floor.free("ann", "BTC") == 1_000 * SCALE
    with pytest.raises(Refused, match="Unknown order"):
        floor.cancel("ann", order.id)


def test_only_the_owner_cancels() -> None:
    floor = Floor()
    order, _ = floor.limit("ann", BUY, 5, 10_000)
    with pytest.raises(Refused, match="Unknown order"):
        floor.cancel("bob", order.id)


def test_cancelling_all_leaves_other_markets_alone() -> None:
    floor = Floor()
    floor.limit("ann", BUY, 5, 10_000)
    floor.limit("ann", SELL, 5, 20_000)
    other, _ = floor.limit("ann", BUY, 500, 7_000, market="FINEBTC")
    floor.cancel_all("ann")
    assert list(floor.engine.accounts["ann"].open) == [other.id]


def test_a_client_order_id_is_unique_among_open_orders_only() -> None:
    floor = Floor()
    order, _ = floor.limit("ann", BUY, 5, 10_000, client_id="mine")
    with pytest.raises(Refused, match=r"Duplicate order sent\."):
        floor.limit("ann", BUY, 5, 10_000, client_id="mine")
    floor.limit("bob", BUY, 5, 10_000, client_id="mine")
    floor.cancel("ann", order.id)
    again, _ = floor.limit("ann", BUY, 5, 10_000, client_id="mine")
    assert again.id != order.id


def test_a_withdrawal_leaves_and_is_recorded() -> None:
    floor = Floor()
    floor.do(Withdraw(NOW, "ann", "BTC", 400 * SCALE, "outside"))
    assert floor.free("ann", "BTC") == 600 * SCALE
    assert floor.engine.accounts["ann"].withdrawals[0].address == "outside"
    assert not violations(floor.engine)
    with pytest.raises(Refused, match="insufficient"):
        floor.do(Withdraw(NOW, "ann", "BTC", 601 * SCALE, "outside"))


def test_time_does_not_go_back() -> None:
    floor = Floor()
    with pytest.raises(Refused, match="time"):
        floor.do(Deposit(NOW - 1, "ann", "BTC", 1))


def test_the_walk_stands_still_and_goes_on() -> None:
    floor = Floor()
    floor.do(StandStill(NOW + 100, still=True))
    assert floor.engine.walk_ms(NOW + 500) == NOW + 100
    floor.do(StandStill(NOW + 500, still=False))
    assert floor.engine.walk_ms(NOW + 600) == NOW + 200


_side = st.sampled_from(list(Side))
_trader = st.sampled_from(TRADERS)
_market = st.sampled_from([listing.name for listing in MARKETS])
_lots = st.one_of(st.integers(1, 40), st.integers(1, 10**7))
_pause = st.sampled_from([0, 0, 0, 1, 400_000])
_limit = st.builds(
    Place,
    at=_pause,
    account=_trader,
    market=_market,
    side=_side,
    type=st.just(OrderType.LIMIT),
    lots=_lots,
    ticks=st.one_of(st.integers(6_990, 7_010), st.integers(1, 20_000)),
    tif=st.sampled_from(list(TimeInForce)),
    client_id=st.sampled_from(["", "", "mine"]),
)
_by_quantity = st.builds(
    Place,
    at=_pause,
    account=_trader,
    market=_market,
    side=_side,
    type=st.just(OrderType.MARKET),
    lots=_lots,
)
_by_quote = st.builds(
    Place,
    at=_pause,
    account=_trader,
    market=_market,
    side=_side,
    type=st.just(OrderType.MARKET),
    quote=st.integers(1, 10**10),
)
_cancel = st.builds(Cancel, at=_pause, account=_trader, market=_market, order=st.integers(1, 15))
_cancel_all = st.builds(CancelAll, at=_pause, account=_trader, market=_market)
_asset = st.sampled_from(["BTC", "COIN", "FINE", "NONE"])
_amount = st.integers(-1, 10**11)
_deposit = st.builds(Deposit, at=_pause, account=_trader, asset=_asset, amount=_amount)
_withdraw = st.builds(
    Withdraw,
    at=_pause,
    account=_trader,
    asset=_asset,
    amount=_amount,
    address=st.just("outside"),
)
_money = st.one_of(_deposit, _withdraw)
_command = st.one_of(_limit, _limit, _limit, _by_quantity, _by_quote, _cancel, _cancel_all, _money)


@settings(max_examples=150)
@given(st.lists(_command, max_size=60))
def test_whatever_is_done_the_books_and_the_money_stay_right(commands: list[Command]) -> None:
    floor = Floor()
    now = NOW
    for command in commands:
        # The strategies' `at` is the time since the command before.
        now += command.at
        before = dump(floor.engine)
        try:
            floor.do(msgspec.structs.replace(command, at=now))
        except Refused:
            assert dump(floor.engine) == before
        assert violations(floor.engine) == []

    twin = Engine()
    for command in floor.history:
        stored = msgspec.json.decode(msgspec.json.encode(command), type=Command)
        twin.apply(stored)
    assert dump(twin) == dump(floor.engine)
