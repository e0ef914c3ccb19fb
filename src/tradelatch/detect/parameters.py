"""A detector's parameters: a struct of numbers with defaults, set by ``name=value``."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

import msgspec

P = TypeVar("P", bound=msgspec.Struct)


class BadParameter(ValueError):
    """A parameter is unknown or out of its bounds; the message is one sentence."""


def with_values(kind: type[P], settings: Sequence[str]) -> P:
    """Parameters of a kind with those of ``name=value`` in the place of defaults.

    Raises:
        BadParameter: no such name, or no value of its type and bounds.
    """
    given: dict[str, str] = {}
    for setting in settings:
        name, equals, value = setting.partition("=")
        if not equals:
            raise BadParameter(f"{setting!r}: write it as NAME=VALUE")
        given[name.strip()] = value.strip()
    names = [field.name for field in msgspec.structs.fields(kind)]
    for name in given:
        if name not in names:
            raise BadParameter(f"there is no parameter {name!r}; use: {', '.join(names)}")
    try:
        return msgspec.convert(given, kind, strict=False)
    except msgspec.ValidationError as error:
        raise BadParameter(_sentence(error, given)) from error


def as_mapping(parameters: msgspec.Struct) -> Mapping[str, Any]:
    """What a finding keeps of them."""
    return msgspec.structs.asdict(parameters)


def _sentence(error: msgspec.ValidationError, given: Mapping[str, str]) -> str:
    """``threshold: '9' ...`` of msgspec's words."""
    says, _, at = str(error).partition(" - at ")
    name = at.strip("`$.")
    return f"{name}: {given[name]!r}: {says}" if name in given else says
