"""Without the extra ``cases``, a report is refused in one sentence, and everything else works."""

import subprocess
import sys
from pathlib import Path

from tests.cases.small import new_case

WITHOUT = """
import sys
for name in ("weasyprint", "jinja2", "vl_convert", "altair"):
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
