"""``kill -9`` under load: whatever was acknowledged is there afterwards, and all adds up."""

import asyncio
import random
import signal
import time
from pathlib import Path

import pytest

from tests.venue.crowd import SYMBOL, Books, Client, Operator, problems
from tests.venue.site import Site, launch
from tradelatch.venue.snapshots import Snapshots

CLIENTS = 8
ARGUMENTS = ("--flat", "--snapshot-every", "50")


class Trial:
    """One venue that is killed again and again, and all that it has ever answered."""

    def __init__(self, directory: Path, seed: str) -> None:
        self.site = Site(directory, *ARGUMENTS)
        self._dice = random.Random(seed)
        self._old: list[tuple[Client, Books]] = []
        self._started = time.monotonic()
        self.asked = self.answered = self.refused = self.orders = self.fills = 0
        self.from_snapshot = self.while_snapping = self.while_starting = 0
        self.kinds: set[tuple[str, str]] = set()

    async def once(self, number: int) -> None:
        """Fresh clients trade until the venue is killed; then it has to be as they were told."""
        clients = [self._open(f"r{number}-{n}") for n in range(CLIENTS)]
        name = f"r{number}-till"
        token = (self.site.directory / "admin.token").read_text().strip()
        operator = Operator(name, self.site.open_account(name), token)
        acting = [operator.act(self.site.url), *(one.act(self.site.url) for one in clients)]
        tasks = [asyncio.create_task(one) for one in acting]
        wanted = self._dice.randrange(20, 900)
        while sum(client.answered for client in clients) < wanted:
            assert not any(task.done() for task in tasks), [
                t.exception() for t in tasks if t.done()
            ]
            await asyncio.sleep(self._dice.uniform(0, 0.01))
        await asyncio.to_thread(self.site.end, signal.SIGKILL)
        await asyncio.gather(*tasks)
        self.while_snapping += (self.site.directory / "snapshot.tmp").exists()
        await asyncio.to_thread(self._restart)
        await asyncio.to_thread(self._check, clients, operator)

    def _open(self, name: str) -> Client:
        money = {"BTC": "20", "ETH": "200"}
        key = self.site.open_account(name, ["read", "trade", "transfer", "withdraw"], **money)
        self.site.admin("accounts", {"account": f"{name}.2", "owner": name})
        return Client(name, key, f"{name}.2", self._dice.randrange(2**32))

    def _restart(self) -> None:
        """Start again; now and then the start is killed as well."""
        while self._dice.random() < 0.1:
            with launch(self.site.directory, *ARGUMENTS) as process:
                time.sleep(self._dice.uniform(0, 0.6))
                process.send_signal(signal.SIGKILL)
            self.while_starting += 1
        self.from_snapshot += bool(Snapshots(self.site.directory, print).files)
        self.site.start()

    def _check(self, clients: list[Client], operator: Operator) -> None:
        assert self.site.admin("status")["violations"] == []
        assert operator.problems(self.site) == []
        for client in clients:
            books = Books(self.site, client.key)
            assert problems(client, books) == []
            self.asked += client.asked
            self.answered += client.answered
            self.refused += client.refused
            self.orders += len(client.told)
            self.fills += len(client.fills)
            self.kinds |= {(o["type"], o["status"]) for o in books.orders.values()}
            if books.open:
                self.site.signed(client.key, "DELETE", "/api/v3/openOrders", symbol=SYMBOL)
            self._old.append((client, Books(self.site, client.key)))
        self.answered += operator.answered
        self.asked += operator.answered + 1
        for client, books in self._dice.sample(self._old, min(4, len(self._old))):
            assert Books(self.site, client.key).everything == books.everything

    def report(self, points: int) -> str:
        """What came of it, in one line."""
        return (
            f"{points} kills, {self.while_starting} more of a start, {self.while_snapping} of the "
            f"kills while a snapshot was written, {self.from_snapshot} starts from a snapshot: "
            f"{self.asked} requests, {self.answered} answered, {self.refused} of them refused, "
            f"{self.orders} orders, {self.fills} fills, {time.monotonic() - self._started:.0f} s"
        )


async def _kill_again_and_again(directory: Path, points: int) -> None:
    trial = Trial(directory, f"kill {points}")
    with trial.site as site:
        for number in range(points):
            await trial.once(number)
        # In the end the whole log has to tell the same as the last snapshot and its tail.
        assert await asyncio.to_thread(site.end, signal.SIGTERM) == (0, "")
    with Site(directory, "--flat", "--verify") as site:
        assert site.admin("status")["violations"] == []
    print(trial.report(points))
    kinds = {kind for kind, _ in trial.kinds}
    assert kinds == {"LIMIT", "LIMIT_MAKER", "MARKET", "STOP_LOSS", "STOP_LOSS_LIMIT"}
    assert {status for _, status in trial.kinds} >= {"NEW", "FILLED", "CANCELED", "EXPIRED"}
    assert trial.fills > points


async def test_killed_at_a_few_random_points(tmp_path: Path) -> None:
    await _kill_again_and_again(tmp_path / "venue", 4)


@pytest.mark.soak
async def test_killed_at_two_hundred_random_points(tmp_path: Path) -> None:
    await _kill_again_and_again(tmp_path / "venue", 200)
