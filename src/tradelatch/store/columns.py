"""Column types: what was put in comes out again, to the last digit, from either database."""

from decimal import Decimal
from typing import Any

import msgspec
from sqlalchemy import Dialect, Numeric, Text, TypeDecorator
from sqlalchemy.types import TypeEngine

from tradelatch.model.money import plain


class Exact(TypeDecorator[Decimal]):
    """An exact amount: NUMERIC without a precision on PostgreSQL, plain text on SQLite, whose own
    numbers are floats. No comparison, sort or sum of it in SQL means the same on both."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(Text() if dialect.name == "sqlite" else Numeric())

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> Decimal | str | None:
        if value is None:
            return None
        if not value.is_finite():
            raise ValueError(f"{value} is no amount")
        return plain(value) if dialect.name == "sqlite" else value

    def process_result_value(self, value: Decimal | str | None, _: Dialect) -> Decimal | None:
        return None if value is None else Decimal(value)


class Amounts(TypeDecorator[dict[str, Decimal]]):
    """Exact amounts by name, as a JSON object of texts."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: dict[str, Decimal] | None, _: Dialect) -> str | None:
        if value is None:
            return None
        return msgspec.json.encode({name: plain(one) for name, one in value.items()}).decode()

    def process_result_value(self, value: str | None, _: Dialect) -> dict[str, Decimal] | None:
        return None if value is None else msgspec.json.decode(value, type=dict[str, Decimal])


class Names(TypeDecorator[tuple[str, ...]]):
    """Names in their order, as a JSON array."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: tuple[str, ...] | None, _: Dialect) -> str | None:
        return None if value is None else msgspec.json.encode(value).decode()

    def process_result_value(self, value: str | None, _: Dialect) -> tuple[str, ...] | None:
        return None if value is None else msgspec.json.decode(value, type=tuple[str, ...])


class Json(TypeDecorator[bytes]):
    """JSON as the bytes that it was encoded to, kept as text so that people can read it."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: bytes | None, _: Dialect) -> str | None:
        return None if value is None else value.decode()

    def process_result_value(self, value: str | None, _: Dialect) -> bytes | None:
        return None if value is None else value.encode()


class Words(TypeDecorator[str]):
    """A sentence, perhaps an exchange's: what a database would refuse in it is replaced, since an
    order's record must not fail for what somebody said of it."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, _: Dialect) -> str | None:
        if value is None:
            return None
        return value.encode(errors="replace").decode().replace("\0", "\N{REPLACEMENT CHARACTER}")
