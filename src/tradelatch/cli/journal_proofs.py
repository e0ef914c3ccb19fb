"""``tradelatch journal prove``, ``consistency`` and ``check``: proofs that anybody can verify."""

from pathlib import Path
from typing import Annotated

import msgspec
import typer
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from tradelatch.cli import proofs
from tradelatch.cli.settings import ConfigFile, fail, read_config, read_text
from tradelatch.journal import checkpoint, log, marks, note
from tradelatch.journal.checkpoint import Checkpoint
from tradelatch.journal.merkle import leaf_hash
from tradelatch.journal.note import BadNote

PublicKey = Annotated[str | None, typer.Option(help="The journal's public key, if it is not here.")]
Folder = Annotated[
    Path | None, typer.Option("--journal", help="The journal's folder, or a copy of it.")
]


class Inclusion(msgspec.Struct, frozen=True, tag="inclusion", forbid_unknown_fields=True):
    """That a record is the `number`th (from one) of the journal of the checkpoint."""

    number: int
    record: str
    path: list[str]
    checkpoint: str


class Consistency(msgspec.Struct, frozen=True, tag="consistency", forbid_unknown_fields=True):
    """That the journal of the first checkpoint is how that of the second begins."""

    path: list[str]
    first: str
    second: str


def prove(
    number: Annotated[int, typer.Argument(min=1, help="The record's number, from one.")],
    journal: Folder = None,
    config: ConfigFile = None,
) -> None:
    """Print a proof that a record is in the journal: it shows nothing of the others."""
    folder = journal or read_config(config).home / "journal"
    newest, notes = _signed(folder)
    if number > newest.size:
        fail(f"{folder}: only {newest.size} records are covered by a signed checkpoint")
    lines = list(log.records(folder))[: newest.size]
    path = proofs.inclusion([leaf_hash(line) for line in lines], number - 1)
    record = lines[number - 1].decode()
    _print(Inclusion(number, record, [node.hex() for node in path], notes[newest.size]))


def consistency(
    first: Annotated[int, typer.Argument(min=1, help="A size that a checkpoint was signed at.")],
    second: Annotated[int, typer.Argument(min=1, help="A later one.")],
    journal: Folder = None,
    config: ConfigFile = None,
) -> None:
    """Print a proof that nothing was changed between two checkpoints."""
    folder = journal or read_config(config).home / "journal"
    _, notes = _signed(folder)
    for size in (first, second):
        if size not in notes:
            near = min(notes, key=lambda known: abs(known - size))
            fail(f"{folder}: no checkpoint was signed at {size} records; one was at {near}")
    if first > second:
        fail(f"{first} records are more than {second}: give the earlier checkpoint first")
    leaves = [leaf_hash(line) for line in log.records(folder)][:second]
    path = [node.hex() for node in proofs.consistency(leaves, first)]
    _print(Consistency(path, notes[first], notes[second]))


def check(
    proof: Annotated[Path, typer.Argument(help="What `prove` or `consistency` printed.")],
    public_key: PublicKey = None,
    journal: Folder = None,
    config: ConfigFile = None,
) -> None:
    """Verify a proof; needs the journal's public key alone."""
    try:
        given = msgspec.json.decode(proof.read_bytes(), type=Inclusion | Consistency)
    except OSError as error:
        fail(f"{proof}: cannot be read: {error.strerror}")
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        fail(f"{proof}: this is no proof: {error}")
    try:
        says = _checked(given, _key(public_key, journal, config))
    except (log.JournalError, BadNote) as error:
        fail(f"{proof}: {error}", code=1)
    except ValueError:  # no hex
        fail(f"{proof}: this is no proof: a hash is not written in hex")
    if not says:
        fail(f"{proof}: this proves nothing: hashes and checkpoint do not go together", code=1)
    print(says)


def statement(
    file: Annotated[
        Path, typer.Argument(help="What `reconcile --statement` or `status --attest` wrote.")
    ],
    public_key: PublicKey = None,
    journal: Folder = None,
    config: ConfigFile = None,
) -> None:
    """Verify a statement, and print it; needs the journal's public key alone."""
    given = read_text(file)
    try:
        text = note.opened(given, log.ORIGIN, _key(public_key, journal, config))
    except (log.JournalError, BadNote) as error:
        fail(f"{file}: {error}", code=1)
    print(text, end="")


def _key(public_key: str | None, journal: Path | None, config: Path | None) -> Ed25519PublicKey:
    if public_key:
        return note.read_verifier(public_key)
    return log.public_key_of(journal or read_config(config).home / "journal")


def _checked(given: Inclusion | Consistency, key: Ed25519PublicKey) -> str:
    path = [bytes.fromhex(node) for node in given.path]
    if isinstance(given, Inclusion):
        mark, leaf = checkpoint.verify(given.checkpoint, key), leaf_hash(given.record.encode())
        if proofs.is_included(leaf, given.number - 1, mark.size, path, mark.root):
            return f"good: record {given.number} of {mark.size} is\n{given.record}"
        return ""
    first, second = (checkpoint.verify(text, key) for text in (given.first, given.second))
    if proofs.is_consistent(first.size, second.size, path, first.root, second.root):
        return f"good: the first {first.size} of {second.size} records were not changed"
    return ""


def _signed(folder: Path) -> tuple[Checkpoint, dict[int, str]]:
    """The newest checkpoint of a journal that verifies, and the notes that count by their size."""
    try:
        newest, key = log.verify(folder), log.public_key_of(folder)
    except log.JournalError as error:
        fail(str(error), code=1)
    standing = marks.standing_in(folder, key)
    marked = {checkpoint.verify(text, key): text for text in marks.notes(folder)}
    return newest, {mark.size: marked[mark] for mark in standing}


def _print(proof: Inclusion | Consistency) -> None:
    print(msgspec.json.format(msgspec.json.encode(proof)).decode())
