"""``tradelatch backtest``: a bot on recorded prices, and several side by side."""

import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from tradelatch.bots.backtest.lookahead import LooksAhead, noted_files, refuse_lookahead
from tradelatch.bots.backtest.page import page
from tradelatch.bots.backtest.result import Result, Unreadable, as_json, decode, encode
from tradelatch.bots.backtest.run import BadBacktest, Run, run_backtest
from tradelatch.bots.backtest.statistics import statistics
from tradelatch.bots.config import explained, parse_bot
from tradelatch.bots.kinds import is_own
from tradelatch.bots.strategy import BadSettings
from tradelatch.cli.backtest_against import against
from tradelatch.cli.backtest_inputs import Asked, BadInput, prepare, price_files
from tradelatch.cli.backtest_tables import print_comparison, print_result
from tradelatch.cli.console import print_json, print_line
from tradelatch.cli.progress import progress_bar
from tradelatch.cli.settings import AsJson, fail, read_text
from tradelatch.model.toml import BadToml
from tradelatch.tapes.files import BadTape

app = typer.Typer(help="Bots on recorded prices.", no_args_is_help=True)
app.command()(against)

_PRICES = "Prices"
_MONEY = "Money"
_FILLS = "How orders are filled"

CandleFiles = Annotated[
    list[str] | None,
    typer.Option(
        help="A file of candles, or ETH/BTC=FILE; for each market.", rich_help_panel=_PRICES
    ),
]
TradeFiles = Annotated[
    list[str] | None,
    typer.Option(help="Recorded trades in place of candles.", rich_help_panel=_PRICES),
]
Start = Annotated[
    str, typer.Option("--from", help="The first, a date or time, UTC.", rich_help_panel=_PRICES)
]
End = Annotated[str, typer.Option("--to", help="Up to without this.", rich_help_panel=_PRICES)]
Capital = Annotated[
    str,
    typer.Option(
        help="What it begins with, in quote; what the bot uses at most if left out.",
        rich_help_panel=_MONEY,
    ),
]
Holdings = Annotated[
    list[str] | None,
    typer.Option("--holding", help="The same by asset: BTC=0.5.", rich_help_panel=_MONEY),
]
Fee = Annotated[str, typer.Option(help="Percent of every fill.", rich_help_panel=_MONEY)]
Maker = Annotated[str, typer.Option(help="Percent, resting orders.", rich_help_panel=_MONEY)]
Taker = Annotated[str, typer.Option(help="Percent, at the market.", rich_help_panel=_MONEY)]
FeeInQuote = Annotated[
    bool,
    typer.Option(
        "--fee-in-quote",
        help="Fees are taken in quote; else of what was received.",
        rich_help_panel=_MONEY,
    ),
]
Slippage = Annotated[
    str,
    typer.Option(
        help="Percent by which orders at the market are worse than the last price.",
        rich_help_panel=_FILLS,
    ),
]
Latency = Annotated[
    int, typer.Option(help="How long an order is on its way, ms.", rich_help_panel=_FILLS)
]
VolumeShare = Annotated[
    str,
    typer.Option(
        help="Percent of the traded volume that resting orders may get.", rich_help_panel=_FILLS
    ),
]
Touch = Annotated[
    bool,
    typer.Option(
        "--touch",
        help="A resting order is filled at its price, not only beyond it.",
        rich_help_panel=_FILLS,
    ),
]
Tick = Annotated[
    list[str] | None,
    typer.Option(help="The price step, or ETH/BTC=STEP.", rich_help_panel=_FILLS),
]
Lot = Annotated[list[str] | None, typer.Option(help="The quantity step.", rich_help_panel=_FILLS)]
MinNotional = Annotated[
    list[str] | None, typer.Option(help="The least order, in quote.", rich_help_panel=_FILLS)
]


@app.command()
def run(
    bot: Annotated[Path, typer.Argument(help="The bot, TOML.")],
    candles: CandleFiles = None,
    trades: TradeFiles = None,
    start: Start = "",
    end: End = "",
    capital: Capital = "",
    holding: Holdings = None,
    fee: Fee = "0.1",
    maker: Maker = "",
    taker: Taker = "",
    fee_in_quote: FeeInQuote = False,
    slippage: Slippage = "0.05",
    latency: Latency = 0,
    volume_share: VolumeShare = "100",
    touch: Touch = False,
    tick: Tick = None,
    lot: Lot = None,
    min_notional: MinNotional = None,
    html: Annotated[Path | None, typer.Option(help="Write a page of it here.")] = None,
    out: Annotated[
        Path | None, typer.Option(help="Write the result here, JSON, for compare.")
    ] = None,
    as_json_: AsJson = False,
) -> None:
    """Run a bot on recorded prices and tell what came of it."""
    asked = Asked(
        candles or (), trades or (), start, end, capital, holding or (), maker or fee, taker or fee,
        fee_in_quote, slippage, latency, volume_share, touch, tick or (), lot or (),
        min_notional or (),
    )  # fmt: skip
    _check_folders({"--html": html, "--out": out})
    result = _run(bot, asked)
    if out:
        _write(out, encode(result))
    if html:
        _write(html, page(result).encode())
    if as_json_:
        print_json(as_json(result))
        return
    print_result(result)
    for path, what in ((html, "the page"), (out, "the result")):
        if path:
            print_line(f"{what}: {path}")


@app.command()
def compare(
    which: Annotated[
        list[Path], typer.Argument(help="Results (JSON, of --out), or bots (TOML) to be run.")
    ],
    candles: CandleFiles = None,
    trades: TradeFiles = None,
    start: Start = "",
    end: End = "",
    capital: Capital = "",
    holding: Holdings = None,
    fee: Fee = "0.1",
    maker: Maker = "",
    taker: Taker = "",
    fee_in_quote: FeeInQuote = False,
    slippage: Slippage = "0.05",
    latency: Latency = 0,
    volume_share: VolumeShare = "100",
    touch: Touch = False,
    tick: Tick = None,
    lot: Lot = None,
    min_notional: MinNotional = None,
    as_json_: AsJson = False,
) -> None:
    """Tell several results side by side; bots are run on the same prices first."""
    asked = Asked(
        candles or (), trades or (), start, end, capital, holding or (), maker or fee, taker or fee,
        fee_in_quote, slippage, latency, volume_share, touch, tick or (), lot or (),
        min_notional or (),
    )  # fmt: skip
    if len(which) < 2:
        fail("compare: give two results or bots at least")
    results = [_run(path, asked) if path.suffix == ".toml" else _read(path) for path in which]
    if not as_json_:
        print_comparison(results)
        return
    print_json(
        [
            {"file": str(path), "bot": result.bot, **msgspec.to_builtins(statistics(result))}
            for path, result in zip(which, results, strict=True)
        ]
    )


def _run(path: Path, asked: Asked) -> Result:
    """Run one; any mistake ends the command."""
    text = read_text(path)
    with noted_files() as opened:
        try:
            bot = parse_bot(text, str(path), path.parent)
        except BadToml as error:
            fail(str(error))
    try:
        prepared = prepare(asked, bot)
        result = _replay(prepared.run, asked, opened)
    except BadSettings as error:
        fail(explained(text, str(path), error))
    except (BadInput, BadTape, BadBacktest, LooksAhead) as error:
        fail(str(error))
    return msgspec.structs.replace(result, assumptions=(*prepared.assumed, *result.assumptions))


def _replay(run: Run, asked: Asked, opened: set[Path]) -> Result:
    """A strategy of one's own is refused if it looks ahead, and told of if it reads files."""
    times = [prices.times for prices in run.prices.values()]
    start_ms, end_ms = min(one[0] for one in times), max(one[-1] for one in times)
    if not is_own(run.bot.kind):
        with progress_bar(run.bot.name, start_ms, end_ms) as tell:
            return run_backtest(run, tell)
    with noted_files() as more:
        result = _guarded(run, lambda: run_backtest(run))
        with progress_bar(f"{run.bot.name}: does it look ahead?", start_ms, end_ms) as tell:
            refuse_lookahead(run, tell)
    read = {file.resolve() for file in opened | more}
    known = {path.resolve() for path in price_files(asked)}
    if read & known:
        raise LooksAhead(
            f"{run.bot.kind}: it reads {min(read & known)} itself, where the future stands; it may "
            "know what its desk tells alone"
        )
    says = f"{run.bot.kind} reads files, nobody checked for the future: "
    warning = [says + ", ".join(map(str, sorted(read)))] if read else []
    return msgspec.structs.replace(result, warnings=(*result.warnings, *warning))


def _guarded(run: Run, work: Callable[[], Result]) -> Result:
    """Whatever a strategy of one's own raises is one sentence with its line."""
    try:
        return work()
    except (BadSettings, BadBacktest):
        raise
    except Exception as error:
        file = run.bot.kind.rpartition(":")[0]
        lines = [
            frame.lineno
            for frame in traceback.extract_tb(error.__traceback__)
            if frame.filename.endswith(Path(file).name)
        ]
        where = f"{file}, line {lines[-1]}" if lines else file
        raise BadBacktest(f"{where}: {type(error).__name__}: {error}") from error


def _read(path: Path) -> Result:
    try:
        return decode(read_text(path).encode())
    except Unreadable as error:
        fail(f"{path}: {error}")


def _check_folders(paths: dict[str, Any]) -> None:
    """Before anything is run, that takes long."""
    for option, path in paths.items():
        if path and not path.parent.is_dir():
            fail(f"{option} {path}: there is no folder {path.parent}")


def _write(path: Path, content: bytes) -> None:
    try:
        path.write_bytes(content)
    except OSError as error:
        fail(f"{path}: cannot write it: {error.strerror}")
