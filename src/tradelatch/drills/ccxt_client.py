"""An unmodified ccxt, with nothing changed but its base URLs."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

import ccxt.async_support as ccxt


def binance(url: str, key: str, secret: str) -> Any:
    """ccxt's asynchronous binance, sending everything to `url` (a gate or a venue)."""
    exchange = ccxt.binance(
        {"apiKey": key, "secret": secret, "enableRateLimit": False, "timeout": 10_000}
    )
    # Every leaf has to be rewritten, or signed calls would leave for the real host.
    exchange.urls["api"] = _redirected(exchange.urls["api"], url)
    return exchange


async def load_markets_once(clients: Sequence[Any]) -> None:
    """Let the first client read the markets, and the others take them from it."""
    first, *others = clients
    await first.load_markets()
    for client in others:
        client.set_markets_from_exchange(first)


def _redirected(urls: Any, base: str) -> Any:
    if isinstance(urls, dict):
        return {name: _redirected(value, base) for name, value in urls.items()}
    return base + urlsplit(urls).path
