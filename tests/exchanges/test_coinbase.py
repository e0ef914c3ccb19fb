"""Coinbase Advanced Trade: its tokens, its order configurations, its answers and refusals."""

import base64
import json
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import ccxt
import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP384R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hypothesis import given
from hypothesis import strategies as st

from tests.exchanges import orders
from tests.exchanges.listeners import RETRIES, raised
from tests.exchanges.recordings import CLOCK_MS, Case, cases, check_order
from tradelatch.exchanges import coinbase
from tradelatch.exchanges.kit import es256
from tradelatch.exchanges.kit.endpoints import LEVERAGE, Endpoint, Kind
from tradelatch.exchanges.protocol import (
    Credentials,
    ExchangeFile,
    Mark,
    PublicKey,
    Reason,
    Refusal,
    Verdict,
)
from tradelatch.model.http import Request, Response
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
from tradelatch.model.orders import OrderStatus, OrderType, Side, TimeInForce

THE_SEAM: ExchangeFile = coinbase

PEM = es256.new_private_key()
PUBLIC = PublicKey(es256.public_key(PEM))
KEY = "organizations/a/apiKeys/b"
NOW_MS = 1_760_000_000_123
NOW_S = NOW_MS // 1_000
ORDERS = "/api/v3/brokerage/orders"
P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
HEADER = {"alg": "ES256", "kid": KEY, "nonce": "1", "typ": "JWT"}


def claims(uri: str = f"POST api.coinbase.com{ORDERS}", **more: Any) -> dict[str, Any]:
    return {"sub": KEY, "iss": "cdp", "nbf": NOW_S, "exp": NOW_S + 120, "uri": uri} | more


def token(header: Any = None, told: Any = None, pem: bytearray = PEM) -> str:
    """A token; what is no text is written as JSON."""
    parts = (HEADER if header is None else header, claims() if told is None else told)
    texts = [part if isinstance(part, str) else json.dumps(part) for part in parts]
    text = ".".join(es256.encoded(part.encode()) for part in texts)
    return f"{text}.{es256.encoded(es256.sign(pem, text.encode()))}"


def request(
    bearer: str, *more: tuple[str, str], method: str = "POST", path: str = ORDERS
) -> Request:
    return Request(
        method, "coinbase", path, "", (("authorization", f"Bearer {bearer}"), *more), b"{}"
    )


def refusal(
    sent: Request, key: bytearray | PublicKey = PUBLIC, now_ms: int = NOW_MS
) -> Reason | None:
    try:
        coinbase.verify(sent, key, now_ms)
    except Refusal as refused:
        return refused.reason
    return None


def read(
    body: Any, path: str = ORDERS, method: str = "POST", query: str = ""
) -> tuple[AnyIntent, ...]:
    text = body if isinstance(body, bytes) else json.dumps(body).encode()
    return coinbase.read(Request(method, "coinbase", path, query, (), text))


def order(configuration: dict[str, Any], **more: Any) -> PlaceOrder:
    body = {"client_order_id": "me", "product_id": "BTC-USDC", "side": "BUY"}
    (intent,) = read({**body, "order_configuration": configuration, **more})
    assert isinstance(intent, PlaceOrder)
    return intent


LIMIT = {"limit_limit_gtc": {"base_size": "0.5", "limit_price": "2.50", "post_only": False}}


# Tokens


def test_a_token_is_good_for_its_method_host_and_path_and_its_time() -> None:
    signed = coinbase.verify(request(token()), PUBLIC, NOW_MS)
    assert (signed.timestamp_ms, signed.recv_window_ms) == (NOW_S * 1_000, 120_000)
    assert refusal(request(token()), PEM) is None, "by a private key, of which the public is told"
    assert refusal(request(token(), method="GET")) is Reason.BAD_SIGNATURE
    assert refusal(request(token(), path=f"{ORDERS}/edit")) is Reason.BAD_SIGNATURE
    assert refusal(request(token()), now_ms=NOW_S * 1_000 + 120_000) is None
    assert refusal(request(token()), now_ms=NOW_S * 1_000 + 120_001) is Reason.OUTSIDE_WINDOW
    assert refusal(request(token()), now_ms=NOW_S * 1_000 - 1_000) is Reason.OUTSIDE_WINDOW
    assert coinbase.key_id(request(token())) == KEY


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("api.coinbase.com", None),
        ("gate.example:8800", None),
        ("gate.example:8800/coinbase", None),
        ("http://gate.example:8800/coinbase", None),
        ("https://gate.example:8800/coinbase", Reason.BAD_SIGNATURE),
        ("gate.example:8800/kucoin", Reason.BAD_SIGNATURE),
        ("gate.example", Reason.BAD_SIGNATURE),
        ("api.coinbase.com/coinbase", Reason.BAD_SIGNATURE),
        ("api.exchange.coinbase.com", Reason.BAD_SIGNATURE),
        ("", Reason.BAD_SIGNATURE),
    ],
)
def test_a_token_is_for_coinbase_or_for_the_host_that_was_asked(
    target: str, reason: Reason | None
) -> None:
    bearer = token(told=claims(f"POST {target}{ORDERS}"))
    assert refusal(request(bearer, ("host", "gate.example:8800"))) is reason


def test_without_a_host_it_is_for_coinbase_alone() -> None:
    bearer = token(told=claims(f"POST gate.example{ORDERS}"))
    assert refusal(request(bearer)) is Reason.BAD_SIGNATURE
    twice = (("host", "gate.example"), ("host", "other.example"))
    assert refusal(request(bearer, *twice)) is Reason.BAD_SIGNATURE


@pytest.mark.parametrize(
    "header",
    [
        HEADER | {"alg": "none"},
        HEADER | {"alg": "HS256"},
        HEADER | {"alg": "es256"},
        HEADER | {"crit": ["b64"]},
        HEADER | {"kid": "another"},
        {"alg": "ES256"},
        [],
        '{"alg":"ES256","alg":"ES256","kid":"' + KEY + '"}',
        "no JSON",
        "[" * 3_000,
    ],
)
def test_what_is_no_token_of_this_kind(header: Any) -> None:
    assert refusal(request(token(header))) is Reason.BAD_PARAMETER


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"exp": NOW_S + 121}, Reason.BAD_PARAMETER),
        ({"exp": NOW_S}, Reason.BAD_PARAMETER),
        ({"exp": NOW_S - 1}, Reason.BAD_PARAMETER),
        ({"nbf": NOW_S + 2, "exp": NOW_S + 60}, Reason.OUTSIDE_WINDOW),
        ({"nbf": NOW_S - 200, "exp": NOW_S - 100}, Reason.OUTSIDE_WINDOW),
        ({"nbf": None}, Reason.BAD_PARAMETER),
        ({"nbf": 10**30, "exp": 10**30 + 60}, Reason.OUTSIDE_WINDOW),
        ({"iss": "somebody"}, Reason.BAD_PARAMETER),
        ({"sub": "another"}, Reason.BAD_PARAMETER),
        ({"uri": ""}, Reason.BAD_SIGNATURE),
        ({"iss": "coinbase-cloud", "aud": ["retail_rest_api_proxy"], "iat": NOW_S}, None),
        ({"uri": "", "uris": [f"POST api.coinbase.com{ORDERS}"]}, None),
        ({"uri": "", "uris": [f"POST api.coinbase.com{ORDERS}"] * 2}, Reason.BAD_SIGNATURE),
    ],
)
def test_what_a_token_claims(changed: dict[str, Any], reason: Reason | None) -> None:
    assert refusal(request(token(told=claims(**changed)))) is reason


def test_another_key_does_not_verify_and_no_request_is_without_a_token() -> None:
    other = es256.new_private_key()
    assert refusal(request(token(pem=other))) is Reason.BAD_SIGNATURE
    assert refusal(request(token()), PublicKey(bytes(32))) is Reason.BAD_SIGNATURE
    for bare in (
        Request("POST", "coinbase", ORDERS),
        Request("POST", "coinbase", ORDERS, "", (("authorization", f"Basic {token()}"),)),
        request(token(), ("Authorization", f"Bearer {token()}")),
        request(token() + "="),
    ):
        assert refusal(bare) is Reason.BAD_PARAMETER
        assert coinbase.key_id(bare) is None


def test_any_changed_bit_of_what_is_signed_is_seen() -> None:
    bearer = token()
    end = bearer.rindex(".")
    for at in range(end):
        changed = bearer[:at] + chr(ord(bearer[at]) ^ 1) + bearer[at + 1 :]
        assert refusal(request(changed)), at


def test_a_second_signature_of_one_text_is_no_second_request() -> None:
    bearer = token()
    text, _, signature = bearer.rpartition(".")
    raw = es256.decoded(signature)
    mirrored = P256_ORDER - int.from_bytes(raw[32:], "big")
    other = f"{text}.{es256.encoded(raw[:32] + mirrored.to_bytes(32, 'big'))}"
    first, second = (coinbase.verify(request(one), PUBLIC, NOW_MS) for one in (bearer, other))
    assert first.digest == second.digest
    fresh = coinbase.verify(request(token(HEADER | {"nonce": "2"})), PUBLIC, NOW_MS)
    assert fresh.digest != first.digest


def test_es256_signs_as_its_standard_has_it() -> None:
    """RFC 7515, appendix A.3."""
    x, y = (
        "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
        "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
    )
    text = (
        b"eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFt"
        b"cGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
    )
    signature = es256.decoded(
        "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"
    )
    public = b"\x04" + es256.decoded(x) + es256.decoded(y)
    assert es256.is_signed(public, text, signature)
    assert not es256.is_signed(public, text + b"!", signature)
    assert not es256.is_signed(public, text, bytes(64))


OTHER_CURVE = generate_private_key(SECP384R1()).private_bytes(
    Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()
)


@pytest.mark.parametrize(
    "pem",
    [
        b"",
        b"no key",
        b"-----BEGIN EC PRIVATE KEY-----\nAA==\n-----END EC PRIVATE KEY-----\n",
        OTHER_CURVE,
    ],
)
def test_what_is_no_private_key_is_not_quoted(pem: bytes) -> None:
    with pytest.raises(ValueError, match=r"^it is no private key on P-256 in PEM$"):
        es256.public_key(bytearray(pem))


# Orders


def test_amounts_are_in_base_or_quote_as_their_names_say() -> None:
    found = order(LIMIT)
    assert found == PlaceOrder(
        "BTC/USDC",
        Side.BUY,
        OrderType.LIMIT,
        quantity=Decimal("0.5"),
        price=Decimal("2.50"),
        time_in_force=TimeInForce.GTC,
        client_order_id="me",
    )
    bought = order({"market_market_ioc": {"quote_size": "100"}})
    assert bought.type is OrderType.MARKET
    assert (bought.quantity, bought.quote_quantity) == (None, Decimal(100))
    sold = order({"market_market_ioc": {"base_size": "2"}}, side="SELL")
    assert (sold.side, sold.quantity, sold.quote_quantity) == (Side.SELL, Decimal(2), None)
    assert not (found.unbounded + bought.unbounded + sold.unbounded)


@pytest.mark.parametrize(
    ("name", "kind", "lasting"),
    [
        ("limit_limit_fok", OrderType.LIMIT, TimeInForce.FOK),
        ("sor_limit_ioc", OrderType.LIMIT, TimeInForce.IOC),
    ],
)
def test_how_long_it_stands(name: str, kind: OrderType, lasting: TimeInForce) -> None:
    found = order({name: {"base_size": "1", "limit_price": "2"}})
    assert (found.type, found.time_in_force, found.unbounded) == (kind, lasting, ())


def test_post_only() -> None:
    terms = {"base_size": "1", "limit_price": "2", "post_only": True}
    found = order({"limit_limit_gtc": terms})
    assert (found.type, found.time_in_force) == (OrderType.LIMIT_MAKER, None)
    stop = {"stop_price": "3", "stop_direction": "STOP_DIRECTION_STOP_UP"}
    for configuration in (
        {"stop_limit_stop_limit_gtc": terms | stop},
        {"market_market_ioc": {"base_size": "1", "post_only": True}},
        {"limit_limit_fok": terms},
        {"sor_limit_ioc": terms},
    ):
        assert order(configuration).unbounded == ("post_only of a type that has none",)


@pytest.mark.parametrize(
    ("side", "direction", "kind"),
    [
        ("BUY", "UP", OrderType.STOP_LOSS_LIMIT),
        ("BUY", "DOWN", OrderType.TAKE_PROFIT_LIMIT),
        ("SELL", "UP", OrderType.TAKE_PROFIT_LIMIT),
        ("SELL", "DOWN", OrderType.STOP_LOSS_LIMIT),
    ],
)
def test_a_stop_is_what_its_direction_makes_of_its_side(
    side: str, direction: str, kind: OrderType
) -> None:
    terms = {"base_size": "1", "limit_price": "2", "stop_price": "3"}
    terms["stop_direction"] = f"STOP_DIRECTION_STOP_{direction}"
    found = order({"stop_limit_stop_limit_gtc": terms}, side=side)
    assert (found.type, found.stop_price, found.unbounded) == (kind, Decimal(3), ())
    ending = order({"stop_limit_stop_limit_gtd": terms | {"end_time": "2026-01-01"}}, side=side)
    assert ending.type is kind
    assert "parameter 'end_time'" in ending.unbounded


@pytest.mark.parametrize(
    ("configuration", "more", "says"),
    [
        ({"limit_limit_gtd": {"base_size": "1", "limit_price": "2", "end_time": "x"}}, {}, "gtd"),
        ({"market_market_fok": {"base_size": "1"}}, {}, "market_market_fok"),
        (
            {
                "trigger_bracket_gtc": {
                    "base_size": "1",
                    "limit_price": "2",
                    "stop_trigger_price": "1",
                }
            },
            {},
            "stop_trigger_price",
        ),
        (
            {"twap_limit_gtd": {"base_size": "1", "limit_price": "2", "number_buckets": "9"}},
            {},
            "number_buckets",
        ),
        (
            {"limit_limit_gtc": {"base_size": "1", "limit_price": "2", "stop_price": "9"}},
            {},
            "stop_price",
        ),
        (
            {"limit_limit_gtc": {"base_size": "1", "limit_price": "2", "reduce_only": True}},
            {},
            "reduce_only",
        ),
        (LIMIT, {"leverage": "2"}, "leverage"),
        (LIMIT, {"margin_type": "CROSS"}, "margin_type"),
        (LIMIT, {"attached_order_configuration": {}}, "attached_order_configuration"),
        (LIMIT, {"retail_portfolio_id": "another"}, "retail_portfolio_id"),
        (LIMIT, {"product_id": "BTC-PERP-INTX"}, LEVERAGE),
        (LIMIT, {"product_id": "BIT-31JUL26-CDE"}, LEVERAGE),
    ],
)
def test_what_else_an_order_says_is_told_and_never_written(
    configuration: dict[str, Any], more: dict[str, Any], says: str
) -> None:
    found = order(configuration, **more)
    assert any(says in told for told in found.unbounded)
    with pytest.raises(ValueError, match="never sent"):
        write(found)


def test_products_are_told_apart() -> None:
    assert coinbase.unified("BTC-USDC") == "BTC/USDC"
    assert coinbase.unified("1000SHIB-PERP-INTX") == "1000SHIB/USDC:USDC"
    assert coinbase.unified("BIT-31JUL26-CDE") == "BIT/USD:USD-260731"
    for name in ("BTC", "BTC-USD-EUR", "btc-usd", "BTC/USD", "BIT-31JUX26-CDE", "BTC-USD\n", ""):
        with pytest.raises(Refusal):
            coinbase.unified(name)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"order_configuration": LIMIT},
        {"side": "BUY", "product_id": "BTC-USDC"},
        {"side": "buy", "product_id": "BTC-USDC", "order_configuration": LIMIT},
        {"side": "BUY", "product_id": "BTC-USDC", "order_configuration": LIMIT | {"x": {}}},
        {"side": "BUY", "product_id": "BTC-USDC", "order_configuration": {"unheard_of": {}}},
        {"side": "BUY", "product_id": "BTC-USDC", "order_configuration": [LIMIT]},
        {"side": "BUY", "product_id": "BTC-USDC", "order_configuration": {"limit_limit_gtc": []}},
        {
            "client_order_id": "ü",
            "side": "BUY",
            "product_id": "BTC-USDC",
            "order_configuration": LIMIT,
        },
        {
            "client_order_id": "a" * 129,
            "side": "BUY",
            "product_id": "BTC-USDC",
            "order_configuration": LIMIT,
        },
    ],
)
def test_what_is_no_order(body: dict[str, Any]) -> None:
    with pytest.raises(Refusal):
        read(body)


@pytest.mark.parametrize(
    "terms",
    [
        {"base_size": "1"},
        {"limit_price": "1"},
        {"quote_size": "1", "limit_price": "1"},
        {"base_size": "1", "quote_size": "1", "limit_price": "1"},
        {"base_size": "-1", "limit_price": "1"},
        {"base_size": "0", "limit_price": "1"},
        {"base_size": "1e3", "limit_price": "1"},
        {"base_size": "1", "limit_price": "1", "post_only": "yes"},
        {"base_size": ["1"], "limit_price": "1"},
    ],
)
def test_what_is_no_limit(terms: dict[str, Any]) -> None:
    with pytest.raises(Refusal):
        order({"limit_limit_gtc": terms})


def test_a_stop_without_price_or_direction_is_no_plain_order() -> None:
    terms = {"base_size": "1", "limit_price": "2", "stop_direction": "STOP_DIRECTION_STOP_UP"}
    for left in (terms, {"base_size": "1", "limit_price": "2", "stop_price": "2"}):
        with pytest.raises(Refusal):
            order({"stop_limit_stop_limit_gtc": left})


def test_nothing_is_said_twice() -> None:
    body = json.dumps({"product_id": "BTC-USDC", "side": "BUY", "order_configuration": LIMIT})
    doubled = body[:-1].encode() + b',"side":"SELL"}'
    for text, query in ((doubled, ""), (body.encode(), "side=SELL")):
        with pytest.raises(Refusal):
            read(text, query=query)


def test_cancels_edits_and_previews() -> None:
    assert read({"order_ids": ["a", "b"]}, f"{ORDERS}/batch_cancel") == (
        CancelOrder(None, "a"),
        CancelOrder(None, "b"),
    )
    bodies: list[Any] = [{}, {"order_ids": []}, {"order_ids": "a"}, {"order_ids": ["a"], "x": 1}]
    for body in bodies:
        with pytest.raises(Refusal):
            read(body, f"{ORDERS}/batch_cancel")
    edit = {"order_id": "a", "size": "0.5", "price": "2"}
    assert read(edit, f"{ORDERS}/edit") == (
        AmendOrder(None, Decimal("0.5"), "a", price=Decimal(2)),
    )
    assert read({"order_id": "a", "size": "1", "x": 1}, f"{ORDERS}/edit") == (
        AmendOrder(None, Decimal(1), "a", unbounded=("parameter 'x'",)),
    )
    (asked,) = read(edit, f"{ORDERS}/edit_preview")
    assert isinstance(asked, ReadAccount)
    (test,) = read(
        {"product_id": "BTC-USDC", "side": "BUY", "order_configuration": LIMIT}, f"{ORDERS}/preview"
    )
    assert isinstance(test, PlaceOrder)
    assert test.test


def test_lists_in_a_query_are_read_and_written_value_by_value() -> None:
    query = "product_ids=BTC-USDC&limit=5&product_ids=ETH-USDC&order_status=OPEN"
    (asked,) = read(b"", f"{ORDERS}/historical/batch", "GET", query)
    assert asked == ReadAccount(
        f"GET {ORDERS}/historical/batch",
        (("limit", "5"), ("product_ids", "BTC-USDC,ETH-USDC"), ("order_status", "OPEN")),
    )
    written = write(asked).query
    assert written == "limit=5&product_ids=BTC-USDC&product_ids=ETH-USDC&order_status=OPEN"
    for query in (
        "limit=5&limit=6",
        "product_ids=A-B,C-D",
        "order_status=%2cOPEN",
        "limit=5&&product_ids=A-B",
    ):
        with pytest.raises(Refusal):
            read(b"", f"{ORDERS}/historical/batch", "GET", query)


@pytest.mark.parametrize(
    ("method", "path", "kind"),
    [
        ("POST", "/v2/accounts/a/transactions", MoveFunds),
        ("POST", "/v2/accounts/a/buys", MoveFunds),
        ("POST", "/v2/accounts/a/withdrawals/b/commit", MoveFunds),
        ("POST", "/v2/accounts/a/addresses", MoveFunds),
        ("DELETE", "/v2/accounts/a", MoveFunds),
        ("PUT", "/v2/user", ManageKeys),
        ("POST", "/api/v3/brokerage/portfolios/move_funds", MoveFunds),
        ("POST", "/api/v3/brokerage/portfolios", ManageKeys),
        ("PUT", "/api/v3/brokerage/portfolios/a", ManageKeys),
        ("DELETE", "/api/v3/brokerage/portfolios/a", ManageKeys),
        ("POST", "/api/v3/brokerage/convert/quote", MoveFunds),
        ("POST", "/api/v3/brokerage/convert/trade/a", MoveFunds),
        ("POST", "/api/v3/brokerage/cfm/sweeps/schedule", MoveFunds),
        ("DELETE", "/api/v3/brokerage/cfm/sweeps", MoveFunds),
        ("POST", "/api/v3/brokerage/intx/allocate", MoveFunds),
        ("POST", "/api/v3/brokerage/intx/multi_asset_collateral", MoveFunds),
        ("POST", "/api/v3/brokerage/cfm/intraday/margin_setting", Unknown),
        ("POST", f"{ORDERS}/close_position", Unknown),
        ("POST", "/api/v3/brokerage/key_permissions", Unknown),
        ("DELETE", ORDERS, Unknown),
        ("GET", ORDERS, Unknown),
        ("POST", f"{ORDERS}/", Unknown),
        ("POST", f"/coinbase{ORDERS}", Unknown),
    ],
)
def test_what_no_grant_can_do(method: str, path: str, kind: type[AnyIntent]) -> None:
    (intent,) = read(b"{}", path, method)
    assert isinstance(intent, kind)


# What goes out

NAMES = st.from_regex(r"[A-Za-z0-9._:-]{1,128}", fullmatch=True)
STOPS = st.builds(
    PlaceOrder,
    orders.SYMBOLS,
    st.sampled_from(Side),
    st.sampled_from([OrderType.STOP_LOSS_LIMIT, OrderType.TAKE_PROFIT_LIMIT]),
    quantity=orders.AMOUNTS,
    price=orders.AMOUNTS,
    stop_price=orders.AMOUNTS,
    time_in_force=st.just(TimeInForce.GTC),
    client_order_id=NAMES,
)
PLACED = orders.limits(NAMES) | orders.makers(NAMES) | orders.takers(NAMES) | STOPS
TESTS = (orders.limits(st.none()) | orders.takers(st.none())).map(
    lambda order: msgspec.structs.replace(order, test=True)
)
IDS = st.from_regex(r"[A-Za-z0-9-]{1,36}", fullmatch=True)


def reads(endpoint: Endpoint) -> st.SearchStrategy[AnyIntent]:
    words = st.from_regex(r"[A-Za-z0-9._:-]{1,20}", fullmatch=True)
    kind = ReadMarket if endpoint.kind is Kind.MARKET else ReadAccount

    def made(texts: list[str]) -> AnyIntent:
        names = (*endpoint.holes, *endpoint.parameters)
        return kind(endpoint.what, tuple(zip(names, texts, strict=True)))

    count = len(endpoint.holes) + len(endpoint.parameters)
    return st.lists(words, min_size=count, max_size=count).map(made)


READS = st.sampled_from(
    [one for one in coinbase.TABLE._all if one.kind in (Kind.ACCOUNT, Kind.MARKET)]
).flatmap(reads)
AMENDS = st.builds(AmendOrder, st.none(), orders.AMOUNTS, IDS)


def write(*intents: AnyIntent) -> Request:
    return coinbase.write(intents, Credentials(KEY, PEM), NOW_MS, 5_000, "", 7)


def check_back(*intents: AnyIntent) -> None:
    sent = write(*intents)
    assert coinbase.read(sent) == intents
    assert sent.host == "https://api.coinbase.com"
    if not isinstance(intents[0], ReadMarket):
        signed = coinbase.verify(sent, PUBLIC, NOW_MS)
        assert (signed.timestamp_ms, signed.recv_window_ms) == (NOW_S * 1_000, 6_000)
        assert coinbase.key_id(sent) == KEY


@given(PLACED | TESTS | READS | AMENDS)
def test_what_is_written_reads_as_the_same(intent: AnyIntent) -> None:
    check_back(intent)


@given(st.lists(IDS, min_size=1, max_size=9))
def test_cancels_go_out_together(numbers: list[str]) -> None:
    check_back(*(CancelOrder(None, number) for number in numbers))


def test_what_the_house_asks_is_written_and_read() -> None:
    asked: list[AnyIntent] = [
        coinbase.ask_order("ETH/BTC", "me", "n"),
        coinbase.ask_order("ETH/BTC", "me", None),
        *coinbase.ask_open_orders(None),
        *coinbase.ask_open_orders({"ETH/BTC", "BTC/USDC"}),
        coinbase.ask_trades("ETH/BTC", None),
        coinbase.ask_trades("ETH/BTC", Mark("t", NOW_MS)),
        coinbase.ask_trades_between("ETH/BTC", NOW_MS - 86_400_000, NOW_MS),
        coinbase.ask_balances(),
        coinbase.ask_key_rights(),
        coinbase.ask_markets(),
        coinbase.ask_candles("ETH/BTC", "1m", NOW_MS),
        coinbase.ask_book("ETH/BTC"),
        coinbase.ask_time(),
    ]
    for intent in asked:
        check_back(intent)
    assert coinbase.ask_open_orders(set()) == ()
    told = dict(coinbase.ask_trades("ETH/BTC", Mark("t", NOW_MS)).parameters)
    assert told["start_sequence_timestamp"] == "2025-10-09T08:53:20.123Z"
    cancel = coinbase.ask_cancel("ETH/BTC", "me", "n")
    assert coinbase.read(write(cancel)) == (CancelOrder(None, "n"),)


@pytest.mark.parametrize(
    "intents",
    [
        (coinbase.ask_cancel("ETH/BTC", "me", None),),
        (CancelOrder("ETH/BTC"),),
        (CancelOrder(None, list_id=7),),
        (AmendOrder(None, Decimal(1), "n", price=Decimal(1)),),
        (AmendOrder(None, Decimal(1), client_order_id="me"),),
        (MoveFunds("x"),),
        (Unknown("x"),),
        (ReadAccount("GET /nowhere"),),
        (ReadAccount("GET /api/v3/brokerage/accounts", (("x", "y"),)),),
        (PlaceOrder("ETH/BTC", Side.BUY, OrderType.STOP_LOSS, Decimal(1), stop_price=Decimal(1)),),
        (CancelOrder(None, "a"), ReadAccount("GET /api/v3/brokerage/accounts")),
        (),
    ],
)
def test_what_is_never_written(intents: tuple[AnyIntent, ...]) -> None:
    with pytest.raises(ValueError, match=r".+"):
        write(*intents)


def test_without_a_key_only_public_things_are_asked() -> None:
    assert coinbase.write([coinbase.ask_time()], None, NOW_MS, 5_000, "http://v").host == "http://v"
    with pytest.raises(ValueError, match="has to be signed"):
        coinbase.write([coinbase.ask_balances()], None, NOW_MS, 5_000, "")


# Answers

ORDER = {
    "order_id": "0000-1",
    "product_id": "BTC-USDC",
    "user_id": "u",
    "order_configuration": {"limit_limit_gtc": {"base_size": "0.2", "limit_price": "6"}},
    "side": "SELL",
    "client_order_id": "me",
    "status": "OPEN",
    "created_time": "2025-10-09T08:53:20.123456Z",
    "filled_size": "0",
}


def answer(told: Any, status: int = 200) -> Response:
    return Response(status, told if isinstance(told, bytes) else json.dumps(told).encode())


@pytest.mark.parametrize(
    ("status", "filled", "means"),
    [
        ("OPEN", "0", OrderStatus.NEW),
        ("OPEN", "0.1", OrderStatus.PARTIALLY_FILLED),
        ("PENDING", "0", OrderStatus.NEW),
        ("CANCEL_QUEUED", "0.1", OrderStatus.PARTIALLY_FILLED),
        ("FILLED", "0.2", OrderStatus.FILLED),
        ("CANCELLED", "0.1", OrderStatus.CANCELED),
        ("EXPIRED", "0", OrderStatus.EXPIRED),
        ("FAILED", "0", OrderStatus.REJECTED),
    ],
)
def test_how_an_order_stands(status: str, filled: str, means: OrderStatus) -> None:
    told = {"order": ORDER | {"status": status, "filled_size": filled}}
    report = coinbase.asked_order(answer(told), "me")
    assert report
    assert (report.status, report.executed, report.quantity) == (
        means,
        Decimal(filled),
        Decimal("0.2"),
    )
    assert (report.symbol, report.order_id, report.client_order_id) == ("BTC/USDC", "0000-1", "me")
    assert (report.side, report.created_ms) == (Side.SELL, NOW_MS)


def test_an_order_is_found_by_its_name_only_among_all_that_there_are() -> None:
    other = ORDER | {"order_id": "0000-2", "client_order_id": "other"}
    page = {"orders": [other, ORDER], "has_next": True}
    found = coinbase.asked_order(answer(page), "me")
    assert found
    assert found.order_id == "0000-1"
    with pytest.raises(ValueError, match="nothing is told of those before"):
        coinbase.asked_order(answer(page), "who")
    assert coinbase.asked_order(answer(page | {"has_next": False}), "who") is None
    missing = {"error": "NOT_FOUND", "message": "order with this orderID was not found"}
    for told, status in (
        (missing, 404),
        (b"<html>", 404),
        ({}, 200),
        (b"", 500),
        ({"orders": []}, 200),
    ):
        with pytest.raises(ValueError, match=r".+"):
            coinbase.asked_order(answer(told, status), "me")


def test_lists_of_orders_are_whole_or_nothing_is_told() -> None:
    page = {"orders": [ORDER], "has_next": False}
    assert [one.order_id for one in coinbase.open_orders(json.dumps(page).encode())] == ["0000-1"]
    more = json.dumps(page | {"has_next": True}).encode()
    with pytest.raises(ValueError, match="more open orders"):
        coinbase.open_orders(more)
    batch, one = f"GET {ORDERS}/historical/batch", f"GET {ORDERS}/historical/{{order_id}}"
    assert len(coinbase.reports(ReadAccount(batch), more)) == 1
    assert len(coinbase.reports(ReadAccount(one), json.dumps({"order": ORDER}).encode())) == 1
    assert coinbase.reports(ReadAccount("GET /api/v3/brokerage/accounts"), b"{}") == ()


def test_what_became_of_an_order() -> None:
    placed = PlaceOrder("BTC/USDC", Side.BUY, OrderType.MARKET, Decimal(1), client_order_id="me")
    told = {
        "success": True,
        "success_response": {
            "order_id": "0000-1",
            "product_id": "BTC-USDC",
            "side": "BUY",
            "client_order_id": "me",
        },
    }
    (outcome,) = coinbase.outcomes([placed], answer(told))
    assert outcome.verdict is Verdict.DONE
    (report,) = outcome.reports
    assert (report.order_id, report.client_order_id, report.side) == ("0000-1", "me", Side.BUY)
    refused = {"success": False, "error_response": {"error": "INSUFFICIENT_FUND", "message": "x"}}
    assert coinbase.outcomes([placed], answer(refused))[0].verdict is Verdict.REJECTED
    nobody = {"success": False, "error_response": {"error": "UNKNOWN_FAILURE_REASON"}}
    assert coinbase.outcomes([placed], answer(nobody))[0].verdict is Verdict.UNKNOWN
    with pytest.raises(ValueError, match=r".+"):
        coinbase.outcomes([placed], answer({"success": True}))


@pytest.mark.parametrize(
    ("told", "status", "verdict"),
    [
        ({"error": "INVALID_ARGUMENT"}, 400, Verdict.REJECTED),
        (b"Unauthorized", 401, Verdict.REJECTED),
        (b"", 429, Verdict.REJECTED),
        (b"", 408, Verdict.UNKNOWN),
        (b"<html>", 502, Verdict.UNKNOWN),
        ({"success": True}, 500, Verdict.UNKNOWN),
        (b"<html>", 200, Verdict.UNKNOWN),
        ([], 200, Verdict.UNKNOWN),
        ({}, 200, Verdict.UNKNOWN),
        ({"success": "true"}, 200, Verdict.UNKNOWN),
        ({"success": True}, 200, Verdict.DONE),
        ({"errs": []}, 200, Verdict.DONE),
        (
            {"success": False, "errors": [{"edit_failure_reason": "ORDER_NOT_FOUND"}]},
            200,
            Verdict.REJECTED,
        ),
        ({"success": False}, 200, Verdict.UNKNOWN),
        ({"success": False, "errors": True}, 200, Verdict.UNKNOWN),
        *(
            ({"success": False, "error_response": {"error": word}}, 200, Verdict.UNKNOWN)
            for word in ("", "unknown", "UNKNOWN_FAILURE_REASON", "INTERNAL_SERVER_ERROR")
        ),
        ({"results": []}, 200, Verdict.UNKNOWN),
        ({"results": [{"success": True}, {"success": False}]}, 200, Verdict.UNKNOWN),
        ({"results": [{"success": True}, {"success": True}]}, 200, Verdict.DONE),
        ({"results": [{"success": False}]}, 200, Verdict.REJECTED),
    ],
)
def test_done_rejected_or_nobody_knows(told: Any, status: int, verdict: Verdict) -> None:
    assert coinbase.judge(answer(told, status)) is verdict
    assert coinbase.says_too_often(answer(told, status)) is (status == 429)


def test_what_became_of_each_cancel() -> None:
    intents = [CancelOrder(None, name) for name in ("a", "b", "c")]
    told = {"results": [{"order_id": "b", "success": False}, {"order_id": "a", "success": True}]}
    verdicts = [one.verdict for one in coinbase.outcomes(intents, answer(told))]
    assert verdicts == [Verdict.DONE, Verdict.REJECTED, Verdict.UNKNOWN]
    down = coinbase.outcomes(intents, answer(b"", 503))
    assert [one.verdict for one in down] == [Verdict.UNKNOWN] * 3
    assert coinbase.cancelled_order(b"{}") is None


def test_trades_with_their_fees_in_quote() -> None:
    fill = {
        "entry_id": "e",
        "trade_id": "t",
        "order_id": "0000-1",
        "trade_time": "2025-10-09T08:53:20.123Z",
        "trade_type": "FILL",
        "price": "50000",
        "size": "0.5",
        "commission": "12.5",
        "product_id": "BTC-USDC",
        "size_in_quote": False,
        "side": "BUY",
    }
    told = {
        "fills": [fill, fill | {"size": "100", "size_in_quote": True}, fill | {"trade_type": "X"}]
    }
    first, second = coinbase.trades(json.dumps(told).encode())
    assert (first.order_id, first.side) == ("0000-1", Side.BUY)
    assert (first.fill.trade_id, first.fill.time_ms) == ("t", NOW_MS)
    assert (first.fill.quantity, first.fill.price) == (Decimal("0.5"), Decimal(50_000))
    assert (first.fill.fee, first.fill.fee_asset) == (Decimal("12.5"), "USDC")
    assert second.fill.quantity == Decimal("0.002")


def test_balances_are_whole_or_nothing_is_told() -> None:
    wallet = {
        "currency": "BTC",
        "available_balance": {"value": "1.23", "currency": "BTC"},
        "hold": {"value": "0.5", "currency": "BTC"},
        "type": "ACCOUNT_TYPE_CRYPTO",
    }
    wallets = [wallet, wallet | {"type": "ACCOUNT_TYPE_VAULT"}, wallet]
    told = {"accounts": wallets, "has_next": False}
    held = coinbase.balances(json.dumps(told).encode())
    assert {name: (one.free, one.locked) for name, one in held.items()} == {
        "BTC": (Decimal("2.46"), Decimal("1.0"))
    }
    with pytest.raises(ValueError, match="more wallets"):
        coinbase.balances(json.dumps(told | {"has_next": True}).encode())


def test_markets_candles_books_time_and_rights() -> None:
    product = {
        "product_id": "BTC-USDC",
        "base_currency_id": "BTC",
        "quote_currency_id": "USDC",
        "base_increment": "0.00000001",
        "quote_increment": "0.01",
        "price_increment": "0.01",
        "quote_min_size": "1",
        "base_min_size": "0.00000001",
    }
    told = {"products": [product, product | {"product_id": "BTC-USD"}]}
    (market,) = coinbase.markets(json.dumps(told).encode()).values()
    assert (market.symbol, market.tick, market.min_notional) == (
        "BTC/USDC",
        Decimal("0.01"),
        Decimal(1),
    )
    bars = [
        {"start": "120", "low": "1", "high": "4", "open": "2", "close": "3", "volume": "8"},
        {"start": "60", "low": "1", "high": "1", "open": "1", "close": "1", "volume": "0"},
    ]
    first, second = coinbase.candles(json.dumps({"candles": bars}).encode())
    assert (first.open_ms, first.turnover, second.open_ms) == (60_000, Decimal(0), 120_000)
    assert [second.open, second.high, second.low, second.close] == [
        Decimal(n) for n in (2, 4, 1, 3)
    ]
    assert (second.volume, second.turnover) == (Decimal(8), Decimal(20))
    asked = dict(coinbase.ask_candles("BTC/USDC", "1m", 60_000).parameters)
    assert (int(asked["end"]) - int(asked["start"])) // 60 + 1 == coinbase.CANDLES_AT_ONCE
    book = {"pricebook": {"bids": [{"price": "1", "size": "1"}], "asks": []}}
    top = coinbase.book(json.dumps(book).encode())
    assert (top.bid, top.ask) == (Decimal(1), Decimal(0))
    assert coinbase.server_time(b'{"iso":"x","epochSeconds":"1","epochMillis":"1234"}') == 1_234
    rights = coinbase.key_rights(b'{"can_view":true,"can_trade":true,"can_transfer":false}')
    assert (rights.can, rights.is_bound) == (("trade",), False)
    rights = coinbase.key_rights(b'{"can_view":true,"can_trade":false,"can_transfer":true}')
    assert rights.can == ("withdraw", "transfer")


READERS: list[Any] = [
    coinbase.open_orders,
    coinbase.trades,
    coinbase.balances,
    coinbase.markets,
    coinbase.candles,
    coinbase.book,
    coinbase.server_time,
    coinbase.key_rights,
]


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("body", [b"", b"<html>", b"{}", b"[]", b"null", b'{"a":1,"a":2}', b"\xff"])
def test_an_answer_that_is_none(reader: Any, body: bytes) -> None:
    with pytest.raises(ValueError, match=r".+"):
        reader(body)


@pytest.mark.parametrize(
    "changed",
    [
        {"status": "NEW"},
        {"side": "buy"},
        {"filled_size": "-1"},
        {"product_id": "?"},
        {"created_time": "x"},
    ],
)
def test_an_order_that_cannot_be(changed: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r".+"):
        coinbase.asked_order(answer({"order": ORDER | changed}), "me")


def test_names_are_given_back() -> None:
    body = json.dumps({"order": ORDER, "message": 'the "client_order_id":"me"'}).encode()
    assert json.loads(coinbase.rename_client_ids(body, {"me": "mine"})) == {
        "order": ORDER | {"client_order_id": "mine"},
        "message": 'the "client_order_id":"me"',
    }
    assert "any that a bot chooses".startswith(coinbase.OWN_NAMES)  # so the signer names it anew
    assert order(LIMIT, client_order_id=coinbase.own_name(NOW_MS, 7)).client_order_id


# Refusals

RAISED = {
    Reason.UNKNOWN_KEY: ccxt.AuthenticationError,
    Reason.BAD_SIGNATURE: ccxt.AuthenticationError,
    Reason.OUTSIDE_WINDOW: ccxt.InvalidNonce,
    Reason.BAD_PARAMETER: ccxt.BadRequest,
    Reason.UNKNOWN_ENDPOINT: ccxt.ExchangeError,
    Reason.ORDER_DENIED: ccxt.BadRequest,
    Reason.CANCEL_DENIED: ccxt.BadRequest,
    Reason.AMEND_DENIED: ccxt.BadRequest,
    Reason.NOT_PERMITTED: ccxt.PermissionDenied,
    Reason.TOO_LARGE: ccxt.BadRequest,
    Reason.TOO_OFTEN: ccxt.RateLimitExceeded,
    Reason.UNAVAILABLE: ccxt.ExchangeNotAvailable,
    Reason.OUTCOME_UNKNOWN: ccxt.RequestTimeout,
}


@pytest.mark.parametrize("reason", Reason)
def test_a_client_raises_what_it_usually_does(reason: Reason) -> None:
    refused = coinbase.refuse(Refusal(reason, "denied by policy (verdict 7)"))
    credentials = {"apiKey": KEY, "secret": PEM.decode()}
    kind, asked, text = raised("coinbase", credentials, "v3_private_post_brokerage_orders", refused)
    assert kind is RAISED[reason]
    assert "denied by policy (verdict 7)" in text
    retried = reason in (
        Reason.OUTSIDE_WINDOW,
        Reason.TOO_OFTEN,
        Reason.UNAVAILABLE,
        Reason.OUTCOME_UNKNOWN,
    )
    assert asked == (RETRIES + 1 if retried else 1)
    assert coinbase.judge(refused) is (
        Verdict.UNKNOWN
        if reason in (Reason.UNAVAILABLE, Reason.OUTCOME_UNKNOWN)
        else Verdict.REJECTED
    )


# What was recorded


@pytest.fixture(scope="module")
def recorded(recorded_data: Path) -> list[Case]:
    found = cases(recorded_data, "coinbase")
    assert len(found) == 204
    return found


@pytest.mark.recorded
def test_each_is_verified_with_its_secret_and_no_other(recorded: list[Case]) -> None:
    for case in recorded:
        assert refusal(case.request, case.secret, CLOCK_MS) is None, case.label
        assert refusal(case.request, case.other, CLOCK_MS) is Reason.BAD_SIGNATURE, case.label


@pytest.mark.recorded
def test_the_vendors_library_is_verified(recorded_data: Path) -> None:
    found = cases(recorded_data, "coinbase", "coinbase-advanced-py")
    for case in found:
        payload = str(case.request.header("authorization")).split(".")[1]
        start = json.loads(base64.urlsafe_b64decode(payload + "=="))["nbf"]
        assert refusal(case.request, case.secret, start * 1_000) is None, case.label
        (*_, intent) = coinbase.read(case.request)
        if case.request.path == ORDERS:
            assert isinstance(intent, PlaceOrder)
            assert not intent.unbounded
    assert len(found) == 6


UNREAD = re.compile(r"cancel (cid|trigger)$")
"""Cancels with more than numbers."""


@pytest.mark.recorded
def test_each_order_is_read_right(recorded: list[Case]) -> None:
    placed = [case for case in recorded if case.request.path == ORDERS]
    for case in placed:
        (intent,) = coinbase.read(case.request)
        assert isinstance(intent, PlaceOrder), case.label
        check_order(case, intent)
        option = case.label.rpartition("+")[2]
        if option in ("sl", "tp", "trig"):
            assert intent.type.waits, case.label
        plain = case.label.rpartition(" ")[2] in (
            "+ioc",
            "+fok",
            "+postOnly",
            "+cid",
            "buy",
            "sell",
        )
        if plain and ":" not in intent.symbol:
            assert not intent.unbounded, case.label
        if ":" in intent.symbol:
            assert LEVERAGE in intent.unbounded, case.label
    assert len(placed) == 112


@pytest.mark.recorded
def test_everything_else_is_what_its_caller_meant(recorded: list[Case]) -> None:
    kinds: dict[str, type[AnyIntent]] = {
        "read": ReadAccount,
        "position": ReadAccount,
        "transfer": MoveFunds,
        "editOrder": AmendOrder,
        "cancelOrder": CancelOrder,
        "cancelOrders": CancelOrder,
    }
    for case in recorded:
        if case.request.path == ORDERS:
            continue
        if UNREAD.search(case.label):
            with pytest.raises(Refusal):
                coinbase.read(case.request)
        else:
            for intent in coinbase.read(case.request):
                assert isinstance(intent, kinds[case.category]), case.label
