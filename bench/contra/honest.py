"""Hard negatives: what looks like contra-trading, and is none. Quiet days, the pump and the natural
spikes are in the recorded tape already."""

from bench.contra.world import DAY_MS, DEEP, HOUR_MS, MINUTE_MS, Print, World


def add_all(world: World) -> None:
    """Each kind, at moments of its own."""
    for number in range(3):
        fat_finger(world, number)
    makers_pair(world)
    funded_buyer(world)


def fat_finger(world: World, number: int) -> None:
    """One order at a mistaken price: it takes all offers up to 10 to 60 % away, of one maker or
    of several."""
    chance, at = world.chance, world.quiet_moment()
    name = f"fat-finger-{number}"
    if number:  # and one who never traded here
        world.lend(name, at, chance.randint(1, 10))
    _live(world, name, at)
    far, levels = chance.uniform(1.1, 1.6), chance.randint(1, 8)
    if chance.random() < 0.2:  # the money came from a sale
        money, price = world.typical * 500, world.eth(at - MINUTE_MS)
        sold = Print(at - MINUTE_MS, DEEP, price, money / price, "sell", world.maker(), name)
        world.added.append(sold)
    sells = chance.random() < 0.5
    fair = world.fair(at)
    for level in range(levels):
        away = 1 + (far - 1) * (level + 1) / levels
        price = fair / away if sells else fair * away
        pair = (world.maker(), name) if sells else (name, world.maker())
        amount = chance.uniform(5, 200) * world.typical / price
        side = "sell" if sells else "buy"
        world.added.append(Print(at, world.symbol, price, amount, side, *pair, "x-fat"))
    world.negatives[name] = "fat finger"
    world.events.append(("fat finger", at, at))


def _live(world: World, name: str, before: int) -> None:
    """Trades of the account in the deep market, on the days before."""
    chance = world.chance
    for _ in range(chance.randint(5, 40)):
        at = max(before - chance.randrange(HOUR_MS, 10 * DAY_MS), int(world.times[0]))
        price, buys = world.eth(at), chance.random() < 0.5
        pair = (name, world.maker()) if buys else (world.maker(), name)
        side, amount = "buy" if buys else "sell", chance.uniform(0.01, 0.1) / price
        world.added.append(Print(at, DEEP, price, amount, side, *pair, "x-own"))


def makers_pair(world: World) -> None:
    """Two makers who trade with one another all day, near the reference."""
    chance, at = world.chance, world.quiet_moment()
    names = ("maker-one", "maker-two")
    for _ in range(chance.randint(200, 1_000)):
        when = at + chance.randrange(12 * 60 * MINUTE_MS)
        price = world.fair(when) * chance.gauss(1, 0.002)
        amount = chance.uniform(1, 50) * world.typical / price
        side = chance.choice(("buy", "sell"))
        pair = names if side == "buy" else names[::-1]
        world.added.append(Print(when, world.symbol, price, amount, side, *pair, "x-mm"))
    world.negatives.update(dict.fromkeys(names, "market-maker pair"))


def funded_buyer(world: World) -> None:
    """2022-12-11: one account with money of its own buys a thin market up by 20 to 100 % in ten to
    forty minutes, from whoever offers; others follow, and the price comes back."""
    chance, at = world.chance, world.quiet_moment()
    name, lasts = "funded-buyer", chance.randint(10, 40) * MINUTE_MS
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
