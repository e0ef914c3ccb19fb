"""What a pack tells of itself; to check it takes nothing that is drawn with."""

from collections.abc import Mapping

import msgspec

from tradelatch.cases.verified import Source

SUMS = "SHA256SUMS"


class Packed(msgspec.Struct, frozen=True, omit_defaults=True):
    """A file of a pack; `handed_in_as` is what it is called in the case, where no other computer
    could hold that name."""

    name: str
    sha256: str
    size: int
    handed_in_as: str = ""


class Manifest(msgspec.Struct, frozen=True):
    """What a pack holds, and what it rests on.

    Attributes:
        evidence_sha256: over all evidence of the case, as its report tells it.
        settings: what decided the figures.
        shared: files that figures rest on and that are not in the pack: they hold others' data
            too, or prices; each trade's row tells what was read from them.
    """

    case: str
    recipient: str
    jurisdiction: str
    evidence_sha256: str
    signer: str
    settings: Mapping[str, str]
    victims: tuple[str, ...]
    shared: tuple[Source, ...]
    files: tuple[Packed, ...]


def checksums(digests: Mapping[str, str]) -> bytes:
    """What ``sha256sum -c`` reads, by the files' names."""
    return "".join(f"{digests[name]}  {name}\n" for name in sorted(digests)).encode()
