"""What one account lost in one market by trades far from the reference, and to whom."""

from collections.abc import Collection
from typing import NamedTuple

import numpy as np

from tradelatch.detect.contra.market import Codes, Market
from tradelatch.detect.contra.parameters import Parameters
from tradelatch.detect.excess import AROUND, Flags, excess, given, shared
from tradelatch.detect.reference import (
    DEFAULT,
    MINUTE_MS,
    Bars,
    Prices,
    Source,
    Times,
    minute_bars,
    references,
    settled,
)

HOUR_MS = 60 * MINUTE_MS
HALF = 0.5
"""From this part of `Parameters.kept` on, the part of the orders may tell it."""
NOBODY: Codes = np.array([], np.int64)
WEEK_MS = DEFAULT.week * MINUTE_MS
AROUND_MS = (AROUND + 1) * MINUTE_MS
PART = 0.02
"""Whoever gained less than this part of the largest gain stood in the way: a stolen key takes
honest offers too. Not of the loss, or a thief of a hundred accounts would be none."""


class Weighed(NamedTuple):
    """Trades of an account held against the reference, from its side.

    Attributes:
        places: which trades; the other arrays are as long.
        partners: the other side's account.
        passed: (price - settled reference) * amount, in quote; above zero where the account lost.
        beyond: what was worse than the reference of the time and than what others paid.
        given: what the account gave, in quote.
        sources: where each reference is from.
    """

    places: Codes
    partners: Codes
    passed: Prices
    beyond: Prices
    given: Prices
    sources: Codes

    def only(self, kept: Flags) -> "Weighed":
        """Some of them."""
        return Weighed(
            self.places[kept],
            self.partners[kept],
            self.passed[kept],
            self.beyond[kept],
            self.given[kept],
            self.sources[kept],
        )


class Loss(NamedTuple):
    """What an account lost in one episode.

    Attributes:
        loser: the account; `winners` the foreign ones among those who gained by it.
        weighed: its trades with them, first to last.
        orders: of the loser, in which something was lost.
        kept: the part of the loss that went to `winners`; where that is at least `HALF` of what is
            asked, the part of its orders, since a stolen key may take honest offers on the way.
        share: what passed to them beyond what others paid, of what was given to them.
        is_new: the loser never traded here before.
    """

    loser: int
    winners: Codes
    weighed: Weighed
    orders: int
    kept: float
    share: float
    is_new: bool


def weigh(
    market: Market,
    account: int,
    apart: Codes,
    places: Codes,
    other: Bars | None,
    fellows: Codes = NOBODY,
) -> Weighed:
    """Hold an account's trades against what the market was worth without the accounts in `apart`,
    and against what others paid; of these `fellows` are none."""
    times, prices, amounts = market.prints(places)
    bought = market.buyers[places] == account
    near = market.between(int(times[0]) - WEEK_MS, int(times[-1]) + AROUND_MS)
    near = near[~(np.isin(market.buyers[near], apart) | np.isin(market.sellers[near], apart))]
    others = market.prints(near)
    bars = minute_bars(*others)
    reference = references(bars, times, other)
    paid = _paid(market, near, fellows, times, bought)
    return Weighed(
        places,
        market.partners(account, places),
        np.where(bought, 1, -1) * (prices - settled(bars, times, reference, other)) * amounts,
        excess(prices, bought, reference.prices, paid) * amounts,
        given(prices, amounts, reference.prices, bought),
        reference.sources.astype(np.int64),
    )


def _paid(market: Market, near: Codes, fellows: Codes, times: Times, bought: Flags) -> Prices:
    kept = near[~(np.isin(market.buyers[near], fellows) | np.isin(market.sellers[near], fellows))]
    buyers, sellers = market.buyers[kept], market.sellers[kept]
    return shared(market.prints(kept), buyers, sellers, times, bought)


def losses(
    market: Market,
    loser: int,
    parameters: Parameters,
    other: Bars | None,
    known: Collection[int] = (),
) -> list[Loss]:
    """The episodes in which an account lost as a victim of contra-trading does.

    Accounts in `known` lost or won in other losses: they are foreign, whatever else they traded,
    and the reference is told without them.
    """
    places = market.of(loser)
    places = places[market.buyers[places] != market.sellers[places]]
    far = places[_rough_loss(market, loser, places, parameters.far) > 0]
    if not len(far):
        return []
    gaps = np.diff(market.times[far]) > parameters.pause_h * HOUR_MS
    episodes = np.split(far, np.flatnonzero(gaps) + 1)
    found = (_episode(market, loser, places, one, parameters, other, known) for one in episodes)
    return [one for one in found if one is not None]


def _rough_loss(market: Market, account: int, places: Codes, far: float) -> Prices:
    """What an account lost in each of its trades that are far from the rough reference, in quote
    for one unit of base; 0 in the others."""
    prices, ceiling, floor = market.prices[places], market.ceiling[places], market.floor[places]
    bought = market.buyers[places] == account
    lost = np.where(bought, prices - ceiling, floor - prices)
    apart = np.where(bought, prices >= ceiling * (1 + far), prices <= floor / (1 + far))
    return np.where(apart, lost, 0.0)


def _episode(
    market: Market,
    loser: int,
    places: Codes,
    far: Codes,
    parameters: Parameters,
    other: Bars | None,
    known: Collection[int],
) -> Loss | None:
    foreign = _foreign(market, loser, far, parameters, known)
    if not len(foreign):
        return None
    during = places[(places >= far[0]) & (places <= far[-1])]
    apart = np.array([*foreign, loser, *known], np.int64)
    fellows = _fellows(market, foreign, during, parameters.far)
    weighed = weigh(market, loser, apart, during, other, fellows)
    lost = np.maximum(np.nan_to_num(weighed.beyond), 0)
    theirs = np.isin(weighed.partners, foreign)
    if not lost[theirs].any():
        return None
    share = float(np.nansum(weighed.beyond[theirs]) / np.nansum(weighed.given[theirs]))
    moments = market.times[during]
    orders = len(np.unique(moments[theirs & (lost > 0)]))
    is_new = bool(places[0] == far[0]) and market.times[far[0]] - market.times[0] > 24 * HOUR_MS
    kept = float(lost[theirs].sum() / lost.sum())
    if orders >= parameters.orders and kept >= HALF * parameters.kept:
        kept = max(kept, orders / len(np.unique(moments[lost > 0])))
    loss = Loss(loser, foreign, weighed.only(theirs), orders, kept, share, bool(is_new))
    return loss if _is_theft(market, loss, parameters) else None


def _fellows(market: Market, winners: Codes, during: Codes, far: float) -> Codes:
    """Who else lost to the winners meanwhile by trades far from the rough reference: the thief's
    other victims, robbed in the same moment, are no market."""
    times = market.times[during]
    near = market.between(int(times[0]) - AROUND_MS, int(times[-1]) + AROUND_MS)
    buyers, sellers = market.buyers[near], market.sellers[near]
    dear = market.prices[near] >= market.ceiling[near] * (1 + far)
    cheap = market.prices[near] <= market.floor[near] / (1 + far)
    losing = (
        buyers[dear & np.isin(sellers, winners)],
        sellers[cheap & np.isin(buyers, winners)],
    )
    return np.unique(np.concatenate(losing))


def _is_theft(market: Market, loss: Loss, parameters: Parameters) -> bool:
    passed = float(np.nansum(loss.weighed.beyond))
    ordinary = _ordinary(market, loss.loser, loss.winners, parameters.far)
    if loss.kept < parameters.kept or passed < parameters.material * ordinary:
        return False
    is_current = loss.weighed.sources.max() <= Source.OTHER_PAIR
    if loss.orders >= parameters.orders:
        return loss.share >= (parameters.passed if is_current else parameters.single)
    is_sure = is_current and passed >= market.typical
    return is_sure and loss.share >= max(parameters.passed, parameters.single)


def _foreign(
    market: Market, loser: int, places: Codes, parameters: Parameters, known: Collection[int]
) -> Codes:
    """Whoever gained by the loser's far trades more than by chance, and turned over little else
    here."""
    gains = _rough_loss(market, loser, places, parameters.far) * market.amounts[places]
    accounts, back = np.unique(market.partners(loser, places), return_inverse=True)
    totals = np.bincount(back, gains)
    few = len(np.unique(market.times[places])) < parameters.orders
    # Where one of them robs others, the rest of them are no strangers to it.
    few = few and not any(account in known for account in accounts)
    least = parameters.stranger if few else parameters.foreign
    found = []
    for account, gain in zip(map(int, accounts), totals, strict=True):
        if gain < PART * totals.max():
            continue
        ordinary = _ordinary(market, account, loser, parameters.far)
        by_chance = totals.sum() * ordinary / max(market.turnover, ordinary) if ordinary else 0.0
        if gain >= parameters.chance * by_chance and (account in known or gain >= least * ordinary):
            found.append(account)
    return np.array(found, np.int64)


def _ordinary(market: Market, account: int, apart: Codes | int, far: float) -> float:
    """What an account traded near the reference with others than those apart, in quote. Its largest
    other partner does not count: it may be another account of its own."""
    places = market.of(account)
    partners = market.partners(account, places)
    near = market.near(places, far) & ~(np.isin(partners, apart) | (partners == account))
    _, back = np.unique(partners[near], return_inverse=True)
    with_each = np.bincount(back, market.prices[places][near] * market.amounts[places][near])
    return float(with_each.sum() - with_each.max(initial=0.0))
