"""Hard negatives: what looks like contra-trading, and is none. Quiet days, the pump and the natural
spikes are in the recorded tape already."""

from collections.abc import Sequence
from math import exp, log

from bench.contra.world import DAY_MS, DEEP, HOUR_MS, MINUTE_MS, Print, World


def add_all(world: World) -> None:
    """Each kind, at moments of its own."""
    for number in range(3):
        fat_finger(world, number)
    forgotten_offer(world)
    makers_pair(world)
    funded_buyer(world)
    for number in range(2):
        pump_joiner(world, number)
    after_a_sweep(world)


def fat_finger(world: World, number: int) -> None:
    """One order at a mistaken price: it takes all offers up to 10 to 60 % away, of one maker or
    of several."""
    chance, at = world.chance, world.quiet_moment(0)
    sells = chance.random() < 0.5
    far, levels = chance.uniform(1.1, 1.6), chance.randint(1, 8)
    makers = [(1 + (far - 1) * (level + 1) / levels, world.maker()) for level in range(levels)]
    _mistake(world, f"fat-finger-{number}", number > 0, at, makers, "fat finger", sells)


def forgotten_offer(world: World) -> None:
    """One order at a mistaken price goes through the offers there are, and ends in one that a
    stranger forgot there, at up to twenty times the price."""
    chance, at = world.chance, world.quiet_moment(0)
    sells = chance.random() < 0.5
    far, levels = exp(chance.uniform(log(1.2), log(20))), chance.randint(0, 4)
    makers = [(1 + chance.uniform(0, min(far - 1, 0.3)), world.maker()) for _ in range(levels)]
    makers = [*sorted(makers), (far, "forgotten-stranger")]
    _mistake(world, "forgotten-offer", chance.random() < 0.5, at, makers, "forgotten offer", sells)


def after_a_sweep(world: World) -> None:
    """Somebody buys or sells through the offers up to 10 to 60 % away, and within a minute a
    stranger's order meets what is left beyond."""
    chance, at = world.chance, world.quiet_moment(MINUTE_MS)
    far, sells = chance.uniform(1.1, 1.6), chance.random() < 0.5
    sweeper = world.taker()
    for level in range(chance.randint(1, 6)):
        away = 1 + (far - 1) * (level + 1) / 7
        _take(world, sweeper, at, away, world.maker(), sells, "x-own")
    after = round(exp(chance.uniform(log(100), log(MINUTE_MS))))
    is_known = sells or chance.random() < 0.5
    _mistake(
        world, "after-a-sweep", is_known, at + after, [(far, world.maker())], "after a sweep", sells
    )


def _mistake(
    world: World,
    name: str,
    is_known: bool,
    at: int,
    makers: Sequence[tuple[float, str]],
    kind: str,
    sells: bool,
) -> None:
    """An order of somebody who traded here before, or never did, against offers so far away."""
    chance = world.chance
    if is_known:
        world.lend(name, at, chance.randint(1, 10))
    _live(world, name, at)
    if chance.random() < 0.2:
        _raise(world, name, at - MINUTE_MS, world.typical * 500)
    for away, maker in makers:
        _take(world, name, at, away, maker, sells, "x-fat")
    world.negatives[name] = kind
    world.events.append((kind, at, at))


def _take(
    world: World, name: str, at: int, away: float, maker: str, sells: bool, order: str
) -> None:
    """One trade so far from fair, on the taker's worse side."""
    price = world.fair(at) / away if sells else world.fair(at) * away
    pair, side = ((maker, name), "sell") if sells else ((name, maker), "buy")
    amount = world.chance.uniform(5, 200) * world.typical / price
    world.added.append(Print(at, world.symbol, price, amount, side, *pair, order))


def pump_joiner(world: World, number: int) -> None:
    """Sells another coin to join the pump, in a few of its own orders."""
    chance, at = world.chance, world.pump_ms + world.chance.randint(2_000, 5 * MINUTE_MS)
    name = f"joiner-{number}"
    _live(world, name, world.pump_ms)
    _raise(world, name, at - chance.randrange(1_000, 10 * MINUTE_MS), world.typical * 100)
    world.join(name, at, chance.randint(1, 6))
    world.negatives[name] = "pump, joined with money raised before"


def _raise(world: World, name: str, at: int, money: float) -> None:
    price = world.eth(at)
    world.added.append(Print(at, DEEP, price, money / price, "sell", world.maker(), name))


def _live(world: World, name: str, before: int) -> None:
    """Trades of the account in the deep market, on the days before; one in four has not traded for
    weeks."""
    chance = world.chance
    latest = 20 * DAY_MS if chance.random() < 0.25 else HOUR_MS
    for _ in range(chance.randint(5, 40)):
        at = before - latest - chance.randrange(10 * DAY_MS)
        price, buys = world.eth(at), chance.random() < 0.5
        pair = (name, world.maker()) if buys else (world.maker(), name)
        side, amount = "buy" if buys else "sell", chance.uniform(0.01, 0.1) / price
        world.added.append(Print(at, DEEP, price, amount, side, *pair, "x-own"))


def makers_pair(world: World) -> None:
    """Two makers who trade with one another all day, near the reference."""
    chance, at = world.chance, world.quiet_moment(12 * HOUR_MS)
    names = ("maker-one", "maker-two")
    for _ in range(chance.randint(200, 1_000)):
        when = at + chance.randrange(12 * HOUR_MS)
        price = world.fair(when) * chance.gauss(1, 0.002)
        amount = chance.uniform(1, 50) * world.typical / price
        side = chance.choice(("buy", "sell"))
        pair = names if side == "buy" else names[::-1]
        world.added.append(Print(when, world.symbol, price, amount, side, *pair, "x-mm"))
    world.negatives.update(dict.fromkeys(names, "market-maker pair"))


def funded_buyer(world: World) -> None:
    """2022-12-11: one account with money of its own buys a thin market up by 20 to 100 % in ten to
    forty minutes, from whoever offers; others follow, and the price comes back."""
    chance, name = world.chance, "funded-buyer"
    lasts = chance.randint(10, 40) * MINUTE_MS
    at = world.quiet_moment(2 * lasts)
    _live(world, name, at)
    top, orders = chance.uniform(1.2, 2.0), chance.randint(30, 200)
    for _ in range(orders):
        _buy(world, name, at, chance.randrange(lasts), lasts, top)
    for _ in range(orders):
        _buy(world, world.taker(), at, chance.randrange(2 * lasts), lasts, top)
    world.negatives[name] = "funded buyer"
    world.events.append(("funded buyer", at, at + 2 * lasts))


def _buy(world: World, who: str, start: int, after: int, lasts: int, top: float) -> None:
    chance, at = world.chance, start + after
    risen = after / lasts if after < lasts else 2 - after / lasts
    price = world.fair(at) * (1 + (top - 1) * risen) * chance.gauss(1, 0.005)
    for _ in range(chance.randint(1, 4)):
        amount = chance.uniform(1, 30) * world.typical / price
        world.added.append(Print(at, world.symbol, price, amount, "buy", who, world.maker(), "x-f"))
