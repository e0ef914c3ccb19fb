"""What the exchange's view can be set to."""

from typing import Annotated

import msgspec

Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
Count = Annotated[int, msgspec.Meta(ge=1)]


class Parameters(msgspec.Struct, frozen=True):
    """Shares are fractions from 0 to 1.

    Attributes:
        passed: the least that a loser passed on, of what he gave in the trades with the winners.
        far: so far from the reference a trade is looked at.
        kept: the least part of a loser's loss that went to foreign winners.
        foreign: who gained by a loser is foreign to the market if the gain is at least so much of
            what he turned over there near the reference. Makers are not: they trade with many.
        chance: how many times their part of the market's turnover foreign winners' part of the loss
            is at least: who sells to everybody gains by everybody.
        material: the least loss, of what the loser turned over there near the reference.
        orders: a loser's separate orders; one mistake is one order.
        stranger: `foreign` for winners of fewer orders.
        single: `passed` for fewer orders, and where the market is so thin that the reference is
            older than two hours. Fewer orders may be a mistake, and also want a winner who robbed
            another too, or who cleared the offers on the way; or a loser who never traded here
            before and met nothing on the way, while others were robbed.
        near_h: so many hours before or after others were robbed at the same time.
        beside: the least that a loser lost to the winners meanwhile in another market, of what he
            gave there; prices need not be far from the reference.
        pause_h: so many hours without a far trade end an episode. Half as long before and after a
            theft belongs to it: what else passed between the two, and what its robber got of
            others.
    """

    passed: Share = 0.04
    far: Share = 0.02
    kept: Share = 0.7
    foreign: Share = 0.03
    chance: Annotated[float, msgspec.Meta(ge=0)] = 3.0
    material: Share = 0.003
    orders: Count = 3
    stranger: Share = 0.5
    single: Share = 0.1
    near_h: Annotated[float, msgspec.Meta(gt=0)] = 3.0
    beside: Share = 0.003
    pause_h: Annotated[float, msgspec.Meta(gt=0)] = 12.0
