"""Binance's market names: base and quote written together."""

from tradelatch.exchanges.kit import joined
from tradelatch.exchanges.protocol import Reason, Refusal

# fmt: off
_QUOTES = (  # longest first
    "BFUSD", "FDUSD", "RLUSD", "BKRW", "BUSD", "DOGE", "EURI", "GYEN", "IDRT", "TUSD", "USD1",
    "USDC", "USDE", "USDP", "USDS", "USDT", "XUSD", "ARS", "AUD", "BNB", "BRL", "BTC", "COP", "CZK",
    "DAI", "DOT", "ETH", "EUR", "GBP", "IDR", "JPY", "MXN", "NGN", "PAX", "PLN", "RON", "RUB",
    "SOL", "TRX", "TRY", "UAH", "UST", "VAI", "XRP", "ZAR",
)
# fmt: on


def unified(name: str) -> str:
    """``ETHBTC`` as ``ETH/BTC``.

    Raises:
        Refusal: BAD_PARAMETER, the name is no spot market's or its quote is not known.
    """
    if symbol := joined.unified(name, _QUOTES):
        return symbol
    raise Refusal(Reason.BAD_PARAMETER, f"Invalid symbol: {name[:40]!r} is not known.", -1121)
