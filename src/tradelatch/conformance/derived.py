"""Secrets that a folder does not hold but says how to derive, so that no private key lies in it."""

import hashlib
import re

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, derive_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

_DERIVED = "derived:"
_P256 = re.compile(
    r"derived: EC P-256 private value = int\(sha256\(b'([ -&(-~]*)'\)\) mod 2\*\*255, "
    r"TraditionalOpenSSL PEM"
)


def secret_bytes(told: str) -> bytes:
    """A secret as the exchange gave it out; one that begins with ``derived:`` says how to get it.

    Raises:
        ValueError: it is empty, or says so in a way that is not known.
    """
    if not told:
        raise ValueError("'secret' is empty")
    if not told.startswith(_DERIVED):
        return told.encode()
    if not (found := _P256.fullmatch(told)):
        raise ValueError("'secret' is derived in a way that is not known here")
    seed = hashlib.sha256(found[1].encode()).digest()
    key = derive_private_key(int.from_bytes(seed, "big") % 2**255, SECP256R1())
    return key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
