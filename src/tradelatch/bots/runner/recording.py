"""From what an event changed at a bot's desk to rows of the store, and back at the start."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import msgspec

from tradelatch.bots.bot import Bot
from tradelatch.bots.deals import Deal, Direction
from tradelatch.bots.desk import Batch
from tradelatch.bots.orders import Fill, Order, OrderState
from tradelatch.bots.profit import profit_of
from tradelatch.model.markets import split_symbol
from tradelatch.model.money import MONEY
from tradelatch.model.orders import Side
from tradelatch.store import rows
from tradelatch.store.rows import Changes

Rate = Callable[[str], tuple[str, Decimal] | None]
"""The reporting currency and what one unit of an asset is worth in it, if that is known."""


def changes(bot: Bot, batch: Batch, row: rows.BotState | None, account: str, rate: Rate) -> Changes:
    """The rows of a batch; `row` is the bot's own where it changed."""
    return Changes(
        bots=(row,) if row else (),
        deals=[_deal(bot, deal, rate) for deal in batch.deals],
        orders=[_order(bot.name, order) for order in batch.orders],
        fills=[_fill(account, order, fill) for order, fill in batch.fills],
        notes=[rows.Note(bot.name, *note) for note in batch.notes],
    )


def deal_of(row: rows.Deal) -> Deal:
    """The deal of a row."""
    known = {field: getattr(row, field) for field in Deal.__struct_fields__}
    return Deal(**known | {"direction": Direction(row.direction)})


def order_of(row: rows.Order) -> Order:
    """The order of a row."""
    known = {field: getattr(row, field) for field in Order.__struct_fields__}
    return Order(**known | {"side": Side(row.side), "state": OrderState(row.state)})


def _deal(bot: Bot, deal: Deal, rate: Rate) -> rows.Deal:
    told: dict[str, Any] = msgspec.structs.asdict(deal)
    told["direction"] = deal.direction.value
    price = bot.desk.price(deal.symbol)
    if not deal.is_open and price is not None:
        told["profit_quote"] = profit_of(deal, price)
        reporting = rate(split_symbol(deal.symbol)[1])
        if reporting:
            told["reporting"], told["rate"] = reporting
            told["profit_reporting"] = MONEY.multiply(told["profit_quote"], told["rate"])
    return rows.Deal(bot=bot.name, **told)


def _order(bot: str, order: Order) -> rows.Order:
    told: dict[str, Any] = msgspec.structs.asdict(order)
    told["side"], told["state"] = order.side.value, order.state.value
    return rows.Order(bot=bot, is_over=order.is_over, **told)


def _fill(account: str, order: Order, fill: Fill) -> rows.Fill:
    told = msgspec.structs.asdict(fill)
    return rows.Fill(account=account, symbol=order.symbol, client_id=order.client_id, **told)
