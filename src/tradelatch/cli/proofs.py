"""Proofs of RFC 9162, section 2.1: that a record is in a tree, that one tree grew out of another.

Places count from zero here, as in the RFC. Hashes are SHA-256, 32 bytes each.
"""

import hashlib
from collections.abc import Sequence

Hashes = Sequence[bytes]


def inclusion(leaves: Hashes, place: int) -> list[bytes]:
    """PATH(place, leaves) of section 2.1.3.1, from the leaf up."""
    if len(leaves) == 1:
        return []
    split = _split(len(leaves))
    left, right = leaves[:split], leaves[split:]
    if place < split:
        return [*inclusion(left, place), root(right)]
    return [*inclusion(right, place - split), root(left)]


def consistency(leaves: Hashes, size: int) -> list[bytes]:
    """PROOF(size, leaves) of section 2.1.4.1; empty if `size` is zero or all there is."""
    return _consistency(leaves, size, is_whole=True) if 0 < size < len(leaves) else []


def _consistency(leaves: Hashes, size: int, *, is_whole: bool) -> list[bytes]:
    if size == len(leaves):
        return [] if is_whole else [root(leaves)]
    split = _split(len(leaves))
    left, right = leaves[:split], leaves[split:]
    if size <= split:
        return [*_consistency(left, size, is_whole=is_whole), root(right)]
    return [*_consistency(right, size - split, is_whole=False), root(left)]


def root(leaves: Hashes) -> bytes:
    """The root over leaves that are hashed already; at least one."""
    if len(leaves) == 1:
        return leaves[0]
    split = _split(len(leaves))
    return _node(root(leaves[:split]), root(leaves[split:]))


def is_included(leaf: bytes, place: int, size: int, path: Hashes, root_: bytes) -> bool:
    """Section 2.1.3.2: whether the path leads from the leaf to the root of `size` leaves."""
    if not 0 <= place < size:
        return False
    at, last, node = place, size - 1, leaf
    for other in path:
        if last == 0:
            return False
        if at & 1 or at == last:
            node = _node(other, node)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            node = _node(node, other)
        at, last = at >> 1, last >> 1
    return last == 0 and node == root_


def is_consistent(
    first: int, second: int, path: Hashes, first_root: bytes, second_root: bytes
) -> bool:
    """Section 2.1.4.2: whether the first tree's leaves are the second's first ones."""
    if not 0 < first < second:
        return first == second and not path and first_root == second_root
    whole = [first_root, *path] if first & (first - 1) == 0 else [*path]
    if not whole:
        return False
    at, last = first - 1, second - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    old = new = whole[0]
    for other in whole[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            old, new = _node(other, old), _node(other, new)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            new = _node(new, other)
        at, last = at >> 1, last >> 1
    return last == 0 and old == first_root and new == second_root


def _split(size: int) -> int:
    """The largest power of two below `size`."""
    return int(1 << (size - 1).bit_length() - 1)


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()
