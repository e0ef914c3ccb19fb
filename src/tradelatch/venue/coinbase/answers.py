"""What Coinbase's answers are made of: decimal text without idle zeros, times as RFC 3339 has them,
products and levels of the book."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from tradelatch.venue.engine.bars import Bar
from tradelatch.venue.engine.book import BookSide
from tradelatch.venue.engine.listing import Listing
from tradelatch.venue.engine.trading import Trading
from tradelatch.venue.engine.units import show

_PLACES = Decimal(1).scaleb(-16)
"""To which Coinbase rounds averages and percentages."""


def plain(units: int) -> str:
    """An amount in units of 1e-8 without idle zeros."""
    return show(units).rstrip("0").rstrip(".")


def price(listing: Listing, ticks: int) -> str:
    """A price in quote."""
    return plain(ticks * listing.tick)


def size(listing: Listing, lots: int) -> str:
    """A quantity in base."""
    return plain(lots * listing.lot)


def ratio(part: int, whole: int) -> str:
    """One divided by the other, zero where that cannot be."""
    found = (Decimal(part) / whole).quantize(_PLACES) if whole else Decimal(0)
    return f"{found:f}".rstrip("0").rstrip(".") if found else "0"


def instant(at: int) -> str:
    """A time in ms as ``2026-01-31T00:00:00.000Z``."""
    seconds, ms = divmod(at, 1_000)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{ms:03d}Z"


def product_id(listing: Listing) -> str:
    """Coinbase's name of a market, such as ``ETH-BTC``."""
    return f"{listing.base}-{listing.quote}"


def product(trading: Trading, day: Bar | None) -> dict[str, Any]:
    """A market with its rules and its last `day`."""
    listing, last = trading.listing, trading.last
    opening = day.open if day else last
    middle = _middle(trading)
    return {
        "product_id": product_id(listing),
        "price": price(listing, last),
        "price_percentage_change_24h": ratio(100 * (last - opening), opening),
        "volume_24h": size(listing, day.lots if day else 0),
        "approximate_quote_24h_volume": plain(day.quote if day else 0),
        "base_increment": plain(listing.lot),
        "quote_increment": plain(1),
        "price_increment": plain(listing.tick),
        "quote_min_size": plain(listing.min_notional),
        "quote_max_size": plain(listing.max_notional),
        "base_min_size": plain(listing.lot),
        "base_max_size": size(listing, listing.max_lots),
        "base_name": listing.base,
        "quote_name": listing.quote,
        "base_currency_id": listing.base,
        "quote_currency_id": listing.quote,
        "base_display_symbol": listing.base,
        "quote_display_symbol": listing.quote,
        "display_name": product_id(listing),
        "product_type": "SPOT",
        "product_venue": "CBE",
        "status": "online",
        "watched": False,
        "is_disabled": False,
        "new": False,
        "cancel_only": False,
        "limit_only": False,
        "post_only": False,
        "trading_disabled": False,
        "auction_mode": False,
        "view_only": False,
        "fcm_trading_session_details": None,
        "alias": "",
        "alias_to": [],
        "mid_market_price": middle,
    }


def _middle(trading: Trading) -> str:
    bid, ask = trading.book.bids.best(), trading.book.asks.best()
    if bid is None or ask is None:
        return ""
    doubled = (bid.ticks + ask.ticks) * trading.listing.tick
    return ratio(doubled, 2 * 10**8)


def price_book(trading: Trading, limit: int, now: int) -> dict[str, Any]:
    """The first levels of a market's book."""
    return {
        "product_id": product_id(trading.listing),
        "bids": _levels(trading.listing, trading.book.bids, limit),
        "asks": _levels(trading.listing, trading.book.asks, limit),
        "time": instant(now),
    }


def _levels(listing: Listing, side: BookSide, limit: int) -> list[dict[str, str]]:
    return [
        {"price": price(listing, level.ticks), "size": size(listing, level.lots)}
        for _, level in zip(range(limit), side.levels(), strict=False)
    ]
