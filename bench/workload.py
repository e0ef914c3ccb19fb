"""Commands for a matching engine whose book is held at a level of resting orders.

They are made before any clock runs, by driving our own engine: it tells what rests, so that every
cancellation finds its order and every order that is to trade does.
"""

import gc
import random
import time
from collections.abc import Callable, Sequence
from itertools import chain, islice
from typing import TypeVar

import msgspec

from tradelatch.model.orders import OrderType, Side
from tradelatch.venue.engine.commands import (
    Cancel,
    Command,
    Deposit,
    Genesis,
    ListMarket,
    OpenAccount,
    Place,
)
from tradelatch.venue.engine.events import Event, OrderChanged, Traded
from tradelatch.venue.engine.listing import WIDE, Listing
from tradelatch.venue.engine.machine import Engine
from tradelatch.venue.engine.order import Order
from tradelatch.venue.engine.units import SCALE

MARKET = "COINBTC"
NEW, CANCEL, TAKE = "new", "cancel", "marketable"
BLOCK = (NEW,) * 6 + (CANCEL,) * 3 + (TAKE,)
"""Ten commands, in an order of their own each time."""
_MIDDLE, _REACH = 10_000, 2_000
"""Ticks: where the book's middle is, and how far from it new orders lie at most."""
_MOST_TAKEN = 8
_ACCOUNTS = 100
_NOW = 1_790_000_000_000
_Asked = TypeVar("_Asked")
_LISTING = Listing(
    "COIN",
    "BTC",
    tick=100,
    lot=10_000,
    min_notional=10,
    bids=WIDE,
    asks=WIDE,
    max_orders=1_000_000,
)


class Workload(msgspec.Struct, frozen=True):
    """Commands that bring a book to a level and those that are measured; how many orders rested
    after each block of these, how many trades they made, and how many of them were of each kind.
    """

    setting: list[Command]
    measured: list[Command]
    resting: list[int]
    trades: int
    kinds: dict[str, int]


def workload(level: int, blocks: int) -> Workload:
    """Commands for a book that is held at `level` orders over so many blocks of ten."""
    driver = _Driver(level)
    while driver.resting < level:
        driver.new()
    setting, driver.commands = driver.commands, []
    trades, driver.kinds = driver.trades, dict.fromkeys((NEW, CANCEL, TAKE), 0)
    resting = []
    for _ in range(blocks):
        driver.block(level)
        resting.append(driver.resting)
    return Workload(setting, driver.commands, resting, driver.trades - trades, driver.kinds)


def timed(
    act: Callable[[_Asked], object], setting: Sequence[_Asked], measured: Sequence[_Asked]
) -> float:
    """The seconds that `act` takes for what is measured, after it was done for the setting.

    What the bench itself has made by then is none of the garbage collector's business; what the
    setting makes is, as in a process that has run for a while.
    """
    gc.collect()
    gc.freeze()
    try:
        for one in setting:
            act(one)
        gc.collect()
        begun = time.perf_counter()
        for one in measured:
            act(one)
        return time.perf_counter() - begun
    finally:
        gc.unfreeze()


class _Driver:
    """An engine, what it was told so far, and what rests in its book."""

    def __init__(self, seed: int) -> None:
        self.commands: list[Command] = []
        self.kinds = dict.fromkeys((NEW, CANCEL, TAKE), 0)
        self.trades = 0
        self._engine = Engine()
        self._random = random.Random(seed)
        self._resting: list[Order] = []
        self._places: dict[int, int] = {}
        self._do(Genesis(_NOW, seed))
        self._do(ListMarket(_NOW, _LISTING))
        for number in range(_ACCOUNTS):
            self._do(OpenAccount(_NOW, f"a{number}"))
            for asset in (_LISTING.base, _LISTING.quote):
                self._do(Deposit(_NOW, f"a{number}", asset, 10**8 * SCALE))
        self._book = self._engine.markets[MARKET].book

    @property
    def resting(self) -> int:
        """How many orders rest."""
        return len(self._resting)

    def block(self, level: int) -> None:
        """Ten commands; the one that trades takes as many orders as `level` asks for."""
        for kind in self._random.sample(BLOCK, len(BLOCK)):
            if kind is TAKE:
                self._take(min(max(self.resting - level, 1), _MOST_TAKEN))
            elif kind is CANCEL:
                self._cancel()
            else:
                self.new()

    def new(self) -> None:
        """An order that comes to rest: the nearer to the middle, the likelier."""
        side = self._random.choice((Side.BUY, Side.SELL))
        away = 1 + int(_REACH * self._random.random() ** 3)
        ticks = _MIDDLE - away if side is Side.BUY else _MIDDLE + away
        self._place(NEW, side, OrderType.LIMIT, self._random.randint(1, 50), ticks)

    def _cancel(self) -> None:
        """The cancellation of any order that rests; without one, a new order."""
        if not self._resting:
            self.new()
            return
        order = self._random.choice(self._resting)
        self._do(Cancel(_NOW, order.account, MARKET, order.id))
        self.kinds[CANCEL] += 1

    def _take(self, count: int) -> None:
        """An order that fills as many of the best orders of the side that has more prices: market
        and limit orders, half of each. Where there are none, a new order."""
        side = Side.BUY if len(self._book.asks) > len(self._book.bids) else Side.SELL
        makers = list(islice(chain.from_iterable(self._book.against(side).levels()), count))
        if not makers:
            self.new()
            return
        lots = sum(maker.remaining for maker in makers)
        if self._random.random() < 0.5:
            self._place(TAKE, side, OrderType.MARKET, lots, 0)
        else:
            self._place(TAKE, side, OrderType.LIMIT, lots, makers[-1].ticks)

    def _place(self, what: str, side: Side, kind: OrderType, lots: int, ticks: int) -> None:
        account = f"a{self._random.randrange(_ACCOUNTS)}"
        self._do(Place(_NOW, account, MARKET, side, kind, lots, ticks))
        self.kinds[what] += 1

    def _do(self, command: Command) -> None:
        self.commands.append(command)
        for event in self._engine.apply(command):
            self._note(event)

    def _note(self, event: Event) -> None:
        if isinstance(event, OrderChanged):
            self._note_order(event.order)
        elif isinstance(event, Traded):
            self._note_order(event.maker)
            self.trades += 1

    def _note_order(self, order: Order) -> None:
        """Keep the list of what rests such that drawing and dropping take one step each."""
        place = self._places.get(order.id)
        if place is None and order.level is not None:
            self._places[order.id] = len(self._resting)
            self._resting.append(order)
        elif place is not None and order.level is None:
            del self._places[order.id]
            last = self._resting.pop()
            if last is not order:
                self._resting[place], self._places[last.id] = last, place
