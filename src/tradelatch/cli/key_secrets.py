"""What a person gives for an exchange key's secret, as it is sealed: with its passphrase, where the
exchange has one, and a private key (PEM) as its lines."""

from pathlib import Path

from tradelatch import exchanges
from tradelatch.cli.passphrase import ask, ask_secret
from tradelatch.cli.settings import fail, read_text
from tradelatch.exchanges.kit.signatures import with_passphrase
from tradelatch.exchanges.protocol import ExchangeFile, SecretKind


class BadSecret(ValueError):
    """What was given is no secret of such a key; the message is one sentence and quotes none."""


def asked(exchange: str) -> bytearray:
    """Asked for, or read from standard input: the secret, and on the line after its passphrase if
    the exchange has one. What is missing ends the command."""
    try:
        file = _file(exchange)
        secret = ask_secret("API secret: ")
        if not file.HAS_PASSPHRASE:
            return secret
        return _joined(exchange, secret, ask("API passphrase: "))
    except BadSecret as error:
        fail(str(error))


def of_cells(exchange: str, secret: str, passphrase: str, folder: Path) -> bytearray:
    """The same out of two cells of a table. A private key may stand there as it is, on one line
    with ``\\n`` for its ends (as Coinbase hands it out), or as ``@FILE``, beside the table.

    Raises:
        BadSecret: they do not go together.
    """
    file = _file(exchange)
    if file.SECRET is SecretKind.P256:
        secret = read_text(folder / secret[1:]) if secret.startswith("@") else secret
        secret = secret.replace("\\n", "\n").strip()
    raw = bytearray(secret.encode())
    if file.HAS_PASSPHRASE:
        return _joined(exchange, raw, bytearray(passphrase.encode()))
    if passphrase:
        raise BadSecret(f"keys of {exchange} have no passphrase")
    return raw


def _file(exchange: str) -> ExchangeFile:
    try:
        return exchanges.load(exchange)
    except exchanges.UnknownExchange as error:
        raise BadSecret(str(error)) from None


def _joined(exchange: str, secret: bytearray, passphrase: bytearray) -> bytearray:
    try:
        if not passphrase:
            raise BadSecret(f"a key of {exchange} has a passphrase besides its secret; give it too")
        return with_passphrase(secret, passphrase)
    finally:
        for part in (secret, passphrase):
            part[:] = bytes(len(part))
