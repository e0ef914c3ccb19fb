"""What is handed over: only of who consented, signed, and the same bytes each time."""

import contextlib
import csv
import io
import os
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.cases.conftest import run
from tests.cases.small import new_case, small_case
from tests.cases.test_pack_names import is_portable
from tests.cases.written import PEOPLE, PERSON, PRICES, case_of, trades
from tradelatch.cases.packs.archive import zipped
from tradelatch.cases.packs.checking import NoPack, check_pack
from tradelatch.cases.packs.choosing import NobodyConsents, consenting
from tradelatch.cases.packs.manifest import Manifest
from tradelatch.cases.packs.tables import fills_csv
from tradelatch.cases.verified import VerifiedCase, Victim

CONSENTS = {"V-02": "police", "V-82": "exchange", "V-83": "police", "V-84": ""}


@pytest.fixture(scope="module")
def small(evidence: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("small")
    changed = folder / "evidence"
    changed.mkdir()
    for path in evidence.iterdir():
        (changed / path.name).symlink_to(path)
    (changed / "victims.csv").unlink()
    with (evidence / "victims.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    with (changed / "victims.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        for row in rows:
            for recipient in ("police", "exchange"):
                holds = CONSENTS.get(row["victim"]) == recipient
                row[f"consent_{recipient}"] = "yes" if holds else "no"
            writer.writerow(row)
    return small_case(changed, folder / "case", CONSENTS)


@pytest.fixture(scope="module")
def packs(small: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("packs")
    run(0, "case", "pack", small, "--recipient", "police", "--output", folder)
    return folder


def files(path: Path) -> Mapping[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_a_pack_holds_who_consented_to_its_recipient_and_nobody_else(packs: Path) -> None:
    assert sorted(path.name for path in packs.iterdir()) == [
        "pack-police-NL.zip",
        "pack-police-US.zip",
    ]
    for path, name in (("pack-police-NL.zip", "V-83"), ("pack-police-US.zip", "V-02")):
        held = files(packs / path)
        assert {one.split("/")[0] for one in held if "/" in one} == {name}
        for other in set(CONSENTS) - {name}:
            assert not any(other.encode() in data for data in held.values())


def test_originals_are_the_bytes_that_were_handed_in(packs: Path, evidence: Path) -> None:
    held = files(packs / "pack-police-NL.zip")
    path = "exports/V-83/bittrex-orders.csv"
    assert held[f"V-83/original/{path}"] == (evidence / path).read_bytes()
    rows = list(csv.DictReader(io.StringIO(held["fills.csv"].decode())))
    lines = (evidence / path).read_text().splitlines()
    for row in rows:
        assert row["file"] == path
        assert row["price"] in lines[int(row["line"]) - 1]
        assert row["file_sha256"] == sha256((evidence / path).read_bytes()).hexdigest()


def test_a_second_run_in_another_process_gives_the_same_bytes(
    small: Path, packs: Path, tmp_path: Path
) -> None:
    command = [sys.executable, "-m", "tradelatch.cli", "case"]
    environment = os.environ | {"PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo"}
    for words in (
        ("pack", small, "--recipient", "police", "--country", "us"),
        ("report", small),
    ):
        subprocess.run(
            [*command, *words, "--output", tmp_path], check=True, env=environment, timeout=300
        )
    run(0, "case", "report", small, "--output", packs.with_name("again"))
    for path in tmp_path.iterdir():
        other = packs if path.suffix == ".zip" else packs.with_name("again")
        assert path.read_bytes() == (other / path.name).read_bytes(), path.name
    assert (tmp_path / "report-pseudonyms.pdf").read_bytes().startswith(b"%PDF-")


def test_a_pack_is_checked_by_its_signature_and_by_the_key_of_the_report(
    small: Path, packs: Path, tmp_path: Path
) -> None:
    pack = packs / "pack-police-NL.zip"
    signer = (small / "signer.pub").read_text().strip()
    assert "nothing was changed" in run(0, "case", "check", pack, "--signer", signer).output
    stranger = (new_case(tmp_path / "stranger") / "signer.pub").read_text().strip()
    assert "signature" in run(1, "case", "check", pack, "--signer", stranger).output


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda held: held | {"V-83/fills.csv": b"nothing"}, "V-83/fills.csv: was changed"),
        (lambda held: {k: v for k, v in held.items() if k != "fills.csv"}, "fills.csv: is missing"),
        (lambda held: held | {"more.txt": b"x"}, "more.txt: was added"),
        (
            lambda held: held | {"manifest.json": held["manifest.json"].replace(b'"NL"', b'"BE"')},
            "the signature is not of this manifest",
        ),
        *(
            (lambda held, name=name: held | {name: b"x"}, f"{name}: was changed")
            for name in ("statement.txt", "signature.bin", "signer.pem", "SHA256SUMS")
        ),
        (lambda held: {k: v for k, v in held.items() if k != "SHA256SUMS"}, "SHA256SUMS: is"),
    ],
)
def test_a_changed_pack_is_told(packs: Path, tmp_path: Path, change: object, told: str) -> None:
    assert callable(change)
    path = tmp_path / "changed.zip"
    path.write_bytes(zipped(change(files(packs / "pack-police-NL.zip"))))
    assert told in run(1, "case", "check", path).output


def test_a_damaged_pack_ends_in_a_sentence(packs: Path, tmp_path: Path) -> None:
    whole = (packs / "pack-police-NL.zip").read_bytes()
    path = tmp_path / "damaged.zip"
    for place in range(0, len(whole), len(whole) // 60):
        damaged = bytearray(whole)
        damaged[place] ^= 0x55
        path.write_bytes(damaged)
        with contextlib.suppress(NoPack):
            check_pack(path)


def test_what_is_no_pack_is_told_in_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "no.zip"
    assert "cannot read it" in run(2, "case", "check", path).output
    path.write_bytes(b"PK no zip")
    assert "is no pack of evidence" in run(2, "case", "check", path).output
    path.write_bytes(zipped({"manifest.json": b"{}"}))
    assert "is no pack of evidence" in run(2, "case", "check", path).output


def test_other_tools_check_it_too(packs: Path, tmp_path: Path) -> None:
    for name, data in files(packs / "pack-police-NL.zip").items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    told = subprocess.run(
        ["sha256sum", "-c", "SHA256SUMS"], cwd=tmp_path, check=True, capture_output=True, text=True
    )
    assert told.stdout.count(": OK") == len(files(packs / "pack-police-NL.zip")) - 1
    manifest = sha256((tmp_path / "manifest.json").read_bytes()).hexdigest()
    assert manifest in (tmp_path / "statement.txt").read_text()


def test_documents_go_with_the_victim_who_handed_them_in(tmp_path: Path) -> None:
    scan = b"%PDF-1.7\n" + bytes(range(256))
    for name in ("V-01/complaint.pdf", "V-02/complaint.pdf", "notes.pdf"):
        path = tmp_path / "in" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(scan + name.encode())
    case = case_of(
        tmp_path,
        {
            "V-01/trades.csv": trades(range(3)),
            "victims.csv": PEOPLE + PERSON + PERSON.replace("V-01", "V-02").replace("yes", "no"),
            "reference-prices.csv": PRICES,
        },
    )
    run(0, "case", "key", case, answers="\n\n")
    run(0, "case", "pack", case, "--recipient", "police")
    path = case / "packs" / "pack-police-US.zip"
    held = files(path)
    originals = {name: data for name, data in held.items() if "/original/" in name}
    assert originals["V-01/original/V-01/complaint.pdf"] == scan + b"V-01/complaint.pdf"
    assert [name for name in originals if name.endswith(".pdf")] == [
        "V-01/original/V-01/complaint.pdf"
    ]
    manifest = msgspec.json.decode(held["manifest.json"], type=Manifest)
    sums = {one.name: one.sha256 for one in manifest.files}
    assert all(sums[name] == sha256(data).hexdigest() for name, data in originals.items())
    assert sums["V-01/original/V-01/complaint.pdf"] in held["V-01/fact-sheet.html"].decode()
    assert "nothing was changed" in run(0, "case", "check", path).output
    changed = {**held, "V-01/original/V-01/complaint.pdf": scan}
    path.write_bytes(zipped(changed))
    assert "complaint.pdf: was changed" in run(1, "case", "check", path).output


def test_files_are_called_as_any_computer_can_and_their_names_are_told(tmp_path: Path) -> None:
    names = [
        "CON.csv",
        'a"b:c?.csv',
        "notes.csv",
        "Notes.csv",
        "dot./x.csv",
        "dot /x.csv",
        "aux/x.csv",
    ]
    for minute, name in enumerate(names):
        path = tmp_path / "in" / "V-01" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(trades(range(minute, minute + 1)))
    (tmp_path / "in" / "victims.csv").write_text(PEOPLE + PERSON)
    (tmp_path / "in" / "reference-prices.csv").write_text(PRICES)
    case = new_case(tmp_path / "case")
    run(0, "case", "add", case, tmp_path / "in")
    run(0, "case", "verify", case)
    run(0, "case", "pack", case, "--recipient", "police")
    pack = case / "packs" / "pack-police-US.zip"
    run(0, "case", "check", pack)
    held = files(pack)
    originals = {name: data for name, data in held.items() if "/original/" in name}
    assert all(is_portable(name) for name in held)
    assert len({name.casefold() for name in held}) == len(held)
    manifest = msgspec.json.decode(held["manifest.json"], type=Manifest)
    told = {one.name: one.handed_in_as for one in manifest.files if one.handed_in_as}
    asked = {f"V-01/{name}" for name in names}
    for place, data in originals.items():
        name = told.get(place, place.removeprefix("V-01/original/"))
        asked.remove(name)
        assert data == (tmp_path / "in" / name).read_bytes()
    assert not asked
    assert "handed_in_as" in held["README.txt"].decode()
    rows = list(csv.DictReader(io.StringIO(held["fills.csv"].decode())))
    assert {row["file"] for row in rows} == {f"V-01/{name}" for name in names}


def test_one_trade_is_told_as_one(tmp_path: Path) -> None:
    people = f"{PEOPLE.rstrip()},consent_exchange\n{PERSON.rstrip()},yes\n"
    told = {"V-01/mine.csv": trades(range(1)), "victims.csv": people}
    case = case_of(tmp_path, told | {"reference-prices.csv": PRICES})
    run(0, "case", "request", case)
    letter = (case / "requests" / "binance" / "request.txt").read_text()
    assert "(UTC), 1 trade in" in letter
    assert "V-01: [account id], 1 trade, $40.00" in letter
    run(0, "case", "key", case, answers="\n\n")
    assert (
        "1 of 1 victim, who consented"
        in run(0, "case", "pack", case, "--recipient", "police").output
    )
    sheet = files(case / "packs" / "pack-police-US.zip")["V-01/fact-sheet.html"].decode()
    assert "1 trade was made on this account" in sheet


def test_requests_name_the_consenting_alone(small: Path, tmp_path: Path) -> None:
    run(0, "case", "request", small, "--output", tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["kucoin"]
    for path in (tmp_path / "kucoin").iterdir():
        data = path.read_bytes()
        assert b"V-83" not in data
        assert b"V-02" not in data
    text = (tmp_path / "kucoin" / "request.txt").read_text()
    assert "To KuCoin" in text
    assert "V-82: [account id], 27 trades, $9,999.03" in text
    rows = csv.DictReader(io.StringIO((tmp_path / "kucoin" / "request-trades.csv").read_text()))
    assert {row["victim"] for row in rows} == {"V-82"}


def test_nobody_is_handed_over_without_consent(small: Path) -> None:
    ended = run(2, "case", "pack", small, "--recipient", "press")
    assert "no consent for 'press'; victims were asked about:" in ended.output
    ended = run(2, "case", "pack", small, "--recipient", "police", "--victim", "V-84")
    assert "V-84 has not consented to police" in ended.output
    whole = msgspec.json.decode((small / "verified.json").read_bytes(), type=VerifiedCase)
    for recipient in ("police", "exchange", "publication"):
        for one in consenting(whole, recipient):
            assert one.consents[recipient]
    with pytest.raises(NobodyConsents, match="no such victim"):
        consenting(whole, "police", country="XX")


def test_without_a_key_or_with_another_nothing_is_packed(small: Path, tmp_path: Path) -> None:
    words = ("case", "pack", small, "--recipient", "police", "--key")
    assert "there is no such key" in run(2, *words, tmp_path / "none.key").output
    new_case(tmp_path / "other")
    assert "is not the key of" in run(2, *words, tmp_path / "other.key").output


def test_the_private_key_lies_outside_of_the_case(small: Path) -> None:
    key = small.with_name("case.key")
    assert key.stat().st_mode & 0o077 == 0
    assert not any(b"private" in path.read_bytes() for path in small.iterdir() if path.is_file())


@pytest.fixture(scope="module")
def victim(small: Path) -> Victim:
    found = msgspec.json.decode((small / "verified.json").read_bytes(), type=VerifiedCase)
    return found.victims[0]


@given(text=st.text(min_size=1, max_size=8), start=st.sampled_from([*"=+-@\t\r|", "=cmd|", "-2+3"]))
def test_no_table_holds_what_a_spreadsheet_executes(text: str, start: str, victim: Victim) -> None:
    fill = msgspec.structs.replace(
        victim.fills[0], counterparty=start + text, trade_id=f" {start}{text}"
    )
    told = fills_csv(
        [msgspec.structs.replace(victim, fills=(fill,))], {fill.row.file: "0" * 64}
    ).decode()
    for row in csv.reader(io.StringIO(told)):
        for cell in row:
            is_number = cell.lstrip("-").replace(".", "", 1).isdecimal()
            assert is_number or not cell.lstrip().startswith(tuple("=+-@|")), cell
