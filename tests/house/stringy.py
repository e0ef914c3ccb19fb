"""A signer that turns secrets into text, on purpose: the canary has to die of it."""

import sys

from tradelatch.signer import __main__ as signer
from tradelatch.signer.secrets import Secrets

KEPT: list[str] = []
original = Secrets.get


def get(self: Secrets, name: str) -> bytearray:
    secret = original(self, name)
    KEPT.append(secret.decode())
    return secret


if __name__ == "__main__":
    Secrets.get = get  # type: ignore[method-assign]
    sys.exit(signer.main())
