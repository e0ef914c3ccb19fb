"""A house in front of every exchange at once, all of which are away: whatever its bots hear then,
they hear from the house."""

import contextlib
import json
import threading
from collections.abc import Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple, Self
from urllib.parse import urlsplit

from tests.exchanges.ccxt_offline import CLIENTS, PASSPHRASE, prepare
from tests.house.stage import Loop
from tradelatch import exchanges
from tradelatch.cli.client_config import Client, written, written_for_ccxt
from tradelatch.drills.entrust import add_key
from tradelatch.drills.processes import House, operate
from tradelatch.exchanges.kit.signatures import with_passphrase
from tradelatch.exchanges.protocol import ExchangeFile
from tradelatch.journal import log
from tradelatch.model.http import Request

DENIES = """
version = 1
unit = "BTC"
budget = 1
allocation = 10
exit_budget = 1
[markets]
"ETH/BTC" = { depth = "thin", collar = 0.05 }
"""
"""Every order: no exchange tells a price."""
ALLOWS = f'mode = "off"{DENIES}'

SLOW = "requests_per_s = 5"
"""More than a grant asks here, except on purpose."""


class Away:
    """Where all exchanges are said to be: whatever comes is kept, and answered with a 503."""

    def __enter__(self) -> Self:
        self.heard: list[Request] = []
        self._listen(0)
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def url(self, exchange: str) -> str:
        """Where one of them is dialled."""
        return f"http://127.0.0.1:{self._server.server_port}/{exchange}"

    def of(self, exchange: str, kind: type) -> list[Request]:
        """The requests to one of them that have an intent of a kind."""
        file: ExchangeFile = exchanges.load(exchange)
        mine = [request for request in self.heard if request.host == exchange]
        return [one for one in mine if any(isinstance(what, kind) for what in file.read(one))]

    @contextlib.contextmanager
    def unreachable(self) -> Iterator[None]:
        """Meanwhile nobody listens."""
        port = self._server.server_port
        self.__exit__()
        yield
        self._listen(port)

    def _listen(self, port: int) -> None:
        kind = type("Keeping", (_Handler,), {"heard": self.heard})
        self._server = ThreadingHTTPServer(("127.0.0.1", port), kind)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()


class _Handler(BaseHTTPRequestHandler):
    heard: list[Request]

    def _answer(self) -> None:
        parts = urlsplit(self.path)
        _, exchange, path = parts.path.split("/", 2)
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        headers = tuple(self.headers.items())
        self.heard.append(Request(self.command, exchange, f"/{path}", parts.query, headers, body))
        self.send_response(503)
        self.end_headers()

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _answer  # noqa: N815

    def log_message(self, *_: Any) -> None:
        """Nothing is printed."""


class Grant(NamedTuple):
    """What a bot has in the place of a key."""

    id: str
    secret: str


class Town(Loop):
    """The house, with two accounts at every exchange: no order of the one is let out, any order of
    the other is."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as stack:
            super().__enter__()
            stack.callback(super().__exit__, None, None, None)
            self.away = stack.enter_context(Away())
            self._open(stack)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: Any) -> None:
        self._stack.close()

    def _open(self, stack: contextlib.ExitStack) -> None:
        first, *others = exchanges.NAMES
        urls = {name: self.away.url(name) for name in others}
        self.house = House(
            self._folder, self.away.url(first), settings=SLOW, exchange=first, others=urls
        )
        stack.callback(lambda: self.run(self.house.stop()))
        self.gate = self.run(self.house.start()).removesuffix(f"/{first}")
        for name in exchanges.NAMES:
            self._entrust(name, name, DENIES)
            self._entrust(_off(name), name, ALLOWS)

    def _entrust(self, account: str, exchange: str, policy: str) -> None:
        file: ExchangeFile = exchanges.load(exchange)
        secret = CLIENTS[exchange].secret
        if file.HAS_PASSPHRASE:
            secret = with_passphrase(secret.encode(), PASSPHRASE.encode()).decode()
        asking = partial(operate, self.house.home)
        added = self.run(add_key(asking, account, f"key-{account}", secret, policy, exchange))
        assert not added.error, added.error

    def grant(self, exchange: str, *, lets_out: bool = False) -> Grant:
        """A new grant on the one account or the other: nonces of one are of one client."""
        account = _off(exchange) if lets_out else exchange
        issuing = operate(self.house.home, "grant issue", account=account, days="1", sources="")
        issued = self.run(issuing)
        assert not issued.error, issued.error
        return Grant(issued.value["id"], issued.value["secret"])

    def client(self, exchange: str, grant: Grant, **options: Any) -> Any:
        """ccxt's client as `client-config` prints it for a grant, with what it would ask first."""
        if exchange == "binance":
            program = written(Client.CCXT, f"{self.gate}/{exchange}", *grant)
        else:
            program = written_for_ccxt(exchange, f"{self.gate}/", *grant)
        names: dict[str, Any] = {}
        exec(program, names)
        made = names["exchange"]
        made.enableRateLimit = False
        made.options |= options
        prepare(made, CLIENTS[exchange])
        return made

    def records(self, exchange: str, kind: str) -> list[dict[str, Any]]:
        """The journal's records of one kind about the accounts at an exchange."""
        found = [json.loads(line) for line in log.records(self.house.home / "journal")]
        accounts = (exchange, _off(exchange))
        return [one for one in found if one["record"] == kind and one["account"] in accounts]

    def check(self) -> None:
        """No process has ended or said anything of an error, and the journal verifies."""
        for child in (self.house.signer, self.house.courier, self.house.gate):
            child.check_alive()
            assert "Traceback" not in child.said(), child.said()
        log.verify(self.house.home / "journal")


def _off(exchange: str) -> str:
    """The account at an exchange whose policy is off."""
    return f"{exchange}-off"
