"""The signature of a pack: a statement about its manifest, and checking one.

Ed25519 over the UTF-8 text of `statement`; keys and signatures are base64. The first line tells
what kind of statement it is, so that it can be taken for no other.
"""

import hashlib
from collections.abc import Callable

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from tradelatch.model import statements

KIND = "tradelatch evidence pack 1"
Sign = Callable[[str], str]
"""A text's signature, base64."""


def statement(manifest: bytes) -> str:
    """What is signed of a pack."""
    return f"{KIND}\nmanifest-sha256 {hashlib.sha256(manifest).hexdigest()}\n"


def is_signed(manifest: bytes, signature: str, signer: str) -> bool:
    """Whether `signer` (a public key, base64) signed the manifest so.

    Raises:
        ValueError: key or signature are no base64 of their length.
    """
    key = Ed25519PublicKey.from_public_bytes(statements.decode(signer, 32))
    try:
        key.verify(statements.decode(signature, 64), statement(manifest).encode())
    except InvalidSignature:
        return False
    return True


def pem(signer: str) -> bytes:
    """A public key as other tools read it."""
    key = Ed25519PublicKey.from_public_bytes(statements.decode(signer, 32))
    return key.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
