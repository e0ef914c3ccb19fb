"""The vault's own end of sealed boxes (`model.box`): the key that opens them."""

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from tradelatch.model.box import SUITE, WRAPPED
from tradelatch.vault.envelope import SealBroken, decrypt, wipe


class BoxKey:
    """An X25519 key pair whose private half stays in the vault."""

    def __init__(self, raw: bytearray) -> None:
        """`raw` is the private half, 32 bytes; it is wiped."""
        self._private = X25519PrivateKey.from_private_bytes(bytes(raw))
        wipe(raw)

    @staticmethod
    def new() -> bytearray:
        """A fresh private half, to be sealed."""
        return bytearray(X25519PrivateKey.generate().private_bytes_raw())

    @property
    def public(self) -> bytes:
        """The half that anybody may have."""
        return self._private.public_key().public_bytes_raw()

    def open(self, box: bytes, info: bytes) -> bytearray:
        """The secret; whoever asked for it wipes it.

        Raises:
            SealBroken: it was sealed to another vault or for something else, or was changed.
        """
        try:
            key = bytearray(SUITE.decrypt(box[:WRAPPED], self._private, info))
        except (InvalidTag, ValueError) as error:
            raise SealBroken("it is sealed to another vault, or for something else") from error
        try:
            return decrypt(key, box[WRAPPED:], info)
        finally:
            wipe(key)
