"""``tradelatch backtest against``: what a bot did live, and a backtest of the same time."""

from array import array
from collections.abc import Sequence
from decimal import Decimal
from functools import partial
from typing import Annotated, Any

import msgspec
import typer

from tradelatch.bots.backtest.drift.comparing import Cause, DealPair, Drift, Row, compare
from tradelatch.bots.backtest.drift.given import Case
from tradelatch.bots.backtest.drift.live import NothingLive, read_live
from tradelatch.bots.backtest.drift.telling import Line
from tradelatch.bots.backtest.words import NONE
from tradelatch.bots.kinds import BadKind, load_kind
from tradelatch.bots.runner.process import BotFolder
from tradelatch.bots.strategy import BadSettings
from tradelatch.cli.backtest_inputs import Asked, BadInput, markets_of, terms_of, trades_of
from tradelatch.cli.console import print_json, print_line, print_table
from tradelatch.cli.settings import AsJson, ConfigFile, fail, read_config
from tradelatch.model.clock import MS, SystemClock
from tradelatch.model.money import plain
from tradelatch.store.errors import StoreError
from tradelatch.store.store import open_store
from tradelatch.tapes.files import BadTape
from tradelatch.tapes.times import BadTime, parse_time
from tradelatch.tapes.trades import Trades

MOST_ROWS = 40
"""On a terminal; JSON has them all."""


def against(
    bot: Annotated[str, typer.Argument(help="A bot that has run on paper or live.")],
    trades: Annotated[
        list[str],
        typer.Option(help="What its market traded meanwhile, or ETH/BTC=FILE; for each market."),
    ],
    start: Annotated[str, typer.Option("--from", help="Deals from this time on, UTC.")] = "",
    end: Annotated[str, typer.Option("--to", help="Up to without this.")] = "",
    shift: Annotated[
        int, typer.Option(help="The trades' clock is so far behind the exchange's, ms.")
    ] = 0,
    maker: Annotated[str, typer.Option(help="Percent, resting orders.")] = "0.1",
    taker: Annotated[str, typer.Option(help="Percent, at the market.")] = "0.1",
    slippage: Annotated[
        str, typer.Option(help="Percent by which orders at the market are worse, assumed.")
    ] = "0.05",
    touch: Annotated[
        bool, typer.Option("--touch", help="A resting order is filled at its price already.")
    ] = False,
    tick: Annotated[list[str] | None, typer.Option(help="The price step.")] = None,
    lot: Annotated[list[str] | None, typer.Option(help="The quantity step.")] = None,
    min_notional: Annotated[
        list[str] | None, typer.Option(help="The least order, in quote.")
    ] = None,
    config: ConfigFile = None,
    as_json: AsJson = False,
) -> None:
    """Run a backtest of the time in which a bot was live, and tell the cause of each difference;
    ends with 1 if one has none."""
    asked = Asked(
        trades=trades, maker=maker, taker=taker, slippage=slippage, touch=touch,
        tick=tick or (), lot=lot or (), min_notional=min_notional or (),
    )  # fmt: skip
    folder = BotFolder.of(read_config(config))
    try:
        store = open_store(folder.store_url)
        load = partial(load_kind, folder=folder.strategies)
        known = trades_of(asked, store.bot(bot).symbols)
        markets, _ = markets_of(asked, known)
        known = {symbol: _shifted(one, shift) for symbol, one in known.items()}
        since, until = _time("--from", start, 0), _time("--to", end, 2**62)
        ends = [one.times[-1] + 1 for one in known.values()]
        live = read_live(store, bot, load, since, min(until, SystemClock().now_ns() // MS, *ends))
        drift = compare(Case(live, known, markets, terms_of(asked)))
    except (BadInput, BadTape, BadKind, BadSettings, NothingLive) as error:
        fail(str(error))
    except StoreError as error:
        fail(str(error), code=1)
    if as_json:
        print_json(told(drift))
    else:
        print_drift(drift)
    if not drift.is_explained:
        raise typer.Exit(1)


def told(drift: Drift) -> Any:
    """For machines: amounts are texts."""
    plainly = msgspec.to_builtins(drift, builtin_types=(Decimal,))
    return {**_plain(plainly), "is_explained": drift.is_explained}


def print_drift(drift: Drift) -> None:
    """What each cause is worth, deals, the orders that differ, and what no cause explains."""
    seconds = (drift.end_ms - drift.start_ms) / 1_000
    print_line(f"{drift.bot} ({drift.kind}): {seconds:.0f} s live; sums in {drift.quote}")
    print_line(f"orders at the market were on their way for {drift.latency_ms} ms (median)")
    steps = [(step.cause.value, _sum(step.worth)) for step in drift.steps]
    profits = [("backtest", _sum(drift.backtest_profit)), *steps]
    print_table("Profit", ("what", "worth"), [*profits, ("live", _sum(drift.live_profit))], (1,))
    print_table("Deals", ("deal", "live", "backtest"), map(_deal, drift.deals), right=(0, 1, 2))
    same = sum(row.cause is None for row in drift.rows)
    print_line(f"{same} of {len(drift.rows)} orders are the same")
    other = [row for row in drift.rows if row.cause]
    if other:
        columns = ("order", "live", "backtest", "cause", "by its numbers")
        print_table("Other orders", columns, map(_row, other[:MOST_ROWS]))
    if len(other) > MOST_ROWS:
        print_line(f"and {len(other) - MOST_ROWS} more (--json)")
    for problem in drift.problems:
        print_line(f"{Cause.UNEXPLAINED}: {problem}")
    for assumption in drift.assumptions:
        print_line(f"assumed: {assumption}")


def _shifted(trades: Trades, shift_ms: int) -> Trades:
    times = array("q", (at + shift_ms for at in trades.times))
    return msgspec.structs.replace(trades, times=times)


def _deal(deal: DealPair) -> tuple[str, ...]:
    return (str(deal.number), *(NONE if p is None else _sum(p) for p in (deal.live, deal.backtest)))


def _row(row: Row) -> Sequence[str]:
    key = row.key
    name = f"{key.deal} {key.tag}" + (f" #{key.nth}" if key.nth > 1 else "")
    return name, _line(row.live), _line(row.backtest), row.cause or NONE, row.says


def _line(line: Line | None) -> str:
    if line is None:
        return NONE
    at = "market" if line.price is None else plain(line.price)
    text = f"{line.side.lower()} {plain(line.quantity)} at {at}"
    if not line.fills:
        return f"{text}, {line.state}"
    filled = "" if line.filled == line.quantity else f"{plain(line.filled)} "
    price = plain((line.value / line.filled).quantize(Decimal("1e-10")))
    return f"{text}, filled {filled}{f'at {price}' if line.price is None else ''}".rstrip()


def _sum(amount: Decimal) -> str:
    return f"{amount:+.8f}"


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return plain(value) if value else "0"
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    return [_plain(inner) for inner in value] if isinstance(value, list | tuple) else value


def _time(option: str, text: str, default: int) -> int:
    try:
        return parse_time(text) if text else default
    except BadTime as error:
        raise BadInput(f"{option}: {error}") from error
