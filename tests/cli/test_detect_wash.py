"""``tradelatch detect wash`` and ``network``, and their thresholds over history."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from tradelatch.cli.app import app

EXAMPLES = Path(__file__).parents[2] / "examples/detect"
WASH, NETWORK = str(EXAMPLES / "wash.csv"), str(EXAMPLES / "network.csv")
TEN = ("--set", "occurrences=10")


def run(*words: str, code: int = 0) -> str:
    """What a command prints; one that fails prints one sentence on stderr alone."""
    result = CliRunner().invoke(app, ["detect", *words])
    assert result.exit_code == code, result.output
    if code:
        assert result.stdout == ""
        assert result.stderr.startswith("tradelatch: ")
        assert len(result.stderr.splitlines()) == 1
        return result.stderr
    assert result.stderr == ""
    return result.stdout


def test_wash_tells_each_finding_and_why() -> None:
    told = run("wash", WASH, *TEN)
    lines = told.splitlines()
    assert lines[1].split()[:3] == ["0.9036", "rule", "circle,"]
    assert "36,022.993 USDT" in lines[1]
    assert "rule self-trade, symbol ABC/USDT, account u20" in lines[4]
    assert "times a component 12 (over 10)" in told


def test_wash_as_json_has_the_rows() -> None:
    found: list[dict[str, Any]] = json.loads(run("wash", WASH, *TEN, "--json"))
    assert [one["subjects"]["rule"] for one in found] == [
        "circle",
        "back and forth",
        "matched pair",
        "self-trade",
    ]
    assert len(found[0]["rows"]) == 36
    assert found[0]["parameters"]["occurrences"] == 10


def test_columns_of_other_names_are_mapped(tmp_path: Path) -> None:
    text = Path(WASH).read_text()
    path = tmp_path / "other.csv"
    path.write_text(text.replace("buyer,seller", "taker,maker", 1))
    told = run("wash", str(path), "--map", "buyer=taker", "--map", "seller=maker", *TEN)
    assert told == run("wash", WASH, *TEN)
    assert "has no column 'buyer'" in run("wash", str(path), code=2)


def test_network_names_the_ring() -> None:
    told = run("network", NETWORK, "--set", "score=0.7")
    assert "accounts w3 w2 w1" in told
    assert "maker" not in told


def test_markets_in_several_quotes_are_refused_in_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "quotes.csv"
    path.write_text(Path(NETWORK).read_text().replace("XYZ/USDT", "XYZ/BTC"))
    sentence = "several quote assets (BTC, USDT)"
    assert sentence in run("network", str(path), code=2)
    assert sentence in run("backtest", "network", str(path), "--thresholds", "0.5", code=2)


@pytest.mark.parametrize(
    ("words", "alerts"),
    [
        (("wash", WASH, *TEN, "--thresholds", "0.2,0.5,0.9"), ["4 +4 -0", "3 +0 -1", "1 +0 -2"]),
        (("network", NETWORK, "--thresholds", "0.7,0.95"), ["1 +1 -0", "0 +0 -1"]),
    ],
)
def test_thresholds_are_compared_over_history(words: tuple[str, ...], alerts: list[str]) -> None:
    rows = [line.split() for line in run("backtest", *words).splitlines()[1:]]
    assert [" ".join([row[1], *row[4:]]) for row in rows] == alerts


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("occurrences=0", "occurrences: '0'"),
        ("margin=1.5", "margin: '1.5'"),
        ("nothing=1", "there is no parameter 'nothing'; use: occurrences, margin, return_days"),
    ],
)
def test_settings_out_of_bounds_are_refused(setting: str, said: str) -> None:
    assert said in run("wash", WASH, "--set", setting, code=2)


def test_the_table_of_any_trades(tmp_path: Path) -> None:
    rates = tmp_path / "rates.csv"
    rates.write_text("time,rate\n2024-03-04,0.5\n")
    told = run("wash-table", WASH, *TEN, "--rates", str(rates))
    figures = dict(line.rsplit(maxsplit=1) for line in told.splitlines()[1:])
    assert figures["trades"] == "97"
    assert figures["wash trades (self-trades included)"] == "39"
    assert figures["wash-traded, USDT"] == "37,530"
    assert figures["wash-traded, at the rates"] == "18,765"
    as_json = json.loads(run("wash-table", WASH, *TEN, "--json"))
    assert (as_json["quote"], as_json["wash_trades"], as_json["wash_worth"]) == ("USDT", 39, None)
    missing = run("wash-table", WASH, "--rates", str(tmp_path / "none.csv"), code=2)
    assert "none.csv: cannot be read as rates" in missing


def test_the_table_of_a_published_file_stands_beside_the_published_one(tmp_path: Path) -> None:
    path = tmp_path / "EtherDeltaTrades.csv"
    names = (
        "transaction_hash,block_number,timestamp,tokenGet,amountGet,tokenGive,amountGive,get,give"
    )
    path.write_text(f"{names}\n0xa,1,1514764800,0xt,5,0x{'0' * 40},{2 * 10**18},M,M\n")
    lines = [line.split() for line in run("wash-table", str(path)).splitlines()]
    assert lines[0] == ["EtherDelta", "published"]
    assert lines[4] == ["self-trades", "1", "58,791"]
    assert lines[8] == ["self-traded,", "ETH", "2"]
    assert lines[-1][-4:] == ["%", "and", "1.95", "%."]


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("wash", "nothing found in 0 trades"),
        ("network", "nothing found in 0 trades"),
        ("contra", "nothing found in 0 trades"),
        ("contra-tape", "nothing found in 0 trades"),
        ("contra-victim", "nothing found in 0 trades"),
        ("drain", "nothing found in 0 trades"),
        ("pumps", "nothing found in 0 trades"),
        ("wash-table", "wash trades"),
    ],
)
def test_no_trades_are_no_mistake(tmp_path: Path, name: str, told: str) -> None:
    path = tmp_path / "empty.csv"
    path.write_text(Path(WASH).read_text().splitlines()[0] + ",side,account\n")
    assert told in run(name, str(path))
