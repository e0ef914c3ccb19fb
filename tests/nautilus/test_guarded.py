"""NautilusTrader, in an environment of its own, trades a whole session through the gate by what
`client-config` prints, and dials nobody else; an order that the policy denies is rejected once and
not sent again."""

import json
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest

from tests.clients.foreign import python_of, run
from tests.house.front import Front
from tests.house.test_network import Trace, tracing
from tradelatch.cli.client_config import Client, written

pytestmark = pytest.mark.soak

CLIENT = "nautilus_trader"
SESSION = Path(__file__).parent / "session.py"
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
"""By order, what the strategy is told of it; several fills in a row count once."""


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

    trace = tmp_path / "trace"
    program = [*tracing(trace), python_of(CLIENT), SESSION]
    paths = {"PYTHONPATH": str(tmp_path)}
    code, output = run(program, front.url, front.grant, tmp_path, 300, serve, **paths)
    assert code == 0, output
    assert "Traceback" not in output, output
    assert output.count("The account's events are told") >= 2, output
    errors = [line for line in output.splitlines() if "[ERROR]" in line]
    assert all("denied by policy" in line or "No account events yet" in line for line in errors), (
        errors
    )
    assert Trace(trace.read_text(errors="replace")).foreign() == []
    report = json.loads(output[output.index('{"over"') :].splitlines()[0])
    check_told(report)
    check_books(front, report)


def check_told(report: dict[str, Any]) -> None:
    """What the strategy was told."""
    assert report["over"]
    told = {name: [kind for kind, _ in groupby(e)] for name, e in report["events"].items()}
    assert told == TOLD
    assert report["data"] == ["Bar", "OrderBookDeltas", "QuoteTick", "TradeTick"]
    (reason,) = report["reasons"]
    assert "denied by policy (verdict" in reason
    assert "price_collar" in reason


def check_books(front: Front, report: dict[str, Any]) -> None:
    """The venue has all orders but the one that was denied, by the strategy's names, and the
    balances that the strategy saw last; the journal has one denial."""
    orders = front.site.signed(front.trader, "GET", "/api/v3/allOrders", symbol="ETHBTC")[1]
    types = Counter(order["type"] for order in orders)
    assert types == {"LIMIT": 5, "LIMIT_MAKER": 1, "STOP_LOSS_LIMIT": 1}
    sent = [number for number, name in report["names"].items() if name != "denied"]
    assert [order["clientOrderId"] for order in orders] == sent
    account = front.site.signed(front.trader, "GET", "/api/v3/account")[1]
    held = {balance["asset"]: Decimal(balance["free"]) for balance in account["balances"]}
    seen = {asset: Decimal(amount) for asset, amount in report["balances"].items()}
    assert seen == {asset: held[asset] for asset in seen}
    (denied,) = front.records("Denied")
    assert denied["intent"]["intent"] == "PlaceOrder"
    allowed = [r for r in front.records("Allowed") if r["intent"]["intent"] == "PlaceOrder"]
    assert len(allowed) == len(sent)
    assert front.records("Doubted", "Frozen") == []
    front.check()
