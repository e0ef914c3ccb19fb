"""What the exchanges' own clients, in an environment of their own, make of the house's refusals: a
denial reaches the caller as an exchange's word about his order, with its verdict, and is sent once.

Where they have their exchange's address, and what they do besides, is known from their sources.
"""

import json
import re
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.clients.away import Grant, Town
from tests.clients.foreign import python_of, run
from tests.venue.site import Key
from tradelatch.model.intents import PlaceOrder

CLIENT = "vendors"
BY_POLICY = re.compile(r"denied by policy \(verdict [1-9][0-9]*\): ")
TELL = """
import json, os
GATE, KEY, SECRET = (os.environ["TRADELATCH_" + name] for name in ("VENUE", "KEY", "SECRET"))
{made}

def told(call):
    try:
        return ["", str(call())]
    except Exception as error:
        text = str(error) + str(getattr(error, "message", ""))
        return [type(error).__name__, text]

print(json.dumps({{"order": told(lambda: {order}), "funds": told(lambda: {funds})}}))
"""


class Library(NamedTuple):
    """A client: of which exchange, the program that makes it, how it places an order and how it
    moves funds; and what it raises when it is denied the one or the other, or nobody knows what
    became of the order (nothing where it hands over the answer as it is)."""

    exchange: str
    made: str
    order: str
    funds: str
    denied: str = ""
    not_permitted: str = ""
    unknown: str = ""


LIBRARIES = {
    "pybit": Library(
        "bybit",
        """
from pybit.unified_trading import HTTP
client = HTTP(api_key=KEY, api_secret=SECRET)
client.endpoint = GATE
order = {"category": "spot", "symbol": "ETHBTC", "side": "Buy", "orderType": "Limit"}
""",
        'client.place_order(**order, qty="1", price="0.05")',
        'client.withdraw(coin="ETH", chain="ETH", address="0xab", amount="1", timestamp=1)',
        *["InvalidRequestError"] * 3,
    ),
    "python-okx": Library(
        "okx",
        """
from okx.Trade import TradeAPI
from okx.Funding import FundingAPI
known = {"flag": "0", "domain": GATE}
trade, funding = (kind(KEY, SECRET, "any", **known) for kind in (TradeAPI, FundingAPI))
""",
        'trade.place_order("ETH-BTC", "cash", "buy", "limit", "1", px="0.05")',
        'funding.withdrawal("ETH", "1", "4", "0xab")',
    ),
    "python-kucoin": Library(
        "kucoin",
        """
from kucoin.client import Client
client = Client(KEY, SECRET, "any")
client.API_URL = GATE
""",
        'client.create_order("ETH-BTC", "limit", "buy", size="1", price="0.05")',
        'client.create_withdrawal("ETH", 1, "0xab", "ADDRESS")',
        *["KucoinAPIException"] * 3,
    ),
    "krakenex": Library(
        "kraken",
        """
import krakenex
client = krakenex.API(KEY, SECRET)
client.uri = GATE
order = {"pair": "XETHXXBT", "type": "buy", "ordertype": "limit", "volume": "1", "price": "0.05"}
""",
        'client.query_private("AddOrder", order)',
        'client.query_private("Withdraw", {"asset": "XETH", "key": "mine", "amount": "1"})',
    ),
    "coinbase-advanced-py": Library(
        "coinbase",
        """
from coinbase.rest import RESTClient
from requests.adapters import HTTPAdapter

class Plain(HTTPAdapter):  # it knows no address without TLS
    def send(self, request, **more):
        request.url = request.url.replace("https://", "http://", 1)
        return super().send(request, **more)

client = RESTClient(api_key=KEY, api_secret=SECRET, base_url=GATE.removeprefix("http://"))
client.session.mount("https://", Plain())
""",
        'client.limit_order_gtc_buy("mine", "ETH-BTC", "1", "0.05").to_dict()',
        'client.move_portfolio_funds("1", "ETH", "mine", "yours")',
        not_permitted="HTTPError",
        unknown="HTTPError",
    ),
    "gate-api": Library(
        "gate",
        """
import gate_api
known = gate_api.Configuration(host=GATE + "/api/v4", key=KEY, secret=SECRET)
client = gate_api.ApiClient(known)
order = gate_api.Order(
    currency_pair="ETH_BTC", type="limit", account="spot", side="buy", amount="1", price="0.05"
)
out = gate_api.LedgerRecord(currency="ETH", address="0xab", amount="1", chain="ETH")
""",
        "gate_api.SpotApi(client).create_order(order)",
        "gate_api.WithdrawalApi(client).withdraw(out)",
        *["GateApiException"] * 3,
    ),
    "bitfinex-api-py": Library(
        "bitfinex",
        """
from bfxapi import Client
client = Client(KEY, SECRET, rest_host=GATE + "/v2").rest.auth
""",
        'client.submit_order("EXCHANGE LIMIT", "tETHBTC", "1", "0.05")',
        'client.submit_wallet_withdrawal("exchange", "ethereum", "0xab", "1")',
        denied="RequestParameterError",
        not_permitted="GenericError",
        unknown="RuntimeError",
    ),
    "python-bitvavo-api": Library(
        "bitvavo",
        """
from functools import partial
from requests import models
from python_bitvavo_api.bitvavo import Bitvavo

class Compact:  # it signs a body without spaces, and sends one with them
    loads = staticmethod(json.loads)
    dumps = staticmethod(partial(json.dumps, separators=(",", ":")))

models.complexjson = Compact
client = Bitvavo({"APIKEY": KEY, "APISECRET": SECRET, "RESTURL": GATE + "/v2"})
order = {"amount": "1", "price": "0.05", "operatorId": 1}
""",
        'client.placeOrder("ETH-EUR", "buy", "limit", order)',
        'client.withdrawAssets("ETH", "1", "0xab", {})',
    ),
    "python-bitget": Library(
        "bitget",
        """
import pybitget.client
pybitget.client.API_URL = GATE
client = pybitget.client.Client(KEY, SECRET, "any")
order = {"symbol": "ETHBTC", "side": "buy", "orderType": "limit", "force": "gtc", "size": "1"}
path = "/api/v2/spot/trade/place-order"  # its own are of the first version
""",
        'client._request_with_params("POST", path, {**order, "price": "0.05"})',
        'client.spot_withdrawal("ETH", "0xab", "ETH", "1")',
        *["BitgetAPIException"] * 3,
    ),
}


def says(town: Town, library: Library, grant: Grant, folder: Path) -> dict[str, list[str]]:
    """What a client raises, and with which text, by what it was to do."""
    key = Key(*grant)
    url = f"{town.gate}/{library.exchange}"
    program = TELL.format(made=library.made, order=library.order, funds=library.funds)
    code, output = run([python_of(CLIENT), "-c", program], url, key, folder, 60)
    assert code == 0, output
    told: dict[str, list[str]] = json.loads(output.splitlines()[-1])
    return told


@pytest.mark.parametrize("name", LIBRARIES)
def test_a_denial_is_told_and_not_tried_again(town: Town, name: str, tmp_path: Path) -> None:
    library = LIBRARIES[name]
    denied = len(town.records(library.exchange, "Denied"))
    heard = len(town.away.of(library.exchange, PlaceOrder))
    told = says(town, library, town.grant(library.exchange), tmp_path)
    raises, text = told["order"]
    assert (raises, BY_POLICY.findall(text) != []) == (library.denied, True), text
    assert "a grant may only read and trade" not in text
    raises, text = told["funds"]
    assert (raises, BY_POLICY.findall(text) != []) == (library.not_permitted, True), text
    assert "a grant may only read and trade" in text
    assert len(town.records(library.exchange, "Denied")) == denied + 2
    assert len(town.away.of(library.exchange, PlaceOrder)) == heard


@pytest.mark.parametrize("name", LIBRARIES)
def test_what_may_have_happened_is_told_and_not_sent_again(
    town: Town, name: str, tmp_path: Path
) -> None:
    library = LIBRARIES[name]
    heard = len(town.away.of(library.exchange, PlaceOrder))
    raises, text = says(town, library, town.grant(library.exchange, lets_out=True), tmp_path)[
        "order"
    ]
    assert raises == library.unknown, text
    assert "the exchange did not say what became of it; it is being asked" in text
    assert len(town.away.of(library.exchange, PlaceOrder)) == heard + 1
    town.check()
