"""The replay of 2022: the same theft twice, with the key in the bot's hands and guarded.

Every process is real. Two venues with the same seed run side by side; on each an honest bot
trades for the victim's account, its credential is stolen, and the thief does what was done in
2022. The loss is measured at the venue, at what the holdings fetch when the thief's own orders
are gone.
"""

import asyncio
import sys
from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path

import msgspec

from tradelatch.drills import honest_bot, thief
from tradelatch.drills.processes import SIGNER, House, StartError, environment
from tradelatch.drills.script import Credentials, Event
from tradelatch.drills.world import BTC, DEEP, THIN, World
from tradelatch.journal import log

BUDGET, ALLOCATION, EXITS = Decimal("0.25"), Decimal(0), Decimal("0.5")
COLLAR = Decimal("0.01")
UNGUARDED_LOSS = Decimal("0.8")
"""The share that the unguarded account must lose for the rehearsal to be one."""
TAKE, MARKUP = 44.2, 4.5
"""The case of 2022, 43 of 50 BTC: the thin market's own bids give about one of the 44 back. The
price is as absurd as the exchange's band lets through."""

POLICY = f"""\
version = 1
unit = "{BTC}"
budget = "{BUDGET}"
allocation = "{ALLOCATION}"
exit_budget = "{EXITS}"

[markets."{DEEP}"]
depth = "deep"
collar = "{COLLAR}"

[markets."{THIN}"]
depth = "thin"
collar = "0.02"

[freeze]
denials = 0    # so that every rule meets the thief, and not the first alone
"""


class Denial(msgspec.Struct):
    """How often a rule said no, and what it said the first time."""

    times: int
    says: str


class Side(msgspec.Struct, frozen=True):
    """What one side of the drill came to; amounts in BTC."""

    name: str
    before: Decimal
    after: Decimal
    stolen: Decimal
    outside_collar: int
    problems: tuple[str, ...] = ()
    denials: dict[str, Denial] = {}

    @property
    def lost(self) -> Decimal:
        """What the account lost, at what its holdings fetch."""
        return self.before - self.after


class Outcome(msgspec.Struct, frozen=True):
    """Both sides, and whether the drill is passed."""

    unguarded: Side
    guarded: Side

    def problems(self) -> list[str]:
        """Why it is not passed; empty if it is."""
        found = [*self.unguarded.problems, *self.guarded.problems]
        if self.unguarded.lost < UNGUARDED_LOSS * self.unguarded.before:
            found.append("the unguarded account lost less than 80 %: the rehearsal was none")
        if self.guarded.lost > BUDGET + ALLOCATION + EXITS:
            found.append("the guarded account lost more than its stated amounts")
        if self.guarded.outside_collar:
            found.append(
                f"{self.guarded.outside_collar} orders outside the collar reached the exchange "
                "from the guarded account"
            )
        return found


async def rehearse(
    folder: Path, tell: Callable[[str, Event], None], signer: Sequence[str] = SIGNER
) -> Outcome:
    """Both sides at once, everything kept under `folder`.

    Args:
        tell: gets each side's name and what happens there.
        signer: what python runs as the signer; a test may give a broken one.

    Raises:
        StartError: a process did not come up.
    """
    unguarded, guarded = await asyncio.gather(
        _unguarded(folder / "unguarded", tell), _guarded(folder / "guarded", tell, signer)
    )
    return Outcome(unguarded, guarded)


async def _unguarded(folder: Path, tell: Callable[[str, Event], None]) -> Side:
    world = World(folder)
    try:
        await world.start()
        return await _theft(world, "unguarded", world.victim, tell)
    finally:
        await world.stop()


async def _guarded(folder: Path, tell: Callable[[str, Event], None], signer: Sequence[str]) -> Side:
    world = World(folder)
    house = None
    try:
        await world.start()
        house = House(folder / "house", world.url, signer)
        gate = await house.start()
        grant = await world.entrust(house, POLICY)
        credentials = Credentials(gate, grant["id"], grant["secret"])
        side = await _theft(world, "guarded", credentials, tell)
        await house.stop()
        return await _with_journal(side, house, world)
    finally:
        if house:
            await house.stop()
        await world.stop()


async def _theft(
    world: World, name: str, credentials: Credentials, tell: Callable[[str, Event], None]
) -> Side:
    """Honest trading, then the theft, with what the account was worth before and after."""
    before = await world.value()
    tell(name, Event("venue", f"the account is worth {before:.4f} BTC"))
    bot = honest_bot.Brief(credentials, DEEP, 0.5, 2, 0.5)
    await _play("tradelatch.drills.honest_bot", bot, lambda event: tell(name, event))
    brief = thief.Brief(credentials, world.thief, THIN, DEEP, TAKE, MARKUP)
    await _play("tradelatch.drills.thief", brief, lambda event: tell(name, event))
    after = await world.value()
    tell(name, Event("venue", f"the account is worth {after:.4f} BTC"))
    return Side(name, before, after, await world.withdrawn(), await world.outside_collar(COLLAR))


async def _with_journal(side: Side, house: House, world: World) -> Side:
    """Verify the journal, count denials by rule, and look for orders it does not know."""
    folder = house.home / "journal"
    problems = []
    try:
        log.verify(folder)
    except log.JournalError as error:
        problems.append(f"the journal does not verify: {error}")
    denials: dict[str, Denial] = {}
    allowed = set()
    for line in log.records(folder):
        record = msgspec.json.decode(line)
        if record["record"] == "Denied":
            for answer in (a for a in record["answers"] if not a["allowed"]):
                denials.setdefault(answer["rule"], Denial(0, answer["says"])).times += 1
        if record["record"] == "Allowed":
            allowed.add(record["client_order_id"])
    if strangers := await world.victims_order_names() - allowed:
        problems.append(f"the exchange has orders that the journal has not: {sorted(strangers)}")
    return msgspec.structs.replace(side, problems=tuple(problems), denials=denials)


async def _play(module: str, brief: msgspec.Struct, tell: Callable[[Event], None]) -> None:
    """Run one program of the drill in a process of its own until it ends."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        module,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env=environment(),
    )
    assert process.stdin
    assert process.stdout
    process.stdin.write(msgspec.json.encode(brief))
    process.stdin.close()
    try:
        async for line in process.stdout:
            tell(msgspec.json.decode(line, type=Event))
        if await process.wait():
            raise StartError(f"{module} ended with status {process.returncode}")
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
