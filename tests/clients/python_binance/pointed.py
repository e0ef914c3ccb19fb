"""Points python-binance's own tests at a venue: fixtures and names under which they ask for
clients. It is laid beside them as `conftest.py`; `TRADELATCH_VENUE` is the base URL,
`TRADELATCH_KEY` and `TRADELATCH_SECRET` an account's key.
"""

import os
from collections.abc import AsyncIterator, Iterator
from typing import Any
from unittest.mock import patch

import pytest
import pytest_asyncio
from binance import AsyncClient, BinanceSocketManager, Client, ThreadedWebsocketManager
from binance.base_client import BaseClient

VENUE = os.environ["TRADELATCH_VENUE"]
SOCKETS = VENUE.replace("http", "ws", 1)

# The addresses of the exchange itself stay: tests that go there bring an answer of their own.
BaseClient.API_TESTNET_URL = f"{VENUE}/api"
BaseClient.MARGIN_API_URL = f"{VENUE}/sapi"
for kind in ("FUTURES", "FUTURES_COIN", "OPTIONS"):
    for suffix in ("TESTNET_URL", "DEMO_URL"):
        setattr(BaseClient, f"{kind}_{suffix}", f"{VENUE}/{kind.lower()}")
BaseClient.WS_API_TESTNET_URL = f"{SOCKETS}/ws-api/v3"
for name in ("WS_FUTURES_TESTNET_URL", "WS_FUTURES_DEMO_URL"):
    setattr(BaseClient, name, f"{SOCKETS}/ws-fapi/v1")
for kind in ("STREAM", "FSTREAM", "DSTREAM"):
    for suffix in ("TESTNET_URL", "DEMO_URL"):
        setattr(BinanceSocketManager, f"{kind}_{suffix}", f"{SOCKETS}/")

proxies: dict[str, str] = {}
proxy = None
api_key = os.environ["TRADELATCH_KEY"]
api_secret = os.environ["TRADELATCH_SECRET"]
testnet = True

_NOT_THERE = "Endpoint not working on testnet"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let run what is skipped for the sake of the exchange's test network alone: it lacks
    endpoints that the exchange and a venue have."""
    for item in items:
        item.own_markers = [
            mark for mark in item.own_markers if mark.kwargs.get("reason") != _NOT_THERE
        ]


@pytest.fixture
def client() -> Client:
    return Client(api_key, api_secret, testnet=True)


@pytest.fixture
def liveClient() -> Client:
    made = Client(api_key, api_secret, ping=False)
    made.API_URL = BaseClient.API_TESTNET_URL
    return made


@pytest.fixture
def futuresClient() -> Client:
    return Client(api_key, api_secret, demo=True, ping=False)


@pytest.fixture
def manager() -> Iterator[ThreadedWebsocketManager]:
    return ThreadedWebsocketManager(api_key=api_key, api_secret=api_secret, testnet=True)


async def _client(**options: Any) -> AsyncIterator[AsyncClient]:
    made = AsyncClient(api_key, api_secret, **options)
    try:
        yield made
    finally:
        await made.close_connection()


@pytest_asyncio.fixture
async def clientAsync() -> AsyncIterator[AsyncClient]:
    async for made in _client(testnet=True):
        yield made


@pytest_asyncio.fixture
async def liveClientAsync() -> AsyncIterator[AsyncClient]:
    async for made in _client():
        made.API_URL = BaseClient.API_TESTNET_URL
        yield made


@pytest_asyncio.fixture
async def futuresClientAsync() -> AsyncIterator[AsyncClient]:
    async for made in _client(testnet=True):
        yield made


def call_method_and_assert_uri_contains(
    client: Client, method_name: str, expected_string: str, *arguments: Any, **named: Any
) -> Any:
    """Call a method that makes one request, whose URI has to contain a text."""
    with patch.object(client, "_request", wraps=client._request) as requested:
        answer = getattr(client, method_name)(*arguments, **named)
    requested.assert_called_once()
    assert expected_string in requested.call_args.args[1]
    return answer
