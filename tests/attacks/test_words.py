"""Words that two readers might take for different things, and doors that are not on the list."""

import hashlib
import hmac

import pytest

from tests.attacks.conftest import Turned
from tests.signer.conftest import GRANT, GRANT_SECRET, Bench
from tradelatch.model.clock import MS
from tradelatch.model.http import Request

ORDER = "symbol=ETHBTC&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=0.06"


def raw(bench: Bench, method: str, path: str, query: str, body: str = "") -> Request:
    """Signed as it stands, whatever it says."""
    query = f"{query}&timestamp={bench.now // MS}"
    signed = hmac.new(bytes(GRANT_SECRET), f"{query}{body}".encode("latin-1"), hashlib.sha256)
    query = f"{query}&signature={signed.hexdigest()}"
    headers = (("X-MBX-APIKEY", GRANT),)
    return Request(method, "binance", path, query, headers, body.encode("latin-1"))


@pytest.mark.parametrize(
    "query",
    [
        ORDER + "&price=0.9",
        ORDER + "&Price=0.9",
        ORDER + "&price[]=0.9",
        ORDER + "&stopPrice=0.05",
        ORDER + "&icebergQty=0.1",
        ORDER + "&selfTradePreventionMode=NONE",
        ORDER + "&quoteOrderQty=1",
        ORDER + "&sideEffectType=MARGIN_BUY",
        ORDER + "&strategyId=1",
        ORDER + "&",
        ORDER + "&=",
        ORDER + "&newClientOrderId=",
        ORDER + "&newClientOrderId=a%26price%3D9",
        ORDER + "&newClientOrderId=a b",
        ORDER + "&newClientOrderId=a%0d%0ax",
        ORDER + "&newClientOrderId=" + "a" * 37,
        ORDER.replace("ETHBTC", "ethbtc"),
        ORDER.replace("ETHBTC", "ETH%42TC"),
        ORDER.replace("ETHBTC", "ETH/BTC"),
        ORDER.replace("ETHBTC", "ETH-BTC"),
        ORDER.replace("ETHBTC", "BTC"),
        ORDER.replace("ETHBTC", "BTCETH"),
        ORDER.replace("ETHBTC", "ETHBTCBTC"),
        ORDER.replace("0.06", "6e-2"),
        ORDER.replace("0.06", "+0.06"),
        ORDER.replace("0.06", "-0.06"),
        ORDER.replace("0.06", ".06"),
        ORDER.replace("0.06", "0.06."),
        ORDER.replace("0.06", "0,06"),
        ORDER.replace("0.06", "0x1"),
        ORDER.replace("0.06", "NaN"),
        ORDER.replace("0.06", "\xb2"),
        ORDER.replace("0.06", "0"),
        ORDER.replace("quantity=1", "quantity=0.0"),
        ORDER.replace("BUY", "buy"),
        ORDER.replace("BUY", "BUY,SELL"),
        ORDER.replace("LIMIT", "LIMIT_MAKER"),
        ORDER.replace("LIMIT", "STOP_LOSS"),
        ORDER.replace("GTC", "GTX"),
    ],
)
def test_odd_words_are_no_order(bench: Bench, turned_away: Turned, query: str) -> None:
    assert turned_away(raw(bench, "POST", "/api/v3/order", query))
    assert not bench.state.orders


def test_a_body_that_says_otherwise(bench: Bench, turned_away: Turned) -> None:
    assert "twice" in turned_away(raw(bench, "POST", "/api/v3/order", ORDER, "&price=0.9"[1:]))
    assert turned_away(raw(bench, "POST", "/api/v3/order", ORDER, '{"price":"0.9"}'))


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/api/v3/order/"),
        ("POST", "//api/v3/order"),
        ("POST", "/api/v3//order"),
        ("POST", "/api/v3/./order"),
        ("POST", "/api/v3/order%2Ftest"),
        ("POST", "/API/v3/order"),
        ("POST", "/api/v1/order"),
        ("PUT", "/api/v3/order"),
        ("post", "/api/v3/order"),
        ("POST", "/api/v3/order;x"),
        ("POST", "/api/v3/order/cancelReplace"),
        ("POST", "/api/v3/order/oco"),
        ("POST", "/api/v3/orderList/oco"),
        ("POST", "/api/v3/orderList/oto"),
        ("POST", "/api/v3/sor/order"),
        ("PUT", "/api/v3/order/amend/keepPriority"),
        ("POST", "/sapi/v1/margin/order"),
        ("POST", "/fapi/v1/order"),
        ("POST", "/fapi/v1/batchOrders"),
        ("POST", "/sapi/v1/algo/spot/newOrderTwap"),
        ("POST", "/sapi/v1/capital/withdraw/apply"),
        ("POST", "/sapi/v1/asset/transfer"),
        ("POST", "/sapi/v1/asset/dust"),
        ("POST", "/sapi/v1/convert/getQuote"),
        ("POST", "/sapi/v1/giftcard/createCode"),
        ("POST", "/sapi/v1/sub-account/universalTransfer"),
        ("GET", "/sapi/v1/capital/deposit/address"),
        ("GET", "/wapi/v3/withdraw.html"),
    ],
)
def test_no_other_door(bench: Bench, turned_away: Turned, method: str, path: str) -> None:
    assert turned_away(raw(bench, method, path, ORDER))
    assert not bench.state.orders


def test_two_keys_in_one_request(bench: Bench, turned_away: Turned) -> None:
    request = bench.order()
    doubled = Request(
        request.method,
        request.host,
        request.path,
        request.query,
        (*request.headers, ("x-mbx-apikey", GRANT)),
    )
    assert turned_away(doubled)
