"""Bots, deals and orders as JSON and as cells of tables."""

from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgspec
from msgspec.structs import asdict

from tradelatch.model.markets import split_symbol
from tradelatch.model.money import MONEY, ZERO, plain
from tradelatch.store import rows
from tradelatch.store.reading import Reading

NONE = "-"
_PLACES = Decimal("1e-8")


def told(row: msgspec.Struct) -> dict[str, Any]:
    """A row of the store for machines: amounts as decimals, what is kept as JSON as it is."""
    return {name: _plain(value) for name, value in asdict(row).items()}


def when(time_ms: int | None) -> str:
    """Date and time to the second, UTC."""
    if time_ms is None:
        return NONE
    return datetime.fromtimestamp(time_ms / 1_000, UTC).strftime("%Y-%m-%d %H:%M:%S")


def amount(value: Decimal | None) -> str:
    """To eight decimals at most."""
    if value is None:
        return NONE
    return plain(value.quantize(_PLACES) if abs(value) >= _PLACES or not value else value)


def base_of(deal: rows.Deal) -> Decimal:
    """What the account's base changed by."""
    return MONEY.subtract(MONEY.subtract(deal.bought, deal.sold), deal.base_fees)


def quote_of(deal: rows.Deal) -> Decimal:
    """What the account's quote changed by."""
    return MONEY.subtract(MONEY.subtract(deal.received, deal.spent), deal.quote_fees)


def profits(store: Reading, bot: str) -> dict[str, Any]:
    """What a bot's closed deals came to: how many, their profit by quote and by reporting currency,
    and the base that they left."""
    quotes: dict[str, Decimal] = {}
    reporting: dict[str, Decimal] = {}
    count = 0
    for row in store.profits(bot):
        count += row.deals
        add(quotes, split_symbol(row.symbol)[1], row.profit_quote)
        if row.reporting and row.profit_reporting is not None:
            add(reporting, row.reporting, row.profit_reporting)
    left: dict[str, Decimal] = {}
    for deal in store.deals(bot=bot, is_open=False):
        add(left, split_symbol(deal.symbol)[0], base_of(deal))
    return {
        "closed_deals": count,
        "profit": _amounts(quotes),
        "profit_reporting": _amounts(reporting),
        "base_left": _amounts(left),
    }


def add(sums: dict[str, Decimal], asset: str, value: Decimal) -> None:
    """Count a change of an asset."""
    sums[asset] = MONEY.add(sums.get(asset, ZERO), value)


def listed(amounts: dict[str, str]) -> str:
    """Amounts of assets in one cell."""
    found = (f"{amount(Decimal(value))} {asset}" for asset, value in amounts.items())
    return ", ".join(found) or NONE


def deal_cells(deal: rows.Deal) -> tuple[str, ...]:
    """Of `DEAL_COLUMNS`."""
    profit = NONE if deal.profit_quote is None else amount(deal.profit_quote)
    return (
        deal.bot,
        str(deal.number),
        deal.symbol,
        deal.state,
        when(deal.opened_ms)[5:16],
        amount(base_of(deal)),
        profit,
    )


DEAL_COLUMNS = ("bot", "no.", "market", "state", "opened", "base", "profit")
DEAL_RIGHT = (1, 5, 6)


def order_cells(order: rows.Order) -> tuple[str, ...]:
    """Of `ORDER_COLUMNS`."""
    return (
        str(order.deal),
        order.tag,
        order.side.lower(),
        amount(order.quantity),
        "market" if order.price is None else amount(order.price),
        amount(order.filled),
        order.state,
        when(order.created_ms)[5:16],
    )


ORDER_COLUMNS = ("deal", "order", "side", "quantity", "price", "filled", "state", "since")
ORDER_RIGHT = (0, 3, 4, 5)


def note_lines(notes: Iterable[rows.Note]) -> list[str]:
    """A line for each."""
    return [f"{when(note.time_ms)} {note.kind}: {note.says}" for note in notes]


def _amounts(sums: dict[str, Decimal]) -> dict[str, str]:
    return {asset: plain(value) for asset, value in sorted(sums.items()) if value}


def _plain(value: Any) -> Any:
    match value:
        case Decimal():
            return plain(value)
        case bytes():
            return msgspec.json.decode(value)
        case dict():
            return {name: _plain(one) for name, one in value.items()}
        case _:
            return value
