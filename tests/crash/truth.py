"""The venue's own truth against the signer's journal and state."""

from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec

from tests.crash.bot import Bot
from tests.crash.site import Site
from tradelatch.drills.world import VICTIM
from tradelatch.model.intents import PlaceOrder
from tradelatch.model.money import ZERO, plain
from tradelatch.policy.accounting import Accounts, Used, Window
from tradelatch.policy.judged import Judged
from tradelatch.signer.records import (
    Allowed,
    AnyRecord,
    Closed,
    Filled,
    Holdings,
    Rejudged,
    decode,
)
from tradelatch.signer.state import State

MOVES = Decimal("1.05")
"""Realised market moves may overdraw the budget, here by little; what is signed never does."""


class Lines:
    """The complete lines of a file that grows, each told once."""

    def __init__(self, path: Path) -> None:
        self._path, self._offset = path, 0

    def new(self) -> list[bytes]:
        """The lines that came since the last time."""
        with self._path.open("rb") as file:
            file.seek(self._offset)
            complete, _, _torn = file.read().rpartition(b"\n")
        if not complete:
            return []
        self._offset += len(complete) + 1
        return complete.split(b"\n")


class Book:
    """The journal, read along: the state that follows from it, and what was counted on the way."""

    def __init__(self, folder: Path) -> None:
        self._lines = Lines(folder / "records")
        self.state = State()
        self.names: Counter[str] = Counter()
        """Client order ids that were recorded before they were signed."""
        self.orders: dict[str, int] = {}
        self.fills: dict[int, list[Filled]] = {}
        self.closed: dict[int, str] = {}
        self.oracle = Accounts()
        """The losses of the fills alone, without any reservation."""
        self.problems: list[str] = []

    def read(self) -> None:
        """Take in what was recorded meanwhile."""
        for line in self._lines.new():
            record = decode(line)
            self.state.apply(record)
            self._count(record)

    def used(self, now_ns: int) -> Used:
        """What is taken of the amounts, by the journal."""
        return self.state.accounts[VICTIM].losses.used(Window.DAY, now_ns)

    def _count(self, record: AnyRecord) -> None:
        match record:
            case Allowed(intent=PlaceOrder()) if record.judged:
                self._order(record, record.judged)
            case Filled():
                self.fills.setdefault(record.order, []).append(record)
                self.oracle.fill(
                    str(record.order),
                    record.quantity,
                    record.price,
                    record.fee,
                    record.time_ns,
                    record.reference,
                )
            case Rejudged():
                self.oracle.rejudge(str(record.order), record.reference)
            case Closed():
                self.closed[record.order] = record.why
                self.oracle.close(str(record.order))
            case Holdings():
                for asset, quantity in record.held.items():
                    self.oracle.hold(asset, quantity)

    def _order(self, record: Allowed, judged: Judged) -> None:
        self.names[record.client_order_id] += 1
        self.orders[record.client_order_id] = record.id
        self.oracle.reserve(str(record.id), judged)
        policy, used = self.state.accounts[VICTIM].policy, self.used(record.time_ns)
        over = used.budget > policy.budget if not judged.exit else False
        if over or used.exit_budget > policy.exit_budget:
            self.problems.append(f"order {record.id} is over the budget: {used}")


class Truth:
    """Checks of one site, at any time when all orders should be settled."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self.book = Book(site.journal)
        self._commands = Lines(site.directory / "commands.jsonl")
        self.placed: Counter[str] = Counter()
        """The account's orders in the venue's command log, by client order id."""

    async def settled(self) -> None:
        """What the signer holds live is what stands open at the venue, and all fills are known."""
        open_orders = {
            order["clientOrderId"]: Decimal(order["origQty"])
            for order in await self._site.open_orders()
        }
        status = await self._site.status()
        self.book.read()
        live = self.book.state.accounts[VICTIM].live.values()
        assert {order.client_order_id: order.judged.quantity for order in live} == open_orders
        assert all(order.status and order.filled == order.executed for order in live)
        assert status["live_orders"] == len(live)

    async def check(self, bots: list[Bot]) -> None:
        """Everything that has to hold; the load rests and all orders are settled."""
        self.book.read()
        for line in self._commands.new():
            command = msgspec.json.decode(line)["command"]
            if command["do"] == "place" and command["account"] == VICTIM:
                self.placed[command["client_id"]] += 1
        assert not self.book.problems
        assert not [problem for bot in bots for problem in bot.problems]
        self._nothing_doubled()
        orders = {order["clientOrderId"]: order for order in await self._site.all_orders()}
        assert orders.keys() == self.placed.keys()
        self._nothing_lost(orders, bots)
        self._states_agree(orders)
        self._fills_agree(await self._site.all_trades())
        await self._status_agrees()

    def _nothing_doubled(self) -> None:
        assert set(self.book.names.values()) <= {1}
        assert set(self.placed.values()) <= {1}
        unrecorded = self.placed.keys() - self.book.names.keys()
        assert not unrecorded, f"signed without a record: {unrecorded}"

    def _nothing_lost(self, orders: dict[str, Any], bots: list[Bot]) -> None:
        for tried in (tried for bot in bots for tried in bot.tried if tried.is_done):
            if tried.method == "POST":
                at_venue = orders.get(tried.client_id)
                assert at_venue, f"{tried.client_id} was acknowledged and is lost"
                assert at_venue["orderId"] == tried.answer["orderId"]
            elif tried.method == "PUT":
                told = Decimal(tried.answer["amendedOrder"]["qty"])
                assert Decimal(orders[tried.client_id]["origQty"]) <= told
            elif tried.client_id:
                assert orders[tried.client_id]["status"] == "CANCELED"

    def _states_agree(self, orders: dict[str, Any]) -> None:
        """Each recorded order is live or closed as the venue says, with the same fills."""
        for name, number in self.book.orders.items():
            at_venue = orders.get(name)
            filled = sum((fill.quantity for fill in self.book.fills.get(number, ())), ZERO)
            if at_venue is None:
                assert number in self.book.closed, f"{name} is not at the venue, and live"
                assert not filled
                continue
            assert filled == Decimal(at_venue["executedQty"]), name
            is_open = at_venue["status"] in ("NEW", "PARTIALLY_FILLED")
            assert is_open == (number in self.book.state.orders), (name, at_venue["status"])
            assert is_open or self.book.closed[number] == at_venue["status"].lower()

    def _fills_agree(self, trades: list[dict[str, Any]]) -> None:
        known = {
            (fill.trade_id, fill.price, fill.quantity)
            for fills in self.book.fills.values()
            for fill in fills
        }
        theirs = {(t["id"], Decimal(t["price"]), Decimal(t["qty"])) for t in trades}
        assert known == theirs
        assert sum(map(len, self.book.fills.values())) == len(trades), "a fill counted twice"

    async def _status_agrees(self) -> None:
        """The running signer, a replay of its journal, and the fills alone: one amount."""
        account = self.book.state.accounts[VICTIM]
        now = max((fill.time_ns for fills in self.book.fills.values() for fill in fills), default=0)
        used = self.book.used(now)
        assert used.budget <= account.policy.budget * MOVES
        shown = (await self._site.status())["used"]["day"]
        amounts = (used.budget, used.allocation, used.exit_budget)
        assert shown == [plain(round(amount, 8)) for amount in amounts]
        if not account.live:
            fills_alone = self.oracle_used(now)
            assert used == fills_alone, f"something is still reserved: {used}, not {fills_alone}"

    def oracle_used(self, now_ns: int) -> Used:
        """What the fills cost, nothing else."""
        return self.book.oracle.used(Window.DAY, now_ns)
