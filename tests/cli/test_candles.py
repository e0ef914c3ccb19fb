"""``tradelatch candles``."""

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.venue.site import Site, now
from tradelatch.cli.app import app
from tradelatch.tapes.candle_files import read_candles
from tradelatch.tapes.times import iso

AT = 1_704_067_200_000
MINUTE = 60_000


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with Site(tmp_path_factory.mktemp("venue"), "--flat") as running:
        yield running


def run(*words: str, code: int = 0) -> str:
    """What a command prints; one that fails prints one sentence on stderr alone."""
    result = CliRunner().invoke(app, ["candles", *words])
    assert result.exit_code == code, result.output
    if code:
        assert result.stdout == ""
        assert result.stderr.startswith("tradelatch: ")
        assert len(result.stderr.splitlines()) == 1
        return result.stderr
    assert result.stderr == ""
    return result.stdout


def written(path: Path) -> Path:
    """Seven candles of which three are missing, in two places."""
    minutes = (0, 1, 3, 6)
    rows = (f"{AT + n * MINUTE},1.5,{2 + n},1.25,1.50,0.{n}\n" for n in minutes)
    path.write_text("time,open,high,low,close,volume\n" + "".join(rows))
    return path


def test_what_a_file_holds_is_shown(tmp_path: Path) -> None:
    told = run("show", str(written(tmp_path / "ETH_BTC-1m.csv")))
    lines = [line.split() for line in told.splitlines()]
    for name, value in {
        "symbol": "ETH/BTC",
        "interval": "1m",
        "candles": "4",
        "missing": "3",
        "from": "2024-01-01T00:00:00Z",
        "to": "2024-01-01T00:07:00Z",
        "first": "1.5",
        "lowest": "1.25",
        "highest": "8",
        "volume": "1",
        "price_unit": "0.01",
    }.items():
        assert [name, value] in lines
    assert ["2024-01-01T00:02:00Z", "2024-01-01T00:03:00Z", "1"] in lines
    assert ["2024-01-01T00:04:00Z", "2024-01-01T00:06:00Z", "2"] in lines


def test_what_a_file_holds_is_told_to_machines(tmp_path: Path) -> None:
    path = written(tmp_path / "any.csv")
    told = json.loads(run("show", str(path), "--symbol", "A/B", "--interval", "1m", "--json"))
    assert (told["symbol"], told["candles"], told["missing"]) == ("A/B", 4, 3)
    assert (told["from_ms"], told["to_ms"]) == (AT, AT + 7 * MINUTE)
    assert told["gaps"] == [
        {"from_ms": AT + 2 * MINUTE, "to_ms": AT + 3 * MINUTE},
        {"from_ms": AT + 4 * MINUTE, "to_ms": AT + 6 * MINUTE},
    ]
    assert told["highest"] == "8"


def test_the_longest_gaps_are_shown(tmp_path: Path) -> None:
    path = tmp_path / "ETH_BTC-1m.csv"
    at, rows = AT, []
    for n in range(13):
        rows.append(f"{at},1,1,1,1,1\n")
        at += (n + 1) * MINUTE
    path.write_text("time,open,high,low,close,volume\n" + "".join(rows))
    told = run("show", str(path))
    assert "the 10 longest of 11; --json tells all" in told
    gaps = told.partition("candles\n")[2]
    assert [int(line.split()[-1]) for line in gaps.splitlines()[:-1]] == list(range(2, 12))


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["none.csv"], "cannot read none.csv: No such file"),
        (["any.csv"], "any.csv: nothing tells which market this is: give the symbol"),
        (["any.csv", "--symbol", "AB"], "'AB' is not a market; write it as ETH/BTC"),
        (["any.csv", "--symbol", "A/B", "--interval", "1M"], "'1M' is no interval; known are 1s"),
    ],
)
def test_what_cannot_be_shown_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], says: str
) -> None:
    monkeypatch.chdir(tmp_path)
    written(tmp_path / "any.csv")
    assert says in run("show", *words, code=2)


def test_download_from_a_venue(site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    start = now() // 3_600_000 * 3_600_000 - 30 * 3_600_000
    words = ["download", "binance", "ETH/BTC", "1h", "--from", iso(start), "--url", site.url]
    told = run(*words, "--to", iso(start + 10 * 3_600_000))
    assert told.startswith("ETH_BTC-1h.csv: 10 candles, 10 of them new, from ")
    told = run(*words, "--to", iso(start + 20 * 3_600_000))
    assert told.startswith("ETH_BTC-1h.csv: 20 candles, 10 of them new, from ")
    assert told.endswith(", 0 missing in between\n")
    run(*words, "--out", "all.csv")
    candles = read_candles(Path("all.csv"))
    assert len(candles) in (30, 31)
    shown = json.loads(run("show", "all.csv", "--json"))
    assert Decimal(shown["last"]) == candles[-1].close


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--from", "yesterday"], "--from: 'yesterday' is no time: write a date such as 2024-01"),
        (["--from", "2024-02-01", "--to", "2024-01-01"], "is not after --from 2024-02-01T00:00"),
        (["--from", "2024-01-01", "--out", "x.parquet"], "x.parquet: candles are written as CSV"),
        (["--from", "2024-01-01", "--url", "http://127.0.0.1:1"], "no answer from binance"),
    ],
)
def test_what_cannot_be_downloaded_is_told(words: list[str], says: str) -> None:
    assert says in run("download", "binance", "ETH/BTC", "1m", *words, code=2)
