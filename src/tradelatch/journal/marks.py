"""The checkpoints that lie in a folder: which of them count."""

import os
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from tradelatch.journal import checkpoint
from tradelatch.journal.checkpoint import BadCheckpoint, Checkpoint

FILE = "checkpoints"


def standing_in(folder: Path, key: Ed25519PublicKey) -> list[Checkpoint]:
    """The checkpoints of one folder that count, oldest first.

    Raises:
        BadCheckpoint: one is none, or one of a restored backup was put there once more.
    """
    marks: list[Checkpoint] = []
    nonces: set[str] = set()
    for note in notes(folder):
        mark = checkpoint.verify(note, key)
        if mark.nonce in nonces or any(mark.nonce and m.size > mark.restored_from for m in marks):
            raise BadCheckpoint("a checkpoint of a restored backup does not belong where it stands")
        if mark.nonce:
            nonces.add(mark.nonce)
            marks = [earlier for earlier in marks if earlier.size <= mark.size]
        marks.append(mark)
    return marks


def notes(folder: Path) -> list[str]:
    """The complete notes as they stand there, oldest first; each is two paragraphs, what was signed
    and the signature."""
    path = folder / FILE
    if not path.exists():
        return []
    paragraphs = path.read_bytes().decode("utf-8", "replace").split("\n\n")[:-1]
    pairs = zip(paragraphs[::2], paragraphs[1::2], strict=False)
    return [f"{text}\n\n{signature}\n" for text, signature in pairs]


def drop_torn(folder: Path) -> None:
    """Cut an incomplete last note off, so that the next one starts where one may start."""
    path = folder / FILE
    if not path.exists():
        return
    complete = sum(len(note.encode()) + 1 for note in notes(folder))
    if complete < path.stat().st_size:
        os.truncate(path, complete)
