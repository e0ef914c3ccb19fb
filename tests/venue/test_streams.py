"""Websockets to a real venue: market streams, user data and requests."""

import base64
import itertools
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from tests.venue.site import Key, Site, now

PATIENCE = 20
LIMIT = {"symbol": "ETHBTC", "type": "LIMIT", "timeInForce": "GTC", "quantity": "1"}
TOLD = ("executionReport", "outboundAccountPosition")
_numbers = itertools.count()


class Line:
    """One connection; messages are awaited, never slept for."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection

    def read(self) -> Any:
        return json.loads(self.connection.recv(timeout=PATIENCE))

    def until(self, wanted: Callable[[Any], bool]) -> Any:
        for _ in range(2_000):
            message = self.read()
            if wanted(message):
                return message
        raise AssertionError("it never came")

    def ask(self, request: object) -> Any:
        """Send a request; the answer to it, past whatever else arrives."""
        self.connection.send(json.dumps(request))
        number = request.get("id") if isinstance(request, dict) else None
        return self.until(lambda m: isinstance(m, dict) and "id" in m and m["id"] == number)


@contextmanager
def line(site: Site, path: str) -> Iterator[Line]:
    with connect(f"ws://127.0.0.1:{site.port}{path}", compression=None) as connection:
        yield Line(connection)


@pytest.fixture
def trader(site: Site) -> Key:
    return site.open_account(f"streams-{next(_numbers)}", BTC="50", ETH="100")


def place(site: Site, key: Key, **terms: object) -> Any:
    status, answer = site.signed(key, "POST", "/api/v3/order", **{**LIMIT, **terms})
    assert status == 200, answer
    return answer


def trade(site: Site, key: Key, side: str = "SELL") -> Any:
    status, answer = site.signed(
        key, "POST", "/api/v3/order", symbol="ETHBTC", side=side, type="MARKET", quantity="1"
    )
    assert status == 200, answer
    return answer


def test_trades_and_best_prices_as_they_happen(site: Site, trader: Key) -> None:
    with line(site, "/stream?streams=ethbtc@trade/ethbtc@aggTrade/ethbtc@bookTicker") as told:
        # Only what subscribing has done is answered.
        assert told.ask({"method": "LIST_SUBSCRIPTIONS", "id": 1})["result"] == [
            "ethbtc@trade",
            "ethbtc@aggTrade",
            "ethbtc@bookTicker",
        ]
        [fill] = trade(site, trader)["fills"]
        seen: dict[str, Any] = {}
        while len(seen) < 3:
            message = told.read()
            seen.setdefault(message["stream"], message["data"])
    first = seen["ethbtc@trade"]
    assert (first["e"], first["s"], first["t"]) == ("trade", "ETHBTC", fill["tradeId"])
    assert (first["p"], first["q"], first["m"]) == (fill["price"], "1.00000000", True)
    assert seen["ethbtc@aggTrade"]["a"] == fill["tradeId"]
    assert float(seen["ethbtc@bookTicker"]["b"]) <= float(fill["price"])


@pytest.mark.parametrize(
    ("stream", "kind"),
    [
        ("ethbtc@miniTicker", "24hrMiniTicker"),
        ("ethbtc@ticker", "24hrTicker"),
        ("ethbtc@ticker_1h", "1hTicker"),
        ("ethbtc@ticker_1d", "1dTicker"),
        ("ethbtc@avgPrice", "avgPrice"),
        ("ethbtc@kline_1m", "kline"),
        ("ethbtc@kline_1d", "kline"),
    ],
)
def test_streams_with_a_pace_of_their_own(site: Site, stream: str, kind: str) -> None:
    with line(site, f"/ws/{stream}") as told:
        message = told.read()
    assert (message["e"], message["s"]) == (kind, "ETHBTC")
    if kind == "1hTicker":
        minute = 60_000
        assert message["O"] % minute == 0
        assert 60 * minute <= message["C"] - message["O"] < 61 * minute
        assert float(message["l"]) <= float(message["w"]) <= float(message["h"])
    if kind == "kline":
        candle = message["k"]
        assert candle["t"] <= message["E"] <= candle["T"]
        assert float(candle["l"]) <= float(candle["c"]) <= float(candle["h"])


@pytest.mark.parametrize("stream", ["!miniTicker@arr", "!ticker@arr", "!ticker_4h@arr"])
def test_all_tickers_tell_what_was_traded(site: Site, trader: Key, stream: str) -> None:
    with line(site, f"/ws/{stream}") as told:
        before = {one["s"]: one["v"] for one in told.read()}
        assert before.keys() == {"ETHBTC", "VINBTC", "QORBTC"}
        trade(site, trader)
        after: dict[str, str] = {}
        while "ETHBTC" not in after:
            after = {one["s"]: one["v"] for one in told.read()}
        # The market's own takers may have traded another meanwhile.
        assert all(before[symbol] != volume for symbol, volume in after.items())


def test_the_best_levels(site: Site) -> None:
    with line(site, "/ws/vinbtc@depth5@100ms") as told:
        message = told.read()
    assert len(message["bids"]) == len(message["asks"]) == 5


def stir(site: Site, key: Key) -> None:
    """Orders that come and go on many levels, and trades."""
    for number in range(60):
        step = number % 6
        place(site, key, side="BUY", price=f"0.0{500 + step}")
        place(site, key, side="SELL", price=f"0.0{900 + step}")
        if number % 20 == 19:
            site.signed(key, "DELETE", "/api/v3/openOrders", symbol="ETHBTC")
        if number % 7 == 0:
            trade(site, key, "BUY" if number % 2 else "SELL")


class Follower:
    """Keeps a book by the procedure that Binance describes for it."""

    def __init__(self, snapshot: Any) -> None:
        self.update = snapshot["lastUpdateId"]
        self.books = {"b": dict(snapshot["bids"]), "a": dict(snapshot["asks"])}
        self._first = True

    def take(self, event: Any) -> None:
        if event["u"] <= self.update:
            return
        if self._first:
            assert event["U"] <= self.update + 1
        else:
            assert event["U"] == self.update + 1
        self._first, self.update = False, event["u"]
        for side, book in self.books.items():
            for price, quantity in event[side]:
                book[price] = quantity
                if not float(quantity):
                    del book[price]


def test_whoever_follows_the_changes_has_the_book(site: Site, trader: Key) -> None:
    depth = "/api/v3/depth?symbol=ETHBTC&limit=5000"
    with line(site, "/ws/ethbtc@depth@100ms") as told:
        told.ask({"method": "LIST_SUBSCRIPTIONS", "id": 1})
        place(site, trader, side="BUY", price="0.06")
        follower = Follower(site.request("GET", depth)[1])
        stir(site, trader)
        for _ in range(20):
            _, last = site.request("GET", depth)
            while follower.update < last["lastUpdateId"]:
                follower.take(told.read())
            if follower.update == last["lastUpdateId"]:
                break
            place(site, trader, side="BUY", price="0.06")  # let there be something to tell
    assert follower.update == last["lastUpdateId"]
    assert follower.books == {"b": dict(last["bids"]), "a": dict(last["asks"])}


def test_subscribing_and_its_errors(site: Site) -> None:
    with line(site, "/ws") as told:
        both = ["ethbtc@trade", "nosuch@trade"]
        assert told.ask({"method": "SUBSCRIBE", "params": both, "id": 7}) == {
            "result": None,
            "id": 7,
        }
        assert told.ask({"method": "LIST_SUBSCRIPTIONS", "id": "a"})["result"] == both
        told.ask({"method": "UNSUBSCRIBE", "params": both, "id": 8})
        assert told.ask({"method": "LIST_SUBSCRIPTIONS", "id": 9})["result"] == []
    requests = [
        ({"method": "SET_PROPERTY", "params": ["combined", True], "id": 1}, None),
        ({"method": "GET_PROPERTY", "params": ["combined"], "id": 1}, None),
        ({"method": "SET_PROPERTY", "params": ["combined", 1], "id": 1}, 1),
        ({"method": "SET_PROPERTY", "params": ["other", True], "id": 1}, 0),
        ({"method": "JUMP", "params": [], "id": 1}, 2),
        ({"params": [], "id": 1}, 2),
        ({"method": "SUBSCRIBE", "params": "ethbtc@trade", "id": 1}, 2),
        ({"method": "SUBSCRIBE", "params": [1], "id": 1}, 2),
        ({"method": "SUBSCRIBE", "params": [], "id": 1, "more": 2}, 2),
        ({"method": "SUBSCRIBE", "params": [f"x{n}@trade" for n in range(1_025)], "id": 1}, 2),
    ]
    for request, code in requests:
        with line(site, "/ws") as told:
            answer = told.ask(request)
            assert answer.get("error", {}).get("code") == code, request


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"method":1}', "\u0000", "[" * 10_000])
def test_nonsense_gets_an_answer(site: Site, text: str) -> None:
    for path in ("/ws", "/ws-api/v3"):
        with line(site, path) as told:
            told.connection.send(text)
            assert "error" in told.read()


@pytest.mark.parametrize("path", ["/ws", "/ws-api/v3"])
@pytest.mark.parametrize(
    ("data", "code"),
    [(b"\xff\xfe", 1007), (b"[" * 70_000, 1009)],
    ids=["no UTF-8", "too long"],
)
def test_a_message_that_is_no_text_or_too_long_ends_the_connection(
    site: Site, path: str, data: bytes, code: int
) -> None:
    with line(site, path) as told:
        told.connection.send(data, text=True)
        with pytest.raises(ConnectionClosed) as closed:
            told.read()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == code


def talk(told: Line) -> None:
    for number in range(100):
        told.connection.send(json.dumps({"method": "LIST_SUBSCRIPTIONS", "id": number}))
    for _ in range(100):
        told.read()


def test_a_client_that_says_too_much_is_let_go(site: Site) -> None:
    with line(site, "/ws") as told, pytest.raises(ConnectionClosed) as closed:
        talk(told)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1008


def test_an_address_of_nothing_is_not_answered(site: Site) -> None:
    with pytest.raises(Exception, match="403"), line(site, "/elsewhere"):
        pass


# Requests and user data.


def signed(key: Key, method: str, number: object = 1, **params: object) -> dict[str, Any]:
    values: dict[str, object] = {"apiKey": key.id, "timestamp": now(), **params}
    payload = "&".join(f"{name}={values[name]}" for name in sorted(values))
    signature = key.sign(payload).rsplit("signature=", 1)[1]
    return {"id": number, "method": method, "params": {**values, "signature": signature}}


def test_requests_are_answered_as_rest_answers_them(site: Site, trader: Key) -> None:
    with line(site, "/ws-api/v3") as api:
        assert api.ask({"id": "x", "method": "ping"}) == {
            "id": "x",
            "status": 200,
            "result": {},
            "rateLimits": [],
        }
        depth = api.ask({"id": 1, "method": "depth", "params": {"symbol": "VINBTC", "limit": 2}})
        assert len(depth["result"]["bids"]) == 2
        order = api.ask(signed(trader, "order.place", side="BUY", price="0.06", **LIMIT))
        number = order["result"]["orderId"]
        state = api.ask(signed(trader, "order.status", symbol="ETHBTC", orderId=number))
        assert state["result"]["status"] == "NEW"
        gone = api.ask(signed(trader, "order.cancel", symbol="ETHBTC", orderId=number))
        assert gone["result"]["status"] == "CANCELED"
        balances = api.ask(signed(trader, "account.status", omitZeroBalances="true"))["result"]
        assert {one["asset"] for one in balances["balances"]} == {"BTC", "ETH"}


@pytest.mark.parametrize(
    ("request_", "status", "code"),
    [
        ({"id": 1, "method": "no.such"}, 404, -1000),
        ({"id": 1, "method": "depth", "params": {}}, 400, -1102),
        ({"id": 1, "method": "depth", "params": {"symbol": "ETHBTC", "more": 1}}, 400, -1104),
        ({"id": 1, "method": "depth", "params": {"symbol": "ETHBTC", "limit": 1.5}}, 400, -1100),
        ({"id": 1, "method": "depth", "params": {"symbol": ["ETHBTC"]}}, 400, -1100),
        ({"id": 1, "method": "account.status", "params": {}}, 400, -1102),
        ({"id": 1, "method": "userDataStream.subscribe"}, 401, -2015),
        ({"id": 1, "method": "userDataStream.unsubscribe"}, 400, -2036),
    ],
)
def test_requests_that_are_refused(
    site: Site, request_: dict[str, Any], status: int, code: int
) -> None:
    with line(site, "/ws-api/v3") as api:
        answer = api.ask(request_)
    assert (answer["status"], answer["error"]["code"]) == (status, code)


def test_a_wrong_signature_and_a_name_twice(site: Site, trader: Key) -> None:
    with line(site, "/ws-api/v3") as api:
        request = signed(Key(trader.id, "wrong"), "account.status")
        assert api.ask(request)["error"]["code"] == -1022
        api.connection.send('{"id":1,"id":2,"method":"ping"}')
        assert api.read()["error"]["code"] == -1135


def test_user_data_comes_in_order_and_adds_up(site: Site, trader: Key) -> None:
    with line(site, "/ws-api/v3") as api:
        subscribed = api.ask(signed(trader, "userDataStream.subscribe.signature"))
        number = subscribed["result"]["subscriptionId"]
        again = api.ask(signed(trader, "userDataStream.subscribe.signature"))
        assert again["error"]["code"] == -2035

        order = place(site, trader, side="BUY", price="0.06", newClientOrderId="mine")
        site.signed(trader, "DELETE", "/api/v3/order", symbol="ETHBTC", orderId=order["orderId"])
        sold = trade(site, trader)
        site.admin("deposits", {"account": account_of(site, trader), "asset": "BTC", "amount": "2"})
        events: list[Any] = []
        while not events or events[-1]["e"] != "balanceUpdate":
            message = api.read()
            assert message["subscriptionId"] == number
            events.append(message["event"])
    kinds = [(event["e"], event.get("x")) for event in events]
    assert kinds == [
        ("executionReport", "NEW"),
        ("outboundAccountPosition", None),
        ("executionReport", "CANCELED"),
        ("outboundAccountPosition", None),
        ("executionReport", "NEW"),
        *[("executionReport", "TRADE")] * len(sold["fills"]),
        ("outboundAccountPosition", None),
        ("balanceUpdate", None),
    ]
    placed, gone = events[0], events[2]
    assert (placed["c"], placed["X"], placed["z"]) == ("mine", "NEW", "0.00000000")
    assert (gone["C"], gone["X"]) == ("mine", "CANCELED")
    assert gone["c"] != "mine"
    last = events[-3]
    assert (last["X"], last["z"], last["i"]) == ("FILLED", "1.00000000", sold["orderId"])
    assert sum(float(e["n"]) for e in events if e.get("x") == "TRADE") == pytest.approx(
        sum(float(fill["commission"]) for fill in sold["fills"])
    )
    reported = [event for event in events if event["e"] == "executionReport"]
    numbers = [event["I"] for event in reported]
    assert sorted(set(numbers)) == numbers
    assert [event["M"] for event in reported] == [event["x"] == "TRADE" for event in reported]
    locked = [next(b["l"] for b in e["B"] if b["a"] == "BTC") for e in (events[1], events[3])]
    assert locked == ["0.06000000", "0.00000000"]


def test_an_amendment_is_told_by_both_ways(site: Site, trader: Key) -> None:
    oco = {"symbol": "ETHBTC", "side": "SELL", "quantity": "2", "price": "0.08"}
    status, placed = site.signed(trader, "POST", "/api/v3/order/oco", **oco, stopPrice="0.06")
    assert status == 200, placed
    one, other = (order["orderId"] for order in placed["orders"])
    with line(site, "/ws-api/v3") as api:
        api.ask(signed(trader, "userDataStream.subscribe.signature"))
        amend = {"symbol": "ETHBTC", "orderId": one, "newQty": "1.5"}
        api.connection.send(json.dumps(signed(trader, "order.amend.keepPriority", 2, **amend)))
        heard = [api.read() for _ in range(5)]
        [answer] = [message["result"] for message in heard if "result" in message]
        events = [message["event"] for message in heard if "event" in message]
        first, second, listed, _ = events
        assert [event["i"] for event in (first, second)] == [one, other]
        assert {(event["x"], event["X"], event["q"]) for event in (first, second)} == {
            ("REPLACED", "NEW", "1.50000000")
        }
        assert first["I"] == answer["executionId"]
        assert (first["C"], first["c"]) == (
            answer["amendedOrder"]["origClientOrderId"],
            answer["amendedOrder"]["clientOrderId"],
        )
        assert (listed["e"], listed["l"], listed["L"]) == ("listStatus", "UPDATED", "EXECUTING")
        [row] = api.ask(signed(trader, "order.amendments", 3, symbol="ETHBTC", orderId=one))[
            "result"
        ]
        assert (row["origQty"], row["newQty"]) == ("2.00000000", "1.50000000")
    site.signed(trader, "DELETE", "/api/v3/openOrders", symbol="ETHBTC")


def account_of(site: Site, key: Key) -> str:
    listed = site.admin("keys")
    return str(next(one["account"] for one in listed if one["key"] == key.id))


def test_a_revoked_key_hears_no_more(site: Site, trader: Key) -> None:
    with line(site, "/ws-api/v3") as api:
        api.ask(signed(trader, "userDataStream.subscribe.signature"))
        site.admin("revoke", {"key": trader.id})
        ended = api.until(lambda m: "event" in m)
        assert ended["event"]["e"] == "eventStreamTerminated"
        answer = api.ask(signed(trader, "account.status"))
        assert answer["error"]["code"] == -2015


def test_a_session_logs_on_with_an_ed25519_key(site: Site) -> None:
    private = Ed25519PrivateKey.generate()
    pem = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    name = f"streams-{next(_numbers)}"
    site.admin("accounts", {"account": name, "balances": {"BTC": "1"}})
    key = site.admin("keys", {"account": name, "public_key": pem.decode()})["key"]
    params: dict[str, object] = {"apiKey": key, "timestamp": now()}
    payload = "&".join(f"{part}={params[part]}" for part in sorted(params))
    params["signature"] = base64.b64encode(private.sign(payload.encode())).decode()
    with line(site, "/ws-api/v3") as api:
        assert api.ask({"id": 1, "method": "session.status"})["result"]["apiKey"] is None
        logged_on = api.ask({"id": 2, "method": "session.logon", "params": params})
        assert logged_on["result"]["apiKey"] == key
        timely = {"timestamp": now()}
        told = api.ask({"id": 3, "method": "account.status", "params": timely})
        assert told["status"] == 200
        assert api.ask({"id": 4, "method": "account.status"})["error"]["code"] == -1102
        assert api.ask({"id": 5, "method": "userDataStream.subscribe"})["status"] == 200
        order = {**LIMIT, "side": "BUY", "price": "0.06", **timely}
        placed = api.ask({"id": 6, "method": "order.place", "params": order})
        assert placed["status"] == 200
        api.connection.send(json.dumps({"id": 7, "method": "session.logout"}))
        ended = api.until(lambda m: m.get("event", {}).get("e") not in (None, *TOLD))
        assert (ended["subscriptionId"], ended["event"]["e"]) == (0, "eventStreamTerminated")
        assert api.read()["result"]["userDataStream"] is False
        refused = api.ask({"id": 8, "method": "account.status", "params": timely})
        assert refused["error"]["code"] == -1102


def test_a_subscription_that_is_given_up_is_told_to_end(site: Site, trader: Key) -> None:
    with line(site, "/ws-api/v3") as api:
        api.ask(signed(trader, "userDataStream.subscribe.signature"))
        api.connection.send(json.dumps({"id": 9, "method": "userDataStream.unsubscribe"}))
        assert api.read()["event"]["e"] == "eventStreamTerminated"
        assert api.read() == {"id": 9, "status": 200, "result": {}, "rateLimits": []}


def test_a_method_may_be_named_with_its_version(site: Site) -> None:
    with line(site, "/ws-api/v3") as api:
        assert "serverTime" in api.ask({"id": 1, "method": "v3/time"})["result"]
        assert api.ask({"id": 2, "method": "v4/time"})["status"] == 404


def test_an_hmac_key_cannot_log_on(site: Site, trader: Key) -> None:
    with line(site, "/ws-api/v3") as api:
        assert api.ask(signed(trader, "session.logon"))["error"]["code"] == -4056
