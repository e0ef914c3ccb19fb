"""A venue and a house in front of it, with one account, by any protocol that the venue speaks."""

import json
import time
from functools import partial
from pathlib import Path
from typing import Any, Self

from tests.house.stage import Loop
from tests.venue.site import Key, Site
from tradelatch.drills.entrust import add_key
from tradelatch.drills.processes import UNTHROTTLED, House, operate
from tradelatch.journal import log

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

    exchange, face = "binance", ""
    """By which protocol, and where the venue speaks it."""

    def __init__(self, folder: Path) -> None:
        self.site, self.loop = Site(folder / "venue", "--flat"), Loop()
        self._folder = folder

    def key(self) -> tuple[str, str]:
        """A key of the account's at the venue: its id, and its secret as the vault keeps it."""
        self.trader = self.site.open_account("trader", ["read", "trade"], ETH="1000", BTC="1000")
        return self.trader.id, self.trader.secret

    def operate(self, verb: str, **arguments: str) -> Any:
        """What one command at the admin socket tells."""
        result = self.loop.run(operate(self.house.home, verb, **arguments))
        assert not result.error
        return result.value

    def __enter__(self) -> Self:
        self.site.start()
        self.loop.__enter__()
        url = self.site.url + self.face
        home = self._folder / "house"
        self.house = House(home, url, settings=UNTHROTTLED, exchange=self.exchange)
        self.url = self.loop.run(self.house.start())
        adding = add_key(partial(operate, home), "trader", *self.key(), POLICY, self.exchange)
        assert not self.loop.run(adding).error
        issued = self.operate("grant issue", account="trader", days="1", sources="")
        self.grant = Key(issued["id"], issued["secret"])
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

    def status(self) -> dict[str, Any]:
        """What the signer says of the account."""
        (account,) = self.operate("status")["accounts"]
        found: dict[str, Any] = account
        return found

    def settle(self) -> None:
        """Wait until the signer knows what became of every order."""
        for _ in range(200):
            if not self.status()["live_orders"]:
                return
            time.sleep(0.1)
        raise AssertionError(f"orders stay live: {self.records('Allowed', 'Reported', 'Filled')}")

    def check(self) -> None:
        """No process has ended or said anything of an error, and the journal verifies."""
        assert self.site.admin("status")["violations"] == []
        for child in (self.house.signer, self.house.courier, self.house.gate):
            child.check_alive()
            assert "Traceback" not in child.said(), child.said()
        log.verify(self.house.home / "journal")
