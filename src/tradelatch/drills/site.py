"""A site of real processes for attackers: a venue, and signer, courier and gate in front of it.

It is started once; every run gets accounts, keys and grants of its own on it. What a run cost is
worked out as in one process, from the venue's own log of commands, carried out again.
"""

import asyncio
import contextlib
import random
import shutil
import sys
import tempfile
from collections.abc import Sequence
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import msgspec

from tradelatch.drills.attack import Attack
from tradelatch.drills.attacker import Brief, Report, Wish
from tradelatch.drills.confine import Limits
from tradelatch.drills.entrust import add_key
from tradelatch.drills.processes import SIGNER, Child, House, StartError, environment, operate
from tradelatch.drills.retold import reckon
from tradelatch.drills.scenery import (
    CASH,
    COIN,
    CROSS,
    DEEP,
    UNIT,
    WORTH,
    bound,
    house_text,
    policy_text,
)
from tradelatch.drills.score import Score
from tradelatch.drills.script import Credentials
from tradelatch.model.markets import Market
from tradelatch.model.money import plain, round_down
from tradelatch.model.wire import Result
from tradelatch.policy.document import parse_policy

COOL_S = 1.5
SEED = 2022
BAG = Decimal(2_000)
_THIN = ("VIN/BTC", "QOR/BTC")


class Site:
    """The processes of a series of runs."""

    def __init__(
        self, folder: Path, thin: int, policy: str, signer: Sequence[str] = SIGNER
    ) -> None:
        self._folder, self._policy, self._signer = folder, policy, signer
        self._thin = [*_THIN, *(f"C{number:02d}/BTC" for number in range(3, thin + 1))][:thin]
        wanted = [f"--market={symbol},0.0002,15" for symbol in self._thin if symbol not in _THIN]
        more = (*wanted, f"--market={CROSS},3000,100000", f"--seed={SEED}", "--snapshot-every=0")
        venue = ("-m", "tradelatch.venue", "--directory", str(folder / "venue"), *more)
        folder.mkdir(parents=True, exist_ok=True)
        self._venue = Child("venue", venue, folder)
        self._runs = 0
        self._crashing: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Start all.

        Raises:
            StartError: a process did not come up.
        """
        await self._venue.start()
        self.url = await self._venue.address()
        self._token = (self._folder / "venue" / "admin.token").read_text().strip()
        await self._start_house("house")

    async def _start_house(self, name: str) -> None:
        copy = self._folder / f"{name}-copy"
        copy.mkdir()
        settings = f'checkpoint_copy = "{copy}"'
        self.house = House(self._folder / name, self.url, self._signer, settings)
        self.gate = await self.house.start()
        # A gate that was killed comes back where its bots look for it.
        port, config = urlsplit(self.gate).port, self.house.config
        config.write_text(config.read_text().replace("port = 0", f"port = {port}"))

    async def stop(self) -> None:
        """Stop all."""
        if hasattr(self, "house"):
            await self.house.stop()
        await self._venue.stop()

    async def run(
        self, attack: Attack, name: str, seed: int, guarded: bool, limits: Limits
    ) -> Score:
        """One run of an attacker, loaded by `name` in a process of its own.

        Raises:
            StartError: the stage could not be set.
        """
        self._runs += 1
        markets = await self._markets()
        policy = self._policy or policy_text(seed, self._thin)
        victims = [f"v-{self._runs}-{number}" for number in range(attack.needs.victims)]
        thieves = [f"t-{self._runs}-{number}" for number in range(attack.needs.accounts)]
        prices = {symbol: await self._price(symbol) for symbol in (DEEP, *self._thin)}
        coins = round_down((WORTH - CASH) / prices[DEEP], Decimal("0.01"))
        start = {UNIT: CASH, COIN: coins}
        keys = [await self._open(account, start) for account in victims]
        bag = {UNIT: BAG}
        bag |= {
            s.split("/")[0]: round_down(BAG / price, Decimal("0.01")) for s, price in prices.items()
        }
        own = [await self._open(account, bag) for account in thieves]
        if guarded and len(victims) > 1:
            # What earlier runs cost would count in the house's amounts.
            await self.house.stop()
            await self._start_house(f"house-{self._runs}")
            await self._must("house set", policy=house_text(parse_policy(policy)))
        if guarded:
            keys = [await self._entrust(a, k, policy) for a, k in zip(victims, keys, strict=True)]
        brief = Brief(name, seed, self.url, keys, own, markets, limits)
        report = await self._play(brief)
        if self._crashing:
            await self._crashing
            self._crashing = None
        await asyncio.sleep(COOL_S)
        cost = reckon(self._folder / "venue" / "commands.jsonl", SEED, start, victims, thieves)
        return msgspec.structs.replace(
            cost,
            attack=attack.name,
            seed=seed,
            guarded=guarded,
            bound=bound(parse_policy(policy), report.hours),
            **msgspec.structs.asdict(report),
        )

    # Before

    async def _entrust(self, account: str, key: Credentials, policy: str) -> Credentials:
        to = partial(operate, self.house.home)
        if error := (await add_key(to, account, key.key, key.secret, policy)).error:
            raise StartError(error)
        issued = await self._must("grant issue", account=account, days="1", sources="")
        await self.house.until_ready()
        return Credentials(self.gate, issued["id"], issued["secret"])

    async def _must(self, verb: str, **arguments: str) -> Any:
        done = await operate(self.house.home, verb, **arguments)
        if done.error:
            raise StartError(done.error)
        return done.value

    async def _open(self, account: str, held: dict[str, Decimal]) -> Credentials:
        balances = {asset: plain(amount) for asset, amount in held.items()}
        await self._admin("accounts", {"account": account, "balances": balances})
        rights = ["read", "trade", "withdraw", "transfer"]
        key = await self._admin("keys", {"account": account, "rights": rights})
        return Credentials(self.url, key["key"], key["secret"])

    async def _admin(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self._token}"}
        async with (
            aiohttp.ClientSession() as session,
            session.post(f"{self.url}/admin/{path}", json=body, headers=headers) as got,
        ):
            answer: dict[str, Any] = await got.json()
        if got.status != 200:
            raise StartError(f"the venue refused {path}: {answer.get('error')}")
        return answer

    async def _ask(self, path: str) -> Any:
        async with aiohttp.ClientSession() as session, session.get(f"{self.url}{path}") as got:
            return await got.json(content_type=None)

    async def _price(self, symbol: str) -> Decimal:
        name = symbol.replace("/", "")
        return Decimal((await self._ask(f"/api/v3/ticker/price?symbol={name}"))["price"])

    async def _markets(self) -> dict[str, Market]:
        listed = (await self._ask("/api/v3/exchangeInfo"))["symbols"]
        found = {}
        for entry in listed:
            filters = {one["filterType"]: one for one in entry["filters"]}
            market = Market(
                entry["baseAsset"],
                entry["quoteAsset"],
                Decimal(filters["PRICE_FILTER"]["tickSize"]),
                Decimal(filters["LOT_SIZE"]["stepSize"]),
                Decimal(filters["NOTIONAL"]["minNotional"]),
            )
            if market.symbol in (DEEP, CROSS, *self._thin):
                found[market.symbol] = market
        return found

    # The attacker's process

    async def _play(self, brief: Brief) -> Report:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tradelatch.drills.attacker",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env=environment(),
        )
        try:
            async with asyncio.timeout(brief.limits.wall_s):
                return await self._converse(process, brief)
        except TimeoutError:
            return Report(f"it hung: there was no end after {brief.limits.wall_s:g} s")
        finally:
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
            await process.wait()

    async def _converse(self, process: asyncio.subprocess.Process, brief: Brief) -> Report:
        assert process.stdin
        assert process.stdout
        process.stdin.write(msgspec.json.encode(brief) + b"\n")
        async for line in process.stdout:
            try:
                said: Report | Wish = msgspec.json.decode(line, type=Report | Wish)
            except msgspec.DecodeError:
                continue  # an attacker's own print
            if isinstance(said, Report):
                return said
            done = await self._grant(said)
            process.stdin.write(msgspec.json.encode(done) + b"\n")
        status = await process.wait()
        return Report(f"it ended without a report, with status {status}")

    async def _grant(self, wish: Wish) -> Result | str:
        """What whoever holds the host or an operator's session does."""
        if not wish.verb.startswith("host: "):
            return await operate(self.house.home, wish.verb, **wish.arguments)
        if self._crashing:
            await self._crashing  # one thing after another
        match wish.verb.removeprefix("host: "):
            case "crash soon":
                self._crashing = asyncio.create_task(self._crash_soon())
            case "crash":
                await self.house.gate.kill()
                await self._restart()
            case "copy":
                name = tempfile.mkdtemp(dir=self._folder, prefix="stolen-")
                shutil.copytree(self._journal, Path(name) / "journal")
                return name
            case "restore":
                return await self._restore(Path(wish.arguments["copy"]))
        return ""

    @property
    def _journal(self) -> Path:
        return self.house.home / "journal"

    async def _crash_soon(self) -> None:
        await asyncio.sleep(random.uniform(0.0, 0.02))  # noqa: S311 - when is anybody's guess
        await self._restart()

    async def _restart(self) -> None:
        await self.house.signer.kill()
        await self.house.signer.start()
        await self.house.until_answering()
        with contextlib.suppress(StartError):
            self.house.gate.check_alive()
            return
        await self.house.gate.start()

    async def _restore(self, copy: Path) -> str:
        """Start the signer on an old copy of its journal; if it refuses, on its own again."""
        await self.house.signer.stop()
        kept = self._folder / "kept"
        self._journal.rename(kept)
        shutil.copytree(copy / "journal", self._journal)
        await self.house.signer.start()
        try:
            await self.house.until_answering()
        except StartError as error:
            shutil.rmtree(self._journal)
            kept.rename(self._journal)
            await self._restart()
            return str(error)
        shutil.rmtree(kept)
        return ""
