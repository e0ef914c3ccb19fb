"""Orders at the Coinbase face, asked for by raw requests: names, pages, refusals, changes."""

import itertools
from typing import Any

import pytest

from tests.venue.coinbase.desk import BROKERAGE, CloudKey, ask, client, open_account
from tests.venue.site import Key, Site

ORDERS = f"{BROKERAGE}/orders"
BATCH = f"{ORDERS}/historical/batch"
FILLS = f"{ORDERS}/historical/fills"
_numbers = itertools.count(1)


@pytest.fixture
def mine(site: Site) -> CloudKey:
    """The key of an account of this test alone."""
    name = f"orders-{next(_numbers)}"
    return open_account(site, name, ["read", "trade"], BTC="50", ETH="100", VIN="1000000")


def limit(size: str = "1", price: str = "0.06", **more: object) -> dict[str, Any]:
    return {"limit_limit_gtc": {"base_size": size, "limit_price": price, **more}}


def market(**size: str) -> dict[str, Any]:
    return {"market_market_ioc": size}


def place(
    site: Site,
    key: CloudKey,
    terms: dict[str, Any],
    side: str = "BUY",
    name: str = "",
    product: str = "ETH-BTC",
    **more: object,
) -> Any:
    """The answer to a new order."""
    body = {
        "client_order_id": name or f"mine-{next(_numbers)}",
        "product_id": product,
        "side": side,
        "order_configuration": terms,
        **more,
    }
    return ask(site, key, "POST", ORDERS, body)[1]


def number(answer: Any) -> str:
    assert answer["success"], answer
    return str(answer["success_response"]["order_id"])


def order(site: Site, key: CloudKey, name: str) -> Any:
    return ask(site, key, "GET", f"{ORDERS}/historical/{name}")[1]["order"]


def ids(rows: Any) -> list[str]:
    return [row["order_id"] for row in rows]


def test_the_same_client_order_id_is_the_same_order(site: Site, mine: CloudKey) -> None:
    first = place(site, mine, limit(), name="once")
    assert place(site, mine, limit(), name="once") == first
    assert number(place(site, mine, market(base_size="2"), "SELL", "once")) == number(first)
    elsewhere = place(site, mine, limit("1000", "0.00001"), name="once", product="VIN-BTC")
    assert number(elsewhere) == number(first)
    ask(site, mine, "POST", f"{ORDERS}/batch_cancel", {"order_ids": [number(first)]})
    assert number(place(site, mine, limit(), name="once")) == number(first)
    assert ids(ask(site, mine, "GET", BATCH)[1]["orders"]) == [number(first)]
    assert order(site, mine, number(first))["status"] == "CANCELLED"


def test_an_order_is_its_account_s_own(site: Site, mine: CloudKey) -> None:
    stranger = open_account(site, f"stranger-{next(_numbers)}", ["read", "trade"], BTC="1")
    name = number(place(site, mine, limit()))
    status, answer = ask(site, stranger, "GET", f"{ORDERS}/historical/{name}")
    assert (status, answer["error"]) == (404, "unknown")
    cancelled = ask(site, stranger, "POST", f"{ORDERS}/batch_cancel", {"order_ids": [name]})[1]
    assert cancelled["results"][0]["failure_reason"] == "UNKNOWN_CANCEL_ORDER"
    assert order(site, mine, name)["status"] == "OPEN"


@pytest.mark.parametrize(
    ("terms", "side", "error", "preview"),
    [
        (limit("5000"), "BUY", "INSUFFICIENT_FUND", "PREVIEW_INSUFFICIENT_FUND"),
        (market(base_size="101"), "SELL", "INSUFFICIENT_FUND", "PREVIEW_INSUFFICIENT_FUND"),
        (limit("1.00001"), "BUY", "INVALID_SIZE_PRECISION", "PREVIEW_INVALID_SIZE_PRECISION"),
        (limit("1", "0.060001"), "BUY", "INVALID_PRICE_PRECISION", None),
        (limit("1", "0.0600000001"), "BUY", "INVALID_PRICE_PRECISION", None),
        (limit("1", "0.01"), "BUY", "INVALID_LIMIT_PRICE", "PREVIEW_BREACHED_PRICE_LIMIT"),
        (limit("1", "0"), "BUY", "INVALID_LIMIT_PRICE", None),
        (limit("0"), "BUY", "INVALID_REQUEST", "PREVIEW_INVALID_BASE_SIZE_TOO_SMALL"),
        (limit("0.0001"), "BUY", "INVALID_REQUEST", "PREVIEW_INVALID_QUOTE_SIZE_TOO_SMALL"),
        (limit("1", "0.08", post_only=True), "BUY", "INVALID_LIMIT_PRICE_POST_ONLY", None),
        (limit(), "HOLD", "INVALID_SIDE", "PREVIEW_INVALID_SIDE"),
        (market(quote_size="1"), "SELL", "UNSUPPORTED_ORDER_CONFIGURATION", None),
        (
            {"limit_limit_gtd": {"base_size": "1", "limit_price": "1", "end_time": "x"}},
            "BUY",
            "UNSUPPORTED_ORDER_CONFIGURATION",
            "PREVIEW_INVALID_ORDER_CONFIG",
        ),
        ({}, "BUY", "UNSUPPORTED_ORDER_CONFIGURATION", None),
        ({**limit(), **market(base_size="1")}, "BUY", "UNSUPPORTED_ORDER_CONFIGURATION", None),
    ],
)
def test_a_refused_order(
    site: Site, mine: CloudKey, terms: Any, side: str, error: str, preview: str | None
) -> None:
    answer = place(site, mine, terms, side)
    told = answer["error_response"]
    assert (answer["success"], answer["order_configuration"]) == (False, terms)
    assert (told["error"], told["new_order_failure_reason"]) == (error, error)
    assert preview in (None, told["preview_failure_reason"])
    body = {"product_id": "ETH-BTC", "side": side, "order_configuration": terms}
    previewed = ask(site, mine, "POST", f"{ORDERS}/preview", body)[1]
    assert previewed["errs"] == [told["preview_failure_reason"]]
    assert ask(site, mine, "GET", BATCH)[1]["orders"] == []


def test_what_is_not_had_here_is_not_passed_over(site: Site, mine: CloudKey) -> None:
    for more in ({"leverage": "3"}, {"margin_type": "CROSS"}, {"self_trade_prevention_id": "x"}):
        assert place(site, mine, limit(), **more)["success"] is False
    for body in ({"retail_portfolio_id": "x"}, {"nonsense": 1}):
        assert place(site, mine, limit(), **body)["error"] == "INVALID_ARGUMENT"
    strange = place(site, mine, limit(nonsense=1))
    assert (strange["error"], "nonsense" in strange["message"]) == ("INVALID_ARGUMENT", True)
    assert place(site, mine, limit(), product="NO-BTC")["success"] is False
    status, answer = ask(site, mine, "GET", f"{BATCH}?nonsense=1")
    assert (status, answer["error"]) == (400, "INVALID_ARGUMENT")
    assert ask(site, mine, "GET", f"{BATCH}?product_ids=NO-BTC")[0] == 404
    assert ask(site, mine, "GET", f"{BROKERAGE}/nonsense")[1]["error"] == "NOT_FOUND"


def test_a_frozen_account_only_cancels(site: Site) -> None:
    mine = open_account(site, "cold", ["read", "trade"], BTC="5")
    name = number(place(site, mine, limit()))
    site.admin("freeze", {"account": "cold"})
    refused = place(site, mine, limit())
    assert refused["error_response"]["error"] == "ORDER_ENTRY_DISABLED"
    done = ask(site, mine, "POST", f"{ORDERS}/batch_cancel", {"order_ids": [name]})[1]
    assert done["results"][0]["success"] is True


def test_orders_come_in_pages_that_new_orders_do_not_move(site: Site, mine: CloudKey) -> None:
    placed = [number(place(site, mine, limit())) for _ in range(5)]
    first = ask(site, mine, "GET", f"{BATCH}?limit=2")[1]
    assert (ids(first["orders"]), first["has_next"]) == (placed[:2:-1], True)
    placed.append(number(place(site, mine, limit())))
    second = ask(site, mine, "GET", f"{BATCH}?limit=2&cursor={first['cursor']}")[1]
    third = ask(site, mine, "GET", f"{BATCH}?limit=2&cursor={second['cursor']}")[1]
    assert ids(second["orders"]) + ids(third["orders"]) == placed[2::-1]
    assert (third["has_next"], third["cursor"]) == (False, "")


def test_orders_are_chosen(site: Site, mine: CloudKey) -> None:
    eth = number(place(site, mine, limit()))
    vin = number(place(site, mine, limit("1000", "0.00001"), product="VIN-BTC"))
    sold = number(place(site, mine, market(base_size="1"), "SELL"))
    gone = number(place(site, mine, limit()))
    ask(site, mine, "POST", f"{ORDERS}/batch_cancel", {"order_ids": [gone]})
    start = order(site, mine, vin)["created_time"]

    def chosen(query: str) -> list[str]:
        return ids(ask(site, mine, "GET", f"{BATCH}?{query}")[1]["orders"])

    assert chosen("product_ids=VIN-BTC") == chosen("product_id=VIN-BTC") == [vin]
    assert chosen("product_ids=VIN-BTC&product_ids=ETH-BTC") == [gone, sold, vin, eth]
    assert chosen("order_status=OPEN") == [vin, eth]
    assert chosen("order_status=FILLED&order_status=CANCELLED") == [gone, sold]
    assert chosen("order_side=SELL") == chosen("order_types=MARKET") == [sold]
    assert chosen(f"start_date={start}") == [gone, sold, vin]
    assert chosen(f"end_date={start}") == [eth]
    assert chosen(f"order_ids={eth}&order_ids={sold}") == [sold, eth]
    assert chosen("product_type=FUTURE") == []


def test_fills_are_chosen_and_come_in_pages(site: Site, mine: CloudKey) -> None:
    sold = [number(place(site, mine, market(base_size="1"), "SELL")) for _ in range(3)]
    place(site, mine, market(quote_size="0.01"), product="VIN-BTC")

    def chosen(query: str) -> Any:
        return ask(site, mine, "GET", f"{FILLS}?{query}")[1]

    every = chosen("")["fills"]
    eth = chosen("product_ids=ETH-BTC")["fills"]
    assert ids(eth) == sold[::-1]
    assert eth == chosen("product_id=ETH-BTC")["fills"]
    assert chosen(f"order_id={sold[1]}")["fills"] == [eth[1]]
    assert chosen(f"trade_ids={eth[2]['trade_id']}")["fills"] == [eth[2]]
    assert len({fill["trade_id"] for fill in every}) == len(every)
    since = eth[0]["trade_time"]
    later = chosen(f"product_ids=ETH-BTC&start_sequence_timestamp={since}")["fills"]
    assert later == [fill for fill in eth if fill["trade_time"] >= since]
    pages, cursor = [], ""
    while True:
        page = chosen("limit=1" + (f"&cursor={cursor}" if cursor else ""))
        pages += page["fills"]
        cursor = page["cursor"]
        if not cursor:
            break
    assert pages == every


def test_a_stop_is_told_with_its_direction(site: Site, mine: CloudKey) -> None:
    terms = {"base_size": "1", "limit_price": "0.06", "stop_price": "0.061"}
    down = {**terms, "stop_direction": "STOP_DIRECTION_STOP_DOWN"}
    up = {**terms, "limit_price": "0.08", "stop_price": "0.079"}
    up |= {"stop_direction": "STOP_DIRECTION_STOP_UP"}
    for side, asked in itertools.product(("BUY", "SELL"), (down, up)):
        configuration = {"stop_limit_stop_limit_gtc": asked}
        found = order(site, mine, number(place(site, mine, configuration, side)))
        assert found["order_configuration"] == configuration
        assert (found["order_type"], found["trigger_status"]) == ("STOP_LIMIT", "STOP_PENDING")
    wrong = {**down, "stop_direction": "STOP_DIRECTION_STOP_UP"}
    told = place(site, mine, {"stop_limit_stop_limit_gtc": wrong})["error_response"]
    assert told["preview_failure_reason"] == "PREVIEW_STOP_PRICE_BELOW_LAST_TRADE_PRICE"
    assert place(site, mine, {"stop_limit_stop_limit_gtc": terms})["error"] == "INVALID_ARGUMENT"


def test_cancels_have_an_outcome_each(site: Site, mine: CloudKey) -> None:
    rests = number(place(site, mine, limit()))
    filled = number(place(site, mine, market(base_size="1"), "SELL"))
    named = [rests, filled, rests, "nonsense"]
    told = ask(site, mine, "POST", f"{ORDERS}/batch_cancel", {"order_ids": named})[1]["results"]
    assert ids(told) == named
    assert [row["success"] for row in told] == [True, False, False, False]
    assert [row["failure_reason"] for row in told[1:]] == [
        "ORDER_IS_FULLY_FILLED",
        "INVALID_CANCEL_REQUEST",
        "UNKNOWN_CANCEL_ORDER",
    ]
    assert ask(site, mine, "POST", f"{ORDERS}/batch_cancel", {"order_ids": []})[0] == 400


def test_an_edit_lowers_the_size_alone(site: Site, mine: CloudKey) -> None:
    name = number(place(site, mine, limit("2")))

    def edit(**wanted: str) -> Any:
        return ask(site, mine, "POST", f"{ORDERS}/edit", {"order_id": name, **wanted})[1]

    assert edit(size="1", price="0.06")["success"] is True
    found = order(site, mine, name)
    assert found["order_configuration"]["limit_limit_gtc"]["base_size"] == "1"
    assert found["outstanding_hold_amount"] == "0.06006"
    for wanted, reason in (
        ({"size": "3", "price": "0.06"}, "COMMANDER_REJECTED_EDIT_ORDER"),
        ({"size": "0.5", "price": "0.05"}, "COMMANDER_REJECTED_EDIT_ORDER"),
        ({"size": "0"}, "CANNOT_EDIT_TO_BELOW_FILLED_SIZE"),
        ({"size": "0.50001"}, "INVALID_EDITED_SIZE"),
        ({"order_id": "nonsense", "size": "1"}, "ORDER_NOT_FOUND"),
    ):
        answer = edit(**wanted)
        assert (answer["success"], answer["errors"][0]["edit_failure_reason"]) == (False, reason)
    assert order(site, mine, name) == found


def test_a_preview_places_nothing(site: Site, mine: CloudKey) -> None:
    body = {"product_id": "ETH-BTC", "side": "BUY", "order_configuration": limit("2")}
    told = ask(site, mine, "POST", f"{ORDERS}/preview", body)[1]
    assert (told["errs"], told["order_total"]) == ([], "0.12012")
    assert told["commission_total"] == "0.00012"
    assert client(site, mine).create_order("ETH/BTC", "limit", "buy", 1, 0.06, {"preview": True})
    assert ask(site, mine, "GET", BATCH)[1]["orders"] == []


def test_both_faces_are_one_account(site: Site) -> None:
    """A buy that was placed at the other face paid its fee in base, which is reckoned in quote."""
    mine = open_account(site, "both", ["read", "trade"], BTC="5")
    issued = site.admin("keys", {"account": "both"})
    key = Key(issued["key"], issued["secret"])
    terms = {"symbol": "ETHBTC", "side": "BUY", "type": "MARKET", "quantity": "1"}
    sent = site.signed(key, "POST", "/api/v3/order", **terms)[1]
    [found] = ask(site, mine, "GET", BATCH)[1]["orders"]
    assert found["client_order_id"] == sent["clientOrderId"]
    assert found["total_fees"] == "0.00007001"
    number(place(site, mine, market(base_size="1"), "BUY", "bought"))
    trades = site.signed(key, "GET", "/api/v3/myTrades", symbol="ETHBTC")[1]
    assert [trade["commissionAsset"] for trade in trades] == ["ETH", "BTC"]
