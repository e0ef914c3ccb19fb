"""A request's parameters as named texts: from the query, or from a body of JSON.

Names that an endpoint does not know are ignored, as KuCoin ignores them. Numbers in JSON are read
as decimals, never as floats.
"""

from decimal import Decimal

import msgspec

from tradelatch.venue.api.parameters import parse
from tradelatch.venue.kucoin.refusals import Declined, unsuitable

_MOST_DIGITS = 40
_body = msgspec.json.Decoder(dict[str, object], float_hook=Decimal)


def read(query: bytes, body: bytes, kind: bytes) -> dict[str, str]:
    """The parameters; `kind` is the content type of the body.

    Raises:
        Refused: they cannot be read.
    """
    values = parse(query)
    if not body:
        return values
    if not kind.lower().startswith(b"application/json"):
        raise Declined(415000, "Unsupported Media Type", 415)
    try:
        sent = _body.decode(body)
    except msgspec.DecodeError:
        raise unsuitable("The body is no JSON object.") from None
    return values | {name: _text(name, one) for name, one in sent.items() if one is not None}


def _text(name: str, value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value
    if isinstance(value, int):
        return str(value)
    if isinstance(value, Decimal) and abs(value.adjusted()) < _MOST_DIGITS:
        return format(value, "f")
    raise unsuitable(f"The parameter {name!r} is neither text, a number nor true or false.")
