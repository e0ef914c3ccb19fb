"""A request's parameters, read as strictly as Binance reads them.

Where query and body both have a parameter, the query's counts. Names that one of them has twice,
names the endpoint does not know, text that is not UTF-8 and numbers that are not plain decimals
are refused with Binance's own codes.
"""

import enum
import re
from collections.abc import Callable
from typing import TypeVar
from urllib.parse import unquote_to_bytes

import msgspec

from tradelatch.venue.engine.refusal import Refused, bad_symbol, illegal, missing
from tradelatch.venue.engine.units import DIGITS, SCALE

AMOUNT = re.compile(r"^([0-9]{1,20})(\.[0-9]{1,20})?$", re.ASCII)
CLIENT_ID = re.compile(r"^[\.A-Z\:/a-z0-9_-]{1,36}$", re.ASCII)
SYMBOL = re.compile(r"^[A-Z0-9-_.]{1,20}$", re.ASCII)
_INTEGER = re.compile(r"-?[0-9]{1,18}", re.ASCII)
_ESCAPES = re.compile(rb"%(?![0-9A-Fa-f]{2})")
_MOST = 100
_MICROSECONDS = 10**15
"""Times above this are in microseconds."""

_Word = TypeVar("_Word", bound=enum.StrEnum)


def parse(*parts: bytes) -> dict[str, str]:
    """The parameters of a query string and a form body.

    Raises:
        Refused: a duplicate name, text that is not UTF-8, far too many parameters.
    """
    found: dict[str, str] = {}
    for part in parts:
        own: dict[str, str] = {}
        pieces = [piece for piece in part.split(b"&") if piece]
        if len(pieces) > _MOST:
            raise Refused(-1101, "Too many parameters.")
        for piece in pieces:
            name, _, value = piece.partition(b"=")
            key = _decode(name)
            if key in own:
                raise Refused(-1101, "Duplicate values for a parameter detected.")
            own[key] = _decode(value)
        found = own | found
    return found


def _decode(raw: bytes) -> str:
    raw = raw.replace(b"+", b" ")
    if b"%" in raw:
        if _ESCAPES.search(raw):
            raise Refused(-1100, "Illegal characters found in a parameter.")
        raw = unquote_to_bytes(raw)
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        raise Refused(-1100, "Illegal characters found in a parameter.") from error
    if "\0" in text:
        raise Refused(-1100, "Illegal characters found in a parameter.")
    return text


class Parameters:
    """Named values of one request. An empty value counts as absent where it is optional."""

    def __init__(self, values: dict[str, str], known: frozenset[str]) -> None:
        """Take `values`, all of whose names must be `known`.

        Raises:
            Refused: there is one that is not.
        """
        unread = values.keys() - known
        if unread:
            raise Refused(
                -1104,
                f"Not all sent parameters were read; read '{len(values) - len(unread)}' "
                f"parameter(s) but was sent '{len(values)}'.",
            )
        self._values = values

    def has(self, name: str) -> bool:
        """Whether it was sent at all."""
        return name in self._values

    def text(self, name: str, legal: re.Pattern[str] | None = None) -> str | None:
        """A text that matches `legal`, or None."""
        value = self._values.get(name, "")
        if not value:
            return None
        if (legal is not None and not legal.match(value)) or value.endswith("\n"):
            raise illegal(name, legal.pattern if legal else "")
        return value

    def integer(self, name: str, low: int, high: int) -> int | None:
        """A whole number from `low` to `high`, or None."""
        value = self._values.get(name, "")
        if not value:
            return None
        if not _INTEGER.fullmatch(value):
            raise illegal(name, "^[0-9]{1,20}$")
        number = int(value)
        if not low <= number <= high:
            raise Refused(-1100, f"Illegal value of parameter '{name}'; use {low} to {high}.")
        return number

    def moment(self, name: str) -> int | None:
        """A time in ms, which may be sent in us as well, or None."""
        value = self.integer(name, 0, 10**18 - 1)
        return value // 1_000 if value is not None and value >= _MICROSECONDS else value

    def amount(self, name: str) -> int | None:
        """An amount or price in units of 1e-8, or None."""
        value = self._values.get(name, "")
        if not value:
            return None
        if not AMOUNT.fullmatch(value):
            raise illegal(name, AMOUNT.pattern)
        whole, _, decimals = value.partition(".")
        decimals = decimals.rstrip("0")
        if len(decimals) > DIGITS:
            raise Refused(-1111, f"Parameter '{name}' has too much precision.")
        return int(whole) * SCALE + int(decimals.ljust(DIGITS, "0"))

    def word(self, name: str, kind: type[_Word], refusal: Callable[[], Refused]) -> _Word | None:
        """One of a fixed set of words, or None; anything else meets `refusal`."""
        value = self._values.get(name, "")
        if not value:
            return None
        try:
            return kind(value)
        except ValueError:
            raise refusal() from None

    def flag(self, name: str) -> bool | None:
        """``true`` or ``false``, or None."""
        value = self._values.get(name, "").lower()
        if not value:
            return None
        if value not in ("true", "false"):
            raise illegal(name, "^(true|false)$")
        return value == "true"

    def required(self, name: str, legal: re.Pattern[str] | None = None) -> str:
        """A text that has to be there."""
        value = self.text(name, legal)
        if value is None:
            raise missing(name)
        return value

    def symbol(self) -> str:
        """The market's name, which has to be there."""
        return self.required("symbol", SYMBOL)

    def symbols(self) -> list[str] | None:
        """A JSON list of markets' names, or None."""
        value = self.text("symbols")
        if value is None:
            return None
        try:
            names = msgspec.json.decode(value, type=list[str])
        except msgspec.DecodeError:
            raise illegal(
                "symbols", r'^\["[A-Z0-9-_.]{1,20}"(,"[A-Z0-9-_.]{1,20}"){0,}\]$'
            ) from None
        if not names:
            raise bad_symbol()
        if len(set(names)) != len(names):
            raise Refused(-1151, "Symbol is present multiple times in the list.")
        return names
