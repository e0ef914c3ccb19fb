"""The victims: who lost how much where and when. They are numbers, V-01 to V-86."""

import random
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import msgspec

from tradelatch.drills.incident import published
from tradelatch.drills.incident.chance import chance
from tradelatch.drills.incident.losses import Place, drawn

EU = {
    **dict.fromkeys(("FR", "NL", "ES", "IT", "PL"), 2),
    **dict.fromkeys(("CZ", "AT", "SE", "PT", "BE", "RO"), 1),
    "DE": 3,
}
"""Residents of the EU by country, ISO 3166; generated."""
_ELSEWHERE = {
    **dict.fromkeys(("AU", "TR", "IN", "BR", "VN", "SG", "CH", "JP"), 2),
    **dict.fromkeys(("KR", "ID", "MY", "PH", "ZA", "MX", "NO"), 1),
}
_COUNTRIES = {**published.VICTIMS_BY_COUNTRY, **EU, **_ELSEWHERE}

_NOVEMBER, _DECEMBER = "2022-11", published.LAST_MONTH
_LARGE = (
    ("TH", _NOVEMBER, published.LARGEST),
    ("GB", _NOVEMBER, 4_200_000),
    ("AU", _NOVEMBER, 2_300_000),
    ("DE", _DECEMBER, 3_100_000),
    ("US", _DECEMBER, 1_600_000),
    ("SG", _DECEMBER, 1_200_000),
)
"""Those who lost more than a million, all at Binance: country, month, about how much. The other
exchanges' totals are too small for their number of victims to hold one."""
_WIDTH = 30_000
"""How far such a loss may lie from that, dollars; the last takes what remains."""

_HOME = ("US", "binance", _DECEMBER)
_ANCHORS = (
    ("US", "kucoin", _DECEMBER),
    ("US", "coinbasepro", _DECEMBER),
    ("US", "binance", "2022-10"),
    ("US", "binance", _NOVEMBER),
    ("TH", "binance", _DECEMBER),
    ("GB", "binance", _DECEMBER),
    ("FR", "binance", _DECEMBER),
)
_ANCHORED = ("kucoin", "coinbasepro", "2022-10", _NOVEMBER, "TH", "GB", "EU")
"""The group that each anchor puts right."""

_DAYS = {"2022-10": (8, 30), "2022-11": (2, 29), "2022-12": (2, 27)}
_OVERCLAIMED = 30
"""How many claim more than can be verified."""
_FIRST_EXPORT = timedelta(days=33)
"""No export reaches further back from the attack, and no key is younger."""

RECIPIENTS = ("police", "class_action", "exchange", "publication")
"""To whom a victim may agree that the evidence is given."""


class Victim(msgspec.Struct, frozen=True):
    """One victim; `loss` is verified, `claimed` is what was said, both in cents. `attacked` is
    when the thief began, and `consents` are those of `RECIPIENTS` who may have the evidence."""

    name: str
    country: str
    exchange: str
    loss: int
    claimed: int
    key_created: date
    attacked: datetime
    consents: frozenset[str]

    @property
    def month(self) -> str:
        """Of the attack, as ``2022-11``."""
        return f"{self.attacked:%Y-%m}"


class _Row(msgspec.Struct, frozen=True):
    """A victim without a number."""

    country: str
    exchange: str
    month: str
    loss: int


def region(country: str) -> str:
    """The group in which a country's loss was published."""
    if country in EU:
        return "EU"
    return country if country in ("TH", "GB") else "rest"


def victims(seed: int) -> list[Victim]:
    """All of them, in the order of their numbers; the same for the same seed."""
    dice = chance(seed, "victims")
    rows = _rows(dice)
    dice.shuffle(rows)
    years = [year for year, many in published.ALL_KEYS_BY_YEAR.items() for _ in range(many)]
    dice.shuffle(years)
    over = set(dice.sample(range(len(rows)), _OVERCLAIMED))
    return [
        _victim(number, row, year, number in over, dice)
        for number, (row, year) in enumerate(zip(rows, years, strict=True))
    ]


def _rows(dice: random.Random) -> list[_Row]:
    """A draw in which nobody but the six lost a million, and no country too much."""
    while True:
        rows = _draw(dice)
        if _holds(rows):
            return rows


def _draw(dice: random.Random) -> list[_Row]:
    pinned = [(country, "binance", month) for country, month, _ in _LARGE]
    pinned += [_HOME, *_ANCHORS]
    frame = [*pinned, *_others(pinned, dice)]
    centre, first = len(_LARGE), len(_LARGE) + 1
    anchors = {name: first + number for number, name in enumerate(_ANCHORED)}
    bittrex = next(n for n, (_, exchange, _) in enumerate(frame) if exchange == "bittrex")
    smallest = next(n for n in range(len(pinned), len(frame)) if n != bittrex)
    fixed = dict(enumerate(_large(dice)))
    fixed[bittrex] = published.BITTREX_LOSS * 100
    fixed[smallest] = published.SMALLEST * 100 + dice.randint(-500, 500)
    places = [Place(region(country), exchange, month) for country, exchange, month in frame]
    losses = drawn(places, fixed, centre, anchors, _targets(dice), dice)
    return [_Row(*where, loss) for where, loss in zip(frame, losses, strict=True)]


def _others(
    pinned: Sequence[tuple[str, str, str]], dice: random.Random
) -> list[tuple[str, str, str]]:
    """Country, exchange and month of all who are not pinned, each drawn without the others."""
    totals = (_COUNTRIES, published.VICTIMS_BY_EXCHANGE, published.ALL_VICTIMS_BY_MONTH)
    columns = []
    for total, taken in zip(totals, zip(*pinned, strict=True), strict=True):
        column = list((Counter(total) - Counter(taken)).elements())
        dice.shuffle(column)
        columns.append(column)
    return list(zip(*columns, strict=True))


def _large(dice: random.Random) -> list[int]:
    """The six largest losses, cents."""
    losses = [_LARGE[0][2] * 100]
    for _, _, about in _LARGE[1:-1]:
        losses.append((about + dice.randint(-_WIDTH, _WIDTH)) * 100 + dice.randrange(100))
    return [*losses, published.LARGE_LOSS * 100 - sum(losses)]


def _targets(dice: random.Random) -> dict[str, int]:
    """What each group lost, cents."""
    thai = dice.randint(
        published.THAI_LOSS * 100 + 10_000_00, published.THAI_LOSS * 100 + 40_000_00
    )
    regions = {"TH": thai, "GB": published.BRITISH_LOSS * 100, "EU": published.EU_LOSS * 100}
    regions["rest"] = published.LOSS * 100 - sum(regions.values())
    dollars = {**published.ALL_LOSS_BY_EXCHANGE, **published.ALL_LOSS_BY_MONTH}
    return {**{name: loss * 100 for name, loss in dollars.items()}, **regions}


def _holds(rows: Sequence[_Row]) -> bool:
    ordinary = sorted(row.loss for row in rows)[: -len(_LARGE)]
    by_country: Counter[str] = Counter()
    for row in rows:
        by_country[row.country] += row.loss
    highest = max(loss for country, loss in by_country.items() if region(country) == "rest")
    return (
        ordinary[0] < 1_000_00 <= ordinary[1]
        and ordinary[-1] < published.LARGE * 100
        and highest < published.EU_LOSS * 100
    )


def _victim(number: int, row: _Row, year: int, over: bool, dice: random.Random) -> Victim:
    attacked = _moment(row.month, dice)
    claimed = row.loss
    if over:
        # What people claim is a round sum.
        claimed = -(-row.loss * dice.randint(103, 160) // 100_00_00) * 100_00
    consents = frozenset(name for name in RECIPIENTS if dice.randrange(100) < 85)
    created = _created(year, attacked.date() - _FIRST_EXPORT, dice)
    name = f"V-{number + 1:02}"
    return Victim(name, row.country, row.exchange, row.loss, claimed, created, attacked, consents)


def _moment(month: str, dice: random.Random) -> datetime:
    """Early enough on a day that the attack ends on it."""
    day = datetime.fromisoformat(f"{month}-{dice.randint(*_DAYS[month]):02}")
    seconds = dice.randrange(19 * 3_600)
    return day.replace(tzinfo=UTC) + timedelta(seconds=seconds)


def _created(year: int, last: date, dice: random.Random) -> date:
    """A day of that year; the oldest keys were more than three years old."""
    end = min(last, date(year, 9, 30) if year == 2019 else date(year, 12, 31))
    start = date(year, 1, 3)
    return start + timedelta(days=dice.randint(0, (end - start).days))


def dollars(cents: int) -> str:
    """``1234.50`` of cents."""
    return f"{cents // 100}.{cents % 100:02}"
