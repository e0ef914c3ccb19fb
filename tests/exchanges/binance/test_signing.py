"""Who signed this, and when."""

import base64
import hashlib
import hmac
import json
from urllib.parse import quote

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from tests.exchanges.wire import NOW_MS, SECRET, signed
from tradelatch.exchanges import binance
from tradelatch.exchanges.protocol import PublicKey, Reason, Refusal
from tradelatch.model.http import Request

PATH = "/api/v3/order"


def mac(text: str) -> str:
    return hmac.new(SECRET, text.encode(), hashlib.sha256).hexdigest()


def verify_at(request: Request, now_ms: int = NOW_MS) -> int:
    return binance.verify(request, SECRET, now_ms).timestamp_ms


def refused(request: Request, now_ms: int = NOW_MS) -> tuple[Reason, int | None]:
    with pytest.raises(Refusal) as refusal:
        binance.verify(request, SECRET, now_ms)
    return refusal.value.reason, refusal.value.code


def test_the_example_of_binances_documentation() -> None:
    secret = bytearray(b"NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j")
    query = (
        "symbol=LTCBTC&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=0.1&recvWindow=5000"
        "&timestamp=1499827319559"
    )
    signature = "c8db56825ae71d6d79447849e617115f4a920fa2acdcab2b053c4b2838bd6b71"
    whole = Request("POST", "binance", PATH, "", (), f"{query}&signature={signature}".encode())
    assert binance.verify(whole, secret, 1499827319559).recv_window_ms == 5_000
    # Query and body together, without an ampersand between them.
    mixed = Request(
        "POST",
        "binance",
        PATH,
        "symbol=LTCBTC&side=BUY&type=LIMIT&timeInForce=GTC",
        (),
        b"quantity=1&price=0.1&recvWindow=5000&timestamp=1499827319559"
        b"&signature=0fd168b8ddb4876a0358a8d14d0c9f3da0e9b20c5d52b2a00fcf7d1c602f9a77",
    )
    assert binance.verify(mixed, secret, 1499827319559).timestamp_ms == 1499827319559


@pytest.mark.parametrize("where", ["query", "body", "query signed, body not"])
def test_the_signature_may_stand_in_either_part(where: str) -> None:
    query, body = "", ""
    form = f"symbol=ETHBTC&timestamp={NOW_MS}"
    match where:
        case "query":
            query = f"{form}&signature={mac(form)}"
        case "body":
            body = f"{form}&signature={mac(form)}"
        case _:
            query, body = f"{form}&signature={mac(form + 'orderId=1')}", "orderId=1"
    assert verify_at(Request("DELETE", "binance", PATH, query, (), body.encode())) == NOW_MS


def test_the_signature_alone_in_its_part() -> None:
    form = f"symbol=ETHBTC&timestamp={NOW_MS}"
    request = Request("POST", "binance", PATH, form, (), f"signature={mac(form)}".encode())
    assert verify_at(request) == NOW_MS


def test_not_last_twice_absent_or_odd() -> None:
    form = f"symbol=ETHBTC&timestamp={NOW_MS}"
    good = f"signature={mac(form)}"

    def post(query: str, body: str = "") -> Request:
        return Request("POST", "binance", PATH, query, (), body.encode())

    assert refused(post(form)) == (Reason.BAD_PARAMETER, -1102)
    assert refused(post(f"{form}&signature=")) == (Reason.BAD_SIGNATURE, None)
    assert refused(post(f"symbol=ETHBTC&{good}&timestamp={NOW_MS}"))[0] is Reason.BAD_SIGNATURE
    assert refused(post(f"{good}&{form}"))[0] is Reason.BAD_SIGNATURE
    assert refused(post(f"{form}&{good}&{good}"))[0] is Reason.BAD_PARAMETER
    assert refused(post(f"{form}&{good}", good))[0] is Reason.BAD_PARAMETER
    assert refused(post(f"{form}&Signature={mac(form)}"))[0] is Reason.BAD_PARAMETER
    assert refused(post(f"{form}&{good.upper()}"))[0] is Reason.BAD_PARAMETER
    assert refused(post(f"{form}&signature={mac(form).upper()}"))[0] is Reason.BAD_SIGNATURE
    assert refused(post(f"{form}&{good} "))[0] is Reason.BAD_SIGNATURE
    assert refused(post(f"{form}&{good}", "a=1"))[0] is Reason.BAD_SIGNATURE
    assert refused(post(form, f"&a=1&{good}"))[0] is Reason.BAD_SIGNATURE


@pytest.mark.parametrize(
    ("form", "code"),
    [
        ("symbol=ETHBTC", -1102),
        (f"timestamp={NOW_MS}&timestamp={NOW_MS}", -1130),
        (f"timestamp={NOW_MS}&recvWindow=1&recvWindow=60000", -1130),
        (f"timestamp={NOW_MS}&recvWindow=60001", -1130),
        (f"timestamp={NOW_MS}&recvWindow=5000.5", -1130),
        (f"timestamp={NOW_MS}&recvWindow=-1", -1130),
        (f"timestamp={NOW_MS}&recvWindow=05", -1130),
        (f"timestamp={NOW_MS}&recvWindow=", -1130),
        (f"timestamp=+{NOW_MS}", -1130),
        (f"timestamp={NOW_MS}.0", -1130),
        ("timestamp=1e13", -1130),
        ("timestamp=17600000001230000", -1130),
        ("timestamp=١٧٦٠٠٠٠٠٠٠١٢٣", -1130),
        (f"%74imestamp={NOW_MS}", -1102),
        (f"Timestamp={NOW_MS}", -1102),
    ],
)
def test_times_that_are_not_plain(form: str, code: int) -> None:
    request = Request("GET", "binance", PATH, f"{form}&signature={mac(form)}")
    assert refused(request) == (Reason.BAD_PARAMETER, code)


@given(st.integers(0, 60_000), st.integers(-70_000, 70_000), st.booleans())
def test_the_time_window(window_ms: int, late_ms: int, in_microseconds: bool) -> None:
    stamp = (NOW_MS - late_ms) * (1_000 if in_microseconds else 1)
    form = f"timestamp={stamp}&recvWindow={window_ms}"
    request = Request("GET", "binance", PATH, f"{form}&signature={mac(form)}")
    if -1_000 < late_ms <= window_ms:
        proof = binance.verify(request, SECRET, NOW_MS)
        assert (proof.timestamp_ms, proof.recv_window_ms) == (NOW_MS - late_ms, window_ms)
    else:
        assert refused(request)[0] is Reason.OUTSIDE_WINDOW


def test_the_window_is_five_seconds_unless_it_is_said() -> None:
    request = signed("GET", PATH)
    assert verify_at(request, NOW_MS + 5_000)
    assert refused(request, NOW_MS + 5_001)[0] is Reason.OUTSIDE_WINDOW
    assert verify_at(request, NOW_MS - 999)
    assert refused(request, NOW_MS - 1_000)[0] is Reason.OUTSIDE_WINDOW


def test_a_bad_signature_says_nothing_about_the_time() -> None:
    request = Request("GET", "binance", PATH, f"timestamp=1&signature={mac('x')}")
    assert refused(request)[0] is Reason.BAD_SIGNATURE


def test_the_digest_is_the_signed_payloads_whatever_endpoint_it_is_sent_to() -> None:
    requests = [
        signed("GET", PATH, "a=1"),
        signed("GET", PATH, "a=2"),
        signed("GET", PATH, "a=1", now_ms=NOW_MS + 1),
    ]
    digests = {binance.verify(request, SECRET, NOW_MS).digest for request in requests}
    assert len(digests) == len(requests)
    for request in (signed("DELETE", PATH, "a=1"), signed("GET", PATH + "x", "a=1")):
        assert binance.verify(request, SECRET, NOW_MS).digest in digests
    # The same payload cut elsewhere is the same request.
    form = f"a=1&timestamp={NOW_MS}"
    elsewhere = Request("GET", "x", PATH, form, (), f"signature={mac(form)}".encode())
    assert binance.verify(elsewhere, SECRET, NOW_MS).digest in digests


def test_the_key_id_stands_in_one_header() -> None:
    once = (("x-mbx-apikey", "k"),)
    assert binance.key_id(Request("GET", "", "/", headers=once)) == "k"
    assert binance.key_id(Request("GET", "", "/", headers=(*once, ("X-MBX-APIKEY", "k")))) is None
    assert binance.key_id(Request("GET", "", "/")) is None


def test_half_characters_do_no_harm() -> None:
    assert verify_at(signed("GET", "/\ud800")) == NOW_MS
    assert refused(Request("GET", "binance", PATH, "\ud800"))[0] is Reason.BAD_PARAMETER


@given(st.text(), st.text(), st.text(), st.binary(), st.integers(0, 2**50))
def test_any_request_is_refused_and_nothing_else(
    method: str, path: str, query: str, body: bytes, now_ms: int
) -> None:
    with pytest.raises(Refusal):
        binance.verify(Request(method, "binance", path, query, (), body), SECRET, now_ms)


@given(st.binary(max_size=40), st.binary(max_size=40), st.text())
def test_any_signed_payload_is_verified_or_refused(head: bytes, tail: bytes, path: str) -> None:
    payload = head + f"&timestamp={NOW_MS}".encode() + tail
    signature = hmac.new(SECRET, payload, hashlib.sha256).hexdigest().encode()
    request = Request("POST", "binance", path, "", (), payload + b"&signature=" + signature)
    try:
        assert binance.verify(request, SECRET, NOW_MS).timestamp_ms == NOW_MS
    except Refusal:
        assert tail or b"signature=" in head or b"timestamp=" in head or b"recvWindow=" in head


OWN = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = PublicKey(OWN.public_key().public_bytes_raw())


def by_own(text: str) -> str:
    """A bot's signature with a private key that nobody else has."""
    return base64.b64encode(OWN.sign(text.encode())).decode()


def test_a_grant_that_signs_by_ed25519_is_verified_by_its_public_half() -> None:
    form = f"symbol=ETHBTC&timestamp={NOW_MS}"
    whole = f"{form}&signature={quote(by_own(form), safe='')}"
    for request in (
        Request("DELETE", "binance", PATH, whole, (), b""),
        Request("POST", "binance", PATH, "", (), whole.encode()),
    ):
        proof = binance.verify(request, PUBLIC, NOW_MS)
        assert (proof.timestamp_ms, proof.recv_window_ms) == (NOW_MS, 5_000)
    with pytest.raises(Refusal) as late:
        binance.verify(Request("DELETE", "binance", PATH, whole, ()), PUBLIC, NOW_MS + 5_001)
    assert late.value.reason is Reason.OUTSIDE_WINDOW


def test_a_call_that_is_signed_by_ed25519() -> None:
    parameters: dict[str, object] = {"apiKey": "k", "symbol": "ETHBTC", "timestamp": NOW_MS}
    payload = "&".join(f"{name}={parameters[name]}" for name in sorted(parameters))

    def call(signature: str) -> Request:
        message = {"id": 1, "method": "openOrders.status"}
        message["params"] = {**parameters, "signature": signature}
        return Request("CALL", "binance", "/ws-api/v3", "", (), json.dumps(message).encode())

    assert binance.verify(call(by_own(payload)), PUBLIC, NOW_MS).timestamp_ms == NOW_MS
    for other in (by_own(payload + "&"), by_own(payload)[:-4], ""):
        with pytest.raises(Refusal):
            binance.verify(call(other), PUBLIC, NOW_MS)


def test_what_is_no_signature_by_that_key() -> None:
    form = f"symbol=ETHBTC&timestamp={NOW_MS}"
    by_public = hmac.new(PUBLIC.raw, form.encode(), hashlib.sha256)
    other = base64.b64encode(Ed25519PrivateKey.generate().sign(form.encode())).decode()
    for signature in (
        by_public.hexdigest(),  # who knows the public half can make this one
        base64.b64encode(by_public.digest()).decode(),
        mac(form),
        other,
        by_own(form + "&symbol=BTCUSDT"),
        by_own(form).rstrip("="),
        by_own(form) + "AAAA",
        "\n" + by_own(form),
        "",
        "A" * 88,
    ):
        query = f"{form}&signature={quote(signature, safe='')}"
        with pytest.raises(Refusal) as refusal:
            binance.verify(Request("GET", "binance", PATH, query, ()), PUBLIC, NOW_MS)
        assert refusal.value.reason is Reason.BAD_SIGNATURE, signature
    own = f"{form}&signature={quote(by_own(form), safe='')}"
    assert refused(Request("GET", "binance", PATH, own, ()))[0] is Reason.BAD_SIGNATURE
