"""Secrets in the forms that exchanges give them: what a grant is handed out as, and whether what is
taken for an exchange key's secret can be one."""

import base64
import binascii
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from tradelatch import exchanges
from tradelatch.exchanges.kit import es256
from tradelatch.exchanges.kit.signatures import passphrase_of, secret_of
from tradelatch.exchanges.protocol import ED25519, ExchangeFile, PublicKey, SecretKind
from tradelatch.model import statements
from tradelatch.signer.secrets import GRANT_SECRET, new_token
from tradelatch.signer.verbs import Refused

_ED25519 = 32


class Fresh(NamedTuple):
    """What a new grant's bot signs with: the secret, which both sides keep, or the `public` half
    (base64) where only the bot keeps it."""

    secret: bytearray
    public: str = ""


def fresh(exchange: str) -> Fresh:
    """A new secret, of the form that clients of the exchange take."""
    file: ExchangeFile = exchanges.load(exchange)
    if file.SECRET is SecretKind.P256:
        private = es256.new_private_key()
        return Fresh(private, statements.encode(es256.public_key(private)))
    token = new_token(GRANT_SECRET).encode()
    return Fresh(bytearray(base64.b64encode(token) if file.SECRET is SecretKind.BASE64 else token))


def checked_public(exchange: str, public: str) -> None:
    """See that bots can sign with the private half of that key (base64) at the exchange.

    Raises:
        Refused: they cannot.
    """
    file: ExchangeFile = exchanges.load(exchange)
    if file.SECRET is not SecretKind.P256 and exchange not in exchanges.TAKES_ED25519:
        raise Refused(f"{exchange} knows no public keys; leave it out, and a secret is made")
    try:
        raw = verifier(exchange, public).raw
        if file.SECRET is SecretKind.P256:
            es256.check_public_key(raw)
        else:
            Ed25519PublicKey.from_public_bytes(raw)
    except ValueError as error:
        kind = "a P-256 point" if file.SECRET is SecretKind.P256 else "an Ed25519 key"
        raise Refused(f"{public[:60]!r} is no public key, use {kind} in base64") from error


def verifier(exchange: str, public: str) -> PublicKey:
    """The public half of what a grant's bot signs with.

    Raises:
        ValueError: it is of another length.
    """
    file: ExchangeFile = exchanges.load(exchange)
    length = es256.POINT if file.SECRET is SecretKind.P256 else _ED25519
    return PublicKey(statements.decode(public, length))


def without_passphrase(exchange: str, secret: bytearray) -> bytearray | memoryview:
    """What is secret of an exchange key's secret: who has found that needs not have the rest."""
    file: ExchangeFile = exchanges.load(exchange)
    return secret_of(secret) if file.HAS_PASSPHRASE else secret


def check_secret(exchange: str, secret: bytearray) -> None:
    """See that an exchange key may have that secret (with its passphrase, if it has one).

    Raises:
        Refused: it may not.
    """
    if secret.startswith(ED25519):
        return
    file: ExchangeFile = exchanges.load(exchange)
    if file.SECRET is SecretKind.P256:
        try:
            es256.public_key(secret)
        except ValueError:
            says = f"a key of {exchange} has a private key on P-256, in PEM, as its secret"
            raise Refused(says) from None
        return
    if file.HAS_PASSPHRASE and not passphrase_of(secret):
        raise Refused(f"a key of {exchange} has a passphrase besides its secret; give it too")
    if not file.HAS_PASSPHRASE and b"\n" in secret:
        raise Refused(f"the secret of a key of {exchange} is one line, without a passphrase")
    if file.SECRET is SecretKind.BASE64:
        try:
            base64.b64decode(secret_of(secret), validate=True)
        except binascii.Error:
            raise Refused(f"the secret of a key of {exchange} is base64, this is not") from None
