"""``tradelatch detect`` with contra-trading and drain, on the sample files."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from tradelatch.cli.app import app

EXAMPLES = Path(__file__).parents[2] / "examples" / "detect"
TABLE, FILLS = EXAMPLES / "contra.csv", EXAMPLES / "contra-victim"


def told(*arguments: str | Path) -> Any:
    result = CliRunner().invoke(app, ["detect", *map(str, arguments), "--json"])
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_an_exchanges_own_table_tells_victims_and_winners() -> None:
    found = told("contra", TABLE)
    pairs = {(one["subjects"]["account"], one["subjects"]["counterparty"]) for one in found}
    assert pairs == {(victim, thief) for victim in ("V-01", "V-02") for thief in ("W-01", "W-02")}
    assert {one["subjects"]["ring"] for one in found} == {"R1"}
    total = sum(one["value"] for one in found if one["subjects"]["account"] == "V-01")
    assert total == pytest.approx(2.4, rel=0.01)


def test_the_other_views_and_drain_take_their_files() -> None:
    [own] = told("contra-victim", FILLS)
    [drained] = told("drain", FILLS)
    assert own["subjects"]["account"] == drained["subjects"]["account"] == "V-01"
    assert len(told("contra-tape", TABLE)) == 2


def test_columns_of_other_names_are_mapped(tmp_path: Path) -> None:
    other = tmp_path / "trades.csv"
    other.write_text(TABLE.read_text().replace("buyer,seller", "taker_id,maker_id", 1))
    result = CliRunner().invoke(app, ["detect", "contra", str(other)])
    assert result.exit_code == 2
    assert "--map buyer=COLUMN" in result.output.replace("\n", "")
    names = ("--map", "buyer=taker_id", "--map", "seller=maker_id")
    assert len(told("contra", other, *names)) == 4


def test_a_threshold_that_is_no_number_is_told() -> None:
    for wrong in ("x", "nan", "inf", "0.1,"):
        words = ["detect", "backtest", "contra", str(TABLE), "--thresholds", wrong]
        result = CliRunner().invoke(app, words)
        assert result.exit_code == 2
        assert "is no number; write values of passed with commas" in result.stderr


def test_a_backtest_compares_thresholds() -> None:
    runs = told("backtest", "contra", TABLE, "--thresholds", "0.1,0.65,0.8")
    assert [len(run["findings"]) for run in runs] == [4, 2, 0]
    assert [run["lost"] for run in runs] == [0, 2, 2]


def test_a_table_is_shown_with_the_reason_for_the_first() -> None:
    result = CliRunner().invoke(app, ["detect", "contra", str(TABLE)], env={"COLUMNS": "100"})
    assert "counterparty W-01" in result.stdout
    assert "It would have been spared had less than" in result.stdout.replace("\n", " ")
