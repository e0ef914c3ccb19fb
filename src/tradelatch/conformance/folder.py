"""Reading a folder of requests: ``ccxt/*.json``, ``sdk/requests.json`` and ``credentials.json``."""

import json
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple, TypeVar
from urllib.parse import urlsplit

from tradelatch.conformance.asking import orders_asked
from tradelatch.conformance.cases import NO_KEY, Case, Key
from tradelatch.conformance.derived import secret_bytes

_T = TypeVar("_T")
_SIGNERS = ("A", "B")
"""By which of two keys a request of ccxt was signed; those of other clients are by the first."""


class BadFolder(ValueError):
    """The folder is not laid out as it has to be; the message says which file and where."""


class _Place(NamedTuple):
    """Where in a file something stands."""

    file: Path
    where: str

    def of(self, value: Any, name: str, kind: type[_T]) -> _T:
        """A field that has to be there and of a kind."""
        found = value.get(name) if isinstance(value, dict) else None
        if not isinstance(found, kind):
            raise self.bad(f"{name!r} has to be {_KINDS[kind]}")
        return found

    def bad(self, what: str) -> BadFolder:
        return BadFolder(f"{self.file}: {self.where}: {what}")

    def at(self, where: str) -> "_Place":
        return _Place(self.file, f"{self.where}, {where}" if self.where else where)


_KINDS: dict[type, str] = {dict: "an object", list: "a list", str: "a text"}


def read_folder(folder: Path) -> list[Case]:
    """All requests of a folder, ccxt's first.

    Raises:
        BadFolder: there is no such folder, no request in it, or something in it is malformed.
    """
    if not folder.is_dir():
        raise BadFolder(f"{folder} is no folder; it has to hold credentials.json and ccxt/*.json")
    keys = _Keys(folder / "credentials.json")
    cases = [
        case for file in sorted((folder / "ccxt").glob("*.json")) for case in _ccxt(file, keys)
    ]
    if (clients := folder / "sdk" / "requests.json").exists():
        cases += _clients(clients, keys)
    if not cases:
        raise BadFolder(
            f"{folder} holds no request: neither ccxt/*.json nor sdk/requests.json has any"
        )
    return cases


class _Keys:
    """The keys of ``credentials.json``, by exchange and letter."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._told = _load(file)
        if not isinstance(self._told, dict):
            raise BadFolder(f"{file}: it has to be an object with an entry for each exchange")

    def pair(self, exchange: str, letter: str) -> tuple[Key, Key | None]:
        """The key of that letter, and the exchange's other one if it has two; `NO_KEY` if the file
        knows no such exchange."""
        if exchange not in self._told:
            return NO_KEY, None
        other = next(one for one in _SIGNERS if one != letter)
        entry = _Place(self._file, "the file").of(self._told, exchange, dict)
        return self._key(exchange, letter), self._key(exchange, other) if other in entry else None

    def _key(self, exchange: str, letter: str) -> Key:
        place = _Place(self._file, f"{exchange} {letter}")
        told = place.of(self._told[exchange], letter, dict)
        try:
            secret = secret_bytes(place.of(told, "secret", str))
        except ValueError as error:
            raise place.bad(str(error)) from None
        passphrase = told.get("password") or ""
        return Key(place.of(told, "apiKey", str), secret, str(passphrase))


def _load(file: Path) -> Any:
    """The JSON in a file, its numbers exact."""
    try:
        return json.loads(file.read_bytes(), parse_float=Decimal)
    except OSError as error:
        raise BadFolder(f"{file} cannot be read: {error.strerror}") from None
    except RecursionError:
        raise BadFolder(f"{file} is no JSON: it is nested too deeply") from None
    except (ValueError, ArithmeticError) as error:
        raise BadFolder(f"{file} is no JSON: {error}") from None


def _ccxt(file: Path, keys: _Keys) -> Iterator[Case]:
    top = _Place(file, "the file")
    told = _load(file)
    exchange = top.of(told, "exchange", str)
    for number, entry in enumerate(top.of(told, "cases", list)):
        place = _Place(file, f"case {number}")
        tag, category, call = (place.of(entry, name, str) for name in ("tag", "category", "call"))
        meant = _meant(place, entry)
        asked = _asked(place, category, entry.get("args"), meant)
        signers = [letter for letter in _SIGNERS if letter in entry]
        if not signers:
            raise place.bad(f"there is no request {' or '.join(map(repr, _SIGNERS))}")
        for letter in signers:
            wire = _wire(place.at(letter), place.of(entry, letter, dict))
            pair = keys.pair(exchange, letter)
            yield Case(exchange, "ccxt", tag, category, call, *wire, *pair, asked, meant)


def _clients(file: Path, keys: _Keys) -> Iterator[Case]:
    told = _load(file)
    if not isinstance(told, dict):
        raise BadFolder(f"{file}: it has to be an object with an entry for each client")
    for client, entry in told.items():
        top = _Place(file, client)
        exchange = top.of(entry, "ex", str)
        for number, call in enumerate(top.of(entry, "calls", list)):
            place = _Place(file, f"{client}, call {number}")
            tag = place.of(call, "tag", str)
            meant = _meant(place, call)
            asked = _asked(place, "createOrder" if "side" in meant else "", [], meant)
            wire = _wire(place, place.of(call, "req", dict))
            pair = keys.pair(exchange, _SIGNERS[0])
            yield Case(exchange, client, tag, "", tag, *wire, *pair, asked, meant)


def _wire(place: _Place, wire: Any) -> tuple[str, str, Mapping[str, str], str]:
    """Method, URL, headers and body."""
    method, url = place.of(wire, "method", str), place.of(wire, "url", str)
    body, headers = wire.get("body") or "", wire.get("headers") or {}
    if not isinstance(headers, dict):
        raise place.bad("'headers' has to be an object")
    if not isinstance(body, str):
        raise place.bad("'body' has to be a text or null")
    try:
        urlsplit(url), f"{url}{body}".encode()
    except ValueError as error:
        raise place.bad(f"'url' or 'body' cannot be sent: {error}") from None
    return method, url, {name: str(value) for name, value in headers.items()}, body


def _meant(place: _Place, entry: Any) -> dict[str, Any]:
    meant = entry.get("truth") or {}
    if not isinstance(meant, dict):
        raise place.bad("'truth' has to be an object or null")
    return meant


def _asked(place: _Place, category: str, arguments: Any, meant: dict[str, Any]) -> Any:
    try:
        return orders_asked(category, arguments, meant)
    except ValueError as error:
        raise place.bad(str(error)) from None
    except ArithmeticError:
        raise place.bad("a number in 'truth' is beyond all measure") from None
