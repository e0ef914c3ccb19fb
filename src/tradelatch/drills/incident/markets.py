"""What each exchange lists: coins that anyone would take, and those that nobody would.

The thin coins are made up; so are all prices, though they start near those of September 2022.
"""

from decimal import Decimal

import msgspec

DOLLARS = ("USDT", "BUSD", "USD")
"""Quote assets that count as one dollar each."""

LIQUID = {
    "BTC": "19800",
    "ETH": "1480",
    "BNB": "280",
    "SOL": "32",
    "LTC": "58",
    "LINK": "7.2",
    "ADA": "0.46",
    "XRP": "0.42",
}
"""Dollars at the start."""

_THIN = {
    ("binance", "USDT"): ("QUILA", "ORBAT", "VELDO", "NIMBU", "TARNE", "KESTA"),
    ("binance", "BUSD"): ("PELLO", "RUMBI", "DORVA"),
    ("binance", "BTC"): ("SYLBA", "VINTO", "GRANU", "HOLKA"),
    ("kucoin", "USDT"): ("BRISO", "CALDU", "FENOR", "JULPA", "MOXEN", "WERBI"),
    ("kucoin", "BTC"): ("LOTRA", "ZEPPO"),
    ("coinbasepro", "USD"): ("ARLEN", "DUSKO", "YARBO"),
    ("bittrex", "BTC"): ("UXMAL",),
}
_THIN_DOLLARS = ("0.0021", "0.0094", "0.031", "0.018", "0.0052", "0.0137")
_THIN_FOR_BTC = ("0.42", "0.27", "0.88", "0.61")
"""Dollars at the start, in the order of the coins; prices in BTC have but eight places."""

STEP, THIN_STEP = Decimal("0.000001"), Decimal("0.0001")


class Market(msgspec.Struct, frozen=True):
    """A pair; prices are multiples of `tick`, quantities of `step`."""

    base: str
    quote: str
    tick: Decimal
    step: Decimal

    @property
    def symbol(self) -> str:
        """As ``ETH/BTC``."""
        return f"{self.base}/{self.quote}"


def starts() -> dict[str, Decimal]:
    """The first price of each asset, dollars."""
    prices = {asset: Decimal(price) for asset, price in LIQUID.items()}
    for (_, quote), coins in _THIN.items():
        listed = _THIN_FOR_BTC if quote == "BTC" else _THIN_DOLLARS
        prices |= {coin: Decimal(price) for coin, price in zip(coins, listed, strict=False)}
    return prices


def quotes(exchange: str) -> list[str]:
    """In what the thin coins of an exchange are quoted, the most used several times."""
    often = {"binance": ["USDT"] * 4, "kucoin": ["USDT"] * 3}.get(exchange, [])
    return often + [quote for listed, quote in _THIN if listed == exchange]


def liquid(quote: str) -> list[Market]:
    """The markets in which a victim traded, the same at every exchange."""
    return [_market(base, quote, STEP) for base in LIQUID if base != quote]


def thin(exchange: str, quote: str) -> list[Market]:
    """The markets that the thieves used."""
    return [_market(coin, quote, THIN_STEP) for coin in _THIN[exchange, quote]]


def listed() -> list[Market]:
    """All markets, in an order that stays."""
    pairs = [*DOLLARS, "BTC"]
    markets = [market for quote in pairs for market in liquid(quote)]
    return markets + [market for exchange, quote in _THIN for market in thin(exchange, quote)]


def _market(base: str, quote: str, step: Decimal) -> Market:
    if quote == "BTC":
        return Market(base, quote, Decimal("1e-8"), step)
    dear = base in LIQUID and Decimal(LIQUID[base]) > 10
    return Market(base, quote, Decimal("0.01" if dear else "0.000001"), step)
