"""What a side came to, read from its venue's log and, behind the gate, from the journal."""

from decimal import Decimal
from pathlib import Path

import msgspec

from tradelatch.drills.cast import BTC, DEEP, FIRST, SECOND
from tradelatch.drills.controls import HOUR_MS, Incident, held
from tradelatch.drills.founding import fair_price
from tradelatch.drills.outcome import Denial, Sample, Side
from tradelatch.drills.tale import Tale, Yardstick
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
    """The side's figures; everything is measured by the books before the theft.

    Raises:
        LogDamaged: its log is not as written.
    """
    tale, cast = Tale(Path(incident.log)), incident.cast
    times = range(incident.began, incident.ended + _SAMPLE_MS, _SAMPLE_MS)
    measure: Yardstick | None = None
    samples: list[Sample] = []
    before: dict[str, Decimal] = {}
    for time, engine in zip(times, tale.moments(times), strict=True):
        measure = measure or Yardstick(engine, BTC)
        now = {account: measure(engine.accounts[account]) for account in cast.names}
        before = before or now
        hour = (time - incident.began) / HOUR_MS
        samples.append(Sample(hour, sum(now.values(), ZERO), now[FIRST]))
    assert measure
    after = {account: measure(tale.end.accounts[account]) for account in cast.names}
    customers = frozenset(cast.names)
    placed = [
        entry.command
        for entry in tale.entries
        if isinstance(entry.command, Place) and entry.command.account in customers
    ]
    return Side(
        name,
        before,
        after,
        _withdrawn(tale.end, cast.thieves),
        held(tale.end, cast),
        tuple(samples),
        sum(_is_outside(order, tale.end) for order in placed),
        frozenset(order.client_id for order in placed),
    )


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
