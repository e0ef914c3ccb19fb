"""What goes out of a case is there whole or not at all, on a disk that is full too."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.cases.conftest import run
from tests.cases.small import new_case
from tradelatch.cases.files import write_together

LIMITED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv.pop(1)), resource.RLIM_INFINITY))
from tradelatch.cli.app import app
app()
"""
"""The command in a process that writes no file past so many bytes, as on a disk without room."""
COMMANDS = {
    "report": ("report", ("--no-pdf",)),
    "pack": ("packs", ("--recipient", "police")),
    "request": ("requests", ()),
}


@pytest.fixture(scope="module")
def claims(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("whole")
    columns = "victim,country,exchange,claimed_loss_usd,consent_police,consent_exchange"
    (folder / "victims.csv").write_text(f"{columns}\nV-01,TH,binance,9,yes,yes\n")
    case = new_case(folder / "case")
    run(0, "case", "add", case, folder / "victims.csv")
    run(0, "case", "verify", case)
    return case


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("is_largest_alone", [False, True])
def test_what_cannot_be_written_is_named_and_what_was_there_stays(
    claims: Path, command: str, *, is_largest_alone: bool
) -> None:
    """Whichever of the files it is: those before it are not moved to their places either."""
    made, words = COMMANDS[command]
    run(0, "case", command, claims, *words)
    before = _files(claims / made)
    # A PDF of another run may be some bytes shorter.
    largest = max(path.stat().st_size for path in before) - 200
    most = largest if is_largest_alone else 1000
    for path in before:
        path.write_bytes(b"of before")
    limited = [sys.executable, "-c", LIMITED, str(most), "case", command, str(claims), *words]
    ended = subprocess.run(limited, capture_output=True, text=True, check=False, timeout=120)
    assert ended.returncode == 2, ended.stderr
    says = " ".join(ended.stderr.split())
    assert "cannot write there: File too large" in says
    assert any(f"tradelatch: {path}: cannot write there" in says for path in before), says
    assert _files(claims / made) == before
    assert all(path.read_bytes() == b"of before" for path in before)


def test_a_report_tells_which_of_its_files_are_of_another_run(claims: Path) -> None:
    run(0, "case", "report", claims)
    folder = claims / "report"
    figures, page, pdf = (
        folder / f"report-pseudonyms{suffix}" for suffix in (".json", ".html", ".pdf")
    )
    assert "of one run" in run(0, "case", "check", figures).output
    whole = page.read_bytes()
    page.write_bytes(whole + b" ")
    told = run(1, "case", "check", figures).output
    assert "report-pseudonyms.html: is of another run" in told
    assert "pdf" not in told
    page.unlink()
    assert "report-pseudonyms.html: is missing" in run(1, "case", "check", figures).output
    run(0, "case", "report", claims, "--no-pdf")
    assert page.read_bytes() == whole
    assert "report-pseudonyms.pdf: is of another run" in run(1, "case", "check", figures).output
    pdf.unlink()
    run(0, "case", "check", figures)
    figures.write_text("{}")
    assert "the figures of a report" in run(2, "case", "check", figures).output


@pytest.mark.parametrize("odd", [".b.part", "b"])
def test_files_that_belong_together_are_moved_when_all_are_written(
    tmp_path: Path, odd: str
) -> None:
    """A folder stands where a file is to be written, or moved to."""
    (tmp_path / odd).mkdir()
    names = ("a", "b", "c")
    for name in {*names} - {odd}:
        (tmp_path / name).write_text("before")
    with pytest.raises(OSError, match="b") as caught:
        write_together({tmp_path / name: b"after" for name in names})
    assert caught.value.filename == str(tmp_path / "b")
    told = [(tmp_path / name).read_text() for name in ("a", "c")]
    assert told == (["before", "before"] if odd == ".b.part" else ["after", "before"])
    assert [path.name for path in _files(tmp_path)] == sorted({*names} - {odd})


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())
