"""Chance that is the same for the same seed."""

import random


def chance(*parts: object) -> random.Random:
    """A stream of its own for each list of parts, of which the first is the seed."""
    return random.Random("/".join(map(str, ("incident", *parts))))  # noqa: S311 - not a secret
