"""freqtrade in live mode, unmodified, trades through the gate with a grant: by the settings that
`client-config` prints, with its stop-losses at the exchange."""

import json
import signal
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, Self

import pytest

from tests.clients.foreign import python_of
from tests.freqtrade.bot import Bot
from tests.house.stage import Loop
from tests.venue.site import Key, Site
from tradelatch.cli.client_config import Client, written
from tradelatch.drills.entrust import add_key
from tradelatch.drills.processes import UNTHROTTLED, House, operate
from tradelatch.journal import log

MARKETS = ("ETH/USDT,3000,200000000", "ADA/USDT,0.45,30000000")
PAIRS = [market.split(",")[0] for market in MARKETS]
POLICY = """
version = 1
unit = "USDT"
budget_share = 0.01
exit_budget_share = {exits}
[markets]
"ETH/USDT" = {{ depth = "deep" }}
"ADA/USDT" = {{ depth = "deep" }}
"""
STAKE = 1_500
SETTINGS = {
    "stake_amount": STAKE,
    "entry_pricing": {"price_side": "other"},
    "internals": {"process_throttle_secs": 1, "heartbeat_interval": 2},
}
INTERRUPTED = 130


class Guarded:
    """A venue with two markets, and a house in front of it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        listed = [part for market in MARKETS for part in ("--market", market)]
        self.site, self.loop = Site(folder / "venue", "--seed", "7", "--limits", *listed), Loop()

    def __enter__(self) -> Self:
        self.site.start()
        self.loop.__enter__()
        for pair in PAIRS:  # the first one to ask waits until the past is made
            name = pair.replace("/", "")
            self.site.request("GET", f"/api/v3/klines?symbol={name}&interval=1m&limit=1000")
        self.house = House(self.folder / "house", self.site.url, settings=UNTHROTTLED)
        self.gate = self.loop.run(self.house.start())
        return self

    def __exit__(self, *_: object) -> None:
        self.loop.run(self.house.stop())
        self.loop.__exit__(None, None, None)
        self.site.end(signal.SIGTERM)

    def entrust(self, name: str, exits: str) -> tuple[Key, Bot]:
        """An account of 10,000 USDT, and a freqtrade with a grant on it."""
        key = self.site.open_account(name, ["read", "trade"], USDT="10000")
        to = partial(operate, self.house.home)
        added = add_key(to, name, key.id, key.secret, POLICY.format(exits=exits))
        assert not self.loop.run(added).error
        issued = self.loop.run(to("grant issue", account=name, days="1", sources=""))
        self.loop.run(self.house.until_ready())
        grant = issued.value
        printed = json.loads(written(Client.FREQTRADE, self.gate, grant["id"], grant["secret"]))
        settings: dict[str, Any] = {**SETTINGS, **printed}
        settings["exchange"]["pair_whitelist"] = PAIRS
        return key, Bot(self.folder / name, settings, "Eager")

    def orders(self, key: Key) -> list[dict[str, Any]]:
        """All orders of an account, by the venue's own books."""
        found: list[dict[str, Any]] = []
        for pair in PAIRS:
            name = pair.replace("/", "")
            found += self.site.signed(key, "GET", "/api/v3/allOrders", symbol=name)[1]
        return found

    def records(self, account: str, kind: str) -> list[dict[str, Any]]:
        """An account's records of one kind that are about an order a bot placed."""
        lines = (json.loads(line) for line in log.records(self.house.home / "journal"))
        mine = [line for line in lines if (line["record"], line.get("account")) == (kind, account)]
        return [line for line in mine if line["intent"]["intent"] == "PlaceOrder"]


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    python_of("freqtrade")
    with Guarded(tmp_path_factory.mktemp("guarded")) as started:
        yield started


def test_positions_with_their_stop_losses_at_the_exchange(guarded: Guarded) -> None:
    """Enters, lays its stop-losses, is ended and started again, and knows its own orders."""
    key, bot = guarded.entrust("careful", "0.03")
    bot.start()
    try:
        bot.until("stoploss limit order added", times=2)
        bot.heartbeat()
        # What it says of itself once it is ended in the middle of something is its own affair.
        traded = list(bot.log)
        assert bot.end(signal.SIGTERM) == INTERRUPTED
        seen = len(bot.log)
        bot.start()
        bot.until("Bot heartbeat", times=4, since=seen)
        traded += bot.log[seen:]
        assert bot.end(signal.SIGTERM) == INTERRUPTED
    finally:
        bot.end(signal.SIGKILL)
    bad = [line for line in traded if " - ERROR - " in line or "Traceback" in line]
    assert bad == []
    by_type = sorted((order["type"], order["status"]) for order in guarded.orders(key))
    assert by_type == [("LIMIT", "FILLED")] * 2 + [("STOP_LOSS_LIMIT", "NEW")] * 2
    assert guarded.records("careful", "Denied") == []
    (account,) = (
        a
        for a in guarded.loop.run(operate(guarded.house.home, "status")).value["accounts"]
        if a["account"] == "careful"
    )
    assert account["live_orders"] == 2
    assert float(account["used"]["day"][2]) > 2 * STAKE * 0.02, "the stop-losses draw on E"


def test_a_refused_stop_loss_ends_in_an_emergency_exit(guarded: Guarded) -> None:
    """E is too small for a stop-loss: freqtrade sells at market at once, and does not insist."""
    key, bot = guarded.entrust("daring", "0.001")
    bot.start()
    try:
        bot.until("Exiting the trade forcefully", times=2)
        bot.until("as closed as the trade is fulfilled", times=2)
        assert bot.end(signal.SIGTERM) == INTERRUPTED
    finally:
        bot.end(signal.SIGKILL)
    refusals = [line for line in bot.log if "Unable to place a stoploss order on exchange" in line]
    assert all("denied by policy (verdict" in line and "exit_budget" in line for line in refusals)
    denied = guarded.records("daring", "Denied")
    assert {line["intent"]["type"] for line in denied} == {"STOP_LOSS_LIMIT"}
    assert len(denied) == len(refusals), "what is denied is not sent again"
    orders = guarded.orders(key)
    assert {order["status"] for order in orders} == {"FILLED"}
    sold = sum(float(order["executedQty"]) for order in orders if order["side"] == "SELL")
    assert sold > 0
    assert "STOP_LOSS_LIMIT" not in {order["type"] for order in orders}
