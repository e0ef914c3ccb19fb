"""JSON of the shapes that an exchange's file reads, whatever they are."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any
from unittest import mock

import msgspec
from msgspec import inspect as shapes

TEXTS = ("1.5", "BTC-USDT", "BTCUSDT", "BTC/USDT", "BTC", "buy", "7", "0")


def answers(readers: Iterable[Callable[[bytes], object]]) -> Iterator[bytes]:
    """Answers that the readers can make something of, found by what they ask msgspec for."""
    asked: dict[str, Any] = {}

    def convert(value: Any, type: Any = Any, **how: Any) -> Any:  # noqa: A002
        asked[repr(type)] = type
        raise ValueError

    with mock.patch("msgspec.convert", convert), mock.patch("msgspec.json.decode", convert):
        for reader in readers:
            try:
                reader(b"{}")
            except ValueError:
                continue
    for kind in asked.values():
        for text in TEXTS:
            yield msgspec.json.encode(example(shapes.type_info(kind), text))


def example(kind: shapes.Type, text: str) -> Any:
    """A value of a type, every text of which is the same."""
    match kind:
        case shapes.StructType(fields=fields):
            return {field.encode_name: example(field.type, text) for field in fields}
        case shapes.ListType(item_type=item) | shapes.VarTupleType(item_type=item):
            return [example(item, text)]
        case shapes.TupleType(item_types=items):
            return [example(item, text) for item in items]
        case shapes.DictType(value_type=item):
            return {text: example(item, text)}
        case shapes.UnionType(types=kinds):
            return example(kinds[0], text)
        case shapes.LiteralType(values=values):
            return values[0]
        case shapes.BoolType():
            return True
        case shapes.IntType() | shapes.FloatType():
            return 7
    return text
