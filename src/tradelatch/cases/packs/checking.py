"""Whether a pack is as it was signed."""

import hashlib
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

import msgspec

from tradelatch.cases.packs import signing
from tradelatch.cases.packs.manifest import SUMS, Manifest, checksums
from tradelatch.model import statements

_MOST_BYTES = 2 * 10**9
_OF_SEAL = {
    "manifest.json",
    "manifest.sig",
    "statement.txt",
    "signature.bin",
    "signer.pem",
    SUMS,
}


class Checked(msgspec.Struct, frozen=True):
    """A pack's manifest, and what is wrong with the pack, a sentence each."""

    manifest: Manifest
    faults: tuple[str, ...]


class NoPack(ValueError):
    """The file is no pack; the message is one sentence."""


def check_pack(path: Path, signer: str = "") -> Checked:
    """Hashes and signature; by `signer`, or by the key that the pack itself names.

    Raises:
        NoPack: it cannot be read as one.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > _MOST_BYTES:
                raise NoPack(f"{path}: unpacks to more than {_MOST_BYTES // 10**9} GB")
            data = archive.read("manifest.json")
            manifest = msgspec.json.decode(data, type=Manifest)
            signature = archive.read("manifest.sig").decode("ascii").strip()
            is_signed = signing.is_signed(data, signature, signer or manifest.signer)
            faults = [] if is_signed else ["the signature is not of this manifest and this key"]
            faults += _faults(archive, manifest)
            faults += _faults_of_seal(archive, manifest, data, signature)
    except OSError as error:
        raise NoPack(f"{path}: cannot read it: {error.strerror}") from error
    except NoPack:
        raise
    except (KeyError, ValueError) as error:
        raise NoPack(f"{path}: is no pack of evidence") from error
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError) as error:
        # RuntimeError: encrypted, or packed in a way that no pack is.
        raise NoPack(f"{path}: is no pack of evidence, or damaged") from error
    return Checked(manifest, tuple(faults))


def _faults(archive: zipfile.ZipFile, manifest: Manifest) -> Iterator[str]:
    there = archive.namelist()
    told = {one.name: one.sha256 for one in manifest.files}
    for name in sorted({name for name in there if there.count(name) > 1}):
        yield f"{name}: is in the pack twice"
    for name, digest in told.items():
        if name not in there:
            yield f"{name}: is missing"
        elif hashlib.sha256(archive.read(name)).hexdigest() != digest:
            yield f"{name}: was changed"
    yield from (f"{name}: was added" for name in sorted({*there} - {*told} - _OF_SEAL))


def _faults_of_seal(
    archive: zipfile.ZipFile, manifest: Manifest, data: bytes, signature: str
) -> Iterator[str]:
    """What other tools are given to check the pack with has to say the same."""
    there = set(archive.namelist())
    digests = {name: hashlib.sha256(archive.read(name)).hexdigest() for name in there - {SUMS}}
    made = {
        "statement.txt": signing.statement(data).encode(),
        "signature.bin": statements.decode(signature, 64),
        "signer.pem": signing.pem(manifest.signer),
        SUMS: checksums(digests),
    }
    for name, told in sorted(made.items()):
        if name not in there:
            yield f"{name}: is missing"
        elif archive.read(name) != told:
            yield f"{name}: was changed"
