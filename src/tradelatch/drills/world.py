"""A small world: one venue, and one account with 50 BTC in deep assets."""

from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp

from tradelatch.drills.ccxt_client import connect
from tradelatch.drills.entrust import add_key
from tradelatch.drills.processes import Child, House, StartError, operate
from tradelatch.drills.script import Credentials

BTC, DEEP, THIN = "BTC", "ETH/BTC", "VIN/BTC"
VICTIM = "v-01"
CASH, WORTH = Decimal(30), Decimal(50)
_CENT = Decimal("0.01")

POLICY = f"""\
version = 1
unit = "{BTC}"
budget = "0.25"
allocation = "0"
exit_budget = "0.5"

[markets."{DEEP}"]
depth = "deep"
collar = "0.01"

[markets."{THIN}"]
depth = "thin"
collar = "0.02"

[freeze]
denials = 0    # so that every rule meets the thief, and not the first alone
"""


class World:
    """One venue of a drill, and what is asked of it as its operator."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True)
        self._folder = folder
        arguments = ("-m", "tradelatch.venue", "--flat", "--directory", str(folder / "venue"))
        self._venue = Child("venue", arguments, folder)

    async def start(self) -> None:
        """Start the venue and open the account.

        Raises:
            StartError: the venue did not come up.
        """
        await self._venue.start()
        self.url = await self._venue.address()
        self._token = (self._folder / "venue" / "admin.token").read_text().strip()
        price = (await self._ticker(DEEP))["bid"]
        coins = ((WORTH - CASH) / Decimal(str(price))).quantize(_CENT)
        held = {BTC: str(CASH), DEEP.split("/")[0]: str(coins)}
        self.victim = await self._open(VICTIM, held, ["read", "trade"])

    async def stop(self) -> None:
        """Stop the venue."""
        await self._venue.stop()

    async def entrust(self, house: House, policy: str) -> dict[str, str]:
        """Give the victim's key to a house and get a grant for it (id and secret).

        Raises:
            StartError: the signer refused, or got no prices.
        """
        to = partial(operate, house.home)
        added = await add_key(to, VICTIM, self.victim.key, self.victim.secret, policy)
        issued = await operate(house.home, "grant issue", account=VICTIM, days="1", sources="")
        if added.error or issued.error:
            raise StartError(added.error or issued.error)
        await house.until_ready()
        grant: dict[str, str] = issued.value
        return grant

    async def victims_order_names(self) -> set[str]:
        """The client order ids of all orders that the victim's account ever placed."""
        orders = [order for symbol in (DEEP, THIN) for order in await self._victims_orders(symbol)]
        return {order["clientOrderId"] for order in orders}

    async def _victims_orders(self, symbol: str) -> list[dict[str, Any]]:
        client = connect(self.victim)
        try:
            orders: list[dict[str, Any]] = await client.fetch_orders(symbol, limit=1000)
        finally:
            await client.close()
        return orders

    async def _ticker(self, symbol: str) -> dict[str, float]:
        client = connect(Credentials(self.url, "", ""))
        try:
            ticker: dict[str, float] = await client.fetch_ticker(symbol)
        finally:
            await client.close()
        return ticker

    async def _open(self, account: str, held: dict[str, str], rights: list[str]) -> Credentials:
        await self._admin("POST", "accounts", {"account": account, "balances": held})
        key = await self._admin("POST", "keys", {"account": account, "rights": rights})
        return Credentials(self.url, key["key"], key["secret"])

    async def _admin(self, method: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self._token}"}
        async with (
            aiohttp.ClientSession() as session,
            session.request(method, f"{self.url}/admin/{path}", json=body, headers=headers) as got,
        ):
            answer: dict[str, Any] = await got.json()
        if got.status != 200:
            raise StartError(f"the venue refused {path}: {answer.get('error')}")
        return answer
