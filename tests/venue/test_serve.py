"""Starting, stopping, and every way in which a start fails: one sentence and an exit code."""

import asyncio
import resource
import signal
import socket
from pathlib import Path

import aiohttp
import pytest

from tests.venue.site import Site, launch
from tradelatch.model.config import Venue
from tradelatch.venue.serve import serve


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


async def test_it_runs_in_a_loop_of_somebody_elses(tmp_path: Path) -> None:
    ports: asyncio.Queue[int] = asyncio.Queue()
    running = asyncio.create_task(serve(Venue(port=0), tmp_path, ports.put_nowait))
    port = await asyncio.wait_for(ports.get(), 20)
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"http://127.0.0.1:{port}/api/v3/ping") as answer,
    ):
        assert await answer.json() == {}
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    with Site(tmp_path) as site:
        assert site.admin("status")["violations"] == []


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


@pytest.mark.parametrize(
    "arguments",
    [
        ["--port", "x"],
        ["--port", "70000"],
        ["--seed", "x"],
        ["--tape-from", "then"],
        ["--speed", "0"],
        ["--speed", "10001"],
        ["--snapshot-every", "-1"],
    ],
)
def test_arguments_that_make_no_sense(tmp_path: Path, arguments: list[str]) -> None:
    with launch(tmp_path, *arguments) as process:
        output, errors = process.communicate(timeout=20)
    assert (process.returncode, output) == (2, "")
    assert "Traceback" not in errors


def test_a_disk_that_fills_up_ends_the_venue_and_loses_nothing(tmp_path: Path) -> None:
    order = {"symbol": "ETHBTC", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC"}
    site = Site(tmp_path, "--flat")
    site.start()
    assert site.process is not None
    key = site.open_account("ann", BTC="500")
    room = site.log.stat().st_size + 5_000
    resource.prlimit(site.process.pid, resource.RLIMIT_FSIZE, (room, room))
    acknowledged = 0
    for _ in range(100):
        status, answer = site.signed(
            key, "POST", "/api/v3/order", **order, quantity="1", price="0.05"
        )
        if status != 200:
            break
        acknowledged += 1
    assert (status, answer["code"]) == (503, -1001)
    assert site.process.wait(20) == 2
    _, errors = site.end(0)
    assert "File too large" in errors
    assert "Traceback" not in errors
    with site:
        _, orders = site.signed(key, "GET", "/api/v3/openOrders")
        assert acknowledged <= len(orders) <= acknowledged + 1
        assert acknowledged > 5


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
