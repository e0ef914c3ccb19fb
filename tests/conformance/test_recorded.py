"""The figures that every exchange has to reach on the recorded requests of real clients."""

from functools import cache
from pathlib import Path

import pytest

from tradelatch import exchanges
from tradelatch.conformance.cases import Case
from tradelatch.conformance.exchange import Exchanges
from tradelatch.conformance.folder import read_folder
from tradelatch.conformance.measuring import ACCEPTED, UNVERIFIED, WRONG, Row
from tradelatch.conformance.report import Report, measure_all

pytestmark = [
    pytest.mark.recorded,
    pytest.mark.parametrize("name", exchanges.NAMES),
]

DEFECTS = {
    # The library signs the label "my name" as it is and then sends it as "my+name".
    ("python-binance", "withdraw"),
}
"""Requests of client libraries that the exchanges themselves refuse: client and tag."""
BATCH = "createOrders"
DOORS = ("withdraw", "transfer")


@cache
def cases(folder: Path) -> list[Case]:
    return read_folder(folder / "exchange-requests")


@cache
def report(folder: Path, name: str, what: str = "") -> Report:
    """What was measured of an exchange: of all its requests, or of those by ccxt, by other clients,
    or of a category."""
    implemented = Exchanges()
    chosen = []
    for case in cases(folder):
        exchange = implemented.of(case)
        kinds = ("", case.category, "ccxt" if case.client == "ccxt" else "others")
        if exchange is not None and exchange.name == name and what in kinds:
            chosen.append(case)
    return measure_all(chosen)


def row(folder: Path, name: str, what: str = "") -> Row:
    return report(folder, name, what).total


def test_requests_of_ccxt_are_verified(recorded_data: Path, name: str) -> None:
    counted = row(recorded_data, name, "ccxt")
    assert counted.requests >= 80
    assert counted.verified / counted.requests >= 0.99


def test_requests_of_other_clients_are_verified_but_for_their_defects(
    recorded_data: Path, name: str
) -> None:
    misses = report(recorded_data, name, "others").misses
    unverified = {(miss.client, miss.tag) for miss in misses if miss.kind == UNVERIFIED}
    assert unverified <= DEFECTS


def test_nothing_is_accepted_wrongly_or_read_wrong(recorded_data: Path, name: str) -> None:
    found = report(recorded_data, name)
    assert [miss for miss in found.misses if miss.kind in (ACCEPTED, WRONG)] == []
    assert found.total.wrong == 0
    assert found.is_good


def test_orders_are_read_right_and_the_right_ones_written_anew(
    recorded_data: Path, name: str
) -> None:
    counted = row(recorded_data, name)
    assert counted.orders >= 30
    assert (counted.right + counted.refused) / counted.orders >= 0.995
    assert counted.right / counted.orders >= 0.97
    assert 0 < counted.rewritten <= counted.right


def test_batches_are_read_right_or_refused(recorded_data: Path, name: str) -> None:
    counted = row(recorded_data, name, BATCH)
    assert counted.right + counted.refused == counted.orders


@pytest.mark.parametrize("door", DOORS)
def test_what_moves_funds_is_never_anything_harmless(
    recorded_data: Path, name: str, door: str
) -> None:
    found = report(recorded_data, name, door)
    assert found.total.wrong == 0
    assert found.total.moved_funds + found.total.unknown >= found.total.requests
