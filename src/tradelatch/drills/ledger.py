"""What trading cost each account, measured at the venue by whoever knows the fair prices.

Every fill is valued at the fair prices of its moment: what an account gave less what it got,
fees included, is what the trade cost it. So price moves before and after a trade are nobody's
doing, and what one loses others gain, the exchange's fees apart. An account that only held has
lost nothing, whatever prices did.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from decimal import Decimal

from tradelatch.model.money import MONEY, ZERO
from tradelatch.venue.engine.accounts import Trade
from tradelatch.venue.engine.commands import Command, Deposit
from tradelatch.venue.engine.events import Event, Moved, Traded
from tradelatch.venue.engine.machine import Engine
from tradelatch.venue.engine.units import from_units
from tradelatch.venue.house import fetches
from tradelatch.venue.life.walk import Walk

Holdings = dict[str, Decimal]


class FairPrices:
    """What each coin is worth in the unit, by the walks that the venue's agents trade around."""

    def __init__(self, engine: Engine, seed: int, unit: str) -> None:
        self._engine, self._seed, self._unit = engine, seed, unit
        self._walks: dict[str, Callable[[int], Decimal]] = {}

    def __call__(self, asset: str, at: int) -> Decimal:
        """The fair price at `at` (ms) to twelve digits; one for the unit itself."""
        if asset == self._unit:
            return Decimal(1)
        if asset not in self._walks:
            self._walks[asset] = self._walk(asset)
        return self._walks[asset](self._engine.walk_ms(at))

    def _walk(self, asset: str) -> Callable[[int], Decimal]:
        trading = self._engine.markets[asset + self._unit]
        listing, life = trading.listing, trading.listing.life
        assert life, f"{listing.name} has no fair price"
        walk = Walk(self._seed, listing.name, life.sigma, life.opening, trading.walk_zero)
        tick = from_units(listing.tick)
        return lambda at: Decimal(f"{walk.ticks(at):.12g}") * tick


class Ledger:
    """Listens to a venue and keeps what trades cost each account, in the unit."""

    def __init__(self, engine: Engine, fair: Callable[[str, int], Decimal]) -> None:
        """`fair` is what a coin is worth in the unit at a time (ms)."""
        self._engine, self._fair = engine, fair
        self._cost: dict[str, Decimal] = defaultdict(Decimal)
        self._far: dict[str, Decimal] = defaultdict(Decimal)

    def hear(self, command: Command, events: Iterable[Event]) -> None:
        """Take in what came of one command."""
        for event in events:
            if isinstance(event, Traded):
                self._trade(event.trade)
            elif isinstance(event, Moved) and not isinstance(command, Deposit):
                amount = from_units(event.change)
                self._cost[event.account] -= amount * self._fair(event.transfer.asset, command.at)

    def cost(self, account: str) -> Decimal:
        """What its trades, and what left it by other ways, cost an account; a gain is
        negative."""
        return self._cost[account]

    def far(self, account: str) -> Decimal:
        """How much worse than fair the account's worst fill was, as a fraction of its value."""
        return self._far[account]

    def _trade(self, trade: Trade) -> None:
        listing = self._engine.markets[trade.market].listing
        base = self._fair(listing.base, trade.at)
        quote = self._fair(listing.quote, trade.at)
        coins = from_units(trade.lots * listing.lot)
        money = from_units(trade.quote)
        worth = coins * base
        fee = from_units(trade.buyer_fee) * (quote if trade.buyer_fee_in_quote else base)
        bought = coins * base - fee - money * quote
        sold = (money - from_units(trade.seller_fee)) * quote - coins * base
        for account, got in ((trade.buyer, bought), (trade.seller, sold)):
            self._far[account] = max(self._far[account], MONEY.divide(-got, worth))
        self._cost[trade.buyer] = MONEY.subtract(self._cost[trade.buyer], bought)
        self._cost[trade.seller] = MONEY.subtract(self._cost[trade.seller], sold)


def holdings(engine: Engine, account: str) -> Holdings:
    """All that an account holds."""
    balances = engine.accounts[account].balances
    return {asset: from_units(balance.total) for asset, balance in balances.items()}


def unsaleable(
    engine: Engine,
    fair: FairPrices,
    unit: str,
    before: Holdings,
    after: Holdings,
    without: frozenset[str],
) -> Decimal:
    """By how much what was acquired fetches less than it is worth at fair prices, right now, in
    the books without the orders of the accounts in `without`."""
    total = ZERO
    for asset, quantity in after.items():
        acquired = quantity - before.get(asset, ZERO)
        if asset == unit or acquired <= 0:
            continue
        money, _ = fetches(engine, asset, int(acquired.scaleb(8)), unit, without)
        total += acquired * fair(asset, engine.now) - from_units(money)
    return max(total, ZERO)


def worth(held: Holdings, fair: FairPrices, at: int) -> Decimal:
    """What holdings are worth at the fair prices of a moment (ms), in the unit."""
    return sum((quantity * fair(asset, at) for asset, quantity in held.items()), ZERO)
