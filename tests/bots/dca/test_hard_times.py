"""DCA deals whose way out is held up: by denials, edits, steps that change, time that passed."""

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from tests.bots.dca.test_deals import begin, bought
from tests.bots.hand import ETH
from tradelatch.bots.conditions import Manual, Nonstop
from tradelatch.bots.deals import Direction
from tradelatch.bots.events import Report
from tradelatch.bots.orders import OrderState

D = Decimal


@pytest.mark.parametrize("way", ["stop loss", "panic sell"])
def test_denied_take_profits_hold_back_no_way_out(way: str) -> None:
    hand = bought(stop_loss_percentage=D(5))
    for wait in (30, 60, 120):
        hand.denied("take-profit 1", "outside the collar")
        hand.later(wait)
    hand.denied("take-profit 1", "outside the collar")
    if way == "stop loss":
        hand.at("95")
    else:
        hand.bot.close(hand.bot.desk.deals[1], sell=True)
        hand.take()
    hand.all_cancelled()
    assert "exit" in hand.book, "it does not wait for 240 s"
    hand.denied("exit")
    assert hand.says("denial")[-1].endswith("it waits 30 s")


def test_an_exit_that_found_nobody_is_sent_again_after_a_second() -> None:
    hand = bought(stop_loss_percentage=D(5))
    hand.at("95")
    hand.all_cancelled()
    hand.tell(Report(hand.live("exit").client_id, OrderState.CANCELLED))
    assert not hand.book
    hand.later(1)
    assert "exit" in hand.book


def test_what_a_limit_base_order_has_bought_is_taken_out_at_its_target() -> None:
    hand = begin(start_order_type="limit", max_safety_orders=0)
    hand.fill("base", "0.4")
    hand.at("102.20")
    assert hand.cancels == []
    hand.at("102.21")
    hand.all_cancelled()
    assert hand.states == ["bought"]
    assert hand.book == {"take-profit 1": ("102.21", "0.3996")}


def test_a_base_order_that_was_filled_in_parts_is_left_by_its_take_profit_alone() -> None:
    hand = begin(start_order_type="limit", max_safety_orders=0)
    hand.fill("base", "0.4")
    hand.fill("base")
    hand.at("102.21")
    assert hand.states == ["bought"]
    assert hand.book == {"take-profit 1": ("102.21", "0.9990")}
    assert not hand.bot.desk.alerts


def test_a_stop_takes_back_what_is_left_of_a_base_order() -> None:
    hand = begin(start_order_type="limit", max_safety_orders=0)
    hand.fill("base", "0.4")
    hand.bot.stop()
    hand.take()
    hand.all_cancelled()
    assert hand.book == {"take-profit 1": ("102.21", "0.3996")}


def test_coarser_lots_end_no_bot() -> None:
    hand = bought()
    hand.fill("safety 1", "0.5003")
    hand.all_cancelled()
    coarse = msgspec.structs.replace(ETH, lot=D("0.01"))
    hand.markets = {ETH.symbol: coarse}
    hand.restart()
    hand.all_cancelled()
    assert {left for _, left in hand.book.values()} == {"0.50", "1.02", "1.49"}


def edited(hand: Any, **changes: Any) -> None:
    settings = msgspec.structs.replace(hand.settings, **changes)
    hand.bot.strategy.edit(settings)
    hand.take()


def test_an_edit_of_the_direction_holds_for_the_next_deal() -> None:
    hand = begin(start_conditions=(Manual(),))
    edited(hand, strategy=Direction.SHORT)
    hand.bot.open("ETH/USDT")
    hand.take()
    assert [order.side for order in hand.placed] == ["SELL"]


def test_an_edit_of_the_conditions_begins_what_may_begin() -> None:
    hand = begin(start_conditions=(Manual(),))
    edited(hand, start_conditions=(Nonstop(),))
    assert set(hand.book) == {"base"}


def test_a_stop_loss_that_recovered_while_nobody_ran_is_taken_back() -> None:
    hand = bought(stop_loss_percentage=D(5), stop_loss_timeout_in_seconds=60)
    hand.at("95")
    hand.now_ms += 90_000
    hand.prices["ETH/USDT"] = D(100)
    hand.restart()
    hand.later(0)
    assert "take-profit 1" in hand.book
    hand.at("95")
    hand.later(60)
    hand.all_cancelled()
    assert "exit" in hand.book


def test_the_owner_ends_what_cannot_leave() -> None:
    hand = bought(stop_loss_percentage=D(5))
    hand.at("95")
    hand.all_cancelled()
    hand.denied("exit", "insufficient balance")
    hand.bot.close(hand.bot.desk.deals[1], sell=False)
    hand.take()
    assert hand.states[0] == "cancelled"


def test_the_owner_may_think_better_of_keeping_the_coins() -> None:
    hand = bought()
    deal = hand.bot.desk.deals[1]
    hand.bot.close(deal, sell=False)
    hand.bot.close(deal, sell=True)
    hand.take()
    hand.all_cancelled()
    assert "exit" in hand.book
