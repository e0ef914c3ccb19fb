"""Every recorded Binance request: who signed it and what it means."""

import re
from decimal import Decimal
from pathlib import Path

import pytest

from tests.exchanges.wire import Recorded, recorded
from tradelatch.exchanges import binance
from tradelatch.exchanges.kit.endpoints import LEVERAGE
from tradelatch.exchanges.protocol import Reason, Refusal
from tradelatch.model.http import Request
from tradelatch.model.intents import (
    AmendOrder,
    AnyIntent,
    CancelOrder,
    MoveFunds,
    PlaceOrder,
    ReadAccount,
    Unknown,
)
from tradelatch.model.orders import OrderType

pytestmark = pytest.mark.recorded

UNVERIFIABLE = {
    # The library signs the label "my name" as it is and then sends it as "my+name".
    "python-binance withdraw": (Reason.BAD_SIGNATURE, None),
    # It needed the key id alone, and Binance has closed it since.
    "python-binance listenKey": (Reason.BAD_PARAMETER, -1102),
}
SPOT_ORDER = "/api/v3/order"
MEANT = {
    "postOnly": (OrderType.LIMIT_MAKER, None),
    "sl": (OrderType.STOP_LOSS_LIMIT, OrderType.STOP_LOSS),
    "trig": (None, OrderType.STOP_LOSS),
    "tp": (None, OrderType.TAKE_PROFIT),
}
"""What an option makes of a limit and of a market order."""
STOPS = {"sl": "24000.5", "trig": "24000.5", "tp": "26000.5"}


@pytest.fixture(scope="module")
def requests(recorded_data: Path) -> list[Recorded]:
    found = recorded(recorded_data, "binance", "python-binance")
    assert len(found) == 2 * 103 + 13
    return found


def clock(request: Request) -> int:
    stamp = re.search(r"timestamp=(\d+)", request.query + request.body.decode())
    return int(stamp[1]) if stamp else 0


def refusal(request: Request, secret: bytearray) -> tuple[Reason, int | None] | None:
    try:
        binance.verify(request, secret, clock(request))
    except Refusal as refused:
        return refused.reason, refused.code
    return None


def read(request: Request) -> AnyIntent | Refusal:
    try:
        *_, intent = binance.read(request)
    except Refusal as refused:
        return refused
    return intent


def test_each_is_verified_but_for_the_library_defects(requests: list[Recorded]) -> None:
    for case in requests:
        assert refusal(case.request, case.secret) == UNVERIFIABLE.get(case.label), case.label


def test_none_is_verified_with_another_secret(requests: list[Recorded]) -> None:
    secrets = {bytes(case.secret) for case in requests}
    assert len(secrets) == 2
    for case in requests:
        for other in secrets - {bytes(case.secret)}:
            assert refusal(case.request, bytearray(other)), case.label


def test_none_is_verified_after_any_one_byte_changed(requests: list[Recorded]) -> None:
    for case in requests[::2]:
        query, body = bytearray(case.request.query.encode()), bytearray(case.request.body)
        for part in (query, body):
            for at in range(len(part)):
                part[at] ^= 1
                changed = Request(
                    case.request.method,
                    case.request.host,
                    case.request.path,
                    query.decode("latin-1"),
                    case.request.headers,
                    bytes(body),
                )
                assert refusal(changed, case.secret), (case.label, at)
                part[at] ^= 1


def test_orders_are_read_right(requests: list[Recorded]) -> None:
    orders = [case for case in requests if case.request.path == SPOT_ORDER]
    placed = [case for case in orders if case.request.method == "POST"]
    for case in placed:
        intent = read(case.request)
        assert isinstance(intent, PlaceOrder), case.label
        check_order(case, intent)
    assert len(placed) == 2 * 21 + 4


def check_order(case: Recorded, order: PlaceOrder) -> None:
    truth = case.truth
    assert order.symbol == truth["symbol"], case.label
    assert order.side.lower() == truth["side"], case.label
    option = case.label.rpartition("+")[2]
    kinds = MEANT.get(option, (OrderType.LIMIT, OrderType.MARKET))
    assert order.type is kinds[truth["type"] == "market"], case.label
    stop = STOPS.get(option)
    assert order.stop_price == (Decimal(stop) if stop else None), case.label
    if order.quote_quantity is not None:
        # ccxt rounds a cost down to the steps of the price.
        short = Decimal(str(truth["cost"])) - order.quote_quantity
        assert 0 <= short < Decimal("0.01"), case.label
        assert order.quantity is None
    else:
        assert order.quantity == Decimal(str(truth["amount"])), case.label
    if order.type.has_limit:
        assert order.price == Decimal(str(truth["price"])), case.label
        lasting = {"ioc": "IOC", "postOnly": None}.get(option, "GTC")
        assert order.time_in_force == lasting, case.label
    else:
        assert (order.price, order.time_in_force) == (None, None), case.label
    if "+cid" in case.label:
        assert order.client_order_id == "myid12345678"


def levered(case: Recorded, intent: AnyIntent | Refusal) -> None:
    if isinstance(intent, PlaceOrder | AmendOrder):
        assert LEVERAGE in intent.unbounded, case.label
        assert intent.symbol == case.truth.get("symbol", "BTC/USDT:USDT"), case.label
    else:
        assert isinstance(intent, Unknown), case.label
        assert "leverage" in intent.what


def test_everything_else_is_what_its_caller_meant(requests: list[Recorded]) -> None:
    for case in requests:
        intent, path = read(case.request), case.request.path
        if "withdraw" in case.label.lower().split() or "transfer" in case.label.split():
            assert isinstance(intent, MoveFunds), case.label
        elif re.match(r"/(fapi|dapi|eapi|papi)/|/sapi/v1/margin/", path):
            levered(case, intent)
        elif "cancelReplace" in path:
            assert isinstance(intent, PlaceOrder), case.label
        elif "oco" in path:  # it mixes the words of both forms, which Binance refuses too
            assert isinstance(intent, Refusal), case.label
        elif "orderList" in path or "userDataStream" in path:
            assert isinstance(intent, Unknown), case.label
        elif case.request.method == "DELETE":
            assert isinstance(intent, CancelOrder), case.label
            assert intent.symbol == case.truth.get("symbol", "BTC/USDT"), case.label
            is_all = "cancel all" in case.label
            assert (intent.order_id is None and intent.client_order_id is None) is is_all
        elif case.request.method == "GET":
            assert isinstance(intent, ReadAccount), case.label
            assert path.endswith(intent.what)
        else:
            assert path == SPOT_ORDER, case.label
