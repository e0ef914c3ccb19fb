"""Binance's filters, in Binance's words."""

import pytest

from tests.venue.floor import COIN, FINE, NOW, Floor
from tradelatch.model.orders import OrderType, Side
from tradelatch.venue.engine.commands import OpenAccount, Place, PlaceList
from tradelatch.venue.engine.refusal import Refused

BUY, SELL = Side.BUY, Side.SELL


@pytest.mark.parametrize(
    ("lots", "ticks", "text"),
    [
        (1, 0, "Invalid price."),
        (0, 7_000, "Invalid quantity."),
        (1, COIN.max_ticks + 1, "Filter failure: PRICE_FILTER"),
        (COIN.max_lots + 1, 7_000, "Filter failure: LOT_SIZE"),
        (1, 9, "Filter failure: NOTIONAL"),
    ],
)
def test_limit_orders(lots: int, ticks: int, text: str) -> None:
    with pytest.raises(Refused) as refusal:
        Floor().limit("ann", BUY, lots, ticks)
    assert (refusal.value.code, refusal.value.msg) == (-1013, text)


@pytest.mark.parametrize("side", list(Side))
@pytest.mark.parametrize(("ticks", "passes"), [(1_399, 0), (1_400, 1), (35_000, 1), (35_001, 0)])
def test_the_price_band_is_measured_from_the_average_price(
    side: Side, ticks: int, passes: int
) -> None:
    floor = Floor()
    if passes:
        floor.limit("ann", side, 1_000, ticks, market=FINE.name)
    else:
        with pytest.raises(Refused, match="PERCENT_PRICE_BY_SIDE"):
            floor.limit("ann", side, 1_000, ticks, market=FINE.name)


def test_the_average_follows_trades_and_forgets_them_after_five_minutes() -> None:
    floor = Floor()
    floor.limit("ann", SELL, 1_000, 30_000, market=FINE.name)
    floor.market("bob", BUY, lots=1_000, market=FINE.name)
    average = floor.engine.markets[FINE.name].average
    assert average.ticks(NOW) == 30_000
    floor.limit("ann", SELL, 3_000, 10_000, market=FINE.name)
    floor.market("bob", BUY, lots=3_000, market=FINE.name)
    assert average.ticks(NOW + 299_999) == 15_000
    assert average.ticks(NOW + 300_000) == 10_000


def test_market_orders_have_no_band_but_a_least_value() -> None:
    floor = Floor()
    floor.limit("ann", SELL, 1_000, 35_000, market=FINE.name)
    order, _ = floor.market("bob", BUY, lots=10, market=FINE.name)
    assert order.filled == 10
    with pytest.raises(Refused, match="NOTIONAL"):
        floor.market("bob", BUY, quote=9, market=FINE.name)


def an_oco(floor: Floor, client_id: str = "") -> PlaceList:
    """A take-profit and a stop-loss, around 7,000."""
    legs = tuple(
        Place(floor.now, "ann", FINE.name, SELL, kind, lots=1_000, stop_ticks=ticks)
        for kind, ticks in ((OrderType.TAKE_PROFIT, 8_000), (OrderType.STOP_LOSS, 6_000))
    )
    return PlaceList(floor.now, "ann", FINE.name, (legs[0], legs[1]), client_id)


def test_an_order_list_counts_as_all_of_its_orders() -> None:
    floor = Floor()
    stop = Place(NOW, "ann", FINE.name, SELL, OrderType.STOP_LOSS, lots=1_000, stop_ticks=6_000)
    for _ in range(FINE.max_algo_orders - 1):
        floor.do(stop)
    with pytest.raises(Refused, match="MAX_NUM_ALGO_ORDERS"):
        floor.do(an_oco(floor))
    floor.cancel("ann", floor.engine.next_order - 1, FINE.name)
    floor.do(an_oco(floor))
    assert len(floor.engine.accounts["ann"].open_in(FINE.name)) == FINE.max_algo_orders


def test_a_list_client_id_is_unique_among_open_lists_only() -> None:
    floor = Floor()
    floor.do(an_oco(floor, "mine"))
    with pytest.raises(Refused, match="Duplicate order sent"):
        floor.do(an_oco(floor, "mine"))
    floor.cancel_all("ann", FINE.name)
    floor.do(an_oco(floor, "mine"))
    [at_work] = floor.engine.accounts["ann"].open_lists()
    assert (at_work.client_id, at_work.id) == ("mine", 2)


def test_house_accounts_may_quote_anywhere() -> None:
    floor = Floor()
    floor.do(OpenAccount(NOW, "house", house=True))
    place = Place(NOW, "house", FINE.name, BUY, OrderType.LIMIT, lots=1, ticks=1)
    with pytest.raises(Refused, match="insufficient balance"):
        floor.do(place)
