"""Tables of an exchange's endpoints: what is understood, with which parameters, and what the rest
means.

A table is the whole of what a grant can ever be allowed. It is by method **and** path, never by
method alone, and a path that is not on it letter by letter is unknown.
"""

import enum
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from tradelatch.model.intents import ManageKeys, MoveFunds, Unknown

LEVERAGE = "leverage"
"""What an order on a market of futures has that nothing bounds."""
BATCH = "a batch of orders"
"""What each of several orders in one request has that nothing bounds."""
_SHOWN = 100
_HOLE = re.compile(r"\{([A-Za-z_]+)\}")
_PIECE = r"(?!\.{1,2}(?:/|$))[A-Za-z0-9._~:,-]{1,400}"
"""What stands in a path for a name: nothing that would have to be percent-encoded, and no dots by
which another path would be meant."""
_FILLING = re.compile(_PIECE)


class Kind(enum.Enum):
    """What a listed endpoint does."""

    PLACE = enum.auto()
    TEST = enum.auto()
    BATCH = enum.auto()
    """Several orders at once."""
    CANCEL = enum.auto()
    CANCEL_ALL = enum.auto()
    CANCEL_SOME = enum.auto()
    """Several orders by their ids."""
    CANCEL_LIST = enum.auto()
    AMEND = enum.auto()
    """Change an order that stands: lower its quantity, say."""
    REPLACE = enum.auto()
    PAIR = enum.auto()
    """Two orders of which one cancels the other (OCO)."""
    FOLLOW = enum.auto()
    UNFOLLOW = enum.auto()
    """Be told of the account's events, and be told no more."""
    ACCOUNT = enum.auto()
    MARKET = enum.auto()


class Endpoint(NamedTuple):
    """One listed endpoint; `path` may have names in braces, `parameters` are those understood
    besides, in the order they are written, and `family` is whose base URL it has."""

    kind: Kind
    method: str
    path: str
    parameters: tuple[str, ...] = ()
    family: str = ""

    @property
    def what(self) -> str:
        """Its name in intents that read."""
        return f"{self.method} {self.path}"

    @property
    def holes(self) -> tuple[str, ...]:
        """The names in the path."""
        return tuple(_HOLE.findall(self.path))

    def filled(self, names: Mapping[str, str]) -> str:
        """The path with what its names stand for.

        Raises:
            ValueError: one is missing, or could not be read from the path again.
        """
        path = self.path
        for name in self.holes:
            if name not in names:
                raise ValueError(f"{self.what} needs {name!r}")
            if not _FILLING.fullmatch(names[name]):
                raise ValueError(f"{names[name][:40]!r} can be no {name!r} in a path")
            path = path.replace(f"{{{name}}}", names[name])
        return path


def listed(
    kind: Kind, method: str, paths: dict[str, str], family: str = ""
) -> tuple[Endpoint, ...]:
    """Endpoints of one kind and method: their parameters, with spaces between, by path."""
    return tuple(
        Endpoint(kind, method, path, tuple(names.split()), family) for path, names in paths.items()
    )


class Unlisted(NamedTuple):
    """Beginnings of paths (or ``METHOD path``) that say why an endpoint is not listed: value leaves
    by it, it manages keys or sub-accounts, or it is about leverage."""

    moves: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    levered: tuple[str, ...] = ()


class Table:
    """The endpoints of one exchange."""

    def __init__(self, endpoints: Iterable[Endpoint], unlisted: Unlisted) -> None:
        self._all = tuple(endpoints)
        self._plain = {(one.method, one.path): one for one in self._all if not one.holes}
        self._holed = [(_pattern(one), one) for one in self._all if one.holes]
        self._named = {one.what: one for one in self._all}
        self._unlisted = unlisted

    def find(self, method: str, path: str) -> tuple[Endpoint, dict[str, str]] | None:
        """The endpoint of a request, and what its path names; None if it is not listed."""
        if plain := self._plain.get((method, path)):
            return plain, {}
        for pattern, endpoint in self._holed:
            if endpoint.method == method and (found := pattern.fullmatch(path)):
                return endpoint, found.groupdict()
        return None

    def named(self, what: str, *kinds: Kind) -> Endpoint:
        """The endpoint of that name and of one of the kinds.

        Raises:
            ValueError: there is none.
        """
        endpoint = self._named.get(what)
        if endpoint is None or endpoint.kind not in kinds:
            raise ValueError(f"{what!r} is not on the list of endpoints")
        return endpoint

    def unlisted(self, method: str, path: str) -> MoveFunds | ManageKeys | Unknown:
        """What a request means whose endpoint is not listed: something no grant can do."""
        what = f"{method} {path}"[:_SHOWN]
        moves, keys, levered = (
            any(name.startswith(beginnings) for name in (path, what))
            for beginnings in self._unlisted
        )
        if moves or "transfer" in path.lower() or "withdraw" in path.lower():
            return MoveFunds(what)
        if keys:
            return ManageKeys(what)
        if levered:
            return Unknown(f"{what}: leverage has no stated bound")
        return Unknown(f"{what}: not on the list of endpoints")

    def __iter__(self) -> Iterator[Endpoint]:
        return iter(self._all)


def _pattern(endpoint: Endpoint) -> re.Pattern[str]:
    parts = re.split(r"(\{[A-Za-z_]+\})", endpoint.path)
    return re.compile("".join(_part(part) for part in parts))


def _part(part: str) -> str:
    return f"(?P<{part[1:-1]}>{_PIECE})" if part.startswith("{") else re.escape(part)
