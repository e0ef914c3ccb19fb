"""Candles from a real venue by ccxt: whole, exact, and after interruptions."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.venue.site import Site
from tradelatch.bots.backtest.download import HEADER, NoDownload, download
from tradelatch.tapes.candle_files import read_candles
from tradelatch.tapes.candles import Candles
from tradelatch.tapes.files import BadTape

MARKET = "ETH/BTC"
MINUTE_MS = 60_000
DYING = """
import os, signal, sys
from pathlib import Path
from tradelatch.bots.backtest.download import download

path, start, end, url = sys.argv[1:]
pages = []

def tell(at_ms):
    pages.append(at_ms)
    if len(pages) == 2:
        os.kill(os.getpid(), signal.SIGKILL)

download("binance", "ETH/BTC", "1m", int(start), int(end), Path(path), tell, url)
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A venue with thirty days of history."""
    with Site(tmp_path_factory.mktemp("venue"), "--flat") as running:
        yield running


@pytest.fixture
def start(site: Site) -> int:
    """A minute two days ago."""
    return now(site) // MINUTE_MS * MINUTE_MS - 2 * 1_440 * MINUTE_MS


def now(site: Site) -> int:
    told: int = site.request("GET", "/api/v3/time")[1]["serverTime"]
    return told


def told(site: Site, start: int, end: int) -> list[tuple[Any, ...]]:
    """What the venue itself says."""
    rows: list[Any] = []
    while start < end:
        target = f"/api/v3/klines?symbol=ETHBTC&interval=1m&startTime={start}&limit=1000"
        page = site.request("GET", target)[1]
        rows += [row for row in page if row[0] < end]
        start = page[-1][0] + MINUTE_MS
    return [(row[0], *map(Decimal, row[1:6])) for row in rows]


def held(candles: Candles) -> list[tuple[Any, ...]]:
    return [(one.open_ms, one.open, one.high, one.low, one.close, one.volume) for one in candles]


def test_the_file_holds_what_the_exchange_told(site: Site, start: int, tmp_path: Path) -> None:
    path, end, heard = tmp_path / "a.csv", start + 2_500 * MINUTE_MS, list[int]()
    added = download("binance", MARKET, "1m", start + 1, end, path, heard.append, site.url)
    candles = read_candles(path)
    assert (candles.symbol, candles.interval_ms) == (MARKET, MINUTE_MS)
    assert held(candles) == told(site, start + MINUTE_MS, end)
    assert added == len(candles) == 2_499
    assert heard == sorted(heard)
    assert (len(heard), heard[-1]) == (3, end)
    assert list(tmp_path.iterdir()) == [path]


def test_only_closed_candles(site: Site, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    begun = now(site)
    download("binance", MARKET, "5m", begun - 3_600_000, begun * 2, path, url=site.url)
    candles = read_candles(path)
    closed = begun // 300_000 * 300_000
    assert candles.times[-1] + 300_000 in (closed, closed + 300_000)
    assert candles.times[-1] + 300_000 <= now(site)


def test_killed_and_asked_again(site: Site, start: int, tmp_path: Path) -> None:
    path, end = tmp_path / "a.csv", start + 2_500 * MINUTE_MS
    command = [sys.executable, "-c", DYING, str(path), str(start), str(end), site.url]
    assert subprocess.run(command, check=False).returncode == -signal.SIGKILL
    part = tmp_path / "a.csv.part"
    assert not path.exists()
    assert len(read_candles(part)) == 2_000
    with part.open("a") as file:  # as a machine may leave it that lost its power
        file.write(f"{start},ETH/B")
    assert download("binance", MARKET, "1m", start, end, path, url=site.url) == 500
    assert held(read_candles(path)) == told(site, start, end)
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_grows_with_time(site: Site, start: int, tmp_path: Path) -> None:
    path, middle, end = tmp_path / "a.csv", start + 30 * MINUTE_MS, start + 50 * MINUTE_MS
    assert download("binance", MARKET, "1m", start, middle, path, url=site.url) == 30
    assert download("binance", MARKET, "1m", start, end, path, url=site.url) == 20
    assert download("binance", MARKET, "1m", start, end, path, url=site.url) == 0
    assert held(read_candles(path)) == told(site, start, end)


def test_no_answer_is_told_and_the_same_again_goes_on(
    site: Site, start: int, tmp_path: Path
) -> None:
    path, end = tmp_path / "a.csv", start + 1_500 * MINUTE_MS

    def fail_then(at_ms: int) -> None:
        site.trouble("error", endpoint="GET /api/v3/klines", status=502, times=0)

    with pytest.raises(NoDownload, match=r"no answer from binance .*goes on where it stopped"):
        download("binance", MARKET, "1m", start, end, path, fail_then, site.url)
    site.request("DELETE", "/admin/trouble", headers=operator(site))
    site.trouble("error", endpoint="GET /api/v3/klines", status=502, times=1)
    assert download("binance", MARKET, "1m", start, end, path, url=site.url) == 500
    assert held(read_candles(path)) == told(site, start, end)


def operator(site: Site) -> dict[str, str]:
    return {"Authorization": f"Bearer {(site.directory / 'admin.token').read_text().strip()}"}


@pytest.mark.parametrize(
    ("exchange", "symbol", "interval", "says"),
    [
        ("nowhere", MARKET, "1m", "ccxt knows no exchange 'nowhere'"),
        ("binance", "NO/BTC", "1m", "binance has no market 'NO/BTC'"),
        ("binance", MARKET, "7m", "'7m' is no interval; known are 1s, 1m"),
        ("kraken", MARKET, "3m", "kraken has no candles of 3m; it has 1m, 5m"),
        ("binance", "VIN/BTC", "1m", "no closed candle of VIN/BTC in this time"),
    ],
)
def test_what_is_not_there_is_told(
    site: Site, tmp_path: Path, exchange: str, symbol: str, interval: str, says: str
) -> None:
    soon = now(site) + 1_000
    with pytest.raises(NoDownload, match=says):
        download(exchange, symbol, interval, soon, soon + 1, tmp_path / "a.csv", url=site.url)
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_added_to_another_file(site: Site, start: int, tmp_path: Path) -> None:
    path, end = tmp_path / "a.csv", start + MINUTE_MS
    with pytest.raises(NoDownload, match="written as CSV"):
        download("binance", MARKET, "1m", start, end, tmp_path / "a.parquet", url=site.url)
    path.write_text("something else\n")
    with pytest.raises(BadTape, match="it does not begin with time,symbol"):
        download("binance", MARKET, "1m", start, end, path, url=site.url)
    (tmp_path / "a.csv.part").write_text(f"{HEADER}{start - MINUTE_MS},VIN/BTC,1,1,1,1,1\n")
    with pytest.raises(BadTape, match=r"candles of VIN/BTC, not of ETH/BTC"):
        download("binance", MARKET, "1m", start, end, path, url=site.url)
    assert path.read_text() == "something else\n"
    with pytest.raises(NoDownload, match=r"nowhere.*No such file"):
        download("binance", MARKET, "1m", start, end, tmp_path / "nowhere/a.csv", url=site.url)


def test_without_ccxt_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ccxt", None)
    with pytest.raises(NoDownload, match=r"needs ccxt: pip install 'tradelatch\[ccxt\]'"):
        download("binance", MARKET, "1m", 0, 1, tmp_path / "a.csv")
