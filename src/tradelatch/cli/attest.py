"""``tradelatch status --attest``: the signer's signed word on what runs there."""

import secrets
import sys

from tradelatch.cli.operator import command
from tradelatch.cli.settings import fail
from tradelatch.isolation.attest import FIRST_LINE, code_hash
from tradelatch.journal import log, note
from tradelatch.model.config import Config

LIMIT = (
    "it is the signer's own word: root on its host can forge it, since no hardware backs it, and "
    "the hash is of source files as they lay there when it started"
)


def ask_attestation(config: Config, nonce: str) -> None:
    """Print the signed statement, and on stderr what is to be made of it; one that is not good
    ends the command."""
    nonce = nonce or secrets.token_hex(16)
    signed = str(command(config, "attest", nonce=nonce))
    try:
        text = note.opened(signed, log.ORIGIN, log.public_key_of(config.home / "journal"))
    except PermissionError as error:
        print(signed, end="")
        fail(f"not checked: {error.filename} is closed to you; `tradelatch journal statement` can")
    except (log.JournalError, note.BadNote) as error:
        fail(f"the signer's statement is not good: {error}", code=1)
    first, asked, _, code, *_ = text.splitlines()
    if (first, asked) != (FIRST_LINE, f"nonce {nonce}"):
        fail("the signer's statement is not good: it answers another question", code=1)
    print(signed, end="")
    same = "the same code as" if code.split()[1] == code_hash() else "NOT the code of"
    print(f"signed by the journal's key; {same} this installation\n{LIMIT}", file=sys.stderr)
