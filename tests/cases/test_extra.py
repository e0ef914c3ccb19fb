"""Without the extra ``cases``, a report is refused in one sentence, and everything else works: who
is handed a pack checks it with the base install."""

import subprocess
import sys
from pathlib import Path

from tests.cases.conftest import run
from tests.cases.small import new_case

WITHOUT = """
import sys
for name in (
    "altair", "duckdb", "ibis", "jinja2", "numpy", "pyarrow", "rustworkx", "scipy", "sklearn",
    "sqlglot", "vl_convert", "weasyprint",
):
    sys.modules[name] = None
from tradelatch.cli.app import app
app(sys.argv[1:], prog_name="tradelatch")
"""


def without_extra(*words: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", WITHOUT, *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_what_a_missing_extra_stops_says_how_to_get_it(tmp_path: Path) -> None:
    folder = new_case(tmp_path / "case")
    assert without_extra("case", "verify", folder).returncode == 0
    for words in (("report", folder), ("pack", folder, "--recipient", "police")):
        ended = without_extra("case", *words)
        assert ended.returncode == 2
        assert "pip install 'tradelatch[cases]'" in ended.stderr
        assert len(ended.stderr.strip().splitlines()) == 1
    assert without_extra("--help").returncode == 0


def test_a_pack_is_checked_without_the_extra(tmp_path: Path) -> None:
    table = tmp_path / "victims.csv"
    table.write_text("victim,country,exchange,claimed_loss_usd,consent_police\nV-01,TH,a,9,yes\n")
    folder = new_case(tmp_path / "case")
    run(0, "case", "add", folder, table)
    run(0, "case", "verify", folder)
    run(0, "case", "pack", folder, "--recipient", "police")
    pack = folder / "packs" / "pack-police-TH.zip"
    signer = (folder / "signer.pub").read_text().strip()
    ended = without_extra("case", "check", pack, "--signer", signer)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert f"nothing was changed; signed by {signer}" in " ".join(ended.stdout.split())
