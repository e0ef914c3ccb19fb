"""Real sales with an account on both sides: two collections, each token its own asset."""

import gzip
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tradelatch.detect.findings import Finding
from tradelatch.detect.ledger import Ledger, read_ledger
from tradelatch.detect.trades import read_trades
from tradelatch.detect.wash.components import candidates, components
from tradelatch.detect.wash.detector import ASKED, find
from tradelatch.detect.wash.parameters import Parameters

pytestmark = pytest.mark.recorded
MAPPING = {"symbol": "token_id", "price": "price_wei"}
WEI = Decimal(10) ** 18


def sales(path: Path) -> Iterator[str]:
    """Lines, each once; one sale has no time."""
    with gzip.open(path, "rt") as lines:
        yield from dict.fromkeys(line for line in map(str.strip, lines) if line[-1] != ",")


@pytest.fixture(scope="module", params=("bayc", "axie"))
def collection(
    request: pytest.FixtureRequest, recorded_data: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[str, list[str], Any]:
    """Name, lines and table."""
    lines = list(sales(recorded_data / f"nft/{request.param}_sales.csv.gz"))
    path = tmp_path_factory.mktemp("nft") / f"{request.param}.csv"
    path.write_text("\n".join(lines) + "\n")
    return request.param, lines, read_trades([path], ASKED, MAPPING)


def test_sales_back_and_forth(collection: tuple[str, list[str], Any]) -> None:
    """54 sales for 741 ETH of the Bored Apes, as were told of this data before; all came back
    within 30 days."""
    name, lines, table = collection
    told = {
        ("bayc", 30): (54, "741.0577"),
        ("bayc", 1000): (54, "741.0577"),
        ("axie", 30): (6, "5.9819"),
        ("axie", 1000): (16, "7.9879"),
    }
    for days in (30, 1000):
        found = find(table, Parameters(return_days=days))
        assert {one.subjects["rule"] for one in found} == {"back and forth"}
        rows = sorted(row for one in found for row in one.rows)
        wei = sum(Decimal(lines[row].split(",")[3]) for row in rows)
        assert (len(rows), f"{wei / WEI:.4f}") == told[name, days]
        assert sum(one.value or 0 for one in found) == pytest.approx(float(wei))
        assert_pairs_are_there_and_back(found, lines)


def assert_pairs_are_there_and_back(found: list[Finding], lines: list[str]) -> None:
    for one in found:
        ways = [tuple(lines[row].split(",")[:3]) for row in one.rows]
        for token, seller, buyer in ways:
            assert (token, buyer, seller) in ways


def test_components_by_token(collection: tuple[str, list[str], Any]) -> None:
    """37 of the Bored Apes; all sales together are a single one of 3,177 accounts."""
    name, _, table = collection
    ledger = read_ledger(table)
    found = components(ledger.symbol, ledger.seller, ledger.buyer)
    assert sum(one.first == 0 for one in found) == {"bayc": 37, "axie": 10}[name]
    assert largest_as_one(ledger) == {"bayc": 3177, "axie": 320}[name]
    assert candidates(found, 100) == []


def largest_as_one(ledger: Ledger) -> int:
    """Accounts of the largest component when the collection is one asset."""
    found = components(ledger.symbol * 0, ledger.seller, ledger.buyer)
    return max(len(one.accounts) for one in found)
