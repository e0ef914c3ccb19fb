"""An unmodified ccxt for any of the drill's exchanges, with nothing changed but its base URLs; and
what its exchanges are not alike in."""

import contextlib
from collections.abc import Awaitable, Callable, Sequence
from typing import Any
from urllib.parse import urlsplit

import ccxt.async_support as ccxt
import msgspec

from tradelatch.drills.script import Credentials

_SETTINGS = {"enableRateLimit": False, "timeout": 10_000}
_OPTIONS = {"kucoin": {"hf": True, "uta": False, "fetchMarkets": {"types": ["spot"]}}}
"""Of ccxt's own: accounts for trading at high frequency, not unified, and no futures."""
_TRIES = 4


def connect(held: Credentials) -> Any:
    """ccxt's asynchronous client, sending everything to where the credentials are good (a gate or a
    venue)."""
    secret = {"apiKey": held.key, "secret": held.secret, "password": held.passphrase}
    options = {"options": _OPTIONS.get(held.exchange, {})}
    exchange = getattr(ccxt, held.exchange)(_SETTINGS | secret | options)
    # Every leaf has to be rewritten, or signed calls would leave for the real host.
    exchange.urls["api"] = _redirected(exchange.urls["api"], held.url)
    return exchange


async def load_markets_once(clients: Sequence[Any]) -> None:
    """Let one client of each exchange read the markets, and the others take them from it."""
    first: dict[str, Any] = {}
    for client in clients:
        if client.id not in first:
            await patiently(client.load_markets)
        client.set_markets_from_exchange(first.setdefault(client.id, client))


async def patiently(read: Callable[..., Awaitable[Any]], *arguments: Any) -> Any:
    """What a question is answered with. On a busy machine it may come too late for its signature,
    and is asked anew."""
    for _ in range(_TRIES - 1):
        with contextlib.suppress(ccxt.NetworkError):
            return await read(*arguments)
    return await read(*arguments)


async def place(
    client: Any,
    symbol: str,
    kind: str,
    side: str,
    amount: Any,
    price: Any = None,
    extra: dict[str, str] | None = None,
) -> Any:
    """ccxt's order as it then stands: some exchanges tell no more than its id at first."""
    order = await client.create_order(symbol, kind, side, amount, price, extra or {})
    return await _standing(client, order, symbol)


async def buy_for(client: Any, symbol: str, money: float) -> Any:
    """The same for an order at market that spends so much: the one way in which all exchanges take
    it."""
    order = await client.create_market_buy_order_with_cost(symbol, money)
    return await _standing(client, order, symbol)


async def _standing(client: Any, order: Any, symbol: str) -> Any:
    told = order["filled"] is not None
    return order if told else await client.fetch_order(order["id"], symbol)


async def cancel_all(client: Any, symbol: str) -> None:
    """Cancel what is open. Where nothing is, some refuse that, and nobody minds."""
    with contextlib.suppress(ccxt.BaseError):
        if client.has["cancelAllOrders"]:
            await client.cancel_all_orders(symbol)
        elif orders := await client.fetch_open_orders(symbol):
            await client.cancel_orders([order["id"] for order in orders], symbol)


def message(error: Exception) -> str:
    """What the exchange said, without ccxt's wrapping and its own."""
    name, _, text = str(error).partition(" ")
    try:
        said = msgspec.json.decode(text, type=_Said)
    except msgspec.DecodeError:
        return text if name in ccxt.exchanges else str(error)
    inside = (said.error_response, *said.errors)
    told = (said.msg, *(one.message for one in inside if one), said.message)
    return next(filter(None, told), text)


class _Told(msgspec.Struct):
    message: str = ""


class _Said(msgspec.Struct):
    """An error in the words of Binance or KuCoin (`msg`), or of Coinbase."""

    msg: str = ""
    message: str = ""
    error_response: _Told | None = None
    errors: list[_Told] = []


def _redirected(urls: Any, base: str) -> Any:
    if isinstance(urls, dict):
        return {name: _redirected(value, base) for name, value in urls.items()}
    return base + urlsplit(urls).path
