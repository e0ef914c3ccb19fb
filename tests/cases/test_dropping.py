"""Evidence that was added by mistake: it counts no more, and that it was there stays told."""

import json
from pathlib import Path

import pytest

from tests.cases.conftest import run
from tests.cases.reading import read_page
from tests.cases.small import new_case
from tradelatch.cases.folder import Case

VICTIMS = "victim,country,exchange,claimed_loss_usd\n"
WRONG, RIGHT = f"{VICTIMS}V-07,TH,binance,5\n", f"{VICTIMS}V-08,DE,kucoin,9\n"
NAME, WHY = "victims.csv", "the list of another case"


@pytest.fixture
def wrong(tmp_path: Path) -> Path:
    """A case whose only evidence is another one's table of victims."""
    folder = new_case(tmp_path / "case")
    add(folder, WRONG)
    return folder


def add(folder: Path, text: str) -> None:
    table = folder.with_name(NAME)
    table.write_text(text)
    run(0, "case", "add", folder, table, "--at", "2023-01-10T13:00:00Z")


def drop(folder: Path) -> str:
    words = ("--because", WHY, "--at", "2023-01-11T09:00:00Z")
    return run(0, "case", "drop", folder, NAME, *words).stdout


def names(folder: Path) -> list[str]:
    told = json.loads(run(0, "case", "verify", folder, "--json").stdout)
    return [one["victim"] for one in told]


def test_what_is_dropped_counts_no_more_and_is_kept_with_its_hash(wrong: Path) -> None:
    assert names(wrong) == ["V-07"]
    before, (held,) = (wrong / "intake.jsonl").read_bytes(), Case(wrong).items
    assert held.sha256 in drop(wrong)
    assert names(wrong) == []
    after = (wrong / "intake.jsonl").read_bytes()
    assert after.startswith(before)
    noted = json.loads(after.removeprefix(before))
    told = ("victims.csv", held.sha256, "2023-01-11T09:00:00Z", WHY)
    assert tuple(noted[field] for field in ("name", "sha256", "dropped", "because")) == told
    assert (wrong / "evidence" / held.sha256).read_text() == WRONG
    (listed,) = json.loads(run(0, "case", "evidence", wrong, "--json").stdout)
    assert listed == noted
    shown = " ".join(run(0, "case", "evidence", wrong).stdout.split())
    assert f"dropped at {told[2]}: {NAME} ({held.sha256[:12]}): {WHY}" in shown


def test_the_right_file_of_the_same_name_takes_its_place(wrong: Path) -> None:
    drop(wrong)
    add(wrong, RIGHT)
    assert names(wrong) == ["V-08"]
    case = Case(wrong)
    assert [one.name for one in case.items] == [one.name for one in case.dropped] == [NAME]
    assert case.items[0].sha256 != case.dropped[0].sha256


def test_a_file_that_was_dropped_may_come_back_and_that_is_told_too(wrong: Path) -> None:
    read = Case(wrong).reading
    drop(wrong)
    add(wrong, WRONG)
    assert names(wrong) == ["V-07"]
    assert len(Case(wrong).dropped) == 1
    assert Case(wrong).reading != read


def test_what_nobody_may_keep_can_be_deleted_once_it_is_dropped(wrong: Path) -> None:
    drop(wrong)
    (wrong / "evidence" / Case(wrong).dropped[0].sha256).unlink()
    assert names(wrong) == []
    run(0, "case", "report", wrong, "--no-pdf")


@pytest.mark.parametrize("audience", ["pseudonyms", "full", "public"])
def test_the_report_lists_what_was_dropped_and_why(wrong: Path, audience: str) -> None:
    (gone,) = Case(wrong).items
    drop(wrong)
    add(wrong, RIGHT)
    run(0, "case", "verify", wrong)
    words = () if audience == "pseudonyms" else (f"--{audience}",)
    run(0, "case", "report", wrong, "--no-pdf", *words)
    text = (wrong / "report" / f"report-{audience}.html").read_text()
    if audience == "public":
        assert gone.sha256 not in text
        assert WHY not in text
        return
    found = read_page(text)
    row = f"{NAME}{gone.sha256}victims2023-01-10 13:00:002023-01-11 09:00:00{WHY}"
    assert row in "".join(found.ids["files"].text.split("\n"))
    assert "Dropped from the evidence: 1 file" in found.ids["summary"].text


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ((NAME,), "Missing option '--because'"),
        ((NAME, "--because", " \n"), "--because: say why"),
        (("other.csv", "--because", WHY), "holds no evidence named other.csv"),
        ((NAME, "other.csv", "--because", WHY), "holds no evidence named other.csv"),
    ],
)
def test_mistakes_drop_nothing(wrong: Path, words: tuple[str, ...], says: str) -> None:
    before = (wrong / "intake.jsonl").read_bytes()
    assert says in " ".join(run(2, "case", "drop", wrong, *words).output.split())
    assert (wrong / "intake.jsonl").read_bytes() == before


def test_nothing_is_dropped_twice_or_while_somebody_adds(wrong: Path) -> None:
    with Case(wrong).alone():
        ended = run(2, "case", "drop", wrong, NAME, "--because", WHY)
    assert "another command is adding to it" in " ".join(ended.output.split())
    drop(wrong)
    again = " ".join(run(2, "case", "drop", wrong, NAME, "--because", "x").output.split())
    assert f"{NAME} was dropped at 2023-01-11T09:00:00Z: {WHY}" in again
    run(2, "case", "evidence", wrong, NAME)


@pytest.mark.parametrize("head", ['{"version": 2, "name": "A", "opened": "B"}', '{"version": 99}'])
def test_a_case_of_a_newer_version_is_refused_and_not_misread(wrong: Path, head: str) -> None:
    drop(wrong)
    (wrong / "case.json").write_text(head)
    for words in (("evidence",), ("verify",), ("report",), ("add", wrong / "case.json")):
        says = " ".join(run(2, "case", words[0], wrong, *words[1:]).stderr.split())
        assert f"{wrong}: is written by a newer Tradelatch (its case.json says version" in says
        assert "this one reads up to 1); open it with that one" in says
