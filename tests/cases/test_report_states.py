"""Reports of cases that are empty, unproved, forged or not verified, and of hostile evidence."""

import subprocess
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.cases.conftest import run
from tests.cases.reading import read_page
from tests.cases.small import new_case, small_case
from tradelatch.cases.folder import Case
from tradelatch.cases.report.content import Audience, content
from tradelatch.cases.report.page import page, paper
from tradelatch.cases.sealed import seal
from tradelatch.cases.verified import AdverseFill, Doubt, Grade, VerifiedCase, Weight

NAMES = ("V-02", "V-82", "V-83", "V-84", "V-86")


@pytest.fixture(scope="module")
def small(evidence: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_case(evidence, tmp_path_factory.mktemp("states") / "case", NAMES)


@pytest.fixture(scope="module")
def verified(small: Path) -> VerifiedCase:
    return msgspec.json.decode((small / "verified.json").read_bytes(), type=VerifiedCase)


def summary(case: VerifiedCase, audience: Audience = Audience.PSEUDONYMS) -> str:
    return read_page(page(content(case, audience), {})).ids["summary"].text


def test_an_empty_case_is_told_to_be_empty(tmp_path: Path) -> None:
    folder = new_case(tmp_path / "case")
    run(0, "case", "verify", folder)
    for words in ((), ("--public",), ("--full",)):
        run(0, "case", "report", folder, *words)
    for path in (folder / "report").glob("*.html"):
        found = read_page(path.read_text())
        told = found.ids["summary"].text
        assert "This case holds no victim: there is nothing to report." in told
        assert {link.removeprefix("#") for link in found.links} <= set(found.ids)
    assert len(list((folder / "report").glob("*.pdf"))) == 3


def test_a_case_of_claims_alone_says_so(tmp_path: Path) -> None:
    table = tmp_path / "victims.csv"
    columns = "victim,country,exchange,claimed_loss_usd,consent_police,consent_exchange"
    table.write_text(f"{columns}\nV-01,TH,binance,9,yes,yes\n")
    folder = new_case(tmp_path / "case")
    run(0, "case", "add", folder, table)
    run(0, "case", "verify", folder)
    run(0, "case", "report", folder, "--no-pdf")
    found = read_page((folder / "report" / "report-pseudonyms.html").read_text())
    told = found.ids["summary"].text
    assert "Nothing is verified: every amount in this report is a claim." in told
    assert found.figures["loss"][0][1] == "$0.00"
    assert found.figures["claimed"][0][1] == "$9.00"
    assert found.figures["victims-unproved"][0][1] == "1"
    run(0, "case", "pack", folder, "--recipient", "police")
    run(0, "case", "check", folder / "packs" / "pack-police-TH.zip")
    run(0, "case", "request", folder)
    letter = (folder / "requests" / "binance" / "request.txt").read_text()
    assert "No trades are verified yet; the customers report losses." in letter


def test_rows_that_could_not_be_read_are_listed_with_the_reason(tmp_path: Path) -> None:
    table = tmp_path / "victims.csv"
    table.write_text("victim,country,exchange\nV-01,TH,binance\n,GB,kucoin\n")
    folder = new_case(tmp_path / "case")
    run(0, "case", "add", folder, table)
    run(0, "case", "verify", folder)
    run(0, "case", "report", folder, "--no-pdf")
    found = read_page((folder / "report" / "report-pseudonyms.html").read_text())
    says = "1 row of the evidence could not be read and counts for nothing."
    assert says in found.ids["summary"].text
    assert "victims.csv3names no victim" in found.ids["files"].text


def test_forgeries_contradictions_and_missing_evidence_are_told_first(
    verified: VerifiedCase,
) -> None:
    assert "forged" not in summary(verified)
    one, two, three, *rest = verified.victims
    rows = tuple(fill.row for fill in one.fills[:2])
    replace = msgspec.structs.replace
    forged = replace(
        one, doubts=(Doubt("impossible price", "It never was.", rows, Weight.FORGERY),)
    )
    doubted = replace(two, doubts=(Doubt("balance", "It does not add up.", rows, Weight.DOUBT),))
    silent = replace(three, grade=Grade.CLAIMED, fills=(), verified=Decimal(0), files=())
    case = replace(verified, victims=(forged, doubted, silent, *rest))
    told = summary(case)
    assert "The evidence of 1 victim is forged in part; forged rows count for nothing." in told
    assert "The evidence of 1 victim contradicts itself or that of others." in told
    assert "Of 1 victim there is no usable evidence; what they claim is told apart." in told
    found = read_page(page(content(case, Audience.PSEUDONYMS), {}))
    assert "It never was." in found.ids["doubts"].text
    assert f"line {rows[0].line}" in found.ids["doubts"].text or "lines" in found.ids["doubts"].text
    proved = replace(verified, victims=(forged, doubted, three, *rest))
    public = summary(proved, Audience.PUBLIC)
    assert "The evidence of some victims is forged in part" in public
    assert "1 victim" not in public


def test_a_public_report_of_few_says_nothing_of_them(verified: VerifiedCase) -> None:
    few = msgspec.structs.replace(verified, victims=verified.victims[:4])
    found = read_page(page(content(few, Audience.PUBLIC), {}))
    assert "fewer than 5 victims" in found.ids["summary"].text
    assert not found.figures


def _not_verified(folder: Path) -> None:
    (folder / "verified.json").unlink()


def _added_since(folder: Path) -> None:
    note = folder.with_name("note.txt")
    note.write_text("more")
    run(0, "case", "add", folder, note, "--kind", "document")


def _dropped_since(folder: Path) -> None:
    _added_since(folder)
    run(0, "case", "verify", folder)
    run(0, "case", "drop", folder, "note.txt", "--because", "of another case")


def _edited(folder: Path) -> None:
    path = folder / "verified.json"
    path.write_bytes(path.read_bytes().replace(b'"threshold":"0.10"', b'"threshold":"0.90"'))


def _unsealed(folder: Path) -> None:
    (folder / "verified.sha256").unlink()


def _of_another_version(folder: Path) -> None:
    seal(Case(folder), b"{}")


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (_not_verified, "was not verified yet; run `tradelatch case verify"),
        (
            _added_since,
            "evidence was added, dropped or read otherwise since it was verified; run `tradelatch",
        ),
        (
            _dropped_since,
            "evidence was added, dropped or read otherwise since it was verified; run `tradelatch",
        ),
        (_edited, "is not what verification wrote, by its hash in verified.sha256; run `tradel"),
        (_unsealed, "is not what verification wrote, by its hash in verified.sha256; run `trade"),
        (_of_another_version, "cannot be read; verify the case again"),
    ],
)
def test_what_is_not_verified_is_not_reported(
    tmp_path: Path, spoil: Callable[[Path], None], told: str
) -> None:
    folder = new_case(tmp_path / "case")
    run(0, "case", "verify", folder)
    spoil(folder)
    for words in (("report",), ("pack", "--recipient", "police"), ("request",)):
        ended = run(2, "case", words[0], folder, *words[1:])
        assert told in " ".join(ended.output.split())
    assert not any((folder / made).exists() for made in ("report", "packs", "requests"))


def test_other_tools_check_what_was_verified(tmp_path: Path) -> None:
    folder = new_case(tmp_path / "case")
    run(0, "case", "verify", folder)
    checked = ["sha256sum", "-c", "verified.sha256"]
    told = subprocess.run(checked, cwd=folder, check=True, capture_output=True, text=True)
    assert told.stdout == "verified.json: OK\n"


def test_public_and_full_exclude_one_another(tmp_path: Path) -> None:
    folder = new_case(tmp_path / "case")
    assert "--public and --full" in run(2, "case", "report", folder, "--public", "--full").output


def test_evidence_that_was_changed_goes_into_no_pack(small: Path) -> None:
    held = next(path for path in (small / "evidence").iterdir() if b"UXMAL" in path.read_bytes())
    before = held.read_bytes()
    held.chmod(0o644)
    held.write_bytes(before + b"\n")
    try:
        ended = run(2, "case", "pack", small, "--recipient", "police", "--victim", "V-83")
        assert "was changed since it was taken in" in " ".join(ended.output.split())
    finally:
        held.write_bytes(before)


HOSTILE = st.sampled_from(
    ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{ 7 * 7 }}", "</style><a>"]
)


@settings(max_examples=20)
@given(HOSTILE, st.text(max_size=10), st.booleans())
def test_nothing_of_the_evidence_becomes_markup(
    verified: VerifiedCase, hostile: str, more: str, on_paper: bool
) -> None:
    said = hostile + more
    one = verified.victims[0]
    fill: AdverseFill = msgspec.structs.replace(
        one.fills[0], counterparty=said, trade_id=said, symbol=said, reference_from=said
    )
    doubt = Doubt(said, said, (fill.row,), Weight.DOUBT)
    victim = msgspec.structs.replace(
        one,
        country=said,
        exchange=said,
        key_created="",
        fills=(fill, *one.fills[1:]),
        doubts=(doubt,),
        reconciled=said,
        account=said,
        consents={said: True},
    )
    case = msgspec.structs.replace(
        verified, name=said, victims=(victim, *verified.victims[1:]), settings={said: said}
    )
    laid_out = (paper if on_paper else page)(content(case, Audience.FULL), {})
    found = read_page(laid_out)
    assert not found.tags & {"script", "img"}
    assert not found.loaded
    assert "49" not in found.ids["doubts"].text.replace(said, "")


def test_what_is_withheld_is_told_beside_the_loss(verified: VerifiedCase) -> None:
    case = msgspec.structs.replace(verified, withheld=Decimal("1234.50"))
    assert "$1,234.50 more is withheld until it is explained" in summary(case)
    assert "withheld" not in summary(verified)
    public = summary(case, Audience.PUBLIC)
    assert "More is withheld" in public
    assert "1,234" not in public
