"""What fuzzers have found, so that it stays mended."""

import pytest

from tests.exchanges.ccxt_offline import CLIENTS
from tradelatch.conformance.cases import Key
from tradelatch.conformance.exchange import Exchange
from tradelatch.conformance.rewriting import why_not_rewritten
from tradelatch.model.http import Request


@pytest.mark.parametrize(
    ("name", "method", "path", "query"),
    [
        # A colon in a path was written as an escape, which is read nowhere.
        ("kucoin", "GET", "/api/v1/hf/orders/7:", "symbol=BTC-USDT"),
    ],
)
def test_what_is_read_is_written_and_read_again(
    name: str, method: str, path: str, query: str
) -> None:
    exchange = Exchange(name)
    key = Key("k", CLIENTS[name].secret.encode(), "p")
    intents = exchange.file.read(Request(method, name, path, query))
    assert why_not_rewritten(exchange, key, intents) == ""
