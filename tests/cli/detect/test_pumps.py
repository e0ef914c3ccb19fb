"""``tradelatch detect pumps`` on recorded tapes."""

import gzip
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from tradelatch.cli.app import app

pytestmark = pytest.mark.recorded

MINUTE = 60_000
CVC = ("CVC_2019-08-13_20.00", 1_565_726_400_000)
VITE = ("VITE_2020-04-13_11.58", "VITE_2020-04-13_11.59")
VITE_MS = 1_586_779_080_000


@pytest.fixture(scope="module")
def tapes(recorded_data: Path) -> Path:
    return recorded_data / "pumps" / "tapes"


def file(tapes: Path, name: str) -> Path:
    return tapes / f"{name}.csv.gz"


def run(*words: str | Path, code: int = 0) -> str:
    result = CliRunner().invoke(app, ["detect", *map(str, words)])
    assert result.exit_code == code, result.output
    return result.stderr if code else result.stdout


def alerts(*words: str | Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(run("pumps", *words, "--json"))
    return found


@pytest.mark.parametrize("model", ["trees", "forest"])
def test_an_announced_pump_is_an_alert_at_its_time(tapes: Path, model: str) -> None:
    name, announced = CVC
    found = alerts(file(tapes, name), "--set", f"model={model}")
    first = found[0]
    assert first["symbol"] == "CVC/BTC"
    assert abs(first["time"] - announced) <= 2 * MINUTE
    assert 0.4 <= first["score"] <= 1
    assert first["terms"]
    assert "Not raised with" in first["spared"]


def test_an_alert_leads_to_its_rows(tapes: Path) -> None:
    name, _ = CVC
    first = alerts(file(tapes, name))[0]
    lines = gzip.decompress(file(tapes, name).read_bytes()).decode().splitlines()[1:]
    rows = [lines[row - 1].split(",") for row in first["rows"]]
    assert {row[3] for row in rows} == {"buy"}
    assert all(first["time"] - 25_000 <= int(row[1]) < first["time"] for row in rows)
    assert sum(float(row[6]) for row in rows) == pytest.approx(first["value"])


def test_tapes_of_one_pump_that_overlap_give_one_alert(tapes: Path, tmp_path: Path) -> None:
    for name in VITE:
        shutil.copy(file(tapes, name), tmp_path)
    both = alerts(tmp_path)
    near = [one for one in both if abs(one["time"] - VITE_MS) <= 3 * MINUTE]
    assert len(near) == 1
    [alone] = [
        one for one in alerts(file(tapes, VITE[0])) if abs(one["time"] - VITE_MS) <= 3 * MINUTE
    ]
    assert (near[0]["time"], near[0]["score"]) == (alone["time"], alone["score"])


def test_tapes_that_lie_apart_hide_nothing_of_each_other(tapes: Path, tmp_path: Path) -> None:
    names = ("SNM_2019-04-23_15.00", "SNM_2021-01-08_21.00")
    for name in names:
        shutil.copy(file(tapes, name), tmp_path)
    together = {(one["time"], one["score"]) for one in alerts(tmp_path)}
    alone = {(one["time"], one["score"]) for name in names for one in alerts(file(tapes, name))}
    assert together == alone
    assert together


def test_a_table_tells_why(tapes: Path) -> None:
    shown = run("pumps", file(tapes, CVC[0]))
    assert "CVC/BTC" in shown
    assert "Why the first" in shown
    assert "Not raised with" in shown


def test_a_lower_threshold_finds_no_less(tapes: Path) -> None:
    words = ("backtest", "pumps", file(tapes, CVC[0]), "--thresholds", "0.9,0.4,0.1", "--json")
    counts = [len(one["findings"]) for one in json.loads(run(*words))]
    assert counts == sorted(counts)
    assert counts[0] >= 1


@pytest.mark.parametrize(
    ("setting", "says"),
    [
        ("model=oracle", "model"),
        ("threshold=2", "threshold"),
        ("pause_minutes=-1", "pause_minutes"),
    ],
)
def test_a_mistaken_parameter_is_one_sentence(tapes: Path, setting: str, says: str) -> None:
    said = run("pumps", file(tapes, CVC[0]), "--set", setting, code=2)
    assert says in said
    assert len(said.strip().splitlines()) == 1
