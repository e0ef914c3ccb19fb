"""Conclusions are exact, and each figure follows from its victims alone."""

from decimal import Decimal

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tradelatch.cases.conclusions.conclude import PEOPLE, conclude
from tradelatch.cases.conclusions.contradictions import contradictions
from tradelatch.cases.conclusions.figures import Unit
from tradelatch.cases.conclusions.published import Published, compare, read_published
from tradelatch.cases.verified import (
    AdverseFill,
    Control,
    Grade,
    LeakedList,
    RowRef,
    VerifiedCase,
    Victim,
)
from tradelatch.exports.refusal import Refused
from tradelatch.exports.settings import Settings

CENT = Decimal("0.01")
NOVEMBER = 1_667_260_800_000


@st.composite
def fills(draw: st.DrawFn, name: str) -> tuple[AdverseFill, ...]:
    made = []
    for line in range(draw(st.integers(0, 4))):
        passed = draw(st.integers(1, 3 * 10**8)) * CENT
        made.append(
            AdverseFill(
                RowRef(f"exports/{name}/x.csv", line + 2),
                NOVEMBER + draw(st.integers(0, 86_400_000 * 60)),
                draw(st.sampled_from(("A/USDT", "B/USDT"))),
                "buy",
                passed + 1,
                Decimal(1),
                Decimal(1),
                NOVEMBER,
                "reference-prices.csv: A/USDT",
                Decimal(1),
                "USDT counts as one dollar",
                passed,
                draw(st.sampled_from(("", "t-01", "t-02"))),
            )
        )
    return tuple(sorted(made, key=lambda fill: fill.time_ms))


@st.composite
def victims(draw: st.DrawFn, number: int) -> Victim:
    name = f"V-{number:02}"
    adverse = draw(fills(name))
    return Victim(
        name,
        draw(st.sampled_from(("", "TH", "GB", "DE", "FR"))),
        draw(st.sampled_from(("binance", "kucoin", "bittrex"))),
        draw(st.none() | st.integers(0, 10**9).map(lambda cents: cents * CENT)),
        draw(st.integers(0, 10**4)) * CENT,
        "",
        draw(st.sampled_from(("", "2019-05-05", "2022-01-02"))),
        None,
        {},
        Grade.ARITHMETIC if adverse else Grade.CLAIMED,
        sum((fill.passed for fill in adverse), Decimal(0)),
        adverse,
        Decimal(0),
        (),
        "",
        (f"exports/{name}/x.csv",),
        (RowRef("victims.csv", number + 1),),
    )


@st.composite
def cases(draw: st.DrawFn) -> VerifiedCase:
    many = draw(st.integers(0, 12))
    people = tuple(draw(victims(number)) for number in range(1, many + 1))
    controls = tuple(Control(one.name, "IP list", one.verified / 2, "half") for one in people)
    return VerifiedCase("drawn", {}, (), people, controls, LeakedList(("leaked.csv",), 10, 3))


@given(cases())
def test_every_breakdown_of_people_sums_to_the_whole(case: VerifiedCase) -> None:
    found = conclude(case)
    for name in PEOPLE:
        cells = found.breakdowns[name].cells
        assert sum(cell.loss for cell in cells) == found.figures["loss"].value
        assert sum(cell.claimed for cell in cells) == found.figures["claimed"].value
        standing = [victim for cell in cells for victim in cell.victims]
        assert sorted(standing) == [one.name for one in case.victims]
    for name in ("market", "counterparty"):
        whole = sum(cell.loss for cell in found.breakdowns[name].cells)
        assert whole == found.figures["loss"].value


@settings(max_examples=30)
@given(cases())
def test_a_figure_follows_from_its_victims_alone(case: VerifiedCase) -> None:
    """Whoever is not named by a figure of dollars or people may go: it stays as it is."""
    for name, figure in conclude(case).figures.items():
        if figure.unit not in (Unit.DOLLARS, Unit.PEOPLE) or not figure.victims:
            continue
        alone = msgspec.structs.replace(
            case,
            victims=tuple(one for one in case.victims if one.name in figure.victims),
            controls=tuple(one for one in case.controls if one.victim in figure.victims),
        )
        assert conclude(alone).figures[name].value == figure.value, name


@given(cases())
def test_figures_of_fills_rest_on_those_fills(case: VerifiedCase) -> None:
    passed = {fill.row: fill.passed for one in case.victims for fill in one.fills}
    for name, figure in conclude(case).figures.items():
        if name.startswith(("loss-market", "loss-counterparty")):
            assert figure.rows is not None
            assert sum(passed[row] for row in figure.rows) == figure.value


@given(cases())
def test_totals_are_what_they_say(case: VerifiedCase) -> None:
    figures = conclude(case).figures
    losses = [one.verified for one in case.victims]
    assert figures["loss"].value == sum(losses)
    assert figures["net"].value == sum(losses) - sum(one.recovered for one in case.victims)
    if any(losses):
        assert figures["largest"].value == max(losses)
        assert figures["smallest"].value == min(loss for loss in losses if loss)
    eu = sum(one.verified for one in case.victims if one.country in ("DE", "FR"))
    assert figures["loss-eu"].value == eu


def published(**values: str) -> list[Published]:
    """Of names with underscores; a value such as ``about 23.5e6/1e5``."""
    found = []
    for line, (name, told) in enumerate(values.items(), 2):
        qualifier, _, number = told.rpartition(" ")
        value, _, step = number.partition("/")
        found.append(
            Published(
                name.replace("__", "-"),
                Decimal(value),
                qualifier,
                Decimal(step or "1"),
                "2023-01-10",
                "somebody",
                RowRef("published.csv", line),
            )
        )
    return found


@pytest.mark.parametrize(
    ("told", "value", "agrees"),
    [
        ("5.5e6/1e5", "5549999.99", True),
        ("5.5e6/1e5", "5550000.01", False),
        ("about 23.5e6/1e5", "23590000", True),
        ("about 23.5e6/1e5", "23600000.01", False),
        ("over 6.4e6/1e5", "6411642.26", True),
        ("over 6.4e6/1e5", "6399999.99", False),
        ("over 6.4e6/1e5", "6500000", False),
        ("27285845", "27285845.00", True),
        ("27285845", "27285846", False),
        ("about 67", "67.07", True),
        ("86", "85", False),
    ],
)
def test_a_figure_agrees_if_it_can_be_published_so(told: str, value: str, agrees: bool) -> None:
    [one] = published(loss=told)
    assert one.agrees(Decimal(value)) is agrees
    assert compare([one], {})[0].agrees is None


@pytest.mark.parametrize(
    ("values", "says", "is_gap"),
    [
        (
            {
                "victims__large": "6",
                "loss__large": "18.3e6/1e5",
                "victims__large__month__2022-11": "6",
                "loss__month__2022-10": "470000/1e4",
                "loss__month__2022-11": "14.9e6/1e5",
            },
            "and with the months before it to $15,370,000.",
            False,
        ),
        (
            {
                "victims": "86",
                "share__key__year__2022": "about 78",
                "victims__key__year__2020": "4",
            },
            "leave 15 of 86 without a published year",
            True,
        ),
        (
            {"victims": "86", "share__key__year__2022": "78", "victims__key__year__2020": "24"},
            "come to 5 more than the 86 victims",
            False,
        ),
        (
            {"victims": "86", "victims__exchange__binance": "80", "victims__exchange__kucoin": "7"},
            "Binance, KuCoin come to 1 more than the whole",
            False,
        ),
        (
            {
                "loss": "27285845",
                "victims__exchange__binance": "47",
                "victims__exchange__bittrex": "1",
                "loss__exchange__binance": "about 23.5e6/1e5",
            },
            "No loss is told for Bittrex",
            True,
        ),
    ],
)
def test_published_figures_that_contradict_one_another_are_named(
    values: dict[str, str], says: str, is_gap: bool
) -> None:
    told = published(**values)
    found = [one for one in contradictions(told) if says in one.says]
    assert len(found) == 1
    assert found[0].is_gap is is_gap
    assert set(found[0].rows) <= {one.row for one in told}


def test_figures_that_fit_together_are_not_complained_of() -> None:
    told = published(
        **{
            "victims": "10",
            "victims__exchange__binance": "6",
            "victims__exchange__kucoin": "4",
            "victims__large": "1",
            "loss": "100",
            "loss__large": "60",
            "victims__large__month__2022-11": "1",
            "loss__month__2022-11": "100",
        }
    )
    assert contradictions(told) == ()


HEADER = "figure,published,qualifier,rounded_to,as_of,source\n"


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("loss,many,,1,,x", "line 2"),
        ("loss,1,nearly,1,,x", "line 2: the qualifier is about, over or nothing"),
        ("loss,1,,0,,x", "line 2: rounded_to is above zero"),
    ],
)
def test_a_bad_row_is_told_with_its_line(row: str, told: str) -> None:
    with pytest.raises(Refused, match=told):
        read_published(f"{HEADER}{row}\n".encode(), "published.csv", Settings(), {})


@given(cases())
def test_the_order_of_victims_does_not_matter(case: VerifiedCase) -> None:
    turned = msgspec.structs.replace(case, victims=tuple(reversed(case.victims)))
    assert conclude(turned) == conclude(case)
