"""TOML into typed settings, with errors that name line and field."""

import re
import tomllib
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, TypeVar

import msgspec

_Kind = TypeVar("_Kind")
MOST_TEXT = 1 << 16
"""A text's most bytes; policies are kept in the journal for good."""


class BadToml(ValueError):
    """The text cannot be used; the message is one sentence with line and field."""


def parse_toml(text: str, name: str, kind: type[_Kind]) -> _Kind:
    """Read a TOML text into `kind` (a msgspec struct); `name` stands in the messages.

    Raises:
        BadToml: no TOML, too long, an unknown or missing setting, a value of the wrong kind.
    """
    return read_tree(load_tree(text, name), name, kind, text)


def load_tree(text: str, name: str) -> dict[str, Any]:
    """A TOML text as it stands.

    Raises:
        BadToml: no TOML, too long.
    """
    if (size := len(text.encode(errors="replace"))) > MOST_TEXT:
        raise BadToml(f"{name}: {size} bytes are too many, use at most {MOST_TEXT}")
    try:
        # A number with a point is read as it is written, never through a float.
        return tomllib.loads(text, parse_float=Decimal)
    except ValueError as error:  # a number of 5,000 digits is no TOMLDecodeError
        raise BadToml(f"{name}: this is not TOML: {error}") from error
    except RecursionError:
        raise BadToml(f"{name}: this is not TOML: it is nested too deeply") from None


def read_tree(tree: dict[str, Any], name: str, kind: type[_Kind], text: str = "") -> _Kind:
    """Read what `text` holds (empty where it is from elsewhere) into `kind`.

    Raises:
        BadToml: an unknown or missing setting, a value of the wrong kind.
    """
    try:
        return msgspec.convert(tree, kind, str_keys=True)
    except msgspec.ValidationError as error:
        raise BadToml(_explain(text, name, _with_key(tree, kind, error))) from error


def at_line(text: str, name: str, path: Sequence[str], problem: str) -> str:
    """The sentence for a problem with the setting `path`: file, line, field, problem."""
    line = locate(text, path)
    where = f"{name}, line {line}" if line else name
    return f"{where}: {'.'.join(path) or 'the file'}: {problem}"


def locate(text: str, path: Sequence[str]) -> int | None:
    """The line (from 1) on which a TOML text gives the setting `path`, or else what holds it (an
    inline table, the table that lacks it); None if not seen."""
    wholes = (list(path[:length]) for length in range(len(path), 0, -1))
    return next(filter(None, (_line_of(text, wanted) for wanted in wholes)), None)


def _line_of(text: str, wanted: list[str]) -> int | None:
    table = list[str]()
    for number, line in enumerate(text.splitlines(), start=1):
        if header := re.match(r"\s*\[\[?\s*([^\[\]]+?)\s*\]\]?\s*(#.*)?$", line):
            table = found = _dotted(header[1])
        elif key := re.match(r"\s*((?:\"[^\"]*\"|'[^']*'|[^=#\"'])+?)\s*=", line):
            found = table + _dotted(key[1])
        else:
            continue
        if found[: len(wanted)] == wanted:
            return number
    return None


def _with_key(tree: dict[str, Any], kind: type[Any], error: msgspec.ValidationError) -> str:
    """The message with the key that was wrong, where msgspec says only that some key was."""
    message = str(error)
    while "[...]" in message:
        before, _, after = message.partition("[...]")
        tables = _at(tree, _dotted(before.partition("`$")[2].lstrip(".")))
        keys = list(tables) if isinstance(tables, dict) else []
        wrong = next(
            (key for key in keys if _fails_alone(tree, tables, key, kind, str(error))), None
        )
        if wrong is None:
            break
        message = f'{before}."{wrong}"{after}'
    return message


def _at(tree: Any, path: list[str]) -> Any:
    for key in path:
        tree = tree.get(key) if isinstance(tree, dict) else None
    return tree


def _fails_alone(
    tree: dict[str, Any], tables: dict[str, Any], key: str, kind: type[Any], message: str
) -> bool:
    others = {other: tables.pop(other) for other in list(tables) if other != key}
    try:
        msgspec.convert(tree, kind, str_keys=True)
    except msgspec.ValidationError as error:
        return str(error) == message
    finally:
        tables.update(others)
    return False


def _explain(text: str, name: str, message: str) -> str:
    problem, _, place = message.replace("got `decimal`", "got `float`").partition(" - at `$")
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
