"""A folder of requests made by hand, as they are recorded from client libraries."""

import hashlib
import hmac
import json
from pathlib import Path
from typing import Any

NOW_MS = 1_760_000_000_123
KEYS = {letter: {"apiKey": f"key of {letter}", "secret": f"secret of {letter}"} for letter in "AB"}
LIMIT = {"symbol": "BTC/USDT", "type": "limit", "side": "buy", "amount": 0.5, "price": 25000.5}
LIMIT_WORDS = "symbol=BTCUSDT&side=BUY&type=LIMIT&quantity=0.5&price=25000.5&timeInForce=GTC"
MARKET = {"symbol": "BTC/USDT", "type": "market", "side": "buy"}
MARKET_WORDS = "symbol=BTCUSDT&side=BUY&type=MARKET"
ORDER = "/api/v3/order"


def wire(
    words: str, method: str = "POST", path: str = ORDER, key: str = "A", secret: str = ""
) -> dict[str, Any]:
    """A request of Binance's with these parameters, signed by a key."""
    words += f"{'&' if words else ''}timestamp={NOW_MS}"
    entry = KEYS[key]
    used = (secret or entry["secret"]).encode()
    words += f"&signature={hmac.new(used, words.encode(), hashlib.sha256).hexdigest()}"
    url = f"https://api.binance.com{path}"
    is_body = method == "POST"
    return {
        "method": method,
        "url": url if is_body else f"{url}?{words}",
        "headers": {"X-MBX-APIKEY": entry["apiKey"]},
        "body": words if is_body else None,
    }


def case(
    words: str,
    truth: dict[str, Any] | None,
    category: str = "createOrder",
    args: list[Any] | None = None,
    **how: str,
) -> dict[str, Any]:
    """A recorded call of ccxt."""
    return {
        "category": category,
        "tag": "made by hand",
        "call": "create_order",
        "args": args or [],
        "truth": truth,
        "A": wire(words, **how),
    }


def write_folder(
    folder: Path, *cases: dict[str, Any], keys: Any = None, exchange: str = "binance"
) -> Path:
    """A folder with these requests of one exchange."""
    (folder / "ccxt").mkdir(parents=True)
    (folder / "credentials.json").write_text(json.dumps(keys or {exchange: KEYS}))
    told = {"exchange": exchange, "ccxt": "4.5.90", "cases": cases}
    (folder / "ccxt" / f"{exchange}.json").write_text(json.dumps(told))
    return folder
