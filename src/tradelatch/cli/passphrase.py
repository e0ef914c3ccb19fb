"""Asking for a passphrase or a secret without leaving copies of it: never in a `str`."""

import os
import termios
from collections.abc import Iterator
from contextlib import contextmanager

from tradelatch.cli.settings import fail

_MOST = 1_024


def ask(prompt: str) -> bytearray:
    """One line from the terminal, which does not show it, or of standard input; the line's end
    is left out."""
    with _unseen(prompt):
        line = bytearray()
        one = bytearray(1)
        while os.readv(0, [one]) and one != b"\n":
            line += one
            if len(line) > _MOST:
                fail(f"this has more than {_MOST} bytes")
    return line


def ask_new() -> bytearray:
    """A passphrase for something new: not empty and, at a terminal, given twice."""
    first = ask("New passphrase: ")
    if not first:
        fail("the passphrase must not be empty")
    if os.isatty(0) and ask("Once more: ") != first:
        fail("the two are not the same; nothing was done")
    return first


@contextmanager
def _unseen(prompt: str) -> Iterator[None]:
    if not os.isatty(0):
        yield
        return
    os.write(2, prompt.encode())
    before = termios.tcgetattr(0)
    hidden = termios.tcgetattr(0)
    hidden[3] &= ~termios.ECHO
    termios.tcsetattr(0, termios.TCSAFLUSH, hidden)
    try:
        yield
    finally:
        termios.tcsetattr(0, termios.TCSAFLUSH, before)
        os.write(2, b"\n")


def handed_over(passphrase: bytearray) -> str:
    """The number of a descriptor from which another program reads it, once."""
    reading, writing = os.pipe()
    os.set_inheritable(reading, True)
    os.write(writing, passphrase)
    os.close(writing)
    return str(reading)
