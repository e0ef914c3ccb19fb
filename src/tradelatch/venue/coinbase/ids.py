"""Coinbase names orders, trades, wallets and portfolios by UUIDs; these are made of the engine's
own numbers, and read back into them."""

import re

_ORDER, _TRADE, _WALLET, _PORTFOLIO = 0x0D0E2000, 0x7ADE0000, 0xACC00000, 0xF0110000
_FORM = re.compile(r"([0-9a-f]{8})-([0-9a-f]{4})-4000-8000-([0-9a-f]{12})", re.ASCII)
_ASSETS = 16
"""Bits of an asset's place in a wallet's number; the account's stands above it."""


def order_id(number: int) -> str:
    """What the order of that number is called."""
    return _write(_ORDER, 0, number)


def order_number(text: str) -> int | None:
    """The number of the order that is called so; None if none ever was."""
    return _read(_ORDER, text)


def trade_id(market: int, number: int) -> str:
    """A trade's, by its market's place and its number there."""
    return _write(_TRADE, market, number)


def wallet_id(account: int, asset: int) -> str:
    """The wallet of an asset, by its place in the list of all, in the account of that number."""
    return _write(_WALLET, 0, account << _ASSETS | asset)


def wallet_place(text: str, account: int) -> int | None:
    """The place of the asset whose wallet in that account is called so; None if it is none."""
    number = _read(_WALLET, text)
    if number is None or number >> _ASSETS != account:
        return None
    return number & (1 << _ASSETS) - 1


def portfolio_id(account: int) -> str:
    """The portfolio that the account of that number is."""
    return _write(_PORTFOLIO, 0, account)


def portfolio_number(text: str) -> int | None:
    """The number of the account whose portfolio is called so; None if it is none."""
    return _read(_PORTFOLIO, text)


def _write(kind: int, group: int, number: int) -> str:
    return f"{kind:08x}-{group:04x}-4000-8000-{number:012x}"


def _read(kind: int, text: str) -> int | None:
    found = _FORM.fullmatch(text)
    if found is None or (int(found[1], 16), found[2]) != (kind, "0000"):
        return None
    return int(found[3], 16)
