"""Reading what exchanges answer, strictly, with numbers exactly as they were written."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TypeVar

import msgspec

from tradelatch.exchanges.kit.forms import parse_json_texts
from tradelatch.model.money import MONEY, ZERO, parse_amount, plain, round_down

_T = TypeVar("_T")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS = timedelta(milliseconds=1)
_PLACES = 18
_LEAST = Decimal(1).scaleb(-_PLACES)


def converted(body: bytes, kind: type[_T]) -> _T:
    """JSON without double keys as `kind`; a number may be read as a text (which is how amounts are
    read: `parse_amount`) and a text of a number as one.

    Raises:
        ValueError: it is not that.
    """
    return msgspec.convert(parse_json_texts(body), kind, strict=False)


def parsed(body: bytes) -> object:
    """JSON with numbers as texts, None if it is no JSON."""
    try:
        return parse_json_texts(body)
    except ValueError:
        return None


def amount(text: str | None) -> Decimal:
    """An amount; nothing or an empty text is zero.

    Raises:
        BadAmount: it is no plain decimal number.
    """
    return parse_amount(text) if text else ZERO


def signed_amount(text: str | None) -> Decimal:
    """The same of an amount that may be below zero.

    Raises:
        BadAmount: it is no plain decimal number.
    """
    return -amount(text[1:]) if text and text.startswith("-") else amount(text)


def rounded(text: str) -> Decimal:
    """An amount of public market data, which some write with an exponent or with more digits than
    amounts have: to 18 decimals.

    Raises:
        ValueError: it is none.
    """
    try:
        return parse_amount(plain(MONEY.quantize(Decimal(text), _LEAST)))
    except ArithmeticError:
        raise ValueError(f"{text[:40]!r} is no amount") from None


def step(places: int) -> Decimal:
    """The step of numbers with so many decimals, or so many zeros at the end if it is below zero.

    Raises:
        ValueError: amounts have not so many.
    """
    if abs(places) > _PLACES:
        raise ValueError(f"amounts have no {places} decimals")
    return Decimal(1).scaleb(-places)


def instant_ms(text: str) -> int:
    """A time such as ``2026-01-31T00:00:00.000Z`` in ms; one without a zone is UTC.

    Raises:
        ValueError: it is none.
    """
    told = datetime.fromisoformat(text)
    return ((told if told.tzinfo else told.replace(tzinfo=UTC)) - _EPOCH) // _MS


def turnover(volume: Decimal, *prices: Decimal) -> Decimal:
    """What an interval's volume in base was traded for, in quote, where it is not told: at the
    mean of its prices.

    Raises:
        ValueError: more than can be reckoned with.
    """
    try:
        return round_down(MONEY.multiply(volume, MONEY.divide(sum(prices, ZERO), len(prices))))
    except ArithmeticError:
        raise ValueError("nobody has traded so much") from None


def in_base(cost: Decimal, price: Decimal, step: Decimal) -> Decimal:
    """What was traded for a cost in quote, in base, to a step; nothing where there is no price.

    Raises:
        ValueError: more than can be reckoned with.
    """
    try:
        return MONEY.quantize(MONEY.divide(cost, price), step) if price else ZERO
    except ArithmeticError:
        raise ValueError("nobody has traded so much") from None


def client_ids(*keys: str) -> re.Pattern[bytes]:
    """Where client order ids stand in JSON: as the values of such keys."""
    names = "|".join(map(re.escape, keys)).encode()
    return re.compile(rb'(?<!\\)("(?:' + names + rb')"\s*:\s*)("(?:[^"\\]|\\.)*")')


def renamed(places: re.Pattern[bytes], body: bytes, names: Mapping[str, str]) -> bytes:
    """JSON in which each text at one of the places (a key, then the text) that is in `names` is
    replaced by its value; all other bytes stay."""

    def anew(found: re.Match[bytes]) -> bytes:
        name = names.get(msgspec.json.decode(found[2], type=str))
        return found[0] if name is None else found[1] + msgspec.json.encode(name)

    return places.sub(anew, body)
