"""``tradelatch bots statement``: every unit of an account explained by its bots' fills."""

import time
from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated, Any, NamedTuple

import msgspec
import typer

from tradelatch.bots.orders import Fill
from tradelatch.bots.runner.account import START
from tradelatch.bots.runner.grants import Grant
from tradelatch.bots.runner.process import BotFolder
from tradelatch.bots.statement import Flows, Line, lines, mismatched
from tradelatch.cli.bots.gate import ask_holdings, load_ccxt
from tradelatch.cli.bots.grants import grant_of
from tradelatch.cli.bots.store import bot_store
from tradelatch.cli.bots.words import add, amount, base_of, quote_of, when
from tradelatch.cli.console import print_json, print_line, print_table
from tradelatch.cli.init import ACCOUNT
from tradelatch.cli.settings import AsJson, ConfigFile, fail, read_config
from tradelatch.model.config import Config
from tradelatch.model.markets import split_symbol
from tradelatch.model.money import MONEY, ZERO, plain
from tradelatch.model.orders import Side
from tradelatch.store import rows
from tradelatch.store.store import Store

_TRIES, _PAUSE_S = 6, 1.0
"""A fill may be at the exchange already and not in the store yet."""
_FIELDS = ("start", "came", "went", "fees", "expected", "now", "difference")
_SUMS = ("deals", "base", "quote", "profit")


class _Found(NamedTuple):
    lines: list[Line]
    mismatched: dict[str, Decimal]
    fills: int

    @property
    def ties_out(self) -> bool:
        return not self.mismatched and not any(line.difference for line in self.lines)


def statement(
    account: Annotated[str, typer.Argument(help="The account.")] = ACCOUNT,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """What an account held at its bots' start, every fill and fee since, and what it holds now: any
    difference is told, and makes the exit status 1."""
    settings = read_config(config)
    load_ccxt()
    with bot_store(settings) as store:
        start = store.balances(account, START)
        if start is None:
            fail(f"no bot has traded on the account {account!r} yet")
        grant = grant_of(BotFolder.of(settings), account, None, is_named=False)
        found = _tie_out(settings, store, start, grant)
        bots = list(_bots(store, account))
    if as_json:
        _tell_json(account, start, found, bots)
    else:
        _tell(account, start, found, bots)
    raise typer.Exit(0 if found.ties_out else 1)


def _tie_out(config: Config, store: Store, start: rows.Balances, grant: Grant) -> _Found:
    """Asked again while it does not tie out, or a fill came in between."""
    for left in reversed(range(_TRIES)):
        before = _flows(store, start.account).count
        held = ask_holdings(config, grant)
        flows = _flows(store, start.account)
        found = _Found(
            lines(start.amounts, flows, held),
            mismatched(flows, _changes(store, start.account)),
            flows.count,
        )
        if not left or (found.ties_out and before == flows.count):
            return found
        time.sleep(_PAUSE_S)
    raise AssertionError  # the last try returns


def _flows(store: Store, account: str) -> Flows:
    flows = Flows()
    for bot in store.bots(account):
        sides = {order.client_id: Side(order.side) for order in store.orders(bot.name)}
        for row in store.fills(bot=bot.name):
            fill = msgspec.convert(row, Fill, from_attributes=True)
            flows.add(row.symbol, sides[row.client_id], fill)
    return flows


def _changes(store: Store, account: str) -> Iterator[tuple[str, Decimal]]:
    """What each deal changed, asset by asset."""
    for deal in store.deals(account=account):
        base, quote = split_symbol(deal.symbol)
        yield base, base_of(deal)
        yield quote, quote_of(deal)
        for asset, fee in deal.other_fees.items():
            yield asset, MONEY.minus(fee)


def _bots(store: Store, account: str) -> Iterator[dict[str, Any]]:
    """By bot and market, the sums of all its deals, and the profit of the closed ones."""
    for bot in store.bots(account):
        for symbol in bot.symbols:
            sums: dict[str, Decimal] = {}
            reporting: dict[str, Decimal] = {}
            count = 0
            for deal in store.deals(bot=bot.name, symbol=symbol):
                count += 1
                add(sums, "base", base_of(deal))
                add(sums, "quote", quote_of(deal))
                add(sums, "profit", deal.profit_quote or ZERO)
                if deal.reporting and deal.profit_reporting is not None:
                    add(reporting, deal.reporting, deal.profit_reporting)
            if count:
                told = {name: plain(value) for name, value in sums.items()}
                in_other = {asset: plain(value) for asset, value in reporting.items()}
                head = {"bot": bot.name, "symbol": symbol, "deals": count}
                yield head | told | {"reporting": in_other}


def _tell_json(
    account: str, start: rows.Balances, found: _Found, bots: list[dict[str, Any]]
) -> None:
    assets = [
        {"asset": line.asset, **{name: plain(getattr(line, name)) for name in _FIELDS}}
        for line in found.lines
    ]
    print_json(
        {
            "account": account,
            "since_ms": start.time_ms,
            "fills": found.fills,
            "ties_out": found.ties_out,
            "assets": assets,
            "bots": bots,
            "record": {asset: plain(more) for asset, more in found.mismatched.items()},
        }
    )


def _tell(account: str, start: rows.Balances, found: _Found, bots: list[dict[str, Any]]) -> None:
    print_line(f"account {account} since {when(start.time_ms)} UTC, {found.fills} fills")
    cells = [
        (line.asset, *(plain(getattr(line, name)) for name in _FIELDS[:-1]))
        for line in found.lines
        if line.start or line.now or line.came or line.went or line.fees
    ]
    columns = ("asset", "at start", "came in", "went out", "fees", "comes to", "held now")
    print_table("Balances", columns, cells, right=range(1, len(columns)))
    if bots:
        print_line("")
        columns = ("bot", "market", "deals", "base", "quote", "profit", "reporting")
        rows_of = [
            (
                one["bot"],
                one["symbol"],
                str(one["deals"]),
                *(amount(Decimal(one[name])) for name in _SUMS[1:]),
                ", ".join(f"{amount(Decimal(v))} {a}" for a, v in one["reporting"].items()) or "-",
            )
            for one in bots
        ]
        print_table("Deals", columns, rows_of, right=(2, 3, 4, 5, 6))
    print_line("")
    for line in found.lines:
        if line.difference:
            _explain(account, line)
    for asset, more in found.mismatched.items():
        print_line(f"{asset}: deals and fills differ by {plain(more)} in the store: report this")
    if found.ties_out:
        print_line("it ties out: start and fills come to what is held, to the last unit")


def _explain(account: str, line: Line) -> None:
    more, by = ("more", "a deposit") if line.difference > 0 else ("less", "a withdrawal")
    says = f"{plain(abs(line.difference))} {more} than the bots' fills explain"
    print_line(
        f"{line.asset}: {says}: {by}, or trades by hand or of another program "
        f"(`tradelatch reconcile {account}`)"
    )
