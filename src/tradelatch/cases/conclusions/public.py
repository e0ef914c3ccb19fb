"""Conclusions as they may be published: no victim, no small cell, none that a total gives away."""

from collections.abc import Iterator, Mapping
from decimal import ROUND_HALF_EVEN, Decimal, localcontext

import msgspec

from tradelatch.cases.conclusions import totals
from tradelatch.cases.conclusions.breakdowns import NOT_EU, NOTHING, OF_EU, exchange
from tradelatch.cases.conclusions.conclude import PEOPLE, Conclusions
from tradelatch.cases.conclusions.figures import Breakdown, Figure, Unit
from tradelatch.cases.conclusions.published import Comparison
from tradelatch.cases.conclusions.suppression import LEAST, are_few, people, public
from tradelatch.model.money import MONEY

_CENT = Decimal("0.01")
_OF_ALL = ("victims", "countries", "loss", "fills", "net")
_OF_SOME = (
    "claimed",
    "victims-above",
    "claimed-above",
    "victims-below",
    "recovered",
    "victims-leaked",
    "passed-known",
    "winners",
)
"""Figures of a part of the victims: told where the part and what is left both are large enough."""
_LARGE = ("victims-large", "loss-large", "share-large")
_LARGEST_BRACKET = "1m-up"
_OF_NOBODY = ("keys-leaked", "keys-published")


_TOLD = (*PEOPLE, "market")
"""Breakdowns; accounts on the other side are named to nobody who need not know them."""


def published_part(whole: Conclusions) -> Conclusions:
    """What may be published of it. The names of victims stay in its figures: they lead to the
    digest of the rows, and are for the writer of the page not to show."""
    losers = _losers(whole)
    with localcontext(MONEY):
        breakdowns = {
            name: shown
            for name, found in whole.breakdowns.items()
            if name in _TOLD and (shown := public(found, losers)) is not None
        }
        if _gives_away(whole, breakdowns):
            del breakdowns["market"]
        figures = {one.name: _rounded(one) for one in _figures(whole, breakdowns)}
        return Conclusions(
            figures,
            breakdowns,
            (),
            (),
            tuple(
                msgspec.structs.replace(one, each=())
                for one in whole.controls
                if one.name in figures
            ),
            tuple(
                Comparison(one.published, figures.get(one.published.figure))
                for one in whole.comparisons
            ),
            whole.contradictions,
        )


def _losers(whole: Conclusions) -> frozenset[str]:
    """Those of whom a loss is verified."""
    none = whole.breakdowns["size"].named().get(NOTHING)
    return frozenset(whole.figures["victims"].victims) - set(none.victims if none else ())


def _gives_away(whole: Conclusions, shown: Mapping[str, Breakdown]) -> bool:
    """Whether an exchange's loss less that in its shown markets is the loss of a few."""
    if not {"market", "exchange"} <= shown.keys():
        return False
    hidden = [
        cell
        for cell in whole.breakdowns["market"].cells
        if cell.name not in shown["market"].named()
    ]
    for there in shown["exchange"].cells:
        labels = {exchange(name) for name in there.merged or (there.name,)}
        rest = people([cell for cell in hidden if cell.name.rpartition(" at ")[2] in labels])
        if rest and are_few(rest, _losers(whole)):
            return True
    return False


def _rounded(figure: Figure) -> Figure:
    """Dollars to the cent: exact amounts of a market tell whose they are to who knows one."""
    if figure.unit is not Unit.DOLLARS:
        return figure
    return msgspec.structs.replace(figure, value=figure.value.quantize(_CENT, ROUND_HALF_EVEN))


def _figures(whole: Conclusions, breakdowns: Mapping[str, Breakdown]) -> Iterator[Figure]:
    told = whole.figures
    everyone = frozenset(told["victims"].victims)
    if are_few(everyone, _losers(whole)):
        yield from (told[name] for name in _OF_NOBODY if name in told)
        return
    some = {name for name in _OF_SOME if name in told and _is_large(told[name], everyone)}
    some |= {one.name for one in whole.controls if _is_large(told[one.name], everyone)}
    for name in (*_OF_ALL, *_OF_SOME, *_OF_NOBODY, *(one.name for one in whole.controls)):
        if name == "net" and told["recovered"].victims and "recovered" not in some:
            continue
        if name in told and (name in some or name in _OF_ALL or name in _OF_NOBODY):
            yield told[name]
    size = breakdowns.get("size")
    if size and _LARGEST_BRACKET in size.named():
        yield from (told[name] for name in _LARGE if name in told)
    for found in breakdowns.values():
        yield from totals.of_cells(found)
    country = breakdowns.get("country")
    if country and {OF_EU, NOT_EU} == {cell.part for cell in country.cells}:
        yield from totals.eu(country)


def _is_large(figure: Figure, everyone: frozenset[str]) -> bool:
    """Neither the people of a figure nor the others are few; nobody left is none to protect."""
    left = len(everyone - set(figure.victims))
    return len(figure.victims) >= LEAST and (left == 0 or left >= LEAST)
