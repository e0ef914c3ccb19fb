"""Attacks as they were made, put into a world: at several sizes and paces, on either side."""

from collections.abc import Iterator
from math import exp, log
from typing import NamedTuple

from bench.contra.world import DAY_MS, DEEP, HOUR_MS, MINUTE_MS, Print, Victim, World

SIZES = (0.05, 0.1, 0.25, 0.5, 0.9)
"""What passes on, as a share of the account."""
LEAST, MOST = 1.1, 10.0
"""How far from fair the thief quotes."""


class Pace(NamedTuple):
    """So many fills, over so long (ms)."""

    fills: tuple[int, int]
    lasts: tuple[int, int]


PACES = {
    "one order": Pace((1, 3), (0, 0)),
    "burst": Pace((3, 15), (3_000, 20_000)),
    "minutes": Pace((20, 100), (5 * MINUTE_MS, HOUR_MS)),
    "hours": Pace((50, 300), (3 * HOUR_MS, 10 * HOUR_MS)),
    "thousands": Pace((5_000, 5_500), (2 * HOUR_MS, 10 * HOUR_MS)),
    "two pairs": Pace((5, 40), (10_000, 10 * MINUTE_MS)),
    "round trips": Pace((6, 40), (10_000, HOUR_MS)),
}
"""5,000 small trades are FTX's in October 2022; `two pairs` is the shape of May 2024: bought in
the coin's liquid pair, and sold to the victim in the pair in which nobody else traded all day;
`round trips` sell the victim the same coins again and again, and take them back below fair."""
BEFORE_MS = 6 * HOUR_MS
"""What a thief does beforehand takes no longer."""
SILENT_MS = 24 * HOUR_MS
PAUSE_MS = (15 * MINUTE_MS, 180 * MINUTE_MS)
"""From one victim to the next."""


class _Manner(NamedTuple):
    """How a thief goes about it, with all his victims.

    Attributes:
        thieves: his accounts.
        at_once: all victims within the same second, not one after the other.
        sweeps: honest offers in between are taken by the stolen keys, not by himself before.
        buys: he bought what he sells in the market in the hours before.
        dusts: trades among his own accounts at the price of the theft, while it goes on.
    """

    thieves: tuple[str, ...]
    at_once: bool
    sweeps: bool
    buys: bool
    dusts: bool


def rob(world: World, ring: int, victims: int, pace: str, markup: float = 0.0) -> None:
    """One thief with one to three accounts, and his victims, a quarter of an hour to three hours
    apart or all at once. `markup`: how far from fair, drawn where it is 0."""
    chance = world.chance
    thieves = tuple(f"thief-{ring}-{number}" for number in range(chance.randint(1, 3)))
    manner = _Manner(
        thieves,
        at_once=chance.random() < 0.3,
        sweeps=chance.random() < 0.3,
        buys=chance.random() < 0.3 and pace != "two pairs",
        dusts=chance.random() < 0.2,
    )
    at = _begin(world, pace, 1 if manner.at_once else victims)
    if pace != "two pairs" and chance.random() < 0.3:
        _set_scene(world, at - 30 * MINUTE_MS, thieves)
    if chance.random() < 0.3:  # he trades like everybody else before
        for thief in thieves:
            world.make(thief, at - DAY_MS, chance.randint(5, 50))
    for number in range(victims):
        far = markup or exp(chance.uniform(log(LEAST), log(MOST)))
        lost = _Theft(world, f"victim-{ring}-{number}", manner, pace, far)
        last = lost.take(at)
        at = at + chance.randrange(1_000) if manner.at_once else last + chance.randint(*PAUSE_MS)


def _begin(world: World, pace: str, victims: int) -> int:
    """A moment at which the first of so many victims, one after the other, is robbed."""
    lasts = victims * (PACES[pace].lasts[1] + PAUSE_MS[1])
    if pace != "two pairs":
        return world.quiet_moment(lasts + BEFORE_MS) + BEFORE_MS
    at = world.quiet_moment(lasts + 2 * SILENT_MS) + SILENT_MS
    world.silence(at - SILENT_MS, at + lasts + SILENT_MS)
    return at


class _Theft:
    """One victim's."""

    def __init__(
        self, world: World, victim: str, manner: _Manner, pace: str, markup: float
    ) -> None:
        self._world, self._victim, self._manner = world, victim, manner
        self._pace, self._markup = pace, markup
        self._size = world.chance.choice(SIZES)
        self._sells = world.chance.random() < 0.25
        self._worth = exp(world.chance.gauss(0.0, 1.0))

    def take(self, at: int) -> int:
        """Begin at a moment (ms); when the last fill was."""
        world, chance = self._world, self._world.chance
        known = self._sells or (chance.random() < 0.4 and self._pace != "one order")
        if known:
            world.lend(self._victim, at - 2 * HOUR_MS, chance.randint(3, 30))
        self._live(at)
        if self._manner.buys and not self._sells:
            self._buy_before(at)
        # Honest offers on the way are taken first.
        swept = self._clear(at)
        fills, doubts = [], []
        for when, price, amount, sells in self._fills(at):
            passed = [abs(price - worth) * amount for worth in world.worths(when)]
            fills.append((when, passed[0]))
            doubts.append((min(passed), max(passed)))
            self._pass(when, price, amount, sells)
        if self._manner.dusts:
            self._dust(fills[0][0], fills[-1][0])
        world.victims.append(
            Victim(
                self._victim,
                world.symbol,
                self._pace,
                self._worth,
                self._size,
                self._markup,
                self._manner.thieves,
                tuple(fills),
                self._sells,
                swept,
                (sum(least for least, _ in doubts), sum(most for _, most in doubts)),
            )
        )
        self._follow(fills[-1][0])
        return fills[-1][0]

    def _price(self, at: int, far: float, sells: bool) -> float:
        """So far from fair, on the victim's worse side."""
        fair = self._world.fair(at)
        return fair / far if sells else fair * far

    def _pass(self, at: int, price: float, amount: float, sells: bool) -> None:
        thief = self._world.chance.choice(self._manner.thieves)
        self._trade(at, price, amount, sells, self._victim, thief)

    def _trade(
        self,
        at: int,
        price: float,
        amount: float,
        sells: bool,
        taker: str,
        maker: str,
        order: str = "",
    ) -> None:
        pair = (maker, taker) if sells else (taker, maker)
        side = "sell" if sells else "buy"
        self._world.added.append(Print(at, self._world.symbol, price, amount, side, *pair, order))

    def _live(self, at: int) -> None:
        """The victim's own trades in the deep market, by a bot or by hand, and its coins sold for
        the theft."""
        chance = self._world.chance
        order = "x-own" if chance.random() < 0.5 else ""
        # One in four has not traded for weeks.
        latest = 20 * DAY_MS if chance.random() < 0.25 else HOUR_MS
        for _ in range(chance.randint(5, 40)):
            when = at - chance.randrange(latest, latest + 10 * DAY_MS)
            buys = chance.random() < 0.5
            self._deep(when, chance.uniform(0.01, 0.1), buys, order)
        if not self._sells and chance.random() < 0.8:
            count, spent = chance.randint(1, 6), self._worth * self._size / (1 - 1 / self._markup)
            for _ in range(count):
                when = at - chance.randrange(1_000, 10 * MINUTE_MS)
                self._deep(when, spent / count, False, "")

    def _deep(self, at: int, money: float, buys: bool, order: str) -> None:
        world = self._world
        price, side = world.eth(at), "buy" if buys else "sell"
        pair = (self._victim, world.maker()) if buys else (world.maker(), self._victim)
        world.added.append(Print(at, DEEP, price, money / price, side, *pair, order))

    def _buy_before(self, at: int) -> None:
        """He collects some of what he will sell, from the crowd."""
        world, chance = self._world, self._world.chance
        money = self._size * self._worth / (self._markup - 1) * chance.uniform(0.3, 1)
        count = chance.randint(10, 60)
        for _ in range(count):
            when = at - chance.randrange(MINUTE_MS, BEFORE_MS)
            price, maker = world.fair(when) * chance.uniform(1.0, 1.005), world.maker()
            thief = chance.choice(self._manner.thieves)
            self._trade(when, price, money / count / price, False, thief, maker)

    def _fills(self, at: int) -> Iterator[tuple[int, float, float, bool]]:
        """Moments, prices, amounts and sides of all fills."""
        chance = self._world.chance
        pace = PACES[self._pace]
        count, lasts = chance.randint(*pace.fills), chance.randint(*pace.lasts)
        moments = sorted(at + chance.randint(0, lasts) for _ in range(count))
        wanted = self._size * self._worth
        weights = [chance.uniform(0.5, 1.5) for _ in moments]
        jitter = 0.0 if self._pace in ("one order", "burst") else 0.03
        for number, (when, weight) in enumerate(zip(moments, weights, strict=True)):
            sells = number % 2 == 1 if self._pace == "round trips" else self._sells
            price = self._price(when, self._markup * (1 + chance.uniform(-jitter, jitter)), sells)
            amount = wanted * weight / sum(weights) / abs(price - self._world.fair(when))
            yield when, price, amount, sells

    def _clear(self, at: int) -> float:
        """What honest people offer on the way is taken by the stolen key in the same order, or by
        the thief half a second before; what it cost the victim."""
        world, chance = self._world, self._world.chance
        sweeps, cost = self._manner.sweeps, 0.0
        when, taker = (at, self._victim) if sweeps else (at - 500, self._manner.thieves[0])
        for step in range(chance.randint(0, 4)):
            price = self._price(at, 1 + (self._markup - 1) * (step + 1) / 6, self._sells)
            amount = world.typical / price
            self._trade(when, price, amount, self._sells, taker, world.maker())
            cost += abs(price - world.fair(at)) * amount
        return cost if sweeps else 0.0

    def _dust(self, first: int, last: int) -> None:
        chance, thieves = self._world.chance, self._manner.thieves
        partners = [*thieves, f"{thieves[0]}-wash"]
        for _ in range(chance.randint(4, 12)):
            when = chance.randint(first - 10 * MINUTE_MS, last + 10 * MINUTE_MS)
            price = self._price(when, self._markup, self._sells)
            amount = chance.uniform(0.01, 1) * self._world.typical / price
            one, other = chance.sample(partners, 2)
            self._trade(when, price, amount, self._sells, one, other)

    def _follow(self, at: int) -> None:
        """A few who saw the price move and pay some of it."""
        world, chance = self._world, self._world.chance
        if self._pace == "two pairs" or chance.random() < 0.7:
            return
        for _ in range(chance.randint(1, 6)):
            when = at + chance.randint(500, 120_000)
            far = 1 + (self._markup - 1) * chance.random() * 0.5
            price = self._price(when, far, self._sells)
            amount = world.typical / price
            self._trade(when, price, amount, self._sells, world.taker(), world.maker(), "x-own")


def _set_scene(world: World, at: int, thieves: tuple[str, ...]) -> None:
    """Wash trades at a price far above, for some minutes."""
    chance = world.chance
    partner = thieves[1] if len(thieves) > 1 else f"{thieves[0]}-wash"
    far = chance.uniform(1.1, 2.5)
    for step in range(chance.randint(5, 20)):
        when = at + step * chance.randint(5_000, 60_000)
        price = world.fair(when) * far
        amount = chance.uniform(1, 20) * world.typical / price
        world.added.append(Print(when, world.symbol, price, amount, "buy", thieves[0], partner))
