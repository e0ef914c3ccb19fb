"""What speaks for a theft where there were so few orders that it may have been a mistake."""

import numpy as np

from tradelatch.detect.contra.losses import Loss
from tradelatch.detect.contra.market import Market
from tradelatch.detect.excess import leapt
from tradelatch.detect.reference import MINUTE_MS


def cleared(market: Market, loss: Loss, far: float) -> bool:
    """Whether a winner took what others offered on the way, in the minute before: so nothing
    nearer stood before his own offer. Whoever forgot an offer did not.

    Args:
        market: where it happened.
        loss: what was lost.
        far: so far from the rough reference his own trades must have been.
    """
    first = loss.weighed.places[0]
    began = int(market.times[first])
    near = market.between(began - MINUTE_MS, began)
    bought = market.buyers[first] == loss.loser
    takers, makers = market.buyers[near], market.sellers[near]
    if not bought:
        takers, makers = makers, takers
    apart = [loss.loser, *loss.winners]
    took = np.isin(takers, loss.winners) & ~np.isin(makers, apart)
    return bool((took & ~market.near(near, far)).any())


def met_nothing(market: Market, loss: Loss) -> bool:
    """Whether the loser's orders met hardly anything between the market and the winners' offers
    (`excess.leapt`)."""
    first, passed = loss.weighed.places[0], loss.weighed.passed[0]
    sign = 1.0 if market.buyers[first] == loss.loser else -1.0
    worth = market.prices[first] - sign * passed / market.amounts[first]
    own = market.of(loss.loser)
    own = own[np.isin(market.times[own], market.times[loss.weighed.places])]
    amounts = market.amounts[own]
    return leapt(sign * (market.prices[own] - worth) * amounts, amounts)
