"""Asking for a passphrase or a secret without leaving copies of it: never in a `str`."""

import os
import termios
from collections.abc import Iterator
from contextlib import contextmanager

from tradelatch.cli.settings import fail

_MOST = 1_024
_PEM, _PEM_END = b"-----BEGIN ", b"-----END "


def ask(prompt: str) -> bytearray:
    """One line from the terminal, which does not show it, or of standard input; the line's end
    is left out."""
    with _unseen(prompt):
        return _line()


def ask_secret(prompt: str) -> bytearray:
    """The same; what begins as a private key in PEM is read to its end, and may stand on one line
    with ``\\n`` where others end."""
    with _unseen(prompt):
        text = _line()
        while text.startswith(_PEM) and _PEM_END not in text:
            line = _line()
            text += b"\n" + line
            if not line or len(text) > _MOST:
                fail("this begins as a private key in PEM and does not end as one")
    if text.startswith(_PEM):
        text[:] = text.replace(b"\\n", b"\n")
    return text


def _line() -> bytearray:
    line, one = bytearray(), bytearray(1)
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
