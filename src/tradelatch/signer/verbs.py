"""What a command of an operator is made of."""

from collections.abc import Callable, Coroutine
from typing import Any, TypeAlias

from tradelatch.signer.state import Account, State

Verbs: TypeAlias = dict[str, Callable[..., Coroutine[Any, Any, Any]]]


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
