"""A pack of evidence: what one recipient may have of the victims of one jurisdiction.

====================  ==========================================================================
``README.txt``        what it is, and how to check it
``manifest.json``     for whom, what figures rest on, and each file with its SHA-256
``manifest.sig``      the signature of the statement about it, base64; ``statement.txt`` is what
                      was signed, ``signature.bin`` the same signature for other tools
``signer.pem``        the public key, which the report names too
``SHA256SUMS``        of all other files
``victims.csv``       a row for each victim; ``fills.csv`` a row for each trade
``V-01/``             a fact sheet (HTML and PDF), ``victim.json``, ``fills.csv`` and ``original/``
                      with the victim's files as they were handed in
====================  ==========================================================================
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence

import msgspec

from tradelatch.cases.opened import OpenCase
from tradelatch.cases.packs import signing
from tradelatch.cases.packs.choosing import EXCHANGE, without_others
from tradelatch.cases.packs.factsheet import fact_sheet
from tradelatch.cases.packs.manifest import SUMS, Manifest, Packed, checksums
from tradelatch.cases.packs.names import file_name, portable
from tradelatch.cases.packs.request import request_files
from tradelatch.cases.packs.tables import fills_csv, victims_csv
from tradelatch.cases.report.pdf import pdf
from tradelatch.cases.report.provenance import file_of, manifest_digest, rows_of
from tradelatch.cases.report.rendering import render
from tradelatch.cases.verified import Victim
from tradelatch.model import statements


def pack(
    case: OpenCase,
    recipient: str,
    jurisdiction: str,
    victims: Sequence[Victim],
    sign: signing.Sign,
    tell: Callable[[], None],
) -> dict[str, bytes]:
    """The files by name; the same bytes for the same evidence, key and fonts. `tell` is called
    after each victim. That all of them consented is the caller's to see to."""
    sums = {one.name: one.sha256 for one in case.verified.sources}
    files = {"victims.csv": victims_csv(victims), "fills.csv": fills_csv(victims, sums)}
    if recipient == EXCHANGE:
        files |= request_files(case.verified, jurisdiction, victims)
    for victim in victims:
        inside = _of_victim(case, without_others(victim), sums, recipient)
        files |= {f"{file_name(victim.name)}/{name}": data for name, data in inside.items()}
        tell()
    files["README.txt"] = render(
        "pack-readme.txt", case=case.verified, recipient=recipient, jurisdiction=jurisdiction
    ).encode()
    manifest = _manifest(case, recipient, jurisdiction, victims, files)
    return files | _sealed(files, manifest, case.signer, sign)


def _of_victim(
    case: OpenCase, victim: Victim, sums: Mapping[str, str], recipient: str
) -> dict[str, bytes]:
    sheet = fact_sheet(case.verified, victim, manifest_digest(case.verified.sources), recipient)
    told = msgspec.structs.replace(victim, consents={recipient: True})
    originals = {place: case.original(name) for place, name in _originals(victim).items()}
    return originals | {
        "fact-sheet.html": sheet.encode(),
        "fact-sheet.pdf": pdf(sheet),
        "fills.csv": fills_csv([victim], sums),
        "victim.json": _json(told),
    }


def _originals(victim: Victim) -> Mapping[str, str]:
    """Where in a victim's folder what was handed in is, and its name in the case."""
    return {f"original/{place}": name for name, place in portable(victim.files).items()}


def _renamed(victims: Sequence[Victim]) -> Mapping[str, str]:
    """The files of a pack that are called otherwise in the case, and how."""
    return {
        f"{file_name(victim.name)}/{place}": name
        for victim in victims
        for place, name in _originals(victim).items()
        if place != f"original/{name}"
    }


def _manifest(
    case: OpenCase,
    recipient: str,
    jurisdiction: str,
    victims: Sequence[Victim],
    files: Mapping[str, bytes],
) -> bytes:
    own = {name for victim in victims for name in victim.files}
    renamed = _renamed(victims)
    manifest = Manifest(
        case.verified.name,
        recipient,
        jurisdiction,
        manifest_digest(case.verified.sources),
        case.signer,
        case.verified.settings,
        tuple(victim.name for victim in victims),
        tuple(one for one in case.verified.sources if one.name in _rested_on(victims) - own),
        tuple(
            Packed(name, _sha256(data), len(data), renamed.get(name, ""))
            for name, data in sorted(files.items())
        ),
    )
    return _json(manifest)


def _rested_on(victims: Sequence[Victim]) -> set[str]:
    """The files that figures of these victims rest on, as far as rows and fills name them."""
    named = {row.file for victim in victims for row in (*victim.told, *rows_of(victim.fills))}
    for victim in victims:
        for fill in victim.fills:
            named |= {file_of(fill.reference_from), file_of(fill.rate_from)}
    return named


def _sealed(
    files: Mapping[str, bytes], manifest: bytes, signer: str, sign: signing.Sign
) -> dict[str, bytes]:
    statement = signing.statement(manifest)
    signature = sign(statement)
    made = {
        "manifest.json": manifest,
        "manifest.sig": f"{signature}\n".encode(),
        "statement.txt": statement.encode(),
        "signature.bin": statements.decode(signature, 64),
        "signer.pem": signing.pem(signer),
    }
    made[SUMS] = checksums({name: _sha256(data) for name, data in {**files, **made}.items()})
    return made


def _json(told: msgspec.Struct) -> bytes:
    return msgspec.json.format(msgspec.json.encode(told, order="deterministic")) + b"\n"


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
