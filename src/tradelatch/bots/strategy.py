"""The base class of every strategy, ours and yours.

A strategy is told what happens by the methods that begin with ``on_`` and answers by what it does
with its desk. It holds no key, opens no connection and reads no clock but the desk's; it must
not care whether it runs in a backtest, on paper or live. What it has to know after a restart it
keeps in a deal's memory (`Desk.remember`) or in `memory`; alerts and timers it sets again in
`on_start`.
"""

from decimal import Decimal
from typing import Any, ClassVar, Generic, TypeVar

import msgspec

from tradelatch.bots.deals import Deal, Direction
from tradelatch.bots.desk import Desk
from tradelatch.bots.events import Bar, Book
from tradelatch.bots.orders import Fill, Order
from tradelatch.model.markets import Market
from tradelatch.model.orders import Side


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a strategy can be told; subclasses add fields with their defaults."""


class Memory(msgspec.Struct):
    """What a strategy keeps for itself over restarts; subclasses add fields with defaults."""


class BadSettings(ValueError):
    """Settings that cannot work; the message names the field, the reason and what would."""


S = TypeVar("S", bound=Settings)


class Strategy(Generic[S]):
    """One bot's behaviour. Override what is needed; nothing needs to be called from there."""

    settings_type: ClassVar[type[Settings]] = Settings
    memory_type: ClassVar[type[Memory]] = Memory
    direction: Direction = Direction.LONG
    """Which way it earns: a backtest lets each candle move against that first."""
    wants_book: ClassVar[bool] = False
    """Whether `on_book` is called; a backtest on candles has no book."""

    def __init__(self, desk: Desk, symbols: tuple[str, ...], settings: S, memory: Any) -> None:
        self.desk, self.symbols, self.settings, self.memory = desk, symbols, settings, memory
        self.is_stopping = False
        """Its owner stopped it: no new deal is to begin."""
        self.has_started = False
        """`on_start` was called. Before that, after a restart, it may be told of its orders; it
        should count what was filled and leave everything else to `on_start`."""

    @classmethod
    def check(
        cls,
        settings: S,
        markets: dict[str, Market],
        prices: dict[str, Decimal],
        fee: Decimal,
    ) -> None:
        """Refuse settings that cannot work in these markets at these prices, with this rate of
        fees.

        Raises:
            BadSettings: with the field, the reason and the nearest value that works.
        """

    @classmethod
    def intervals(cls, settings: S) -> tuple[int, ...]:
        """The lengths of the bars that it wants, in ms, such as 3,600,000."""
        return ()

    def on_start(self) -> None:
        """It begins, or goes on after a restart with `desk.deals` and `desk.live` as stored. A
        price is known in each of its markets."""

    def on_bar(self, bar: Bar) -> None:
        """A bar has closed; it is the last of `desk.bars`."""

    def on_book(self, book: Book) -> None:
        """The best prices have changed."""

    def on_alert(self, symbol: str, name: str, price: Decimal) -> None:
        """The market trades at or beyond what `desk.alert` asked for."""

    def on_price(self, symbol: str, price: Decimal) -> None:
        """The market trades at another price; called only while `follows` says so."""

    def follows(self, symbol: str) -> bool:
        """Whether `on_price` is to be called in this market now."""
        return False

    def on_fill(self, order: Order, fill: Fill) -> None:
        """One of its orders was filled, wholly or in part."""

    def on_order(self, order: Order) -> None:
        """An order is open, or over; once it is over, every fill of it has been told."""

    def on_timer(self, name: str) -> None:
        """A time that `desk.timer` asked for has come."""

    def on_resume(self, symbol: str, side: Side) -> None:
        """The wait after a denial is over; orders may be sent again."""

    def on_stop(self) -> None:
        """Its owner stops it (`is_stopping`): no new deals, the open ones go on to their end."""

    def open_deal(self, symbol: str) -> str:
        """Its owner wants a deal to begin; empty if one does, or why it cannot."""
        return "this bot begins its deals by itself"

    def edit(self, settings: S) -> str:
        """Its owner has other settings for it (they were checked); what to answer."""
        self.settings = settings
        return "it holds for deals that begin from now on"

    def on_close(self, deal: Deal, sell: bool) -> None:
        """Its owner ends a deal now: cancel its orders, and with `sell` leave its position at the
        market."""
