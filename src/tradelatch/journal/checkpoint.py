"""Checkpoints: the tree's size and root, signed, as C2SP tlog-checkpoint and signed-note say.

The text is three lines (origin, size, root in base64), an empty line, and one signature line:
an em dash, the key's name, and base64 of four bytes of key hash followed by the Ed25519
signature over the three lines. Where a backup was restored, a fourth line (an extension, as
tlog-checkpoint calls it) tells how many records had been signed before.
"""

import base64
import binascii
import hashlib

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

_ED25519 = b"\x01"
_RESTORED = "restored from "


class BadCheckpoint(ValueError):
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
    text = checkpoint.text()
    signature = _key_hash(checkpoint.origin, key.public_key()) + key.sign(text.encode())
    return f"{text}\n\u2014 {checkpoint.origin} {base64.b64encode(signature).decode()}\n"


def verify(note: str, key: Ed25519PublicKey) -> Checkpoint:
    """Read a signed note.

    Raises:
        BadCheckpoint: it has not that form, or was not signed with `key`.
    """
    text, separator, signatures = note.partition("\n\n")
    text += "\n"
    try:
        origin, size, root, *more = text.removesuffix("\n").split("\n")
        (extension,) = more or [f"{_RESTORED}0 "]
        restored_from, nonce = extension.removeprefix(_RESTORED).split(" ")
        dash, name, encoded = signatures.rstrip("\n").split(" ")
        checkpoint = Checkpoint(
            origin,
            int(size),
            base64.b64decode(root, validate=True),
            int(restored_from),
            nonce,
        )
        signature = base64.b64decode(encoded, validate=True)
    except (ValueError, binascii.Error) as error:
        raise BadCheckpoint("this is not a signed checkpoint") from error
    exact = f"{text}\n\u2014 {name} {base64.b64encode(signature).decode()}\n"
    if not separator or dash != "\u2014" or checkpoint.text() != text or note != exact:
        raise BadCheckpoint("this is not a signed checkpoint")
    if name != origin or signature[:4] != _key_hash(origin, key):
        raise BadCheckpoint("the checkpoint was signed with another key")
    try:
        key.verify(signature[4:], text.encode())
    except InvalidSignature as error:
        raise BadCheckpoint("the checkpoint's signature is wrong") from error
    return checkpoint


def verifier_text(origin: str, key: Ed25519PublicKey) -> str:
    """The public key as signed-note writes it: name, key hash and key."""
    encoded = base64.b64encode(_ED25519 + key.public_bytes_raw()).decode()
    return f"{origin}+{_key_hash(origin, key).hex()}+{encoded}"


def read_verifier(text: str) -> Ed25519PublicKey:
    """The key in `verifier_text`'s form.

    Raises:
        BadCheckpoint: it has not that form.
    """
    try:
        origin, key_hash, encoded = text.strip().split("+", 2)
        raw = base64.b64decode(encoded, validate=True)
        key = Ed25519PublicKey.from_public_bytes(raw[1:])
    except (ValueError, binascii.Error) as error:
        raise BadCheckpoint("this is not a journal's public key") from error
    if raw[:1] != _ED25519 or key_hash != _key_hash(origin, key).hex():
        raise BadCheckpoint("this is not a journal's public key")
    return key


def _key_hash(name: str, key: Ed25519PublicKey) -> bytes:
    material = name.encode() + b"\n" + _ED25519 + key.public_bytes_raw()
    return hashlib.sha256(material).digest()[:4]
