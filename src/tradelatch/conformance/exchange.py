"""The exchanges that are implemented, as conformance uses them."""

from collections.abc import Collection, Sequence
from urllib.parse import urlsplit

from tradelatch import exchanges
from tradelatch.conformance.cases import Case, Key
from tradelatch.exchanges.kit.signatures import with_passphrase
from tradelatch.exchanges.protocol import Credentials, ExchangeFile, Signed
from tradelatch.model.http import Request
from tradelatch.model.intents import AnyIntent

_WINDOW_MS = 5_000


class Exchange:
    """One exchange's file, with what tells its requests from others'."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.file: ExchangeFile = exchanges.load(name)
        self.covers = self.file.COVERS
        self._prefixes = {
            urlsplit(url).netloc: _prefix(name, family) for family, url in self.file.HOSTS.items()
        }

    @property
    def hosts(self) -> Collection[str]:
        """The names of its hosts."""
        return self._prefixes.keys()

    def prefix(self, url: str) -> str:
        """How the gate names the host of a URL."""
        return self._prefixes.get(urlsplit(url).netloc, self.name)

    def verify(self, request: Request, key: Key, now_ms: int) -> Signed:
        """Whether `key` signed it."""
        return self.file.verify(request, self.secret(key), now_ms)

    def write(self, intents: Sequence[AnyIntent], key: Key, now_ms: int) -> Request:
        """The request that the intents become."""
        credentials = Credentials(key.key_id, self.secret(key))
        return self.file.write(intents, credentials, now_ms, _WINDOW_MS, "", now_ms)

    def secret(self, key: Key) -> bytearray:
        """What signs, as the exchange's file takes it."""
        if self.file.HAS_PASSPHRASE:
            return with_passphrase(key.secret, key.passphrase.encode())
        return bytearray(key.secret)


def _prefix(name: str, family: str) -> str:
    """A host has a prefix of its own where it has the paths of another one."""
    own = f"{name}{family}"
    return own if exchanges.PREFIXES.get(own) == name else name


class Exchanges:
    """All that are implemented, found by the host of a request."""

    def __init__(self) -> None:
        self._named = {name: Exchange(name) for name in exchanges.NAMES}
        self._at = {host: one for one in self._named.values() for host in one.hosts}

    def of(self, case: Case) -> Exchange | None:
        """Whose request it is: by its host, since one exchange may have several, else by the name
        that the folder gives; None if that exchange is not implemented."""
        return self._at.get(urlsplit(case.url).netloc) or self._named.get(case.exchange)
