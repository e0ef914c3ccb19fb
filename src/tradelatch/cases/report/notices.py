"""What a reader must know of a case before any figure: that it is empty, unproved, doubtful."""

from collections.abc import Iterator

from tradelatch.cases.conclusions.conclude import Conclusions
from tradelatch.cases.conclusions.suppression import LEAST
from tradelatch.cases.report.wording import many
from tradelatch.cases.verified import Grade, VerifiedCase


def notices(
    case: VerifiedCase, found: Conclusions, dropped: int = 0, *, is_public: bool
) -> Iterator[str]:
    """One sentence each, the gravest first; in public no number of people under five. `dropped`
    files were evidence and are none any more."""
    victims = case.victims
    if not victims:
        yield "This case holds no victim: there is nothing to report."
        return
    if is_public and len(victims) < LEAST:
        yield (
            f"This case holds fewer than {LEAST} victims: nothing about them is published, since "
            "every figure would be about somebody who can be told apart."
        )
        return
    losers = sum(1 for one in victims if one.verified)
    if is_public and 0 < losers < LEAST:
        yield (
            f"Of fewer than {LEAST} victims a loss is verified: nothing about them is published, "
            "since every sum would be about somebody who can be told apart."
        )
        return
    yield from _of_people(case, is_public=is_public)
    rejected = sum(one.rejected for one in case.sources)
    if rejected:
        counts = "counts" if rejected == 1 else "count"
        yield (
            f"{many(rejected, 'row')} of the evidence could not be read and {counts} for nothing."
        )
    if dropped and not is_public:
        yield f"Dropped from the evidence: {many(dropped, 'file')}, listed there with the reason."
    apart = sum(one.agrees is False for one in found.comparisons)
    if apart:
        yield f"{many(apart, 'published figure')} cannot be reconciled with what is found here."
    if any(not one.is_gap for one in found.contradictions):
        yield "Published figures contradict one another."


def _of_people(case: VerifiedCase, *, is_public: bool) -> Iterator[str]:
    victims = case.victims

    def people(number: int) -> str:
        are_few = number < LEAST or 0 < len(victims) - number < LEAST
        return "some victims" if is_public and are_few else many(number, "victim")

    if not any(one.verified for one in victims):
        yield "Nothing is verified: every amount in this report is a claim."
    elif unproved := sum(one.grade is Grade.CLAIMED for one in victims):
        yield f"Of {people(unproved)} there is no usable evidence; what they claim is told apart."
    forged = sum(any(doubt.is_forgery for doubt in one.doubts) for one in victims)
    if forged:
        yield f"The evidence of {people(forged)} is forged in part; forged rows count for nothing."
    if case.withheld:
        much = "More" if is_public else f"${case.withheld:,.2f} more"
        yield (
            f"{much} is withheld until it is explained, and no part of the loss: trades that a "
            "recording lacks, or that two victims hand in, which accuses nobody."
        )
    doubted = sum(any(not doubt.is_forgery for doubt in one.doubts) for one in victims)
    if doubted:
        yield f"The evidence of {people(doubted)} contradicts itself or that of others."
