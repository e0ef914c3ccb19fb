"""The Merkle tree of RFC 9162, section 2.1: one hash that stands for a whole log.

Only the roots of the full subtrees are kept (at most one per power of two), so appending costs
a constant number of hashes on average and memory stays logarithmic.
"""

import hashlib


def leaf_hash(entry: bytes) -> bytes:
    """The hash of one entry: SHA-256 of a zero byte and the entry."""
    return hashlib.sha256(b"\x00" + entry).digest()


def _node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


class Tree:
    """A growing tree of which only the right edge is kept."""

    def __init__(self) -> None:
        self.size = 0
        self._subtrees: list[bytes] = []

    def append(self, entry: bytes) -> None:
        """Add one entry at the end."""
        node, carry = leaf_hash(entry), self.size
        while carry & 1:
            node = _node_hash(self._subtrees.pop(), node)
            carry >>= 1
        self._subtrees.append(node)
        self.size += 1

    def root(self) -> bytes:
        """The hash of the whole tree; of nothing at all, SHA-256 of the empty string."""
        if not self._subtrees:
            return hashlib.sha256(b"").digest()
        node = self._subtrees[-1]
        for left in reversed(self._subtrees[:-1]):
            node = _node_hash(left, node)
        return node
