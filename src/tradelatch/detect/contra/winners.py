"""Who gained by a loser, as no honest partner does."""

from collections.abc import Collection, Sequence

import numpy as np

from tradelatch.detect.contra.market import Codes, Market
from tradelatch.detect.contra.parameters import Parameters
from tradelatch.detect.contra.suspects import HOUR_MS
from tradelatch.detect.reference import Prices

PART = 0.02
"""Whoever gained less than this part of the largest gain stood in the way: a stolen key takes
honest offers too. Not of the loss, or a thief of a hundred accounts would be none."""
SWEPT = 0.2
"""So did whoever took a single one of its orders before all others, if all of these took less than
this part of what the largest other did."""


def foreign(
    market: Market, loser: int, places: Codes, parameters: Parameters, known: Collection[int]
) -> Codes:
    """Whoever gained by the loser's far trades more than by chance, and turned over little else
    here."""
    gains = market.lost(loser, places, parameters.far) * market.amounts[places]
    accounts, back = np.unique(market.partners(loser, places), return_inverse=True)
    totals: Prices = np.bincount(back, gains).astype(np.float64)
    few = len(np.unique(market.times[places])) < parameters.orders
    # Where one of them robs others, the rest of them are no strangers to it.
    few = few and not any(account in known for account in accounts)
    least = parameters.stranger if few else parameters.foreign
    found = []
    for number, account in enumerate(map(int, accounts)):
        gain = totals[number]
        if gain < PART * totals.max():
            continue
        own = ordinary(market, account, loser, parameters.far)
        by_chance = totals.sum() * own / max(market.turnover, own) if own else 0.0
        if few:
            gain = max(gain, _gain_about(market, account, places, parameters))
        if totals[number] >= parameters.chance * by_chance and (
            account in known or gain >= least * own
        ):
            found.append(number)
    winners = [int(accounts[one]) for one in found]
    swept = _swept(market, loser, places, winners)
    return np.array([one for one in winners if one in known or one not in swept], np.int64)


def _gain_about(market: Market, account: int, places: Codes, parameters: Parameters) -> float:
    """What an account gained by far trades at about the time of some, by whomever, in quote."""
    first, last = market.span(places)
    near = parameters.near_h * HOUR_MS
    own = market.of(account)
    own = own[(market.times[own] >= first - near) & (market.times[own] <= last + near)]
    return float(market.gained(account, own, parameters.far) @ market.amounts[own])


def _swept(market: Market, loser: int, places: Codes, winners: Sequence[int]) -> set[int]:
    """Winners of a single moment, not after the first of whoever took most and nearer to the market
    than most of his: a stolen key takes what honest people offer on the way. None if together they
    took more than `SWEPT` of what he did, or a thief would send accounts ahead."""
    if not winners:
        return set()
    times, amounts = market.times[places], market.amounts[places]
    worse = market.prices[places] * np.where(market.buyers[places] == loser, 1, -1)
    by_winner = {one: market.partners(loser, places) == one for one in winners}
    took = {one: float(amounts[its].sum()) for one, its in by_winner.items()}
    his = by_winner[max(winners, key=took.__getitem__)]
    first, usual = times[his][0], np.median(worse[his])
    swept = {
        one
        for one, its in by_winner.items()
        if times[its][0] == times[its][-1] <= first and worse[its].max() < usual
    }
    return swept if sum(took[one] for one in swept) < SWEPT * max(took.values()) else set()


def ordinary(market: Market, account: int, apart: Codes | int, far: float) -> float:
    """What an account traded near the reference with others than those apart, in quote. Its largest
    other partner does not count: it may be another account of its own."""
    places = market.of(account)
    partners = market.partners(account, places)
    near = market.near(places, far) & ~(np.isin(partners, apart) | (partners == account))
    _, back = np.unique(partners[near], return_inverse=True)
    with_each = np.bincount(back, market.prices[places][near] * market.amounts[places][near])
    return float(with_each.sum() - with_each.max(initial=0.0))
