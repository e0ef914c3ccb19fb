"""What all wash trades come to, and the files of the paper's two exchanges."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bench.washing.plain import DAY_S, Trade
from tests.detect.tables import PRICE, ledger_of
from tradelatch.detect.ledger import read_ledger
from tradelatch.detect.rates import read_rates
from tradelatch.detect.trades import UnusableTrades
from tradelatch.detect.wash.parameters import Parameters
from tradelatch.detect.wash.published import ETHER, exchange_of, read_published
from tradelatch.detect.wash.totals import totals_of

START_S = 1_514_764_800
IDEX = (
    "transaction_hash,status,block_number,gas,gas_price,timestamp,amountBuy,amountSell,expires,"
    "nonce,amount,tradeNonce,feeMake,feeTake,tokenBuy,tokenSell,maker,taker"
)
ETHER_DELTA = (
    "transaction_hash,block_number,timestamp,tokenGet,amountGet,tokenGive,amountGive,get,give"
)


def test_totals_by_hand() -> None:
    """A and B to and fro in T thrice, in U once; C with itself; D sells to A for good."""
    to_and_fro = [
        Trade(START_S + 60 * n, "T/Q", "AB"[n % 2], "BA"[n % 2], 2 + n // 2) for n in range(6)
    ]
    in_u = [Trade(START_S + 9, "U/Q", "A", "B", 7), Trade(START_S + 10, "U/Q", "B", "A", 7)]
    rest = [Trade(START_S, "U/Q", "C", "C", 5), Trade(START_S, "V/Q", "D", "A", 100)]
    ledger = ledger_of([*to_and_fro, *in_u, *rest])
    rates = np.full(10, 300.0)
    totals = totals_of(ledger, Parameters(occurrences=4), rates)
    assert (totals.trades, totals.accounts, totals.assets) == (10, 4, 3)
    assert (totals.self_trades, totals.wash_trades) == (1, 9)
    assert (totals.self_share, totals.wash_share) == (0.1, 0.9)
    assert (totals.self_value, totals.wash_value) == (5 * PRICE, (18 + 14 + 5) * PRICE)
    assert (totals.self_worth, totals.wash_worth) == (5 * PRICE * 300, 37 * PRICE * 300)
    assert (totals.self_assets, totals.wash_assets) == (1, 2)
    assert totals.wash_assets_share == pytest.approx(2 / 3)
    assert (totals.self_accounts, totals.wash_accounts) == (1, 3)
    assert (totals.sets, totals.sets_with_wash, totals.assets_per_set) == (1, 1, 2.0)
    fewer = totals_of(ledger, Parameters(occurrences=5), None)
    assert (fewer.wash_trades, fewer.wash_worth) == (1, None)
    assert (fewer.sets, fewer.sets_with_wash, fewer.assets_per_set) == (0, 0, 0.0)


def test_a_set_without_a_wash_trade_is_counted_apart() -> None:
    unequal = [Trade(START_S, "T/Q", "A", "B", 1), Trade(START_S + 1, "T/Q", "B", "A", 9)]
    totals = totals_of(ledger_of(unequal), Parameters(occurrences=1), None)
    assert (totals.sets, totals.sets_with_wash, totals.wash_trades) == (1, 0, 0)


def idex(folder: Path) -> Path:
    """The maker's order buys 4000 of token 0xt for 2 ether, filled by quarters and halves; then
    trades that do not count: failed, token against token, a value that is missing."""
    order, sells = f"{4000},{2 * 10**18}", f"{2 * 10**18},{4000}"
    rows = [
        f"0xa,1,1,1,1,{START_S},{order},1,1,1000,1,0,0,0xt,{ETHER},M,T",
        f"0xb,1,1,1,1,{START_S + 60},{sells},1,1,{5 * 10**17},1,0,0,{ETHER},0xt,M,T",
        f"0xc,1,1,1,1,{START_S + 90},{order},1,1,2000,1,0,0,0xt,{ETHER},M,M",
        f"0xd,0,1,1,1,{START_S + 95},{order},1,1,2000,1,0,0,0xt,{ETHER},M,T",
        f"0xe,1,1,1,1,{START_S + 96},{order},1,1,2000,1,0,0,0xt,0xu,M,T",
        f"0xf,1,1,1,1,{START_S + 97},{order},1,1,,1,0,0,0xt,{ETHER},M,T",
        f"0xg,1,1,1,1,{START_S + 98},{order},1,1,2000,1,0,0,{ETHER},{ETHER},M,T",
    ]
    path = folder / "IDEXTrades.csv"
    path.write_text("\n".join([IDEX, *rows]) + "\n")
    return path


def test_idex_as_it_was_published(tmp_path: Path) -> None:
    path = idex(tmp_path)
    exchange = exchange_of([path])
    assert exchange is not None
    assert exchange.name == "IDEX"
    rows = read_published([path], exchange).order_by("row").to_pyarrow().to_pylist()
    assert [columns(row) for row in rows] == [
        (1, START_S * 1000, "0xt", 1000.0, 0.5, "M", "T"),
        (2, START_S * 1000 + 60_000, "0xt", 1000.0, 0.5, "T", "M"),
        (3, START_S * 1000 + 90_000, "0xt", 2000.0, 1.0, "M", "M"),
    ]
    totals = totals_of(
        read_ledger(read_published([path], exchange)), Parameters(occurrences=1), None
    )
    assert (totals.trades, totals.self_trades, totals.wash_trades) == (3, 1, 3)
    assert (totals.self_value, totals.wash_value) == (1.0, 2.0)


def columns(row: dict[str, Any]) -> tuple[Any, ...]:
    names = ("row", "time", "symbol", "amount", "value", "buyer", "seller")
    rounded = {**row, "amount": float(f"{row['amount']:.12g}")}
    return tuple(rounded[name] for name in names)


def test_etherdelta_as_it_was_published(tmp_path: Path) -> None:
    rows = [
        f"0xa,1,{START_S},0xt,1000,{ETHER},{10**18},M,T",
        f"0xb,1,{START_S + 1},{ETHER},{10**17},0xt,{10**55},M,T",
        f"0xc,1,{START_S + 2},0xu,5,0xt,7,M,T",
    ]
    path = tmp_path / "EtherDeltaTrades.csv"
    path.write_text("\n".join([ETHER_DELTA, *rows]) + "\n")
    exchange = exchange_of([path])
    assert exchange is not None
    assert exchange.name == "EtherDelta"
    found = read_published([path], exchange).order_by("row").to_pyarrow().to_pylist()
    assert [columns(row) for row in found] == [
        (1, START_S * 1000, "0xt", 1000.0, 1.0, "M", "T"),
        (2, START_S * 1000 + 1000, "0xt", 1e55, 0.1, "T", "M"),
    ]


def test_other_files_are_nobodys(tmp_path: Path) -> None:
    path = tmp_path / "trades.csv"
    path.write_text("time,symbol,price,amount,buyer,seller\n")
    assert exchange_of([path]) is None
    assert exchange_of([tmp_path / "none.csv"]) is None
    path.write_bytes(b"\xff\xfe")
    assert exchange_of([path]) is None


def rates_file(folder: Path, text: str) -> Path:
    path = folder / "rates.csv"
    path.write_text(text)
    return path


def test_the_last_rate_at_or_before_a_trade_holds(tmp_path: Path) -> None:
    days = (START_S, START_S + DAY_S, START_S + 2 * DAY_S)
    text = '"Date(UTC)","UnixTimeStamp","Value"\n' + "".join(
        f'"1/{n}/2018","{day}","{700 + n}"\n' for n, day in enumerate(days, 1)
    )
    times = 1000 * np.array([START_S, START_S + DAY_S - 1, START_S + DAY_S, START_S + 9 * DAY_S])
    path = rates_file(tmp_path, text)
    assert read_rates(path, times).tolist() == [701, 701, 702, 703]
    short = rates_file(tmp_path, "2018-01-01,1.5\n2018-01-02T00:00:00+01:00,2\n")
    assert read_rates(short, times[:2]).tolist() == [1.5, 2]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "there is no rate for 2018-01-01 00:00:00"),
        ("2018-01-02,3\n", "there is no rate for 2018-01-01 00:00:00"),
        ("2017-12-01,3\n", "there is no rate for 2018-01-01 00:00:00"),
        ("2018-01-01,3\n2018-01-01,4\n", "must rise from row to row"),
        ("time,rate\n2018-01-01,x\n", "'2018-01-01,x': the last two columns"),
        ("2018-01-01,3\n2018-01-02,-1\n", "'2018-01-02,-1': the last two columns"),
        ("time,rate\n3\n", "'3': the last two columns"),
    ],
)
def test_rates_that_are_none_are_refused(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(UnusableTrades) as caught:
        read_rates(rates_file(tmp_path, text), np.array([START_S * 1000]))
    assert said in str(caught.value)
