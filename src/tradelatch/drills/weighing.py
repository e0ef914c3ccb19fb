"""What a side came to, read from its venues' logs and, behind the gate, from the journal."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path

import msgspec

from tradelatch.drills.cast import DEEP, FIRST, SECOND
from tradelatch.drills.controls import HOUR_MS, Incident, Scene, held, scenes
from tradelatch.drills.founding import fair_price
from tradelatch.drills.outcome import Denial, Sample, Side
from tradelatch.drills.terms import COLLAR
from tradelatch.journal import log
from tradelatch.model.money import ZERO
from tradelatch.model.orders import Side as Way
from tradelatch.venue.engine.commands import Place
from tradelatch.venue.engine.listing import Listing
from tradelatch.venue.engine.machine import Engine
from tradelatch.venue.engine.units import from_units

_SAMPLE_MS = HOUR_MS // 2
_HALF_SPREAD = Decimal("0.002")
"""A reference is a median of trades, not the middle: they differ by half the spread."""


def weigh(name: str, incident: Incident) -> Side:
    """The side's figures, of all its exchanges; everything is measured by the books before the
    theft.

    Raises:
        LogDamaged: a log is not as written.
    """
    times = range(incident.began, incident.ended + _SAMPLE_MS, _SAMPLE_MS)
    places = scenes(incident)
    samples = []
    for time, *engines in zip(times, *(place.tale.moments(times) for place in places), strict=True):
        now = _worth(places, engines)
        hour = (time - incident.began) / HOUR_MS
        samples.append(Sample(hour, sum(now.values(), ZERO), now[FIRST]))
    ends = [place.tale.end for place in places]
    placed = [(order, place.tale.end) for place in places for order in _placed(place)]
    return Side(
        name,
        {account: worth for place in places for account, worth in place.before.items()},
        _worth(places, ends),
        sum((_withdrawn(place.tale.end, place.cast.thieves) for place in places), ZERO),
        sum((held(place.tale.end, place.cast) for place in places), ZERO),
        tuple(samples),
        sum(_is_outside(order, end) for order, end in placed),
        frozenset(order.client_id for order, _ in placed),
    )


def _worth(places: Sequence[Scene], engines: Sequence[Engine]) -> dict[str, Decimal]:
    """What every customer has at his exchange."""
    told = (place.worth(engine) for place, engine in zip(places, engines, strict=True))
    return {account: worth for one in told for account, worth in one.items()}


def _placed(place: Scene) -> Iterator[Place]:
    """All orders of the customers' accounts."""
    customers = frozenset(place.cast.names)
    for entry in place.tale.entries:
        if isinstance(entry.command, Place) and entry.command.account in customers:
            yield entry.command


def with_journal(side: Side, folder: Path) -> Side:
    """Verify the journal, count denials by rule, and look for orders it does not know."""
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
    if strangers := side.orders - allowed:
        problems.append(f"the exchange has orders that the journal has not: {sorted(strangers)}")
    return msgspec.structs.replace(side, problems=tuple(problems), denials=denials)


def _withdrawn(engine: Engine, thieves: tuple[str, ...]) -> Decimal:
    """What the thieves withdrew, in BTC."""
    moved = (transfer for name in thieves for transfer in engine.accounts[name].withdrawals)
    return sum((from_units(transfer.amount) for transfer in moved), ZERO)


def _is_outside(order: Place, engine: Engine) -> bool:
    """Whether an order in a deep market, whose price stands still, has a limit that loses more
    than the collar."""
    listing = engine.markets[order.market].listing
    if f"{listing.base}/{listing.quote}" not in (DEEP, SECOND) or not order.ticks:
        return False
    return _loses(order, listing) > COLLAR + _HALF_SPREAD


def _loses(order: Place, listing: Listing) -> Decimal:
    """How far an order's limit lies on the losing side, as a fraction."""
    share = order.ticks * from_units(listing.tick) / fair_price(listing)
    return share - 1 if order.side is Way.BUY else 1 - share
