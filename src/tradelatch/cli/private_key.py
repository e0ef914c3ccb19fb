"""Private keys of people and owners: made, kept and used outside the signer.

A file holds JSON: the public key, and the private one under a passphrase (scrypt, AES-256-GCM
with the public key as associated data) or, where the passphrase is empty, as it is.
"""

import functools
import os
import secrets
import stat
import sys
from pathlib import Path

import msgspec
import typer
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from tradelatch.cli.settings import fail
from tradelatch.model import statements

KIND = "tradelatch private key 1"
_COST, _BLOCK, _SALT, _NONCE, _KEY = 1 << 17, 8, 16, 12, 32


class _File(msgspec.Struct, forbid_unknown_fields=True):
    kind: str
    public_key: str
    private_key: str = ""
    salt: str = ""
    sealed: str = ""


def create(path: Path, passphrase: str) -> str:
    """Write a new key that only its owner may read; the public key. A file that is there already
    ends the command: a key is never replaced."""
    key = Ed25519PrivateKey.generate()
    public = _public(key)
    file = _File(KIND, public)
    if passphrase:
        salt, nonce = secrets.token_bytes(_SALT), secrets.token_bytes(_NONCE)
        cipher = AESGCM(_derived(passphrase, salt))
        file.salt = statements.encode(salt)
        sealed = cipher.encrypt(nonce, key.private_bytes_raw(), public.encode())
        file.sealed = statements.encode(nonce + sealed)
    else:
        file.private_key = statements.encode(key.private_bytes_raw())
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except OSError as error:
        fail(f"{path}: cannot make it: {error.strerror}")
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(msgspec.json.format(msgspec.json.encode(file)) + b"\n")
        stream.flush()
        os.fsync(stream.fileno())
    return public


def sign(path: Path, text: str) -> str:
    """The signature of a text, in base64; a file that cannot be used ends the command."""
    return statements.encode(_read(path).sign(text.encode()))


def public(path: Path) -> str:
    """The public key of a private one; a file that cannot be used ends the command."""
    return _public(_read(path))


def ask_passphrase(prompt: str, *, confirm: bool = False) -> str:
    """From the terminal, or one line of standard input."""
    if sys.stdin.isatty():
        asked: str = typer.prompt(
            prompt, default="", show_default=False, hide_input=True, confirmation_prompt=confirm
        )
        return asked
    return sys.stdin.readline().rstrip("\n")


@functools.cache  # a command that asks several times asks for one passphrase
def _read(path: Path) -> Ed25519PrivateKey:
    try:
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            fail(f"{path}: others may read the private key; run `chmod 600 {path}`")
        file = msgspec.json.decode(path.read_bytes(), type=_File)
        key = Ed25519PrivateKey.from_private_bytes(_unsealed(file, path))
    except OSError as error:
        fail(f"{path}: cannot read it: {error.strerror}")
    except ValueError:  # no JSON, no base64, another length
        fail(f"{path}: this is no private key; `tradelatch operators new FILE` makes one")
    if (file.kind, file.public_key) != (KIND, _public(key)):
        fail(f"{path}: this is no private key; `tradelatch operators new FILE` makes one")
    return key


def _public(key: Ed25519PrivateKey) -> str:
    return statements.encode(key.public_key().public_bytes_raw())


def _unsealed(file: _File, path: Path) -> bytes:
    if not file.sealed:
        return statements.decode(file.private_key, _KEY)
    sealed = statements.decode(file.sealed, _NONCE + _KEY + 16)
    key = _derived(ask_passphrase("Passphrase"), statements.decode(file.salt, _SALT))
    try:
        return AESGCM(key).decrypt(sealed[:_NONCE], sealed[_NONCE:], file.public_key.encode())
    except InvalidTag:
        fail(f"{path}: this is not its passphrase")


def _derived(passphrase: str, salt: bytes) -> bytes:
    return Scrypt(salt=salt, length=_KEY, n=_COST, r=_BLOCK, p=1).derive(passphrase.encode())
