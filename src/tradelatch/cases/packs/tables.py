"""The tables of a pack: victims, and their trades that passed value."""

from collections.abc import Iterable, Mapping, Sequence

from tradelatch.cases.report.wording import moment
from tradelatch.cases.tables import csv_text
from tradelatch.cases.verified import Victim
from tradelatch.model.money import plain

_VICTIMS = (
    "victim",
    "country",
    "exchange",
    "account",
    "key_id_sha256",
    "claimed_usd",
    "verified_usd",
    "recovered_usd",
    "shown_by",
    "trades",
    "first_utc",
    "last_utc",
)
_FILLS = (
    "victim",
    "time_utc",
    "market",
    "side",
    "price",
    "quantity",
    "reference",
    "reference_time_utc",
    "reference_from",
    "usd_per_quote",
    "rate_from",
    "passed_usd",
    "other_side",
    "trade_id",
    "file",
    "file_sha256",
    "line",
    "recorded_in",
    "recorded_line",
)


def victims_csv(victims: Iterable[Victim]) -> bytes:
    """A row for each victim."""
    return csv_text(_VICTIMS, map(_victim, victims)).encode()


def fills_csv(victims: Iterable[Victim], sums: Mapping[str, str]) -> bytes:
    """A row for each trade that passed value; `sums` are the files' SHA-256 by name. Amounts are
    exact, the sum of a victim's is rounded to the cent elsewhere."""
    rows = (row for victim in victims for row in _fills(victim, sums))
    return csv_text(_FILLS, rows).encode()


def _victim(one: Victim) -> Sequence[str]:
    times = [fill.time_ms for fill in one.fills]
    return (
        one.name,
        one.country,
        one.exchange,
        one.account,
        one.key_id_sha256,
        "" if one.claimed is None else plain(one.claimed),
        plain(one.verified),
        plain(one.recovered),
        one.grade.value,
        str(len(one.fills)),
        moment(min(times)) if times else "",
        moment(max(times)) if times else "",
    )


def _fills(victim: Victim, sums: Mapping[str, str]) -> Iterable[Sequence[str]]:
    for fill in victim.fills:
        yield (
            victim.name,
            moment(fill.time_ms),
            fill.symbol,
            fill.side,
            plain(fill.price),
            plain(fill.quantity),
            plain(fill.reference),
            moment(fill.reference_ms),
            fill.reference_from,
            plain(fill.rate),
            fill.rate_from,
            plain(fill.passed),
            fill.counterparty,
            fill.trade_id,
            fill.row.file,
            sums[fill.row.file],
            str(fill.row.line),
            fill.recorded.file if fill.recorded else "",
            str(fill.recorded.line) if fill.recorded else "",
        )
