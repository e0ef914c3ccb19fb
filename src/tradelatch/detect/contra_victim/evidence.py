"""What speaks for a theft in an account's fills, besides how bad their prices were."""

from collections.abc import Sequence
from typing import NamedTuple

from tradelatch.detect.contra_victim.parameters import Parameters
from tradelatch.detect.contra_victim.weighed import HOUR_MS, Weighed
from tradelatch.detect.fills import Fills
from tradelatch.detect.signs import Signs, signs

Span = tuple[int, int]
"""From when to when (ms)."""


class Evidence(NamedTuple):
    """Each says yes or no.

    Attributes:
        signs: those of the account's own fills.
        has_leapt: nearly all was filled nearly as far as the farthest: nobody offered much between.
        has_fellows: others who ask lost there at the same time.
    """

    signs: Signs
    has_leapt: bool
    has_fellows: bool

    @property
    def points(self) -> int:
        """How much speaks for a theft. That an order lacks the id that its owner's bot gives each
        counts twice."""
        told = self.signs
        return told.is_new + told.is_raised + 2 * told.is_unmarked + self.has_fellows

    @property
    def points_of_few(self) -> int:
        """The same for so few orders that it may have been a mistake: strangers hardly make theirs
        at the same time, so that fellows count twice."""
        return self.points + self.has_fellows + self.has_leapt


def evidence(
    own: Fills, episode: Weighed, robbed: Sequence[Span], parameters: Parameters
) -> Evidence:
    """That of an episode, among all fills of the account; `robbed`: when others lost."""
    first, last = int(episode.fills.times[0]), int(episode.fills.times[-1])
    near = round(parameters.near_h * HOUR_MS)
    return Evidence(
        signs(own, episode.fills),
        episode.has_leapt,
        any(began - near <= last and ended + near >= first for began, ended in robbed),
    )
