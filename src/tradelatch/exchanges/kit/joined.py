"""Market names in which base and quote are written together: ``ETHBTC``.

The first known quote at the end of a name is taken for its quote. The guess cannot place an order
on another market: writing drops the slash again, so the name that goes out is letter by letter the
one that came in, and no exchange has two markets of one name. A wrong guess gives a unified symbol
that no market and no policy has, and the order is denied.
"""

import re
from collections.abc import Iterable

_NAME = re.compile(r"[A-Z0-9]{2,40}")


def unified(name: str, quotes: Iterable[str]) -> str | None:
    """``ETHBTC`` as ``ETH/BTC``; None if it is no such name or has none of the quotes at its end.
    Of two quotes of which one ends with the other, the longer has to come first."""
    if _NAME.fullmatch(name):
        for quote in quotes:
            if name.endswith(quote) and name != quote:
                return f"{name.removesuffix(quote)}/{quote}"
    return None


def joined(symbol: str) -> str:
    """``ETH/BTC`` as ``ETHBTC``."""
    return symbol.replace("/", "")
