"""``tradelatch unseal``: give a sealed signer its passphrase or PIN."""

import socket

from tradelatch.cli.operator import NoSigner, check_signer
from tradelatch.cli.passphrase import ask
from tradelatch.cli.settings import ConfigFile, fail, read_config

_PATIENCE_S = 30


def unseal(config: ConfigFile = None) -> None:
    """Open a signer that waits for its passphrase or PIN, read from terminal or standard input."""
    settings = read_config(config)
    path = settings.home / "run" / "unseal.sock"
    if not path.exists():
        fail(f"{path}: no signer waits here to be opened; `tradelatch status` tells how it is")
    passphrase = ask("Passphrase or PIN: ")
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(_PATIENCE_S)
            connection.connect(str(path))
            check_signer(connection, settings)
            connection.sendall(passphrase)
            connection.shutdown(socket.SHUT_WR)
            said = connection.makefile().readline().strip()
    except NoSigner as error:
        fail(str(error))
    except OSError as error:
        fail(f"{path}: {error.strerror or 'the signer gave no answer in time'}")
    finally:
        passphrase[:] = bytes(len(passphrase))
    if said != "open":
        fail(said or "the signer hung up")
    print("the signer is open")
