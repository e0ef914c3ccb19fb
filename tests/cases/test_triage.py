"""A first look at one export: the truth lies within what it says."""

import csv
import json
from decimal import Decimal
from pathlib import Path

from tests.cases.conftest import run
from tradelatch.cases.triage import triage
from tradelatch.exports.records import Traded
from tradelatch.model.orders import Side

FILES = {
    "binance": "binance-trades.csv",
    "kucoin": "kucoin-trades.csv",
    "coinbasepro": "coinbasepro-fills.csv",
}


def victims(evidence: Path) -> list[tuple[str, Path, Decimal, int]]:
    """Those of dollar markets, with their truth; a few of each exchange."""
    with (evidence / "truth.csv").open(newline="") as file:
        truth = {row["victim"]: row for row in csv.DictReader(file)}
    with (evidence / "victims.csv").open(newline="") as file:
        exchanges = {row["victim"]: row["exchange"] for row in csv.DictReader(file)}
    found: list[tuple[str, Path, Decimal, int]] = []
    for exchange, file_name in FILES.items():
        mine = [
            name
            for name, row in truth.items()
            if exchanges[name] == exchange and "/BTC" not in row["markets"]
        ]
        for name in mine[:3]:
            row = truth[name]
            loss, many = Decimal(row["verified_loss_usd"]), int(row["adverse_fills"])
            found.append((name, evidence / "exports" / name / file_name, loss, many))
    return found


def look(*words: object) -> dict[str, object]:
    told = json.loads(run(0, "case", "triage", *words, "--json").stdout)
    assert isinstance(told, dict)
    return told


def lost(told: dict[str, object]) -> tuple[Decimal, Decimal]:
    markets = told["markets"]
    assert isinstance(markets, list)
    least = sum((Decimal(one["least"]) for one in markets), Decimal(0))
    return least, sum((Decimal(one["most"]) for one in markets), Decimal(0))


def test_with_prices_the_loss_is_exact_and_without_it_lies_between(evidence: Path) -> None:
    prices = evidence / "reference-prices.csv"
    for _, path, truth, _ in victims(evidence)[::3]:
        least, most = lost(look(path, "--reference", prices))
        assert least == most
        assert round(least, 2) == truth
    for _, path, truth, many in victims(evidence):
        told = look(path)
        least, most = lost(told)
        assert least < truth < most
        fills = told["fills"]
        assert isinstance(fills, list)
        assert len(fills) == many
        assert "no prices were given" in str(told["judged_by"])


def test_a_tape_tells_nearly_the_same(evidence: Path) -> None:
    tapes = [
        word for one in sorted((evidence / "tapes/kucoin").iterdir()) for word in ("--tape", one)
    ]
    with (evidence / "truth.csv").open(newline="") as file:
        truth = {row["victim"]: row for row in csv.DictReader(file)}
    taped = {path.stem.replace("-", "/") for path in (evidence / "tapes/kucoin").iterdir()}
    name = next(
        victim
        for victim, row in truth.items()
        if set(row["markets"].split(";")) <= taped and "BTC" not in row["markets"]
    )
    told = look(evidence / "exports" / name / "kucoin-trades.csv", *tapes)
    least, most = lost(told)
    wanted = Decimal(truth[name]["verified_loss_usd"])
    assert least == most
    assert abs(least / wanted - 1) < Decimal("0.02")


def test_it_says_what_to_get_next_and_fits_a_terminal(evidence: Path) -> None:
    _, path, _, _ = victims(evidence)[0]
    told = run(0, "case", "triage", path).stdout
    tables, _, words = told.partition("How it was judged")
    assert max(map(len, tables.splitlines())) <= 100
    for one in ("transaction history", "IP list", "on the other side", "public trades"):
        assert one in words


def test_an_ordinary_account_has_no_suspect_fills(evidence: Path, tmp_path: Path) -> None:
    _, path, _, _ = victims(evidence)[0]
    lines = path.read_text().splitlines(keepends=True)
    quiet = tmp_path / "quiet.csv"
    quiet.write_text("".join([lines[0], *lines[-30:]]))
    told = run(0, "case", "triage", quiet).stdout
    assert "no suspect fills" in told
    assert "transaction history" in told


def written(folder: Path, *rows: str) -> Path:
    path = folder / "mine.csv"
    path.write_text("\n".join(["time,market,side,price,quantity", *rows, ""]))
    return path


def burst(market: str = "QOR/USDT") -> list[str]:
    return [f"2022-10-19 10:00:0{n}Z,{market},buy,{2 + n},10" for n in range(7)]


def test_what_fills_were_held_against_is_told_as_it_was(tmp_path: Path) -> None:
    mine = written(tmp_path, *burst())
    prices = tmp_path / "prices.csv"
    prices.write_text("market,hour,price\nQOR/USDT,2022-10-19T10:00Z,1\n")
    assert "none" not in str(look(mine, "--reference", prices)["judged_by"])
    prices.write_text("market,hour,price\nABC/USDT,2022-10-19T10:00Z,1\n")
    told = str(look(mine, "--reference", prices)["judged_by"])
    assert "of QOR/USDT there were none: fills there were held against what" in told


def test_trades_are_no_table_of_prices_and_ones_own_no_price_of_others(tmp_path: Path) -> None:
    mine = written(tmp_path, *burst())
    tape = tmp_path / "tape.csv"
    tape.write_text("symbol,timestamp,price,amount\nQOR/USDT,1666173600000,1,1\n")
    says = run(2, "case", "triage", mine, "--reference", tape).stderr
    assert "holds tape, and no table of prices (market, hour, price)" in says
    for option in ("--reference", "--tape"):
        assert "is the export itself" in run(2, "case", "triage", mine, option, mine).stderr


def test_fills_that_the_tape_lacks_are_told(tmp_path: Path) -> None:
    mine = written(tmp_path, *burst())
    tape = tmp_path / "tape.csv"
    prints = [(1_666_170_000_000, 1), *((1_666_173_600_000 + 1_000 * n, 2 + n) for n in range(7))]
    lines = [f"QOR/USDT,{at},{price},10" for at, price in [*prints, (1_666_180_000_000, 1)]]
    tape.write_text("\n".join(["symbol,timestamp,price,amount", *lines, ""]))
    with_ids = mine.read_text().replace("quantity\n", "quantity,id\n").replace(",10\n", ",10,7\n")
    mine.write_text(with_ids)  # without ids, a row may be a whole order
    assert look(mine, "--tape", tape)["unseen"] == []
    mine.write_text(with_ids.replace("buy,5,", "buy,55,"))
    assert look(mine, "--tape", tape)["unseen"] == [5]
    said = run(0, "case", "triage", mine, "--tape", tape).stdout
    assert "1 of 7 suspect fills is not on the tape (line 5): another zone (--set zone=)" in said


def with_totals(folder: Path, **edited: str) -> Path:
    """A burst whose rows state their totals, some of them edited, by line."""
    totals = {f"line{2 + n}": str((2 + n) * 10) for n in range(7)} | edited
    rows = [f"{row},{totals[f'line{2 + n}']},{n}" for n, row in enumerate(burst())]
    path = folder / "totals.csv"
    path.write_text("\n".join(["time,market,side,price,quantity,total,id", *rows, ""]))
    return path


def test_rows_whose_total_is_not_price_times_amount_are_told(tmp_path: Path) -> None:
    sound = with_totals(tmp_path)
    assert look(sound)["odd_amounts"] == []
    assert "times amount" not in run(0, "case", "triage", sound).stdout
    forged = with_totals(tmp_path, line4="45")
    assert look(forged)["odd_amounts"] == [4]
    said = run(0, "case", "triage", forged).stdout
    assert "1 row whose total is not price times amount (line 4): no honest export has" in said
    forged = with_totals(tmp_path, line4="45", line6="6")
    said = run(0, "case", "triage", forged).stdout
    assert "2 rows whose total is not price times amount (lines 4, 6): no honest" in said
    dollars = with_totals(tmp_path, **{f"line{2 + n}": str((2 + n) * 11) for n in range(7)})
    said = run(0, "case", "triage", dollars).stdout
    assert "in 7 of 7 rows the total is not price times amount: it may be of another asset" in said


def test_no_honest_export_is_said_to_have_odd_totals(evidence: Path) -> None:
    for _, path, _, _ in victims(evidence):
        told = look(path)
        assert told["odd_amounts"] == []
        assert told["totals"] or "coinbase" in path.name


def test_notes_and_rows_that_are_left_out_are_told_to_machines_too(tmp_path: Path) -> None:
    mine = written(tmp_path, *burst(), *burst()[:2], "2022-10-19 10:00:00Z,QOR/USDT,hold,1,1")
    told = look(mine)
    assert told["rejected"] == [{"line": 11, "reason": "'hold' is neither buy nor sell"}]
    assert str(told["notes"]).startswith(
        "['2 of 9 rows are the same as an earlier one in everything (line 9 "
    )
    said = run(0, "case", "triage", mine).stdout
    assert "9 trades read" in said
    assert "1 row could not be read; line 11:" in said


def test_a_history_alone_is_not_enough(evidence: Path) -> None:
    path = evidence / "exports" / "V-01" / "binance-transactions.csv"
    result = run(2, "case", "triage", path)
    assert "give the export of trades too" in result.stderr


def test_many_trades_of_one_market_cost_no_more_each() -> None:
    compared = 0

    class Moment(int):
        def __lt__(self, other: int) -> bool:
            nonlocal compared
            compared += 1
            return int(self) < other

    hour, many = 3_600_000_000_000, 2_000
    trades = [
        Traded(
            Moment(n * hour),
            "A/USDT",
            Side.BUY,
            Decimal(1 + n % 2),
            Decimal(1),
            Decimal(0),
            "",
            line=n,
        )
        for n in range(many)
    ]
    found = triage(trades, None, Decimal("0.1"), "")
    assert [one.line for one in found.fills] == list(range(25, many, 2))
    assert compared < 10 * many
