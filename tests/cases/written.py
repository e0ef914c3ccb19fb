"""Cases of a few lines that a test writes itself."""

from pathlib import Path

from tests.cases.conftest import run
from tradelatch.cases.opened import open_case
from tradelatch.cases.verified import Victim

PEOPLE = "victim,country,exchange,claimed_loss_usd,key_id,key_created,consent_police\n"
PERSON = "V-01,US,binance,100,k,2022-01-01,yes\n"
HEADER = "Date(UTC),Pair,Side,Price,Executed,Amount,Fee\n"
PRICES = "market,hour,price\n" + "".join(
    f"FUN/USDT,2022-11-14T{hour:02}:00Z,0.01\n" for hour in range(24)
)


def row(minute: int, side: str = "BUY", quantity: int = 1000) -> str:
    """A trade at five times the reference; 1000 bought pass $40."""
    amount = f"{quantity / 20:g}"
    return f"2022-11-14 08:{minute:02}:00,FUNUSDT,{side},0.05,{quantity}FUN,{amount}USDT,1BNB\n"


def trades(minutes: range, side: str = "BUY") -> str:
    return HEADER + "".join(row(minute, side) for minute in minutes)


def write(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def case_of(folder: Path, files: dict[str, str], code: int = 0) -> Path:
    """A case of these files by their places, verified; `code` is how adding them ends."""
    handed_in = write(folder / "in", files)
    run(0, "case", "new", folder / "case")
    run(code, "case", "add", folder / "case", handed_in)
    run(0, "case", "verify", folder / "case")
    return folder / "case"


def victims(case: Path) -> dict[str, Victim]:
    return {one.name: one for one in open_case(case).verified.victims}
