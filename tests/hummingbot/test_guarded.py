"""hummingbot trades through the gate with a grant, by the settings that `client-config` prints: its
Binance connector, unmodified, a whole session (what that does and asserts is in `session.py`), and
hummingbot as a user runs it, with a script."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clients.foreign import python_of, run
from tests.house.front import Front
from tests.hummingbot.installed import Installed
from tools.clients import WATCHED
from tradelatch.cli.client_config import Client, written

pytestmark = pytest.mark.soak
SESSION = Path(__file__).with_name("session.py")
UNWANTED = ("WARNING:", "ERROR:", "CRITICAL:", "Traceback")


@pytest.fixture
def front(tmp_path: Path) -> Iterator[Front]:
    python_of("hummingbot")
    with Front(tmp_path) as started:
        yield started


def printed(front: Front) -> str:
    """The settings for this gate and its grant."""
    return written(Client.HUMMINGBOT, front.url, front.grant.id, front.grant.secret)


def orders(front: Front) -> list[tuple[str, str]]:
    """All that the venue was asked to do: sides and what became of them."""
    status, rows = front.site.signed(front.trader, "GET", "/api/v3/allOrders", symbol="ETHBTC")
    assert status == 200
    return [(row["side"], row["status"]) for row in rows]


def test_a_whole_session_through_the_gate(front: Front, tmp_path: Path) -> None:
    (tmp_path / "settings.py").write_text(printed(front))
    astray = tmp_path / "astray"
    code, output = run(
        [python_of("hummingbot"), SESSION],
        front.url,
        front.grant,
        tmp_path,
        seconds=300,
        PYTHONPATH=os.pathsep.join((str(tmp_path), str(WATCHED))),
        TRADELATCH_ASTRAY=str(astray),
    )
    assert code == 0, output
    assert not astray.exists(), astray.read_text()
    lines = output.splitlines()
    (complaint,) = (line for line in lines if line.startswith(UNWANTED))
    assert "Failed to submit SELL order to Binance" in complaint
    told = json.loads(lines[-1])
    assert "denied by policy (verdict" in told["denied"]["message"]
    (refused,) = front.records("Denied", "Doubted", "Frozen")
    assert refused["intent"]["client_order_id"] == told["denied"]["id"]
    assert orders(front) == [("BUY", "CANCELED")] * 2 + [("BUY", "FILLED"), ("SELL", "FILLED")]
    front.check()


def test_hummingbot_with_a_script(front: Front, tmp_path: Path) -> None:
    hummingbot = Installed(tmp_path / "hummingbot", printed(front))
    said = hummingbot.connect()
    assert "binance   | yes        | yes" in said, "its keys are not confirmed"
    log = hummingbot.trade(until="eager: rests")
    assert not hummingbot.astray.exists(), hummingbot.astray.read_text()
    (failed,) = (line for line in log if "eager: failed" in line)
    assert "denied by policy (verdict" in failed
    (refused,) = front.records("Denied", "Doubted", "Frozen")
    assert refused["intent"]["type"] == "LIMIT"
    # What rests is cancelled as hummingbot stops.
    assert orders(front) == [("BUY", "FILLED"), ("BUY", "CANCELED")]
    front.check()
