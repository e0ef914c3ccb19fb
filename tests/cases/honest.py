"""Small cases written by hand: what one or two victims and others hand in, as texts."""

from collections.abc import Mapping
from decimal import localcontext

from tradelatch.cases.kinds import Kind, open_as
from tradelatch.cases.verification.evidence import Evidence
from tradelatch.cases.verification.losses import EXACT
from tradelatch.cases.verification.people import Person
from tradelatch.cases.verification.recorded import Recorded, recorded_of
from tradelatch.cases.verification.references import TapeSeries, prices_of
from tradelatch.cases.verification.settings import Settings
from tradelatch.cases.verification.verify import victims_of
from tradelatch.cases.verified import Victim
from tradelatch.exports.reading import read
from tradelatch.exports.settings import settings_of

HOURS = "".join(f"FUN/USDT,2022-11-14T{hour:02}:00Z,0.01\n" for hour in range(24))
REFERENCE = f"market,hour,price\n{HOURS}"
BINANCE = "Date(UTC),Pair,Side,Price,Executed,Amount,Fee\n"
PLAIN = "time,symbol,side,price,quantity,id\n"
ORDERS = "time,symbol,side,avg trading price,quantity\n"
TABLE = "time,symbol,price,quantity,buyer,seller,id\n"
TAPE = "time,symbol,price,amount,id\n"


def verify(
    exports: Mapping[str, str],
    *,
    reference: str = REFERENCE,
    table: str = "",
    tape: str = "",
    accounts: Mapping[str, str] | None = None,
    histories: Mapping[str, str] | None = None,
) -> dict[str, Victim]:
    """What is found of victims of Binance, by name."""
    told = accounts or {}
    found = Evidence(
        people={
            name: Person(name, exchange="binance", account=told.get(name, "")) for name in exports
        },
        markets={**prices_of(open_as(Kind.REFERENCE, reference.encode(), "reference.csv"))},
    )
    if table:
        found.tables["binance"] = _recorded(Kind.BOTH_SIDES, table)
    if tape:
        found.tapes["binance"] = _recorded(Kind.TAPE, tape)
        for symbol, series in TapeSeries.of(found.tapes["binance"]).items():
            found.markets.setdefault(symbol, series)
    for kept, handed_in in ((found.exports, exports), (found.histories, histories or {})):
        for name, text in handed_in.items():
            file = f"{name}-{'trades' if kept is found.exports else 'history'}.csv"
            kept[name] = [read(text.encode(), file, settings_of(["zone=UTC"]))]
    with localcontext(EXACT):
        return {one.name: one for one in victims_of(found, Settings())[0]}


def _recorded(kind: Kind, text: str) -> list[Recorded]:
    sheet = open_as(kind, text.encode(), f"{kind.name.lower()}.csv", settings_of(["zone=UTC"]))
    found = recorded_of(sheet)
    assert found
    assert not sheet.rejected
    return found


def told(victim: Victim) -> set[str]:
    """The kinds of doubts about one."""
    return {doubt.kind for doubt in victim.doubts}


def accused(victim: Victim) -> bool:
    """Whether anything is called a forgery."""
    return any(doubt.is_forgery for doubt in victim.doubts)
