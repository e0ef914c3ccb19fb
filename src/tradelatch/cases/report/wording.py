"""How figures, times and rows are written for people."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from decimal import ROUND_HALF_EVEN, Context, Decimal
from itertools import groupby

from tradelatch.cases.conclusions.figures import Figure, Unit
from tradelatch.cases.conclusions.published import Published
from tradelatch.cases.verified import RowRef
from tradelatch.model.money import plain

_CENT, _TENTH = Decimal("0.01"), Decimal("0.1")
_NAMES = {
    Unit.PEOPLE: "",
    Unit.COUNTRIES: "",
    Unit.KEYS: "",
    Unit.FILLS: "",
    Unit.ACCOUNTS: "",
    Unit.DAYS: " days",
}
_IN_DOLLARS = ("loss", "smallest", "largest", "claimed", "recovered", "net", "passed", "prevented")


def dollars(amount: Decimal) -> str:
    """``$1,234.50``; rounded half to even, once."""
    return signed(amount.quantize(_CENT, ROUND_HALF_EVEN))


def signed(amount: Decimal) -> str:
    """The sign stands before the dollar."""
    return f"-${-amount:,}" if amount < 0 else f"${amount:,}"


def short(amount: Decimal) -> str:
    """``$23.50M``, ``$185,845``: for charts, which are no place for cents."""
    if abs(amount) >= 1_000_000:
        return signed((amount / 1_000_000).quantize(_CENT, ROUND_HALF_EVEN)) + "M"
    return signed(amount.quantize(Decimal(1), ROUND_HALF_EVEN))


def percent(share: Decimal) -> str:
    """``67.1 %``."""
    return f"{share.quantize(_TENTH, ROUND_HALF_EVEN)} %"


def value(figure: Figure) -> str:
    """A figure's value with its unit."""
    return amount(figure.value, figure.unit)


def amount(number: Decimal, unit: Unit) -> str:
    """A value in a unit."""
    if unit is Unit.DOLLARS:
        return dollars(number)
    if unit is Unit.PERCENT:
        return percent(number)
    return f"{number:,f}{_NAMES[unit]}"


def moment(time_ms: int) -> str:
    """``2022-11-14 08:19:56.000``, UTC."""
    at = datetime.fromtimestamp(time_ms // 1000, UTC)
    return f"{at:%Y-%m-%d %H:%M:%S}.{time_ms % 1000:03}"


def iso(told: str) -> str:
    """``2023-01-10 12:00:00`` of ``2023-01-10T12:00:00Z``."""
    return told.replace("T", " ").removesuffix("Z")


def number(exact: Decimal) -> str:
    """An exact amount without needless zeros."""
    return plain(exact)


def many(number: int, what: str) -> str:
    """``1 trade``, ``1,027 trades``."""
    return f"1 {what}" if number == 1 else f"{number:,} {what}s"


def digits(amount: Decimal) -> str:
    """Six significant digits, for averages."""
    return plain(Context(prec=6, rounding=ROUND_HALF_EVEN).plus(amount))


def lines(rows: Iterable[RowRef]) -> Mapping[str, str]:
    """Line numbers by file, neighbours as a range: ``12-40, 43``."""
    by_file: dict[str, list[int]] = {}
    for row in sorted(set(rows)):
        by_file.setdefault(row.file, []).append(row.line)
    return {file: ", ".join(_ranges(numbers)) for file, numbers in by_file.items()}


def _ranges(numbers: Sequence[int]) -> Iterator[str]:
    for _, run in groupby(enumerate(numbers), key=lambda pair: pair[1] - pair[0]):
        members = [line for _, line in run]
        yield str(members[0]) if len(members) == 1 else f"{members[0]}\N{EN DASH}{members[-1]}"


def second(time_ms: int) -> str:
    """``2022-11-14 08:19:56``, UTC."""
    return moment(time_ms)[:19]


def published(one: Published) -> str:
    """``about $23,500,000``."""
    exact = f"{one.value:,f}"
    if one.figure.startswith("share"):
        exact = f"{exact} %"
    elif one.figure.startswith(_IN_DOLLARS):
        exact = f"${exact}"
    return f"{one.qualifier} {exact}".strip()
