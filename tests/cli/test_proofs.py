"""Proofs against the tree itself: what is true is proved, and nothing else is."""

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from tests.journal.test_merkle import LEAVES
from tradelatch.cli import proofs
from tradelatch.journal.merkle import Tree, leaf_hash

ENTRIES = st.lists(st.binary(max_size=4), min_size=1, max_size=70)


def grown(entries: list[bytes]) -> bytes:
    tree = Tree()
    for entry in entries:
        tree.append(entry)
    return tree.root()


@given(ENTRIES, st.data())
def test_whatever_is_in_a_tree_is_proved_to_be(entries: list[bytes], data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(entries) - 1))
    leaves = [leaf_hash(entry) for entry in entries]
    path = proofs.inclusion(leaves, place)
    whole = (leaves[place], place, len(entries), path, grown(entries))
    assert proofs.is_included(*whole)
    assert len(path) <= (len(entries) - 1).bit_length()

    wrong = leaf_hash(b"something else")
    assert not proofs.is_included(wrong, *whole[1:])
    assert not proofs.is_included(*whole[:3], [*path, wrong], whole[4])
    assert not proofs.is_included(*whole[:4], wrong)
    for other in range(-1, len(entries) + 2):
        if other != place:
            assert not proofs.is_included(whole[0], other, *whole[2:]) or _alike(
                entries, place, other
            )
    for number in range(len(path)):
        cut = path[:number] + path[number + 1 :]
        assert not proofs.is_included(*whole[:3], cut, whole[4])


def _alike(entries: list[bytes], one: int, other: int) -> bool:
    """The same entry twice, beside itself, has the same path."""
    return 0 <= other < len(entries) and entries[one] == entries[other]


@given(ENTRIES, st.data())
def test_a_tree_is_proved_to_have_grown_out_of_another(
    entries: list[bytes], data: st.DataObject
) -> None:
    first = data.draw(st.integers(1, len(entries)))
    path = proofs.consistency([leaf_hash(entry) for entry in entries], first)
    whole = (first, len(entries), path, grown(entries[:first]), grown(entries))
    assert proofs.is_consistent(*whole)

    wrong = hashlib.sha256(b"wrong").digest()
    assert not proofs.is_consistent(*whole[:3], wrong, whole[4])
    assert not proofs.is_consistent(*whole[:4], wrong)
    assert not proofs.is_consistent(*whole[:2], [*path, wrong], *whole[3:])
    for number in range(len(path)):
        changed = [*path[:number], wrong, *path[number + 1 :]]
        assert not proofs.is_consistent(*whole[:2], changed, *whole[3:])
    rewritten = grown([b"rewritten", *entries[1:]])
    if rewritten != whole[4]:
        assert not proofs.is_consistent(*whole[:4], rewritten)


@given(ENTRIES)
def test_the_root_is_the_trees(entries: list[bytes]) -> None:
    assert proofs.root([leaf_hash(entry) for entry in entries]) == grown(entries)


def test_the_published_proofs_come_out() -> None:
    """Certificate Transparency's reference tests: leaf 5 of 8, and 6 to 8 leaves."""
    leaves = [leaf_hash(bytes.fromhex(entry)) for entry in LEAVES]
    assert [node.hex() for node in proofs.inclusion(leaves, 5)] == [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]
    assert [node.hex() for node in proofs.consistency(leaves, 6)] == [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]
