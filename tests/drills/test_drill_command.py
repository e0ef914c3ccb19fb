"""What the drill's own options refuse, before anything is started."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from tradelatch.cli.app import app

HEAD = 'version = 1\nbudget = "0.1"\nallocation = "0"\nexit_budget = "0.1"\n'
TAPE = "time,price,amount,side,symbol\n1600000000000,0.07,1,buy,{}\n1600000060000,0.07,1,sell,{}\n"


@pytest.mark.parametrize(
    ("arguments", "text", "says"),
    [
        (["--account", "none"], "", "--account"),
        (["--account", "0.5"], "", "an account is worth 1 to 200 BTC"),
        (["--account", "2.001"], "", "in hundredths"),
        (
            ["--policy", "FILE"],
            HEAD + 'unit = "USDT"\n[markets."BTC/USDT"]\ndepth = "deep"\n',
            'write unit = "BTC"',
        ),
        (
            ["--policy", "FILE"],
            HEAD + 'unit = "BTC"\n[markets."SOL/BTC"]\ndepth = "deep"\n',
            "lists SOL/BTC, but the drill's markets are ETH/BTC, LTC/BTC, VIN/BTC, QOR/BTC",
        ),
        (["--policy", "FILE"], "version = 1\n", "unit"),
        (["--policy", "/nowhere/own.toml"], "", "/nowhere/own.toml"),
        (["--tape", "FILE"], "when,what\n1,2\n", "FILE"),
        (["--tape", "FILE"], TAPE.format("ETH/BTC", "ETH/BTC"), "one is needed of a coin in BTC"),
        (["--tape", "FILE"], TAPE.format("EDO/USDT", "EDO/USDT"), "one is needed of a coin in BTC"),
    ],
)
def test_one_sentence(tmp_path: Path, arguments: list[str], text: str, says: str) -> None:
    file = tmp_path / "given.csv"
    file.write_text(text)
    given = [part.replace("FILE", str(file)) for part in arguments]
    result = CliRunner().invoke(app, ["drill", *given])
    assert result.exit_code == 2
    assert says.replace("FILE", str(file)) in " ".join(result.output.split())
    assert len(result.output.strip().splitlines()) == 1
