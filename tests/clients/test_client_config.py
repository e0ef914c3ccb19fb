"""The settings that `client-config` prints, taken as they are by clients in environments of their
own, in front of a real gate: they trade with a grant, and a denial raises their exceptions."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clients.foreign import python_of
from tests.house.stage import Stage
from tradelatch.cli.client_config import Client, written

CCXT = """
balance = exchange.fetch_balance()
bid = exchange.fetch_ticker("ETH/BTC")["bid"]
order = exchange.create_order("ETH/BTC", "limit", "buy", 0.1, round(bid * 0.995, 5))
assert exchange.fetch_order(order["id"], "ETH/BTC")["status"] == "open"
assert exchange.cancel_order(order["id"], "ETH/BTC")["status"] == "canceled"
assert exchange.create_order("ETH/BTC", "market", "buy", 0.1)["filled"] == 0.1
try:
    exchange.create_order("ETH/BTC", "limit", "sell", 1, round(bid * 0.5, 5))
except ccxt.InvalidOrder as error:
    print("denied", error)

def leaves(urls):
    if isinstance(urls, dict):
        return [leaf for value in urls.values() for leaf in leaves(value)]
    return [urls]

ours = (GATE, SOCKETS)
print("astray", [url for url in leaves(exchange.urls["api"]) if not url.startswith(ours)])
"""
CCXT_PRO = """
import asyncio

async def trade():
    order = await exchange.create_order_ws("ETH/BTC", "market", "buy", 0.1)
    assert order["filled"] == 0.1
    await exchange.authenticate({"type": "spot"})
    orders = asyncio.ensure_future(exchange.watch_orders())
    await exchange.watch_order_book("ETH/BTC")
    await asyncio.sleep(0)
    await exchange.create_order_ws("ETH/BTC", "market", "sell", 0.1)
    assert (await orders)[0]["symbol"] == "ETH/BTC"
    bid = (await exchange.fetch_ticker("ETH/BTC"))["bid"]
    try:
        await exchange.create_order_ws("ETH/BTC", "limit", "sell", 1, round(bid * 0.5, 5))
    except ccxt.InvalidOrder as error:
        print("denied", error)
    print("astray", [])
    await exchange.close()

asyncio.run(trade())
"""
FREQTRADE = """
import json, ccxt
settings = json.loads(SETTINGS)["exchange"]
key = {"apiKey": settings["key"], "secret": settings["secret"]}
exchange = ccxt.binance(key | settings["ccxt_config"])
"""
PYTHON_BINANCE = """
from binance.exceptions import BinanceAPIException
bid = float(client.get_orderbook_ticker(symbol="ETHBTC")["bidPrice"])
assert client.get_account()["balances"]
order = client.order_limit_buy(symbol="ETHBTC", quantity=0.1, price=f"{bid * 0.995:.5f}")
assert client.get_order(symbol="ETHBTC", orderId=order["orderId"])["status"] == "NEW"
assert client.cancel_order(symbol="ETHBTC", orderId=order["orderId"])["status"] == "CANCELED"
assert client.order_market_buy(symbol="ETHBTC", quantity=0.1)["status"] == "FILLED"
try:
    client.order_limit_sell(symbol="ETHBTC", quantity=1, price=f"{bid * 0.5:.5f}")
except BinanceAPIException as error:
    print("denied", error.code, error)
print("astray", [])
"""
SDK = """
from binance_common.errors import BadRequestError
rest = client.rest_api
bid = float(rest.ticker_book_ticker(symbol="ETHBTC").data().actual_instance.bid_price)
assert rest.get_account().data().balances
form = {"symbol": "ETHBTC", "side": "BUY", "type": "LIMIT", "time_in_force": "GTC", "quantity": 0.1}
order = rest.new_order(**form, price=round(bid * 0.995, 5)).data()
assert rest.get_order("ETHBTC", order_id=order.order_id).data().status == "NEW"
assert rest.delete_order("ETHBTC", order_id=order.order_id).data().status == "CANCELED"
assert rest.new_order("ETHBTC", "BUY", "MARKET", quantity=0.1).data().status == "FILLED"
try:
    rest.new_order(**form | {"side": "SELL", "quantity": 1}, price=round(bid * 0.5, 5))
except BadRequestError as error:
    print("denied", error)
print("astray", [])
"""
CONNECTOR = """
import json, queue
from binance.error import ClientError
bid = float(client.book_ticker("ETHBTC")["bidPrice"])
assert client.account()["balances"]
form = {"symbol": "ETHBTC", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "quantity": 0.1}
order = client.new_order(**form, price=f"{bid * 0.995:.5f}")
one = {"symbol": "ETHBTC", "orderId": order["orderId"]}
assert client.get_order(**one)["status"] == "NEW"
assert client.cancel_order(**one)["status"] == "CANCELED"
assert client.new_order("ETHBTC", "BUY", "MARKET", quantity=0.1)["status"] == "FILLED"
heard = queue.Queue()
stream = streams(on_message=lambda _, text: heard.put(json.loads(text)))
stream.book_ticker(symbol="ethbtc")
while "result" in (told := heard.get(timeout=20)):
    # A quiet market may tell nothing for longer than that: what changes its best price is a trade.
    assert client.new_order("ETHBTC", "BUY", "MARKET", quantity=0.1)["status"] == "FILLED"
assert told["s"] == "ETHBTC"
stream.stop()
answers = queue.Queue()
api = calls(on_message=lambda _, text: answers.put(json.loads(text)))
api.new_order(**form | {"type": "MARKET", "timeInForce": None})
assert answers.get(timeout=20)["result"]["status"] == "FILLED"
api.stop()
try:
    client.new_order(**form | {"side": "SELL", "quantity": 1, "price": f"{bid * 0.5:.5f}"})
except ClientError as error:
    print("denied", error.error_code, error)
print("astray", [])
"""
SESSIONS = {
    "ccxt": ("ccxt", "{settings}" + CCXT),
    "ccxt.pro": ("ccxt", "{settings}" + CCXT_PRO),
    "freqtrade": ("ccxt", "SETTINGS = {settings!r}" + FREQTRADE + CCXT),
    "python-binance": ("python-binance", "{settings}" + PYTHON_BINANCE),
    "binance-sdk-spot": ("binance-sdk-spot", "{settings}" + SDK),
    "binance-connector": ("binance-connector", "{settings}" + CONNECTOR),
}
"""By client: whose environment, and the program. freqtrade hands its settings to ccxt."""


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with Stage(tmp_path_factory.mktemp("stage")) as started:
        yield started


def printed(stage: Stage, client: str, folder: Path) -> str:
    """The client's settings, for this gate and a grant."""
    config = folder / "tradelatch.toml"
    config.write_text(f"[gate]\nport = {stage.port}\n")
    grant = folder / "grant.json"
    grant.write_text(json.dumps(stage.grant))
    command = [sys.executable, "-m", "tradelatch.cli", "client-config", "--client", client]
    command += ["--grant", str(grant), "--config", str(config)]
    ran = subprocess.run(command, capture_output=True, text=True)
    assert (ran.returncode, ran.stderr) == (0, "")
    return ran.stdout


@pytest.mark.parametrize("client", SESSIONS)
def test_a_client_trades_by_what_is_printed(stage: Stage, client: str, tmp_path: Path) -> None:
    whose, program = SESSIONS[client]
    settings = printed(stage, client.removesuffix(".pro"), tmp_path)
    if client == "ccxt.pro":
        settings = settings.replace("import ccxt\n", "import ccxt.pro as ccxt\n")
    denied = len(stage.records("Denied"))
    gate = f"GATE = {stage.gate!r}\nSOCKETS = {stage.gate.replace('http', 'ws', 1)!r}\n"
    source = gate + program.replace("{settings!r}", repr(settings)).replace("{settings}", settings)
    ran = subprocess.run(
        [python_of(whose), "-c", source], capture_output=True, text=True, timeout=120, cwd=tmp_path
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    said = ran.stdout.splitlines()
    assert said[-1] == "astray []"
    assert "denied by policy (verdict" in said[-2]
    assert len(stage.records("Denied")) == denied + 1, "what is denied is not sent again"
    stage.check_alive()


@pytest.mark.parametrize("client", [client for client in Client if client is not Client.FREQTRADE])
def test_what_is_printed_for_a_library_is_python(client: Client) -> None:
    compile(written(client, "http://127.0.0.1:8800/binance", "id", 'a "secret"'), client, "exec")


def test_a_client_may_be_named_in_any_case() -> None:
    command = [sys.executable, "-m", "tradelatch.cli", "client-config", "--client"]
    ran = [subprocess.run([*command, name], capture_output=True) for name in ("ccxt", "CCXT")]
    assert ran[0].stdout == ran[1].stdout != b""


def test_a_mistake_gets_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "grant.json").write_text("[]")
    command = [sys.executable, "-m", "tradelatch.cli", "client-config", "--client", "ccxt"]
    for more, says in (
        (["--exchange", "mtgox"], "'mtgox' is not supported"),
        (["--grant", "/nowhere"], "/nowhere: cannot read it"),
        (["--grant", str(tmp_path / "grant.json")], "this is no grant"),
    ):
        ran = subprocess.run([*command, *more], capture_output=True, text=True)
        assert (ran.returncode, ran.stderr.count("\n")) == (2, 1)
        assert says in ran.stderr
