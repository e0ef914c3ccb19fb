"""A recorded tape, the market that it opens, and its history."""

import gzip
from pathlib import Path

import pytest

from tests.venue.site import Site
from tradelatch.tapes.files import BadTape
from tradelatch.venue.engine.bars import MINUTE_MS
from tradelatch.venue.life.tape import Tape, TapeHistory

HEAD = "symbol,timestamp,datetime,side,price,amount,btc_volume\n"
START = 1_562_000_040_000
NOW = 1_790_000_000_000


def row(second: int, side: str, price: str, amount: str) -> str:
    return f"ABC/BTC,{START + second * 1_000},,{side},{price},{amount},\n"


def write(path: Path, *rows: str) -> Path:
    path.write_text(HEAD + "".join(rows))
    return path


@pytest.fixture
def tape(tmp_path: Path) -> Tape:
    rows = [row(0, "buy", "1.00e-05", "100.0"), row(30, "sell", "0.9e-05", "50.5")]
    rows += [row(120 + n, "buy", f"{1.1 + n / 50:.2f}e-05", "10") for n in range(60)]
    return Tape(write(tmp_path / "ABC.csv", *rows))


def test_steps_come_from_the_numbers_on_the_tape(tape: Tape) -> None:
    listing = tape.listing()
    assert (listing.base, listing.quote) == ("ABC", "BTC")
    assert (listing.tick, listing.lot) == (10, 10_000_000)


def test_packed_and_plain_tapes_are_alike(tape: Tape, tmp_path: Path) -> None:
    packed = tmp_path / "ABC_2019-07-05_17.00.csv.gz"
    packed.write_bytes(gzip.compress(tape.path.read_bytes()))
    assert Tape(packed).prices == tape.prices
    assert Tape(packed).listing(START).tick == tape.listing(START).tick


def test_history_is_the_tape_before_the_moment(tape: Tape) -> None:
    moment = START + 3 * MINUTE_MS
    listing = tape.listing(moment)
    opened = NOW - NOW % MINUTE_MS
    history = TapeHistory(tape, listing, moment, opened)
    assert history.days == 1
    first, quiet, last = history.day(-1)[-3:]
    assert [bar.at for bar in (first, quiet, last)] == [opened - n * MINUTE_MS for n in (3, 2, 1)]
    assert (first.trades, quiet.trades, last.trades) == (2, 0, 60)
    assert first.lots * listing.lot == 15_050_000_000
    assert quiet.close == first.close
    assert listing.life is not None
    assert last.close == listing.life.opening


def test_a_moment_that_is_not_on_the_tape(tape: Tape) -> None:
    with pytest.raises(BadTape, match="moment"):
        tape.listing(START + 3_600_000)


def test_a_venue_keeps_its_tape_over_a_restart_and_takes_no_other(
    tape: Tape, tmp_path: Path
) -> None:
    directory = tmp_path / "venue"
    with Site(directory, "--tape", str(tape.path), "--flat") as site:
        assert "ABCBTC" in site.admin("status")["markets"]
        _, first = site.request("GET", "/api/v3/klines?symbol=ABCBTC&interval=1m&limit=1000")
    with Site(directory) as site:
        _, again = site.request("GET", "/api/v3/klines?symbol=ABCBTC&interval=1m&limit=1000")
        assert first[:-2] == [r for r in again if r[0] in {row[0] for row in first[:-2]}]
    write(tape.path, row(0, "buy", "1", "1"))
    with pytest.raises(AssertionError, match="not the one"), Site(directory):
        pass


@pytest.mark.recorded
def test_a_recorded_pump(recorded_data: Path) -> None:
    path = recorded_data / "pumps/tapes/ADX_2019-07-05_17.00.csv.gz"
    tape = Tape(path)
    listing = tape.listing()
    assert listing.life is not None
    assert (listing.name, listing.tick, listing.lot) == ("ADXBTC", 1, 100_000_000)
    assert listing.life.moment == 1_562_342_400_000
    history = TapeHistory(tape, listing, listing.life.moment, NOW - NOW % MINUTE_MS)
    turnover = sum(bar.quote for n in range(-history.days, 0) for bar in history.day(n))
    before = [i for i, at in enumerate(tape.times) if at < listing.life.moment]
    traded = sum(tape.prices[i] * tape.amounts[i] // 10**8 for i in before)
    assert turnover == pytest.approx(traded, rel=1e-6)
