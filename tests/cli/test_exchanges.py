"""``tradelatch exchanges conformance``."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from tests.conformance.made import KEYS, LIMIT, LIMIT_WORDS, case, write_folder
from tradelatch.cli.app import app

FIGURES = [
    "requests",
    "verified",
    "orders",
    "right",
    "refused",
    "wrong",
    "rewritten",
    "moved_funds",
    "unknown",
]
RIGHT = case(LIMIT_WORDS, LIMIT)
REFUSED = case(f"{LIMIT_WORDS}&side=BUY", LIMIT)
WRONG = case(LIMIT_WORDS, LIMIT | {"side": "sell"})


def run(*words: str, code: int = 0) -> str:
    result = CliRunner().invoke(app, ["exchanges", "conformance", *words])
    assert result.exit_code == code, result.output
    if code == 2:
        assert result.stdout == ""
        assert result.stderr.startswith("tradelatch: ")
        assert len(result.stderr.splitlines()) == 1
        return result.stderr
    assert result.stderr == ""
    return result.stdout


def test_json_is_figures_by_exchange_and_in_total(tmp_path: Path) -> None:
    told = json.loads(run(str(write_folder(tmp_path / "a", RIGHT, REFUSED)), "--json"))
    figures = {
        "requests": 2,
        "verified": 2,
        "orders": 2,
        "right": 1,
        "refused": 1,
        "wrong": 0,
        "rewritten": 1,
        "moved_funds": 0,
        "unknown": 0,
    }
    assert told == {"exchanges": {"binance": figures}, "total": figures}
    assert list(told["total"]) == FIGURES


def test_an_exchange_that_is_not_implemented_is_skipped_and_said(tmp_path: Path) -> None:
    entry = case("", None, "other")
    entry["A"]["url"] = "https://api.nowhere.com/orders"
    folder = write_folder(tmp_path / "a", entry, keys={"nowhere": KEYS}, exchange="nowhere")
    assert json.loads(run(str(folder), "--json"))["exchanges"] == {}
    assert "skipped, since they are not implemented: nowhere" in run(str(folder))


def test_every_miss_is_listed(tmp_path: Path) -> None:
    told = run(str(write_folder(tmp_path / "a", RIGHT, REFUSED, WRONG)), code=1)
    lines = told.splitlines()
    assert lines[0].split() == ["exchange", "requests", "verified", "moved_funds", "unknown"]
    assert lines[1].split() == ["binance", "3", "3", "0", "0"]
    assert ["total", "3", "1", "1", "1", "1"] in [line.split() for line in lines]
    assert "WRONG: 1" in lines
    at = lines.index("WRONG: 1") + 2
    assert lines[at] == "binance, ccxt: createOrder made by hand"
    assert lines[at + 1] == "  why    side buy, not sell"
    assert lines[at + 2].startswith("  sent   POST api.binance.com/api/v3/order symbol=BTCUSDT")
    assert lines[at + 3].startswith("  read   PlaceOrder(symbol BTC/USDT, side BUY, type LIMIT")
    assert lines[at + 4].startswith("  meant  symbol BTC/USDT, type limit, side sell")
    assert "REFUSED: 1" in lines
    assert KEYS["A"]["secret"] not in told


@pytest.mark.parametrize(
    ("entry", "code"), [(RIGHT, 0), (REFUSED, 0), (WRONG, 1), (RIGHT | {"A": 7}, 2)]
)
def test_the_status_is_1_where_anything_is_wrong_and_2_where_nothing_can_be_measured(
    tmp_path: Path, entry: dict[str, Any], code: int
) -> None:
    run(str(write_folder(tmp_path / "a", entry)), "--json", code=code)


def test_a_folder_that_is_none_is_said_in_a_sentence(tmp_path: Path) -> None:
    assert f"{tmp_path}/nowhere is no folder" in run(str(tmp_path / "nowhere"), code=2)
    (tmp_path / "credentials.json").mkdir()
    assert "credentials.json cannot be read: Is a directory" in run(str(tmp_path), code=2)
