"""The venue of a drill before it starts: years of accounts and keys, and markets that stand still.

An exchange's rules go by the age of a key, so that keys of 2019 need a log that tells of 2019. It
is written here by the venue's own house, under a clock that jumps, and the venue starts on it.
"""

import secrets
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import msgspec
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from tradelatch.drills.cast import BROUGHT, BTC, TAPED, THIRD_PARTY, VICTIMS, Cast, Customer
from tradelatch.drills.controls import HOUR_MS
from tradelatch.model.clock import DAY, HOUR, MS, ManualClock, SystemClock
from tradelatch.model.money import MONEY, round_down
from tradelatch.venue.engine.api_keys import Right
from tradelatch.venue.engine.commands import Deposit, IssueKey, OpenAccount
from tradelatch.venue.engine.listing import Listing
from tradelatch.venue.engine.units import from_units, to_units
from tradelatch.venue.house import House
from tradelatch.venue.life.markets import ETH_BTC, QOR_BTC, VIN_BTC
from tradelatch.venue.life.tape import Tape
from tradelatch.venue.log import CommandLog
from tradelatch.venue.serve import LOG_FILE

BAG = Decimal(500)
"""What each thief's account has of its worthless coin, in BTC at the market's price."""
_LOT = Decimal("0.01")
_THIEF_RIGHTS = (Right.READ, Right.TRADE, Right.WITHDRAW)


def _like(listing: Listing, share: Decimal) -> Listing:
    """A market like another, with a share of its trade and its book."""
    life = listing.life
    assert life, f"{listing.name} has no agents"
    ladder = tuple((far, int(value * share)) for far, value in life.ladder)
    smaller = msgspec.structs.replace(life, turnover=int(life.turnover * share), ladder=ladder)
    return msgspec.structs.replace(listing, life=smaller)


def _second() -> Listing:
    """LTC/BTC at 0.0035 BTC, with the half of ETH/BTC's trade."""
    half = _like(ETH_BTC, Decimal("0.5"))
    life = half.life and msgspec.structs.replace(half.life, opening=35_000)
    return msgspec.structs.replace(half, base="LTC", tick=10, lot=100_000, life=life)


MARKETS = (ETH_BTC, _second(), _like(VIN_BTC, Decimal("0.04")), _like(QOR_BTC, Decimal("0.02")))
"""Two deep ones, and two with 0.05 BTC on each side of the book: a coin that nobody trades is what
the thieves of 2022 looked for."""
TAPE_PACE = HOUR // (HOUR_MS * MS)
"""How fast a recorded market lives: as fast as the incident."""


def _still(listing: Listing) -> Listing:
    """The same market with a fair price that does not move, let go or not."""
    life = listing.life and msgspec.structs.replace(listing.life, sigma=0)
    return msgspec.structs.replace(listing, life=life)


def _recorded(tape: Path) -> Listing:
    """The market of a tape, which goes on from the tape's moment once prices are let go."""
    listing = Tape(tape).listing()
    life = listing.life and msgspec.structs.replace(listing.life, pace=TAPE_PACE)
    return msgspec.structs.replace(listing, life=life)


class Key(msgspec.Struct, frozen=True):
    """An API key of the venue, of the kind that its exchange has: with a passphrase at KuCoin, and
    at Coinbase with a private key (PEM) for a secret, of which the venue has the public half."""

    id: str
    secret: str
    passphrase: str = ""
    public: str = ""


async def found(
    directory: Path, cast: Cast, tape: Path | None = None, exchange: str = TAPED
) -> dict[str, Key]:
    """Write the log of an exchange's venue into a new folder, with all of the cast in it; every
    account's key.

    Customers' accounts may read and trade, thieves' may withdraw as well. With a `tape` its market
    is opened too.

    Raises:
        BadTape: the tape cannot be used.
    """
    directory.mkdir(parents=True)
    keys = {name: new_key(exchange) for name in (*cast.names, *cast.thieves)}
    seed = cast.seed + tuple(VICTIMS).index(exchange)  # so that no two trade alike
    now_ns = SystemClock().now_ns()
    oldest_ns = now_ns - (max(c.key_days for c in cast.customers) + 1) * DAY
    clock = ManualClock(oldest_ns)
    log = CommandLog(directory / LOG_FILE)
    house = House(log, clock)
    house.start(seed, standard=())
    for customer in sorted(cast.customers, key=lambda c: -c.key_days):
        clock.advance(now_ns - customer.key_days * DAY - clock.now_ns())
        house.submit(OpenAccount(house.now, customer.name))
        _issue(house, customer.name, keys[customer.name], third_party=THIRD_PARTY)
    await log.close()
    log = CommandLog(directory / LOG_FILE)
    house = House(log, ManualClock(now_ns))
    recorded = (_recorded(tape),) if tape else ()
    house.start(seed, (*map(_still, MARKETS), *recorded), flat=True, standard=())
    for customer in cast.customers:
        _fund(house, customer)
    for pair in cast.pairs:
        for name in pair.accounts:
            house.submit(OpenAccount(house.now, name))
            _issue(house, name, keys[name], _THIEF_RIGHTS)
            _give(house, name, BTC, BROUGHT)
            _give(house, name, pair.thin.split("/")[0], coins(house, pair.thin, BAG))
    await log.close()
    return keys


def coins(house: House, symbol: str, money: Decimal) -> Decimal:
    """How many whole hundredths of a coin so much money is worth at the market's fair price."""
    return round_down(MONEY.divide(money, fair_price(_listing(house, symbol))), _LOT)


def fair_price(listing: Listing) -> Decimal:
    """Where a market's price stands in the drill, or begins: at its opening."""
    assert listing.life, f"{listing.name} has no fair price"
    return MONEY.multiply(Decimal(listing.life.opening), from_units(listing.tick))


def _listing(house: House, symbol: str) -> Listing:
    return house.engine.markets[symbol.replace("/", "")].listing


def new_key(exchange: str) -> Key:
    """A key as an exchange makes it."""
    name = secrets.token_hex(32)
    if exchange == "kucoin":
        return Key(name, secrets.token_hex(32), secrets.token_hex(12))
    if exchange == "coinbase":
        private = ec.generate_private_key(ec.SECP256R1())
        pem = private.private_bytes(
            Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()
        ).decode()
        point = private.public_key().public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
        return Key(f"organizations/{name[:32]}/apiKeys/{name[32:]}", pem, public=point.hex())
    return Key(name, secrets.token_hex(32))


def _issue(
    house: House,
    account: str,
    key: Key,
    rights: Sequence[Right] = (Right.READ, Right.TRADE),
    third_party: str = "",
) -> None:
    command = IssueKey(
        house.now,
        account,
        key.id,
        tuple(rights),
        "" if key.public else key.secret,
        key.public,
        third_party=third_party,
        passphrase=key.passphrase,
    )
    house.submit(command)


def _fund(house: House, customer: Customer) -> None:
    _give(house, customer.name, BTC, customer.cash)
    held = coins(house, customer.symbol, customer.worth - customer.cash)
    _give(house, customer.name, customer.symbol.split("/")[0], held)


def _give(house: House, account: str, asset: str, amount: Decimal) -> None:
    house.submit(Deposit(house.now, account, asset, to_units(amount)))
