"""Timers of a bot, and books."""

from decimal import Decimal
from typing import Any

import pytest

from tests.bots.hand import ETH, Hand
from tradelatch.bots.events import Book
from tradelatch.bots.strategy import Settings, Strategy
from tradelatch.model.markets import TopOfBook
from tradelatch.model.orders import Side


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


class Reader(Strategy[Settings]):
    """Says what it reads of a book."""

    def on_book(self, book: Book) -> None:
        self.desk.say("info", f"{book.top.bid}")


class Wanting(Reader):
    wants_book = True


@pytest.mark.parametrize(("kind", "says"), [(Reader, []), (Wanting, ["1"])])
def test_books_are_for_those_who_want_them(kind: type[Reader], says: list[str]) -> None:
    hand = Hand(kind, Settings(), "1")
    hand.tell(Book("ETH/USDT", TopOfBook(Decimal(1), Decimal(2))))
    assert hand.says("info") == says


class Two(Strategy[Settings]):
    """Two buys, of which one is denied."""

    def on_start(self) -> None:
        deal = self.desk.open_deal("ETH/USDT")
        for tag in ("denied", "resting"):
            self.desk.place(deal, Side.BUY, Decimal(1), Decimal("0.5"), tag)


def test_a_cancel_that_comes_off_ends_no_wait() -> None:
    hand = Hand(Two, Settings(), "1", (ETH,))
    hand.denied("denied")
    hand.bot.desk.cancel(hand.live("resting"))
    hand.take()
    hand.all_cancelled()
    assert hand.bot.desk.backoff.holds("ETH/USDT", Side.BUY, hand.now_ms)
    hand.later(31)
    assert not hand.bot.desk.backoff.holds("ETH/USDT", Side.BUY, hand.now_ms)
