"""``tradelatch candles``: recorded candles, from an exchange and in files."""

import time
from pathlib import Path
from typing import Annotated, Any

import typer

from tradelatch.bots.backtest.download import NoDownload, download
from tradelatch.cli.console import print_json, print_line, print_table
from tradelatch.cli.progress import progress_bar
from tradelatch.cli.settings import AsJson, fail
from tradelatch.model.money import plain
from tradelatch.tapes.candle_files import read_candles
from tradelatch.tapes.candles import Candles, Gap
from tradelatch.tapes.files import BadTape
from tradelatch.tapes.names import interval_name, parse_interval
from tradelatch.tapes.times import BadTime, iso, parse_time

app = typer.Typer(help="Recorded candles for backtests.", no_args_is_help=True)

_GAPS_SHOWN = 10


@app.command("download")
def download_candles(
    exchange: Annotated[str, typer.Argument(help="As ccxt names it: binance, kraken, ...")],
    symbol: Annotated[str, typer.Argument(help="The market, such as ETH/BTC.")],
    interval: Annotated[str, typer.Argument(help="1m, 5m, 1h, 1d, ...")],
    start: Annotated[str, typer.Option("--from", help="The first, a date or time, UTC.")],
    end: Annotated[str, typer.Option("--to", help="Up to without this; now if left out.")] = "",
    out: Annotated[
        Path | None, typer.Option(help="The CSV file; ETH_BTC-1m.csv here if left out.")
    ] = None,
    url: Annotated[str, typer.Option(help="Ask this address in place of the exchange's.")] = "",
) -> None:
    """Write an exchange's closed candles into a CSV file; what it has already is kept."""
    start_ms = _time("--from", start)
    end_ms = _time("--to", end) if end else time.time_ns() // 1_000_000
    if end_ms <= start_ms:
        fail(f"--to {iso(end_ms)} is not after --from {iso(start_ms)}")
    path = out or Path(f"{symbol.replace('/', '_')}-{interval}.csv")
    try:
        with progress_bar(f"{symbol} {interval}", start_ms, end_ms) as tell:
            added = download(exchange, symbol, interval, start_ms, end_ms, path, tell, url)
        candles = read_candles(path, symbol, parse_interval(interval))
    except (NoDownload, BadTape) as error:
        fail(str(error))
    except KeyboardInterrupt:
        fail("interrupted; the same command goes on where it stopped", 130)
    missing = sum(_missing(candles, gap) for gap in candles.gaps)
    print_line(
        f"{path}: {len(candles)} candles, {added} of them new, from {iso(candles.times[0])} to "
        f"{iso(candles.times[-1] + candles.interval_ms)}, {missing} missing in between"
    )


@app.command()
def show(
    file: Annotated[Path, typer.Argument(help="CSV, .csv.gz or Parquet.")],
    symbol: Annotated[str, typer.Option(help="The market, where the file does not tell.")] = "",
    interval: Annotated[str, typer.Option(help="1m, 1h, ... where it does not tell.")] = "",
    as_json: AsJson = False,
) -> None:
    """Tell what a file of candles holds, and what is missing from it."""
    try:
        candles = read_candles(file, symbol, parse_interval(interval) if interval else 0)
    except ValueError as error:
        fail(str(error))
    facts = _facts(candles)
    gaps = candles.gaps
    if as_json:
        told = [{"from_ms": gap.start_ms, "to_ms": gap.end_ms} for gap in gaps]
        print_json({**facts, "gaps": told})
        return
    facts |= {"from_ms": iso(facts["from_ms"]), "to_ms": iso(facts["to_ms"])}
    rows = [(name.removesuffix("_ms"), str(value)) for name, value in facts.items()]
    print_table(str(file), ("", "value"), rows)
    if gaps:
        print_line("")
        print_table("gaps", ("from", "to", "candles"), _gap_rows(candles, gaps), right=(2,))
        if len(gaps) > _GAPS_SHOWN:
            print_line(f"the {_GAPS_SHOWN} longest of {len(gaps)}; --json tells all")


def _facts(candles: Candles) -> dict[str, Any]:
    """What there is to say of all of them; prices and units as decimals."""
    unit = candles.price_unit
    return {
        "symbol": candles.symbol,
        "interval": interval_name(candles.interval_ms),
        "candles": len(candles),
        "missing": sum(_missing(candles, gap) for gap in candles.gaps),
        "from_ms": candles.times[0],
        "to_ms": candles.times[-1] + candles.interval_ms,
        "first": plain(candles.opens[0] * unit),
        "last": plain(candles.closes[-1] * unit),
        "lowest": plain(min(candles.lows) * unit),
        "highest": plain(max(candles.highs) * unit),
        "volume": plain(sum(candles.volumes) * candles.volume_unit),
        "price_unit": plain(unit),
        "volume_unit": plain(candles.volume_unit),
    }


def _gap_rows(candles: Candles, gaps: list[Gap]) -> list[tuple[str, str, str]]:
    longest = sorted(gaps, key=lambda gap: gap.start_ms - gap.end_ms)[:_GAPS_SHOWN]
    return [
        (iso(gap.start_ms), iso(gap.end_ms), str(_missing(candles, gap))) for gap in sorted(longest)
    ]


def _missing(candles: Candles, gap: Gap) -> int:
    return (gap.end_ms - gap.start_ms) // candles.interval_ms


def _time(option: str, text: str) -> int:
    try:
        return parse_time(text)
    except BadTime as error:
        fail(f"{option}: {error}")
