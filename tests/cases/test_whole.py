"""The drill's evidence goes in, the losses come out to the cent."""

import csv
import shutil
from decimal import Decimal
from pathlib import Path

import msgspec

from tests.cases.conftest import run
from tradelatch.cases.verified import VerifiedCase


def verified(case: Path) -> VerifiedCase:
    return msgspec.json.decode((case / "verified.json").read_bytes(), type=VerifiedCase)


def truth(evidence: Path) -> dict[str, tuple[str, str]]:
    with (evidence / "truth.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    return {row["victim"]: (row["verified_loss_usd"], row["adverse_fills"]) for row in rows}


def test_each_loss_comes_out_to_the_cent(case: Path, evidence: Path) -> None:
    found = verified(case).victims
    assert {one.name: (str(one.verified), str(len(one.fills))) for one in found} == truth(evidence)
    assert sum(one.verified for one in found) == Decimal("27285845.00")


def test_every_fill_leads_to_its_line(case: Path, evidence: Path) -> None:
    for victim in verified(case).victims:
        assert victim.files
        for fill in victim.fills:
            lines = (evidence / fill.row.file).read_text().splitlines()
            line = lines[fill.row.line - 1]
            assert format(fill.price, "f").rstrip("0").rstrip(".") in line
            assert format(fill.quantity, "f").rstrip("0").rstrip(".") in line


def test_a_second_run_gives_the_same_bytes(case: Path, tmp_path: Path) -> None:
    before = (case / "verified.json").read_bytes()
    again = shutil.copytree(case, tmp_path / "again")
    run(0, "case", "verify", again)
    assert (again / "verified.json").read_bytes() == before
