"""The report of the drill: every published figure is shown, and leads to the rows it rests on."""

import re
from collections.abc import Mapping
from decimal import ROUND_HALF_EVEN, Decimal
from hashlib import sha256
from pathlib import Path

import pytest

from tests.cases.conftest import run
from tests.cases.reading import Page, read_page

PUBLISHED = {
    "victims": "86",
    "countries": "32",
    "loss": "$27,285,845.00",
    "smallest": "$499.48",
    "largest": "$5,900,000.00",
    "victims-large": "6",
    "loss-large": "$18,300,000.00",
    "share-large": "67.1 %",
    "victims-country-US": "21",
    "victims-country-GB": "11",
    "victims-country-UA": "4",
    "victims-country-CA": "4",
    "victims-country-TH": "4",
    "victims-eu": "19",
    "loss-country-TH": "$6,411,642.26",
    "loss-country-GB": "$5,500,000.00",
    "loss-eu": "$4,800,000.00",
    "victims-exchange-binance": "47",
    "victims-exchange-kucoin": "28",
    "victims-exchange-coinbasepro": "10",
    "victims-exchange-bittrex": "1",
    "loss-exchange-binance": "$23,500,000.00",
    "loss-exchange-kucoin": "$2,100,000.00",
    "loss-exchange-coinbasepro": "$1,500,000.00",
    "loss-exchange-bittrex": "$185,845.00",
    "victims-month-2022-10": "4",
    "loss-month-2022-10": "$470,000.00",
    "victims-month-2022-11": "24",
    "loss-month-2022-11": "$14,900,000.00",
    "share-key-year-2022": "77.9 %",
    "victims-key-year-2022": "67",
    "victims-key-year-2020": "4",
    "victims-key-year-2019": "2",
    "keys-leaked": "100,000",
    "keys-published": "10,000",
}
"""The facts' table, as the drill's evidence meets it."""


@pytest.fixture(scope="module")
def folder(case: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("reports")
    for audience in ("--public", "--full", ""):
        words = [audience] if audience else []
        run(0, "case", "report", case, "--no-pdf", "--output", path, *words)
    return path


@pytest.fixture(scope="module")
def pages(folder: Path) -> Mapping[str, Page]:
    names = ("public", "pseudonyms", "full")
    return {name: read_page((folder / f"report-{name}.html").read_text()) for name in names}


@pytest.fixture(scope="module")
def page(pages: Mapping[str, Page]) -> Page:
    return pages["pseudonyms"]


def test_every_figure_of_the_table_is_shown(page: Page) -> None:
    shown = {name: {text for _, text in page.figures[name]} for name in PUBLISHED}
    assert shown == {name: {value} for name, value in PUBLISHED.items()}


def test_every_figure_leads_to_its_victims_and_they_to_lines_of_files_with_hashes(
    page: Page, evidence: Path
) -> None:
    files = {number: page.ids[number] for number in page.ids if number.startswith("file-")}
    for name in PUBLISHED:
        [where] = {where for where, _ in page.figures[name]}
        entry = page.ids[where.removeprefix("#")]
        assert PUBLISHED[name] in entry.text
        victims = [link for link in entry.links if link.startswith("#V-")]
        everyone = "#victims" in entry.links
        if name.startswith("keys-"):
            assert any(link.startswith("#file-") for link in entry.links)
            continue
        assert everyone or victims
        for victim in victims:
            assert page.rows[victim.removeprefix("#")]
    for victim, rows in page.rows.items():
        if victim == "file":
            continue
        for cells in (rows[0], rows[-1]):
            number, line = cells[0].split(", ")
            text = files[f"file-{number}"].text
            path = next(one for one in evidence.rglob("*.csv") if _inside(one, evidence) in text)
            assert sha256(path.read_bytes()).hexdigest() in text
            row = path.read_text().splitlines()[int(line) - 1]
            assert cells[5] in row, f"{victim}: {cells} is not in line {line} of {path.name}"


def _inside(path: Path, folder: Path) -> str:
    return path.relative_to(folder).as_posix()


def test_the_losses_follow_from_the_rows_of_the_page_alone(page: Page) -> None:
    lost = {name: _passed(rows) for name, rows in page.rows.items() if name.startswith("V-")}
    assert len(lost) == 86
    assert sum(lost.values()) == Decimal("27285845.00")
    for name in (name for name in PUBLISHED if name.startswith(("loss", "largest", "smallest"))):
        where, text = page.figures[name][0]
        links = page.ids[where.removeprefix("#")].links
        whose = lost if "#victims" in links else {link.removeprefix("#") for link in links}
        total = sum(lost[victim] for victim in whose)
        assert text == f"${total:,}", name


def _passed(rows: list[list[str]]) -> Decimal:
    """(price - reference) * quantity * rate of each row, rounded to the cent once."""
    total = Decimal(0)
    for cells in rows:
        side, price, quantity, reference, rate = cells[4], *map(Decimal, cells[5:9])
        sign = 1 if side == "buy" else -1
        total += sign * (price - reference) * quantity * rate
    return total.quantize(Decimal("0.01"), ROUND_HALF_EVEN)


@pytest.mark.parametrize("name", ["public", "pseudonyms", "full"])
def test_pages_load_nothing_run_nothing_and_every_link_leads_somewhere(
    folder: Path, pages: Mapping[str, Page], name: str
) -> None:
    page, html = pages[name], (folder / f"report-{name}.html").read_text()
    assert not page.loaded
    assert not page.tags & {"script", "link", "iframe", "object", "embed", "form", "img"}
    assert not re.search(r"url\((?!#)|@import|\son[a-z]+=|javascript:", html)
    assert all(link.startswith("#") for link in page.links)
    lost = {link for link in page.links if link.removeprefix("#") not in page.ids}
    assert not lost


def test_the_public_page_shows_nobody(folder: Path, pages: Mapping[str, Page]) -> None:
    page = pages["public"]
    for name in ("report-public.html", "report-public.json"):
        assert not re.search(r"\bV-\d|\bt-\d\d|\bA-\d\d", (folder / name).read_text())
    assert page.figures["loss"][0][1] == PUBLISHED["loss"]
    counts = {
        name: int(text.replace(",", ""))
        for name, shown in page.figures.items()
        for _, text in shown
        if name.startswith("victims")
    }
    assert counts
    assert all(many >= 5 or many == 0 for many in counts.values()), counts
    assert "victims-country-TH" not in counts
    assert "loss-exchange-bittrex" not in page.figures


def test_accounts_are_named_in_the_full_report_alone(folder: Path) -> None:
    full = (folder / "report-full.html").read_text()
    masked = (folder / "report-pseudonyms.html").read_text()
    assert "t-01 at Binance" in full
    assert not re.search(r"\bt-0\d\b", masked)
    assert "A-01 at Binance" in masked


def test_claimed_and_verified_stand_apart(page: Page) -> None:
    assert page.figures["claimed"][0][1] == "$29,325,329.56"
    assert page.figures["victims-above"][0][1] == "30"
    assert page.figures["claimed-above"][0][1] == "$2,039,484.56"


def test_published_figures_are_held_against_these_and_against_themselves(page: Page) -> None:
    text = page.ids["published"].text
    assert text.count("agrees") == 34 - 1 + 1  # all but the whales; the word stands above, too
    assert text.count("differs") == 1
    assert "All 6 losses over $1 million are said to fall in November 2022" in text
    assert "leave 13 of 86 without a published year" in text


def test_a_second_run_gives_the_same_bytes(folder: Path, case: Path, tmp_path: Path) -> None:
    run(0, "case", "report", case, "--no-pdf", "--output", tmp_path)
    for path in tmp_path.iterdir():
        assert path.read_bytes() == (folder / path.name).read_bytes()
