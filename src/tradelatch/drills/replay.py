"""The replay of 2022: the same customers, bots and thieves three times over, side by side.

Every process is real. Three sides with the same seed run at once, each with a venue for every
exchange. On one the exchanges look on, as in 2022; on one they do what they could have done; on one
the customers' keys are behind the gate. Each time the bots' credentials are stolen, and the thieves
do what was done in 2022. Losses are worked out from the venues' logs: at what the holdings fetch
when the thieves' own orders are gone.
"""

import asyncio
import time
from collections.abc import Callable, Coroutine, Mapping, Sequence
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from tradelatch.drills import briefs
from tradelatch.drills.cast import FIRST, Cast
from tradelatch.drills.controls import Curves, Incident
from tradelatch.drills.desk import Desk
from tradelatch.drills.entrust import add_key
from tradelatch.drills.exchange import Exchanges
from tradelatch.drills.outcome import Outcome, Side
from tradelatch.drills.processes import SIGNER, House, StartError, operate
from tradelatch.drills.programs import compute, play, playing
from tradelatch.drills.script import Credentials, Event
from tradelatch.drills.terms import policies, stated
from tradelatch.drills.weighing import weigh, with_journal
from tradelatch.exchanges.kit.signatures import with_passphrase
from tradelatch.model.money import ZERO

_LOOK_S = 3.0
"""How often each bot looks after its orders, and the drill after the accounts."""
_AHEAD_S, _COOL_S = 4.0, 1.5
"""How long the bots trade before the thieves come, and the makers have to come back in the end."""

_LESS = Decimal("0.99")

Tell = Callable[[Event], None]


class Plan(msgspec.Struct, frozen=True):
    """What is rehearsed: the cast, the reader's policy for the first account (or none), and a tape
    for the second thin market (or none)."""

    cast: Cast
    policy: str = ""
    tape: Path | None = None

    @property
    def policies(self) -> dict[str, str]:
        """Every customer's policy behind the gate."""
        return policies(self.cast, self.policy)


async def rehearse(
    folder: Path,
    tell: Callable[[str, Event], None],
    plan: Plan,
    signer: Sequence[str] = SIGNER,
) -> Outcome:
    """All sides at once, everything kept under `folder`.

    Args:
        folder: where everything is kept.
        tell: gets each side's name and what happens there.
        plan: who and what.
        signer: what python runs as the signer; a test may give a broken one.

    Raises:
        StartError: a process did not come up.
    """
    (bare, curves), controlled, guarded = await _all(
        _unguarded(folder / "unguarded", plan, partial(tell, "unguarded")),
        _controlled(folder / "controlled", plan, partial(tell, "controlled")),
        _guarded(folder / "guarded", plan, partial(tell, "guarded"), signer),
    )
    texts = plan.policies
    amounts = {c.name: stated(c, texts[c.name]) for c in plan.cast.customers}
    places = {c.name: c.exchange for c in plan.cast.customers}
    return Outcome(bare, curves, controlled, guarded, amounts, places)


async def _all(*sides: Coroutine[Any, Any, Any]) -> list[Any]:
    """All results; where one fails, the others are stopped first."""
    tasks = [asyncio.ensure_future(side) for side in sides]
    try:
        return await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _unguarded(folder: Path, plan: Plan, tell: Tell) -> tuple[Side, Curves]:
    exchanges = Exchanges(folder, plan.cast, plan.tape)
    try:
        await exchanges.start()
        incident = await _theft(exchanges, _keys(exchanges), tell)
    finally:
        await exchanges.stop()
    side = await asyncio.to_thread(weigh, "unguarded", incident)
    told = await compute("tradelatch.drills.controls", incident)
    return side, msgspec.json.decode(told, type=Curves)


async def _controlled(folder: Path, plan: Plan, tell: Tell) -> Side:
    exchanges = Exchanges(folder, plan.cast, plan.tape)
    desk = Desk(exchanges, tell)
    try:
        await exchanges.start()
        await desk.open()
        watching = asyncio.ensure_future(desk.watch())
        try:
            incident = await _theft(exchanges, _keys(exchanges), tell)
        finally:
            watching.cancel()
    finally:
        await exchanges.stop()
    return await asyncio.to_thread(weigh, "controlled", incident)


async def _guarded(folder: Path, plan: Plan, tell: Tell, signer: Sequence[str]) -> Side:
    exchanges = Exchanges(folder, plan.cast, plan.tape)
    house = None
    try:
        await exchanges.start()
        first, *others = exchanges.all
        urls = {one.name: one.url for one in others}
        house = House(folder / "house", first.url, signer, exchange=first.name, others=urls)
        gate = (await house.start()).removesuffix(first.name)
        grants = await _entrust(exchanges, house, gate, plan)
        incident = await _theft(exchanges, grants, tell)
    finally:
        if house:
            await house.stop()
        await exchanges.stop()
    side = await asyncio.to_thread(weigh, "guarded", incident)
    return await asyncio.to_thread(with_journal, side, house.home / "journal")


def _keys(exchanges: Exchanges) -> dict[str, Credentials]:
    return {name: exchanges.credentials(name) for name in exchanges.cast.names}


async def _entrust(
    exchanges: Exchanges, house: House, gate: str, plan: Plan
) -> dict[str, Credentials]:
    """Give every customer's key to a house, and get a grant for each."""
    to = partial(operate, house.home)
    grants = {}
    for name, policy in plan.policies.items():
        key = exchanges.credentials(name)
        added = await add_key(to, name, key.key, _as_kept(key), policy, key.exchange)
        issued = await to("grant issue", account=name, days="1", sources="")
        if added.error or issued.error:
            raise StartError(added.error or issued.error)
        grants[name] = Credentials(
            gate + key.exchange, issued.value["id"], issued.value["secret"], key.exchange, "any"
        )
    await house.until_ready()
    return grants


def _as_kept(key: Credentials) -> str:
    """A key's secret as the vault keeps it."""
    if not key.passphrase:
        return key.secret
    return with_passphrase(key.secret.encode(), key.passphrase.encode()).decode()


async def _theft(exchanges: Exchanges, held: Mapping[str, Credentials], tell: Tell) -> Incident:
    """Honest trading, then the theft, with which recorded prices go on; when it was."""
    cast = exchanges.cast
    _tell_worth(await _worth(exchanges), tell)
    bots = briefs.bots(exchanges, held, _LOOK_S)
    began: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    def hear(event: Event) -> None:
        if not began.done():
            began.set_result(_now_ms())
        tell(event)

    async def let_go() -> None:
        await began
        await exchanges.everywhere("still", {"still": False})

    async with playing("tradelatch.drills.honest_bots", bots, tell):
        await asyncio.sleep(_AHEAD_S)
        beside = [asyncio.ensure_future(one) for one in (_watch(exchanges, tell), let_go())]
        try:
            await play("tradelatch.drills.thief", briefs.thieves(exchanges, held), hear)
        finally:
            for task in beside:
                task.cancel()
        ended = _now_ms()
    await asyncio.sleep(_COOL_S)
    _tell_worth(await _worth(exchanges), tell)
    return Incident(exchanges.logs, cast, began.result(), ended)


async def _watch(exchanges: Exchanges, tell: Tell) -> None:
    """Tell what is left, whenever it has become a hundredth less."""
    told = await _worth(exchanges)
    while True:
        await asyncio.sleep(_LOOK_S)
        now = await _worth(exchanges)
        if now[1] < told[1] * _LESS:
            told = now
            _tell_worth(now, tell)


async def _worth(exchanges: Exchanges) -> tuple[Decimal, Decimal]:
    """What the first account is worth, and all of them."""
    worth = [await exchanges.value(name) for name in exchanges.cast.names]
    return worth[0], sum(worth, ZERO)


def _tell_worth(worth: tuple[Decimal, Decimal], tell: Tell) -> None:
    first, total = worth
    tell(Event("venue", f"{FIRST} is worth {first:.4f} BTC, all accounts {total:.4f}"))


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
