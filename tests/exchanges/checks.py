"""What is asked of every exchange's file that signs by a secret: recorded requests, refusals."""

import json
from collections.abc import Callable, Iterator
from decimal import Decimal
from types import ModuleType
from typing import Any

import ccxt
import msgspec

from tests.exchanges.ccxt_offline import Offline
from tests.exchanges.wire import Recorded
from tradelatch.conformance.wire import request_of
from tradelatch.exchanges.protocol import Reason, Refusal
from tradelatch.model.http import Request, Response
from tradelatch.model.intents import AnyIntent, PlaceOrder, ReadAccount, ReadMarket

Clock = Callable[[Request], int]
"""When a request was made, in ms."""


def refusal(
    file: ModuleType, request: Request, secret: bytes | bytearray, now_ms: int
) -> Reason | None:
    """Why a request is not verified; None if it is."""
    try:
        file.verify(request, bytearray(secret), now_ms)
    except Refusal as refused:
        return refused.reason
    return None


def check_signed_by_its_own(file: ModuleType, cases: list[Recorded], clock: Clock) -> None:
    """Each is verified with the secret it was signed with, none with the other."""
    secrets = {bytes(case.secret) for case in cases}
    assert len(secrets) == 2
    for case in cases:
        now = clock(case.request)
        assert refusal(file, case.request, case.secret, now) is None, case.label
        for other in secrets - {bytes(case.secret)}:
            assert refusal(file, case.request, other, now) is Reason.BAD_SIGNATURE, case.label


def changed(request: Request) -> Iterator[Request]:
    """The request with any one byte changed of its method, path, query or body."""
    for field in ("method", "path", "query", "body"):
        whole = getattr(request, field)
        raw = bytearray(whole if field == "body" else whole.encode())
        for at in range(len(raw)):
            raw[at] ^= 1
            value = bytes(raw) if field == "body" else raw.decode("latin-1")
            yield msgspec.structs.replace(request, **{field: value})
            raw[at] ^= 1


def check_covered(file: ModuleType, cases: list[Recorded], clock: Clock) -> None:
    """None is verified after any one byte was changed."""
    for case in cases:
        now = clock(case.request)
        for other in changed(case.request):
            assert refusal(file, other, case.secret, now) is Reason.BAD_SIGNATURE, case.label


def check_order(case: Recorded, order: PlaceOrder) -> None:
    """What its caller meant, but for what the type became by an option."""
    truth = case.truth
    assert order.symbol == truth["symbol"], case.label
    assert order.side.lower() == truth["side"], case.label
    assert order.type.has_limit is (truth["type"] == "limit"), case.label
    if order.quote_quantity is None:
        assert order.quantity == Decimal(str(truth["amount"])), case.label
    else:
        # ccxt rounds a cost down to the steps of the price.
        short = Decimal(str(truth["cost"])) - order.quote_quantity
        assert 0 <= short < Decimal("0.01"), case.label
    if order.type.has_limit:
        assert order.price == Decimal(str(truth["price"])), case.label


def raised_by(client: ccxt.Exchange, answer: Response) -> type[Exception]:
    """What ccxt raises on an answer."""
    text = answer.body.decode()
    told: Any = json.loads(text)
    url = "https://localhost/"
    try:
        client.handle_errors(answer.status, "", url, "POST", {}, text, told, {}, None)
        client.handle_http_status_code(answer.status, "", url, "POST", text)
    except ccxt.BaseError as error:
        return type(error)
    raise AssertionError("it raises nothing")


SPOT_READS: tuple[tuple[Any, ...], ...] = (
    ("fetch_currencies",),
    ("fetch_time",),
    ("fetch_balance",),
    ("fetch_trading_fee", "BTC/USDT"),
    ("fetch_trading_fees",),
    ("fetch_tickers", ["BTC/USDT"]),
    ("fetch_order_book", "BTC/USDT", 5),
    ("fetch_trades", "BTC/USDT"),
    ("fetch_ohlcv", "BTC/USDT", "1m", 1_759_999_000_000, 10),
    ("fetch_ohlcv", "BTC/USDT", "1d", 1_659_999_000_000, 10),
    ("fetch_order", "1", "BTC/USDT"),
    ("fetch_open_orders", "BTC/USDT", 1_759_999_000_000, 5),
    ("fetch_open_orders",),
    ("fetch_closed_orders", "BTC/USDT", 1_759_999_000_000, 5),
    ("fetch_my_trades", "BTC/USDT", 1_759_999_000_000, 5),
    ("fetch_deposits", "USDT"),
    ("fetch_withdrawals", "USDT"),
    ("fetch_deposit_address", "USDT"),
    ("fetch_ledger", "USDT"),
    ("load_markets", True),  # last: it is told of none
)
"""What bots ask of a spot market by ccxt, from their start on."""


def check_all_are_read(file: ModuleType) -> None:
    """Whatever ccxt asks of a spot market is listed, with all that it says."""
    client, asked = Offline(file.NAME), 0
    for call, *arguments in SPOT_READS:
        for case in client.cases(call, *arguments):
            intents: tuple[AnyIntent, ...] = file.read(request_of(case, file.NAME))
            assert all(isinstance(one, ReadAccount | ReadMarket) for one in intents), case
            asked += 1
    assert asked >= len(SPOT_READS)
