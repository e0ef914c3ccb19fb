"""Timers of a bot."""

from decimal import Decimal
from typing import Any

from tests.bots.hand import Hand
from tradelatch.bots.strategy import Settings, Strategy


class Second(Strategy[Settings]):
    """Its first timer takes the second back."""

    def on_start(self) -> None:
        self.desk.timer("first", self.desk.now_ms + 1_000)
        self.desk.timer("second", self.desk.now_ms + 2_000)

    def on_timer(self, name: str) -> None:
        self.desk.say("info", name)
        self.desk.timer("second", None)


def test_a_timer_that_was_taken_back_does_not_come() -> None:
    hand = Hand(Second, Settings(), "1")
    hand.later(3)
    assert hand.says("info") == ["first"]
    bot: Any = hand.bot
    assert bot.desk.timers == {}
    assert bot.desk.price("ETH/USDT") == Decimal(1)
