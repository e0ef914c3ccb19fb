"""Grids as an exchange drives them, event by event."""

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from tests.bots.hand import ETH, Hand
from tradelatch.bots.events import Report
from tradelatch.bots.grid.settings import GridSettings
from tradelatch.bots.grid.strategy import Grid
from tradelatch.bots.orders import OrderState
from tradelatch.model.orders import EXIT_MARK

D = Decimal
FIVE = GridSettings(
    upper_price=D(120), lower_price=D(80), grids_quantity=5, quantity_per_grid=D("0.5")
)
"""Lines at 80, 90, 100, 110, 120."""


def begin(price: str = "101", **changes: Any) -> Hand:
    return Hand(Grid, msgspec.structs.replace(FIVE, **changes), price, (ETH,))


def running(**changes: Any) -> Hand:
    """The balancing order is filled: 1.02 of which the fee takes 0.00102."""
    hand = begin(**changes)
    hand.fill("balance")
    return hand


BUYS = {"buy 1": ("90.00", "0.5000"), "buy 0": ("80.00", "0.5000")}
SELLS = {"sell 2": ("110.00", "0.5000"), "sell 3": ("120.00", "0.5000")}


def test_a_balancing_order_comes_first_and_alone() -> None:
    hand = begin()
    assert hand.book == {"balance": ("None", "1.0200")}
    hand.fill("balance", "0.4")
    assert hand.book == {"balance": ("None", "0.6200")}


def test_buys_below_sells_above_and_one_line_empty() -> None:
    assert running().book == {**BUYS, **SELLS}


def test_a_price_above_all_lines_buys_all_and_below_all_sells_all() -> None:
    hand = begin("200")
    assert list(hand.book) == ["buy 3", "buy 2", "buy 1", "buy 0"]
    assert begin("50").book == {"balance": ("None", "2.0400")}


def test_a_buy_at_a_line_puts_a_sell_at_the_next_and_back() -> None:
    hand = running()
    hand.fill("buy 1")
    assert hand.book == {"buy 0": BUYS["buy 0"], "sell 1": ("100.00", "0.5000"), **SELLS}
    hand.fill("sell 1")
    assert hand.book == {**BUYS, **SELLS}
    hand.fill("sell 2")
    assert hand.book == {**BUYS, "buy 2": ("100.00", "0.5000"), "sell 3": SELLS["sell 3"]}


def test_a_part_of_a_buy_turns_nothing() -> None:
    hand = running()
    hand.fill("buy 1", "0.2")
    assert hand.book["buy 1"] == ("90.00", "0.3000")
    assert "sell 1" not in hand.book
    hand.fill("buy 1")
    assert hand.book["sell 1"] == ("100.00", "0.5000")


def test_what_is_left_of_a_resting_sell_stays_however_little() -> None:
    hand = running()
    hand.fill("sell 2", "0.4999")
    hand.fill("buy 1")
    assert hand.cancels == []
    hand.fill("sell 2")
    assert "buy 2" in hand.book


def test_fees_in_base_make_the_last_sell_smaller_once_the_reserve_is_used() -> None:
    hand = running()
    for _ in range(45):
        hand.fill("buy 1")
        hand.all_cancelled()
        hand.fill("sell 1")
    hand.fill("buy 1")
    hand.all_cancelled()
    sells = [D(left) for tag, (_, left) in hand.book.items() if tag.startswith("sell")]
    held = hand.bot.desk.deals[1].base
    assert sum(sells) <= held
    assert sum(sells) > held - D("0.0001")
    assert min(sells) < D("0.5")


def test_no_more_lines_than_may_be_active() -> None:
    hand = running(max_active_buy_lines=1, max_active_sell_lines=1)
    assert hand.book == {"buy 1": BUYS["buy 1"], "sell 2": SELLS["sell 2"]}
    hand.fill("buy 1")
    assert [order.tag for order in hand.cancels] == ["sell 2"]
    hand.all_cancelled()
    assert hand.book == {"buy 0": BUYS["buy 0"], "sell 1": ("100.00", "0.5000")}


@pytest.mark.parametrize(
    ("action", "last"),
    [
        ("stop_bot", None),
        ("stop_bot_and_sell", "SELL"),
        ("stop_bot_and_close_position", "SELL"),
    ],
)
def test_the_lower_stop_and_its_actions(action: str, last: str | None) -> None:
    hand = running(lower_stop_price=D(70), lower_stop_action=action)
    hand.at("70.01")
    assert hand.cancels == []
    hand.at("70")
    assert len(hand.cancels) == 4
    hand.all_cancelled()
    if last:
        assert hand.live("exit").side == last
        assert hand.book == {"exit": ("None", "1.0189")}
        assert hand.live("exit").client_id.startswith(EXIT_MARK)
        hand.fill("exit")
    assert hand.states == ["closed" if last else "stopped"]
    assert hand.bot.is_done


def test_the_upper_stop_may_buy_with_what_is_left() -> None:
    hand = running(upper_stop_price=D(130), upper_stop_action="stop_bot_and_buy")
    hand.at("130")
    hand.all_cancelled()
    # 0.5 * (80 + 90) were to be bought for; 1 % above the price is reckoned with.
    order = hand.live("exit")
    assert order.side == "BUY"
    assert order.quantity == D("0.6473")
    assert not order.client_id.startswith(EXIT_MARK)
    hand.fill("exit")
    assert hand.states == ["closed"]


def test_a_sell_that_fills_while_the_stop_cancels_counts() -> None:
    hand = running(lower_stop_price=D(70), lower_stop_action="stop_bot_and_sell")
    hand.at("70")
    hand.fill("sell 2")
    hand.all_cancelled()
    assert hand.book == {"exit": ("None", "0.5189")}


def test_a_denied_line_waits_and_the_other_side_goes_on() -> None:
    hand = running()
    hand.denied("buy 1")
    sent = len(hand.placed)
    hand.fill("sell 2")
    hand.later(29)
    assert len(hand.placed) == sent, "no buy before its time"
    hand.later(1)
    assert set(hand.book) == {"buy 0", "buy 1", "buy 2", "sell 3"}


def test_a_line_that_was_cancelled_half_filled_is_put_back_for_the_rest() -> None:
    hand = running()
    hand.fill("buy 1", "0.2")
    hand.cancelled(hand.live("buy 1"))
    assert hand.book["buy 1"] == ("90.00", "0.3000")


def test_an_order_that_never_arrived_is_sent_anew() -> None:
    hand = running()
    first = hand.live("buy 1").client_id
    hand.tell(Report(first, OrderState.ABSENT))
    assert hand.live("buy 1").client_id != first


def test_an_edit_holds_from_the_next_grid_on() -> None:
    hand = running()
    before, sent = hand.book, len(hand.placed)
    hand.restart(msgspec.structs.replace(FIVE, grids_quantity=9, upper_price=D(130)))
    assert hand.book == before
    hand.fill("buy 1")
    assert hand.book["sell 1"] == ("100.00", "0.5000")
    assert len(hand.placed) == sent + 1


def test_stopping_cancels_and_keeps_what_it_holds() -> None:
    hand = running()
    hand.bot.stop()
    hand.take()
    hand.all_cancelled()
    assert hand.states == ["stopped"]
    assert hand.bot.is_done
    assert hand.deals[0].base == D("1.01898")


def test_closing_with_sell_sells_it() -> None:
    hand = running()
    hand.bot.close(hand.bot.desk.deals[1], sell=True)
    hand.take()
    hand.all_cancelled()
    hand.fill("exit")
    assert hand.states == ["closed"]


def test_coins_that_were_to_be_kept_may_yet_be_sold() -> None:
    hand = running()
    hand.bot.stop()
    hand.take()
    hand.bot.close(hand.bot.desk.deals[1], sell=True)
    hand.take()
    hand.all_cancelled()
    hand.fill("exit")
    assert hand.states == ["closed"]


def test_a_restart_in_the_middle_of_balancing_buys_the_rest() -> None:
    hand = begin()
    hand.fill("balance", "0.4")
    hand.restart()
    assert hand.book == {"balance": ("None", "0.6200")}
    assert len(hand.placed) == 1
