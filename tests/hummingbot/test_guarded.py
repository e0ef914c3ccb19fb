"""hummingbot's Binance connector, unmodified, trades a whole session through the gate with a grant:
by the settings that `client-config` prints. What it does and asserts is in `session.py`."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clients.foreign import python_of, run
from tests.clients.test_guarded_sessions import Front
from tradelatch.cli.client_config import Client, written

SESSION = Path(__file__).with_name("session.py")
UNWANTED = ("WARNING:", "ERROR:", "CRITICAL:", "Traceback")


@pytest.fixture
def front(tmp_path: Path) -> Iterator[Front]:
    python_of("hummingbot")
    with Front(tmp_path) as started:
        yield started


@pytest.mark.soak
def test_a_whole_session_through_the_gate(front: Front, tmp_path: Path) -> None:
    settings = written(Client.HUMMINGBOT, front.url, front.grant.id, front.grant.secret)
    (tmp_path / "settings.py").write_text(settings)
    program: list[str | Path] = [python_of("hummingbot"), SESSION]
    code, output = run(
        program, front.url, front.grant, tmp_path, seconds=300, PYTHONPATH=str(tmp_path)
    )
    assert code == 0, output
    lines = output.splitlines()
    (complaint,) = (line for line in lines if line.startswith(UNWANTED))
    assert "Failed to submit SELL order to Binance" in complaint
    told = json.loads(lines[-1])
    assert told["astray"] == []

    assert "denied by policy (verdict" in told["denied"]["message"]
    (refused,) = front.records("Denied", "Doubted", "Frozen")
    assert refused["intent"]["client_order_id"] == told["denied"]["id"]
    status, orders = front.site.signed(front.trader, "GET", "/api/v3/allOrders", symbol="ETHBTC")
    assert status == 200
    states = [(order["side"], order["status"]) for order in orders]
    assert states == [("BUY", "CANCELED")] * 2 + [("BUY", "FILLED"), ("SELL", "FILLED")]
    front.check()
