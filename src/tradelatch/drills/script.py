"""What the programs of a drill have in common: a brief on standard input, events on output."""

import sys
from typing import TypeVar

import msgspec

_Brief = TypeVar("_Brief")


class Credentials(msgspec.Struct, frozen=True):
    """A key, where it is good, and by which exchange's protocol."""

    url: str
    key: str
    secret: str
    exchange: str = "binance"
    passphrase: str = ""


class Event(msgspec.Struct, frozen=True):
    """Something that a program did or met, for the drill to show."""

    who: str
    says: str
    refused: bool = False


def read_brief(kind: type[_Brief]) -> _Brief:
    """The JSON document on standard input; secrets do not belong on a command line."""
    return msgspec.json.decode(sys.stdin.buffer.read(), type=kind)


def tell(who: str, says: str, *, refused: bool = False) -> None:
    """Print one event."""
    print(msgspec.json.encode(Event(who, says, refused)).decode(), flush=True)
