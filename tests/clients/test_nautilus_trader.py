"""NautilusTrader, in an environment of its own, trades a whole session through the gate by what
`client-config` prints; an order that the policy denies is rejected once and not sent again."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.clients.foreign import python_of, run
from tests.clients.test_guarded_sessions import Front
from tests.clients.test_sessions import SESSIONS
from tradelatch.cli.client_config import Client, written
from tradelatch.journal import log

pytestmark = pytest.mark.soak

CLIENT = "nautilus_trader"
AS_PRINTED = "BinanceExecClientConfig(**grant, **gate)"
RETRYING = "BinanceExecClientConfig(**grant, **gate, max_retries=3, retry_delay_initial_ms=1)"
LIVED = ["OrderInitialized", "OrderSubmitted", "OrderAccepted"]
CANCELLED = [*LIVED, "OrderPendingCancel", "OrderCanceled"]
TOLD = {
    "cancelled": CANCELLED,
    "kept": CANCELLED,
    "moved": [*LIVED, "OrderCanceled"],
    "bought": [*LIVED, "OrderFilled"],
    "sold": [*LIVED, "OrderFilled"],
    "stop": CANCELLED,
    "denied": ["OrderInitialized", "OrderSubmitted", "OrderRejected"],
    "after": CANCELLED,
}
"""By order, what the strategy is told of it."""


@pytest.fixture
def front(tmp_path: Path) -> Iterator[Front]:
    python_of(CLIENT)
    with Front(tmp_path) as started:
        yield started


def restart_signer(front: Front) -> None:
    front.loop.run(front.house.signer.kill())
    front.loop.run(front.house.signer.start())
    front.loop.run(front.house.until_ready())


@pytest.mark.parametrize("clients", [AS_PRINTED, RETRYING], ids=["as_printed", "retrying"])
def test_a_whole_session(front: Front, tmp_path: Path, clients: str) -> None:
    printed = written(Client.NAUTILUS_TRADER, front.url, front.grant.id, front.grant.secret)
    assert printed.count(AS_PRINTED) == 1
    (tmp_path / "settings.py").write_text(printed.replace(AS_PRINTED, clients))
    wanted = tmp_path / "restart"

    def serve() -> None:
        if wanted.exists():
            restart_signer(front)
            wanted.unlink()

    program: list[str | Path] = [python_of(CLIENT), SESSIONS / "nautilus_node.py"]
    paths = {"PYTHONPATH": str(tmp_path)}
    code, output = run(program, front.url, front.grant, tmp_path, 120, serve, **paths)
    assert code == 0, output
    assert "Traceback" not in output, output
    assert output.count("The account's events are told") == 2, output
    errors = [line for line in output.splitlines() if "[ERROR]" in line]
    assert all("denied by policy" in line or "signer" in line for line in errors), errors
    report = json.loads(output[output.index('{"over"') :].splitlines()[0])
    check(report)
    orders = check_venue(front, report)
    check_journal(front, orders)


def check(report: dict[str, Any]) -> None:
    """What the strategy was told."""
    assert report["over"]
    assert report["events"] == TOLD
    assert report["data"] == ["Bar", "OrderBookDeltas", "QuoteTick", "TradeTick"]
    (reason,) = report["reasons"]
    assert "denied by policy (verdict" in reason
    assert "price_collar" in reason


def check_venue(front: Front, report: dict[str, Any]) -> int:
    """The venue's own books: all orders but the one that was denied, by the strategy's names; how
    many they are."""
    orders = front.site.signed(front.key, "GET", "/api/v3/allOrders", symbol="ETHBTC")[1]
    sent = {name: number for number, name in report["names"].items() if name != "denied"}
    assert [order["clientOrderId"] for order in orders] == list(sent.values())
    account = front.site.signed(front.key, "GET", "/api/v3/account")[1]
    held = {balance["asset"]: float(balance["free"]) for balance in account["balances"]}
    assert {asset: float(amount) for asset, amount in report["balances"].items()} == {
        asset: held[asset] for asset in report["balances"]
    }
    assert front.site.admin("status")["violations"] == []
    return len(orders)


def check_journal(front: Front, orders: int) -> None:
    """One denial, and everything sound."""
    folder = front.house.home / "journal"
    records = [json.loads(line) for line in log.records(folder)]
    assert [record["record"] for record in records].count("Denied") == 1
    placed = [r for r in records if r["record"] == "Allowed" and "PlaceOrder" in str(r["intent"])]
    assert len(placed) == orders
    for child in (front.house.signer, front.house.courier, front.house.gate):
        child.check_alive()
        assert "Traceback" not in child.said(), child.said()
    log.verify(folder)
