"""The configuration: one TOML file, every setting with a default that works, no secrets.

Reading text into settings is pure; whoever starts a process reads the file.
"""

import re
import tomllib
from pathlib import Path

import msgspec


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
    prices and open orders are asked for, `checkpoint_copy` a second folder (best on another
    disk) for the journal's checkpoints, empty for none."""

    recv_window_ms: int = 5_000
    poll_ms: int = 1_000
    checkpoint_copy: str = ""


class Courier(_Section, frozen=True):
    """`timeout_ms` is how long the exchange's answer is waited for."""

    timeout_ms: int = 8_000


class Venue(_Section, frozen=True):
    """The exchange that comes with Tradelatch. `seed` decides its generated markets; `tape`
    is a recorded tape (CSV of time, side, price, amount) that drives one more market."""

    host: str = "127.0.0.1"
    port: int = 8900
    seed: int = 2022
    tape: str = ""


class Config(_Section, frozen=True):
    """All settings. Everything that is kept lies under `directory`."""

    directory: str = "~/.tradelatch"
    gate: Gate = Gate()
    signer: Signer = Signer()
    courier: Courier = Courier()
    venue: Venue = Venue()
    exchanges: dict[str, Exchange] = {}

    @property
    def home(self) -> Path:
        """`directory` with ``~`` resolved."""
        return Path(self.directory).expanduser()


class BadConfig(ValueError):
    """The configuration cannot be used; the message names line and field."""


def parse_config(text: str, name: str = "tradelatch.toml") -> Config:
    """Read the configuration from TOML; `name` stands in the messages.

    Raises:
        BadConfig: no TOML, an unknown setting, a value of the wrong kind or out of range.
    """
    try:
        tree = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadConfig(f"{name}: this is not TOML: {error}") from error
    try:
        config = msgspec.convert(tree, Config)
    except msgspec.ValidationError as error:
        raise BadConfig(_explain(text, name, str(error))) from error
    _check_ranges(config, text, name)
    return config


def locate(text: str, path: list[str]) -> int | None:
    """The line (from 1) on which the setting `path` of a TOML text is given, if it can be seen."""
    table: list[str] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if header := re.match(r"\s*\[\s*([^\[\]]+?)\s*\]\s*(#.*)?$", line):
            table = _dotted(header[1])
            if table == path:
                return number
        elif (key := re.match(r"\s*([^=#]+?)\s*=", line)) and table + _dotted(key[1]) == path:
            return number
    return None


def explain_toml_error(text: str, name: str, message: str) -> str:
    """A decoder's message (``... - at `$.gate.port` ``) as one sentence with line and field."""
    return _explain(text, name, message)


def _explain(text: str, name: str, message: str) -> str:
    unknown = re.match(r"Object contains unknown field `([^`]+)`", message)
    at = re.search(r" - at `\$\.?([^`]*)`$", message)
    path = [part for part in (at[1].split(".") if at else []) if part]
    if unknown:
        path.append(unknown[1])
        problem = "there is no such setting"
    else:
        problem = re.sub(r" - at `[^`]*`$", "", message).lower()
    line = locate(text, path)
    where = f"{name}, line {line}" if line else name
    return f"{where}: {'.'.join(path) or 'the file'}: {problem}"


def _dotted(text: str) -> list[str]:
    return [part.strip().strip("\"'") for part in re.findall(r"\"[^\"]*\"|'[^']*'|[^.]+", text)]


def _check_ranges(config: Config, text: str, name: str) -> None:
    ranges = {
        ("gate", "port"): (config.gate.port, 0, 65_535),
        ("gate", "max_body"): (config.gate.max_body, 1_024, 1 << 20),
        ("signer", "recv_window_ms"): (config.signer.recv_window_ms, 100, 60_000),
        ("signer", "poll_ms"): (config.signer.poll_ms, 50, 60_000),
        ("courier", "timeout_ms"): (config.courier.timeout_ms, 100, 60_000),
        ("venue", "port"): (config.venue.port, 0, 65_535),
    }
    for path, (value, low, high) in ranges.items():
        if not low <= value <= high:
            line = locate(text, list(path))
            raise BadConfig(
                f"{name}, line {line}: {'.'.join(path)}: {value} is out of range, "
                f"use {low} to {high}"
            )
