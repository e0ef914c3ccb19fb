"""What is particular to each exchange, one file each: how it authenticates, how it words an
order and an answer, what its endpoints mean. Pure functions, no network."""

import importlib
from types import ModuleType

NAMES = (
    "binance",
    "bitfinex",
    "bitget",
    "bitvavo",
    "bybit",
    "coinbase",
    "coinbaseexchange",
    "gate",
    "kraken",
    "kucoin",
    "okx",
)
"""The exchanges there are; each is the module of that name in this package."""
PREFIXES = {"kucoinfutures": "kucoin"}
"""How paths at the gate begin for another host of an exchange that has the same paths."""
TAKES_ED25519 = frozenset({"binance"})
"""Those whose keys may be Ed25519 key pairs."""


class UnknownExchange(ValueError):
    """No exchange of that name is supported."""


def load(name: str) -> ModuleType:
    """The exchange's module, loaded when it is first spoken.

    Raises:
        UnknownExchange: it is none of `NAMES`.
    """
    name = PREFIXES.get(name, name)
    if name not in NAMES:
        raise UnknownExchange(f"{name!r} is not supported; use one of: {', '.join(NAMES)}")
    return importlib.import_module(f"{__name__}.{name}")
