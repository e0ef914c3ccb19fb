"""Envelopes open with their key and label, and with nothing else."""

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.vault.keys import OneKey
from tradelatch.vault.envelope import (
    VERSION,
    Envelope,
    Label,
    SealBroken,
    rewrap,
    seal,
    unseal,
    wipe,
)

KEK = OneKey(range(32))
LABEL = Label("exchange key", "main", "binance", "id-1")
SECRET = bytearray(b"a secret that must not be seen")
TEXT = st.text(max_size=20)
LABELS = st.builds(Label, TEXT, TEXT, TEXT, TEXT)


@given(LABELS, st.binary(max_size=200))
def test_what_was_sealed_is_unsealed(label: Label, secret: bytes) -> None:
    kept = bytearray(secret)
    envelope = seal(KEK, label, kept)
    assert kept == secret
    assert unseal(KEK, envelope) == secret
    stored = msgspec.json.encode(envelope)
    assert unseal(KEK, msgspec.json.decode(stored, type=Envelope)) == secret


@given(LABELS, LABELS)
def test_no_label_opens_anothers_envelope(label: Label, other: Label) -> None:
    assert (label.associated_data() == other.associated_data()) == (label == other)
    moved = msgspec.structs.replace(seal(KEK, label, SECRET), label=other)
    if label == other:
        assert unseal(KEK, moved) == SECRET
    else:
        with pytest.raises(SealBroken):
            unseal(KEK, moved)


@given(st.integers(0, 31), st.integers(1, 255))
@settings(max_examples=30)
def test_another_key_opens_nothing(place: int, change: int) -> None:
    other = OneKey(KEK.key(1))
    other.key(1)[place] ^= change
    with pytest.raises(SealBroken):
        unseal(other, seal(KEK, LABEL, SECRET))


@pytest.mark.parametrize("field", ["wrapped_key", "sealed"])
def test_no_bit_can_be_changed_and_nothing_cut(field: str) -> None:
    envelope = seal(KEK, LABEL, SECRET)
    data: bytes = getattr(envelope, field)
    wrong = [data[:n] for n in range(len(data))]
    for bit in range(8 * len(data)):
        changed = bytearray(data)
        changed[bit // 8] ^= 1 << bit % 8
        wrong.append(bytes(changed))
    for bad in wrong:
        with pytest.raises(SealBroken):
            unseal(KEK, msgspec.structs.replace(envelope, **{field: bad}))


def test_parts_of_two_envelopes_do_not_go_together() -> None:
    one, two = (seal(KEK, LABEL, bytearray(text)) for text in (b"one", b"two"))
    with pytest.raises(SealBroken):
        unseal(KEK, msgspec.structs.replace(one, sealed=two.sealed))


def test_another_version_is_refused() -> None:
    with pytest.raises(SealBroken, match="version 2 is not known"):
        unseal(KEK, msgspec.structs.replace(seal(KEK, LABEL, SECRET), version=VERSION + 1))


def test_two_seals_share_nothing() -> None:
    one, two = seal(KEK, LABEL, SECRET), seal(KEK, LABEL, SECRET)
    assert one.wrapped_key[:12] != two.wrapped_key[:12]
    assert one.sealed != two.sealed


def test_neither_an_envelope_nor_an_error_shows_the_secret() -> None:
    envelope = seal(KEK, LABEL, SECRET)
    assert SECRET.decode() not in repr(envelope)
    assert bytes(SECRET) not in msgspec.json.encode(envelope)
    with pytest.raises(SealBroken) as caught:
        unseal(OneKey(bytes(32)), envelope)
    assert SECRET.decode() not in str(caught.value) + repr(caught.value.__cause__)


def test_a_wiped_secret_is_gone() -> None:
    secret = bytearray(SECRET)
    wipe(secret)
    assert secret == bytes(len(SECRET))


@given(LABELS, st.binary(max_size=50))
def test_rewrapping_changes_the_key_and_leaves_the_secret_sealed(
    label: Label, secret: bytes
) -> None:
    keys = OneKey(range(32))
    before = seal(keys, label, bytearray(secret))
    keys.add(range(1, 33))
    after = rewrap(keys, before)
    assert (before.kek, after.kek) == (1, 2)
    assert after.sealed == before.sealed
    assert unseal(keys, after) == secret
    with pytest.raises(SealBroken):
        unseal(keys, msgspec.structs.replace(after, kek=1))
    with pytest.raises(SealBroken, match="no key 3"):
        unseal(keys, msgspec.structs.replace(after, kek=3))
