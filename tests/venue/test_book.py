"""The book keeps prices in order and arrivals in line, whatever is added and removed."""

from hypothesis import given
from hypothesis import strategies as st

from tradelatch.model.orders import OrderType, Side
from tradelatch.venue.engine.book import BookSide
from tradelatch.venue.engine.commands import Place
from tradelatch.venue.engine.order import Order


@given(
    side=st.sampled_from(list(Side)),
    prices=st.lists(st.integers(1, 8), max_size=40),
    removals=st.lists(st.integers(0, 39)),
)
def test_levels_are_sorted_and_hold_their_orders_in_order_of_arrival(
    side: Side, prices: list[int], removals: list[int]
) -> None:
    book = BookSide(side)
    resting = {}
    for number, ticks in enumerate(prices):
        place = Place(0, "ann", "COINBTC", side, OrderType.LIMIT, lots=number + 1, ticks=ticks)
        resting[number] = Order(number, place)
        book.add(resting[number], ticks)
    for number in removals:
        if number in resting:
            book.remove(resting.pop(number))

    best_first = sorted({order.ticks for order in resting.values()}, reverse=side is Side.BUY)
    assert [level.ticks for level in book.levels()] == best_first
    assert len(book) == len(best_first)
    for level in book.levels():
        expected = [order for order in resting.values() if order.ticks == level.ticks]
        assert list(level) == expected
        assert level.lots == sum(order.lots for order in expected)
    best = book.best()
    assert (best.ticks if best else None) == (best_first[0] if best_first else None)
