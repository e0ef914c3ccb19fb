"""Binance's market names: base and quote written together."""

import re

from tradelatch.exchanges.protocol import Reason, Refusal

# The longest known quote at the end of a name is taken for its quote. The guess cannot place an
# order on another market: writing drops the slash again, so the name that goes out is letter by
# letter the one that came in, and Binance has no two markets of one name. A wrong guess gives a
# unified symbol that no market and no policy has, and the order is denied.
# fmt: off
_QUOTES = (  # longest first
    "BFUSD", "FDUSD", "RLUSD", "BKRW", "BUSD", "DOGE", "EURI", "GYEN", "IDRT", "TUSD", "USD1",
    "USDC", "USDE", "USDP", "USDS", "USDT", "XUSD", "ARS", "AUD", "BNB", "BRL", "BTC", "COP", "CZK",
    "DAI", "DOT", "ETH", "EUR", "GBP", "IDR", "JPY", "MXN", "NGN", "PAX", "PLN", "RON", "RUB",
    "SOL", "TRX", "TRY", "UAH", "UST", "VAI", "XRP", "ZAR",
)
# fmt: on
_NAME = re.compile(r"[A-Z0-9]{2,40}")


def unified(name: str) -> str:
    """``ETHBTC`` as ``ETH/BTC``.

    Raises:
        Refusal: BAD_PARAMETER, the name is no spot market's or its quote is not known.
    """
    if _NAME.fullmatch(name):
        for quote in _QUOTES:
            if name.endswith(quote) and name != quote:
                return f"{name.removesuffix(quote)}/{quote}"
    raise Refusal(Reason.BAD_PARAMETER, f"Invalid symbol: {name[:40]!r} is not known.", -1121)


def joined(symbol: str) -> str:
    """``ETH/BTC`` as ``ETHBTC``."""
    return symbol.replace("/", "")
