"""The page: one file, nothing loaded, nothing run that a name contains, and its figures right."""

import base64
import hashlib
import json
import re
from decimal import Decimal
from html.parser import HTMLParser
from itertools import pairwise
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.bots.backtest.made_up import empty, made_up
from tradelatch.bots.backtest.chart_data import CHART_POINTS, chart_data, telling
from tradelatch.bots.backtest.histogram import histogram, nice_step
from tradelatch.bots.backtest.page import page
from tradelatch.bots.backtest.result import Gap, Result
from tradelatch.bots.backtest.rows import summary_rows
from tradelatch.bots.backtest.statistics import underwater

HOSTILE = "</script ><script>alert(1)</script><!--<img src=x onerror=alert(2)>\"'&$title"
VOID = {"meta", "link", "img", "br", "line", "rect", "path", "input", "hr"}


class Parsed(HTMLParser):
    """Scripts and texts of a document, its attributes, and whether every element is closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.scripts: list[tuple[dict[str, str | None], str]] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.tags: list[str] = []
        self.texts: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag == "script":
            self.scripts.append((dict(attrs), ""))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] == "script":
            attributes, text = self.scripts.pop()
            self.scripts.append((attributes, text + data))
        elif self.open and self.open[-1] != "style":
            self.texts.append(data)

    @property
    def data(self) -> Any:
        """What is embedded for the charts."""
        return next(
            json.loads(t) for attributes, t in self.scripts if attributes.get("id") == "data"
        )


def hostile() -> Result:
    full = made_up(days=10)
    return replace(
        full,
        bot=HOSTILE,
        kind=HOSTILE,
        symbols=(HOSTILE,),
        quote=HOSTILE,
        settings={HOSTILE: HOSTILE, "nested": [{"a": HOSTILE}]},
        deals=tuple(replace(deal, state=HOSTILE, symbol=HOSTILE) for deal in full.deals),
        fills=tuple(replace(fill, tag=HOSTILE, symbol=HOSTILE) for fill in full.fills),
        assumptions=(HOSTILE,),
        warnings=(HOSTILE,),
        candles={HOSTILE: full.candles["ETH/USDT"]},
        gaps=(Gap(HOSTILE, full.start_ms, full.end_ms),),
    )


@pytest.mark.parametrize("result", [made_up(days=40), empty(), hostile(), made_up(days=1)])
def test_it_is_well_formed_and_loads_nothing(result: Result) -> None:
    text = page(result)
    parsed = Parsed(text)
    assert parsed.open == []
    assert not {"link", "img", "iframe", "object", "base", "form"} & set(parsed.tags)
    assert not [a for a in parsed.attributes if a[1] in ("src", "href", "action")]
    assert not [a for a in parsed.attributes if a[1].startswith("on")]
    assert not re.findall(r"@import|url\(", text)
    outside = set(re.findall(r"https?://[^\s\"'<>)]+", text))
    assert outside <= {"https://github.com/leeoniya/uPlot"}, "the chart library's name for itself"


@pytest.mark.parametrize("result", [made_up(days=10), hostile()])
def test_only_its_own_two_scripts_may_run(result: Result) -> None:
    parsed = Parsed(page(result))
    assert len(parsed.scripts) == 3
    policy = next(
        v for tag, name, v in parsed.attributes if name == "content" and "script-src" in v
    )
    allowed = re.search(r"script-src ([^;]*);", policy)
    assert allowed
    hashes = {
        f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
        for attributes, text in parsed.scripts
        if "type" not in attributes
    }
    assert set(allowed[1].split()) == hashes
    assert len(hashes) == 2


def test_hostile_names_are_shown_as_they_are() -> None:
    parsed = Parsed(page(hostile()))
    shown = "".join(parsed.texts)
    assert shown.count(HOSTILE) >= 8
    assert parsed.data["quote"] == HOSTILE
    embedded = next(text for about, text in parsed.scripts if about.get("id") == "data")
    assert not set("<>&") & set(embedded)
    assert {deal[3] for deal in parsed.data["deals"]} == {HOSTILE}


def test_the_data_of_the_charts_comes_back() -> None:
    full = made_up(days=60)
    data = Parsed(page(full)).data
    assert data == chart_data(full)
    rows = [dict(zip(data["columns"], row, strict=True)) for row in data["deals"]]
    assert [Decimal(row["profit"]) for row in rows] == [deal.profit for deal in full.deals]
    assert [row["number"] for row in rows] == [deal.number for deal in full.deals]
    assert [fill[4] for fill in data["fills"]] == [float(fill.price) for fill in full.fills]
    times, equity, water, held = data["equity"]
    assert len(times) == len(equity) == len(water) == len(held)
    assert times[-1] == full.end_ms / 1000
    assert equity[-1] == pytest.approx(float(full.end_equity))
    assert max(water) <= 0
    first, last = full.candles["ETH/USDT"][0][1], full.candles["ETH/USDT"][-1][4]
    assert held[-1] == pytest.approx(float(full.start_equity * last / first))


def test_every_statistic_of_the_terminal_is_on_the_page() -> None:
    full = made_up(days=60)
    texts = Parsed(page(full)).texts
    for name, value in summary_rows(full):
        assert (name, value) in list(pairwise(texts))


def test_gaps_settings_and_assumptions_are_told() -> None:
    full = made_up(days=20)
    shown = "\n".join(Parsed(page(full)).texts)
    for text in (
        *full.assumptions,
        *full.warnings,
        "ETH/USDT: 2024-01-02 06:00 to 2024-01-02 09:00",
    ):
        assert text in shown
    assert '[{"percent": "2", "share": "100"}]' in shown
    assert "profit, USDT" in shown
    assert "1,820.00" in shown, "in the reporting currency"


@given(st.integers(0, 99), st.integers(1, 3_000), st.integers(5, 500))
def test_the_points_of_a_chart_keep_every_extreme(seed: int, count: int, most: int) -> None:
    dice = Random(seed)
    values = [dice.uniform(1, 2) * (1 + at / 300) for at in range(count)]
    points = list(enumerate(values))
    water = underwater(points)
    shown = telling(points, water, most)
    assert len(shown) <= most
    assert shown == sorted(set(shown))
    assert {0, count - 1} <= set(shown)
    assert max(values[index] for index in shown) == max(values)
    assert min(values[index] for index in shown) == min(values)
    assert max(water[index] for index in shown) == max(water)


def test_a_long_backtest_stays_a_small_page() -> None:
    full = made_up(days=20)
    long = tuple((full.start_ms + at * 1000, Decimal(1000 + at % 7)) for at in range(200_000))
    data = chart_data(replace(full, equity=long))
    assert len(data["equity"][0]) <= CHART_POINTS


@given(st.lists(st.floats(-1, 10), min_size=1))
def test_a_histogram_holds_every_deal(shares: list[float]) -> None:
    told = histogram(shares)
    counts = re.findall(r"<title>([\d,]+) from (\S+) to (\S+) %", told)
    assert sum(int(count.replace(",", "")) for count, _, _ in counts) == len(shares)
    assert float(counts[0][1]) <= min(shares) * 100 + 1e-3
    assert max(shares) * 100 <= float(counts[-1][2]) * (1 + 1e-5) + 1e-3
    assert len(counts) <= 60


def test_a_histogram_has_bars_wide_enough_to_read() -> None:
    told = histogram([at / 1000 for at in range(-300, 700)])
    assert 12 <= told.count("<rect") <= 26


@pytest.mark.parametrize(("least", "step"), [(0, 0.01), (0.3, 0.5), (1, 1), (1.1, 2), (60, 100)])
def test_steps_are_round(least: float, step: float) -> None:
    assert nice_step(least) == pytest.approx(step)


def test_no_deal_has_no_histogram() -> None:
    assert "No deal" in histogram([])
