"""Where a host's name may lead: not into one's own network, unless that was configured."""

import errno
import socket
from ipaddress import ip_address

from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver


class Resolver(AbstractResolver):
    """Resolves names to addresses of the Internet; those in `private` to any. An address that
    stands in a URL is not a name: whoever wrote it meant it."""

    def __init__(self, private: frozenset[str]) -> None:
        self._private = private
        self._resolver = ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """The addresses of a host that may be dialled.

        Raises:
            OSError: there is none.
        """
        found = await self._resolver.resolve(host, port, family)
        allowed = [one for one in found if host in self._private or _is_global(one["host"])]
        if not allowed:
            says = "set exchanges.NAME.private = true if it is meant to"
            where = f"{host} leads to a private address ({found[0]['host']}); {says}"
            raise OSError(errno.EACCES, where)
        return allowed

    async def close(self) -> None:
        """Nothing is open."""
        await self._resolver.close()


def _is_global(address: str) -> bool:
    return ip_address(address).is_global
