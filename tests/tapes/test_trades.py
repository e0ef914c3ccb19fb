"""Recorded trades in memory, and their candles."""

from decimal import Decimal
from pathlib import Path

import pytest

from tradelatch.tapes.files import BadTape
from tradelatch.tapes.trades import candles_of, read_trades

MINUTE = 60_000
AT = 1_704_067_200_000
HEAD = "time,price,amount,side\n"


def test_candles_of_a_few_trades(tmp_path: Path) -> None:
    path = tmp_path / "ABC.csv"
    rows = [(5, "2", "1"), (59_999, "3", "0.5"), (60_000, "1.5", "2"), (180_001, "4", "1e-8")]
    path.write_text(HEAD + "".join(f"{AT + at},{p},{a},buy\n" for at, p, a in rows))
    candles = candles_of(read_trades(path, "ABC/USDT"), MINUTE)
    assert candles.symbol == "ABC/USDT"
    assert [
        (one.open_ms - AT, one.open, one.high, one.low, one.close, one.volume, one.turnover)
        for one in candles
    ] == [
        (0, 2, 3, 2, 3, Decimal("1.5"), Decimal("3.5")),
        (MINUTE, Decimal("1.5"), Decimal("1.5"), Decimal("1.5"), Decimal("1.5"), 2, 3),
        (3 * MINUTE, 4, 4, 4, 4, Decimal("1e-8"), Decimal("4e-8")),
    ]
    assert len(candles.gaps) == 1


def test_another_market_is_told(tmp_path: Path) -> None:
    path = tmp_path / "ABC.csv"
    path.write_text(f"symbol,{HEAD}A/B,{AT},1,1,buy\n")
    assert read_trades(path).symbol == read_trades(path, "A/B").symbol == "A/B"
    with pytest.raises(BadTape, match="these are trades of A/B, not of A/C"):
        read_trades(path, "A/C")


def test_volumes_too_large(tmp_path: Path) -> None:
    path = tmp_path / "ABC.csv"
    path.write_text(HEAD + f"{AT},1,90000000000,buy\n" * 2)
    with pytest.raises(ValueError, match="volumes do not fit into 64 bits"):
        candles_of(read_trades(path), MINUTE)


@pytest.mark.recorded
@pytest.mark.parametrize("name", ["EDO_2019-02-16_18.00", "SNM_2021-01-08_21.00"])
@pytest.mark.parametrize("interval", [MINUTE, 3_600_000])
def test_recorded_candles_hold_every_trade(recorded_data: Path, name: str, interval: int) -> None:
    trades = read_trades(recorded_data / f"pumps/tapes/{name}.csv.gz")
    candles = candles_of(trades, interval)
    assert sum(candles.volumes) * candles.volume_unit == sum(trades.amounts) * Decimal("1e-8")
    turnover = sum(p * a for p, a in zip(trades.prices, trades.amounts, strict=True))
    assert candles.turnovers is not None
    rounded = len(candles) * candles.turnover_unit
    assert (
        abs(sum(candles.turnovers) * candles.turnover_unit - turnover * Decimal("1e-16")) < rounded
    )
    by_time: dict[int, list[int]] = {}
    for at, price in zip(trades.times, trades.prices, strict=True):
        by_time.setdefault(at - at % interval, []).append(price)
    assert list(candles.times) == list(by_time)
    for index, prices in enumerate(by_time.values()):
        assert candles.opens[index] == prices[0]
        assert candles.highs[index] == max(prices)
        assert candles.lows[index] == min(prices)
        assert candles.closes[index] == prices[-1]


@pytest.mark.recorded
def test_minutes_of_trades_make_their_hours(recorded_data: Path) -> None:
    trades = read_trades(recorded_data / "pumps/tapes/EDO_2019-02-16_18.00.csv.gz")
    hours = candles_of(trades, 3_600_000)
    made = candles_of(trades, MINUTE).resample(3_600_000)
    assert len(made) > 400
    expected = hours.between(made.times[0], made.times[-1] + 1)
    for one, other in zip(made, expected, strict=True):
        assert (one.open_ms, one.open, one.high, one.low, one.close, one.volume) == (
            other.open_ms, other.open, other.high, other.low, other.close, other.volume
        )  # fmt: skip
