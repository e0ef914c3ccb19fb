"""``python -m tradelatch.signer``: the signer's process, apart from the command line's."""

import argparse
import asyncio
import os
import sys
from pathlib import Path

from tradelatch.isolation.process import harden
from tradelatch.isolation.users import NoUser
from tradelatch.journal.log import JournalError
from tradelatch.model.config import Config, parse_config
from tradelatch.model.toml import BadToml
from tradelatch.signer.home import initialise, isolate, move_vault
from tradelatch.signer.sealed import MOST
from tradelatch.signer.server import Ended, serve
from tradelatch.vault.disk import VaultError
from tradelatch.vault.keyfile import KeyFileError


def main() -> int:
    """Exit status 0 after an orderly end, 2 if it cannot start, 1 if it could not go on."""
    parser = argparse.ArgumentParser(prog="tradelatch signer")
    parser.add_argument("--config", type=Path, help="the configuration file")
    parser.add_argument("--init", action="store_true", help="make a vault and a journal")
    parser.add_argument("--move-vault", action="store_true", help="change what opens the vault")
    parser.add_argument("--root", help="what is to open the vault")
    for name, whose in (("--secret-fd", "its"), ("--old-secret-fd", "the old one's")):
        parser.add_argument(name, type=int, help=f"where {whose} passphrase or PIN is read from")
    parser.add_argument("--restored", action="store_true", help="the journal is an old backup")
    arguments = parser.parse_args()
    harden()
    config = Config()
    try:
        if arguments.config:
            config = parse_config(arguments.config.read_text(), str(arguments.config))
        root = arguments.root or ("HSM" if config.hsm.module else "key file")
        secret = _read_secret(arguments.secret_fd)
        keep = "the HSM's key" if root == "HSM" else f"the {root}"
        if arguments.init:
            initialise(config, root, secret)
            print(f"{config.home}: made vault and journal; keep a copy of {keep}")
        elif arguments.move_vault:
            move_vault(config, _read_secret(arguments.old_secret_fd), root, secret)
            print(f"{config.home}: the vault opens anew; keep a copy of {keep}")
        else:
            isolate(config)
            asyncio.run(serve(config, arguments.restored))
    except Ended as error:
        return _fail(str(error), 1)
    except FileExistsError as error:
        return _fail(f"{error.filename}: there is one already; it is never replaced")
    except OSError as error:
        where = error.filename or f"{config.home}/run"  # a socket's error names no file
        return _fail(f"{where}: {error.strerror or error}")
    except (BadToml, NoUser, KeyFileError, VaultError, JournalError, UnicodeDecodeError) as error:
        return _fail(str(error))
    return 0


def _read_secret(descriptor: int | None) -> bytearray:
    """A passphrase or PIN; empty if there is nowhere to read it from."""
    if descriptor is None:
        return bytearray()
    secret = bytearray(MOST)
    size = os.readv(descriptor, [secret])
    os.close(descriptor)
    del secret[size:]
    return secret


def _fail(sentence: str, status: int = 2) -> int:
    print(f"tradelatch signer: {sentence}", file=sys.stderr)
    return status


if __name__ == "__main__":
    sys.exit(main())
