"""Markets that were silent for a day are told by another pair."""

import numpy as np

from tradelatch.detect.contra.silent import Hours, fill_silent


def hours(*pairs: tuple[int, float]) -> Hours:
    return Hours(np.array([hour for hour, _ in pairs]), np.array([price for _, price in pairs]))


def test_only_silent_hours_are_filled_at_the_rate_between_quotes() -> None:
    filled = fill_silent(
        {
            "C/BTC": hours((10, 9.0), (11, 9.0), (60, 9.0)),
            "C/USDT": hours((9, 100.0), (59, 120.0)),
            "BTC/USDT": hours((8, 50.0), (50, 40.0)),
        }
    )
    assert filled["C/BTC"].tolist()[::2] == [2.0, 3.0]
    assert np.isnan(filled["C/BTC"][1])


def test_a_rate_the_other_way_round_serves_as_well() -> None:
    filled = fill_silent({"C/V": hours((10, 9.0)), "C/B": hours((9, 8.0)), "V/B": hours((9, 2.0))})
    assert filled["C/V"].tolist() == [4.0]


def test_without_a_rate_or_another_pair_there_is_none() -> None:
    filled = fill_silent({"C/BTC": hours((10, 1.0)), "C/USDT": hours((9, 5.0))})
    assert np.isnan(filled["C/BTC"][0])
