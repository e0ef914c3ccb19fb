"""What verification found, in the case's folder with its hash beside it.

Nothing is reported that was changed since. The hash stops mistakes and whoever edits the one file;
who writes both is found out by verifying again, which gives the same bytes for the same evidence.
"""

import hashlib

from tradelatch.cases.folder import Case, UnusableCase

VERIFIED, SEAL = "verified.json", "verified.sha256"


def seal(case: Case, found: bytes) -> None:
    """Write what was found, and its hash.

    Raises:
        OSError: it cannot be written.
    """
    case.write(VERIFIED, found)
    case.write(SEAL, _sum(found))


def unsealed(case: Case) -> bytes:
    """What was found, checked against its hash.

    Raises:
        UnusableCase: nothing was yet, or it was changed since.
    """
    file, again = case.path / VERIFIED, f"run `tradelatch case verify {case.path}`"
    try:
        found = file.read_bytes()
    except FileNotFoundError as error:
        raise UnusableCase(f"{case.path}: was not verified yet; {again}") from error
    except OSError as error:
        raise UnusableCase(f"{file}: cannot be read; {again} again") from error
    try:
        told = (case.path / SEAL).read_bytes()
    except OSError:
        told = b""
    if told != _sum(found):
        raise UnusableCase(
            f"{file}: is not what verification wrote, by its hash in {SEAL}; {again} again"
        )
    return found


def _sum(found: bytes) -> bytes:
    """As ``sha256sum -c`` reads it."""
    return f"{hashlib.sha256(found).hexdigest()}  {VERIFIED}\n".encode()
