"""Requests with one byte changed, as somebody would who has seen a signed one."""

from collections.abc import Collection, Iterator

from msgspec import structs

from tradelatch.conformance.wire import BODY, HEADER, PATH, QUERY, Span
from tradelatch.model.http import Request

_PLACES = 24
"""So many bytes of each part are changed, one at a time, spread over all of it."""


def changed(
    request: Request, covers: Collection[str], signature: Span
) -> Iterator[tuple[str, Request]]:
    """The request with one byte changed, again and again: of its signature and of each part that
    its signature covers; with what was changed."""
    yield from _with_signature_changed(request, signature)
    if "method" in covers:
        method = "POST" if request.method == "GET" else "GET"
        yield "the method", structs.replace(request, method=method)
    for part in (PATH, QUERY, BODY):
        if part not in covers:
            continue
        text = _text(request, part)
        skipped = range(signature.start, signature.end) if signature.part == part else range(0)
        for at in _spread(len(text)):
            if at not in skipped:
                yield f"byte {at} of the {part}", _put(request, part, _flip(text, at))


def _with_signature_changed(request: Request, span: Span) -> Iterator[tuple[str, Request]]:
    middle = (span.start + span.end) // 2
    for at in (span.start, middle):
        if span.part != HEADER:
            text = _flip(_text(request, span.part), at)
            yield f"byte {at - span.start} of the signature", _put(request, span.part, text)
            continue
        headers = list(request.headers)
        name, value = headers[span.header]
        headers[span.header] = (name, _flip(value, at))
        yield (
            f"byte {at - span.start} of the signature",
            structs.replace(request, headers=tuple(headers)),
        )


def _spread(length: int) -> list[int]:
    if length <= _PLACES:
        return list(range(length))
    return sorted({number * (length - 1) // (_PLACES - 1) for number in range(_PLACES)})


def _flip(text: str, at: int) -> str:
    """The text with another character of the same kind there, so that it can still be read."""
    old = text[at]
    if old.isdigit():
        new = "1" if old == "0" else "0" if old == "1" else chr(ord(old) ^ 1)
    elif old.isalpha() and old.isascii():
        new = chr(ord(old) - 1) if old in "zZfF" else chr(ord(old) + 1)
    else:
        new = chr(ord(old) ^ 1)
    return f"{text[:at]}{new}{text[at + 1 :]}"


def _text(request: Request, part: str) -> str:
    if part == PATH:
        return request.path
    return request.query if part == QUERY else request.body.decode("latin-1")


def _put(request: Request, part: str, text: str) -> Request:
    if part == PATH:
        return structs.replace(request, path=text)
    if part == QUERY:
        return structs.replace(request, query=text)
    return structs.replace(request, body=text.encode("latin-1"))
