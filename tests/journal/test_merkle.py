"""The tree against RFC 9162's own definition, and against vectors made by others."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradelatch.journal.merkle import Tree, leaf_hash

LEAVES = [
    "",
    "00",
    "10",
    "2021",
    "3031",
    "40414243",
    "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
]
"""The entries of certificate-transparency's reference tests."""
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
"""Their roots, of none to eight entries."""


def by_definition(entries: list[bytes]) -> bytes:
    """MTH of RFC 9162, section 2.1.1, word by word."""
    if not entries:
        return hashlib.sha256(b"").digest()
    if len(entries) == 1:
        return hashlib.sha256(b"\x00" + entries[0]).digest()
    split = 1
    while split * 2 < len(entries):
        split *= 2
    left, right = by_definition(entries[:split]), by_definition(entries[split:])
    return hashlib.sha256(b"\x01" + left + right).digest()


def grown(entries: list[bytes]) -> Tree:
    tree = Tree()
    for entry in entries:
        tree.append(entry)
    return tree


@given(st.lists(st.binary(max_size=8), max_size=150))
def test_the_root_is_the_one_that_the_rfc_defines(entries: list[bytes]) -> None:
    tree = grown(entries)
    assert tree.root() == by_definition(entries)
    assert tree.size == len(entries)
    assert len(tree._subtrees) <= len(entries).bit_length()


@pytest.mark.parametrize("size", range(9))
def test_known_roots(size: int) -> None:
    assert grown([bytes.fromhex(leaf) for leaf in LEAVES[:size]]).root().hex() == ROOTS[size]


def test_no_node_can_be_passed_off_as_a_leaf() -> None:
    leaves = leaf_hash(b"a") + leaf_hash(b"b")
    assert grown([leaves]).root() != grown([b"a", b"b"]).root()
