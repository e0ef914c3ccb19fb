"""What the processes say to each other over Unix sockets, and how it is framed.

A frame is four bytes of length, big-endian, and that many bytes of msgpack. The codec does no
I/O: it is fed bytes and gives messages.
"""

from typing import Any, Generic, TypeVar

import msgspec

from tradelatch.model.http import Request, Response

MAX_FRAME = 32 << 20
_LENGTH = 4


class Ask(msgspec.Struct, frozen=True, tag=True):
    """Gate to signer: a request that a bot made. `source` is the bot's address, and `stream` the
    gate's number of the websocket that it came by; 0 for none."""

    id: int
    request: Request
    source: str
    stream: int = 0


class Answer(msgspec.Struct, frozen=True, tag=True):
    """Signer to gate: what the bot gets."""

    id: int
    response: Response


class Event(msgspec.Struct, frozen=True, tag=True):
    """Signer to gate: what a bot's websocket is told unasked. An empty one ends it."""

    stream: int
    body: bytes


class Gone(msgspec.Struct, frozen=True, tag=True):
    """Gate to signer: a bot's websocket has ended."""

    stream: int


class Hello(msgspec.Struct, frozen=True, tag=True):
    """Gate or courier to signer, first: what the kernel says is in force for it."""

    isolation: dict[str, bool]


class Follow(msgspec.Struct, frozen=True, tag=True):
    """Gate to courier, first on a connection of its own: dial these public streams."""

    url: str


class Say(msgspec.Struct, frozen=True, tag=True):
    """To the courier: say this at the websocket. From the courier: what was said there."""

    text: bytes


class Command(msgspec.Struct, frozen=True, tag=True):
    """Operator to signer."""

    id: int
    verb: str
    arguments: dict[str, str] = {}


class SignedCommand(msgspec.Struct, frozen=True, tag=True):
    """Person to signer: a command with his signature of it (`statements.command_text`)."""

    id: int
    person: str
    time_ns: int
    signature: str
    verb: str
    arguments: dict[str, str] = {}


class Result(msgspec.Struct, frozen=True, tag=True):
    """Signer to operator: `error` is one sentence, empty when the command was carried out."""

    id: int
    value: Any = None
    error: str = ""


class BrokenFrame(ValueError):
    """The peer sent something that is no frame of this protocol."""


def frame(message: msgspec.Struct) -> bytes:
    """One message, ready to be written to a stream."""
    body = msgspec.msgpack.encode(message)
    return len(body).to_bytes(_LENGTH, "big") + body


_Message = TypeVar("_Message")


class Frames(Generic[_Message]):
    """Cuts a stream of bytes into messages of one type (or union of types)."""

    def __init__(self, kind: Any) -> None:
        self._decoder: msgspec.msgpack.Decoder[_Message] = msgspec.msgpack.Decoder(kind)
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[_Message]:
        """The messages that `data` completes.

        Raises:
            BrokenFrame: a length over `MAX_FRAME`, or a body that is not such a message.
        """
        self._buffer += data
        messages = []
        while (body := self._next_body()) is not None:
            try:
                messages.append(self._decoder.decode(body))
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
                raise BrokenFrame(str(error)) from error
        return messages

    def _next_body(self) -> bytes | None:
        if len(self._buffer) < _LENGTH:
            return None
        end = _LENGTH + int.from_bytes(self._buffer[:_LENGTH], "big")
        if end > MAX_FRAME:
            raise BrokenFrame(f"a frame of {end} bytes is over the limit of {MAX_FRAME}")
        if len(self._buffer) < end:
            return None
        body = bytes(self._buffer[_LENGTH:end])
        del self._buffer[:end]
        return body
