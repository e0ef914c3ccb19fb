"""The configuration: one TOML file, every setting with a default that works, no secrets.

Reading text into settings is pure; whoever starts a process reads the file.
"""

import re
from pathlib import Path

import msgspec

from tradelatch.model.toml import BadToml, at_line, parse_toml

_VENUE_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}", re.ASCII)
_BASE_URL = re.compile(r"https?://[A-Za-z0-9.\[\]:-]+")


class _Section(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    pass


class Exchange(_Section, frozen=True):
    """Where one exchange is dialled. Empty: the exchange's own hosts."""

    url: str = ""


class Gate(_Section, frozen=True):
    """The bots' face: where it listens, and how large a request body it takes (bytes)."""

    host: str = "127.0.0.1"
    port: int = 8800
    max_body: int = 65_536


class Signer(_Section, frozen=True):
    """`recv_window_ms` is how long an exchange may accept what was signed, `poll_ms` how often
    prices and open orders are asked for, `requests_per_s` how many requests (cancels apart) a
    grant may make, and all who read public data together, `checkpoint_copy` a second folder
    (best on another disk) for the journal's checkpoints, empty for none."""

    recv_window_ms: int = 5_000
    poll_ms: int = 1_000
    requests_per_s: int = 100
    checkpoint_copy: str = ""


class Courier(_Section, frozen=True):
    """`timeout_ms` is how long the exchange's answer is waited for."""

    timeout_ms: int = 8_000


class VenueMarket(_Section, frozen=True):
    """One more generated market of a venue: `symbol` (``BTC/USDT``), its first `price`, what is
    traded in it a day (`turnover`, in quote), and its daily volatility as a fraction. A
    `min_notional` (quote) left out is a hundred-millionth of the turnover."""

    symbol: str
    price: str
    turnover: str
    volatility: str = "0.03"
    min_notional: str = ""


class Venue(_Section, frozen=True):
    """The exchange that comes with Tradelatch. `seed` decides its generated markets, `markets`
    are more of them than it has by itself; `tape` is a recorded tape (CSV of time, side, price,
    amount) that drives one more market."""

    host: str = "127.0.0.1"
    port: int = 8900
    seed: int = 2022
    tape: str = ""
    markets: tuple[VenueMarket, ...] = ()


class Config(_Section, frozen=True):
    """All settings. Everything that is kept lies under `directory`. `venues` are more venues,
    by name, that run beside the first."""

    directory: str = "~/.tradelatch"
    gate: Gate = Gate()
    signer: Signer = Signer()
    courier: Courier = Courier()
    venue: Venue = Venue()
    venues: dict[str, Venue] = {}
    exchanges: dict[str, Exchange] = {}

    @property
    def home(self) -> Path:
        """`directory` with ``~`` resolved."""
        return Path(self.directory).expanduser()


def parse_config(text: str, name: str = "tradelatch.toml") -> Config:
    """Read the configuration from TOML; `name` stands in the messages.

    Raises:
        BadToml: no TOML, an unknown setting, a value of the wrong kind or out of range.
    """
    config = parse_toml(text, name, Config)
    ranges: dict[tuple[str, ...], tuple[int, int, int]] = {
        ("gate", "port"): (config.gate.port, 0, 65_535),
        ("gate", "max_body"): (config.gate.max_body, 1_024, 1 << 20),
        ("signer", "recv_window_ms"): (config.signer.recv_window_ms, 100, 60_000),
        ("signer", "poll_ms"): (config.signer.poll_ms, 50, 60_000),
        ("signer", "requests_per_s"): (config.signer.requests_per_s, 1, 1_000_000),
        ("courier", "timeout_ms"): (config.courier.timeout_ms, 100, 60_000),
        ("venue", "port"): (config.venue.port, 0, 65_535),
        **{("venues", name, "port"): (v.port, 0, 65_535) for name, v in config.venues.items()},
    }
    for path, (value, low, high) in ranges.items():
        if not low <= value <= high:
            raise BadToml(
                at_line(text, name, path, f"{value} is out of range, use {low} to {high}")
            )
    for name in config.venues:
        if not _VENUE_NAME.fullmatch(name):
            says = f"{name!r} is no name of a venue, use 1 to 40 of a-z, 0-9 and '-'"
            raise BadToml(at_line(text, name, ("venues", name), says))
    for exchange, settings in config.exchanges.items():
        if settings.url and not _BASE_URL.fullmatch(settings.url):
            says = f"{settings.url!r} is no base URL, write for example https://api.example.com"
            raise BadToml(at_line(text, name, ("exchanges", exchange, "url"), says))
    return config
