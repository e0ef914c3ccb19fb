"""What a report says, before anybody lays it out."""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from enum import StrEnum

import msgspec

from tradelatch.cases.conclusions.conclude import Conclusions, conclude
from tradelatch.cases.conclusions.figures import Figure
from tradelatch.cases.conclusions.public import published_part
from tradelatch.cases.conclusions.published import Published
from tradelatch.cases.folder import Item
from tradelatch.cases.report.aliases import with_aliases
from tradelatch.cases.report.notices import notices
from tradelatch.cases.report.provenance import manifest_digest, rows_digest, rows_of_figure
from tradelatch.cases.report.wording import percent
from tradelatch.cases.verified import Control, Doubt, RowRef, Source, VerifiedCase, Victim
from tradelatch.exports.refusal import Rejected


class Audience(StrEnum):
    """For whom a report is."""

    PUBLIC = "public"
    """Everybody: no victim, no cell of fewer than five."""
    PSEUDONYMS = "pseudonyms"
    """Who works on the case: victims by number, accounts on the other side too."""
    FULL = "full"
    """Who must find the accounts: also their ids as exchanges wrote them, and hashes of keys."""


class Entry(msgspec.Struct, frozen=True):
    """A figure as it stands in the register, which is where every mention of it leads.

    Attributes:
        number: from 1; printed beside each mention.
        anchor: of the entry, unique in the page.
        rows: what it stands on; `digest` is SHA-256 over a line ``sha256 line`` for each row, so
            that a figure without its rows can still be held against a report that has them.
    """

    figure: Figure
    number: int
    anchor: str
    rows: tuple[RowRef, ...]
    digest: str


class Content(msgspec.Struct, frozen=True):
    """All that templates are filled from.

    Attributes:
        case: what was verified, as far as the audience may see accounts on the other side.
        found: the conclusions, or of them what may be published.
        entries: of the figures, by their names.
        manifest: SHA-256 over the sorted lines ``sha256  name`` of all files of evidence.
        signer: the public key that signs packs, base64; "" where there is none.
        notices: what a reader must know before any figure.
        rejected: by file, the rows that could not be read.
        dropped: what was taken in and dropped again, the first first.
    """

    case: VerifiedCase
    found: Conclusions
    audience: Audience
    entries: Mapping[str, Entry]
    manifest: str
    signer: str
    notices: tuple[str, ...]
    rejected: Mapping[str, Sequence[Rejected]] = {}
    dropped: Sequence[Item] = ()

    @property
    def is_public(self) -> bool:
        """Whether nobody may be told apart."""
        return self.audience is Audience.PUBLIC

    @property
    def is_full(self) -> bool:
        """Whether ids are shown as they are."""
        return self.audience is Audience.FULL

    def share(self, amount: Decimal) -> str:
        """Of the verified loss, for people; "" where there is none."""
        whole = self.found.figures["loss"].value
        return percent(100 * amount / whole) if whole else ""

    @property
    def victims(self) -> Sequence[Victim]:
        """Those who are shown one by one."""
        return () if self.is_public else self.case.victims

    @property
    def tells_claims(self) -> bool:
        """Whether a breakdown may tell what was claimed in each cell: in public, if everybody
        claimed something, so that no cell's sum is the claim of a few."""
        claimed = self.entries.get("claimed")
        return not self.is_public or (
            claimed is not None and len(claimed.figure.victims) == len(self.case.victims)
        )

    @property
    def doubts(self) -> Sequence[tuple[Victim, Doubt]]:
        """What is wrong with the evidence, victim by victim."""
        return [(one, doubt) for one in self.victims for doubt in one.doubts]

    def controls(self, victim: str) -> Sequence[Control]:
        """What would have stopped how much of one victim's loss."""
        return [each for one in self.found.controls for each in one.each if each.victim == victim]

    @property
    def sources(self) -> Mapping[str, Source]:
        """The files by name."""
        return {one.name: one for one in self.case.sources}


def content(
    case: VerifiedCase,
    audience: Audience,
    published: Sequence[Published] = (),
    signer: str = "",
    rejected: Mapping[str, Sequence[Rejected]] | None = None,
    dropped: Sequence[Item] = (),
) -> Content:
    """The same for the same case."""
    if audience is not Audience.FULL:
        case = with_aliases(case)
    found = conclude(case, published)
    if audience is Audience.PUBLIC:
        found = published_part(found)
    return Content(
        case,
        found,
        audience,
        _entries(case, found),
        manifest_digest(case.sources),
        signer,
        tuple(notices(case, found, len(dropped), is_public=audience is Audience.PUBLIC)),
        rejected or {},
        dropped,
    )


def _entries(case: VerifiedCase, found: Conclusions) -> Mapping[str, Entry]:
    victims = {one.name: one for one in case.victims}
    sums = {one.name: one.sha256 for one in case.sources}
    entries = {}
    for number, (name, figure) in enumerate(found.figures.items(), 1):
        rows = rows_of_figure(figure, victims)
        entries[name] = Entry(figure, number, _anchor(name), rows, rows_digest(rows, sums))
    return entries


def _anchor(name: str) -> str:
    return "figure-" + re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-")
