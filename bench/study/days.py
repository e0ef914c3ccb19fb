"""Bot-days: one bot, one market, 24 hours, and what became of its orders."""

import itertools
from collections.abc import Iterator
from decimal import Decimal

import msgspec

from bench.study.bots import Bot, Dca, Grid, MarketMaker, Stop
from bench.study.desk import AMOUNTS, Desk
from bench.study.tape import DAY_MS, MINUTE_MS, Tape
from tradelatch.model.money import ZERO
from tradelatch.model.orders import Side
from tradelatch.policy.document import Depth, MarketRules

BOTS = ("dca", "grid", "market-making")
COLLARS = tuple(map(Decimal, ("0.005", "0.01", "0.02", "0.03", "0.05")))
DRIFTS = tuple(map(Decimal, ("0.01", "0.02", "0.05", "0.10")))
CLASSES = ("under 5 %", "5 to 7 %", "over 7 %")
WORTH = Decimal(10)
"""What the account is worth, BTC."""
CAPITAL_SHARE = Decimal("0.04")
"""What a bot may have in a thin market, as a share of its daily traded value."""
ALLOWED = Decimal("1.25")
"""X as a multiple of that."""
PATIENCE_MS = 5 * MINUTE_MS
"""How long a bot waits after a refusal, unless it is getting out."""
DEEP_SHARES = dict(zip(BOTS, map(Decimal, ("0.05", "0.05", "0.02")), strict=True))
"""What a bot may have in a deep market, as a share of the account."""
DEEP_COLLARS = {"major": Decimal("0.005")}


class Day(msgspec.Struct, frozen=True):
    """What became of one bot's 24 hours; amounts as shares: `x_peak` of the bot's capital,
    `b_peak` and `e_used` of the account's value."""

    tape: str
    start_ms: int
    bot: str
    kind: str
    placed: int
    refused: dict[str, int]
    shadowed: dict[str, int]
    x_peak: float
    b_peak: float
    e_used: float
    stops: list[Stop]

    @property
    def by_amounts(self) -> int:
        """How many of the refusals are by the amounts (a rule counts once for each order)."""
        return sum(self.refused.get(rule, 0) for rule in AMOUNTS)


def kind_of(sigma: Decimal) -> str:
    """The class of a thin market, by its daily volatility."""
    return CLASSES[(sigma >= Decimal("0.05")) + (sigma >= Decimal("0.07"))]


def default_collar(kind: str) -> Decimal:
    """The collar proposed for a class."""
    return dict(zip(CLASSES, map(Decimal, ("0.01", "0.02", "0.03")), strict=True))[kind]


def policy_text(tape: Tape, depth: Depth, collar: Decimal, allocation: Decimal) -> str:
    """The account's policy: shipped defaults but for the collar, B 0.5 % and E 1 %."""
    return f"""
version = 1
unit = "BTC"
budget = "{WORTH * Decimal("0.005")}"
exit_budget = "{WORTH * Decimal("0.01")}"
allocation = "{allocation}"
[markets."{tape.market.symbol}"]
depth = "{depth}"
collar = "{collar}"
"""


def figures(tape: Tape, now_ms: int) -> tuple[Decimal, Decimal] | None:
    """Daily traded value and volatility, as a policy sees them at that moment; None where there
    is nothing to judge by."""
    desk = Desk(
        tape, policy_text(tape, Depth.THIN, Decimal("0.01"), Decimal(1)), {"BTC": WORTH}, now_ms
    )
    reference = desk.reference(Side.BUY)
    return (reference.figures.adv, reference.figures.sigma) if reference else None


def thin_days(tape: Tape, every: int = 1) -> Iterator[Day]:
    """Every bot on every quiet day of a tape, or every so many, in its market allocated as thin."""
    for start_ms in tape.quiet_days()[::every]:
        known = figures(tape, start_ms)
        if known is None or not known[0]:
            continue
        adv, sigma = known
        kind, capital = kind_of(sigma), CAPITAL_SHARE * adv
        text = policy_text(tape, Depth.THIN, default_collar(kind), ALLOWED * capital)
        for name in BOTS:
            desk = Desk(tape, text, {"BTC": WORTH}, start_ms)
            desk.shadows = shadows(desk.account.policy.markets[tape.market.symbol])
            yield from run(desk, name, capital, kind, days=1, every=1)


def deep_days(tape: Tape, kind: str, days: int, lasting: bool) -> Iterator[Day]:
    """Every bot in a deep market: each day on an account of its own, or `lasting`, day after day
    on one, so that week and month fill up."""
    text = policy_text(tape, Depth.DEEP, DEEP_COLLARS.get(kind, Decimal("0.01")), ZERO)
    first_ms = tape.times[0] // DAY_MS * DAY_MS + 30 * DAY_MS
    starts = [first_ms] if lasting else [first_ms + day * DAY_MS for day in range(days)]
    for name, start_ms in itertools.product(BOTS, starts):
        desk = Desk(tape, text, {"BTC": WORTH}, start_ms)
        desk.shadows = shadows(desk.account.policy.markets[tape.market.symbol])
        capital = DEEP_SHARES[name] * WORTH
        yield from run(desk, name, capital, kind, days if lasting else 1, every=15)


def shadows(rules: MarketRules) -> dict[str, MarketRules]:
    """The rules whose collar each order is held against, besides its own."""
    change = msgspec.structs.replace
    collars = {f"collar {value}": change(rules, collar=value) for value in COLLARS}
    drifts = {
        f"drift {value}": change(rules, drift_1h=value, drift_24h=3 * value) for value in DRIFTS
    }
    return collars | drifts


def make_bot(name: str, capital: Decimal, depth: Depth) -> Bot:
    """A bot by its name; a market maker's quotes are closer in a deep market."""
    if name == "dca":
        return Dca(capital)
    if name == "grid":
        return Grid(capital)
    return MarketMaker(capital, MarketMaker.HALF if depth is Depth.THIN else Decimal("0.005"))


def run(desk: Desk, name: str, capital: Decimal, kind: str, days: int, every: int) -> Iterator[Day]:
    """Days of a bot at a desk; resting orders are judged again every `every` minutes in deep
    markets (in thin ones no reference changes what an order reserves)."""
    depth = desk.account.policy.markets[desk.symbol].depth
    bot: Bot = make_bot(name, capital, depth)
    for number in range(days):
        start_ms, seen = desk.now_ms, len(bot.stops)
        desk.placed, desk.refused, desk.shadowed = 0, type(desk.refused)(), type(desk.refused)()
        desk.peak = dict.fromkeys(desk.peak, ZERO)
        waits_ms = 0
        while desk.now_ms < start_ms + DAY_MS:
            refused = desk.refused["orders"]
            live(desk, bot, acts=desk.now_ms >= waits_ms or bot.is_leaving)
            if desk.refused["orders"] > refused:
                waits_ms = desk.now_ms + PATIENCE_MS
            if depth is Depth.DEEP and desk.now_ms // MINUTE_MS % every == 0:
                desk.review()
        if number == days - 1:
            see_out(desk, bot)
        yield Day(
            desk.tape.name,
            start_ms,
            name,
            kind,
            desk.placed,
            dict(desk.refused),
            dict(desk.shadowed),
            float(desk.peak["allocation"] / capital),
            float(desk.peak["budget"] / WORTH),
            float(desk.peak["exit_budget"] / WORTH),
            bot.stops[seen:],
        )


def live(desk: Desk, bot: Bot, acts: bool = True) -> None:
    """One minute: the bot acts, the market trades."""
    if acts:
        bot.act(desk)
    for order, quantity, price in desk.step(desk.now_ms - desk.now_ms % MINUTE_MS + MINUTE_MS):
        bot.filled(desk, order, quantity, price)


def see_out(desk: Desk, bot: Bot) -> None:
    """Let a stop-loss that was set off come to its end, for a day at most."""
    end_ms = min(desk.now_ms + DAY_MS, desk.tape.times[-1])
    while bot.is_leaving and desk.now_ms < end_ms:
        live(desk, bot)
