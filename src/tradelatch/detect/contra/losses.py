"""What one account lost in one market by trades far from the reference, and to whom."""

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from tradelatch.detect.contra.market import Codes, Market
from tradelatch.detect.contra.parameters import Parameters
from tradelatch.detect.contra.winners import foreign, ordinary
from tradelatch.detect.excess import WITHIN, Flags, Prints, excess, given, shared
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
ASIDE = 0.1
"""Where all orders but the worst lost less than this part together, they are none of a theft's, or
one mistake and two trades at a step of the price would be three orders."""
NOBODY: Codes = np.array([], np.int64)
WEEK_MS = DEFAULT.week * MINUTE_MS
PAUSE_MS = HOUR_MS
"""An episode is not taken apart at shorter ones."""
AROUND_MS = (WITHIN + 1) * MINUTE_MS


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
        orders: of the loser, in which something was lost; one where the others are `ASIDE`.
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

    def gain(self, winner: int) -> float:
        """What one of the winners got, in quote."""
        return float(np.nansum(self.weighed.passed[self.weighed.partners == winner]))


class Known(NamedTuple):
    """What other losses in the market told already.

    Attributes:
        involved: who lost or won. They are foreign, whatever else they traded, and the reference is
            told without them.
        robbers: when the clear thefts of some of them began and ended (ms). What they gained about
            then is held against the reference alone: others pay as much who follow a theft, which
            excuses no other.
    """

    involved: Collection[int]
    robbers: Mapping[int, Sequence[tuple[int, int]]]


NOTHING = Known((), {})


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
    own = market.prints(places)
    times, prices, amounts = own
    bought = market.buyers[places] == account
    near = market.between(int(times[0]) - WEEK_MS, int(times[-1]) + AROUND_MS)
    near = near[~(np.isin(market.buyers[near], apart) | np.isin(market.sellers[near], apart))]
    others = market.prints(near)
    bars = minute_bars(*others)
    reference = references(bars, times, other)
    paid = _paid(market, near, fellows, own, bought)
    return Weighed(
        places,
        market.partners(account, places),
        np.where(bought, 1, -1) * (prices - settled(bars, times, reference, other)) * amounts,
        excess(prices, bought, reference.prices, paid) * amounts,
        given(prices, amounts, reference.prices, bought),
        reference.sources.astype(np.int64),
    )


def _paid(market: Market, near: Codes, fellows: Codes, own: Prints, bought: Flags) -> Prices:
    near = near[market.times[near] >= own.times[0] - AROUND_MS]
    kept = near[~(np.isin(market.buyers[near], fellows) | np.isin(market.sellers[near], fellows))]
    buyers, sellers = market.buyers[kept], market.sellers[kept]
    return shared(market.prints(kept), buyers, sellers, own, bought)


def losses(
    market: Market,
    loser: int,
    parameters: Parameters,
    other: Bars | None,
    known: Known = NOTHING,
) -> list[Loss]:
    """The episodes in which an account lost as a victim of contra-trading does."""
    places = market.of(loser)
    places = places[market.buyers[places] != market.sellers[places]]
    far = places[market.lost(loser, places, parameters.far) > 0]
    if not len(far):
        return []
    gaps = np.diff(market.times[far]) > parameters.pause_h * HOUR_MS
    episodes = np.split(far, np.flatnonzero(gaps) + 1)
    found: list[Loss] = []
    for episode in episodes:
        parts = _parts(market, loser, episode)
        told = [_episode(market, loser, places, one, parameters, other, known) for one in parts]
        if not any(told):
            told = [_episode(market, loser, places, episode, parameters, other, known)]
        found += [one for one in told if one is not None]
    return found


def _parts(market: Market, loser: int, far: Codes) -> list[Codes]:
    """An episode's far trades, split where the account paused and nobody gained by it both before
    and after: what it lost on the same day by itself is none of a thief's."""
    partners = market.partners(loser, far)
    pauses = np.flatnonzero(np.diff(market.times[far]) > PAUSE_MS) + 1
    apart = [at for at in pauses if not np.isin(partners[:at], partners[at:]).any()]
    return np.split(far, apart)


def _episode(
    market: Market,
    loser: int,
    places: Codes,
    far: Codes,
    parameters: Parameters,
    other: Bars | None,
    known: Known,
) -> Loss | None:
    winners = foreign(market, loser, far, parameters, known.involved)
    if not len(winners):
        return None
    during = places[(places >= far[0]) & (places <= far[-1])]
    apart = np.array([*winners, loser, *known.involved], np.int64)
    fellows = _fellows(market, winners, during, parameters.far)
    weighed = weigh(market, loser, apart, during, other, fellows)
    weighed = _unexcused(weighed, market.times[during], known, parameters)
    lost = np.maximum(np.nan_to_num(weighed.beyond), 0)
    theirs = np.isin(weighed.partners, winners)
    if not lost[theirs].any():
        return None
    share = float(np.nansum(weighed.beyond[theirs]) / np.nansum(weighed.given[theirs]))
    moments = market.times[during]
    orders = _orders(moments[theirs], lost[theirs])
    is_new = bool(places[0] == far[0]) and market.times[far[0]] - market.times[0] > 24 * HOUR_MS
    kept = float(lost[theirs].sum() / lost.sum())
    if orders >= parameters.orders and kept >= HALF * parameters.kept:
        kept = max(kept, orders / len(np.unique(moments[lost > 0])))
    loss = Loss(loser, winners, weighed.only(theirs), orders, kept, share, bool(is_new))
    return loss if _is_theft(market, loss, parameters) else None


def _orders(moments: Times, lost: Prices) -> int:
    """In how many orders something was lost; one order is one moment."""
    _, order = np.unique(moments, return_inverse=True)
    by_order = np.bincount(order, lost)
    is_one = by_order.sum() - by_order.max() < ASIDE * by_order.sum()
    return 1 if is_one else int(np.count_nonzero(by_order))


def _unexcused(weighed: Weighed, times: Times, known: Known, parameters: Parameters) -> Weighed:
    """The same, but what robbers got about the time of their other thefts is beyond what others
    paid, whatever they did."""
    about = parameters.pause_h * HOUR_MS / 2
    beyond = weighed.beyond.copy()
    for robber, spans in known.robbers.items():
        for first, last in spans:
            his = (weighed.partners == robber) & (times >= first - about) & (times <= last + about)
            beyond[his] = np.fmax(weighed.passed, beyond)[his]
    return weighed._replace(beyond=beyond)


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
    own = ordinary(market, loss.loser, loss.winners, parameters.far)
    if loss.kept < parameters.kept or passed < parameters.material * own:
        return False
    is_current = loss.weighed.sources.max() <= Source.OTHER_PAIR
    if loss.orders >= parameters.orders:
        return loss.share >= (parameters.passed if is_current else parameters.single)
    is_sure = is_current and passed >= market.typical
    return is_sure and loss.share >= max(parameters.passed, parameters.single)
