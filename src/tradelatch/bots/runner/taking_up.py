"""A bot as the store left it."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any, NamedTuple

import msgspec

from tradelatch.bots.bot import Bot
from tradelatch.bots.desk import Desk
from tradelatch.bots.runner.recording import deal_of, order_of
from tradelatch.bots.strategy import BadSettings, Strategy
from tradelatch.model.markets import Market
from tradelatch.store import rows
from tradelatch.store.store import Store

Load = Callable[[str], type[Strategy[Any]]]
"""Gives the strategy of a kind, or raises `BadKind`."""


class Surroundings(NamedTuple):
    """What a bot has around it: all markets by symbol, the rate of fees, the time, new client order
    ids, last prices, and the strategies."""

    markets: dict[str, Market]
    fee: Decimal
    now_ms: Callable[[], int]
    new_id: Callable[[], str]
    price: Callable[[str], Decimal | None]
    load: Load


def take_up(row: rows.Bot, store: Store, around: Surroundings) -> Bot:
    """The bot with its open deals, its orders that are not over, and their known fills.

    Raises:
        BadKind: its strategy cannot be loaded.
        BadSettings: its settings are none of that strategy's.
    """
    strategy = around.load(row.kind)
    try:
        settings = msgspec.json.decode(row.settings, type=strategy.settings_type)
        memory = msgspec.json.decode(row.memory, type=strategy.memory_type)
    except msgspec.ValidationError as error:
        raise BadSettings(f"settings: {error}") from error
    markets = {symbol: around.markets[symbol] for symbol in row.symbols}
    desk = Desk(markets, around.fee, around.now_ms, around.new_id, around.price)
    desk.next_deal = row.next_deal
    desk.adopt(
        map(deal_of, store.open_deals(row.name)),
        [
            (order_of(one), {fill.trade_id for fill in store.fills(client_id=one.client_id)})
            for one in store.open_orders(row.name)
        ],
    )
    return Bot(row.name, strategy(desk, row.symbols, settings, memory))


def check_new(bot: Bot, prices: dict[str, Decimal], fee: Decimal) -> None:
    """Settings under which deals are open were checked when they began; others are checked now.

    Raises:
        BadSettings: they cannot work.
    """
    if not bot.desk.deals:
        strategy, markets = bot.strategy, bot.desk.markets
        own = {symbol: prices[symbol] for symbol in markets}
        type(strategy).check(strategy.settings, markets, own, fee)
