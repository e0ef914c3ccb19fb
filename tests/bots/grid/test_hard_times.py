"""Grids whose way out is held up: by denials, by lots that change, while they balance."""

from decimal import Decimal

import msgspec

from tests.bots.grid.test_grid import begin, running
from tests.bots.hand import ETH

D = Decimal


def test_denied_sells_hold_back_no_stop() -> None:
    hand = running(
        lower_stop_price=D(70), lower_stop_action="stop_bot_and_sell", max_active_sell_lines=1
    )
    for wait in (30, 60):
        hand.denied("sell 2")
        hand.later(wait)
    hand.denied("sell 2")
    hand.at("70")
    hand.all_cancelled()
    assert "exit" in hand.book


def test_a_stop_holds_while_it_balances() -> None:
    hand = begin(lower_stop_price=D(70), lower_stop_action="stop_bot_and_sell")
    hand.fill("balance", "0.9")
    hand.at("70")
    hand.all_cancelled()
    assert hand.book == {"exit": ("None", "0.8991")}


def test_coarser_lots_end_no_grid() -> None:
    hand = running()
    hand.fill("buy 1", "0.2003")
    hand.fill("sell 2", "0.2003")
    hand.markets = {ETH.symbol: msgspec.structs.replace(ETH, lot=D("0.01"))}
    hand.restart()
    hand.all_cancelled()
    assert hand.book["buy 1"] == ("90.00", "0.29")
    assert hand.book["sell 2"] == ("110.00", "0.29")
    hand.fill("buy 1")
    hand.fill("sell 2")
    assert {"sell 1", "buy 2"} <= hand.book.keys()


def test_the_owner_ends_what_cannot_leave() -> None:
    hand = running(lower_stop_price=D(70), lower_stop_action="stop_bot_and_sell")
    hand.at("70")
    hand.all_cancelled()
    hand.denied("exit", "insufficient balance")
    hand.bot.close(hand.bot.desk.deals[1], sell=False)
    hand.take()
    assert hand.states == ["stopped"]


def test_the_owner_may_think_better_of_keeping_the_coins() -> None:
    hand = running()
    deal = hand.bot.desk.deals[1]
    hand.bot.close(deal, sell=False)
    hand.bot.close(deal, sell=True)
    hand.take()
    hand.all_cancelled()
    assert "exit" in hand.book
