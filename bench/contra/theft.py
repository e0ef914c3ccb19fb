"""Attacks as they were made, put into a world: at several sizes and paces, on either side."""

from collections.abc import Iterator
from math import exp, log
from typing import NamedTuple

from bench.contra.world import DAY_MS, DEEP, HOUR_MS, MINUTE_MS, Print, Victim, World

SIZES = (0.05, 0.1, 0.25, 0.5, 0.9)
"""What passes on, as a share of the account."""
LEAST, MOST = 1.1, 4.0
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
}
"""5,000 small trades are FTX's in October 2022; `two pairs` is the shape of May 2024: bought in
the coin's liquid pair, and sold to the victim in the pair in which nobody else traded all day."""


def rob(world: World, ring: int, victims: int, pace: str, markup: float = 0.0) -> None:
    """One thief with one to three accounts, and his victims, a quarter of an hour to three hours
    apart. `markup`: how far from fair, drawn where it is 0."""
    chance = world.chance
    thieves = tuple(f"thief-{ring}-{number}" for number in range(chance.randint(1, 3)))
    at = world.quiet_moment()
    if pace == "two pairs":
        world.silence(at - 24 * HOUR_MS, at + 24 * HOUR_MS)
    elif chance.random() < 0.3:
        _set_scene(world, at - 30 * MINUTE_MS, thieves)
    if chance.random() < 0.3:  # he trades like everybody else before
        for thief in thieves:
            world.make(thief, at - DAY_MS, chance.randint(5, 50))
    for number in range(victims):
        name = f"victim-{ring}-{number}"
        size = chance.choice(SIZES)
        far = markup or exp(chance.uniform(log(LEAST), log(MOST)))
        lost = _Theft(world, name, thieves, pace, size, far, chance.random() < 0.25)
        at = lost.take(at) + chance.randint(15, 180) * MINUTE_MS


class _Theft:
    """One victim's."""

    def __init__(
        self,
        world: World,
        victim: str,
        thieves: tuple[str, ...],
        pace: str,
        size: float,
        markup: float,
        sells: bool,
    ) -> None:
        self._world, self._victim, self._thieves = world, victim, thieves
        self._pace, self._size, self._markup, self._sells = pace, size, markup, sells
        self._worth = exp(world.chance.gauss(0.0, 1.0))

    def take(self, at: int) -> int:
        """Begin at a moment (ms); when the last fill was."""
        world, chance = self._world, self._world.chance
        known = self._sells or (chance.random() < 0.4 and self._pace != "one order")
        if known:
            world.lend(self._victim, at - 2 * HOUR_MS, chance.randint(3, 30))
        self._live(at)
        fills = []
        for when, price, amount, thief in self._fills(at):
            fills.append((when, abs(price - world.fair(when)) * amount))
            self._pass(when, price, amount, thief)
        last = fills[-1][0]
        world.victims.append(
            Victim(
                self._victim,
                world.symbol,
                self._pace,
                self._worth,
                self._size,
                self._markup,
                self._thieves,
                tuple(fills),
                self._sells,
            )
        )
        self._follow(last)
        return last

    def _pass(self, at: int, price: float, amount: float, thief: str) -> None:
        pair = (thief, self._victim) if self._sells else (self._victim, thief)
        side = "sell" if self._sells else "buy"
        self._world.added.append(Print(at, self._world.symbol, price, amount, side, *pair))

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

    def _fills(self, at: int) -> Iterator[tuple[int, float, float, str]]:
        """Moments, prices, amounts and thieves of all fills; honest offers in between are taken
        by the thief first."""
        world, chance = self._world, self._world.chance
        pace = PACES[self._pace]
        count, lasts = chance.randint(*pace.fills), chance.randint(*pace.lasts)
        moments = sorted(at + chance.randint(0, lasts) for _ in range(count))
        self._clear(at - 500)
        wanted = self._size * self._worth
        weights = [chance.uniform(0.5, 1.5) for _ in moments]
        jitter = 0.0 if self._pace in ("one order", "burst") else 0.03
        for when, weight in zip(moments, weights, strict=True):
            far = self._markup * (1 + chance.uniform(-jitter, jitter))
            fair = world.fair(when)
            price = fair / far if self._sells else fair * far
            amount = wanted * weight / sum(weights) / abs(price - fair)
            yield when, price, amount, chance.choice(self._thieves)

    def _clear(self, at: int) -> None:
        world, chance = self._world, self._world.chance
        fair = world.fair(at)
        for step in range(chance.randint(0, 4)):
            far = 1 + (self._markup - 1) * (step + 1) / 6
            price = fair / far if self._sells else fair * far
            thief, maker = self._thieves[0], world.maker()
            buyer, seller = (maker, thief) if self._sells else (thief, maker)
            side = "sell" if self._sells else "buy"
            amount = world.typical / price
            world.added.append(Print(at, world.symbol, price, amount, side, buyer, seller))

    def _follow(self, at: int) -> None:
        """A few who saw the price move and pay some of it."""
        world, chance = self._world, self._world.chance
        if self._pace == "two pairs" or chance.random() < 0.7:
            return
        for _ in range(chance.randint(1, 6)):
            when = at + chance.randint(500, 120_000)
            far = 1 + (self._markup - 1) * chance.random() * 0.5
            fair = world.fair(when)
            price = fair / far if self._sells else fair * far
            side = "sell" if self._sells else "buy"
            pair = (world.maker(), world.taker()) if self._sells else (world.taker(), world.maker())
            amount = world.typical / price
            world.added.append(Print(when, world.symbol, price, amount, side, *pair))


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
