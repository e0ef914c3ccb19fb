"""Every published figure of 2022, found again in the files alone."""

import re
from collections import Counter
from fractions import Fraction
from pathlib import Path

import pytest

from tests.drills.incident.readers import adverse, fills, reference_prices, table, value_passed

EU = {
    *("AT", "BE", "BG", "HR", "CY", "CZ", "DK", "EE", "FI", "FR", "DE", "GR", "HU", "IE"),
    *("IT", "LV", "LT", "LU", "MT", "NL", "PL", "PT", "RO", "SK", "SI", "ES", "SE"),
}


class Case:
    """A victim as reported, with the loss in cents that the exports show."""

    def __init__(self, folder: Path, row: dict[str, str], loss: int) -> None:
        self.name, self.country, self.exchange = row["victim"], row["country"], row["exchange"]
        self.created, self.month = row["key_created"], row["attack_month"]
        self.claimed = int(Fraction(row["claimed_loss_usd"]) * 100)
        self.key, self.loss = row["key_id"], loss


@pytest.fixture(scope="module")
def cases(folder: Path) -> list[Case]:
    prices = reference_prices(folder)
    found = []
    for row in table(folder / "victims.csv"):
        traded = fills(folder, row["victim"], row["exchange"])
        found.append(Case(folder, row, value_passed(traded, prices)))
    return found


def lost(cases: list[Case], by: str) -> Counter[str]:
    """Cents."""
    total: Counter[str] = Counter()
    for case in cases:
        total[getattr(case, by)] += case.loss
    return total


def many(cases: list[Case], by: str) -> Counter[str]:
    return Counter(getattr(case, by) for case in cases)


def test_victims_and_total(cases: list[Case]) -> None:
    assert [case.name for case in cases] == [f"V-{number:02}" for number in range(1, 87)]
    assert len({case.country for case in cases}) == 32
    assert sum(case.loss for case in cases) == 27_285_845_00


def test_the_smallest_and_the_largest(cases: list[Case]) -> None:
    losses = sorted(case.loss for case in cases)
    assert 495_00 <= losses[0] <= 505_00 < losses[1]
    assert losses[-1] == 5_900_000_00
    large = [loss for loss in losses if loss > 1_000_000_00]
    assert len(large) == 6
    assert sum(large) == 18_300_000_00
    assert round(100 * sum(large) / sum(losses)) == 67


def test_by_country(cases: list[Case]) -> None:
    number, loss = many(cases, "country"), lost(cases, "country")
    assert [number[country] for country in ("US", "GB", "UA", "CA", "TH")] == [21, 11, 4, 4, 4]
    assert sum(number[country] for country in EU) == 19
    assert max(number[c] for c in number if c not in ("US", "GB", "UA", "CA", "TH")) < 4
    assert 6_400_000_00 < loss["TH"] < 6_450_000_00
    assert loss["GB"] == 5_500_000_00
    eu = sum(loss[country] for country in EU)
    assert eu == 4_800_000_00
    assert all(loss[country] < eu for country in loss if country not in ("TH", "GB"))


def test_by_exchange(cases: list[Case]) -> None:
    number, loss = many(cases, "exchange"), lost(cases, "exchange")
    assert number == {"binance": 47, "kucoin": 28, "coinbasepro": 10, "bittrex": 1}
    assert loss["binance"] == 23_500_000_00
    assert loss["kucoin"] == 2_100_000_00
    assert loss["coinbasepro"] == 1_500_000_00
    assert round(loss["bittrex"] / 100_000_000, 2) == 0.19


def test_by_month_the_trades_tell_the_same_as_the_reports(folder: Path, cases: list[Case]) -> None:
    number, loss = many(cases, "month"), lost(cases, "month")
    assert number == {"2022-10": 4, "2022-11": 24, "2022-12": 58}
    assert loss["2022-10"] == 470_000_00
    assert loss["2022-11"] == 14_900_000_00
    prices = reference_prices(folder)
    for case in cases:
        days = {fill.at.date() for fill in adverse(fills(folder, case.name, case.exchange), prices)}
        (day,) = days
        assert f"{day:%Y-%m}" == case.month


def test_by_year_of_the_key(cases: list[Case]) -> None:
    years = Counter(case.created[:4] for case in cases)
    assert years == {"2022": 67, "2021": 13, "2020": 4, "2019": 2}
    assert round(100 * years["2022"] / 86) == 78
    for case in cases:
        if case.created < "2020":
            assert int(case.created[5:7]) < int(case.month[5:7]), "more than three years old"


def test_claimed_and_verified_are_apart(folder: Path, cases: list[Case]) -> None:
    assert sum(case.claimed > case.loss for case in cases) == 30
    assert all(case.claimed >= case.loss for case in cases)
    truth = {row["victim"]: row for row in table(folder / "truth.csv")}
    prices = reference_prices(folder)
    for case in cases:
        row = truth[case.name]
        assert row["verified_loss_usd"] == f"{case.loss // 100}.{case.loss % 100:02}"
        found = adverse(fills(folder, case.name, case.exchange), prices)
        assert int(row["adverse_fills"]) == len(found)
        assert row["first_adverse_fill"][:19] == found[0].at.isoformat()[:19]
        assert row["last_adverse_fill"][:19] == found[-1].at.isoformat()[:19]
        assert set(row["markets"].split(";")) == {f"{fill.base}/{fill.quote}" for fill in found}


def test_the_readme_says_what_is_real_and_which_figures_came_out(
    folder: Path, cases: list[Case]
) -> None:
    text = (folder / "README.md").read_text()
    assert "Only the published totals are real" in text
    assert "with seed 7" in text.replace("\n", " ")
    rows = re.findall(r"\| (.+) \| (.+) \| (.+) \|", text)
    told = {what: generated for what, _, generated in rows}
    assert told["verified loss"] == "$27,285,845.00"
    assert told["loss in TH"] == f"${lost(cases, 'country')['TH'] / 100:,.2f}"
    assert (told["its share"], told["keys leaked"]) == ("67.1 %", "100,000")
    assert told["smallest loss"] == f"${min(case.loss for case in cases) / 100:,.2f}"
    for word in ("not cumulative", "$15,370,000", "cannot hold", "13 of 2021", "$185,845"):
        assert word in text
