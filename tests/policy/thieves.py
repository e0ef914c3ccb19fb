"""What thieves do to a world: at random, and by plans. Steps are plain tuples, so that hypothesis
can shrink them and a seed can make them."""

import random
from typing import Any

from tradelatch.model.orders import Side

Step = tuple[Any, ...]


KINDS = {
    "place": 32,
    "stop": 4,
    "follow": 2,
    "fill": 40,
    "cancel": 5,
    "amend": 4,
    "shrink": 3,
    "silence": 3,
    "report": 3,
    "wait": 6,
    "move": 5,
    "deposit": 4,
    "restart": 1,
    "jump": 1,
    "mend_clock": 2,
}
"""What happens, and how often."""


def random_steps(seed: int, length: int = 60) -> list[Step]:
    """A thief without a plan: mostly large orders at bad prices, filled at once or later."""
    dice = random.Random(seed)
    return [_random_step(dice) for _ in range(length)]


def _random_step(dice: random.Random) -> Step:
    kind = dice.choices(list(KINDS), list(KINDS.values()))[0]
    which, who = dice.randrange(4), dice.choice([0, 0, 0, 2, 1, 3])
    if kind == "place":
        side = dice.choice([Side.BUY, Side.SELL])
        offset = dice.choice([0, 0, 20, 60, 100, 100, 150, -30])
        quantity = dice.choice([1, 8, 64, 300])
        return kind, which, side, dice.random() < 0.3, quantity, offset, who
    if kind == "fill":
        better = dice.choice([0, 0, 0, 20, 150])
        return kind, dice.randrange(8), dice.choice([1, 2, 4, 4]), better, 1000
    if kind == "stop":
        below = dice.choice([0, 10, 50, 200, 600, -50])
        return kind, which, dice.choice([1, 8, 64, 300]), below, dice.choice([0, 50, 100]), who
    if kind == "amend":
        return kind, dice.randrange(8), dice.choice([1, 16, 64]), dice.choice([0, 60, 100])
    if kind in ("cancel", "silence", "shrink"):
        which = dice.randrange(8)
        less = (dice.choice([1, 2, 3]), dice.random() < 0.7) if kind == "shrink" else ()
        return kind, which, *less
    if kind == "wait":
        return kind, dice.choice([1, 6, 23, 24, 25, 24 * 6, 24 * 29])
    if kind == "move":
        return kind, which, dice.choice([800, 900, 950, 1050, 1100, 1250])
    if kind == "deposit":
        return kind, which, dice.choice([5, 40, 200, -30]), who
    if kind == "jump":
        return kind, dice.choice([25, 24 * 8, 24 * 31, -25])
    return (kind,)


def _traded(
    which: int, side: Side, quantity: int, offset: int = 0, who: int = 0, is_exit: bool = False
) -> list[Step]:
    return [("place", which, side, is_exit, quantity, offset, who), ("fill", 0, 4, 0, 1000)]


BUY, SELL = Side.BUY, Side.SELL
PLANS: dict[str, list[Step]] = {
    "buy, let the price fall, sell": [
        *_traded(0, BUY, 64),
        ("move", 0, 800),
        *_traded(0, SELL, 64),
    ],
    "the same with little, again and again": [
        *_traded(0, BUY, 20),
        ("move", 0, 800),
        *_traded(0, SELL, 20),
        ("move", 0, 1250),
    ]
    * 4,
    "the budget every day": [*_traded(0, BUY, 48, 100), ("wait", 25)] * 8,
    "churn at the reference": [*_traded(0, BUY, 256), *_traded(0, SELL, 256)] * 20,
    "swap thin coins held before for thin coins bought": [
        ("deposit", 2, 200),
        *[*_traded(2, BUY, 39), *_traded(2, SELL, 39)] * 4,
    ],
    "push the market far from its anchor, then buy": [
        ("move", 0, 1250),
        ("move", 0, 1250),
        *_traded(0, BUY, 64),
    ],
    "amend what is about to be filled, and have both": [
        ("place", 0, BUY, False, 40, 100),
        ("amend", 0, 40, 100),
        ("fill", 0, 4, 0, 1000),
        ("fill", 0, 4, 0, 1000),
    ],
    "ask for less of an order, fill the room, and have all of it": [
        ("place", 0, BUY, False, 40, 100),
        ("shrink", 0, 1, False),
        ("place", 0, BUY, False, 40, 100),
        ("fill", 0, 4, 0, 1000),
        ("fill", 0, 4, 0, 1000),
    ],
    "have less of an order, and fill the room": [
        ("place", 0, BUY, False, 40, 100),
        ("shrink", 0, 1, True),
        ("place", 0, BUY, False, 40, 100),
        ("fill", 0, 4, 0, 1000),
        ("fill", 0, 4, 0, 1000),
    ],
    "let answers be lost, and order again": [
        ("place", 0, BUY, False, 40, 100),
        ("silence", 0),
        ("place", 0, BUY, False, 40, 100),
        ("fill", 0, 4, 0, 1000),
        ("fill", 0, 4, 0, 1000),
    ],
    "set the clock a month ahead": [*_traded(0, BUY, 48, 100), ("jump", 24 * 31)] * 2,
    "one market from both accounts": [
        *_traded(0, BUY, 32, 100, who=0),
        *_traded(0, BUY, 32, 100, who=1),
    ],
    "exits from both accounts": [
        ("deposit", 0, 200, 0),
        ("deposit", 0, 200, 1),
        *_traded(0, SELL, 29, 100, 0, is_exit=True),
        *_traded(0, SELL, 29, 100, 1, is_exit=True),
    ],
    "exits again and again": [
        ("deposit", 0, 200, 0),
        *_traded(0, SELL, 29, 100, is_exit=True) * 2,
    ],
    "sell thin coins held before at once with those bought, the cheapest offer first": [
        *_traded(2, BUY, 10),
        ("deposit", 2, 10),
        ("place", 2, SELL, False, 10, 0),
        ("place", 2, SELL, False, 10, 100),
        ("fill", 1, 4, 0, 1000),
    ],
    "deposit, and spend the share of it": [("deposit", 0, 9, 1), *_traded(0, BUY, 44, 100, 1)],
    "lay a stop-loss, let the market rise, set it off": [
        ("deposit", 0, 200, 0),
        ("stop", 0, 200, 50, 0),
        ("move", 0, 1250),
        ("follow",),
        ("fill", 0, 4, 0, 1000),
    ],
    "stop-losses far below, one after another": [
        ("deposit", 0, 200, 0),
        *[("stop", 0, 200, 600, 100), ("fill", 0, 4, 0, 1000)] * 3,
    ],
    "have all orders reported as rejected": [
        ("place", 2, BUY, False, 39, 0, 1),
        ("cancel", 0),
    ]
    * 3,
}
"""Thieves with a plan."""
