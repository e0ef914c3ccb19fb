"""Requests nobody should send, mixed with parts that make them look right."""

from urllib.parse import quote_from_bytes

from hypothesis import strategies as st

from tests.venue.counter import NOW_MS

PLAUSIBLE: dict[str, tuple[str, ...]] = {
    "symbol": ("ETHBTC", "VINBTC"),
    "symbols": ('["ETHBTC"]', '["ETHBTC","VINBTC"]'),
    "side": ("BUY", "SELL"),
    "type": ("LIMIT", "MARKET", "LIMIT_MAKER", "STOP_LOSS", "STOP_LOSS_LIMIT", "TAKE_PROFIT"),
    "timeInForce": ("GTC", "IOC", "FOK"),
    "quantity": ("1", "0.5", "0.01", "100"),
    "quoteOrderQty": ("0.1", "1"),
    "price": ("0.06", "0.05", "0.07", "1"),
    "stopPrice": ("0.05", "0.07"),
    "orderId": ("1", "2", "3", "50"),
    "orderListId": ("1", "2"),
    "cancelOrderId": ("1", "2", "3"),
    "cancelReplaceMode": ("STOP_ON_FAILURE", "ALLOW_FAILURE"),
    "newClientOrderId": ("a", "b"),
    "origClientOrderId": ("a", "b"),
    "selfTradePreventionMode": ("NONE", "EXPIRE_TAKER", "EXPIRE_BOTH"),
    "newOrderRespType": ("ACK", "RESULT", "FULL"),
    "aboveType": ("LIMIT_MAKER", "STOP_LOSS_LIMIT", "STOP_LOSS"),
    "belowType": ("STOP_LOSS", "STOP_LOSS_LIMIT", "LIMIT_MAKER"),
    "abovePrice": ("0.07", "0.08"),
    "belowPrice": ("0.05", "0.04"),
    "aboveStopPrice": ("0.07",),
    "belowStopPrice": ("0.05",),
    "interval": ("1m", "1h", "1M"),
    "limit": ("1", "500", "1000", "5000"),
    "startTime": ("0", str(NOW_MS - 3_600_000), str(NOW_MS)),
    "endTime": (str(NOW_MS), str(NOW_MS + 1)),
    "fromId": ("0", "1"),
    "windowSize": ("1m", "1h", "7d"),
    "timeZone": ("0", "-1:30", "+14:00"),
    "symbolStatus": ("TRADING", "HALT"),
    "coin": ("BTC", "ETH"),
    "asset": ("BTC", "ETH"),
    "amount": ("0.1", "1"),
    "address": ("outside",),
    "recvWindow": ("5000", "60000", "0.001"),
    "timestamp": (str(NOW_MS), str(NOW_MS * 1_000)),
}
NASTY = (
    "",
    " ",
    "NaN",
    "inf",
    "-inf",
    "-0",
    "-1",
    "0",
    "1e400",
    "1e-9",
    "0x10",
    "1_000",
    "9" * 18,
    "9" * 20,
    "9" * 5_000,
    "0." + "0" * 30 + "1",
    "0.000000001",
    "99999999999.99999999",
    "\u0661\u0662",
    "\u00b2",
    "\0",
    "\n",
    "1\n",
    "null",
    "None",
    "true",
    "[]",
    "[1]",
    "{}",
    '["' + "A" * 300 + '"]',
    "[" * 2_000,
    "'; DROP TABLE orders; --",
    "../../etc/passwd",
    "{0.__class__}",
    "%s%n",
    "\U0001f4a5",
    "A" * 2_000,
)


_ORDER = {"symbol": "ETHBTC", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC"}
_LIMIT = {**_ORDER, "quantity": "1", "price": "0.05"}
_PAIR = {"symbol": "ETHBTC", "side": "SELL", "quantity": "1"}
WHOLE: dict[str, dict[str, str]] = {
    "/api/v3/order": _LIMIT,
    "/api/v3/order/test": _LIMIT,
    "/api/v3/order/cancelReplace": {
        **_LIMIT,
        "cancelReplaceMode": "ALLOW_FAILURE",
        "cancelOrderId": "1",
    },
    "/api/v3/order/oco": {**_PAIR, "price": "0.08", "stopPrice": "0.05"},
    "/api/v3/orderList/oco": {
        **_PAIR,
        "aboveType": "LIMIT_MAKER",
        "abovePrice": "0.08",
        "belowType": "STOP_LOSS",
        "belowStopPrice": "0.05",
    },
    "/api/v3/klines": {"symbol": "ETHBTC", "interval": "1m"},
    "/api/v3/uiKlines": {"symbol": "ETHBTC", "interval": "1m"},
    "/sapi/v1/capital/withdraw/apply": {"coin": "ETH", "amount": "0.1", "address": "outside"},
    "/sapi/v1/capital/deposit/address": {"coin": "ETH"},
}
"""What makes a request to a path a whole one, but for the time stamp."""


def _value(name: str) -> st.SearchStrategy[bytes]:
    return st.sampled_from(PLAUSIBLE.get(name, ("1", "a"))).map(str.encode)


_WRONG = st.one_of(
    st.sampled_from(NASTY).map(str.encode), st.text(max_size=20).map(str.encode), st.binary()
)
_ONCE_IN_A_WHILE = st.integers(0, 9).map(lambda number: number == 9)


@st.composite
def requests(draw: st.DrawFn, path: str, known: frozenset[str]) -> tuple[bytes, bytes]:
    """Query and body for an endpoint: whole as a rule, and then made worse in up to two places."""
    given = {name: text.encode() for name, text in WHOLE.get(path, {"symbol": "ETHBTC"}).items()}
    given = {name: value for name, value in given.items() if name in known}
    optional = sorted(known - given.keys() - {"signature", "timestamp"})
    if optional:
        chosen = draw(st.lists(st.sampled_from(optional), unique=True, max_size=3))
        given |= {name: draw(_value(name)) for name in chosen}
    for name in draw(st.lists(st.sampled_from(sorted(given) or ["x"]), max_size=2)):
        given[name] = draw(st.one_of(_WRONG, _value(name)))
    if draw(_ONCE_IN_A_WHILE):
        given.pop(draw(st.sampled_from(sorted(given) or ["x"])), None)
    if "timestamp" in known:
        given["timestamp"] = draw(_WRONG) if draw(_ONCE_IN_A_WHILE) else str(NOW_MS).encode()
    pairs = [name.encode() + b"=" + quote_from_bytes(v).encode() for name, v in given.items()]
    if draw(_ONCE_IN_A_WHILE):
        pairs.append(draw(st.one_of(st.binary(max_size=20), st.sampled_from(pairs or [b"x"]))))
    cut = draw(st.integers(0, len(pairs))) if draw(_ONCE_IN_A_WHILE) else len(pairs)
    return b"&".join(pairs[:cut]), b"&".join(pairs[cut:])


JSON = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        st.text(max_size=20),
        st.sampled_from(NASTY),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=12), inner, max_size=4)
    ),
    max_leaves=12,
)
