"""Every kind of miss is seen, on requests made by hand; and what is right is not called wrong."""

from dataclasses import asdict
from decimal import Decimal
from pathlib import Path
from typing import Any, NoReturn

import pytest

from tests.conformance.made import (
    KEYS,
    LIMIT,
    LIMIT_WORDS,
    MARKET,
    MARKET_WORDS,
    ORDER,
    case,
    wire,
    write_folder,
)
from tradelatch.conformance.comparing import is_close
from tradelatch.conformance.folder import read_folder
from tradelatch.conformance.measuring import (
    ACCEPTED,
    DOUBTFUL,
    NOT_REWRITTEN,
    REFUSED,
    UNVERIFIED,
    WRONG,
)
from tradelatch.conformance.report import Report, measure_all
from tradelatch.exchanges import binance
from tradelatch.model.http import Request

AMEND = "/api/v3/order/amend/keepPriority"
REPLACE = f"{LIMIT_WORDS}&cancelReplaceMode=STOP_ON_FAILURE&cancelOrderId=7"
PAIR = (
    "symbol=BTCUSDT&side=SELL&quantity=0.5&aboveType=LIMIT_MAKER&abovePrice=26000"
    "&belowType=STOP_LOSS_LIMIT&belowStopPrice=24000&belowPrice=23900&belowTimeInForce=GTC"
)
LEGS: list[dict[str, Any]] = [
    {"symbol": "BTC/USDT", "type": "limit", "side": "sell", "amount": 0.5, "price": 26000},
    {
        "symbol": "BTC/USDT",
        "type": "limit",
        "side": "sell",
        "amount": 0.5,
        "price": 23900,
        "params": {"stopLossPrice": 24000},
    },
]
GOOD = {"requests": 1, "verified": 1, "orders": 1, "right": 1, "rewritten": 1}


def measured(tmp_path: Path, *cases: dict[str, Any], **how: Any) -> Report:
    return measure_all(read_folder(write_folder(tmp_path / "folder", *cases, **how)))


def figures(report: Report, exchange: str = "binance") -> dict[str, int]:
    """Those that are not zero."""
    assert asdict(report.total) == asdict(report.rows[exchange])
    return {name: figure for name, figure in asdict(report.total).items() if figure}


@pytest.mark.parametrize(
    ("words", "truth", "args"),
    [
        (LIMIT_WORDS, LIMIT, []),
        (
            LIMIT_WORDS.replace("GTC", "IOC"),
            LIMIT,
            ["BTC/USDT", "limit", "buy", 0.5, 25000.5, {"timeInForce": "IOC"}],
        ),
        (f"{MARKET_WORDS}&quantity=0.5", MARKET | {"amount": 0.5}, []),
        (f"{MARKET_WORDS}&quoteOrderQty=100", MARKET | {"amount": None, "cost": 100}, []),
        # In fewer digits: rounded, and cut off.
        (f"{MARKET_WORDS}&quoteOrderQty=1250.12", MARKET | {"amount": 0.5, "cost": 1250.125}, []),
        (f"{MARKET_WORDS}&quantity=0.98", MARKET | {"amount": 0.98765}, []),
        (LIMIT_WORDS.replace("25000.5", "25001"), LIMIT, []),
        (
            f"{LIMIT_WORDS.replace('LIMIT', 'STOP_LOSS_LIMIT')}&stopPrice=24000.5",
            LIMIT,
            ["BTC/USDT", "limit", "buy", 0.5, 25000.5, {"triggerPrice": 24000.5}],
        ),
    ],
)
def test_an_order_as_it_was_asked_for_is_right(
    tmp_path: Path, words: str, truth: dict[str, Any], args: list[Any]
) -> None:
    report = measured(tmp_path, case(words, truth, args=args))
    assert (figures(report), report.misses, report.is_good) == (GOOD, [], True)


@pytest.mark.parametrize(
    ("words", "truth", "args", "why"),
    [
        (LIMIT_WORDS, LIMIT | {"symbol": "ETH/USDT"}, [], "market BTC/USDT, not ETH/USDT"),
        (LIMIT_WORDS, LIMIT | {"side": "sell"}, [], "side buy, not sell"),
        (LIMIT_WORDS, LIMIT | {"type": "market"}, [], "type limit, not market"),
        (LIMIT_WORDS, LIMIT | {"amount": 0.6}, [], "amount 0.5, not 0.6"),
        (LIMIT_WORDS, LIMIT | {"price": 25000}, [], "price 25000.5, not 25000"),
        (f"{MARKET_WORDS}&quantity=0.5", MARKET | {"cost": 0.5}, [], "amount 0.5, not a cost"),
        (f"{MARKET_WORDS}&quantity=100", MARKET | {"cost": 100}, [], "amount 100, not a cost"),
        (f"{MARKET_WORDS}&quoteOrderQty=5", MARKET | {"amount": 5}, [], "cost 5, not an amount"),
        (f"{MARKET_WORDS}&quantity=0.98", MARKET | {"amount": 0.99}, [], "amount 0.98, not 0.99"),
        (
            f"{LIMIT_WORDS.replace('LIMIT', 'STOP_LOSS_LIMIT')}&stopPrice=24000.5",
            LIMIT,
            [],
            "a stop price 24000.5 that was not asked for",
        ),
        (
            f"{LIMIT_WORDS}&newClientOrderId=24000.5",
            LIMIT,
            ["BTC/USDT", "limit", "buy", 0.5, 25000.5, {"stopLossPrice": 24000.5}],
            "it waits for a price, which was not read",
        ),
        (
            f"{LIMIT_WORDS}&newClientOrderId=fok",
            LIMIT,
            ["BTC/USDT", "limit", "buy", 0.5, 25000.5, {"timeInForce": "FOK"}],
            "time in force GTC, not FOK",
        ),
    ],
)
def test_an_order_read_as_another_is_wrong(
    tmp_path: Path, words: str, truth: dict[str, Any], args: list[Any], why: str
) -> None:
    report = measured(tmp_path, case(words, truth, args=args))
    assert figures(report) == {"requests": 1, "verified": 1, "orders": 1, "wrong": 1}
    assert [(miss.kind, miss.why) for miss in report.misses] == [(WRONG, why)]
    assert not report.is_good


def test_the_bytes_are_right_where_the_folder_says_otherwise(tmp_path: Path) -> None:
    asked = ["BTC/USDT", "market", "buy", 0.5, 25000.5, {"cost": 100}]
    truth = MARKET | {"amount": None, "cost": 100}
    as_amount = case(f"{MARKET_WORDS}&quantity=0.5", truth, args=asked)
    as_other_cost = case(f"{MARKET_WORDS}&quoteOrderQty=12500.25", truth, args=asked)
    as_neither = case(f"{MARKET_WORDS}&quantity=100", truth, args=asked)
    report = measured(tmp_path, as_amount, as_other_cost, as_neither)
    assert (report.total.right, report.total.wrong) == (2, 1)
    assert [miss.kind for miss in report.misses] == [DOUBTFUL, DOUBTFUL, WRONG]


def test_a_refused_order_is_no_wrong_one(tmp_path: Path) -> None:
    said_twice = case(f"{LIMIT_WORDS}&side=BUY", LIMIT)
    unknown_path = case(LIMIT_WORDS, LIMIT, path="/fapi/v1/nothing")
    report = measured(tmp_path, said_twice, unknown_path)
    expected = {"requests": 2, "verified": 2, "orders": 2, "refused": 2, "unknown": 1}
    assert (figures(report), report.is_good) == (expected, True)
    assert [miss.kind for miss in report.misses] == [REFUSED, REFUSED]
    assert "'side'" in report.misses[0].why


def test_each_order_of_a_batch_counts(tmp_path: Path) -> None:
    path = "/api/v3/orderList/oco"
    both = case(PAIR, {"symbol": "BTC/USDT"}, "createOrders", [LEGS], path=path)
    report = measured(tmp_path, both)
    assert figures(report) == GOOD | {"orders": 2, "right": 2, "rewritten": 2}
    swapped = case(PAIR, {"symbol": "BTC/USDT"}, "createOrders", [LEGS[::-1]], path=path)
    lacking = case(PAIR, {"symbol": "BTC/USDT"}, "createOrders", [LEGS[:1]], path=path)
    report = measured(tmp_path / "wrong", swapped, lacking)
    assert figures(report) == {"requests": 2, "verified": 2, "orders": 3, "wrong": 3}
    assert report.misses[-1].why == "1 asked for, 2 read"


def test_an_edit_counts_as_an_order_and_is_compared_by_what_it_carries(tmp_path: Path) -> None:
    replaced = case(REPLACE, LIMIT, "editOrder", path=f"{ORDER}/cancelReplace")
    report = measured(tmp_path / "1", replaced)
    assert figures(report) == GOOD
    amend = "symbol=BTCUSDT&orderId=7&origClientOrderId=a&newQty="
    report = measured(
        tmp_path / "2", case(f"{amend}0.5", LIMIT, "editOrder", method="PUT", path=AMEND)
    )
    assert figures(report) == GOOD
    report = measured(
        tmp_path / "3", case(f"{amend}0.4", LIMIT, "editOrder", method="PUT", path=AMEND)
    )
    assert [miss.why for miss in report.misses] == ["amount 0.4, not 0.5"]


def test_an_edit_of_which_the_cancel_alone_is_sent_is_read_right_as_that(tmp_path: Path) -> None:
    cancel = case("symbol=BTCUSDT&orderId=7", LIMIT, "editOrder", method="DELETE")
    report = measured(tmp_path, cancel)
    assert figures(report) == {"requests": 1, "verified": 1, "orders": 1, "right": 1}
    assert [miss.kind for miss in report.misses] == [DOUBTFUL]
    placed = case("symbol=BTCUSDT&orderId=7", LIMIT, method="DELETE")
    assert measured(tmp_path / "placed", placed).total.wrong == 1


def test_what_is_read_and_cannot_be_written_is_told(tmp_path: Path) -> None:
    # Both ids are needed to write it, and a bot may name it by one.
    words = "symbol=BTCUSDT&orderId=7&newQty=0.5"
    report = measured(tmp_path, case(words, LIMIT, "editOrder", method="PUT", path=AMEND))
    assert figures(report) == {"requests": 1, "verified": 1, "orders": 1, "right": 1}
    assert [miss.kind for miss in report.misses] == [NOT_REWRITTEN]
    assert report.is_good


def test_a_bad_signature_and_an_other_key_id_are_not_verified(tmp_path: Path) -> None:
    forged = case(LIMIT_WORDS, LIMIT, secret="somebody's")
    other_id = case(LIMIT_WORDS, LIMIT)
    other_id["A"]["headers"]["X-MBX-APIKEY"] = "another key"
    report = measured(tmp_path, forged, other_id)
    assert (report.total.requests, report.total.verified) == (2, 0)
    assert [miss.kind for miss in report.misses] == [UNVERIFIED, UNVERIFIED]
    assert report.misses[0].why.startswith("bad signature")
    assert "'another key'" in report.misses[1].why
    assert report.is_good


def test_a_request_without_a_signature_is_none_of_the_signed_ones(tmp_path: Path) -> None:
    bare = case(LIMIT_WORDS, LIMIT)
    bare["A"]["body"] = LIMIT_WORDS
    report = measured(tmp_path, bare)
    assert figures(report) == {"orders": 1, "right": 1, "rewritten": 1}


def test_one_that_is_good_with_another_secret_is_told_loudly(tmp_path: Path) -> None:
    same = {letter: {"apiKey": "key of A", "secret": "secret of A"} for letter in "AB"}
    report = measured(tmp_path, case(LIMIT_WORDS, LIMIT), keys={"binance": same})
    assert (report.total.requests, report.total.verified) == (1, 0)
    assert [miss.kind for miss in report.misses] == [ACCEPTED]
    assert not report.is_good


@pytest.mark.parametrize(
    ("covers", "what"), [("path", "byte 0 of the path"), ("method", "the method")]
)
def test_one_that_is_good_after_a_change_of_what_should_be_covered_is_told_loudly(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, covers: str, what: str
) -> None:
    monkeypatch.setattr(binance, "COVERS", frozenset({covers}), raising=False)
    report = measured(tmp_path, case(LIMIT_WORDS, LIMIT))
    why = f"it is accepted with {what} changed"
    assert [(miss.kind, miss.why) for miss in report.misses] == [(ACCEPTED, why)]
    assert not report.is_good


def test_moving_funds_and_managing_keys_are_counted(tmp_path: Path) -> None:
    funds = case("coin=USDT", None, "withdraw", path="/sapi/v1/capital/withdraw/apply")
    keys = case("", None, "other", path="/sapi/v1/sub-account/subAccountApi")
    unknown = case("", None, "other", path="/api/v3/nothing")
    report = measured(tmp_path, funds, keys, unknown)
    assert figures(report) == {"requests": 3, "verified": 3, "moved_funds": 2, "unknown": 1}
    assert report.misses == []


@pytest.mark.parametrize(
    ("category", "call", "path", "is_door"),
    [
        ("withdraw", "withdraw", "/api/v3/account", True),
        ("transfer", "transfer", "/api/v3/account", True),
        ("other", "create_gift_code", "/api/v3/account", True),
        ("other", "fetch", "/sapi/v1/capital/withdraw/history", True),
        ("read", "fetch_withdrawals", "/sapi/v1/capital/withdraw/history", False),
        ("read", "fetch_balance", "/api/v3/account", False),
    ],
)
def test_a_door_that_is_read_as_harmless_is_wrong(
    tmp_path: Path, category: str, call: str, path: str, is_door: bool
) -> None:
    entry = case("", None, category, method="GET", path=path) | {"call": call}
    report = measured(tmp_path, entry)
    assert report.total.wrong == is_door
    assert [miss.kind for miss in report.misses] == [WRONG] * is_door


def test_a_file_that_raises_what_it_must_not_is_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(request: Request) -> NoReturn:
        raise KeyError("side")

    monkeypatch.setattr(binance, "read", broken)
    report = measured(tmp_path, case(LIMIT_WORDS, LIMIT))
    assert [(miss.kind, miss.why) for miss in report.misses] == [
        (WRONG, "KeyError was raised: 'side'")
    ]
    assert not report.is_good


def test_a_request_goes_to_the_exchange_of_its_host(tmp_path: Path) -> None:
    keys = {"elsewhere": KEYS}
    entry = case(LIMIT_WORDS, LIMIT)
    report = measured(tmp_path / "host", entry, keys=keys, exchange="elsewhere")
    assert figures(report, "elsewhere") == GOOD
    entry["A"]["url"] = "https://api.nowhere.com/orders"
    report = measured(tmp_path / "name", entry, keys=keys, exchange="elsewhere")
    assert (report.rows, report.skipped) == ({}, ["elsewhere"])
    assert not any(asdict(report.total).values())


def test_the_same_miss_with_both_keys_is_told_once(tmp_path: Path) -> None:
    entry = case(f"{LIMIT_WORDS}&side=BUY", LIMIT)
    entry["B"] = wire(f"{LIMIT_WORDS}&side=BUY", key="B")
    report = measured(tmp_path, entry)
    assert (report.total.refused, len(report.misses)) == (2, 1)


@pytest.mark.parametrize(
    ("read", "asked", "stated", "is_right"),
    [
        ("1.5", "1.50", [], True),
        ("1.26", "1.255", ["1.26"], True),
        ("1.26", "1.255", ["1.27"], False),  # somebody else's rounding: it was not sent
        ("1.25", "1.2599", ["1.25"], True),
        ("1.25", "1.26", ["1.25"], False),
        ("1.27", "1.264", ["1.27"], False),
        ("100", "104", ["100"], False),
        ("25001", "25000.5", ["25001"], True),
        ("112910", "112911", ["112910"], True),
        ("112910", "112921", ["112910"], False),
        ("1.50000", "1.50004", ["1.50000"], False),
    ],
)
def test_a_number_may_have_been_sent_in_fewer_digits(
    read: str, asked: str, stated: list[str], is_right: bool
) -> None:
    assert is_close(Decimal(read), Decimal(asked), frozenset(map(Decimal, stated))) is is_right
