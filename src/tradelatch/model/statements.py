"""What people sign: texts that are the same bytes for who signs them and for who verifies them.

The first line says what kind of statement it is, so that none can be taken for another; every
statement names the journal (its public key as `journal/public.key` has it), so that it is good in
one house only. Signatures are Ed25519 over the UTF-8 text; keys and signatures are written in
base64.
"""

import base64
import binascii
import hashlib
from datetime import UTC, datetime

import msgspec

from tradelatch.model.clock import SECOND
from tradelatch.model.markets import split_symbol
from tradelatch.model.money import parse_amount

CHANGE, RELEASE = "tradelatch change 1", "tradelatch exit release 1"
COMMAND = "tradelatch command 1"


def change_text(
    journal: str,
    number: int,
    what: str,
    before: str,
    after: str,
    operators: str,
    proposed_ns: int,
) -> str:
    """What an operator signs to approve a change: `before` and `after` are what it replaces and
    what it brings, as digests where they are long; `operators` is the digest of who may sign."""
    return _statement(
        CHANGE,
        ("journal", journal),
        ("number", str(number)),
        ("what", what),
        ("before", before),
        ("after", after),
        ("operators", operators),
        ("proposed", utc(proposed_ns)),
    )


def release_text(
    journal: str,
    account: str,
    symbol: str,
    quantity: str,
    limit: str,
    collar: str,
    expires_ns: int,
    release: str,
) -> str:
    """What an account's owner signs to release one exit: at most `quantity` (base) at `limit` or
    better, until `expires_ns`; `collar` is ``held`` or ``waived`` and `release` a random name, good
    once.

    Raises:
        ValueError: a field is none of that.
    """
    split_symbol(symbol)
    for amount in (quantity, limit):
        if not parse_amount(amount):
            raise ValueError("quantity and limit must be above zero")
    if collar not in ("held", "waived"):
        raise ValueError("the collar is either held or waived")
    return _statement(
        RELEASE,
        ("journal", journal),
        ("account", account),
        ("symbol", symbol),
        ("quantity", quantity),
        ("limit", limit),
        ("collar", collar),
        ("expires", str(expires_ns)),
        ("release", release),
    )


def command_text(
    journal: str, person: str, verb: str, arguments: dict[str, str], time_ns: int
) -> str:
    """What a person signs to have a command carried out; it is good once, near `time_ns`.

    Raises:
        ValueError: a field is no line.
    """
    digest = hashlib.sha256(msgspec.json.encode(sorted(arguments.items()))).hexdigest()
    return _statement(
        COMMAND,
        ("journal", journal),
        ("person", person),
        ("verb", verb),
        ("arguments", digest),
        ("time", str(time_ns)),
    )


def utc(nanoseconds: int) -> str:
    """A moment to the second, as people read it."""
    return datetime.fromtimestamp(nanoseconds // SECOND, UTC).isoformat().replace("+00:00", "Z")


def encode(raw: bytes) -> str:
    """A key or signature as text."""
    return base64.b64encode(raw).decode()


def decode(text: str, length: int) -> bytes:
    """A key (32 bytes) or signature (64) from its text.

    Raises:
        ValueError: it is none.
    """
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError(f"this is not base64 of {length} bytes") from error
    if len(raw) != length or encode(raw) != text:
        raise ValueError(f"this is not base64 of {length} bytes")
    return raw


def _statement(kind: str, *lines: tuple[str, str]) -> str:
    for name, value in lines:
        if any(not character.isprintable() for character in value):
            raise ValueError(f"{name} must be one line of printable characters")
    return "".join(f"{line}\n" for line in (kind, *(f"{name}: {value}" for name, value in lines)))
