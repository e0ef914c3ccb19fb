"""Matching by price and time, money to the last unit, and what may never happen."""

from collections import Counter

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.venue.floor import FINE, MARKETS, NOW, TRADERS, Floor
from tests.venue.storm import Storm
from tradelatch.model.orders import OrderStatus, OrderType, Side, TimeInForce
from tradelatch.venue.engine.commands import (
    Amend,
    Cancel,
    CancelAll,
    CancelList,
    Command,
    Deposit,
    NoteTime,
    Place,
    PlaceList,
    StandStill,
    Withdraw,
)
from tradelatch.venue.engine.events import OrderChanged
from tradelatch.venue.engine.machine import Engine
from tradelatch.venue.engine.order import PRICED, STOPS, SelfTradePrevention
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


def test_an_amended_order_keeps_its_place_and_gives_back_what_it_needs_no_more() -> None:
    floor = Floor()
    first, _ = floor.limit("ann", BUY, 5, 10_000)
    second, _ = floor.limit("bob", BUY, 5, 10_000)
    floor.market("cyd", SELL, lots=1)
    floor.do(Amend(floor.now, "ann", "COINBTC", first.id, 3, "renamed"))
    assert floor.locked("ann", "BTC") == 2 * 10_000 * 100
    assert violations(floor.engine) == []
    assert floor.engine.accounts["ann"].by_client_id["COINBTC", "renamed"] is first
    floor.market("cyd", SELL, lots=3)
    assert (first.status, first.filled) == (OrderStatus.FILLED, 3)
    assert (second.status, second.filled) == (OrderStatus.PARTIALLY_FILLED, 1)


@pytest.mark.parametrize(
    ("lots", "says"),
    [
        (5, "change no state"),
        (6, "increase"),
        (1, "Invalid quantity"),
        (0, "Invalid quantity"),
    ],
)
def test_an_order_is_amended_to_less_than_it_is_for_and_more_than_was_filled(
    lots: int, says: str
) -> None:
    floor = Floor()
    order, _ = floor.limit("ann", BUY, 5, 10_000)
    floor.market("cyd", SELL, lots=1)
    before = dump(floor.engine)
    with pytest.raises(Refused, match=says):
        floor.do(Amend(floor.now, "ann", "COINBTC", order.id, lots, "mine"))
    assert dump(floor.engine) == before


def test_nobody_amends_anothers_order() -> None:
    floor = Floor()
    order, _ = floor.limit("ann", BUY, 5, 10_000)
    with pytest.raises(Refused, match="Unknown order"):
        floor.do(Amend(floor.now, "bob", "COINBTC", order.id, 1, "mine"))


def test_fees_are_taken_from_what_each_side_receives() -> None:
    floor = Floor()
    floor.limit("ann", SELL, 1_000, 10_000)
    floor.market("bob", BUY, lots=1_000)
    assert floor.free("bob", "COIN") == 2_000 * SCALE - SCALE
    assert floor.free("ann", "BTC") == 1_000 * SCALE + 10_000 * 100 * 999
    assert floor.engine.fees == {"COIN": SCALE, "BTC": 10_000 * 100}


def test_a_buyer_may_pay_its_fee_in_quote() -> None:
    floor = Floor()
    rests = Place(floor.now, "ann", "COINBTC", BUY, OrderType.LIMIT, 1_000, 10_000, quote_fee=True)
    order, _ = floor.place(rests)
    value = 10_000 * 1_000 * 100
    assert order.locked == value + value // 1_000
    assert floor.free("ann", "BTC") == 1_000 * SCALE - order.locked
    floor.market("bob", SELL, lots=400)
    paid = order.spent + order.spent // 1_000
    assert (order.filled, order.charged) == (400, order.spent // 1_000)
    floor.cancel("ann", order.id)
    assert floor.free("ann", "BTC") == 1_000 * SCALE - paid
    assert floor.free("ann", "COIN") == 1_400 * SCALE
    assert floor.engine.fees == {"COIN": 0, "BTC": 2 * order.charged}


def test_what_a_market_order_spends_includes_its_fee_in_quote() -> None:
    floor = Floor()
    floor.limit("ann", SELL, 1_000, 10_000)
    quote = 1_001 * 10_000 * 100
    order, trades = floor.place(
        Place(floor.now, "bob", "COINBTC", BUY, OrderType.MARKET, quote=quote, quote_fee=True)
    )
    assert trades == [(10_000, 1_000)]
    assert order.spent + order.charged == quote
    assert (order.status, order.charged) == (OrderStatus.FILLED, 1_000_000)


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
    assert [order.id for order in floor.engine.accounts["ann"].open_orders()] == [other.id]


def test_a_client_order_id_is_unique_among_open_orders_only() -> None:
    floor = Floor()
    order, _ = floor.limit("ann", BUY, 5, 10_000, client_id="mine")
    with pytest.raises(Refused, match=r"Duplicate order sent\."):
        floor.limit("ann", BUY, 5, 10_000, client_id="mine")
    floor.limit("bob", BUY, 5, 10_000, client_id="mine")
    floor.cancel("ann", order.id)
    again, _ = floor.limit("ann", BUY, 5, 10_000, client_id="mine")
    assert again.id != order.id


def test_a_stop_waits_for_the_first_trade_of_a_market_without_a_price() -> None:
    floor = Floor()
    stop, _ = floor.place(
        Place(floor.now, "ann", "COINBTC", SELL, OrderType.STOP_LOSS, lots=1, stop_ticks=90)
    )
    floor.limit("bob", BUY, 3, 80)
    assert stop.is_waiting
    floor.market("cyd", SELL, 1)
    assert (stop.is_waiting, stop.status, stop.spent) == (False, OrderStatus.FILLED, 80 * 100)


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
_prevention = st.sampled_from([SelfTradePrevention.NONE, *SelfTradePrevention])
_limit = st.builds(
    Place,
    at=_pause,
    account=_trader,
    market=_market,
    side=_side,
    type=st.sampled_from([OrderType.LIMIT, OrderType.LIMIT, OrderType.LIMIT_MAKER]),
    lots=_lots,
    prevention=_prevention,
    quote_fee=st.booleans(),
    ticks=st.one_of(st.integers(6_990, 7_010), st.integers(1, 20_000)),
    tif=st.sampled_from(list(TimeInForce)),
    client_id=st.sampled_from(["", "", "mine"]),
)
_near = st.integers(6_990, 7_010)


@st.composite
def _stops(draw: st.DrawFn) -> Place:
    kind = draw(st.sampled_from(sorted(STOPS)))
    return Place(
        draw(_pause),
        draw(_trader),
        draw(_market),
        draw(_side),
        kind,
        lots=draw(_lots),
        ticks=draw(_near) if kind in PRICED else 0,
        tif=draw(st.sampled_from(list(TimeInForce))),
        stop_ticks=draw(_near),
        prevention=draw(_prevention),
        quote_fee=draw(st.booleans()),
    )


@st.composite
def _lists(draw: st.DrawFn) -> PlaceList:
    """Mostly with prices on the right sides of 7,000."""
    account, market, side = draw(_trader), draw(_market), draw(_side)
    below, above = draw(st.integers(6_990, 7_000)), draw(st.integers(7_000, 7_010))
    target, stop = (below, above) if side is BUY else (above, below)
    kind = draw(st.sampled_from([OrderType.STOP_LOSS, OrderType.STOP_LOSS_LIMIT]))
    lots = draw(_lots)
    profit = Place(0, account, market, side, OrderType.LIMIT_MAKER, lots, target)
    if draw(st.booleans()):
        profit = Place(0, account, market, side, OrderType.TAKE_PROFIT, lots, stop_ticks=target)
    limit = draw(_near) if kind in PRICED else 0
    loss = Place(0, account, market, side, kind, lots, limit, stop_ticks=stop)
    return PlaceList(draw(_pause), account, market, (profit, loss))


_cancel_list = st.builds(
    CancelList, at=_pause, account=_trader, market=_market, order_list=st.integers(1, 4)
)
_by_quantity = st.builds(
    Place,
    at=_pause,
    account=_trader,
    market=_market,
    side=_side,
    type=st.just(OrderType.MARKET),
    lots=_lots,
    prevention=_prevention,
    quote_fee=st.booleans(),
)
_by_quote = st.builds(
    Place,
    at=_pause,
    account=_trader,
    market=_market,
    side=_side,
    type=st.just(OrderType.MARKET),
    quote=st.integers(1, 10**10),
    prevention=_prevention,
    quote_fee=st.booleans(),
)
_cancel = st.builds(Cancel, at=_pause, account=_trader, market=_market, order=st.integers(1, 15))
_amend = st.builds(
    Amend,
    at=_pause,
    account=_trader,
    market=_market,
    order=st.integers(1, 15),
    lots=_lots,
    client_id=st.sampled_from(["mine", "other"]),
)
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
_new = st.one_of(
    _limit, _limit, _limit, _by_quantity, _by_quote, _stops(), _stops(), _lists(), _lists()
)
_command = st.one_of(_new, _new, _new, _cancel, _cancel_list, _cancel_all, _amend, _money)


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


@pytest.mark.parametrize("seed", range(8))
def test_a_storm_of_orders_of_all_kinds_leaves_everything_right(seed: int) -> None:
    floor = Floor()
    seen: Counter[str] = Counter()
    for command in Storm(seed, floor).commands(1_500):
        try:
            events = floor.do(command)
        except Refused:
            continue
        assert violations(floor.engine) == []
        for event in events:
            if isinstance(event, OrderChanged):
                seen[f"{event.change} {event.order.type}"] += 1
            else:
                seen[type(event).__name__] += 1
    rare = [f"{change} {kind}" for change in ("TRIGGERED", "CANCELED") for kind in STOPS]
    rare += ["EXPIRED LIMIT_MAKER", "TRADE_PREVENTION LIMIT", "Traded", "ListChanged"]
    rare += ["REPLACED LIMIT", "REPLACED STOP_LOSS_LIMIT"]
    assert [name for name in rare if not seen[name]] == []
    floor.do(NoteTime(floor.now))  # the average price is told as of the last command's time

    twin = Engine()
    for command in floor.history:
        twin.apply(msgspec.json.decode(msgspec.json.encode(command), type=Command))
    assert dump(twin) == dump(floor.engine)
