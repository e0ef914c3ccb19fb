"""DCA deals as an exchange and its denials drive them, event by event."""

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from tests.bots.hand import ETH, XRP, Hand
from tradelatch.bots.conditions import Manual, Nonstop, Rsi
from tradelatch.bots.dca.settings import DcaSettings, TakeProfitStep
from tradelatch.bots.dca.strategy import Dca
from tradelatch.bots.deals import Direction
from tradelatch.bots.events import Report
from tradelatch.bots.orders import OrderState
from tradelatch.model.markets import Market
from tradelatch.model.orders import EXIT_MARK

D = Decimal
LADDER = DcaSettings(
    base_order_volume=D(100),
    safety_order_volume=D(100),
    max_safety_orders=3,
    active_safety_orders_count=2,
    safety_order_step_percentage=D(1),
    take_profit=D(2),
)


def begin(price: str = "100", markets: tuple[Market, ...] = (ETH,), **changes: Any) -> Hand:
    return Hand(Dca, msgspec.structs.replace(LADDER, **changes), price, markets)


def bought(**changes: Any) -> Hand:
    """The base order is filled: 1 at 100, of which the fee takes 0.001."""
    hand = begin(**changes)
    hand.fill("base")
    return hand


def deal_of(hand: Hand, number: int = 1) -> Any:
    return next(deal for deal in hand.deals if deal.number == number)


# The base order


def test_the_base_order_is_at_the_market_rounded_up() -> None:
    hand = begin("30.01")
    assert hand.book == {"base": ("None", "3.3323")}
    assert hand.states == ["base_order_placed"]


def test_a_limit_base_order_stands_at_the_price() -> None:
    assert begin("100.00", start_order_type="limit").book == {"base": ("100.00", "1.0000")}


def test_nothing_but_the_base_order_stands_until_it_is_over() -> None:
    hand = begin(start_order_type="limit")
    hand.accept("base")
    hand.fill("base", "0.4")
    assert hand.book == {"base": ("100.00", "0.6000")}
    assert hand.states == ["base_order_placed"]
    hand.fill("base")
    assert hand.states == ["bought"]
    assert set(hand.book) == {"safety 1", "safety 2", "take-profit 1"}


def test_a_base_order_cancelled_half_filled_is_a_deal() -> None:
    hand = begin(start_order_type="limit")
    hand.fill("base", "0.4")
    hand.cancelled(hand.live("base"))
    assert hand.states == ["bought"]
    assert hand.book["take-profit 1"][1] == "0.3996", "less the fee in base"


# Safety orders and the take profit


def test_at_most_k_safety_orders_rest() -> None:
    hand = bought()
    assert hand.book == {
        # 1 % and 2 % below 100.10, the base order's price with its fee.
        "safety 1": ("99.09", "1.0092"),
        "safety 2": ("98.09", "1.0195"),
        # ceil((100.10 * 1.02) / 0.999)
        "take-profit 1": ("102.21", "0.9990"),
    }


def test_each_fill_moves_the_average_and_the_take_profit() -> None:
    hand = bought()
    hand.accept("safety 1", "safety 2", "take-profit 1")
    hand.fill("safety 1")
    assert [order.tag for order in hand.cancels] == ["take-profit 1"]
    assert set(hand.book) == {"safety 2", "safety 3"}, "no new one while it may be filled"
    hand.all_cancelled()
    # (100 + 1.0092 * 99.09) * 1.001 / 2.0092, 2 % more, over 0.999, up to the tick
    assert hand.book["take-profit 1"] == ("101.74", "2.0071")
    assert hand.states == ["bought"]


def test_a_part_of_a_safety_order_moves_it_too_and_the_rest_stays() -> None:
    hand = bought()
    hand.fill("safety 1", "0.5")
    hand.all_cancelled()
    assert hand.book["safety 1"] == ("99.09", "0.5092")
    assert hand.book["take-profit 1"][1] == "1.4985"
    assert len(hand.placed) == 5, "only the take profit was placed anew"


def test_a_filled_take_profit_ends_the_deal_and_the_next_begins() -> None:
    hand = bought()
    hand.fill("take-profit 1")
    assert {order.tag for order in hand.cancels} == {"safety 1", "safety 2"}
    assert hand.states == ["bought"], "its safety orders may still be filled"
    hand.all_cancelled()
    assert hand.states == ["completed", "base_order_placed"]
    assert deal_of(hand).quote == D("0.999") * D("102.21") * D("0.999") - 100


def test_a_deal_that_keeps_its_coins_tells_a_profit_with_them() -> None:
    """Not what it paid for them, which would read as a loss."""
    hand = bought()
    hand.at("110")
    hand.bot.close(deal_of(hand), sell=False)
    hand.all_cancelled()
    assert hand.states[0] == "cancelled"
    # 1 less 0.1 % at 110, less the 100 that it cost.
    assert "deal 1 in ETH/USDT: cancelled, profit 9.89 USDT" in hand.says("deal")


def test_what_a_cancel_that_crosses_a_fill_buys_leaves_at_the_market() -> None:
    hand = bought()
    hand.fill("take-profit 1")
    hand.fill("safety 1")  # was being cancelled
    hand.all_cancelled()
    assert hand.states == ["bought"]
    assert hand.book == {"exit": ("None", "1.0081")}
    hand.fill("exit")
    assert hand.states[0] == "completed"


def test_a_take_profit_that_is_filled_while_it_is_replaced() -> None:
    hand = bought()
    old = hand.live("take-profit 1")
    hand.fill("safety 1")
    assert old.is_cancelling
    hand.fill("take-profit 1")
    assert hand.book["take-profit 1"][1] == "1.0081", "what the safety order brought"


STEPS = (TakeProfitStep(D(1), D(40)), TakeProfitStep(D(2), D(60)))


def test_take_profit_steps_leave_one_after_another() -> None:
    hand = bought(take_profit=D(0), take_profit_steps=STEPS)
    assert hand.book["take-profit 1"] == ("101.21", "0.3996")
    assert hand.book["take-profit 2"] == ("102.21", "0.5994")
    hand.fill("take-profit 1")
    assert hand.states == ["bought"]
    assert hand.book["take-profit 2"] == ("102.21", "0.5994")
    hand.fill("take-profit 2")
    hand.all_cancelled()
    assert hand.states[0] == "completed"


def test_a_step_that_was_left_is_not_left_again_after_a_safety_order() -> None:
    hand = bought(take_profit=D(0), take_profit_steps=STEPS)
    hand.fill("take-profit 1")
    hand.fill("safety 1")
    hand.all_cancelled()
    held = D("0.999") - D("0.3996") + D("1.0092") * D("0.999")
    rest = sum(D(hand.book[tag][1]) for tag in ("take-profit 1", "take-profit 2"))
    assert 0 <= held - rest < D("0.0001")


def test_what_is_left_of_a_resting_take_profit_stays_however_little() -> None:
    hand = bought()
    hand.fill("take-profit 1", "0.9985")  # what is left is worth 0.05, an order is 5
    assert hand.cancels == []
    assert hand.book["take-profit 1"] == ("102.21", "0.0005")
    hand.fill("take-profit 1")
    hand.all_cancelled()
    assert hand.states[0] == "completed"


def test_a_deal_is_not_given_up_because_it_is_worth_less_than_an_order() -> None:
    hand = bought(base_order_volume=D("5.1"), max_safety_orders=1, safety_order_volume=D(6))
    hand.at("80")  # what it holds is worth 4.07
    hand.accept("take-profit 1")
    hand.fill("safety 1", "0.001")
    hand.all_cancelled()
    assert hand.states == ["bought"]
    assert set(hand.book) == {"safety 1", "take-profit 1"}


# Trailing


def test_a_trailing_take_profit_arms_follows_and_leaves() -> None:
    hand = bought(trailing_deviation=D(1))
    assert set(hand.book) == {"safety 1", "safety 2"}, "no limit order takes the profit"
    hand.at("102.20")
    assert hand.states == ["bought"]
    hand.at("102.21")
    assert hand.states == ["ttp_order_placed"]
    assert {order.tag for order in hand.cancels} == {"safety 1", "safety 2"}
    hand.all_cancelled()
    hand.at("110")
    hand.at("108.91")
    assert hand.book == {}, "the peak is 110, 1 % below is 108.90"
    hand.at("108.90")
    assert hand.book == {"exit": ("None", "0.9990")}
    assert not is_marked(hand), "it takes a profit, and flees from nothing"
    hand.fill("exit")
    assert hand.states == ["completed", "base_order_placed"]


def test_a_trailing_deal_that_is_being_left_trails_no_more() -> None:
    hand = bought(trailing_deviation=D(1))
    hand.at("102.21")
    hand.at("101.18")
    assert hand.bot.desk.alerts == {}
    hand.at("101")
    assert hand.bot.desk.alerts == {}


# Stop loss


def is_marked(hand: Hand) -> bool:
    """Whether the gate will take what leaves at the market for an exit."""
    return hand.live("exit").client_id.startswith(EXIT_MARK)


def test_a_stop_loss_leaves_at_the_market_once_nothing_else_stands() -> None:
    hand = bought(stop_loss_percentage=D(5))
    hand.at("95.10")
    assert hand.states == ["bought"]
    assert hand.cancels == []
    hand.at("95.09")  # 100.10 * 0.95 is 95.095
    assert len(hand.cancels) == 3
    assert hand.book == {}
    hand.all_cancelled()
    assert hand.book == {"exit": ("None", "0.9990")}
    assert is_marked(hand)
    hand.fill("exit")
    assert hand.states == ["stop_loss_finished", "base_order_placed"]


def test_a_safety_order_filled_while_stopping_leaves_too() -> None:
    hand = bought(stop_loss_percentage=D(5))
    hand.at("95")
    hand.fill("safety 1")
    hand.all_cancelled()
    assert hand.book == {"exit": ("None", "2.0071")}


def test_a_stop_loss_with_a_timeout_waits_for_the_price_to_recover() -> None:
    hand = bought(stop_loss_percentage=D(5), stop_loss_timeout_in_seconds=60)
    hand.at("95")
    hand.later(59)
    assert hand.cancels == []
    hand.at("95.10")
    hand.later(60)
    assert hand.cancels == [], "it recovered in time"
    hand.at("95")
    hand.later(60)
    assert len(hand.cancels) == 3
    hand.all_cancelled()
    assert "exit" in hand.book


def test_a_restart_does_not_lengthen_the_timeout() -> None:
    hand = bought(stop_loss_percentage=D(5), stop_loss_timeout_in_seconds=60)
    hand.at("95")
    hand.later(59)
    hand.restart()
    hand.later(1)
    hand.all_cancelled()
    assert "exit" in hand.book


def test_a_stop_loss_may_disable_the_bot() -> None:
    hand = bought(stop_loss_percentage=D(5), stop_loss_type="stop_loss_and_disable_bot")
    hand.at("95")
    hand.all_cancelled()
    hand.fill("exit")
    assert hand.states == ["stop_loss_finished"]
    assert hand.bot.is_done


# When deals begin


def end(hand: Hand, symbol: str = "ETH/USDT") -> None:
    """Let a market's deal complete."""
    hand.fill("take-profit 1", symbol=symbol)
    hand.all_cancelled()


def test_a_pair_cools_down() -> None:
    hand = bought(cooldown=60)
    end(hand)
    hand.later(59)
    hand.at("99")
    assert hand.states == ["completed"]
    hand.later(1)
    assert hand.states == ["completed", "base_order_placed"]


def test_a_pair_still_cools_down_after_a_restart() -> None:
    hand = bought(cooldown=60)
    end(hand)
    hand.later(30)
    hand.restart()
    hand.later(29)
    assert hand.states == ["completed"]
    hand.later(1)
    assert hand.states == ["completed", "base_order_placed"]


RSI = Rsi(points=D(30), time="1h", time_period=2)


def two_pairs(**changes: Any) -> Hand:
    """Bars of both have fallen, so both may begin."""
    hand = begin(markets=(ETH, XRP), start_conditions=(RSI,), **changes)
    for close in ("100", "99", "98"):
        hand.bar(close)
        hand.bar(close, "XRP/USDT")
    return hand


def test_no_more_deals_than_may_be_open() -> None:
    assert [deal.symbol for deal in two_pairs().deals] == ["ETH/USDT"]
    assert len(two_pairs(max_active_deals=2).deals) == 2


def test_the_other_pair_begins_when_a_deal_has_ended_that_cools_down() -> None:
    hand = two_pairs(cooldown=3600)
    hand.fill("base")
    end(hand)
    assert [deal.symbol for deal in hand.deals] == ["ETH/USDT", "XRP/USDT"]


def test_rsi_begins_once_its_bars_are_known_and_below() -> None:
    hand = begin(start_conditions=(RSI,))
    hand.bar("100")
    hand.bar("99")
    assert hand.deals == [], "three closes are needed for two changes"
    hand.bar("100")
    assert hand.deals == [], "it is 50"
    hand.bar("80")
    assert hand.states == ["base_order_placed"]


def test_conditions_are_combined_with_and() -> None:
    assert begin(start_conditions=(Nonstop(), Manual())).deals == []


def test_manual_deals_begin_by_hand_alone() -> None:
    hand = begin(start_conditions=(Manual(),))
    hand.at("99")
    assert hand.deals == []
    strategy: Any = hand.bot.strategy
    assert strategy.open_deal("ETH/USDT") == ""
    hand.take()
    assert hand.states == ["base_order_placed"]
    assert strategy.open_deal("ETH/USDT") == "ETH/USDT has a deal already"


def test_no_deal_outside_of_its_prices() -> None:
    hand = begin("100", min_price=D(90), max_price=D(95))
    assert hand.deals == []
    hand.at("96")
    hand.at("89")
    assert hand.deals == []
    hand.at("95")
    assert hand.states == ["base_order_placed"]


def test_edits_reach_new_deals_only() -> None:
    hand = bought()
    hand.restart(msgspec.structs.replace(LADDER, take_profit=D(5), base_order_volume=D(50)))
    assert hand.book["take-profit 1"][0] == "102.21"
    end(hand)
    assert hand.book == {"base": ("None", "0.5000")}
    hand.fill("base")
    assert hand.book["take-profit 1"][0] == "105.22"


# Denials


def test_a_denied_base_order_fails_and_the_waits_double() -> None:
    hand = begin()
    for wait in (30, 60, 120):
        hand.denied("base")
        assert hand.states[-1] == "failed"
        hand.later(wait - 1)
        hand.at("100")
        assert hand.bot.desk.live == {}, "it does not ask again before its time"
        hand.later(1)
        assert set(hand.book) == {"base"}
    hand.fill("base")
    assert "was denied: over the budget; it waits 120 s" in hand.says("denial")[-1]


def test_a_denied_safety_order_holds_back_no_exit() -> None:
    hand = bought(stop_loss_percentage=D(5))
    hand.denied("safety 1")
    hand.at("99.5")
    assert set(hand.book) == {"safety 2", "take-profit 1"}, "the one that stands stays"
    hand.at("95")
    hand.all_cancelled()
    assert set(hand.book) == {"exit"}


def test_a_denied_safety_order_is_asked_for_again_after_the_wait() -> None:
    hand = bought()
    hand.denied("safety 1")
    sent = len(hand.placed)
    hand.later(29)
    assert len(hand.placed) == sent
    hand.later(1)
    assert set(hand.book) == {"safety 1", "safety 2", "take-profit 1"}


def test_a_denied_exit_is_asked_for_again() -> None:
    hand = bought(stop_loss_percentage=D(5))
    hand.at("95")
    hand.all_cancelled()
    hand.denied("exit")
    assert hand.states == ["bought"]
    hand.later(30)
    assert set(hand.book) == {"exit"}


def test_an_order_that_the_exchange_ends_by_itself_counts_as_a_denial() -> None:
    hand = bought()
    hand.tell(Report(hand.live("safety 1").client_id, OrderState.CANCELLED))
    assert "safety 1" not in hand.book
    hand.later(30)
    assert "safety 1" in hand.book


def test_an_order_that_never_arrived_is_sent_anew() -> None:
    hand = bought()
    first = hand.live("safety 1").client_id
    hand.tell(Report(first, OrderState.ABSENT))
    assert hand.live("safety 1").client_id != first


def test_fills_that_are_heard_twice_count_once() -> None:
    hand = bought()
    before = deal_of(hand).bought
    order = hand.live("safety 1")
    hand.fill("safety 1", "0.5")
    fill = msgspec.structs.replace(_last_fill(hand))
    hand.bot.handle(fill)
    hand.take()
    assert deal_of(hand).bought == before + D("0.5")
    assert order.left == D("0.5092")


def _last_fill(hand: Hand) -> Any:
    """The same execution, told again."""
    from tradelatch.bots.events import Traded
    from tradelatch.bots.orders import Fill

    order = hand.live("safety 1")
    trade = (D("99.09"), D("0.5"), D("0.0005"), "ETH", D("49.545"))
    fill = Fill(f"t-{hand.number}", hand.now_ms, *trade)
    return Traded(order.client_id, fill)


# Its owner


def test_panic_sell_leaves_at_the_market() -> None:
    hand = bought()
    hand.bot.close(hand.bot.desk.deals[1], sell=True)
    hand.take()
    hand.all_cancelled()
    assert hand.book == {"exit": ("None", "0.9990")}
    assert is_marked(hand)
    hand.fill("exit")
    assert hand.states[0] == "panic_sold"


def test_closing_cancels_and_keeps_what_was_bought() -> None:
    hand = bought()
    hand.bot.close(hand.bot.desk.deals[1], sell=False)
    hand.take()
    hand.all_cancelled()
    assert hand.states[0] == "cancelled"
    assert "exit" not in [order.tag for order in hand.placed]
    assert deal_of(hand).base == D("0.999")


def test_coins_that_were_to_be_kept_may_yet_be_sold() -> None:
    hand = bought()
    for sell in (False, True):
        hand.bot.close(hand.bot.desk.deals[1], sell=sell)
        hand.take()
    hand.all_cancelled()
    hand.fill("exit")
    assert hand.states[0] == "panic_sold"


def test_a_stopped_bot_ends_its_deals_and_begins_none() -> None:
    hand = bought()
    hand.bot.stop()
    hand.take()
    assert len(hand.book) == 3
    assert not hand.bot.is_done
    end(hand)
    assert hand.states == ["completed"]
    assert hand.bot.is_done


def test_stopping_takes_back_a_base_order_that_bought_nothing() -> None:
    hand = begin(start_order_type="limit")
    hand.accept("base")
    hand.bot.stop()
    hand.take()
    hand.all_cancelled()
    assert hand.states == ["cancelled"]
    assert hand.bot.is_done


# Short


def test_short_mirrors_long() -> None:
    hand = begin(strategy=Direction.SHORT, stop_loss_percentage=D(5))
    order = hand.live("base")
    assert order.side == "SELL"
    hand.fill("base")
    # It got 99.90 a piece after the fee.
    assert hand.book["safety 1"] == ("100.90", "0.9911")
    assert hand.book["safety 2"] == ("101.90", "0.9814")
    # floor(99.90 * 0.98 * 0.999); what the fee takes of the base is bought on top
    assert hand.book["take-profit 1"] == ("97.80", "1.0011")
    hand.at("104.90")
    hand.all_cancelled()
    assert hand.live("exit").side == "BUY"
    hand.fill("exit")
    assert hand.states[0] == "stop_loss_finished"


def test_a_short_take_profit_leaves_what_was_earned_in_quote() -> None:
    hand = begin(strategy=Direction.SHORT)
    hand.fill("base")
    end(hand)
    deal = deal_of(hand)
    assert deal.state == "completed"
    assert 0 <= deal.base < D("0.0001"), "all that was sold is back, to the lot"
    assert deal.quote == pytest.approx(D("1.99"), abs=D("0.01"))


def test_a_short_trailing_take_profit_follows_the_lowest() -> None:
    hand = begin(strategy=Direction.SHORT, trailing_deviation=D(1))
    hand.fill("base")
    hand.at("97.80")
    hand.all_cancelled()
    hand.at("90")
    hand.at("90.89")
    assert hand.book == {}
    hand.at("90.90")
    assert set(hand.book) == {"exit"}


# Restarts


def test_a_restart_while_trailing_knows_the_peak() -> None:
    hand = bought(trailing_deviation=D(1))
    hand.at("102.21")
    hand.all_cancelled()
    hand.at("110")
    hand.restart()
    hand.at("108.90")
    assert set(hand.book) == {"exit"}


def test_a_restart_sends_nothing_that_stands() -> None:
    hand = bought()
    sent = len(hand.placed)
    hand.restart()
    hand.restart()
    assert (len(hand.placed), hand.cancels) == (sent, [])
