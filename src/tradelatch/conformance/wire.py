"""What stands on the wire: where the signature is, when it was made, which numbers are stated."""

import base64
import binascii
import re
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from tradelatch.conformance.cases import Case
from tradelatch.model.http import Request

HEADER, QUERY, PATH, BODY = "header", "query", "path", "body"
_SIGNING_HEADER = re.compile(
    r"(?!.*(partner|type|version))(.*sign(ature)?|authorization|authent)", re.I
)
_SIGNING_PARAMETER = re.compile(
    r"""(?:^|&)(?:signature|sign|sig)=([^&]+)|"(?:signature|sign|sig|r)"\s*:\s*"([^"]+)\"""", re.I
)
_IN_A_HEADER = re.compile(r"sig(?:nature)?=([^,&\s]+)", re.I)
_NUMBER = re.compile(
    r"(?<![0-9A-Za-z.])[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{1,3})?(?![0-9A-Za-z.])"
)
_STAMP = re.compile(r"(?<![0-9])[0-9]{10}(?:\.[0-9]+|[0-9]{3}|[0-9]{6}|[0-9]{9})?(?![0-9])")
_ISO = re.compile(r"20[0-9]{2}-[01][0-9]-[0-3][0-9]T[0-9:]{8}(?:\.[0-9]+)?")
_TOKEN = re.compile(r"[A-Za-z0-9_+/-]{20,}={0,2}")
_URL_SAFE = str.maketrans("+/", "-_")
_MS_DIGITS = 13
_MOST_DIGITS = 60
"""A longer number is none that an order states."""


def request_of(case: Case, host: str) -> Request:
    """The request as the gate hands it on, `host` being its name there."""
    parts = urlsplit(case.url)
    headers = tuple(case.headers.items())
    return Request(case.method, host, parts.path, parts.query, headers, case.body.encode())


class Span(NamedTuple):
    """Where in a request something stands: from and to a character of its query or body, or of the
    value of the header of that number."""

    part: str
    start: int
    end: int
    header: int = -1


def signature_span(request: Request) -> Span | None:
    """Where the signature stands; None if the request has none. Of a token with dots it is what is
    behind the last one."""
    for number, (name, value) in enumerate(request.headers):
        if _SIGNING_HEADER.fullmatch(name) and value:
            return Span(HEADER, *_in_header(value), number)
    for part, text in ((QUERY, request.query), (BODY, request.body.decode("latin-1"))):
        if found := _SIGNING_PARAMETER.search(text):
            return Span(part, *found.span(1 if found[1] else 2))
    return None


def _in_header(value: str) -> tuple[int, int]:
    if found := _IN_A_HEADER.search(value):
        return found.span(1)
    return (value.rfind(".") + 1) or (value.rfind(" ") + 1), len(value)


def numbers(request: Request) -> frozenset[Decimal]:
    """Every number that path, query and body state, without signs."""
    texts = (request.path, request.query, request.body.decode("latin-1"))
    found = [one for text in texts for one in _NUMBER.findall(unquote(text).replace("-", " "))]
    return frozenset(Decimal(one) for one in found if len(one) < _MOST_DIGITS)


def times_ms(request: Request) -> list[int]:
    """Every time that the request may have been made at, as its headers and parameters tell."""
    texts = [
        *(value for _, value in request.headers),
        request.query,
        request.body.decode("latin-1"),
    ]
    texts += [inner for text in texts for inner in _decoded(text)]
    found = [_stamp_ms(one) for text in texts for one in _STAMP.findall(text)]
    found += [_iso_ms(one) for text in texts for one in _ISO.findall(unquote(text))]
    return list(dict.fromkeys(found))


def _stamp_ms(text: str) -> int:
    whole, _, rest = text.partition(".")
    return int((whole + rest).ljust(_MS_DIGITS, "0")[:_MS_DIGITS])


def _iso_ms(text: str) -> int:
    try:
        return int(datetime.fromisoformat(f"{text}Z").timestamp() * 1_000)
    except ValueError:
        return 0


def _decoded(text: str) -> Iterator[str]:
    """What the tokens in a text say, where they are base64."""
    for token in _TOKEN.findall(text):
        try:
            bare = token.rstrip("=").translate(_URL_SAFE)
            yield base64.urlsafe_b64decode(bare + "=" * (-len(bare) % 4)).decode()
        except (binascii.Error, UnicodeDecodeError):
            continue
