"""A case of a few of the drill's victims, quick to report on."""

import csv
import shutil
from collections.abc import Collection
from pathlib import Path

from tests.cases.conftest import run


def small_case(evidence: Path, folder: Path, names: Collection[str]) -> Path:
    """Verified, with a signing key; `folder` is not there yet."""
    handed_in = folder.with_name(f"{folder.name}-handed-in")
    for name in names:
        shutil.copytree(evidence / "exports" / name, handed_in / "exports" / name)
    _filtered(evidence / "victims.csv", handed_in / "victims.csv", "victim", names)
    texts = [path.read_text() for path in handed_in.rglob("exports/**/*.csv")]
    markets = {market for market in _markets(evidence) if _is_in(market, texts)}
    source = evidence / "reference-prices.csv"
    _filtered(source, handed_in / source.name, "market", {*markets, "BTC/USDT"})
    new_case(folder)
    run(0, "case", "add", folder, handed_in, "--at", "2023-01-10T12:05:00Z")
    run(0, "case", "verify", folder)
    return folder


def new_case(folder: Path) -> Path:
    """An empty one with a signing key."""
    run(0, "case", "new", folder, "--name", "A small case", "--at", "2023-01-10T12:00:00Z")
    run(0, "case", "key", folder, answers="\n\n")
    return folder


def _filtered(source: Path, target: Path, column: str, kept: Collection[str]) -> None:
    with source.open(newline="") as file:
        reader = csv.DictReader(file)
        rows = [row for row in reader if row[column] in kept]
        names = list(reader.fieldnames or ())
    with target.open("w", newline="") as file:
        writer = csv.DictWriter(file, names, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def _markets(evidence: Path) -> set[str]:
    with (evidence / "reference-prices.csv").open() as file:
        return {line.split(",")[0] for line in file}


def _is_in(market: str, texts: Collection[str]) -> bool:
    base, _, quote = market.partition("/")
    written = (f"{base}{quote}", f"{base}-{quote}", f"{quote}-{base}")
    return any(one in text for one in written for text in texts)
