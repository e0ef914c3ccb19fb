"""A case that was verified, opened to report on it."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from tradelatch.cases.conclusions.published import Published, read_published
from tradelatch.cases.folder import Case, Item, UnusableCase
from tradelatch.cases.intake import rejected_of
from tradelatch.cases.sealed import VERIFIED, unsealed
from tradelatch.cases.verified import VerifiedCase
from tradelatch.exports.refusal import Rejected
from tradelatch.exports.settings import settings_of

SIGNER = "signer.pub"
"""In a case's folder: the public key that signs what goes out of it, base64."""


class OpenCase(msgspec.Struct, frozen=True):
    """The folder, what verification found in it, what was published of the incident, the public key
    that signs ("" where there is none), and by file the rows that could not be read."""

    folder: Case
    verified: VerifiedCase
    published: Sequence[Published]
    signer: str
    rejected: Mapping[str, Sequence[Rejected]]

    def original(self, name: str) -> bytes:
        """The bytes of a file as they were handed in.

        Raises:
            UnusableCase: there is none of the name, or it was changed since.
        """
        items = {item.name: item for item in self.folder.items}
        if name not in items:
            raise UnusableCase(f"{self.folder.path}: holds no evidence named {name}")
        return self.folder.data(items[name])


def open_case(path: Path) -> OpenCase:
    """A case whose verification is of the evidence that it holds now.

    Raises:
        UnusableCase: it is no case, was not verified, or not since evidence was added or dropped,
            or what verification wrote was changed.
        Refused: a file of published figures cannot be read.
    """
    folder = Case(path)
    verified = _verified(folder)
    items = {item.name: item for item in folder.items}
    if verified.reading != folder.reading:
        raise UnusableCase(
            f"{path}: evidence was added, dropped or read otherwise since it was verified; run "
            f"`tradelatch case verify {path}`"
        )
    published = [one for name in verified.published for one in _published(folder, items[name])]
    signer = path / SIGNER
    return OpenCase(
        folder,
        verified,
        published,
        signer.read_text(encoding="ascii").strip() if signer.exists() else "",
        {
            one.name: rejected_of(folder, items[one.name])
            for one in verified.sources
            if one.rejected
        },
    )


def _verified(folder: Case) -> VerifiedCase:
    found = unsealed(folder)
    try:
        return msgspec.json.decode(found, type=VerifiedCase)
    except msgspec.MsgspecError as error:  # written by another version
        file = folder.path / VERIFIED
        raise UnusableCase(f"{file}: cannot be read; verify the case again") from error


def _published(folder: Case, item: Item) -> Sequence[Published]:
    settings = settings_of(f"{name}={value}" for name, value in item.settings.items())
    return read_published(folder.data(item), item.name, settings, item.mapping)
