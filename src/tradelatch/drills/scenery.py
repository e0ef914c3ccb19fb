"""The ground an attack is rehearsed on: markets drawn from a seed, and the owner's policy."""

import math
import random
from decimal import Decimal

import msgspec

from tradelatch.model.clock import HOUR
from tradelatch.policy.document import AMOUNTS, Policy
from tradelatch.policy.windows import WINDOWS, Window
from tradelatch.venue.engine.listing import WIDE, Life, Listing
from tradelatch.venue.engine.units import PPM, SCALE
from tradelatch.venue.life.markets import ETH_BTC, QOR_BTC, VIN_BTC

UNIT, COIN = "BTC", "ETH"
DEEP = f"{COIN}/{UNIT}"
CROSS = f"{COIN}/VIN"
"""Quoted in a thin coin; no agent trades there."""
WORTH, CASH = Decimal(50), Decimal(30)
"""What the victim owns in all and in cash, as in docs/loss-budget.md's example."""
BUDGET, EXITS = Decimal("0.25"), Decimal("0.5")
ALLOCATIONS = (Decimal(0), Decimal(1))
"""X, by turns."""


def listings(seed: int, thin: int) -> list[Listing]:
    """A deep market, `thin` thin ones and the cross, as different from others as real ones are."""
    chance = random.Random(f"ground/{seed}")  # noqa: S311 - not a secret
    names = ["VIN", "QOR", *(f"C{number:02d}" for number in range(3, thin + 1))][:thin]
    made = [_deep(chance), *(_thin(name, chance) for name in names)]
    return [*made, _cross()]


def policy_text(seed: int, thin: list[str]) -> str:
    """The owner's policy where none is given: it lists every market quoted in the unit. Seeds have
    the allocations by turns, and two of four do without freezing, since a thief who is frozen soon
    says little of the amounts."""
    allocation = ALLOCATIONS[seed % len(ALLOCATIONS)]
    freeze = "[freeze]\nspent = 0\ndenials = 0\n" if seed % 4 >= 2 else ""
    amounts = f'budget = "{BUDGET}"\nallocation = "{allocation}"\nexit_budget = "{EXITS}"\n'
    markets = [f'[markets."{DEEP}"]\ndepth = "deep"\n']
    markets += [f'[markets."{symbol}"]\ndepth = "thin"\ncollar = "0.02"\n' for symbol in thin]
    return f'version = 1\nunit = "{UNIT}"\n{amounts}' + "".join(markets) + freeze


def house_text(policy: Policy) -> str:
    """An owner's amounts for all his accounts together: those of one."""
    day = policy.amounts(Window.DAY, WORTH)
    amounts = [f'{name} = "{getattr(day, name)}"' for name in AMOUNTS]
    return "\n".join(["version = 1", f"[units.{policy.unit}]", *amounts])


def bound(policy: Policy, hours: float) -> Decimal:
    """B + X + E of the smallest window that an attack of so many hours fits in."""
    fitting = (w for w in WINDOWS if hours * HOUR <= w.length_ns)
    amounts = policy.amounts(next(fitting, WINDOWS[-1]), WORTH)
    return amounts.budget + amounts.allocation + amounts.exit_budget


def _deep(chance: random.Random) -> Listing:
    scale = chance.uniform(0.75, 2.0)
    return _shaped(ETH_BTC, chance.uniform(0.5, 1.7), chance.randint(15_000, 40_000), scale)


def _thin(name: str, chance: random.Random) -> Listing:
    model = chance.choice((VIN_BTC, QOR_BTC))
    scale = math.exp(chance.uniform(-0.4, 1.4))
    price = math.exp(chance.gauss(0.0, 0.5))
    shaped = _shaped(model, price, chance.randint(30_000, 80_000), scale)
    return msgspec.structs.replace(shaped, base=name)


def _shaped(model: Listing, price: float, sigma: int, scale: float) -> Listing:
    """A market like the model, with another price and volatility and `scale` times its trade."""
    life = model.life
    assert life
    ladder = tuple((ppm, round(value * scale**0.7)) for ppm, value in life.ladder)
    return msgspec.structs.replace(
        model,
        life=Life(
            opening=round(life.opening * price),
            sigma=sigma,
            turnover=round(life.turnover * scale),
            prints=round(life.prints * scale**0.5),
            ladder=ladder,
        ),
    )


def _cross() -> Listing:
    base, quote = CROSS.split("/")
    wide = msgspec.structs.replace(WIDE, up=10**6 * PPM)
    return Listing(base, quote, tick=SCALE, lot=10_000, min_notional=1, bids=wide, asks=wide)
