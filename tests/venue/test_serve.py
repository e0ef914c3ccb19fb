"""Starting, stopping, and every way in which a start fails: one sentence and an exit code."""

import signal
import socket
from pathlib import Path

import pytest

from tests.venue.site import Site, launch


def refused(directory: Path, *arguments: str) -> tuple[int, str]:
    """Exit code and stderr of a start that fails."""
    with launch(directory, *arguments) as process:
        output, errors = process.communicate(timeout=20)
    assert output == ""
    assert "Traceback" not in errors
    assert errors.count("\n") == 1
    return process.returncode, errors


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_when_told_to(tmp_path: Path, number: int) -> None:
    site = Site(tmp_path)
    site.start()
    assert site.end(number) == (0, "")


def test_a_restart_goes_on_where_it_was(tmp_path: Path) -> None:
    candles = "/api/v3/klines?symbol=VINBTC&interval=1h&endTime={}"
    with Site(tmp_path, "--flat") as site:
        key = site.open_account("ann", BTC="3")
        order = {"symbol": "ETHBTC", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC"}
        site.signed(key, "POST", "/api/v3/order", **order, quantity="1", price="0.06")
        opened = site.admin("status")["time"] // 3_600_000 * 3_600_000 - 1
        before = site.request("GET", candles.format(opened))
        balances = site.admin("balances")
    with Site(tmp_path, "--seed", "99") as site:
        status = site.admin("status")
        assert (status["seed"], status["violations"], status["still"]) == (2022, [], True)
        assert site.admin("balances") == balances
        assert len(site.signed(key, "GET", "/api/v3/openOrders")[1]) == 1
        assert site.request("GET", candles.format(opened)) == before


def test_a_port_in_use(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, errors = refused(tmp_path, "--port", str(port))
    assert code == 2
    assert f"port {port}" in errors


def test_a_directory_in_use(tmp_path: Path) -> None:
    with Site(tmp_path):
        code, errors = refused(tmp_path)
    assert code == 2
    assert "in use" in errors


def test_a_directory_that_is_none(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.touch()
    assert refused(path)[0] == 2


def test_a_tape_that_is_none(tmp_path: Path) -> None:
    code, errors = refused(tmp_path, "--tape", str(tmp_path / "none.csv"))
    assert code == 2
    assert "none.csv" in errors


def test_a_damaged_log_is_named_and_kept(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        site.open_account("ann", BTC="3")
    damaged = site.log.read_bytes().replace(b'"seed":2022', b'"seed":2023')
    site.log.write_bytes(damaged)
    code, errors = refused(tmp_path)
    assert code == 1
    assert "line 1" in errors
    assert site.log.read_bytes() == damaged


def test_a_torn_log_is_repaired_and_reported(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        site.open_account("ann", BTC="3")
    with site.log.open("ab") as log:
        log.write(b'{"crc":"0000')
    site.start()
    assert site.admin("balances")["ann"]["BTC"]["free"] == "3.00000000"
    assert site.admin("status")["torn"] == 12
    code, errors = site.end(signal.SIGTERM)
    assert code == 0
    assert "torn" in errors
