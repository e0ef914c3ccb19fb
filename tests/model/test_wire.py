"""Frames: whatever pieces a stream comes in, the same messages come out."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradelatch.model.http import Request, Response
from tradelatch.model.wire import (
    MAX_FRAME,
    Answer,
    Ask,
    BrokenFrame,
    Command,
    Frames,
    Result,
    frame,
)

Message = Ask | Answer | Command | Result
TEXT = st.text(max_size=10)
IDS = st.integers(0, 2**40)
HEADERS = st.lists(st.tuples(TEXT, TEXT), max_size=3).map(tuple)
REQUESTS = st.builds(Request, TEXT, TEXT, TEXT, TEXT, HEADERS, st.binary(max_size=20))
RESPONSES = st.builds(Response, st.integers(100, 599), st.binary(max_size=20), HEADERS)
MESSAGES: st.SearchStrategy[Message] = st.one_of(
    st.builds(Ask, IDS, REQUESTS, TEXT),
    st.builds(Answer, IDS, RESPONSES),
    st.builds(Command, IDS, TEXT, st.dictionaries(TEXT, TEXT, max_size=2)),
    st.builds(Result, IDS, st.none() | TEXT | st.lists(IDS, max_size=3), TEXT),
)


@given(st.lists(MESSAGES, max_size=6), st.lists(st.integers(1, 30), max_size=40))
def test_messages_survive_any_cutting(messages: list[Message], cuts: list[int]) -> None:
    stream = b"".join(frame(message) for message in messages)
    frames: Frames[Message] = Frames(Message)
    found: list[Message] = []
    for length in [*cuts, len(stream) + 1]:
        found += frames.feed(stream[:length])
        stream = stream[length:]
    assert found == messages
    assert frames.feed(b"") == []


def test_a_length_over_the_limit_is_refused_at_once() -> None:
    frames: Frames[Message] = Frames(Message)
    with pytest.raises(BrokenFrame, match="over the limit"):
        frames.feed((MAX_FRAME + 1).to_bytes(4, "big"))


@given(st.binary(max_size=40))
def test_any_body_is_a_message_or_a_broken_frame(body: bytes) -> None:
    frames: Frames[Message] = Frames(Message)
    with suppress(BrokenFrame):
        frames.feed(len(body).to_bytes(4, "big") + body)


def test_another_kind_of_message_is_refused() -> None:
    frames: Frames[Ask] = Frames(Ask)
    with pytest.raises(BrokenFrame):
        frames.feed(frame(Command(1, "status")))


def test_a_repeated_header_is_none() -> None:
    request = Request("GET", "h", "/", headers=(("A", "1"), ("b", "2"), ("a", "3")))
    assert request.header("a") is None
    assert request.header("b") == "2"
    assert request.header("c") is None
