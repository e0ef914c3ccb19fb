"""What KuCoin calls things: markets ``ETH-BTC``, ids of 24 hex digits, amounts without zeros at
their end. All of it leads back to the engine's own names and numbers."""

import hashlib
import re

from tradelatch.venue.engine.listing import Listing
from tradelatch.venue.engine.register import Register
from tradelatch.venue.engine.trading import Trading
from tradelatch.venue.engine.units import PPM, SCALE, show
from tradelatch.venue.kucoin.refusals import no_such_pair

_ID = re.compile(r"[0-9a-f]{24}", re.ASCII)
_DIGITS = 24


def symbol_of(listing: Listing) -> str:
    """A market's name."""
    return f"{listing.base}-{listing.quote}"


def market_called(register: Register, symbol: str) -> Trading:
    """The market of that name.

    Raises:
        Declined: there is none.
    """
    base, _, quote = symbol.partition("-")
    found = register.markets.get(base + quote)
    if found is None or symbol_of(found.listing) != symbol:
        raise no_such_pair()
    return found


def id_of(number: int) -> str:
    """The id of the order of that number."""
    return f"{number:0{_DIGITS}x}"


def number_of(text: str) -> int | None:
    """The number of the order of that id; None where no order could have it."""
    return int(text, 16) if _ID.fullmatch(text) else None


def trade_id(register: Register, market: str, number: int) -> str:
    """The id of a trade: its market's place in the order of listing (8 digits) and its number
    there. Trades are numbered by market, and KuCoin's ids are of no market."""
    place = list(register.markets).index(market)
    return f"{place:08x}{number:016x}"


def account_id(account: str, asset: str) -> str:
    """The id of what an account has of one asset, which KuCoin calls an account."""
    return hashlib.sha256(f"{account}/{asset}".encode()).hexdigest()[:_DIGITS]


def plain(units: int) -> str:
    """An amount of units of 1e-8."""
    return show(units).rstrip("0").rstrip(".")


def price(listing: Listing, ticks: int) -> str:
    """A price."""
    return plain(ticks * listing.tick)


def size(listing: Listing, lots: int) -> str:
    """A quantity."""
    return plain(lots * listing.lot)


def rate(ppm: int) -> str:
    """A fee as a fraction."""
    return plain(ppm * SCALE // PPM)
