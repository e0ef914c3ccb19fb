"""What a person may say of a file where the file itself does not tell."""

import re
from collections.abc import Iterable
from typing import Literal, get_args, get_type_hints

import msgspec

from tradelatch.exports.refusal import Refused


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a file is to be read; what is left empty is recognised.

    Attributes:
        date: the order of day, month and year.
        decimal: what stands before the decimals.
        zone: the zone of times that do not tell theirs: ``UTC``, or an offset such as ``+02:00``.
        encoding: by its usual name, such as ``cp1251``.
        delimiter: what stands between cells.
        quote: the quote asset, where pairs such as ``ETHBTC`` do not tell; or several, as in
            ``USDT,BTC``.
    """

    date: Literal["", "ymd", "mdy", "dmy"] = ""
    decimal: Literal["", "point", "comma"] = ""
    zone: str = ""
    encoding: str = ""
    delimiter: Literal["", "comma", "semicolon", "tab", "pipe"] = ""
    quote: str = ""


_ZONE = re.compile(r"(?:UTC|GMT)?\s*(?:([+-])(\d{1,2}):?(\d{2})?)?|Z", re.ASCII | re.IGNORECASE)

_NAMED_ZONE = re.compile(r"\(UTC-?([+-]\d{1,2}(?::?\d{2})?|)\)", re.ASCII)


def offset_s(zone: str) -> int | None:
    """Seconds east of UTC of ``UTC``, ``Z``, ``+02:00``, ``UTC+8``; None if it is no such zone."""
    found = _ZONE.fullmatch(zone.strip())
    if not found or not zone.strip():
        return None
    sign, hours, minutes = found.groups()
    if sign is None:
        return 0
    seconds = int(hours) * 3_600 + int(minutes or 0) * 60
    if seconds > 14 * 3_600 or int(minutes or 0) > 59:
        return None
    return -seconds if sign == "-" else seconds


def zone_in(name: str) -> str:
    """The zone that the name of a file tells, as Binance's do: ``...(UTC+7).csv``, and
    ``...(UTC--6).csv`` west of UTC; "" if it tells none."""
    found = _NAMED_ZONE.search(name)
    if not found or offset_s(f"UTC{found.group(1)}") is None:
        return ""
    return f"UTC{found.group(1)}"


def settings_of(told: Iterable[str]) -> Settings:
    """Of texts such as ``date=dmy``.

    Raises:
        Refused: one of them is not of that form, or there is no such setting or value.
    """
    values = pairs_of("--set", told, "date=dmy")
    for name, value in values.items():
        _check(name, value)
    settings = Settings(**values)  # type: ignore[arg-type]
    if settings.zone and offset_s(settings.zone) is None:
        raise Refused(f"--set zone={settings.zone}: write UTC or an offset such as +02:00")
    try:
        "".encode(settings.encoding or "utf-8")
    except (LookupError, UnicodeError) as error:
        raise Refused(f"--set encoding={settings.encoding}: there is no such encoding") from error
    return settings


def _check(name: str, value: str) -> None:
    kinds = get_type_hints(Settings)
    if name not in kinds:
        raise Refused(f"--set {name}={value}: there is no such setting; use: {', '.join(kinds)}")
    choices = get_args(kinds[name])
    if choices and value not in choices:
        raise Refused(f"--set {name}={value}: use one of: {', '.join(filter(None, choices))}")


def pairs_of(option: str, told: Iterable[str], example: str) -> dict[str, str]:
    """Texts such as ``name=value`` as a mapping.

    Raises:
        Refused: one of them has no equals sign.
    """
    pairs = {}
    for one in told:
        name, equals, value = one.partition("=")
        if not equals:
            raise Refused(f"{option} {one}: write it as NAME=VALUE, such as {option} {example}")
        pairs[name.strip()] = value.strip()
    return pairs
