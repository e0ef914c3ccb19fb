"""What the victim's view can be set to."""

from typing import Annotated

import msgspec

Share = Annotated[float, msgspec.Meta(ge=0, le=1)]


class Parameters(msgspec.Struct, frozen=True):
    """Shares are fractions from 0 to 1.

    Attributes:
        passed: the least that was lost beyond what others paid, of what was given.
        far: so far from the reference a fill is looked at.
        orders: separate orders (moments); one mistake is one order.
        single: `passed` for fewer orders.
        points: so many must speak for a theft of fewer orders (`evidence.Evidence.points_of_few`).
        near_h: another who asks lost at the same time if it was no more hours before or after.
        pause_h: so many hours without a far fill end an episode.
    """

    passed: Share = 0.06
    far: Share = 0.03
    orders: Annotated[int, msgspec.Meta(ge=1)] = 3
    single: Share = 0.08
    points: Annotated[int, msgspec.Meta(ge=0, le=7)] = 4
    near_h: Annotated[float, msgspec.Meta(ge=0)] = 3.0
    pause_h: Annotated[float, msgspec.Meta(gt=0)] = 12.0
