"""Strict reading of what bots send: forms (queries and form bodies) and JSON.

Whatever two parsers could read differently is refused: a name given twice, an empty or
unencoded piece, an escape that need not be one, bytes that are no UTF-8.
"""

import json
import re
from typing import Any
from urllib.parse import unquote_to_bytes

from tradelatch.exchanges.protocol import Reason, Refusal

_LETTERS = re.compile(r"[][A-Za-z0-9._~!*'(),:/@$%=&-]*")
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})")
_UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")


def parse_form(*parts: str) -> dict[str, str]:
    """The parameters of all `parts` (the query and the body, say), each name once.

    Raises:
        Refusal: BAD_PARAMETER, for anything that is not the plain form of such a text.
    """
    parameters: dict[str, str] = {}
    for part in filter(None, parts):
        if not _LETTERS.fullmatch(part):
            raise _odd("the parameters contain a character that has to be percent-encoded")
        for pair in part.split("&"):
            name, _, value = pair.partition("=")
            if not name or not value or "=" in value:
                raise _odd(f"{pair[:60]!r} is not of the form name=value")
            name = _unescape(name) if "%" in name else name
            if name in parameters:
                raise _odd(f"parameter {name[:40]!r} was sent twice")
            parameters[name] = _unescape(value) if "%" in value else value
    return parameters


def parse_json(body: bytes) -> Any:
    """Read JSON in which no object names a key twice and no number is NaN or infinite.

    Raises:
        ValueError: it is not that.
    """
    return _loads(body, _STRICT)


def parse_json_texts(body: bytes) -> Any:
    """Read JSON in the same way, with every number as the text it was written as.

    Raises:
        ValueError: it is not that.
    """
    return _loads(body, _STRICT_TEXTS)


def _loads(body: bytes, decoder: json.JSONDecoder) -> Any:
    try:
        found = decoder.decode(body.decode("utf-8"))
        if b"\\u" in body:  # half a character can be written so, and by no other means
            json.dumps(found, ensure_ascii=False).encode("utf-8")
    except RecursionError:
        raise ValueError("the JSON is nested too deeply") from None
    return found


def _unescape(value: str) -> str:
    escapes = _ESCAPE.findall(value)
    if len(escapes) != value.count("%"):
        raise _odd(f"{value[:60]!r} contains a broken escape")
    if any(int(escape, 16) in _UNRESERVED for escape in escapes):
        raise _odd(f"{value[:60]!r} escapes a character that needs no escape")
    try:
        text = unquote_to_bytes(value).decode("utf-8")
    except UnicodeDecodeError:
        raise _odd(f"{value[:60]!r} is not UTF-8") from None
    if not text.isprintable():
        raise _odd(f"{value[:60]!r} contains a control character")
    return text


def _odd(text: str) -> Refusal:
    return Refusal(Reason.BAD_PARAMETER, text)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    keys = dict(pairs)
    if len(keys) != len(pairs):
        raise ValueError("a JSON object names a key twice")
    return keys


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


# Made once: `json.loads` would make one for each text.
_STRICT = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_no_constant)
_STRICT_TEXTS = json.JSONDecoder(
    object_pairs_hook=_unique, parse_constant=_no_constant, parse_float=str, parse_int=str
)
