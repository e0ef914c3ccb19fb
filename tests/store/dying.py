"""A process that writes to a store until it is killed: ``dying.py URL FIRST [deadly]``.

It prints the number of each step that `save` has returned from; with ``deadly`` it kills itself
within the transaction of its third one, when orders and fills are written and notes are not.
"""

import os
import signal
import sys
from collections.abc import Iterator

import msgspec

from tests.store.samples import step
from tradelatch.store.rows import Note
from tradelatch.store.store import open_store


class Deadly(list[Note]):
    """Whoever reads it dies."""

    def __iter__(self) -> Iterator[Note]:
        os.kill(os.getpid(), signal.SIGKILL)
        return super().__iter__()


def main(url: str, first: int, is_deadly: bool) -> None:
    """Write until the end."""
    store = open_store(url)
    number = first
    while True:
        changes = step(number, orders=20)
        if is_deadly and number == first + 2:
            changes = msgspec.structs.replace(changes, notes=Deadly(changes.notes))
        store.save(changes)
        print(number, flush=True)
        number += 1


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3:] == ["deadly"])
