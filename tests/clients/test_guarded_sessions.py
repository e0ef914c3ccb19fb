"""The same whole sessions as at the venue, in front of the gate: each client with nothing changed
but its addresses and a grant in the place of the key, by REST, streams and the websocket API."""

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, Self

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.clients.foreign import python_of, run
from tests.clients.test_sessions import SESSIONS, WHOLE, private_pem
from tests.house.stage import Loop
from tests.venue.site import Key, Site
from tradelatch.drills.entrust import add_key
from tradelatch.drills.processes import UNTHROTTLED, House, operate
from tradelatch.journal import log
from tradelatch.model import statements

# Thin, since the account is worth more than a twentieth of what the market trades a day; and with
# amounts that let through all that the session does.
POLICY = """
version = 1
unit = "BTC"
budget = 2000
allocation = 100000
exit_budget = 2000
limits.signed = 100000000
[markets]
"ETH/BTC" = { depth = "thin", collar = 0.05 }
"""


class Front:
    """A venue and a house in front of it, with one account."""

    def __init__(self, folder: Path) -> None:
        self.site, self.loop = Site(folder / "venue", "--flat"), Loop()
        self._folder = folder

    def __enter__(self) -> Self:
        self.site.start()
        self.loop.__enter__()
        self.trader = trader = self.site.open_account(
            "trader", ["read", "trade"], ETH="1000", BTC="1000"
        )
        self.house = House(self._folder / "house", self.site.url, settings=UNTHROTTLED)
        self.url = self.loop.run(self.house.start())
        to = partial(operate, self.house.home)
        assert not self.loop.run(add_key(to, "trader", trader.id, trader.secret, POLICY)).error
        issued = self.loop.run(to("grant issue", account="trader", days="1", sources=""))
        self.grant = Key(issued.value["id"], issued.value["secret"])
        self.own_key = Ed25519PrivateKey.generate()
        public = statements.encode(self.own_key.public_key().public_bytes_raw())
        by_own = to("grant issue", account="trader", days="1", sources="", public_key=public)
        self.by_own_key = self.loop.run(by_own).value["id"]
        self.loop.run(self.house.until_ready())
        return self

    def __exit__(self, *_: object) -> None:
        self.loop.run(self.house.stop())
        self.loop.__exit__(None, None, None)
        self.site.__exit__(None, None, None)

    def records(self, *kinds: str) -> list[dict[str, Any]]:
        """The journal's records of these kinds."""
        lines = (json.loads(line) for line in log.records(self.house.home / "journal"))
        return [line for line in lines if line["record"] in kinds]

    def check(self) -> None:
        """No process has ended or said anything of an error, and the journal verifies."""
        assert self.site.admin("status")["violations"] == []
        for child in (self.house.signer, self.house.courier, self.house.gate):
            child.check_alive()
            assert "Traceback" not in child.said(), child.said()
        log.verify(self.house.home / "journal")


@pytest.fixture
def front(tmp_path: Path) -> Iterator[Front]:
    with Front(tmp_path) as started:
        yield started


@pytest.mark.parametrize(("client", "session"), WHOLE)
def test_a_whole_session_through_the_gate(
    front: Front, tmp_path: Path, client: str, session: str
) -> None:
    program: list[str | Path] = [python_of(client), SESSIONS / f"{session}.py"]
    code, output = run(
        program,
        front.url,
        front.grant,
        tmp_path,
        seconds=120,
        TRADELATCH_ED25519_KEY=front.by_own_key,
        TRADELATCH_ED25519_PEM=private_pem(front.own_key),
    )
    assert code == 0, output
    assert front.records("Denied", "Doubted", "Frozen") == []
    front.check()
