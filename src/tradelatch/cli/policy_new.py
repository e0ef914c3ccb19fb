"""``tradelatch policy new``: ready-made policies, filled in for one account."""

import enum
from decimal import Decimal
from importlib.resources import files
from string import Template
from typing import Annotated

import typer

from tradelatch.cli.settings import fail
from tradelatch.model.money import BadAmount, parse_amount, plain
from tradelatch.model.toml import BadToml
from tradelatch.policy.document import parse_policy

SHARES = {
    "half_percent": "0.005",
    "percent": "0.01",
    "two_percent": "0.02",
    "five_percent": "0.05",
    "tenth": "0.1",
    "half": "0.5",
    "whole": "1",
    "triple": "3",
}
"""Shares of the account's value that a template may name, rounded to eight decimals."""


class Kind(enum.StrEnum):
    """What kind of bot a policy is made for."""

    DCA = "dca"
    GRID = "grid"
    MARKET_MAKING = "market-making"


def new(
    kind: Annotated[Kind, typer.Argument(help="The kind of bot.")],
    unit: Annotated[str, typer.Option(help="The accounting asset, such as BTC or USDT.")],
    account_value: Annotated[str, typer.Option(help="What the account is worth, in the unit.")],
    markets: Annotated[str, typer.Option(help="Deep markets, separated by commas.")] = "",
    thin: Annotated[str, typer.Option(help="Thin markets, separated by commas.")] = "",
    allocation: Annotated[
        str, typer.Option(help="What may be put at risk in thin markets a day, in the unit.")
    ] = "0",
) -> None:
    """Print a commented policy for a bot, its amounts filled in from the account's value."""
    try:
        text = ready_made(kind, unit, account_value, _listed(markets), _listed(thin), allocation)
    except (BadAmount, BadToml) as error:
        fail(str(error))
    print(text, end="")


def ready_made(
    kind: Kind, unit: str, value: str, deep: list[str], thin: list[str], allocation: str
) -> str:
    """The policy's text.

    Raises:
        BadAmount: `value` or `allocation` is no amount.
        BadToml: what was asked for is no policy, such as a market that is not quoted in the unit.
    """
    worth, at_risk = parse_amount(value), parse_amount(allocation)
    amounts = {name: plain(round(worth * Decimal(share), 8)) for name, share in SHARES.items()}
    if not (deep or thin):
        deep = [f"ETH/{unit}" if unit == "BTC" else f"BTC/{unit}"]
    tables = [_table(symbol, "deep") for symbol in deep]
    tables += [_table(symbol, "thin") for symbol in thin]
    template = Template((files("tradelatch.cli") / "policies" / f"{kind}.toml").read_text("utf-8"))
    filled = template.substitute(
        amounts,
        unit=unit,
        value=plain(worth),
        allocation=plain(at_risk),
        markets="\n".join(tables),
    )
    text = "\n".join(map(_aligned, filled.splitlines())).rstrip() + "\n"
    parse_policy(text, f"the {kind} policy")
    return text


def _table(symbol: str, depth: str) -> str:
    lines = [f'[markets."{symbol}"]', f'depth = "{depth}"']
    if depth == "thin":
        lines.append('collar = "0.02" # 0.01 where it moves under 5 % a day, 0.03 over 7 %')
    return "\n".join([*lines, ""])


def _aligned(line: str) -> str:
    """Comments that stand behind a setting begin in one column."""
    setting, mark, comment = line.partition(" # ")
    return f"{setting.rstrip():28}# {comment}" if mark and not line.startswith("#") else line


def _listed(text: str) -> list[str]:
    return [part.strip().upper() for part in text.split(",") if part.strip()]
