"""The study's desk: orders are judged by the signer's core and filled by the tape alone."""

from decimal import Decimal

import pytest

from bench.study.days import policy_text
from bench.study.desk import Desk
from bench.study.tape import DAY_MS, MINUTE_MS, Tape, Trade
from bench.study.thief import pushed
from tradelatch.model.markets import Market
from tradelatch.model.orders import Side
from tradelatch.policy.document import Depth

START = 1_600_000_000_000 // DAY_MS * DAY_MS
NOW = START + 8 * DAY_MS
PRICE, COLLAR = Decimal("0.01"), Decimal("0.02")


def flat(after: list[Trade]) -> Tape:
    """Eight days of a trade every ten minutes at one price, and what came after."""
    before = [
        Trade(START + n * 10 * MINUTE_MS, n % 2 == 0, PRICE, Decimal(100)) for n in range(8 * 144)
    ]
    market = Market("ABC", "BTC", Decimal("1e-6"), Decimal("0.1"), Decimal("0.0001"))
    return Tape("flat", market, before + after, None)


def desk(*after: tuple[int, bool, str, str]) -> Desk:
    """A desk at the end of those days; `after` are second, side, price and quantity."""
    trades = [Trade(NOW + at * 1_000, bought, Decimal(p), Decimal(q)) for at, bought, p, q in after]
    tape = flat(trades)
    held = {"BTC": Decimal(10), "ABC": Decimal(50)}
    return Desk(tape, policy_text(tape, Depth.THIN, COLLAR, Decimal(1)), held, NOW)


def test_orders_beyond_the_collar_are_refused_and_counted() -> None:
    at = desk()
    assert at.place(Side.BUY, Decimal(10), Decimal("0.0102"))
    assert not at.place(Side.BUY, Decimal(10), Decimal("0.0103"))
    assert not at.place(Side.BUY, Decimal(1_000), PRICE)
    assert at.placed == 3
    assert at.refused == {"orders": 2, "price_collar": 1, "allocation": 1}


@pytest.mark.parametrize(
    ("trade", "filled"),
    [
        ((30, False, "0.0099", "4"), "4"),
        ((30, False, "0.0098", "40"), "10"),
        ((30, True, "0.0099", "4"), "0"),
        ((30, False, "0.0100", "4"), "0"),
        ((90, False, "0.0099", "4"), "0"),
    ],
)
def test_a_resting_buy_is_filled_by_those_who_sell_to_it(
    trade: tuple[int, bool, str, str], filled: str
) -> None:
    at = desk(trade)
    order = at.place(Side.BUY, Decimal(10), Decimal("0.0099"))
    assert order
    fills = at.step(NOW + MINUTE_MS)
    assert sum((quantity for _, quantity, _ in fills), Decimal(0)) == Decimal(filled)
    assert all(price == Decimal("0.0099") for _, _, price in fills)
    assert (order.id in at.open) == (filled != "10")


def test_a_market_sell_takes_what_sellers_were_given_and_expires() -> None:
    at = desk((10, True, "0.01", "9"), (20, False, "0.00995", "4"), (30, False, "0.005", "9"))
    assert at.place(Side.SELL, Decimal(10), None, "exit-")
    fills = at.step(NOW + MINUTE_MS)
    assert [(quantity, price) for _, quantity, price in fills] == [(Decimal(4), Decimal("0.00995"))]
    assert not at.open
    assert at.missed == 6
    assert at.account.losses.holdings()["ABC"] == 46


def test_nothing_of_the_future_makes_a_reference() -> None:
    later = [(n * 60, True, "0.02", "9") for n in range(30)]
    reference = desk(*later).reference(Side.BUY)
    assert reference
    assert reference.price == PRICE


def test_a_push_moves_the_present_and_the_hour_clamps_it() -> None:
    tape = flat([])
    shown = pushed(tape, NOW, Decimal("0.2"))
    at = Desk(shown, policy_text(shown, Depth.THIN, COLLAR, Decimal(1)), {"BTC": Decimal(10)}, NOW)
    reference = at.reference(Side.BUY)
    assert reference
    assert reference.present == PRICE * Decimal("1.2")
    assert reference.price == PRICE * Decimal("1.05")
