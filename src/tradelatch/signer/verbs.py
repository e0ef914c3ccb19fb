"""What a command of an operator is made of."""

import base64
import itertools
import re
from collections.abc import Callable, Coroutine, Iterable, Iterator
from typing import Any, TypeAlias, TypeVar

from tradelatch.model.box import exchange_key_info
from tradelatch.signer.accounts import Account
from tradelatch.signer.state import State
from tradelatch.vault.box import BoxKey
from tradelatch.vault.envelope import SealBroken

_T = TypeVar("_T")
Verbs: TypeAlias = dict[str, Callable[..., Coroutine[Any, Any, Any]]]


_ACCOUNT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}", re.ASCII)
_KEY_ID = re.compile(r"[!-~]{1,256}", re.ASCII)
"""All stand in texts that people sign, a line each."""
_DIGITS = 10


class Refused(ValueError):
    """The command cannot be carried out; the message is one sentence for the operator."""


def account_named(state: State, name: str) -> Account:
    """The account of that name.

    Raises:
        Refused: there is none.
    """
    account = state.accounts.get(name)
    if account is None:
        known = ", ".join(state.accounts) or "none yet"
        raise Refused(f"there is no account {name!r}; known are: {known}")
    return account


def part(things: Iterable[_T], start: str, most: int, what: str) -> Iterator[_T]:
    """So many of a listing's things after the first `start`; `what` they are in words.

    Raises:
        Refused: `start` is no number.
    """
    if not (start.isascii() and start.isdecimal() and len(start) < _DIGITS):
        raise Refused(f"{start[:20]!r} is no number of {what}")
    return itertools.islice(things, int(start), int(start) + most)


def check_account_name(name: str) -> None:
    """Raises Refused if no account may be called so."""
    if not _ACCOUNT.fullmatch(name):
        raise Refused(
            f"{name[:40]!r} is no name of an account, use 1 to 64 letters, digits, '.', '_' and '-'"
        )


def check_name(name: str) -> None:
    """Raises Refused if no person or customer may be called so."""
    if not _NAME.fullmatch(name):
        raise Refused(f"{name[:40]!r} is no name, use 1 to 40 of a-z, 0-9 and '-'")


def check_key_id(key_id: str) -> None:
    """Raises Refused if no exchange's key may be called so."""
    if not _KEY_ID.fullmatch(key_id):
        raise Refused("the key id must be 1 to 256 visible ASCII characters without spaces")


def unboxed(box: BoxKey, account: str, exchange: str, key_id: str, sealed: str) -> bytearray:
    """An exchange key's secret out of its box (base64); whoever asked for it wipes it.

    Raises:
        Refused: the box does not open or is empty.
    """
    try:
        raw = base64.b64decode(sealed, validate=True)
        secret = box.open(raw, exchange_key_info(account, exchange, key_id))
    except (ValueError, SealBroken) as error:
        says = "was it sealed to this vault, for this account, exchange and key id?"
        raise Refused(f"the sealed secret does not open: {says}") from error
    if not secret:
        raise Refused("the secret must not be empty")
    return secret
