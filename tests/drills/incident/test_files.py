"""The files of the evidence: formats, what spreadsheets make of them, accounts that tie out."""

import hashlib
import itertools
import json
import os
import re
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.drills.incident.readers import (
    FAR,
    FILES,
    HEADERS,
    adverse,
    fills,
    reference_prices,
    table,
    times_reference,
)
from tradelatch.cli.app import app
from tradelatch.drills.incident.evidence import write_evidence
from tradelatch.exports.reading import read_trades
from tradelatch.hindsight.exports import as_events
from tradelatch.model.orders import Side

NUMBER = re.compile(r"-?\d+(\.\d+)?")
TRADES = {
    "binance": "binance-trades.csv",
    "kucoin": "kucoin-trades.csv",
    "coinbasepro": "coinbasepro-fills.csv",
    "bittrex": "bittrex-orders.csv",
}


def victims(folder: Path) -> Iterator[tuple[str, str]]:
    """Name and exchange."""
    for row in table(folder / "victims.csv"):
        yield row["victim"], row["exchange"]


def content(folder: Path) -> dict[str, bytes]:
    paths = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in paths}


def test_a_seed_tells_every_byte_on_any_machine(folder: Path, tmp_path: Path) -> None:
    again = tmp_path / "again"
    words = ["drill", "evidence", "--output", str(again), "--seed", "7", "--json"]
    elsewhere = {**os.environ, "PYTHONHASHSEED": "3", "TZ": "Asia/Tokyo"}
    command = [sys.executable, "-m", "tradelatch.cli", *words]
    result = subprocess.run(command, env=elsewhere, capture_output=True, check=True)
    files, others = content(folder), content(again)
    assert sorted(files) == sorted(others)
    assert [name for name in files if files[name] != others[name]] == []
    told = json.loads(result.stdout)
    assert told["files"] == len(files)
    assert told["bytes"] == sum(map(len, files.values()))
    figure = {"what": "verified loss", "published": "$27,285,845", "generated": "$27,285,845.00"}
    assert figure in told["figures"]


def test_what_a_library_does_to_decimals_changes_nothing(folder: Path, tmp_path: Path) -> None:
    with localcontext(prec=60, rounding=ROUND_HALF_UP):
        write_evidence(tmp_path, 7)
    assert content(tmp_path) == content(folder)


def test_another_seed_tells_other_victims(folder: Path, tmp_path: Path) -> None:
    write_evidence(tmp_path, 8)
    files, others = content(folder), content(tmp_path)
    alike = {name for name in files if files[name] == others.get(name)}
    assert alike == {"published.csv"}  # what was published is the same for all


def test_the_folder_is_small_and_its_sums_are_right(folder: Path) -> None:
    files = content(folder)
    assert sum(map(len, files.values())) < 30_000_000
    sums = files.pop("SHA256SUMS").decode().splitlines()
    assert sums == [
        f"{hashlib.sha256(files[name]).hexdigest()}  {name}"
        for name in sorted(files, key=lambda name: Path(name).parts)
    ]


def test_each_exchange_has_its_files_with_its_headers(folder: Path) -> None:
    for name, exchange in victims(folder):
        files = {path.name: path for path in (folder / "exports" / name).iterdir()}
        assert tuple(sorted(files)) == FILES[exchange]
        for file, path in files.items():
            lines = path.read_text().splitlines()
            above = 3 if exchange == "bittrex" else 0
            assert lines[above].startswith(HEADERS[file])
            if exchange != "bittrex":
                assert lines[above] == HEADERS[file]


def test_no_two_files_of_victims_are_alike(folder: Path) -> None:
    files = [data for name, data in content(folder).items() if name.startswith("exports/")]
    assert len(set(files)) == len(files) == 47 * 2 + 28 + 10 * 2 + 1
    traded: Counter[tuple[object, ...]] = Counter()
    for name, exchange in victims(folder):
        traded.update({fill[1:] for fill in fills(folder, name, exchange)})
    assert max(traded.values()) == 1, "a trade of one victim is nobody else's"


def test_a_spreadsheet_executes_nothing(folder: Path) -> None:
    for name, data in content(folder).items():
        if name.endswith(".csv"):
            assert b"\r" not in data
            assert b"\t" not in data
            for cell in set(re.split("[,\n]", data.decode().replace('"', ""))):
                assert cell[:1] not in tuple("=+-@") or NUMBER.fullmatch(cell), (name, cell)


def test_ours_reads_what_others_exported(folder: Path) -> None:
    seen: Counter[str] = Counter()
    for name, exchange in victims(folder):
        read = read_trades(folder / "exports" / name / TRADES[exchange], exchange)
        mine = fills(folder, name, exchange)
        assert Counter(
            (t.symbol, t.side is Side.BUY, Fraction(t.price), Fraction(t.quantity)) for t in read
        ) == Counter((f"{f.base}/{f.quote}", f.buys, f.price, f.quantity) for f in mine)
        assert {t.time_ns // 10**9 for t in read} == {int(f.at.timestamp()) for f in mine}
        assert len(list(as_events(read))) > len(read)
        seen[exchange] += 1
    assert seen == {"binance": 47, "kucoin": 28, "coinbasepro": 10, "bittrex": 1}


def test_trading_was_ordinary_before_the_attack(folder: Path) -> None:
    prices = reference_prices(folder)
    for name, exchange in victims(folder):
        mine = fills(folder, name, exchange)
        taken = adverse(mine, prices)
        start = taken[0].at
        before = [fill for fill in mine if (start - fill.at).days >= 1]
        assert len(before) >= 10
        assert (start - before[0].at).days >= 14
        assert {fill.buys for fill in before} == {True, False}
        for fill in mine:
            times = times_reference(fill, prices)
            assert times > 2 if fill in taken else abs(times - 1) < FAR - 1 - Fraction(9, 100)
        coins = {fill.base for fill in taken}
        assert not coins & {fill.base for fill in mine if fill not in taken}, "never traded before"


def test_what_was_liquid_is_sold_and_the_proceeds_are_spent_in_bursts(folder: Path) -> None:
    prices = reference_prices(folder)
    for name, exchange in victims(folder):
        mine = fills(folder, name, exchange)
        taken = adverse(mine, prices)
        start = taken[0].at
        sold = [f for f in mine if not f.buys and 0 < (start - f.at).total_seconds() < 1_300]
        assert len({fill.base for fill in sold}) >= 2
        spent = sum(fill.price * fill.quantity for fill in taken)
        proceeds = sum(fill.price * fill.quantity for fill in sold)
        assert Fraction(6, 10) < proceeds / spent < 1
        gaps = [(later.at - one.at).total_seconds() for one, later in itertools.pairwise(taken)]
        assert sum(gap < 2 for gap in gaps) > len(gaps) / 2
        assert max(gaps) < 250


def test_prices_of_pairs_agree_and_cover_every_hour(folder: Path) -> None:
    prices = reference_prices(folder)
    assert {len(hours) for hours in prices.values()} == {122 * 24}
    for hour, bitcoin in prices["BTC/USDT"].items():
        assert 10_000 < bitcoin < 30_000
        for coin in ("ETH", "LTC"):
            assert prices[f"{coin}/USDT"][hour] == prices[f"{coin}/BUSD"][hour]
            across = prices[f"{coin}/USDT"][hour] / bitcoin
            assert abs(prices[f"{coin}/BTC"][hour] / across - 1) < Fraction(1, 1_000)


def test_binance_transactions_are_the_trades(folder: Path) -> None:
    for name, exchange in victims(folder):
        if exchange != "binance":
            continue
        rows = table(folder / "exports" / name / "binance-transactions.csv")
        assert {row["Account"] for row in rows} == {"Spot"}
        assert len({row["User_ID"] for row in rows}) == 1
        held: defaultdict[str, Decimal] = defaultdict(Decimal)
        moved: Counter[str] = Counter()
        for row in sorted(rows, key=lambda row: row["UTC_Time"]):
            held[row["Coin"]] += Decimal(row["Change"])
            moved[row["Operation"]] += 1
            assert held[row["Coin"]] >= 0, (name, row)
        many = len(fills(folder, name, exchange))
        assert moved["Buy"] + moved["Sell"] == moved["Transaction Related"] == moved["Fee"] == many
        bought = {row["Change"] for row in rows if row["Operation"] == "Buy"}
        executed = {
            row["Executed"].rstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
            for row in table(folder / "exports" / name / "binance-trades.csv")
            if row["Side"] == "BUY"
        }
        assert bought == executed


def test_coinbase_balances_run_on(folder: Path) -> None:
    for name, exchange in victims(folder):
        if exchange != "coinbasepro":
            continue
        exports = folder / "exports" / name
        held: defaultdict[str, Decimal] = defaultdict(Decimal)
        by_trade: defaultdict[str, Decimal] = defaultdict(Decimal)
        for row in table(exports / "coinbasepro-account.csv"):
            unit = row["Amount/balance unit"]
            held[unit] += Decimal(row["Amount"])
            assert held[unit] == Decimal(row["Balance"]) >= 0
            if unit == "USD":
                by_trade[row["Trade id"]] += Decimal(row["Amount"])
        for row in table(exports / "coinbasepro-fills.csv"):
            assert Decimal(row["total"]) == by_trade[row["trade id"]]


def test_keys_of_victims_are_in_the_tables_and_on_the_leaked_list(folder: Path) -> None:
    listed = {row["key_id_sha256"]: row["published"] for row in table(folder / "leaked-keys.csv")}
    assert len(listed) == 100_000
    assert Counter(listed.values()) == {"yes": 10_000, "no": 90_000}
    assert all(re.fullmatch("[0-9a-f]{64}", hashed) for hashed in listed)
    tables = {
        path.stem: {row["key_id"]: row for row in table(path)}
        for path in (folder / "keys").iterdir()
    }
    assert sorted(tables) == ["binance", "bittrex", "coinbasepro", "kucoin"]
    mine = set()
    for row in table(folder / "victims.csv"):
        key = tables[row["exchange"]][row["key_id"]]
        assert key["created"] == row["key_created"]
        last = fills(folder, row["victim"], row["exchange"])[-1]
        assert key["last_used"] == f"{last.at:%Y-%m-%d}"
        assert (key["ip_list"], key["third_party"], key["rights"]) == (
            "no",
            "3Commas",
            "read;trade",
        )
        assert Fraction(key["balance_at_risk_usd"]) > 0
        mine.add((row["exchange"], row["key_id"]))
    assert len(mine) == 86
    for exchange, keys in tables.items():
        for name, key in keys.items():
            hashed = hashlib.sha256(f"{exchange}:{name}".encode()).hexdigest()
            assert (hashed in listed) == (key["third_party"] == "3Commas")
            assert key["created"] <= key["last_used"] <= "2023-01-10"
            assert "withdraw" not in key["rights"]


def test_consents_are_given_for_each_recipient(folder: Path) -> None:
    for name in ("police", "class_action", "exchange", "publication"):
        given = Counter(row[f"consent_{name}"] for row in table(folder / "victims.csv"))
        assert set(given) == {"yes", "no"}


@pytest.mark.parametrize("kind", ["full folder", "file"])
def test_nothing_is_written_over(kind: str, tmp_path: Path) -> None:
    output = tmp_path / "output"
    if kind == "file":
        output.write_text("mine")
    else:
        output.mkdir()
        (output / "mine").write_text("mine")
    result = CliRunner().invoke(app, ["drill", "evidence", "--output", str(output)])
    assert result.exit_code == 2
    assert result.stderr.startswith(f"tradelatch: {output}: ")
    assert len(result.stderr.splitlines()) == 1
    assert len(list(tmp_path.rglob("*"))) == (1 if kind == "file" else 2)
