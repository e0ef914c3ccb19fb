"""Boxes open in the vault they were sealed to, for what they were sealed for, unchanged."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tradelatch.model import box
from tradelatch.vault.box import BoxKey
from tradelatch.vault.envelope import SealBroken

RAW = BoxKey.new()
INFO = box.exchange_key_info("main", "binance", "key-1")
SECRET = bytearray(b"a secret that must not be seen")


def key() -> BoxKey:
    return BoxKey(bytearray(RAW))


@given(st.binary(max_size=200))
@settings(max_examples=50)
def test_what_was_sealed_comes_out(secret: bytes) -> None:
    sealed = box.seal(key().public, INFO, bytearray(secret))
    assert key().open(sealed, INFO) == secret
    assert isinstance(key().open(sealed, INFO), bytearray)


def test_no_byte_can_be_changed_and_nothing_cut() -> None:
    sealed = box.seal(key().public, INFO, SECRET)
    wrong = [sealed[:n] for n in range(len(sealed))]
    for place in range(len(sealed)):
        changed = bytearray(sealed)
        changed[place] ^= 1
        wrong.append(bytes(changed))
    for bad in wrong:
        with pytest.raises(SealBroken) as caught:
            key().open(bad, INFO)
        assert "secret" not in str(caught.value)


def test_another_vault_or_another_purpose_opens_nothing() -> None:
    sealed = box.seal(key().public, INFO, SECRET)
    with pytest.raises(SealBroken, match="another vault"):
        BoxKey(BoxKey.new()).open(sealed, INFO)
    others = [("main", "binance", "key-2"), ("other", "binance", "key-1"), ("main", "", "key-1")]
    for other in others:
        with pytest.raises(SealBroken):
            key().open(sealed, box.exchange_key_info(*other))


def test_parts_of_two_boxes_do_not_go_together() -> None:
    one, two = (box.seal(key().public, INFO, SECRET) for _ in range(2))
    assert one != two
    with pytest.raises(SealBroken):
        key().open(one[: box.WRAPPED] + two[box.WRAPPED :], INFO)


def test_what_is_no_public_key_is_refused() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        box.seal(b"short", INFO, SECRET)


def test_the_private_half_is_wiped_where_it_was() -> None:
    raw = BoxKey.new()
    BoxKey(raw)
    assert raw == bytes(32)
