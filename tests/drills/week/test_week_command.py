"""``tradelatch drill week``: what it prints, and what it refuses before anything is started."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tradelatch.cli.app import app

HEAD = 'version = 1\nunit = "BTC"\nbudget = "0.1"\nallocation = "0"\nexit_budget = "0.1"\n'
TAPE = (
    "time,price,amount,side,symbol\n1600000000000,0.07,1,buy,{0}\n1600086400000,0.07,1,sell,{0}\n"
)


@pytest.mark.parametrize(
    ("arguments", "text", "says"),
    [
        (["--account", "0.5"], "", "an account is worth 1 to 200 BTC"),
        (
            ["--policy", "FILE"],
            HEAD + '[markets."SOL/BTC"]\ndepth = "deep"\n',
            "lists SOL/BTC, but the drill's markets are ETH/BTC, LTC/BTC, VIN/BTC, QOR/BTC",
        ),
        (
            ["--policy", "FILE"],
            HEAD + '[markets."VIN/BTC"]\ndepth = "thin"\n',
            "the policy leaves bots no market: list ETH/BTC or LTC/BTC as deep",
        ),
        (["--tape", "FILE"], "when,what\n1,2\n", "FILE"),
        (["--tape", "FILE"], TAPE.format("EDO/USDT"), "one is needed of a coin in BTC"),
        (["--tape", "FILE"], TAPE.format("EDO/BTC"), "it holds 1.0 days; 7 days of trading"),
        (
            ["--tape", "FILE", "--tape", "FILE", "--days", "1"],
            TAPE.format("EDO/BTC").replace("1600086400000", "1600864000000"),
            "EDO/BTC has a tape already",
        ),
    ],
)
def test_one_sentence(tmp_path: Path, arguments: list[str], text: str, says: str) -> None:
    file = tmp_path / "given.csv"
    file.write_text(text)
    given = [part.replace("FILE", str(file)) for part in arguments]
    result = CliRunner().invoke(app, ["drill", "week", *given])
    assert result.exit_code == 2
    assert says.replace("FILE", str(file)) in " ".join(result.output.split())
    assert len(result.output.strip().splitlines()) == 1


def test_a_day_of_one_account_is_told_and_shown(tmp_path: Path) -> None:
    page = tmp_path / "week.html"
    arguments = ["--days", "1", "--others", "0", "--seed", "3", "--page", str(page)]
    result = CliRunner().invoke(app, ["drill", "week", *arguments, "--json"])
    told = json.loads(result.output)
    assert (result.exit_code, told["passed"], told["problems"]) == (0, True, [])
    assert told["hours"] == 24
    assert told["orders"]["deep"]["asked"] > told["orders"]["deep"]["refused"] == 0
    account = told["accounts"]["c-01"]
    assert account["difference"] == told["all"]["difference"]
    html = page.read_text()
    assert "1 days" not in html
    assert "c-01" in html
    assert "https://" not in html.replace("http://www.w3.org", "")
