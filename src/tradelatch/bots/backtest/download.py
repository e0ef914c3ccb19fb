"""Candles from an exchange's public endpoints, by ccxt, into a CSV file.

The file that was asked for is there once all of it is, and is never seen half written: rows go
into one beside it (``.part``), a page at a time, and a download that was interrupted goes on behind
the last whole row of that.
"""

import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from decimal import Decimal, DecimalException
from pathlib import Path
from typing import Any

from tradelatch.tapes.candle_files import read_candles
from tradelatch.tapes.candles import opening
from tradelatch.tapes.files import BadTape
from tradelatch.tapes.names import parse_interval

HEADER = "time,symbol,open,high,low,close,volume\n"
_PAGE = 100
"""Candles asked for at once where ccxt does not tell how many an exchange gives."""
_RETRIES = 3
_RETRY_MS = 1_000


class NoDownload(Exception):
    """It cannot be downloaded, or not now; the message says why."""


def download(
    exchange_id: str,
    symbol: str,
    interval: str,
    start_ms: int,
    end_ms: int,
    path: Path,
    progress: Callable[[int], None] = lambda at_ms: None,
    url: str = "",
) -> int:
    """Write the closed candles that open in `start_ms` up to but without `end_ms`, as
    `read_candles` reads them. What the file has already is kept, and it goes on behind it.

    `interval` is such as ``1m``; `progress` hears up to when it is done; `url` takes the place of
    the exchange's own addresses. Numbers are written as the exchange tells them. Returns how many
    candles were added.

    Raises:
        NoDownload: exchange, market or interval are not there, or it did not answer.
        BadTape: what the file has already are not these candles.
    """
    if path.suffix != ".csv":
        raise NoDownload(f"{path}: candles are written as CSV: name it like ETH_BTC-1m.csv")
    step = _step(interval)
    exchange = _exchange(exchange_id, url)
    with closing(exchange.session):
        _check(exchange, symbol, interval)
        part = path.with_name(f"{path.name}.part")
        try:
            after = _resume(part, path, symbol, step)
            pages = _Source(exchange, symbol, interval, step).pages(after or start_ms, end_ms)
            added = _write(part, pages, progress)
            if not added and after is None:
                part.unlink()
                raise NoDownload(f"{exchange_id} has no closed candle of {symbol} in this time")
            part.replace(path)
        except OSError as error:
            raise NoDownload(f"{error.filename or part}: {error.strerror}") from error
    return added


def _write(
    part: Path, pages: Iterable[tuple[list[str], int]], progress: Callable[[int], None]
) -> int:
    """Add pages of rows, each of them safe on the disk before the next is asked for."""
    added = 0
    with part.open("a", encoding="utf-8") as file:
        if file.tell() == 0:
            file.write(HEADER)
        for rows, done_ms in pages:
            file.writelines(rows)
            file.flush()
            os.fsync(file.fileno())
            added += len(rows)
            progress(done_ms)
    return added


def _step(interval: str) -> int:
    try:
        return parse_interval(interval)
    except ValueError as error:
        raise NoDownload(str(error)) from error


def _exchange(name: str, url: str) -> Any:
    """ccxt's exchange, which tells numbers as the text that they were."""
    try:
        import ccxt
    except ImportError as error:
        raise NoDownload("downloading needs ccxt: pip install 'tradelatch[ccxt]'") from error
    if name not in ccxt.exchanges:
        raise NoDownload(f"ccxt knows no exchange {name!r}; its names are such as binance, kraken")
    exchange = getattr(ccxt, name)({"enableRateLimit": True})
    exchange.number = str
    exchange.options |= {
        "maxRetriesOnFailure": _RETRIES,
        "maxRetriesOnFailureDelay": _RETRY_MS,
    }
    markets = exchange.options.get("fetchMarkets")
    if isinstance(markets, dict) and "types" in markets:
        markets["types"] = ["spot"]
    if url:
        from tradelatch.bots.connector.urls import point  # loads ccxt, which need not be there

        try:
            point(exchange, url)
        except ValueError as error:
            raise NoDownload(f"--url: {error}") from error
    return exchange


def _check(exchange: Any, symbol: str, interval: str) -> None:
    if exchange.has["fetchOHLCV"] is not True:
        raise NoDownload(f"{exchange.id} gives no candles")
    if interval not in (exchange.timeframes or {}):
        known = ", ".join(exchange.timeframes or {})
        raise NoDownload(f"{exchange.id} has no candles of {interval}; it has {known}")
    markets = _ask(exchange, "load_markets")
    if symbol not in markets:
        raise NoDownload(f"{exchange.id} has no market {symbol!r}; write it as ETH/BTC")
    if not markets[symbol]["spot"]:
        raise NoDownload(f"{symbol} of {exchange.id} is no spot market")


def _ask(exchange: Any, method: str, *arguments: Any) -> Any:
    import ccxt

    try:
        return getattr(exchange, method)(*arguments)
    except ccxt.OperationFailed as error:
        says = str(error).splitlines()[0][:200]
        raise NoDownload(
            f"no answer from {exchange.id} ({says}); the same command goes on where it stopped"
        ) from error
    except ccxt.BaseError as error:
        raise NoDownload(f"{exchange.id} refused: {str(error)[:200]}") from error


def _resume(part: Path, path: Path, symbol: str, step: int) -> int | None:
    """See to it that the part holds what is there already, in whole rows; where the next candle
    opens, None if there is none."""
    if not part.exists() and path.exists():
        copy = part.with_name(f"{part.name}.copy")
        shutil.copyfile(path, copy)
        copy.replace(part)
    if not part.exists():
        return None
    with part.open("rb+") as file:
        data = file.read()
        whole = data.rfind(b"\n") + 1
        file.truncate(whole)
    head = HEADER.encode()
    if whole and not data.startswith(head):
        raise BadTape(f"{part}: it does not begin with {HEADER.strip()}: name another file")
    if whole <= len(head):
        return None
    return read_candles(part, symbol, step).times[-1] + step


class _Source:
    """One market's candles, page by page."""

    def __init__(self, exchange: Any, symbol: str, interval: str, step: int) -> None:
        self._exchange = exchange
        self._symbol = symbol
        self._interval = interval
        self._step = step
        told = ((exchange.features or {}).get("spot") or {}).get("fetchOHLCV") or {}
        self._limit = int(told.get("limit") or _PAGE)

    def pages(self, start_ms: int, end_ms: int) -> Iterator[tuple[list[str], int]]:
        """Lines of closed candles, and up to when they are done."""
        step = self._step
        at = opening(start_ms + step - 1, step)
        # Whatever opens before this is closed.
        end = min(end_ms, self._now() - step + 1)
        while at < end:
            rows = self._page(at, end)
            # An exchange that knows nothing of a time may know more of a later one.
            done = rows[-1][0] + step if rows else at + self._limit * step
            yield [self._line(row) for row in rows], min(done, end)
            at = done

    def _page(self, at: int, end: int) -> list[list[Any]]:
        asked = (self._symbol, self._interval, at, self._limit)
        rows = {row[0]: row for row in _ask(self._exchange, "fetch_ohlcv", *asked)}
        return [rows[time] for time in sorted(rows) if at <= time < end]

    def _now(self) -> int:
        """The exchange's own time, which decides what is closed."""
        if self._exchange.has["fetchTime"] is True:
            return int(_ask(self._exchange, "fetch_time"))
        return int(self._exchange.milliseconds())

    def _line(self, row: list[Any]) -> str:
        try:
            numbers = [format(Decimal(text), "f") for text in row[1:6]]
        except (DecimalException, TypeError) as error:
            says = f"{self._exchange.id} told a candle that is none: {row}"
            raise NoDownload(says) from error
        return f"{row[0]},{self._symbol},{','.join(numbers)}\n"
