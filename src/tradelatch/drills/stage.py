"""The stage of a run in one process: the thief's world on a ground, and time that jumps."""

import random
from collections.abc import Mapping
from decimal import Decimal

import msgspec

from tradelatch.drills.attack import Attack, Thief
from tradelatch.drills.client import Client, Transport
from tradelatch.drills.disk import put_back
from tradelatch.drills.ground import Ground
from tradelatch.drills.guard import EXCHANGE
from tradelatch.drills.ledger import Holdings, Ledger, holdings, unsaleable, worth
from tradelatch.drills.scenery import (
    COIN,
    CROSS,
    DEEP,
    UNIT,
    bound,
)
from tradelatch.drills.score import Meter, Score
from tradelatch.model.clock import SECOND
from tradelatch.model.http import Request, Response
from tradelatch.model.money import ZERO
from tradelatch.model.wire import Result
from tradelatch.policy.document import parse_policy
from tradelatch.venue.engine.commands import CancelAll

STEP_S, LONGEST_STEP_S = 0.5, 30.0
"""How far time jumps at once: as far as the venue's agents need it, and in a long sleep further."""
BUSY_POLL_S, IDLE_POLL_S = 2.0, 5.0
"""How far apart the signer's rounds are, with orders open and without; in a long sleep more. A
sleep always ends with one, so that prices are fresh when the thief goes on."""
HONEST_S = 600.0
"""How far apart the owner's bot's trades are, on average."""
COOL_S = 30.0
"""How long makers have to come back before the books are looked at."""
LONGEST_S = 30 * 24 * 3600


class Stage:
    """One run on a ground: the thief's world, and the clock."""

    def __init__(self, ground: Ground, attack: Attack, seed: int, guarded: bool) -> None:
        self._ground, self._attack = ground, attack
        self._seed, self._guarded = seed, guarded
        self._chance = random.Random(f"run/{seed}")  # noqa: S311 - not a secret
        self._slept = 0.0
        started_ns = self._stepped_ns = self._polled_ns = ground.clock.now_ns()
        self._engine = ground.house.engine
        self._ledger = Ledger(self._engine, ground.fair)
        ground.house.listeners.append(self._ledger.hear)
        self._victims = [f"victim-{number}" for number in range(attack.needs.victims)]
        self._thieves = [f"thief-{number}" for number in range(attack.needs.accounts)]
        self._bot = self._victim(0)
        self._next_trade_ns = started_ns + 60 * SECOND

    async def play(self, parameters: Mapping[str, float] | None = None) -> Score:
        """The whole run; without `parameters` they are drawn from the seed."""
        await self._live_honestly()
        before = {name: holdings(self._engine, name) for name in self._victims}
        costs = {name: self._ledger.cost(name) for name in self._victims}
        meter = Meter(lambda: self._ground.clock.now_ns() / SECOND)
        began_ns = self._ground.clock.now_ns()
        thief = self._thief(meter, parameters)
        failed = ""
        try:
            await self._attack.attack(thief)
        except Exception as error:
            failed = f"{type(error).__name__}: {error}"
        hours = (self._ground.clock.now_ns() - began_ns) / SECOND / 3600
        await self._clear_away()
        score = self._weigh(before, costs, hours)
        return msgspec.structs.replace(
            score,
            failed=failed,
            tried=meter.tried,
            refused=meter.refused,
            by_rule=dict(meter.by_rule),
            refusal_s=meter.refusal_s,
            freeze_s=meter.freeze_s,
        )

    # The cast

    def _thief(self, meter: Meter, parameters: Mapping[str, float] | None) -> Thief:
        ground, needs = self._ground, self._attack.needs
        plan = self._attack.plan(self._chance) if parameters is None else parameters
        thin = list(ground.thin)
        self._chance.shuffle(thin)
        return Thief(
            victims=[self._victim(n, meter) for n in range(needs.victims)],
            own=[self._client(*ground.keys[name], self._at_venue) for name in self._thieves],
            markets=ground.markets,
            deep=DEEP,
            thin=thin,
            cross=CROSS,
            chance=self._chance,
            parameters=plan,
            public=self._at_venue,
            now_ms=lambda: ground.now_ms,
            sleep=self.sleep,
            operate=self._operate if needs.operator else None,
            courier=ground if needs.courier else None,
            host=self if needs.host else None,
        )

    def _victim(self, number: int, meter: Meter | None = None) -> Client:
        """With a grant at the gate; where nobody guards, with the key itself at the venue."""
        send: Transport = self._at_gate if self._guarded else self._at_venue
        name = self._victims[number]
        held = self._ground.grants[number] if self._guarded else self._ground.keys[name]
        return self._client(*held, meter.on(send) if meter else send, EXCHANGE)

    def _client(self, key: str, secret: str, send: Transport, host: str = "") -> Client:
        ground = self._ground
        return Client(key, secret, host, send, ground.markets, lambda: ground.now_ms)

    async def _at_venue(self, request: Request) -> Response:
        await self._pass(0.001)
        return await self._ground.venue(request)

    async def _at_gate(self, request: Request) -> Response:
        await self._pass(0.001)
        return await self._ground.guard.answer(request)

    async def _operate(self, verb: str, **arguments: str) -> Result:
        return await self._ground.guard.operate(verb, **arguments)

    # The host, captured

    def crash_on_next_order(self, after: bool) -> None:
        """See `attack.Host`."""
        self._ground.dies = after

    async def crash(self) -> None:
        """See `attack.Host`."""
        self._ground.guard.crash()

    def copy_disk(self) -> object:
        """See `attack.Host`."""
        return len(self._ground.guard.journal.records())

    async def restore_disk(self, copy: object) -> str:
        """See `attack.Host`."""
        assert isinstance(copy, int)
        return put_back(self._ground.guard, copy)

    # Time

    async def sleep(self, seconds: float) -> None:
        """Let time jump in steps: small ones at first, and larger ones in a long sleep."""
        self._slept += seconds
        if self._slept > LONGEST_S:
            raise TimeoutError(f"the attack waits for more than {LONGEST_S // 86_400} days")
        left = seconds
        while left > 0:
            step = min(left, max(STEP_S, min((seconds - left) / 5, LONGEST_STEP_S)))
            await self._pass(step)
            left -= step
        await self._poll()

    async def _pass(self, seconds: float) -> None:
        """Move the clock, and let the agents, the owner's bot and the signer act when it is
        time."""
        ground = self._ground
        ground.clock.advance(round(seconds * SECOND))
        now = ground.clock.now_ns()
        if now - self._stepped_ns >= STEP_S * SECOND:
            self._stepped_ns = now
            ground.house.step()
            await self._trade_honestly(now)
            pause = BUSY_POLL_S if ground.guard.is_busy else IDLE_POLL_S
            if now - self._polled_ns >= max(pause, 10 * seconds) * SECOND:
                await self._poll()

    async def _poll(self) -> None:
        self._polled_ns = self._ground.clock.now_ns()
        if self._guarded:
            await self._ground.guard.poll()

    # The owner, before and meanwhile

    async def _trade_honestly(self, now_ns: int) -> None:
        """What the owner's bot does every few minutes: it buys or sells a little at market."""
        if now_ns < self._next_trade_ns:
            return
        self._next_trade_ns = now_ns + round(self._chance.expovariate(1 / HONEST_S) * SECOND)
        side = self._chance.choice(("BUY", "SELL"))
        await self._bot.place(side, DEEP, self._chance.uniform(0.05, 0.3))

    async def _live_honestly(self) -> None:
        """The owner's bot has a few orders resting, and some time has passed."""
        book = self._ground.fair(COIN, self._ground.now_ms)
        for number in range(self._chance.randrange(4)):
            price = float(book) * (1 - self._chance.uniform(0.005, 0.03))
            more = {"newClientOrderId": f"honest-{number}"}
            await self._bot.buy(DEEP, self._chance.uniform(0.2, 2.0), price, **more)
        await self.sleep(self._chance.uniform(5, 90))

    async def _clear_away(self) -> None:
        """The thief leaves with his orders, and the makers come back."""
        for name in self._thieves:
            for market, orders in self._engine.accounts[name].open.items():
                if orders:
                    self._ground.house.submit(CancelAll(self._ground.house.now, name, market))
        self._ground.lie = self._ground.dies = None
        await self.sleep(COOL_S)

    def _weigh(self, before: dict[str, Holdings], costs: dict[str, Decimal], hours: float) -> Score:
        engine, fair, now = self._engine, self._ground.fair, self._engine.now
        lost = discount = moved = ZERO
        for name in self._victims:
            after = holdings(engine, name)
            cost = self._ledger.cost(name) - costs[name]
            apart = frozenset((name, *self._thieves))
            discount += unsaleable(engine, fair, UNIT, before[name], after, apart)
            moved += worth(before[name], fair, now) - worth(after, fair, now) - cost
            lost += cost
        return Score(
            attack=self._attack.name,
            seed=self._seed,
            guarded=self._guarded,
            gain=-sum((self._ledger.cost(name) for name in self._thieves), ZERO),
            lost=lost,
            lost_sold=lost + discount,
            moved=moved,
            far=max(self._ledger.far(name) for name in self._victims),
            bound=bound(parse_policy(self._ground.policy), hours),
            hours=hours,
        )
