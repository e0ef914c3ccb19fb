"""Folders: other ones of the same layout are read, and what is malformed is said with its place."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.conformance.made import KEYS, LIMIT, LIMIT_WORDS, MARKET, case, wire, write_folder
from tradelatch.conformance.derived import secret_bytes
from tradelatch.conformance.folder import BadFolder, read_folder
from tradelatch.conformance.report import measure_all


def client_file(folder: Path, *calls: dict[str, Any], client: str = "some-client") -> Path:
    (folder / "sdk").mkdir(parents=True, exist_ok=True)
    told = {client: {"ex": "binance", "calls": calls}}
    (folder / "sdk" / "requests.json").write_text(json.dumps(told))
    return folder


def test_a_case_is_read_whole(tmp_path: Path) -> None:
    entry = case(LIMIT_WORDS, LIMIT, args=["BTC/USDT", "limit", "buy", 0.5, 25000.5, {}])
    entry["B"] = wire(LIMIT_WORDS, key="B")
    first, second = read_folder(write_folder(tmp_path / "folder", entry))
    assert (first.exchange, first.client, first.category) == ("binance", "ccxt", "createOrder")
    assert (first.method, first.url) == ("POST", "https://api.binance.com/api/v3/order")
    assert first.body.startswith("symbol=BTCUSDT&side=BUY")
    assert (first.key.key_id, first.key.secret) == ("key of A", b"secret of A")
    assert first.other == second.key
    assert second.other == first.key
    (asked,) = first.asked
    assert (asked.symbol, asked.side, asked.kind) == ("BTC/USDT", "buy", "limit")
    assert [str(one) for one in asked.amounts] == ["0.5"]
    assert "secret" not in repr(first)


def test_other_clients_are_read_too_and_may_be_all_there_is(tmp_path: Path) -> None:
    order = {"tag": "limit", "req": wire(LIMIT_WORDS), "truth": LIMIT}
    other = {"tag": "account", "req": wire("", "GET", "/api/v3/account"), "truth": None}
    folder = client_file(tmp_path, order, other)
    (folder / "credentials.json").write_text(json.dumps({"binance": KEYS}))
    placed, looked = read_folder(folder)
    assert (placed.client, placed.tag, len(placed.asked)) == ("some-client", "limit", 1)
    assert (looked.method, looked.body, looked.asked) == ("GET", "", ())


def test_an_exchange_may_have_one_key_alone(tmp_path: Path) -> None:
    keys = {"binance": {"A": KEYS["A"]}}
    (only,) = read_folder(write_folder(tmp_path / "folder", case("", None, "other"), keys=keys))
    assert only.other is None


Spoil = Callable[[dict[str, Any]], object]
SPOILT: dict[str, tuple[Spoil, str]] = {
    "tag": (lambda entry: entry.pop("tag"), "case 0: 'tag' has to be a text"),
    "category": (lambda entry: entry.update(category=7), "case 0: 'category' has to be a text"),
    "truth": (lambda entry: entry.update(truth=[1]), "case 0: 'truth' has to be an object or null"),
    "symbol": (lambda entry: entry.update(truth={"side": "buy"}), "case 0: 'symbol' has to be a"),
    "amount": (
        lambda entry: entry.update(truth=MARKET | {"amount": "much"}),
        "case 0: 'amount' has to be a number or null",
    ),
    "address": (
        lambda entry: entry["A"].update(url="https://["),
        "case 0, A: 'url' or 'body' cannot be sent",
    ),
    "half a character": (
        lambda entry: entry["A"].update(body="\ud800"),
        "case 0, A: 'url' or 'body' cannot be sent",
    ),
    "batch": (
        lambda entry: entry.update(category="createOrders", args=[7]),
        "case 0: the first of 'args' has to be a list of orders",
    ),
    "no request": (lambda entry: entry.pop("A"), "case 0: there is no request 'A' or 'B'"),
    "request": (lambda entry: entry.update(A="GET /"), "case 0: 'A' has to be an object"),
    "url": (lambda entry: entry["A"].pop("url"), "case 0, A: 'url' has to be a text"),
    "headers": (lambda entry: entry["A"].update(headers=[1]), "case 0, A: 'headers' has to be"),
    "body": (lambda entry: entry["A"].update(body={"a": 1}), "case 0, A: 'body' has to be a text"),
}


@pytest.mark.parametrize("name", SPOILT)
def test_a_malformed_case_is_said_with_its_file(tmp_path: Path, name: str) -> None:
    spoil, says = SPOILT[name]
    entry = case(LIMIT_WORDS, LIMIT)
    spoil(entry)
    folder = write_folder(tmp_path / "folder", entry)
    with pytest.raises(BadFolder) as refused:
        read_folder(folder)
    assert str(refused.value).startswith(f"{folder}/ccxt/binance.json: {says}")


def test_a_number_beyond_all_measure_is_said(tmp_path: Path) -> None:
    huge = LIMIT | {"amount": 111, "price": 111}
    folder = write_folder(tmp_path / "folder", case(LIMIT_WORDS, huge))
    file = folder / "ccxt" / "binance.json"
    file.write_text(file.read_text().replace(" 111", " 1e999999"))
    with pytest.raises(BadFolder, match="case 0: a number in 'truth' is beyond all measure"):
        read_folder(folder)


def test_keys_of_an_exchange_that_is_not_implemented_may_be_missing(tmp_path: Path) -> None:
    entry = case(LIMIT_WORDS, LIMIT)
    folder = write_folder(tmp_path / "folder", entry, keys={"elsewhere": KEYS})
    with pytest.raises(BadFolder, match=r"credentials\.json has no keys of binance"):
        measure_all(read_folder(folder))
    entry["A"]["url"] = "https://api.nowhere.com/orders"
    other = write_folder(tmp_path / "other", entry, keys={"x": KEYS}, exchange="nowhere")
    assert measure_all(read_folder(other)).skipped == ["nowhere"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "is no JSON"),
        ("[" * 100_000, "nested too deeply"),
        ('{"exchange": "binance"}', "'cases' has to be a list"),
        ("[]", "'exchange' has to be a text"),
        ('{"exchange": "binance", "cases": [7]}', "case 0: 'tag' has to be a text"),
        ("\xff", "is no JSON"),
    ],
)
def test_a_file_that_is_no_such_is_said(tmp_path: Path, text: str, says: str) -> None:
    folder = write_folder(tmp_path / "folder")
    (folder / "ccxt" / "binance.json").write_text(text, encoding="latin-1")
    with pytest.raises(BadFolder, match=says) as refused:
        read_folder(folder)
    assert str(folder / "ccxt" / "binance.json") in str(refused.value)


@pytest.mark.parametrize(
    ("keys", "says"),
    [
        ({"binance": []}, "the file: 'binance' has to be an object"),
        ({"binance": {"B": KEYS["B"]}}, "binance A: 'A' has to be an object"),
        ({"binance": {"A": {"secret": "s"}}}, "binance A: 'apiKey' has to be a text"),
        ({"binance": {"A": {"apiKey": "k", "secret": ""}}}, "binance A: 'secret' is empty"),
        (
            {"binance": {"A": {"apiKey": "k", "secret": "derived: by magic"}}},
            "binance A: 'secret' is derived in a way that is not known here",
        ),
        (["binance"], "it has to be an object"),
    ],
)
def test_credentials_that_are_missing_or_malformed_are_said(
    tmp_path: Path, keys: Any, says: str
) -> None:
    folder = write_folder(tmp_path / "folder", case("", None, "other"), keys=keys)
    with pytest.raises(BadFolder) as refused:
        read_folder(folder)
    assert str(refused.value).startswith(f"{folder}/credentials.json: {says}")


def test_a_folder_that_is_none_or_has_nothing_in_it_is_said(tmp_path: Path) -> None:
    with pytest.raises(BadFolder, match="is no folder"):
        read_folder(tmp_path / "nowhere")
    with pytest.raises(BadFolder, match=r"credentials\.json cannot be read: No such file"):
        read_folder(tmp_path)
    (tmp_path / "credentials.json").write_text("{}")
    with pytest.raises(BadFolder, match="holds no request"):
        read_folder(tmp_path)


def test_a_private_key_is_derived_as_the_folder_says() -> None:
    pem = secret_bytes(
        "derived: EC P-256 private value = int(sha256(b'ecA')) mod 2**255, TraditionalOpenSSL PEM"
    )
    assert pem.startswith(b"-----BEGIN EC PRIVATE KEY-----\n")
    assert secret_bytes("plain") == b"plain"
