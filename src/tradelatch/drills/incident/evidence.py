"""The folder of evidence: what 86 victims, four exchanges and the leak would leave behind."""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from decimal import ROUND_HALF_EVEN, Context, localcontext
from pathlib import Path
from random import Random

import msgspec

from tradelatch.drills.incident import binance, bittrex, coinbasepro, kucoin, published
from tradelatch.drills.incident.accounts import Account, account
from tradelatch.drills.incident.chance import chance
from tradelatch.drills.incident.figures import Figure, figures
from tradelatch.drills.incident.keys import Key, Leak, leak
from tradelatch.drills.incident.markets import listed
from tradelatch.drills.incident.prices import FIRST, HOURS, Prices
from tradelatch.drills.incident.readme import readme
from tradelatch.drills.incident.recorded import write_recorded
from tradelatch.drills.incident.tables import iso_ms, write_table
from tradelatch.drills.incident.victims import RECIPIENTS, Victim, dollars, victims

_DECIMAL = Context(prec=28, rounding=ROUND_HALF_EVEN)
"""Of its own: libraries of the same process change the rounding that holds for all."""
_WRITERS: Mapping[str, Callable[[Path, Account, Random], None]] = {
    "binance": binance.write,
    "kucoin": kucoin.write,
    "coinbasepro": coinbasepro.write,
    "bittrex": bittrex.write,
}
_VICTIMS = (
    "victim",
    "country",
    "exchange",
    "claimed_loss_usd",
    "key_id",
    "key_created",
    "attack_month",
    *(f"consent_{recipient}" for recipient in RECIPIENTS),
)
_KEYS = (
    "key_id",
    "created",
    "last_used",
    "ip_list",
    "third_party",
    "rights",
    "balance_at_risk_usd",
)
_TRUTH = (
    "victim",
    "verified_loss_usd",
    "adverse_fills",
    "first_adverse_fill",
    "last_adverse_fill",
    "markets",
)


class Evidence(msgspec.Struct, frozen=True):
    """What was written: the files' number and bytes, the trades in the exports, the figures."""

    files: int
    size: int
    trades: int
    figures: Sequence[Figure]


def write_evidence(folder: Path, seed: int) -> Evidence:
    """Write everything into an empty folder, the same bytes for the same seed.

    Raises:
        OSError: it cannot be written.
    """
    with localcontext(_DECIMAL):
        return _write(folder, seed)


def _write(folder: Path, seed: int) -> Evidence:
    prices, everyone = Prices(seed), victims(seed)
    accounts = [account(seed, victim, prices) for victim in everyone]
    leaked = leak(seed, accounts, prices)
    for one in accounts:
        name, exchange = one.victim.name, one.victim.exchange
        _WRITERS[exchange](folder / "exports" / name, one, chance(seed, "export", name))
    rows = (_reported(victim, leaked.of_victims[victim.name]) for victim in everyone)
    write_table(folder / "victims.csv", _VICTIMS, rows)
    write_table(folder / "truth.csv", _TRUTH, map(_truth, accounts))
    _write_keys(folder, leaked)
    write_table(
        folder / "reference-prices.csv", ("market", "hour", "price"), _reference_prices(prices)
    )
    write_table(folder / "published.csv", published.COLUMNS, published.rows())
    write_recorded(folder, seed, accounts, prices)
    told = figures(everyone, leaked.listed)
    (folder / "README.md").write_text(readme(seed, told), encoding="utf-8", newline="\n")
    files, size = _write_sums(folder)
    return Evidence(files, size, sum(len(one.trades) for one in accounts), told)


def _reported(victim: Victim, key: Key) -> tuple[str, ...]:
    return (
        victim.name,
        victim.country,
        victim.exchange,
        dollars(victim.claimed),
        key.name,
        victim.key_created.isoformat(),
        victim.month,
        *(_yes(recipient in victim.consents) for recipient in RECIPIENTS),
    )


def _truth(one: Account) -> tuple[str, ...]:
    markets = sorted({trade.market.symbol for trade in one.adverse})
    return (
        one.victim.name,
        dollars(one.victim.loss),
        str(len(one.adverse)),
        iso_ms(one.adverse[0].at),
        iso_ms(one.adverse[-1].at),
        ";".join(markets),
    )


def _write_keys(folder: Path, leaked: Leak) -> None:
    for exchange, keys in leaked.tables.items():
        write_table(folder / "keys" / f"{exchange}.csv", _KEYS, map(_key, keys))
    rows = ((hashed, _yes(shown)) for hashed, shown in leaked.listed)
    write_table(folder / "leaked-keys.csv", ("key_id_sha256", "published"), rows)


def _key(key: Key) -> tuple[str, ...]:
    return (
        key.name,
        key.created.isoformat(),
        key.last_used.isoformat(),
        _yes(key.ip_list),
        key.third_party,
        key.rights,
        dollars(key.at_risk),
    )


def _reference_prices(prices: Prices) -> Iterator[tuple[str, ...]]:
    hours = [f"{FIRST + timedelta(hours=hour):%Y-%m-%dT%H:%MZ}" for hour in range(HOURS)]
    for market in listed():
        for hour, at in enumerate(hours):
            yield market.symbol, at, format(prices.in_hour(market, hour), "f")


def _write_sums(folder: Path) -> tuple[int, int]:
    """The sums of all files, in the form that ``sha256sum -c`` checks; how many files there are
    then, and how many bytes they have."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    sums = [hashlib.sha256(path.read_bytes()).hexdigest() for path in files]
    lines = [
        f"{digest}  {path.relative_to(folder).as_posix()}\n"
        for digest, path in zip(sums, files, strict=True)
    ]
    (folder / "SHA256SUMS").write_text("".join(lines), encoding="utf-8", newline="\n")
    files.append(folder / "SHA256SUMS")
    return len(files), sum(path.stat().st_size for path in files)


def _yes(holds: bool) -> str:
    return "yes" if holds else "no"
