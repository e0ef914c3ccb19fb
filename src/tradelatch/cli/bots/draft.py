"""A bot as its owner writes it down: in a file, or by options of the command line."""

import tomllib
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec

from tradelatch.bots.config import Draft, draft_of, parse_draft
from tradelatch.bots.runner.account import FEE
from tradelatch.bots.strategy import BadSettings
from tradelatch.cli.settings import fail, read_text
from tradelatch.model.markets import Market
from tradelatch.model.money import MONEY, plain, round_up
from tradelatch.model.toml import BadToml, at_line

_ORDERS = 10
"""An order of a bot that was not told its size is of so many times the least."""


def draft_from_file(path: Path) -> Draft:
    """The bot in a TOML file; a mistake in it ends the command."""
    try:
        return parse_draft(read_text(path), str(path))
    except BadToml as error:
        fail(str(error))


def draft_from_tree(tree: dict[str, Any], name: str) -> Draft:
    """The bot of options; `name` stands in the messages, and a mistake ends the command."""
    try:
        return draft_of(tree, name)
    except BadToml as error:
        fail(str(error))


def read_sets(given: Sequence[str]) -> dict[str, Any]:
    """``field=value`` options; a value is written as in TOML, words may go without quotes."""
    found = {}
    for one in given:
        field, is_set, value = one.partition("=")
        if not (is_set and field.strip()):
            fail(f"--set {one!r}: write it as field=value")
        found[field.strip()] = _value(value.strip())
    return found


def check(draft: Draft, name: str, markets: dict[str, Market], prices: dict[str, Decimal]) -> None:
    """Settings that cannot work end the command. Those of a strategy of one's own are checked by
    the runner when it starts: its file is not run here."""
    if draft.strategy is None:
        return
    text = read_text(Path(name)) if Path(name).is_file() else ""
    try:
        draft.strategy.check(draft.settings, markets, prices, FEE)
    except BadSettings as error:
        field, _, problem = str(error).partition(": ")
        fail(at_line(text, name, ("settings", field), problem))


def encoded(draft: Draft) -> bytes:
    """Its settings as the store keeps them."""
    return msgspec.json.encode(draft.settings)


def usual_settings(
    kind: str, given: dict[str, Any], market: Market, price: Decimal
) -> dict[str, Any]:
    """Settings for a first bot, of small orders, where no others are given."""
    least = max(market.min_notional, MONEY.multiply(market.lot, price))
    volume = _round(MONEY.multiply(least, _ORDERS))
    match kind:
        case "dca":
            usual = _dca(given, volume)
        case "grid":
            usual = _grid(given, volume, market, price)
        case _:
            usual = {}
    return usual | given


def _dca(given: dict[str, Any], volume: Decimal) -> dict[str, Any]:
    usual: dict[str, Any] = {
        "base_order_volume": volume,
        "safety_order_volume": given.get("base_order_volume", volume),
        "max_safety_orders": 5,
        "active_safety_orders_count": min(2, _whole(given.get("max_safety_orders"), 2) or 1),
        "safety_order_step_percentage": 1,
        "martingale_volume_coefficient": Decimal("1.2"),
    }
    return usual if "take_profit_steps" in given else usual | {"take_profit": Decimal("1.5")}


def _grid(given: dict[str, Any], volume: Decimal, market: Market, price: Decimal) -> dict[str, Any]:
    bounds = {
        "lower_price": _on_tick(MONEY.multiply(price, Decimal("0.95")), market),
        "upper_price": _on_tick(MONEY.multiply(price, Decimal("1.05")), market),
        "grids_quantity": 11,
    }
    return bounds if "quantity_per_grid" in given else bounds | {"volume_per_grid": volume}


def _on_tick(price: Decimal, market: Market) -> Decimal:
    """Without the zeros that an exchange writes its ticks with."""
    return Decimal(plain(round_up(price, market.tick)))


def _whole(value: Any, default: int) -> int:
    return value if isinstance(value, int) else default


def _round(amount: Decimal) -> Decimal:
    """Up to one digit."""
    return Decimal(plain(round_up(amount, Decimal(1).scaleb(amount.adjusted()))))


def _value(text: str) -> Any:
    try:
        return tomllib.loads(f"value = {text}", parse_float=Decimal)["value"]
    except ValueError:
        return text
