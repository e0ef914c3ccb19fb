"""Who trades what in the week: the drill's customers, each with a policy and bots that fit it."""

import random
from collections.abc import Mapping
from decimal import Decimal
from typing import Final

import msgspec

from tradelatch.bots.backtest.replay import Plan
from tradelatch.bots.dca.settings import DcaSettings
from tradelatch.bots.dca.strategy import Dca
from tradelatch.bots.grid.settings import GridSettings
from tradelatch.bots.grid.strategy import Grid
from tradelatch.cli.policy_new import Kind, ready_made
from tradelatch.drills.cast import BTC, DEEP, SECOND, Cast, Customer
from tradelatch.model.markets import Market
from tradelatch.model.money import MONEY, ZERO, plain, round_down
from tradelatch.policy.document import Depth, parse_policy
from tradelatch.policy.windows import Window

INVESTED, INVESTED_THIN = Decimal("0.04"), Decimal("0.02")
"""What one bot may invest at most, as a share of the account. The largest order that a ready-made
policy allows is 0.05 of it, and a take profit sells all that was bought at once, for more."""
OF_TURNOVER = Decimal("0.04")
"""And in a thin market no more than this share of what is traded there in a day."""
ALLOCATED = Decimal("1.25")
"""X is this many times what the bot may invest (docs/defaults.md)."""
_EVERY = 3
"""All but one customer in so many trade in a thin market too."""
STOP_AND_SELL: Final = "stop_bot_and_sell"
"""What a grid does at its lower stop."""
_UNIT = Decimal("1e-8")


class Trader(msgspec.Struct, frozen=True):
    """One customer: what the account holds at the start, its policy and its bots."""

    name: str
    worth: Decimal
    held: Mapping[str, Decimal]
    policy: str
    plans: tuple[Plan, ...]


class Scene(msgspec.Struct, frozen=True):
    """The markets: their steps, first prices and what is traded in a day (BTC), by symbol; `thin`
    are those in which customers trade with an allocation."""

    markets: Mapping[str, Market]
    prices: Mapping[str, Decimal]
    turnover: Mapping[str, Decimal]
    thin: tuple[str, ...]


class NothingToTrade(ValueError):
    """The reader's policy allows none of the week's markets; the message says which there are."""


def traders(cast: Cast, scene: Scene, own: str = "") -> tuple[Trader, ...]:
    """Everybody with policy and bots; `own` is the reader's policy, for the first account.

    Raises:
        NothingToTrade: under the reader's policy no bot may trade.
    """
    found = []
    for number, customer in enumerate(cast.customers):
        thin = scene.thin[number // _EVERY % len(scene.thin)]
        at_risk = {thin: _at_risk(customer, thin, scene)} if number % _EVERY else {}
        if own and number == 0:
            found.append(_trader(cast, customer, scene, own, _allowed(own, customer, scene)))
            continue
        at_risk = {DEEP: INVESTED * customer.worth, SECOND: INVESTED * customer.worth} | at_risk
        found.append(_trader(cast, customer, scene, _policy(customer, scene, at_risk), at_risk))
    return tuple(found)


def _trader(
    cast: Cast, customer: Customer, scene: Scene, policy: str, at_risk: Mapping[str, Decimal]
) -> Trader:
    """A customer with a bot for each market in `at_risk`, which may invest so much there (BTC)."""
    chance = random.Random(f"week/{cast.seed}/{customer.name}")  # noqa: S311 - not a secret
    plans = (_plan(customer, one, much, scene, chance) for one, much in at_risk.items())
    held = _held(customer, scene)
    return Trader(customer.name, customer.worth, held, policy, tuple(plans))


def _at_risk(customer: Customer, thin: str, scene: Scene) -> Decimal:
    """What a bot may invest in a thin market, BTC."""
    most = MONEY.multiply(OF_TURNOVER, scene.turnover[thin])
    return round_down(min(INVESTED_THIN * customer.worth, most), _UNIT)


def _allowed(own: str, customer: Customer, scene: Scene) -> dict[str, Decimal]:
    """The markets that the reader's policy lets the first account trade in, and how much its bots
    may invest there: in deep markets what all do, in one thin one as much as X covers."""
    policy = parse_policy(own)
    depths = {symbol: rules.depth for symbol, rules in policy.markets.items()}
    deep = [symbol for symbol in (DEEP, SECOND) if depths.get(symbol) is Depth.DEEP]
    found = dict.fromkeys(deep, INVESTED * customer.worth)
    allocation = policy.amounts(Window.DAY, customer.worth).allocation
    thin = [symbol for symbol in scene.thin if depths.get(symbol) is Depth.THIN]
    if thin and allocation:
        most = round_down(MONEY.divide(allocation, ALLOCATED), _UNIT)
        found[thin[0]] = min(_at_risk(customer, thin[0], scene), most)
    if not found:
        raise NothingToTrade(
            f"the policy leaves bots no market: list {DEEP} or {SECOND} as deep, or give an "
            f"allocation and list {' or '.join(scene.thin)} as thin"
        )
    return found


def _policy(customer: Customer, scene: Scene, at_risk: Mapping[str, Decimal]) -> str:
    """What `tradelatch policy new` makes for the customer's bots."""
    thin = [symbol for symbol in at_risk if symbol in scene.thin]
    most = MONEY.multiply(ALLOCATED, sum((at_risk[symbol] for symbol in thin), ZERO))
    allocation, worth = plain(round_down(most, _UNIT)), plain(customer.worth)
    return ready_made(Kind(customer.bot), BTC, worth, [DEEP, SECOND], thin, allocation)


def _held(customer: Customer, scene: Scene) -> dict[str, Decimal]:
    base, price = customer.symbol.split("/")[0], scene.prices[customer.symbol]
    coins = round_down(MONEY.divide(customer.worth - customer.cash, price), Decimal("0.01"))
    return {BTC: customer.cash, base: coins}


def _plan(
    customer: Customer, symbol: str, invested: Decimal, scene: Scene, chance: random.Random
) -> Plan:
    """A bot of the customer's kind that invests at most so much (BTC)."""
    name, is_thin = f"{customer.name}-{symbol.split('/')[0].lower()}", symbol in scene.thin
    if customer.bot == "dca":
        return Plan(name, Dca, _dca(invested, is_thin, chance), (symbol,))
    price, tick = scene.prices[symbol], scene.markets[symbol].tick
    return Plan(name, Grid, _grid(invested, price, tick, is_thin, chance), (symbol,))


def _dca(invested: Decimal, is_thin: bool, chance: random.Random) -> DcaSettings:
    """A base order and three safety orders, and a stop-loss below them."""
    step = _drawn(chance, 1.5, 2.5) if is_thin else _drawn(chance, 0.5, 1.1)
    deepest = step * (1 + Decimal("1.2") + Decimal("1.44"))
    part = round_down(MONEY.divide(invested, Decimal("4.64")), _UNIT)
    return DcaSettings(
        base_order_volume=part,
        safety_order_volume=part,
        max_safety_orders=3,
        active_safety_orders_count=chance.randint(1, 3),
        safety_order_step_percentage=step,
        martingale_step_coefficient=Decimal("1.2"),
        martingale_volume_coefficient=Decimal("1.2"),
        take_profit=_drawn(chance, 1.5, 3.0) if is_thin else _drawn(chance, 0.6, 1.5),
        stop_loss_percentage=deepest + _drawn(chance, 0.6, 2.0),
        cooldown=chance.choice([0, 600, 3_600]),
    )


def _grid(
    invested: Decimal, price: Decimal, tick: Decimal, is_thin: bool, chance: random.Random
) -> GridSettings:
    """Lines around the price, and a stop below the lowest that sells."""
    reach = _drawn(chance, 9, 15) if is_thin else _drawn(chance, 4, 8)
    step = _drawn(chance, 1.5, 2.5) if is_thin else _drawn(chance, 0.4, 0.8)
    count = int(2 * reach / step) + 1
    lower = round_down(price * (1 - reach / 100), tick)
    return GridSettings(
        upper_price=round_down(price * (1 + reach / 100), tick),
        lower_price=lower,
        grids_quantity=count,
        volume_per_grid=round_down(MONEY.divide(invested, Decimal(count)), _UNIT),
        lower_stop_price=round_down(lower * Decimal("0.99"), tick),
        lower_stop_action=STOP_AND_SELL,
    )


def _drawn(chance: random.Random, low: float, high: float) -> Decimal:
    return Decimal(f"{chance.uniform(low, high):.2f}")
