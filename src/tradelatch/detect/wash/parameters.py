"""What can be set of the search for wash trades."""

from typing import Annotated

import msgspec

Share = Annotated[float, msgspec.Meta(ge=0, le=1)]


class Parameters(msgspec.Struct, frozen=True):
    """All of it.

    Attributes:
        occurrences: so often a set of accounts is a strongly connected component, at least, for its
            trades to be matched.
        margin: by how much of the mean trade size a position may have changed over matched trades,
            and by how much of its amount a trade may differ from its return.
        return_days: so many days a return takes at most.
        pair_trades: so many trades a matched pair has at least.
        pair_share: so much of each one's volume in a market is with the other, in a matched pair.
        pair_net: so much of the volume of a matched pair may have gone one way only.
        score: findings below are left out.
    """

    occurrences: Annotated[int, msgspec.Meta(ge=1)] = 100
    margin: Share = 0.01
    return_days: Annotated[float, msgspec.Meta(gt=0)] = 30.0
    pair_trades: Annotated[int, msgspec.Meta(ge=2)] = 10
    pair_share: Share = 0.8
    pair_net: Share = 0.1
    score: Share = 0.0
