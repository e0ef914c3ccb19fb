"""What verification hands to conclusions and report: every figure with the rows it came from.

Amounts are exact; money is in U.S. dollars unless a name says otherwise, and is rounded to cents
only where it is shown. Times are ms since 1970, UTC.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum

import msgspec


class Grade(StrEnum):
    """How well a victim's loss is shown, the best first."""

    BOTH_SIDES = "both sides"
    """The exchange's own table shows the same trades, with the counterparties."""
    PUBLIC_TAPE = "public tape"
    """The market's recorded trades hold the fills."""
    ARITHMETIC = "arithmetic only"
    """The export is sound in itself, and nothing else confirms it."""
    CLAIMED = "claimed only"
    """There is no usable export."""


class Source(msgspec.Struct, frozen=True):
    """A file that was handed in: its name in the case, the SHA-256 of its bytes, what it was taken
    for (`form`), how many rows were read, and how many were not."""

    name: str
    sha256: str
    form: str
    rows: int
    rejected: int


class RowRef(msgspec.Struct, frozen=True, order=True):
    """A row of evidence: the file's name in the case, and its line there (from 1)."""

    file: str
    line: int


class AdverseFill(msgspec.Struct, frozen=True):
    """A fill that passed value to somebody else.

    Attributes:
        row: the export's row.
        price, quantity: in quote and in base.
        reference: the price it is held against, in quote; `reference_from` is where that is from
            (a file and what of it), `reference_ms` the time of it.
        rate: dollars for one unit of quote, `rate_from` where that is from.
        passed: value passed, dollars: (price - reference) * quantity * rate for a purchase, the
            negative of it for a sale.
        counterparty: the account on the other side, where an exchange's table tells it.
        recorded: the row of the exchange's table or of a public tape that shows the same trade.
    """

    row: RowRef
    time_ms: int
    symbol: str
    side: str
    price: Decimal
    quantity: Decimal
    reference: Decimal
    reference_ms: int
    reference_from: str
    rate: Decimal
    rate_from: str
    passed: Decimal
    counterparty: str = ""
    trade_id: str = ""
    recorded: RowRef | None = None

    @property
    def rows(self) -> tuple[RowRef, ...]:
        """All rows that show it, the export's first."""
        return (self.row, self.recorded) if self.recorded else (self.row,)


class Weight(StrEnum):
    """What a doubt comes to, the gravest first."""

    FORGERY = "forgery"
    """No honest export can have such rows: they count for nothing."""
    WITHHELD = "withheld"
    """They need an explanation, which somebody honest may have: they are no accusation, and do not
    count until it is given."""
    DOUBT = "doubt"
    """It is told, and the rows count; where it is about fills, they are graded as unconfirmed."""


class Doubt(msgspec.Struct, frozen=True):
    """What is wrong with a victim's evidence: `kind` (``impossible price``, ``edited row``,
    ``copied trades``, ``broken arithmetic``, ``duplicate``, ``balance`` ...), one sentence, the
    rows, and what that comes to."""

    kind: str
    says: str
    rows: tuple[RowRef, ...]
    weight: Weight

    @property
    def is_forgery(self) -> bool:
        """Whether it accuses somebody."""
        return self.weight is Weight.FORGERY

    @property
    def takes_rows(self) -> bool:
        """Whether its rows count for nothing, for good or until they are explained."""
        return self.weight is not Weight.DOUBT


class Victim(msgspec.Struct, frozen=True):
    """One victim.

    Attributes:
        name: the pseudonym, such as V-01.
        country: ISO 3166 alpha-2, or "" where it is not told.
        exchange: where the account is.
        claimed: dollars, as reported; None where nothing was.
        recovered: dollars that came back.
        key_id_sha256: of ``exchange:key id``; "" where it is not told. `key_created` is an ISO
            date or "".
        is_key_leaked: whether it stands in the leaked list; None where there is no list.
        consents: by recipient.
        grade: how well it is shown.
        verified: dollars, the sum of what `fills` passed, to the cent.
        fills: in the order of time.
        fees: dollars paid on these fills, told apart.
        reconciled: what comparing with the transaction history came to, one sentence; "" where
            there is none.
        files: the names of the victim's own files, documents too.
        told: the rows that country, claim, key and consents were read from.
        account: the account's id at the exchange, "" where it is not told.
        withheld: dollars that fills passed which are withheld until they are explained; no part of
            `verified`.
    """

    name: str
    country: str
    exchange: str
    claimed: Decimal | None
    recovered: Decimal
    key_id_sha256: str
    key_created: str
    is_key_leaked: bool | None
    consents: Mapping[str, bool]
    grade: Grade
    verified: Decimal
    fills: tuple[AdverseFill, ...]
    fees: Decimal
    doubts: tuple[Doubt, ...]
    reconciled: str
    files: tuple[str, ...]
    told: tuple[RowRef, ...] = ()
    account: str = ""
    withheld: Decimal = Decimal(0)

    @property
    def month(self) -> str:
        """Of the first adverse fill, ``2022-11``; "" where there is none."""
        if not self.fills:
            return ""
        return f"{datetime.fromtimestamp(self.fills[0].time_ms / 1000, UTC):%Y-%m}"


class Control(msgspec.Struct, frozen=True):
    """What one control would have stopped of one victim's loss, as computed."""

    victim: str
    control: str
    prevented: Decimal
    says: str


class LeakedList(msgspec.Struct, frozen=True):
    """The lists of leaked keys: their files, how many keys they list, and how many of them they
    mark as published."""

    files: tuple[str, ...]
    listed: int
    published: int

    @property
    def first_rows(self) -> tuple[RowRef, ...]:
        """Where the rows of each begin."""
        return tuple(RowRef(file, 2) for file in self.files)


class VerifiedCase(msgspec.Struct, frozen=True):
    """All of it.

    Attributes:
        name: the case's.
        settings: whatever decided figures: reference, valuation time, thresholds, by name.
        sources: all files, by name.
        victims: by name.
        controls: which control would have stopped how much of each loss.
        leaked: None where no list of leaked keys was handed in.
        published: the names of the files of published figures.
        withheld: dollars of fills that count for nobody until they are explained, such as several
            victims have once; no part of any loss.
        reading: of which evidence it is, and how that was read (`Case.reading`).
    """

    name: str
    settings: Mapping[str, str]
    sources: tuple[Source, ...]
    victims: tuple[Victim, ...]
    controls: tuple[Control, ...] = ()
    leaked: LeakedList | None = None
    published: tuple[str, ...] = ()
    withheld: Decimal = Decimal(0)
    reading: str = ""
