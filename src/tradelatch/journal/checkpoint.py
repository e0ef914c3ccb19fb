"""Checkpoints: the tree's size and root, as C2SP tlog-checkpoint says, in a signed note.

The text is three lines (origin, size, root in base64). Where a backup was restored, a fourth line
(an extension, as tlog-checkpoint calls it) tells how many records had been signed before.
"""

import base64
import binascii

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from tradelatch.journal import note

_RESTORED = "restored from "


class BadCheckpoint(note.BadNote):
    """The text is no checkpoint, or its signature is not the key's."""


class Checkpoint(msgspec.Struct, frozen=True):
    """What the log looked like at `size` records.

    With `restored_from` it says more: a backup of `size` records was restored where so many had
    been signed, and earlier checkpoints of more than `size` count no longer. The `nonce` tells one
    restoring from any other.
    """

    origin: str
    size: int
    root: bytes
    restored_from: int = 0
    nonce: str = ""

    def text(self) -> str:
        """The lines that are signed."""
        extension = f"{_RESTORED}{self.restored_from} {self.nonce}\n" if self.nonce else ""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n{extension}"


def sign(checkpoint: Checkpoint, key: Ed25519PrivateKey) -> str:
    """The checkpoint as a signed note; the key's name is the origin."""
    return note.signed(checkpoint.text(), checkpoint.origin, key)


def verify(text: str, key: Ed25519PublicKey) -> Checkpoint:
    """Read a signed note.

    Raises:
        BadCheckpoint: it has not that form, or was not signed with `key`.
    """
    try:
        body = note.opened(text, text.partition("\n")[0], key)
        origin, size, root, *more = body.removesuffix("\n").split("\n")
        (extension,) = more or [f"{_RESTORED}0 "]
        restored_from, nonce = extension.removeprefix(_RESTORED).split(" ")
        hashed = base64.b64decode(root, validate=True)
        checkpoint = Checkpoint(origin, int(size), hashed, int(restored_from), nonce)
    except note.BadNote as error:
        raise BadCheckpoint(f"this is no checkpoint: {error}") from error
    except (ValueError, binascii.Error) as error:
        raise BadCheckpoint("this is not a signed checkpoint") from error
    if checkpoint.text() != body:
        raise BadCheckpoint("this is not a signed checkpoint")
    return checkpoint
