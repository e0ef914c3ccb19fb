"""One side of the week: everybody's bots in a venue whose time jumps from step to step."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import msgspec

from tradelatch.drills.cast import Cast
from tradelatch.drills.ledger import Ledger, holdings
from tradelatch.drills.memory_venue import MemoryVenue
from tradelatch.drills.week.access import Gate, Keys, Peak
from tradelatch.drills.week.account import Account
from tradelatch.drills.week.asked import Asked
from tradelatch.drills.week.markets import HOUR_MS, Markets, Prices, turnovers
from tradelatch.drills.week.plan import Scene, traders
from tradelatch.model.clock import MS, SECOND, ManualClock
from tradelatch.model.money import MONEY
from tradelatch.venue.api.user_data import reports
from tradelatch.venue.engine.commands import Command
from tradelatch.venue.engine.events import Event, OrderChanged, Traded
from tradelatch.venue.engine.units import from_units

EPOCH_NS = 1_790_000_000 * SECOND
STEP_MS = 5_000
"""How far time jumps at once. The house's agents act once a step."""
GRACE_MS = 6 * HOUR_MS
"""How long after the week stop-losses that are still being sold may go on."""
_FIRST_MS = 60_000
"""After so long the bots begin, when books stand."""


class Result(msgspec.Struct, frozen=True):
    """What one side came to; BTC, by account. `equity` has a value for each hour, `cost` is what
    trades cost at the prices of their moments, `asked` all orders in their order, `left` are the
    positions that a stop-loss was still selling when time was up: account, bot, deal, market."""

    name: str
    equity: Mapping[str, Sequence[Decimal]]
    cost: Mapping[str, Decimal]
    asked: Mapping[str, Sequence[Asked]]
    peaks: Mapping[str, Mapping[str, Peak]]
    frozen: Mapping[str, str]
    left: tuple[tuple[str, str, int, str], ...]

    def gain(self, account: str) -> Decimal:
        """What the account's worth changed by."""
        worth = self.equity[account]
        return worth[-1] - worth[0]


class Side:
    """One run of the week, guarded or not."""

    def __init__(self, cast: Cast, markets: Markets, own: str, guarded: bool) -> None:
        """`own` is the reader's policy, for the first account."""
        self._clock = ManualClock(EPOCH_NS)
        self._venue = MemoryVenue(self._clock, cast.seed, markets.listings)
        house = self._venue.house
        self._engine, self._house = house.engine, house
        self._prices = Prices(self._engine, cast.seed, markets.tapes)
        self._ledger = Ledger(self._engine, self._prices)
        self._steps = {one.market.symbol: one.market for one in markets.listings}
        self._access = (Gate if guarded else Keys)(self._venue, self._clock, self._steps)
        first = {symbol: self._last(symbol) for symbol in self._steps}
        scene = Scene(self._steps, first, turnovers(markets.listings), markets.thin)
        self.traders = traders(cast, scene, own)
        self._names = {trader.name for trader in self.traders}
        self._accounts: dict[str, Account] = {}
        self._told: list[tuple[str, dict[str, Any]]] = []
        self._moved: set[str] = set()
        self._equity: dict[str, list[Decimal]] = {name: [] for name in self._names}
        house.listeners += [self._hear, self._ledger.hear]

    async def run(self, hours: int, progress: Callable[[int], None]) -> Result:
        """The whole of it; `progress` is told how far it is (ms)."""
        for trader in self.traders:
            client = await self._access.open(trader)
            self._accounts[trader.name] = Account(
                trader, client, self._steps, lambda: self._now_ms, self._last, self._deliver
            )
        start_ms = self._now_ms
        for at_ms in range(0, hours * HOUR_MS + 1, STEP_MS):
            await self._step(start_ms + at_ms)
            if at_ms == _FIRST_MS:
                await self._begin()
            if at_ms % HOUR_MS == 0:
                self._sample()
                progress(at_ms)
        end_ms = self._now_ms
        while self._leaving and self._now_ms < end_ms + GRACE_MS:
            await self._step(self._now_ms - self._now_ms % STEP_MS + STEP_MS)
        return self._result()

    async def _begin(self) -> None:
        for account in self._accounts.values():
            await account.start()

    async def _step(self, at_ms: int) -> None:
        """Time jumps there: the house's agents act, then everybody else."""
        self._clock.advance(max(0, at_ms * MS - self._clock.now_ns()))
        self._moved.clear()
        self._house.step()
        await self._deliver()
        await self._access.pass_time()
        moved = {symbol: self._last(symbol) for symbol in self._moved}
        for account in self._accounts.values():
            await account.turn(moved)

    def _hear(self, command: Command, events: Iterable[Event]) -> None:
        """Keep what the customers' streams tell, and which markets traded."""
        mine = [event for event in events if self._is_mine(event)]
        if mine:
            self._told += reports(self._engine, self._names, mine, self._now_ms)

    def _is_mine(self, event: Event) -> bool:
        if isinstance(event, Traded):
            self._moved.add(self._engine.markets[event.trade.market].listing.market.symbol)
            return event.trade.buyer in self._names or event.trade.seller in self._names
        return isinstance(event, OrderChanged) and event.order.account in self._names

    async def _deliver(self) -> None:
        """Hand on what was told: the signer hears it first."""
        told, self._told = self._told, []
        for name, message in told:
            await self._access.hear(name, message)
            if name in self._accounts:
                self._accounts[name].hear(message)

    def _last(self, symbol: str) -> Decimal:
        trading = self._engine.markets[symbol.replace("/", "")]
        return from_units(trading.last * trading.listing.tick)

    @property
    def _now_ms(self) -> int:
        return self._clock.now_ns() // MS

    @property
    def _leaving(self) -> list[tuple[str, str, int, str]]:
        return [
            (name, *deal) for name, account in self._accounts.items() for deal in account.leaving
        ]

    def _sample(self) -> None:
        now = self._now_ms
        for name, worth in self._equity.items():
            worth.append(self._prices.worth(holdings(self._engine, name), now))

    def _result(self) -> Result:
        names = [trader.name for trader in self.traders]
        return Result(
            self._access.name,
            self._equity,
            {name: MONEY.plus(self._ledger.cost(name)) for name in names},
            {name: tuple(self._accounts[name].asked.values()) for name in names},
            self._access.peaks,
            {name: why for name in names if (why := self._access.frozen(name))},
            tuple(self._leaving),
        )
