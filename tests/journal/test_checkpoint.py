"""Signed checkpoints: they verify, and nothing in them can be changed."""

import hashlib

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from tradelatch.journal.checkpoint import (
    BadCheckpoint,
    Checkpoint,
    sign,
    verify,
)
from tradelatch.journal.note import BadNote, read_verifier, verifier_text

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OTHER = Ed25519PrivateKey.from_private_bytes(bytes(32))
MARK = Checkpoint("tradelatch/journal", 7, hashlib.sha256(b"x").digest())
NOTE = sign(MARK, KEY)
RESTORED = sign(Checkpoint(MARK.origin, MARK.size, MARK.root, restored_from=12, nonce="ab"), KEY)


@given(st.integers(0, 2**63), st.binary(min_size=32, max_size=32), st.integers(1, 2**63))
def test_what_was_signed_verifies(size: int, root: bytes, restored_from: int) -> None:
    mark = Checkpoint("example.org/log", size, root)
    assert verify(sign(mark, KEY), KEY.public_key()) == mark
    mark = Checkpoint("example.org/log", size, root, restored_from, "00ff")
    assert verify(sign(mark, KEY), KEY.public_key()) == mark


@pytest.mark.parametrize("note", [NOTE, RESTORED])
def test_no_character_can_be_changed(note: str) -> None:
    for place in range(len(note)):
        for other in {"A", "B", "0", "\n", " ", "=", chr(ord(note[place]) ^ 1)} - {note[place]}:
            with pytest.raises(BadCheckpoint):
                verify(note[:place] + other + note[place + 1 :], KEY.public_key())


@pytest.mark.parametrize("length", range(len(NOTE)))
def test_no_part_is_a_checkpoint(length: int) -> None:
    with pytest.raises(BadCheckpoint):
        verify(NOTE[:length], KEY.public_key())


@pytest.mark.parametrize("more", ["\n", "x", "\n\u2014 somebody else AAAA\n"])
def test_nothing_can_be_added(more: str) -> None:
    with pytest.raises(BadCheckpoint):
        verify(NOTE + more, KEY.public_key())


@given(st.text(max_size=200))
def test_any_other_text_is_refused_in_one_sentence(text: str) -> None:
    with pytest.raises(BadCheckpoint):
        verify(text, KEY.public_key())
    with pytest.raises(BadNote):
        read_verifier(text)


def test_another_key_is_refused() -> None:
    with pytest.raises(BadCheckpoint, match="another key"):
        verify(NOTE, OTHER.public_key())


def test_a_forged_signature_under_the_right_key_hash_is_refused() -> None:
    forged = sign(Checkpoint(MARK.origin, 8, MARK.root), KEY).partition("\n\n")[2]
    with pytest.raises(BadCheckpoint, match="signature is wrong"):
        verify(f"{MARK.text()}\n{forged}", KEY.public_key())


def test_the_public_key_is_read_back_and_cannot_be_changed() -> None:
    text = verifier_text(MARK.origin, KEY.public_key())
    assert read_verifier(text + "\n") == KEY.public_key()
    for place in range(len(text)):
        with pytest.raises(BadNote):
            read_verifier(text[:place] + chr(ord(text[place]) ^ 1) + text[place + 1 :])
