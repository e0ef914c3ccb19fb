"""Which endpoint a path belongs to."""

from urllib.parse import unquote

import msgspec

from tradelatch.venue.coinbase.call import Endpoint, Table
from tradelatch.venue.coinbase.errors import not_found


class Route(msgspec.Struct, frozen=True):
    """An endpoint, the path as the table has it, and what was sent in the place of its names."""

    endpoint: Endpoint
    template: str
    path: dict[str, str]


class Routes:
    """All endpoints of the face; a path without names goes before one with them."""

    def __init__(self, table: Table) -> None:
        self._plain = {key: endpoint for key, endpoint in table.items() if "{" not in key[1]}
        self._named = [
            (method, template, template.split("/"), endpoint)
            for (method, template), endpoint in table.items()
            if "{" in template
        ]

    def find(self, method: str, path: str) -> Route:
        """The endpoint of a request.

        Raises:
            Denied: there is none.
        """
        endpoint = self._plain.get((method, path))
        if endpoint is not None:
            return Route(endpoint, path, {})
        parts = path.split("/")
        for wanted, template, pattern, endpoint in self._named:
            found = _match(pattern, parts) if wanted == method else None
            if found is not None:
                return Route(endpoint, template, found)
        raise not_found("there is no such endpoint")


def _match(pattern: list[str], parts: list[str]) -> dict[str, str] | None:
    if len(pattern) != len(parts):
        return None
    found = {}
    for name, part in zip(pattern, parts, strict=True):
        if name.startswith("{"):
            found[name[1:-1]] = unquote(part)
        elif name != part:
            return None
    return found
