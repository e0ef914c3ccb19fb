"""The configuration: one TOML file, every setting with a default that works, no secrets.

Reading text into settings looks at nothing but the machine's time zones; whoever starts a process
reads the file.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TypeAlias
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from tradelatch.model.daytimes import read_window
from tradelatch.model.notices import Kind
from tradelatch.model.toml import BadToml, at_line, parse_toml

FASTEST = 10_000
"""How many times as fast as the machine's clock a venue's time may pass."""
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}", re.ASCII)
_HOST = r"https?://[A-Za-z0-9.\[\]:-]+"
_BASE_URL = re.compile(_HOST + r"(/[A-Za-z0-9._-]+)*")
_USER = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,31}", re.ASCII)
_STORE = re.compile(r"(sqlite:///|postgres(ql(\+psycopg)?)?://).+")
_CHANNEL = re.compile(r"[a-z][a-z0-9]*://[!-~]+", re.ASCII)
_URL = re.compile(_HOST + r"(/[!-~]*)?")


class _Section(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    pass


class Exchange(_Section, frozen=True):
    """Where one exchange is dialled; empty: the exchange's own hosts. `private` lets the name in
    that URL lead to a private address."""

    url: str = ""
    private: bool = False


class Gate(_Section, frozen=True):
    """The bots' face: where it listens, and how large a request body it takes (bytes)."""

    host: str = "127.0.0.1"
    port: int = 8800
    max_body: int = 65_536


class Signer(_Section, frozen=True):
    """`recv_window_ms` is how long an exchange may accept what was signed, `requests_per_s` how
    many requests (cancels apart) a grant may make, and all who read public data together,
    `checkpoint_copy` a second folder (best on another disk) for the journal's checkpoints, empty
    for none."""

    recv_window_ms: int = 5_000
    requests_per_s: int = 100
    checkpoint_copy: str = ""


class Hsm(_Section, frozen=True):
    """A key in a PKCS#11 token that can open the vault: the `module` (a library) that speaks to it
    and the labels of `token` and `key`. `files` are what the module itself reads and writes."""

    module: str = ""
    token: str = "tradelatch"  # noqa: S105 - a label
    key: str = "vault"
    files: tuple[str, ...] = ()


class Courier(_Section, frozen=True):
    """`timeout_ms` is how long the exchange's answer is waited for, `poll_ms` how often prices are
    asked for."""

    timeout_ms: int = 8_000
    poll_ms: int = 1_000


class Watch(_Section, frozen=True):
    """`poll_ms` is how often the journal is looked at."""

    poll_ms: int = 1_000


class Store(_Section, frozen=True):
    """The database of the bots: ``sqlite:///PATH`` or ``postgresql+psycopg://USER@HOST/DATABASE``;
    empty for a file under the directory. It may hold a password."""

    url: str = ""


class Channel(_Section, frozen=True):
    """Where notices of some `kinds` go (all, if left out): ``file:///path`` or a URL that apprise
    knows, which may hold secrets."""

    url: str
    kinds: tuple[str, ...] = tuple(Kind)

    @property
    def wanted(self) -> frozenset[Kind]:
        """The kinds, read."""
        return frozenset(map(Kind, self.kinds))


class Notify(_Section, frozen=True):
    """Notices to people. `channels` are by a name of one's choice. In the window `quiet`
    (``22:00-07:00``, by the clock of the time zone `zone`; empty: the machine's) only urgent
    notices go out, and the others after it; empty for none."""

    quiet: str = ""
    zone: str = ""
    channels: dict[str, Channel] = {}


class Bots(_Section, frozen=True):
    """The runner of the bots. `exchange` is the exchange of its accounts, at the gate; profits are
    also told in `reporting`, an asset (empty: in none). `recv_window_ms` is how late the gate may
    still accept an order, `poll_ms` how often the store is asked for requests of the command line.
    `strategies` is the folder in which strategies of one's own are looked for; empty for the
    folder ``bots/strategies`` under the directory."""

    exchange: str = "binance"
    reporting: str = ""
    recv_window_ms: int = 5_000
    poll_ms: int = 1_000
    strategies: str = ""


class Users(_Section, frozen=True):
    """Which user each process runs as, by name or number, where it is started as such: by systemd,
    or by `tradelatch up` as root. `operator` may use the admin socket, as root may."""

    signer: str = "tradelatch-signer"
    courier: str = "tradelatch-courier"
    gate: str = "tradelatch-gate"
    watch: str = "tradelatch-watch"
    runner: str = "tradelatch-runner"
    venue: str = "tradelatch-venue"
    operator: str = "root"


class VenueMarket(_Section, frozen=True):
    """One more generated market of a venue: `symbol` (``BTC/USDT``), its first `price`, what is
    traded in it a day (`turnover`, in quote), and its daily volatility as a fraction. A
    `min_notional` (quote) left out is a hundred-millionth of the turnover."""

    symbol: str
    price: str
    turnover: str
    volatility: str = "0.03"
    min_notional: str = ""


class VenueKeys(_Section, frozen=True):
    """What a venue does about API keys by itself; zero and false switch a rule off. After
    `unbound_days` a key without an IP list may only read, after `idle_days` without use a key
    is switched off, and `withdraw_bound` refuses to make a key that may withdraw without one."""

    unbound_days: int = 0
    idle_days: int = 0
    withdraw_bound: bool = False


class Venue(_Section, frozen=True):
    """The exchange that comes with Tradelatch. `seed` decides its generated markets, `markets`
    are more of them than it has by itself; `tape` is a recorded tape (CSV or Parquet of time,
    price, amount, side) that drives one more market. `speed` is how many times as fast as the
    machine's clock its time passes. `keys` left out leaves the rules about keys as they are;
    `limits` holds clients to Binance's limits of requests and orders; `notices` tells owners of
    lapsed keys and frozen accounts in a file, and `webhook` is a URL that is told too."""

    host: str = "127.0.0.1"
    port: int = 8900
    seed: int = 2022
    tape: str = ""
    speed: int = 1
    markets: tuple[VenueMarket, ...] = ()
    keys: VenueKeys | None = None
    limits: bool = True
    notices: bool = True
    webhook: str = ""


class Config(_Section, frozen=True):
    """All settings. Everything that is kept lies under `directory`. `venues` are more venues,
    by name, that run beside the first."""

    directory: str = "~/.tradelatch"
    gate: Gate = Gate()
    signer: Signer = Signer()
    hsm: Hsm = Hsm()
    courier: Courier = Courier()
    watch: Watch = Watch()
    bots: Bots = Bots()
    store: Store = Store()
    notify: Notify = Notify()
    users: Users = Users()
    venue: Venue = Venue()
    venues: dict[str, Venue] = {}
    exchanges: dict[str, Exchange] = {}

    @property
    def home(self) -> Path:
        """`directory` with ``~`` resolved."""
        return Path(self.directory).expanduser()

    @property
    def store_url(self) -> str:
        """The database of the bots, wherever it is."""
        return self.store.url or f"sqlite:///{self.home / 'bots' / 'bots.sqlite'}"


def parse_config(text: str, name: str = "tradelatch.toml") -> Config:
    """Read the configuration from TOML; `name` stands in the messages.

    Raises:
        BadToml: no TOML, an unknown setting, a value of the wrong kind or out of range.
    """
    config = parse_toml(text, name, Config)
    for path, problem in (*_out_of_range(config), *_unfit(config)):
        raise BadToml(at_line(text, name, path, problem))
    return config


_Path: TypeAlias = tuple[str, ...]


def _out_of_range(config: Config) -> Iterator[tuple[_Path, str]]:
    ranges: dict[_Path, tuple[int, int, int]] = {
        ("gate", "port"): (config.gate.port, 0, 65_535),
        ("gate", "max_body"): (config.gate.max_body, 1_024, 1 << 20),
        ("signer", "recv_window_ms"): (config.signer.recv_window_ms, 100, 60_000),
        ("signer", "requests_per_s"): (config.signer.requests_per_s, 1, 1_000_000),
        ("courier", "timeout_ms"): (config.courier.timeout_ms, 100, 60_000),
        ("courier", "poll_ms"): (config.courier.poll_ms, 50, 60_000),
        ("bots", "recv_window_ms"): (config.bots.recv_window_ms, 100, 60_000),
        ("bots", "poll_ms"): (config.bots.poll_ms, 50, 60_000),
        ("watch", "poll_ms"): (config.watch.poll_ms, 50, 60_000),
    }
    for path, venue in _venues(config):
        ranges[*path, "port"] = (venue.port, 0, 65_535)
        ranges[*path, "speed"] = (venue.speed, 1, FASTEST)
        if venue.keys is not None:
            ranges[*path, "keys", "unbound_days"] = (venue.keys.unbound_days, 0, 36_500)
            ranges[*path, "keys", "idle_days"] = (venue.keys.idle_days, 0, 36_500)
    for path, (value, low, high) in ranges.items():
        if not low <= value <= high:
            yield path, f"{value} is out of range, use {low} to {high}"


def _unfit(config: Config) -> Iterator[tuple[_Path, str]]:
    """Names, URLs and times that are none."""
    yield from _unfit_store(config.store)
    yield from _unfit_notify(config.notify)
    yield from _unfit_users(config.users)
    for name in config.venues:
        if not _NAME.fullmatch(name):
            yield (
                ("venues", name),
                f"{name!r} is no name of a venue, use 1 to 40 of a-z, 0-9 and '-'",
            )
    for path, venue in _venues(config):
        if venue.webhook and not _URL.fullmatch(venue.webhook):
            says = f"{venue.webhook!r} is no URL, write for example https://example.com/notices"
            yield (*path, "webhook"), says
    for exchange, settings in config.exchanges.items():
        if settings.url and not _BASE_URL.fullmatch(settings.url):
            says = f"{settings.url!r} is no base URL, write for example https://api.example.com"
            yield ("exchanges", exchange, "url"), says


def _unfit_store(store: Store) -> Iterator[tuple[_Path, str]]:
    if store.url and not _STORE.fullmatch(store.url):  # it is not told: it may hold a password
        says = "this is no URL, write sqlite:///PATH or postgresql+psycopg://USER@HOST/DATABASE"
        yield ("store", "url"), says


def _unfit_notify(notify: Notify) -> Iterator[tuple[_Path, str]]:
    try:
        if notify.quiet:
            read_window(notify.quiet)
    except ValueError as error:
        yield ("notify", "quiet"), str(error)
    if notify.zone and not _is_zone(notify.zone):
        says = f"{notify.zone!r} is no time zone that is known here, write for example"
        yield ("notify", "zone"), f"{says} Europe/Berlin"
    for name, channel in notify.channels.items():
        if not _NAME.fullmatch(name):
            yield ("notify", "channels", name), f"{name!r} is no name, use 1 to 40 of a-z, 0-9, '-'"
        if not _CHANNEL.fullmatch(channel.url):  # what it is might be a secret
            says = "this is no URL, write for example file:///var/log/notices or ntfys://TOPIC"
            yield ("notify", "channels", name, "url"), says
        for kind in channel.kinds or ("",):
            if kind not in tuple(Kind):
                says = f"{kind!r} is no kind, use some of {', '.join(Kind)}"
                yield ("notify", "channels", name, "kinds"), says


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: a folder of zones
        return False
    return True


def _unfit_users(users: Users) -> Iterator[tuple[_Path, str]]:
    for process, user in msgspec.structs.asdict(users).items():
        if not _USER.fullmatch(user):
            says = f"{user!r} is no user, write a name such as tradelatch-{process}, or a number"
            yield ("users", process), says


def _venues(config: Config) -> Iterator[tuple[_Path, Venue]]:
    yield ("venue",), config.venue
    for name, venue in config.venues.items():
        yield ("venues", name), venue
