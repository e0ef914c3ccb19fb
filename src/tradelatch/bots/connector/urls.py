"""Pointing a ccxt exchange elsewhere: every address of it, or signed calls would leave for the
exchange's own hosts."""

from typing import Any
from urllib.parse import urlsplit


def point(exchange: Any, base: str) -> None:
    """Send everything to `base` (``http://`` or ``https://``, a path may follow), websockets
    too; the paths stay as they are.

    Raises:
        ValueError: that is no such URL.
    """
    parts = urlsplit(base)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query:
        raise ValueError(f"{base!r} is no base URL; write it as http://127.0.0.1:8800/binance")
    exchange.urls["api"] = _moved(exchange.urls["api"], base.rstrip("/"))


def leaves(urls: Any) -> list[str]:
    """Every address in a tree of them."""
    if isinstance(urls, dict):
        return [leaf for branch in urls.values() for leaf in leaves(branch)]
    return [str(urls)]


def _moved(urls: Any, base: str) -> Any:
    if isinstance(urls, dict):
        return {name: _moved(branch, base) for name, branch in urls.items()}
    parts = urlsplit(urls)
    if parts.scheme in ("ws", "wss"):
        base = base.replace("http", "ws", 1)
    return base + parts.path.rstrip("/")
