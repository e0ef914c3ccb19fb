"""TOML into typed settings, with errors that name line and field."""

import re
import tomllib
from collections.abc import Sequence
from typing import TypeVar

import msgspec

_Kind = TypeVar("_Kind")


class BadToml(ValueError):
    """The text cannot be used; the message is one sentence with line and field."""


def parse_toml(text: str, name: str, kind: type[_Kind]) -> _Kind:
    """Read a TOML text into `kind` (a msgspec struct); `name` stands in the messages.

    Raises:
        BadToml: no TOML, an unknown or missing setting, a value of the wrong kind.
    """
    try:
        tree = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadToml(f"{name}: this is not TOML: {error}") from error
    try:
        return msgspec.convert(tree, kind, str_keys=True)
    except msgspec.ValidationError as error:
        raise BadToml(_explain(text, name, str(error))) from error


def at_line(text: str, name: str, path: Sequence[str], problem: str) -> str:
    """The sentence for a problem with the setting `path`: file, line, field, problem."""
    line = locate(text, path)
    where = f"{name}, line {line}" if line else name
    return f"{where}: {'.'.join(path) or 'the file'}: {problem}"


def locate(text: str, path: Sequence[str]) -> int | None:
    """The line (from 1) on which a TOML text gives the setting `path`, None if not seen."""
    wanted, table = list(path), list[str]()
    for number, line in enumerate(text.splitlines(), start=1):
        if header := re.match(r"\s*\[\s*([^\[\]]+?)\s*\]\s*(#.*)?$", line):
            table = _dotted(header[1])
            if table == wanted:
                return number
        elif (key := re.match(r"\s*([^=#]+?)\s*=", line)) and table + _dotted(key[1]) == wanted:
            return number
    return None


def _explain(text: str, name: str, message: str) -> str:
    problem, _, place = message.partition(" - at `$")
    path = _dotted(place.rstrip("`").lstrip("."))
    if unknown := re.search(r"unknown field `([^`]+)`", problem):
        path.append(unknown[1])
        problem = "there is no such setting"
    elif missing := re.search(r"missing required field `([^`]+)`", problem):
        problem = f"the setting {missing[1]} is missing"
    return at_line(text, name, path, problem[0].lower() + problem[1:])


def _dotted(text: str) -> list[str]:
    parts = re.findall(r"\"[^\"]*\"|'[^']*'|\[[^\]]*\]|[^.\[\]]+", text)
    return [part.strip().strip("\"'[]") for part in parts]
