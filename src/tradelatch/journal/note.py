"""Signed notes, as C2SP signed-note says: a text, an empty line, and one signature line: an em
dash, the key's name, and base64 of four bytes of key hash followed by the Ed25519 signature."""

import base64
import binascii
import hashlib

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

_ED25519 = b"\x01"


class BadNote(ValueError):
    """The text is no signed note, or its signature is not the key's."""


def signed(text: str, name: str, key: Ed25519PrivateKey) -> str:
    """The note; `text` ends with a line break and holds no empty line."""
    signature = _key_hash(name, key.public_key()) + key.sign(text.encode())
    return f"{text}\n\u2014 {name} {base64.b64encode(signature).decode()}\n"


def opened(note: str, name: str, key: Ed25519PublicKey) -> str:
    """The text that was signed.

    Raises:
        BadNote: it has not that form, or was not signed with that key of that name.
    """
    text, separator, signatures = note.partition("\n\n")
    text += "\n"
    try:
        dash, signer, encoded = signatures.rstrip("\n").split(" ")
        signature = base64.b64decode(encoded, validate=True)
    except (ValueError, binascii.Error) as error:
        raise BadNote("this is not a signed note") from error
    exact = f"{text}\n\u2014 {signer} {base64.b64encode(signature).decode()}\n"
    if not separator or dash != "\u2014" or note != exact:
        raise BadNote("this is not a signed note")
    if signer != name or signature[:4] != _key_hash(name, key):
        raise BadNote("it was signed with another key")
    try:
        key.verify(signature[4:], text.encode())
    except InvalidSignature as error:
        raise BadNote("the signature is wrong") from error
    return text


def verifier_text(name: str, key: Ed25519PublicKey) -> str:
    """The public key as signed-note writes it: name, key hash and key."""
    encoded = base64.b64encode(_ED25519 + key.public_bytes_raw()).decode()
    return f"{name}+{_key_hash(name, key).hex()}+{encoded}"


def read_verifier(text: str) -> Ed25519PublicKey:
    """The key in `verifier_text`'s form.

    Raises:
        BadNote: it has not that form.
    """
    try:
        name, key_hash, encoded = text.strip().split("+", 2)
        raw = base64.b64decode(encoded, validate=True)
        key = Ed25519PublicKey.from_public_bytes(raw[1:])
    except (ValueError, binascii.Error) as error:
        raise BadNote("this is not a journal's public key") from error
    if raw[:1] != _ED25519 or key_hash != _key_hash(name, key).hex():
        raise BadNote("this is not a journal's public key")
    return key


def _key_hash(name: str, key: Ed25519PublicKey) -> bytes:
    material = name.encode() + b"\n" + _ED25519 + key.public_bytes_raw()
    return hashlib.sha256(material).digest()[:4]
