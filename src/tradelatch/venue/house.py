"""One running venue: engine, log, clock, generated markets and the agents that trade them."""

import random
from collections.abc import Callable, Sequence
from pathlib import Path

from tradelatch.model.clock import MS, Clock, FastClock
from tradelatch.model.orders import Side
from tradelatch.tapes.files import BadTape
from tradelatch.venue.engine.api_keys import USED_EVERY_MS, ApiKey, KeyRules
from tradelatch.venue.engine.commands import (
    Command,
    Deposit,
    Genesis,
    ListMarket,
    NoteLapse,
    NoteTime,
    NoteUse,
    OpenAccount,
    SetKeyRules,
    StandStill,
)
from tradelatch.venue.engine.events import Event
from tradelatch.venue.engine.listing import Life, Listing
from tradelatch.venue.engine.machine import Engine
from tradelatch.venue.engine.trading import Trading
from tradelatch.venue.engine.units import SCALE
from tradelatch.venue.life.candles import Candles
from tradelatch.venue.life.history import GeneratedHistory, History
from tradelatch.venue.life.makers import TAKER, Maker, NoiseTaker
from tradelatch.venue.life.markets import STANDARD
from tradelatch.venue.life.player import Player
from tradelatch.venue.life.quotes import MAKER, Submit
from tradelatch.venue.life.tape import Tape, TapeHistory
from tradelatch.venue.life.walk import Walk
from tradelatch.venue.log import Log

HOUSE_MONEY = 10**10 * SCALE
"""What each house account is given of every asset: more than it can ever lose."""

SWEEP_MS = 60_000

Step = Callable[[int, Submit], None]
Recall = Callable[[Engine], None]


class House:
    """A venue in one process. Whoever runs it calls `step` about twice a second of its time,
    which passes `speed` times as fast as that of the clock."""

    def __init__(
        self, log: Log, clock: Clock, recall: Recall | None = None, speed: int = 1
    ) -> None:
        """`recall` brings a new engine into the state that was kept; without it the whole log is
        replayed."""
        self.engine = Engine()
        self.log = log
        self._machine: Clock = clock
        self._clock: Clock = clock
        self._speed = speed
        self._recall = recall or self._replay
        self.candles: dict[str, Candles] = {}
        self.listeners: list[Callable[[Command, list[Event]], None]] = []
        """Told of every command when it is carried out, before it would survive a crash."""
        self._steps: list[Step] = []
        self._next_sweep = 0

    @property
    def now(self) -> int:
        """The venue's time, ms; it never goes back."""
        return max(self._clock.now_ns() // MS, self.engine.now)

    def start(
        self,
        seed: int,
        markets: Sequence[Listing] = (),
        tape: Path | None = None,
        moment: int | None = None,
        flat: bool = False,
        standard: Sequence[Listing] = STANDARD,
    ) -> None:
        """Recall what was kept, or begin a new venue, and bring the markets to life.

        A new venue opens with the markets in `standard`. Where the log has a seed or one of
        `markets` already, its own counts. `moment` is where on the tape its market goes live
        (ms); `flat` lets fair prices stand still from here on.

        Raises:
            LogDamaged, StateBroken: what was kept cannot be used.
            BadTape: a tape cannot be used, or is another than before.
        """
        self._recall(self.engine)
        # A venue that ran ahead of the clock goes on from where it was.
        begin = max(self._machine.now_ns(), self.engine.now * MS)
        self._clock = FastClock(self._machine, self._speed, begin)
        wanted = Tape(tape) if tape is not None else None
        if self.engine.genesis is None:
            self._found(seed, standard)
        for listing in markets:
            if listing.name not in self.engine.markets:
                self._list(listing)
        if wanted is not None:
            self._list_tape(wanted, moment)
        if flat:
            self.stand_still(True)
        for trading in self.engine.markets.values():
            self._enliven(trading, wanted)
        self.step()

    def submit(self, command: Command) -> list[Event]:
        """Carry out a command and queue it for the log.

        Raises:
            Refused: the engine does not accept it.
            LogBroken: nothing can be recorded any more.
        """
        self.log.check()
        events = self.engine.apply(command)
        self.log.append(command)
        for listen in self.listeners:
            listen(command, events)
        return events

    def note_use(self, key: ApiKey, now: int) -> None:
        """Remember, once in a while, that a key was used."""
        if now - key.used >= USED_EVERY_MS:
            self.submit(NoteUse(now, key.id))

    def note_lapse(self, key: ApiKey, now: int) -> None:
        """Let happen what a key's age, idleness or expiry makes due."""
        if key.lapses(self.engine.key_rules, now) - key.noted:
            self.submit(NoteLapse(now, key.id))

    def note_time(self) -> None:
        """Let the log tell how far time has come, where the machine's clock could not."""
        if self.now * MS > self._machine.now_ns():
            self.submit(NoteTime(self.now))

    def keep_key_rules(self, rules: KeyRules) -> None:
        """Let these be the exchange's rules about keys."""
        if rules != self.engine.key_rules:
            self.submit(SetKeyRules(self.now, rules))

    def step(self) -> None:
        """Let the house's agents act, and look through the keys once a minute."""
        now = self.now
        if now >= self._next_sweep:
            self._next_sweep = now + SWEEP_MS
            for key in list(self.engine.keys.values()):
                self.note_lapse(key, now)
        for step in self._steps:
            step(now, self.submit)

    def stand_still(self, still: bool) -> None:
        """Stop, or let go on, the walk of the fair prices."""
        if still != self.engine.is_still:
            self.submit(StandStill(self.now, still))

    def _replay(self, engine: Engine) -> None:
        self.log.replay(engine.apply)

    def _found(self, seed: int, standard: Sequence[Listing]) -> None:
        now = self.now
        self.submit(Genesis(now, seed))
        for name in (MAKER, TAKER):
            self.submit(OpenAccount(now, name, house=True, maker_fee=0, taker_fee=0))
        for listing in standard:
            self._list(listing)

    def _list(self, listing: Listing) -> None:
        known = self.engine.assets
        self.submit(ListMarket(self.now, listing))
        for asset in (listing.base, listing.quote):
            if asset not in known:
                for name in (MAKER, TAKER):
                    self.submit(Deposit(self.now, name, asset, HOUSE_MONEY))

    def _list_tape(self, tape: Tape, moment: int | None) -> None:
        listing = tape.listing(moment)
        present = self.engine.markets.get(listing.name)
        if present is None:
            self._list(listing)
        elif present.listing.life is None or present.listing.life.digest != tape.digest:
            raise BadTape(f"{tape.path}: {listing.name} is already listed here, by other data")

    def _enliven(self, trading: Trading, wanted: Tape | None) -> None:
        listing, life = trading.listing, trading.listing.life
        history: History | None = None
        if life is not None and life.tape:
            tape = wanted if wanted and wanted.digest == life.digest else _known_tape(life)
            history = self._play(trading, listing, life, tape)
        elif life is not None:
            history = self._generate(trading, listing, life)
        self.candles[listing.name] = Candles(trading, history)

    def _play(self, trading: Trading, listing: Listing, life: Life, tape: Tape) -> History:
        # Whatever happened last is in the log, and the tape goes on behind it.
        since = self.engine.walk_ms(self.engine.now)
        zero = trading.walk_zero
        self._steps.append(Player(self.engine, tape, listing, life, zero, since).step)
        return TapeHistory(tape, listing, life.moment, trading.opened)

    def _generate(self, trading: Trading, listing: Listing, life: Life) -> History:
        seed = self.engine.genesis.seed if self.engine.genesis else 0
        walk = Walk(seed, listing.name, life.sigma, life.opening, trading.walk_zero)
        self._steps.append(Maker(self.engine, listing, life, walk).step)
        # Whatever the takers do is in the log, so they may begin anew at each start.
        random_ = random.Random(f"{seed}/{listing.name}/taker/{self.now}")  # noqa: S311 - not a secret
        self._steps.append(NoiseTaker(self.engine, listing, life, walk, random_).step)
        return GeneratedHistory(seed, listing, life, walk, trading.opened)


def _known_tape(life: Life) -> Tape:
    tape = Tape(Path(life.tape))
    if tape.digest != life.digest:
        raise BadTape(f"{life.tape}: the tape is not the one this venue was started with")
    return tape


def fetches(
    engine: Engine, asset: str, amount: int, into: str, without: frozenset[str]
) -> tuple[int, int]:
    """What `amount` of `asset` would sell for in `into` right now, and how much of it could be
    sold: the bids are walked, leaving out the orders of the accounts in `without`."""
    trading = engine.markets.get(asset + into)
    if trading is None:
        return 0, 0
    listing = trading.listing
    left, money = amount // listing.lot, 0
    for level in trading.book.side(Side.BUY).levels():
        theirs = sum(order.remaining for order in level if order.account in without)
        lots = min(left, level.lots - theirs)
        money += listing.value(level.ticks, lots)
        left -= lots
        if left == 0:
            break
    return money, amount - left * listing.lot
