"""The published features: by definition, without a look ahead, and as the published matrices have
them."""

import csv
import datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.detect.pumps import made
from tradelatch.detect.pumps import published
from tradelatch.detect.pumps.models import look
from tradelatch.detect.pumps.streams import tapes_of
from tradelatch.detect.pumps.tape import Tape
from tradelatch.detect.trades import Asked, read_trades

ASKED = Asked(("time", "symbol", "price", "amount", "side"), files=True)
SEEDS = st.integers(0, 10_000)


def bought(*trades: tuple[int, float, float], sell_at: int | None = None) -> Tape:
    """Taker buys as (ms, price, volume)."""
    time, price, volume = (np.array(one) for one in zip(*trades, strict=True))
    side = np.array([one != sell_at for one in time])
    return Tape(time.astype(np.int64), side, price, volume, np.arange(1, len(time) + 1))


def test_chunks_hold_taker_buys_alone_and_orders_of_several_fills() -> None:
    tape = bought(
        (1_000, 2.0, 1.0),
        (1_000, 4.0, 1.0),
        (24_999, 3.0, 0.5),
        (25_000, 9.0, 9.0),
        (60_000, 5.0, 2.0),
        sell_at=25_000,
    )
    chunks = published.chunks_of(tape, 25)
    assert chunks.start.tolist() == [0, 50_000]
    assert (chunks.trades.tolist(), chunks.rush.tolist()) == ([3, 1], [1, 0])
    assert (chunks.volume.tolist(), chunks.max_price.tolist()) == ([2.5, 2.0], [4.0, 5.0])
    assert chunks.mean_price.tolist() == [3.0, 5.0]


@given(SEEDS, st.integers(2, 40))
def test_windows_are_those_of_numpy(seed: int, window: int) -> None:
    values = np.random.default_rng(seed).lognormal(size=60)
    views = np.lib.stride_tricks.sliding_window_view(values, window)
    for rolling, expected in (
        (published.rolling_mean(values, window), views.mean(axis=1)),
        (published.rolling_std(values, window), views.std(axis=1, ddof=1)),
    ):
        assert np.isnan(rolling[: window - 1]).all()
        np.testing.assert_allclose(rolling[window - 1 :], expected, rtol=1e-6, atol=1e-7)


@given(SEEDS, st.floats(0.3, 0.99))
def test_no_feature_depends_on_later_trades(seed: int, share: float) -> None:
    tape = made.tape(seed)
    cut = int(len(tape) * share)
    whole = published.chunks_of(tape, 25)
    part = published.chunks_of(tape.cut(slice(0, cut)), 25)
    complete = part.start + 25_000 <= tape.time[cut]
    expected = published.features(whole, 50)[: len(part.start)][complete]
    found = published.features(part, 50)[complete]
    np.testing.assert_array_equal(found, expected)


@given(SEEDS, st.integers(-400, 400))
def test_a_tape_some_days_later_has_the_same_features(seed: int, days: int) -> None:
    tape = made.tape(seed)
    moved = published.chunks_of(made.later(tape, days * made.DAY), 15)
    chunks = published.chunks_of(tape, 15)
    assert (moved.start - chunks.start == days * made.DAY).all()
    np.testing.assert_array_equal(published.features(moved, 40), published.features(chunks, 40))


def test_without_a_buy_there_is_no_chunk() -> None:
    tape = bought((1_000, 2.0, 1.0), sell_at=1_000)
    assert not len(look("forest", tape).end)
    assert published.features(published.chunks_of(tape, 25), 900).shape == (0, len(published.NAMES))


def matching(folder: Path, files: list[Path], seconds: int) -> tuple[int, int, int]:
    """Of the labelled chunks of some tapes: how many there are, how many have all twelve published
    values to the last digit, and the number of values that differ by more than 0.02."""
    tapes = {file.name: dict(tapes_of(read_trades([file], ASKED))) for file in files}
    alike = count = far = 0
    with (folder / f"label_{seconds}S.csv").open() as lines:
        for line in csv.DictReader(lines):
            moment = datetime.datetime.fromisoformat(line["date"]).replace(tzinfo=datetime.UTC)
            start = round(moment.timestamp() * 1000)
            for name, by_symbol in tapes.items():
                if not name.startswith(f"{line['symbol']}_{moment:%Y-%m-%d}"):
                    continue
                [tape] = by_symbol.values()
                chunks = published.chunks_of(tape, seconds)
                rows = published.features(chunks, published.WINDOWS[seconds])
                [row] = rows[chunks.start == start]
                off = np.abs(row - [float(line[name]) for name in published.NAMES])
                count += 1
                alike += bool((off < 1e-9).all())
                far += int((off > 0.02).sum())
    return count, alike, far


@pytest.mark.recorded
@pytest.mark.parametrize("seconds", [25, 15, 5])
def test_labelled_chunks_have_the_published_values(recorded_data: Path, seconds: int) -> None:
    folder = recorded_data / "pumps"
    names = ("BTS_2019-07-19_17.00", "CND_2019-07-09_17.00", "SNM_2021-01-08_21.00")
    files = [folder / "tapes" / f"{name}.csv.gz" for name in names]
    assert matching(folder, files, seconds) == (3, 3, 0)


@pytest.mark.soak
@pytest.mark.recorded
@pytest.mark.parametrize(("seconds", "alike"), [(25, 66), (15, 70), (5, 74)])
def test_two_thirds_of_all_labelled_chunks_do(
    recorded_data: Path, seconds: int, alike: int
) -> None:
    folder = recorded_data / "pumps"
    files = sorted((folder / "tapes").iterdir())
    count, found, far = matching(folder, files, seconds)
    assert (count, found) == (102, alike)
    assert far < 0.04 * 12 * count
