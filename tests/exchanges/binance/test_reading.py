"""What a request means, and what is not understood."""

import contextlib
import json
from decimal import Decimal
from typing import Any
from urllib.parse import quote_plus

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from tests.exchanges.wire import GRANT, NOW_MS, signed
from tradelatch.exchanges import binance
from tradelatch.exchanges.binance.endpoints import ENDPOINTS, NAMED
from tradelatch.exchanges.kit.endpoints import BATCH, LEVERAGE, Kind
from tradelatch.exchanges.protocol import Reason, Refusal
from tradelatch.model.http import Request
from tradelatch.model.intents import (
    AmendOrder,
    AnyIntent,
    CancelOrder,
    ManageKeys,
    MoveFunds,
    PlaceOrder,
    ReadAccount,
    ReadMarket,
    Unknown,
)
from tradelatch.model.orders import OrderType, Side, TimeInForce

LIMIT = "symbol=ETHBTC&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1.50&price=0.05"
MARKET = "symbol=ETHBTC&side=SELL&type=MARKET"
ORDER = "/api/v3/order"


def read(method: str, path: str, query: str = "", body: str = "") -> AnyIntent:
    (intent,) = binance.read(Request(method, "binance", path, query, (), body.encode()))
    return intent


def refused(method: str, path: str, query: str = "", body: str = "") -> Refusal:
    with pytest.raises(Refusal) as refusal:
        read(method, path, query, body)
    return refusal.value


def test_a_limit_order_wherever_its_parameters_stand() -> None:
    meant = PlaceOrder(
        "ETH/BTC",
        Side.BUY,
        OrderType.LIMIT,
        quantity=Decimal("1.5"),
        price=Decimal("0.05"),
        time_in_force=TimeInForce.GTC,
    )
    assert read("POST", ORDER, LIMIT) == meant
    assert read("POST", ORDER, "", LIMIT) == meant
    assert read("POST", ORDER, "price=0.05", LIMIT.replace("&price=0.05", "")) == meant
    (intent,) = binance.read(signed("POST", ORDER, "recvWindow=1", LIMIT))
    assert intent == meant


def test_market_orders_by_either_quantity() -> None:
    base = PlaceOrder("ETH/BTC", Side.SELL, OrderType.MARKET, quantity=Decimal(2))
    quote = PlaceOrder("ETH/BTC", Side.SELL, OrderType.MARKET, quote_quantity=Decimal("0.1"))
    assert read("POST", ORDER, f"{MARKET}&quantity=2") == base
    assert read("POST", ORDER, f"{MARKET}&quoteOrderQty=0.1") == quote


MAKER = LIMIT.replace("=LIMIT", "=LIMIT_MAKER").replace("timeInForce=GTC&", "")
STOP = "symbol=ETHBTC&side=SELL&type=STOP_LOSS&quantity=2&stopPrice=0.04"
STOP_LIMIT = STOP.replace("STOP_LOSS", "STOP_LOSS_LIMIT") + "&price=0.039&timeInForce=GTC"


def test_limit_makers_and_orders_that_wait_for_a_price() -> None:
    maker = read("POST", ORDER, MAKER)
    assert isinstance(maker, PlaceOrder)
    assert (maker.type, maker.price, maker.time_in_force) == (
        OrderType.LIMIT_MAKER,
        Decimal("0.05"),
        None,
    )
    stop = PlaceOrder(
        "ETH/BTC", Side.SELL, OrderType.STOP_LOSS, Decimal(2), stop_price=Decimal("0.04")
    )
    for name in ("STOP_LOSS", "TAKE_PROFIT"):
        kind, limited = OrderType(name), OrderType(f"{name}_LIMIT")
        assert read("POST", ORDER, STOP.replace("STOP_LOSS", name)) == msgspec.structs.replace(
            stop, type=kind
        )
        assert read(
            "POST", ORDER, STOP_LIMIT.replace("STOP_LOSS", name)
        ) == msgspec.structs.replace(
            stop, type=limited, price=Decimal("0.039"), time_in_force=TimeInForce.GTC
        )


def test_client_order_id_response_and_test() -> None:
    intent = read(
        "POST", ORDER + "/test", f"{MARKET}&quantity=2&newClientOrderId=a%3Ab&newOrderRespType=ACK"
    )
    assert isinstance(intent, PlaceOrder)
    assert (intent.client_order_id, intent.response, intent.test) == ("a:b", "ACK", True)


def test_cancels() -> None:
    assert read("DELETE", ORDER, "symbol=ETHBTC&orderId=7") == CancelOrder("ETH/BTC", 7)
    assert read("DELETE", ORDER, "", "symbol=ETHBTC&origClientOrderId=x") == CancelOrder(
        "ETH/BTC", client_order_id="x"
    )
    assert read("DELETE", ORDER, "symbol=ETHBTC&orderId=7&origClientOrderId=x") == CancelOrder(
        "ETH/BTC", 7, "x"
    )
    assert read("DELETE", "/api/v3/openOrders", "symbol=ETHBTC") == CancelOrder("ETH/BTC")


def test_a_cancel_without_an_id_does_not_cancel_everything() -> None:
    assert refused("DELETE", ORDER, "symbol=ETHBTC").code == -1102
    assert refused("DELETE", "/api/v3/openOrders").code == -1102


LIST = "/api/v3/orderList"


def test_cancels_of_lists() -> None:
    assert read("DELETE", LIST, "symbol=ETHBTC&orderListId=7") == CancelOrder("ETH/BTC", list_id=7)
    assert read("DELETE", LIST, "", "symbol=ETHBTC&listClientOrderId=x") == CancelOrder(
        "ETH/BTC", listed="x"
    )
    assert read("DELETE", LIST, "symbol=ETHBTC&orderListId=0&listClientOrderId=x") == CancelOrder(
        "ETH/BTC", list_id=0, listed="x"
    )


@pytest.mark.parametrize(
    ("form", "code"),
    [
        ("symbol=ETHBTC", -1102),
        ("orderListId=7", -1102),
        ("symbol=ETHBTC&orderListId=7&orderListId=8", None),
        ("symbol=ETHBTC&orderListId=-1", None),
        ("symbol=ETHBTC&orderListId=7.0", None),
        ("symbol=ETHBTC&orderListId=", None),
        ("symbol=ETHBTC&listClientOrderId=a%26symbol%3DBTCUSDT", None),
        ("symbol=ETHBTC&orderId=7", -1104),
        ("symbol=ETHBTC&orderListId=7&orderId=8", -1104),
        ("symbol=ETHBTC&orderListId=7&origClientOrderId=x", -1104),
        ("symbol=ETHBTC&orderListId=7&newClientOrderId=x", -1104),
        ("symbol=ETHBTC&OrderListId=7", -1104),
    ],
)
def test_cancels_of_lists_that_are_not_understood_whole(form: str, code: int | None) -> None:
    for refusal in (refused("DELETE", LIST, form), refused("DELETE", LIST, "", form)):
        assert (refusal.reason, refusal.code) == (Reason.BAD_PARAMETER, code)


AMEND = "/api/v3/order/amend/keepPriority"
AMENDED = "symbol=ETHBTC&origClientOrderId=x&newQty=1.50"


def test_amendments() -> None:
    by_name = AmendOrder("ETH/BTC", Decimal("1.5"), client_order_id="x")
    assert read("PUT", AMEND, AMENDED) == by_name
    assert read("PUT", AMEND, "", AMENDED) == by_name
    assert read("PUT", AMEND, f"{AMENDED}&newClientOrderId=x") == by_name
    by_number = AmendOrder("ETH/BTC", Decimal(2), 7)
    assert read("PUT", AMEND, "symbol=ETHBTC&orderId=7&newQty=2") == by_number
    both = AmendOrder("ETH/BTC", Decimal("1.5"), 7, "x")
    assert read("PUT", AMEND, f"{AMENDED}&orderId=7&newClientOrderId=x") == both


@pytest.mark.parametrize(
    ("form", "code"),
    [
        ("symbol=ETHBTC&newQty=1", -1102),
        ("origClientOrderId=x&newQty=1", -1102),
        ("symbol=ETHBTC&origClientOrderId=x", -1102),
        (f"{AMENDED}&newQty=1", None),
        (f"{AMENDED}&NewQty=1", -1104),
        (f"{AMENDED}&quantity=9", -1104),
        (f"{AMENDED}&price=0.09", -1104),
        (f"{AMENDED}&side=BUY", -1104),
        (f"{AMENDED}&orderListId=1", -1104),
        (f"{AMENDED}&newClientOrderId=y", -1130),
        ("symbol=ETHBTC&orderId=7&newClientOrderId=y&newQty=1", -1130),
        (f"{AMENDED}&origClientOrderId=y", None),
        (f"{AMENDED}&orderId=07", None),
        *(
            (AMENDED.replace("1.50", number), None)
            for number in ("+1", "-1", "1e3", ".5", "5.", "NaN", "1%20", "%D9%A1", "9" * 21)
        ),
        (AMENDED.replace("1.50", "0"), -1013),
        (AMENDED.replace("1.50", "0.000"), -1013),
        (AMENDED.replace("ETHBTC", "ETHXYZ"), -1121),
    ],
)
def test_amendments_that_are_not_understood_whole(form: str, code: int | None) -> None:
    for refusal in (refused("PUT", AMEND, form), refused("PUT", AMEND, "", form)):
        assert (refusal.reason, refusal.code) == (Reason.BAD_PARAMETER, code)


@pytest.mark.parametrize(
    ("form", "code"),
    [
        (LIMIT + "&price=0.05", None),
        (LIMIT + "&quoteOrderQty=1", -1106),
        (LIMIT + "&newClientOrderId=" + "a" * 37, None),
        (LIMIT + "&newClientOrderId=a%26side%3DSELL", None),
        (LIMIT + "&newClientOrderId=a%0A", None),
        (LIMIT + "&newClientOrderId=", None),
        (LIMIT + "&newOrderRespType=ALL", None),
        (LIMIT.replace("ETHBTC", "ETHXYZ"), -1121),
        (LIMIT.replace("ETHBTC", "BTC"), -1121),
        (LIMIT.replace("ETHBTC", "ETH-BTC"), -1121),
        (LIMIT.replace("ETHBTC", "ethbtc"), None),
        (LIMIT.replace("ETHBTC", "ETH/BTC"), None),
        (LIMIT.replace("symbol=ETHBTC&", ""), -1102),
        (LIMIT.replace("BUY", "buy"), None),
        (LIMIT.replace("BUY", "HOLD"), -1117),
        (LIMIT.replace("side=BUY&", ""), -1102),
        (LIMIT.replace("type=LIMIT&", ""), -1102),
        (LIMIT.replace("GTC", "GTX"), -1115),
        (LIMIT.replace("timeInForce=GTC&", ""), -1102),
        (LIMIT.replace("&price=0.05", ""), -1102),
        (LIMIT.replace("quantity=1.50&", ""), -1102),
        *(
            (LIMIT.replace("=LIMIT", f"={kind}"), -1116)
            for kind in ("TRAILING_STOP_MARKET", "OCO", "STOP")
        ),
        (LIMIT.replace("=LIMIT", "=limit"), None),
        (LIMIT + "&stopPrice=1", -1106),
        (MARKET + "&quantity=1&stopPrice=1", -1106),
        (MAKER + "&timeInForce=GTC", -1106),
        (MAKER + "&stopPrice=1", -1106),
        (STOP.replace("&stopPrice=0.04", ""), -1102),
        (STOP + "&price=1", -1106),
        (STOP + "&timeInForce=GTC", -1106),
        (STOP.replace("quantity", "quoteOrderQty"), -1102),
        (STOP_LIMIT.replace("&price=0.039", ""), -1102),
        (STOP_LIMIT.replace("&timeInForce=GTC", ""), -1102),
        (STOP_LIMIT.replace("&stopPrice=0.04", ""), -1102),
        (MARKET, -1102),
        (MARKET + "&quantity=1&quoteOrderQty=1", -1106),
        (MARKET + "&quantity=1&price=1", -1106),
        (MARKET + "&quoteOrderQty=1&timeInForce=IOC", -1106),
    ],
)
def test_orders_that_are_not_understood_whole(form: str, code: int | None) -> None:
    for refusal in (refused("POST", ORDER, form), refused("POST", ORDER, "", form)):
        assert (refusal.reason, refusal.code) == (Reason.BAD_PARAMETER, code)


@pytest.mark.parametrize(
    "number",
    ["+1", "-1", "1e3", "1E-3", "0x1", "1_0", "1,0", ".5", "5.", "1.2.3", "NaN", "Infinity",
     "1%20", "%D9%A1", "%EF%BC%91", "9" * 21, "0." + "1" * 19, "1%00", "0", "0.000"],
)  # fmt: skip
@pytest.mark.parametrize("name", ["quantity", "price"])
def test_numbers_that_are_no_plain_positive_decimals(number: str, name: str) -> None:
    old = {"quantity": "quantity=1.50", "price": "price=0.05"}[name]
    form = LIMIT.replace(old, f"{name}={number}")
    assert refused("POST", ORDER, form).reason is Reason.BAD_PARAMETER


@pytest.mark.parametrize("number", ["-1", "+1", "01", "1.0", "1e3", "9" * 20, "%D9%A1"])
def test_order_ids_that_are_no_plain_whole_numbers(number: str) -> None:
    assert refused("DELETE", ORDER, f"symbol=ETHBTC&orderId={number}").code is None


@pytest.mark.parametrize(
    "name",
    ["icebergQty", "trailingDelta", "pegPriceType", "Price", "hf", "selfTradePreventionMode",
     "computeCommissionRates", "orderId", "cancelOrderId", "aboveType"],
)  # fmt: skip
def test_what_else_is_said_of_an_order_has_no_bound(name: str) -> None:
    plain, more = read("POST", ORDER, LIMIT), read("POST", ORDER, f"{LIMIT}&{name}=1")
    assert isinstance(more, PlaceOrder)
    assert more.unbounded == (f"parameter {name!r}",)
    assert structs.replace(more, unbounded=()) == plain
    with pytest.raises(ValueError, match="never sent"):
        binance.write((more,), GRANT, NOW_MS, 5_000, "")


FUTURES_LIMIT = "symbol=ETHUSDT&side=BUY&type=LIMIT&timeInForce=GTX&quantity=5&price=2500.25"
LEVERED = PlaceOrder(
    "ETH/USDT:USDT",
    Side.BUY,
    OrderType.LIMIT_MAKER,
    quantity=Decimal(5),
    price=Decimal("2500.25"),
    unbounded=(LEVERAGE,),
)


@pytest.mark.parametrize(
    ("path", "form", "changes"),
    [
        ("/fapi/v1/order", FUTURES_LIMIT, {}),
        ("/papi/v1/um/order", FUTURES_LIMIT, {}),
        ("/fapi/v1/order", f"{FUTURES_LIMIT}&reduceOnly=true", {"reduce_only": True}),
        (
            "/fapi/v1/order",
            f"{FUTURES_LIMIT}&positionSide=LONG",
            {"unbounded": (LEVERAGE, "parameter 'positionSide'")},
        ),
        (
            "/dapi/v1/order",
            FUTURES_LIMIT.replace("ETHUSDT", "ETHUSD_PERP"),
            {"symbol": "ETH/USD:ETH"},
        ),
        (
            "/dapi/v1/order",
            FUTURES_LIMIT.replace("ETHUSDT", "ETHUSD_260925"),
            {"symbol": "ETH/USD:ETH-260925"},
        ),
        (
            "/fapi/v1/order",
            FUTURES_LIMIT.replace("ETHUSDT", "ETHUSDT_260925"),
            {"symbol": "ETH/USDT:USDT-260925"},
        ),
        (  # a market order once it is set off on spot, one with a limit on futures
            "/fapi/v1/algoOrder",
            FUTURES_LIMIT.replace("LIMIT", "TAKE_PROFIT").replace("GTX", "GTC") + "&triggerPrice=9",
            {
                "type": OrderType.TAKE_PROFIT_LIMIT,
                "stop_price": Decimal(9),
                "time_in_force": TimeInForce.GTC,
            },
        ),
        (
            "/sapi/v1/margin/order",
            "symbol=ETHUSDT&side=BUY&type=TAKE_PROFIT&quantity=5&stopPrice=9",
            {
                "symbol": "ETH/USDT",
                "type": OrderType.TAKE_PROFIT,
                "price": None,
                "stop_price": Decimal(9),
            },
        ),
    ],
)
def test_orders_with_leverage_are_read_to_be_refused(
    path: str, form: str, changes: dict[str, Any]
) -> None:
    for query, body in ((form, ""), ("", form)):
        assert read("POST", path, query, body) == structs.replace(LEVERED, **changes)


def test_each_order_of_a_batch_is_read() -> None:
    row = json.dumps(dict(pair.split("=") for pair in FUTURES_LIMIT.split("&")))
    more = (LEVERAGE, BATCH)
    for text in (row, quote_plus(row)):
        body = f"batchOrders=[{text},{text.replace('BUY', 'SELL')}]&timestamp=1"
        orders = binance.read(
            Request("POST", "binance", "/fapi/v1/batchOrders", "", (), body.encode())
        )
        assert orders == (
            structs.replace(LEVERED, unbounded=more),
            structs.replace(LEVERED, side=Side.SELL, unbounded=more),
        )


def test_amendments_with_leverage() -> None:
    form = "symbol=ETHUSDT&orderId=7&side=BUY&quantity=5&price=9"
    amend = AmendOrder("ETH/USDT:USDT", Decimal(5), "7", price=Decimal(9), unbounded=(LEVERAGE,))
    assert read("PUT", "/fapi/v1/order", form) == amend


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/fapi/v1/order"),
        ("PUT", "/fapi/v1/order"),
        ("POST", "/papi/v1/um/order"),
        ("POST", "/sapi/v1/margin/order"),
        ("POST", "/dapi/v1/batchOrders"),
    ],
)
@pytest.mark.parametrize("body", ["", "whatever+is;sent", "symbol=ETHUSDT", "batchOrders=[7]"])
def test_orders_with_leverage_that_are_not_understood(method: str, path: str, body: str) -> None:
    assert refused(method, path, "", body).reason is Reason.BAD_PARAMETER


@pytest.mark.parametrize(
    ("path", "query", "meant"),
    [
        ("/api/v3/account", "", ReadAccount("account")),
        (
            "/api/v3/myTrades",
            "limit=5&symbol=ETHBTC",
            ReadAccount("myTrades", (("symbol", "ETHBTC"), ("limit", "5"))),
        ),
        (
            "/api/v3/order",
            "symbol=ETHBTC&origClientOrderId=x",
            ReadAccount("order", (("symbol", "ETHBTC"), ("origClientOrderId", "x"))),
        ),
        ("/sapi/v1/account/apiRestrictions", "", ReadAccount("account/apiRestrictions")),
        ("/api/v3/time", "", ReadMarket("time")),
        ("/fapi/v1/exchangeInfo", "", ReadMarket("fapi/exchangeInfo")),
        ("/sapi/v1/system/status", "", ReadMarket("system/status")),
        (
            "/api/v3/ticker/24hr",
            "symbols=[%22ETHBTC%22,%22BTCUSDT%22]",
            ReadMarket("ticker/24hr", (("symbols", '["ETHBTC","BTCUSDT"]'),)),
        ),
    ],
)
def test_reads(path: str, query: str, meant: AnyIntent) -> None:
    assert read("GET", path, query) == meant


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/api/v3/account", "symbol=ETHBTC"),
        ("/api/v3/depth", "symbol=ETHBTC&limit=010"),
        ("/api/v3/depth", "symbol=ETHBTC&symbol=BTCUSDT"),
        ("/api/v3/depth", "symbol=ETHBTC&timestamp=1"),
        ("/api/v3/depth", "symbol=ETHBTC&signature=1"),
        ("/api/v3/klines", "symbol=ETHBTC&interval=1%20m"),
        ("/api/v3/ticker/price", "symbols=%5B%22ETHBTC%22%2C%5D"),
    ],
)
def test_reads_are_strict_too(path: str, query: str) -> None:
    assert refused("GET", path, query).reason is Reason.BAD_PARAMETER


@pytest.mark.parametrize(
    ("kind", "method", "path"),
    [
        (MoveFunds, "POST", "/sapi/v1/capital/withdraw/apply"),
        (MoveFunds, "GET", "/sapi/v1/capital/withdraw/apply"),
        (MoveFunds, "POST", "/sapi/v1/capital/withdraw/history"),
        (MoveFunds, "POST", "/sapi/v1/asset/transfer"),
        (MoveFunds, "POST", "/sapi/v1/asset/dust"),
        (MoveFunds, "POST", "/sapi/v1/convert/acceptQuote"),
        (MoveFunds, "POST", "/sapi/v1/giftcard/createCode"),
        (MoveFunds, "POST", "/sapi/v1/simple-earn/flexible/subscribe"),
        (MoveFunds, "POST", "/sapi/v1/margin/borrow-repay"),
        (MoveFunds, "POST", "/sapi/v2/loan/flexible/borrow"),
        (MoveFunds, "POST", "/sapi/v1/sub-account/universalTransfer"),
        (MoveFunds, "POST", "/sapi/v1/localentity/withdraw/apply"),
        (MoveFunds, "POST", "/eapi/v1/transfer"),
        (ManageKeys, "POST", "/sapi/v1/sub-account/virtualSubAccount"),
        (ManageKeys, "POST", "/sapi/v2/sub-account/subAccountApi/ipRestriction"),
        (ManageKeys, "POST", "/sapi/v1/account/apiRestrictions"),
        (ManageKeys, "POST", "/sapi/v1/account/enableFastWithdrawSwitch"),
        (ManageKeys, "POST", "/sapi/v1/broker/subAccountApi"),
        (Unknown, "POST", "/eapi/v1/order"),
        (Unknown, "GET", "/fapi/v2/account"),
        (Unknown, "POST", "/api/v3/order/amend/keepPriority"),
        (Unknown, "PUT", "/api/v3/orderList"),
        (Unknown, "POST", "/api/v3/orderList/oto"),
        (Unknown, "POST", "/api/v3/orderList/otoco"),
        (Unknown, "POST", "/api/v3/sor/order"),
        (Unknown, "POST", "/sapi/v1/algo/spot/newOrderTwap"),
        (Unknown, "POST", "/api/v3/userDataStream"),
        (Unknown, "POST", "/api/v3/account"),
        (Unknown, "PUT", "/api/v3/order"),
        (Unknown, "post", "/api/v3/order"),
        (Unknown, "POST", "/api/v3/order/"),
        (Unknown, "POST", "//api/v3/order"),
        (Unknown, "POST", "/api/v3/../v3/order"),
        (Unknown, "POST", "/api/v3/%6frder"),
        (Unknown, "POST", "/API/v3/order"),
        (Unknown, "POST", "/api/v1/order"),
        (Unknown, "GET", "/wapi/v3/withdraw.html"),
        (Unknown, "", ""),
    ],
)
def test_what_no_grant_can_do(kind: type[AnyIntent], method: str, path: str) -> None:
    intent = read(method, path, "whatever+is;sent", "{}")
    assert type(intent) is kind
    assert isinstance(intent, MoveFunds | ManageKeys | Unknown)
    assert intent.what.startswith(f"{method} {path}")


def test_a_long_path_is_cut() -> None:
    intent = read("GET", "/" + "x" * 10_000)
    assert isinstance(intent, Unknown)
    assert len(intent.what) < 200


def test_no_two_endpoints_share_a_name() -> None:
    assert len(NAMED) == len(ENDPOINTS)
    assert {e.method for e in ENDPOINTS.values() if e.kind in (Kind.ACCOUNT, Kind.MARKET)} == {
        "GET"
    }


@pytest.mark.parametrize(
    "symbol",
    ["ETH/BTC", "BTC/USDT", "BTC/FDUSD", "BTC/TUSD", "BTC/USDC", "1INCH/USDT", "ADA/EUR",
     "BNB/IDR", "EUR/USDT", "USDC/USDT", "DOGE/BTC", "SOL/ETH", "XRP/BNB", "BTC/TRY",
     "WBTC/BTC", "BTCST/USDT", "EURI/USDT", "BTC/USD1", "USD1/USDT", "TRX/XRP"],
)  # fmt: skip
def test_the_quote_is_found(symbol: str) -> None:
    form = LIMIT.replace("ETHBTC", symbol.replace("/", ""))
    intent = read("POST", ORDER, form)
    assert isinstance(intent, PlaceOrder)
    assert intent.symbol == symbol


FORMS = st.one_of(
    st.text(),
    st.lists(
        st.tuples(
            st.sampled_from([*{n for e in ENDPOINTS.values() for n in e.parameters}, "timestamp"]),
            st.one_of(st.text(), st.sampled_from(["LIMIT", "BUY", "ETHBTC", "1", "GTC", "MARKET"])),
        )
    ).map(lambda pairs: "&".join(f"{name}={value}" for name, value in pairs)),
)


@given(st.sampled_from(sorted(ENDPOINTS)) | st.tuples(st.text(), st.text()), FORMS, FORMS)
def test_anything_is_read_or_refused(target: tuple[str, str], query: str, body: str) -> None:
    request = Request(target[0], "binance", target[1], query, (), body.encode(errors="replace"))
    with contextlib.suppress(Refusal):
        assert len(binance.read(request)) == 1


@given(st.binary(), st.sampled_from(sorted(ENDPOINTS)))
def test_any_bytes_are_read_or_refused(body: bytes, target: tuple[str, str]) -> None:
    with contextlib.suppress(Refusal):
        binance.read(Request(target[0], "binance", target[1], "", (), body))
