"""A market that follows a recorded tape."""

import gzip
from pathlib import Path

import pytest

from tests.venue.site import Site
from tradelatch.venue.engine.bars import MINUTE_MS
from tradelatch.venue.engine.commands import Command, Deposit, Genesis, ListMarket, OpenAccount
from tradelatch.venue.engine.events import Event
from tradelatch.venue.engine.listing import Listing
from tradelatch.venue.engine.machine import Engine
from tradelatch.venue.engine.state import violations
from tradelatch.venue.house import HOUSE_MONEY
from tradelatch.venue.life.makers import MAKER, TAKER, Maker
from tradelatch.venue.life.tape import BadTape, Tape, TapeFair, TapeHistory, TapeTaker

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


class Stage:
    """The tape's market with its agents, and time that is handed on."""

    def __init__(self, tape: Tape, listing: Listing, moment: int) -> None:
        self.engine = Engine()
        self.now = NOW
        assert listing.life is not None
        self.submit(Genesis(NOW, 1))
        self.submit(ListMarket(NOW, listing))
        for name in (MAKER, TAKER):
            self.submit(OpenAccount(NOW, name, house=True, maker_fee=0, taker_fee=0))
            for asset in (listing.base, listing.quote):
                self.submit(Deposit(NOW, name, asset, HOUSE_MONEY))
        self.fair = TapeFair(tape, listing, moment, NOW)
        self.maker = Maker(self.engine, listing, listing.life, self.fair)
        self.taker = TapeTaker(self.engine, tape, listing, moment, NOW)

    def submit(self, command: Command) -> list[Event]:
        return self.engine.apply(command)

    def run(self, seconds: int) -> None:
        for _ in range(2 * seconds):
            self.maker.step(self.now, self.submit)
            self.taker.step(self.now, self.submit)
            self.now += 500


def test_the_market_follows_the_tape(tape: Tape) -> None:
    moment = START + 2 * MINUTE_MS
    listing = tape.listing(moment)
    stage = Stage(tape, listing, moment)
    stage.run(62)
    trading = stage.engine.markets["ABCBTC"]
    assert stage.fair.ticks(stage.now) == tape.prices[-1] / listing.tick
    assert trading.last == pytest.approx(tape.prices[-1] / listing.tick, rel=0.02)
    # The first of the sixty falls on the first step, before which nothing is done.
    bought = sum(trade.lots for trade in trading.trades if trade.taker_bought)
    assert 0.9 * 590 <= bought * listing.lot / 1e8 <= 590
    assert violations(stage.engine) == []


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"", "no column"),
        (b"a,b\n1,2\n", "no column timestamp"),
        (HEAD.encode(), "no trade"),
        (HEAD.encode() + b"ABC/BTC,x,,buy,1,1,\n", "line 2"),
        (HEAD.encode() + b"ABC/BTC,1,,hold,1,1,\n", "line 2"),
        (HEAD.encode() + b"ABC/BTC,1,,buy,NaN,1,\n", "line 2"),
        (HEAD.encode() + b"ABC/BTC,1,,buy,-1,1,\n", "line 2"),
        (HEAD.encode() + b"ABC/BTC,2,,buy,1,1,\nABC/BTC,1,,buy,1,1,\n", "line 3"),
        (HEAD.encode() + b"ABC/BTC,2,,buy\n", "line 2"),
        (b"\xff\xfe\x00", "not CSV"),
    ],
)
def test_what_is_no_tape(tmp_path: Path, content: bytes, text: str) -> None:
    path = tmp_path / "ABC.csv"
    path.write_bytes(content)
    with pytest.raises(BadTape, match=text):
        Tape(path)


def test_a_moment_that_is_not_on_the_tape(tape: Tape) -> None:
    with pytest.raises(BadTape, match="moment"):
        tape.listing(START + 3_600_000)


def test_what_cannot_be_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "ABC.csv.gz"
    path.write_bytes(b"no gzip")
    with pytest.raises(BadTape, match="cannot read"):
        Tape(path)
    with pytest.raises(BadTape, match="No such file"):
        Tape(tmp_path / "none.csv")


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
    stage = Stage(tape, listing, listing.life.moment)
    stage.run(3_600 + 60)
    last = stage.engine.markets["ADXBTC"].last
    assert last == pytest.approx(stage.fair.ticks(stage.now), rel=0.03)
    assert any(trade.taker_bought for trade in stage.engine.markets["ADXBTC"].trades)
