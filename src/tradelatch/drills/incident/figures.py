"""The published figures beside those of the generated victims."""

from collections import Counter
from collections.abc import Callable, Sequence

import msgspec

from tradelatch.drills.incident import published
from tradelatch.drills.incident.victims import EU, Victim, dollars


class Figure(msgspec.Struct, frozen=True):
    """One line: what, as published, as generated."""

    what: str
    published: str
    generated: str


def figures(victims: Sequence[Victim], listed: Sequence[tuple[str, bool]]) -> list[Figure]:
    """All of them, in the order of the published table; `listed` are the leaked keys, and whether
    each was published."""
    losses = sorted((victim.loss for victim in victims), reverse=True)
    large = [loss for loss in losses if loss > published.LARGE * 100]
    rows = [
        ("victims", str(published.VICTIMS), str(len(victims))),
        ("countries", str(published.COUNTRIES), str(len({v.country for v in victims}))),
        ("verified loss", f"${published.LOSS:,}", _money(sum(losses))),
        ("smallest loss", f"about ${published.SMALLEST}", _money(losses[-1])),
        ("largest loss", _millions(published.LARGEST), _money(losses[0])),
        ("victims over $1M", str(published.LARGE_VICTIMS), str(len(large))),
        ("their loss", _millions(published.LARGE_LOSS), _money(sum(large))),
        ("its share", f"about {published.LARGE_SHARE} %", _percent(sum(large), sum(losses))),
        *_by_country(victims),
        *_by_exchange(victims),
        *_by_month(victims),
        *_by_year(victims),
        ("keys leaked", f"about {published.KEYS_LEAKED:,}", f"{len(listed):,}"),
        ("keys published", f"{published.KEYS_PUBLISHED:,}", f"{_published(listed):,}"),
    ]
    return [Figure(*row) for row in rows]


_Row = tuple[str, str, str]


def _by_country(victims: Sequence[Victim]) -> list[_Row]:
    many, lost = _counted(victims, lambda v: v.country)
    eu = sum(many[country] for country in EU)
    rows = [
        (f"victims in {country}", str(number), str(many[country]))
        for country, number in published.VICTIMS_BY_COUNTRY.items()
    ]
    return [
        *rows,
        ("victims in the EU", str(published.VICTIMS_IN_EU), str(eu)),
        ("loss in TH", "over " + _millions(published.THAI_LOSS), _money(lost["TH"])),
        ("loss in GB", _millions(published.BRITISH_LOSS), _money(lost["GB"])),
        ("loss in the EU", _millions(published.EU_LOSS), _money(sum(lost[c] for c in EU))),
    ]


def _by_exchange(victims: Sequence[Victim]) -> list[_Row]:
    many, lost = _counted(victims, lambda v: v.exchange)
    rows = []
    for exchange, number in published.VICTIMS_BY_EXCHANGE.items():
        loss = published.LOSS_BY_EXCHANGE.get(exchange)
        rows += [
            (f"victims at {exchange}", str(number), str(many[exchange])),
            (f"loss at {exchange}", _millions(loss) if loss else "none", _money(lost[exchange])),
        ]
    return rows


def _by_month(victims: Sequence[Victim]) -> list[_Row]:
    many, lost = _counted(victims, lambda v: v.month)
    rows = []
    for month in published.ALL_VICTIMS_BY_MONTH:
        number, loss = published.VICTIMS_BY_MONTH.get(month), published.LOSS_BY_MONTH.get(month)
        rows += [
            (f"victims in {month}", str(number or "none"), str(many[month])),
            (f"loss in {month}", f"${loss:,}" if loss else "none", _money(lost[month])),
        ]
    return rows


def _by_year(victims: Sequence[Victim]) -> list[_Row]:
    many, _ = _counted(victims, lambda v: str(v.key_created.year))
    said = {year: str(number) for year, number in published.KEYS_BY_YEAR.items()}
    said[2022] = f"about {published.SHARE_OF_2022} %"
    years = sorted(published.ALL_KEYS_BY_YEAR, reverse=True)
    return [(f"keys of {year}", said.get(year, "none"), str(many[str(year)])) for year in years]


def _counted(
    victims: Sequence[Victim], group: Callable[[Victim], str]
) -> tuple[Counter[str], Counter[str]]:
    """How many, and what they lost together in cents, by group."""
    many: Counter[str] = Counter()
    lost: Counter[str] = Counter()
    for victim in victims:
        many[group(victim)] += 1
        lost[group(victim)] += victim.loss
    return many, lost


def _published(listed: Sequence[tuple[str, bool]]) -> int:
    return sum(shown for _, shown in listed)


def _percent(part: int, whole: int) -> str:
    """With one decimal."""
    tenths = (2_000 * part + whole) // (2 * whole)
    return f"{tenths // 10}.{tenths % 10} %"


def _money(cents: int) -> str:
    whole, _, rest = dollars(cents).partition(".")
    return f"${int(whole):,}.{rest}"


def _millions(amount: int) -> str:
    return f"${amount // 1_000_000}.{amount // 100_000 % 10} million"
