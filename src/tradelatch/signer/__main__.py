"""``python -m tradelatch.signer``: the signer's process, apart from the command line's."""

import argparse
import asyncio
import sys
from pathlib import Path

from tradelatch.journal.log import JournalError
from tradelatch.model.config import Config, parse_config
from tradelatch.model.toml import BadToml
from tradelatch.signer.server import initialise, serve
from tradelatch.vault.keyfile import KeyFileError
from tradelatch.vault.store import VaultError


def main() -> int:
    """Exit status 0 after an orderly end, 2 if it cannot start."""
    parser = argparse.ArgumentParser(prog="tradelatch signer")
    parser.add_argument("--config", type=Path, help="the configuration file")
    parser.add_argument("--init", action="store_true", help="make key file, vault and journal")
    parser.add_argument("--restored", action="store_true", help="the journal is an old backup")
    arguments = parser.parse_args()
    config = Config()
    try:
        if arguments.config:
            config = parse_config(arguments.config.read_text(), str(arguments.config))
        if arguments.init:
            initialise(config)
            print(f"{config.home}: made key file, vault and journal; keep a copy of the key file")
        else:
            asyncio.run(serve(config, arguments.restored))
    except FileExistsError as error:
        return _fail(f"{error.filename}: there is one already; it is never replaced")
    except OSError as error:
        where = error.filename or f"{config.home}/run"  # a socket's error names no file
        return _fail(f"{where}: {error.strerror or error}")
    except (BadToml, KeyFileError, VaultError, JournalError, UnicodeDecodeError) as error:
        return _fail(str(error))
    return 0


def _fail(sentence: str) -> int:
    print(f"tradelatch signer: {sentence}", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
