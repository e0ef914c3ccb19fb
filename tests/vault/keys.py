"""Key-encryption keys of which a test knows every byte."""

from collections.abc import Iterable

from tradelatch.vault.envelope import SealBroken


class OneKey:
    """Numbered from 1 on, the newest last."""

    def __init__(self, key: Iterable[int]) -> None:
        self._keys = [bytearray(key)]

    def add(self, key: Iterable[int]) -> None:
        self._keys.append(bytearray(key))

    @property
    def newest(self) -> int:
        return len(self._keys)

    def key(self, number: int) -> bytearray:
        if not 1 <= number <= len(self._keys):
            raise SealBroken(f"no key {number}")
        return self._keys[number - 1]
