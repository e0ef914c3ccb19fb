"""The grants that the runner trades with: one file for each account, and no exchange key."""

from pathlib import Path

import msgspec


class NoGrant(Exception):
    """There is none that can be used; the message says what would help."""


class Grant(msgspec.Struct, frozen=True):
    """Id and secret, good at the gate alone."""

    id: str
    secret: str

    def __repr__(self) -> str:
        """Without the secret."""
        return f"Grant({self.id})"


def read_grant(folder: Path, account: str) -> Grant:
    """The grant of an account, from ``ACCOUNT.json`` as `tradelatch init` writes it.

    Raises:
        NoGrant: the file cannot be read, or holds none.
    """
    path = folder / f"{account}.json"
    try:
        return msgspec.json.decode(path.read_bytes(), type=Grant)
    except FileNotFoundError:
        says = "there is no grant; `tradelatch grants issue` makes one"
        raise NoGrant(f"{path}: {says}") from None
    except OSError as error:
        raise NoGrant(f"{path}: cannot read it: {error.strerror}") from error
    except (msgspec.MsgspecError, UnicodeDecodeError):
        raise NoGrant(f'{path}: this is no grant, write {{"id": ..., "secret": ...}}') from None
