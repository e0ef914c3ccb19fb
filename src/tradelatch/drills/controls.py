"""What the exchanges of 2022 could have done, and what each step would have saved, hour by hour.

The figures come from the log of the side on which nothing was done. Up to the hour of a step they
are exact; from then on the thieves go on as they did, as far as they still may. Money that lies in
thieves' frozen accounts is given back. A second of the drill stands for an hour.
"""

import enum
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from functools import partial
from pathlib import Path

import msgspec

from tradelatch.drills.cast import BROUGHT, BTC, THIRD_PARTY, Cast
from tradelatch.drills.script import read_brief
from tradelatch.drills.tale import Intervention, Tale, Yardstick, keys_of
from tradelatch.model.money import ZERO
from tradelatch.venue.engine.api_keys import KeyRules
from tradelatch.venue.engine.commands import Command, FreezeAccount, RevokeKeys, SetKeyRules
from tradelatch.venue.engine.machine import Engine
from tradelatch.venue.engine.units import from_units

HOUR_MS = 1_000
UNBOUND_DAYS = 90
COMPLAINT_H = 3
"""After so many hours the first who was robbed has noticed, and complains."""


class Control(enum.StrEnum):
    """A step that an exchange can take."""

    EXPIRE = "expire"
    REVOKE = "revoke"
    FREEZE = "freeze"
    TELL = "tell"


SAYS = {
    Control.EXPIRE: f"keys without an IP list end after {UNBOUND_DAYS} days",
    Control.REVOKE: "revoke the third party's keys",
    Control.FREEZE: "freeze the accounts involved",
    Control.TELL: "tell the owners",
}


class Incident(msgspec.Struct, frozen=True):
    """The log of each exchange, who is in them, and when the theft began and ended (ms)."""

    logs: dict[str, str]
    cast: Cast
    began: int
    ended: int

    @property
    def hours(self) -> int:
        """How long it took, in whole hours."""
        return -(-(self.ended - self.began) // HOUR_MS)

    @property
    def moments(self) -> range:
        """Every hour of it, the first and the last included (ms)."""
        return range(self.began, self.ended + HOUR_MS, HOUR_MS)


class Curves(msgspec.Struct, frozen=True):
    """What all customers together lost (BTC): with nothing done, and with steps taken so many
    hours after the theft began, each alone and all at once (``all``); and at which hour the first
    victim complained."""

    nothing: Decimal
    complaint_h: int
    hours: tuple[int, ...]
    lost: dict[str, tuple[Decimal, ...]]

    def at(self, name: str, hour: int) -> Decimal:
        """What was lost with a step taken at an hour, or at the last one reckoned before it."""
        return self.lost[name][max(i for i, h in enumerate(self.hours) if h <= hour)]


class Scene:
    """An incident at one of its exchanges: the log read, and what its customers had before."""

    def __init__(self, incident: Incident, exchange: str) -> None:
        """Raises:
        LogDamaged: the log is not as written.
        """
        self.incident, self.cast = incident, incident.cast.at(exchange)
        self.tale = Tale(Path(incident.logs[exchange]))
        began = next(self.tale.moments([incident.began]))
        self._measure = Yardstick(began, BTC)
        self.before = self.worth(began)

    def worth(self, engine: Engine) -> dict[str, Decimal]:
        """What each customer has, by the bids before the theft."""
        return {name: self._measure(engine.accounts[name]) for name in self.cast.names}

    def left(self, controls: Iterable[Control], at: int) -> Decimal:
        """What all customers have in the end with steps taken at a moment (ms), what goes back to
        them included."""
        steps = (one for control in controls for one in self.interventions(control, at))
        end = self.tale.otherwise(steps)
        return sum(self.worth(end).values(), ZERO) + held(end, self.cast)

    def robbed_at(self) -> int | None:
        """At which hour somebody had been robbed; None for never."""
        moments = self.tale.moments(self.incident.moments)
        return next((hour for hour, now in enumerate(moments) if involved(now, self.cast)), None)

    def interventions(self, control: Control, at: int) -> Iterator[Intervention]:
        """What taking a step at a moment (ms) comes to."""
        match control:
            case Control.EXPIRE:
                rules = KeyRules(unbound_days=UNBOUND_DAYS)
                yield Intervention(at, lambda engine: [SetKeyRules(at, rules)])
            case Control.REVOKE:
                yield Intervention(at, lambda engine: [RevokeKeys(at, third_party=THIRD_PARTY)])
            case Control.FREEZE:
                # Whoever gets involved later is frozen within the hour.
                for hour in range(at, self.incident.ended + HOUR_MS, HOUR_MS):
                    yield Intervention(hour, partial(freezes, at=hour, cast=self.cast))
            case Control.TELL:
                for customer in self.cast.customers:
                    hour = at + customer.reads_after_h * HOUR_MS
                    yield Intervention(hour, partial(_revokes, at=hour, account=customer.name))


def scenes(incident: Incident) -> list[Scene]:
    """The incident at each of its exchanges.

    Raises:
        LogDamaged: a log is not as written.
    """
    return [Scene(incident, exchange) for exchange in incident.logs]


def reckon(incident: Incident) -> Curves:
    """All curves of an incident: every exchange takes a step at the same hour.

    Raises:
        LogDamaged: a log is not as written.
    """
    places = scenes(incident)
    before = sum((worth for place in places for worth in place.before.values()), ZERO)

    def lost(controls: Iterable[Control], hour: int) -> Decimal:
        at = incident.began + hour * HOUR_MS
        return before - sum((place.left(controls, at) for place in places), ZERO)

    last, complaint = incident.hours, complaint_hour(places)
    hours = tuple(sorted({*range(0, last, 2), min(complaint, last), last}))
    curves = {control.value: (control,) for control in Control} | {"all": tuple(Control)}
    return Curves(
        lost((), 0),
        complaint,
        hours,
        {name: tuple(lost(steps, hour) for hour in hours) for name, steps in curves.items()},
    )


def complaint_hour(places: Sequence[Scene]) -> int:
    """When the first customer who was robbed complains; whoever hears it tells the others."""
    robbed = [hour for place in places if (hour := place.robbed_at()) is not None]
    return min(robbed) + COMPLAINT_H if robbed else places[0].incident.hours


def freezes(engine: Engine, at: int, cast: Cast) -> list[Command]:
    """Freeze all who are involved by now and are not frozen yet."""
    found = involved(engine, cast)
    return [FreezeAccount(at, name, True) for name in found if not engine.accounts[name].frozen]


def _revokes(engine: Engine, at: int, account: str) -> Sequence[Command]:
    """An owner deletes his keys."""
    return [RevokeKeys(at, key=key.id) for key in keys_of(engine, account)]


def involved(engine: Engine, cast: Cast) -> list[str]:
    """Customers who bought in a thin market from somebody who is not of the house, and from
    whom they bought."""
    thin = {symbol.replace("/", "") for symbol in cast.thin}
    found: set[str] = set()
    for name in cast.names:
        for trade, bought in engine.accounts[name].trades:
            seller = engine.accounts[trade.seller]
            if bought and trade.market in thin and not seller.house:
                found |= {name, seller.name}
    return sorted(found)


def held(engine: Engine, cast: Cast) -> Decimal:
    """What lies in thieves' frozen accounts beyond what they brought, in BTC."""
    frozen = (engine.accounts[name] for name in cast.thieves if engine.accounts[name].frozen)
    loot = (from_units(account.balance(BTC).total) - BROUGHT for account in frozen)
    return sum((max(amount, ZERO) for amount in loot), ZERO)


if __name__ == "__main__":
    print(msgspec.json.encode(reckon(read_brief(Incident))).decode())
