"""Evidence goes in as it is, once, whatever interrupts it."""

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cases.conftest import run
from tradelatch.cases.folder import Case

HEADER = "Date(UTC),Pair,Side,Price,Executed,Amount,Fee\n"
ROW = "2022-10-19 10:00:00,ETHBTC,BUY,0.07,2ETH,0.14BTC,0.002ETH\n"


@pytest.fixture
def empty(tmp_path: Path) -> Path:
    path = tmp_path / "case"
    run(0, "case", "new", path, "--at", "2023-01-10T12:00:00Z", "--name", "October")
    return path


@pytest.fixture
def some(evidence: Path, tmp_path: Path) -> Path:
    """A part of the drill's evidence: a few victims."""
    path = tmp_path / "evidence"
    for name in ("V-01", "V-02", "V-03"):
        shutil.copytree(evidence / "exports" / name, path / "exports" / name)
    shutil.copy(evidence / "truth.csv", path)
    shutil.copytree(evidence / "tapes", path / "tapes")
    shutil.copytree(evidence / "keys", path / "keys")
    return path


def add(code: int, case: Path, *words: object) -> list[dict[str, object]]:
    told = run(code, "case", "add", case, *words, "--at", "2023-01-11T00:00:00+01:00", "--json")
    found = json.loads(told.stdout)
    assert isinstance(found, list)
    return found


def test_the_drills_folder_is_taken_in_by_its_layout(case: Path, evidence: Path) -> None:
    items = {item.name: item for item in Case(case).items}
    assert "truth.csv" not in items
    assert {item.kind for item in items.values()} >= {
        *("export", "history", "victims", "keys", "leaked"),
        *("reference", "tape", "both-sides", "document"),
    }
    for name, item in items.items():
        data = (evidence / name).read_bytes()
        assert (case / "evidence" / item.sha256).read_bytes() == data
        assert item.sha256 == hashlib.sha256(data).hexdigest()
        assert (item.size, item.rejected) == (len(data), 0)
        assert item.at == "2023-01-10T12:05:00Z"
        if name.startswith("exports/"):
            assert item.victim == name.split("/")[1]
    assert items["keys/kucoin.csv"].exchange == "kucoin"
    assert items["tapes/kucoin/BRISO-USDT.csv"].exchange == "kucoin"
    assert items["exchange-tables/binance.csv"].exchange == "binance"


def test_the_same_file_twice_is_one_and_kept_files_are_not_written_to(
    empty: Path, some: Path
) -> None:
    first = add(0, empty, some)
    assert next(one for one in first if one["left_out"])["path"] == str(some / "truth.csv")
    notes = (empty / "intake.jsonl").read_bytes()
    assert not any(one["is_new"] for one in add(0, empty, some))
    assert (empty / "intake.jsonl").read_bytes() == notes
    for file in (empty / "evidence").iterdir():
        assert file.stat().st_mode & 0o222 == 0
    assert "were in the case already" in run(0, "case", "add", empty, some).stdout


def test_a_file_told_otherwise_is_read_anew(empty: Path, tmp_path: Path) -> None:
    file = tmp_path / "mine.csv"
    file.write_text((HEADER + ROW).replace("2022-10-19", "03/04/2022"))
    refused = add(1, empty, file, "--victim", "V-01")
    assert "--set date=dmy" in str(refused[0]["refused"])
    assert Case(empty).items == []
    assert add(0, empty, file, "--victim", "V-01", "--set", "date=dmy")[0]["is_new"]
    again = add(0, empty, file, "--victim", "V-01", "--set", "date=mdy")[0]
    assert (again["is_new"], again["is_reread"]) == (False, True)
    (item,) = Case(empty).items
    assert item.settings == {"date": "mdy"}
    assert item.name == "exports/V-01/mine.csv"


def test_whose_and_what_is_asked_for_and_can_be_told(empty: Path, tmp_path: Path) -> None:
    trades = tmp_path / "trades.csv"
    trades.write_text(HEADER + ROW)
    assert "--victim V-01" in str(add(1, empty, trades)[0]["refused"])
    strange = tmp_path / "strange.csv"
    strange.write_text(HEADER.replace("Pair", "Thing") + ROW)
    refused = str(add(1, empty, strange, "--victim", "V-01")[0]["refused"])
    assert "--map symbol=COLUMN" in refused
    add(0, empty, strange, "--victim", "V-01", "--map", "symbol=Thing")
    tape = tmp_path / "tape.csv"
    tape.write_text("symbol,timestamp,price,amount\nETH/BTC,1666173600000,0.07,1\n")
    add(0, empty, tape, "--kind", "tape", "--exchange", "binance")
    scan = tmp_path / "scan.pdf"
    scan.write_bytes(b"%PDF-1.7")
    add(0, empty, scan)
    both = tmp_path / "binance.csv"
    both.write_text(
        "time,symbol,price,quantity,buyer,seller\n2022-10-19T10:00:00Z,ETH/BTC,0.07,2,a,t-01\n"
    )
    add(0, empty, both)
    kinds = {item.name: (item.kind, item.exchange) for item in Case(empty).items}
    assert kinds == {
        "binance.csv": ("both-sides", "binance"),
        "exports/V-01/strange.csv": ("export", "binance"),
        "scan.pdf": ("document", ""),
        "tape.csv": ("tape", "binance"),
    }


def test_two_files_of_one_name_stay_two(empty: Path, tmp_path: Path) -> None:
    for number in (1, 2):
        file = tmp_path / str(number) / "trades.csv"
        file.parent.mkdir()
        file.write_text(HEADER + ROW * number)
        add(0, empty, file, "--victim", "V-01")
    names = [item.name for item in Case(empty).items]
    assert names == ["exports/V-01/trades.csv", "exports/V-01/trades~2.csv"]


def test_links_are_left_out(empty: Path, tmp_path: Path) -> None:
    folder = tmp_path / "handed"
    folder.mkdir()
    (folder / "passwd.csv").symlink_to("/etc/passwd")
    (told,) = add(0, empty, folder)
    assert "is a link" in str(told["left_out"])


def test_a_pipe_or_a_device_is_not_waited_for(tmp_path: Path) -> None:
    run(0, "case", "new", tmp_path / "case")
    os.mkfifo(tmp_path / "fills.csv")
    for path in (tmp_path / "fills.csv", Path("/dev/zero")):
        said = run(0, "case", "add", tmp_path / "case", path, "--victim", "V-01").stdout
        assert f"left out: {path}: is no file" in said


def test_leaked_keys_are_kept_as_hashes_alone(empty: Path, tmp_path: Path) -> None:
    file = tmp_path / "leaked-keys.csv"
    file.write_text("exchange,key_id\nbinance,TOPSECRETKEYID\n")
    add(0, empty, file)
    kept = b"".join(one.read_bytes() for one in (empty / "evidence").iterdir())
    assert b"TOPSECRETKEYID" not in kept
    assert hashlib.sha256(b"binance:TOPSECRETKEYID").hexdigest().encode() in kept


def test_evidence_that_was_changed_or_is_gone_is_told(empty: Path, some: Path) -> None:
    add(0, empty, some)
    victim = next(item for item in Case(empty).items if item.kind == "export")
    kept = empty / "evidence" / victim.sha256
    data = kept.read_bytes()
    kept.chmod(0o644)
    kept.write_bytes(data + b" ")
    result = run(2, "case", "verify", empty)
    assert "was changed since it was taken in" in result.stderr
    kept.unlink()
    assert "is missing" in run(2, "case", "verify", empty).stderr
    kept.write_bytes(data)
    run(0, "case", "verify", empty)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("case", "add", "nowhere", "x"), "is no case"),
        (("case", "verify", "nowhere"), "is no case"),
        (("case", "new", "."), "is not empty"),
    ],
)
def test_mistakes_end_in_a_sentence(
    words: tuple[str, ...], says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "x").write_text("")
    result = run(2, *words)
    assert says in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_an_empty_case_is_verified_as_such(empty: Path) -> None:
    told = run(0, "case", "verify", empty).stdout
    assert "0.00" in told


def test_a_killed_intake_goes_on_where_it_was(empty: Path, some: Path, tmp_path: Path) -> None:
    whole = tmp_path / "whole"
    run(0, "case", "new", whole, "--at", "2023-01-10T12:00:00Z", "--name", "October")
    add(0, whole, some)
    command = [sys.executable, "-m", "tradelatch.cli", "case", "add", str(empty), str(some)]
    wanted = len(Case(whole).items)
    for few in (1, 4, 9):
        process = subprocess.Popen(
            [*command, "--at", "2023-01-11T00:00:00+01:00"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        while process.poll() is None and _noted(empty) < few:
            time.sleep(0.005)
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert _noted(empty) <= wanted
    with (empty / "intake.jsonl").open("ab") as file:
        file.write(b'{"name":"half')  # as a machine leaves it that loses power
    add(0, empty, some)
    assert (empty / "intake.jsonl").read_bytes() == (whole / "intake.jsonl").read_bytes()
    assert _bytes(empty) == _bytes(whole)


def _noted(case: Path) -> int:
    return (case / "intake.jsonl").read_bytes().count(b"\n")


def _bytes(case: Path) -> dict[str, bytes]:
    return {
        file.name: file.read_bytes()
        for file in (case / "evidence").iterdir()
        if not file.name.startswith(".")
    }


def test_only_one_adds_at_a_time(empty: Path, some: Path) -> None:
    with Case(empty).alone():
        result = run(2, "case", "add", empty, some)
    assert "another command is adding to it" in result.stderr
    assert list((empty / "evidence").iterdir()) == []


@pytest.mark.parametrize(
    ("bad", "told"), [(6, "and 1 more row is left"), (7, "and 2 more rows are")]
)
def test_rows_that_are_not_listed_are_counted(tmp_path: Path, bad: int, told: str) -> None:
    table = tmp_path / "victims.csv"
    table.write_text("victim,country,exchange\nV-01,TH,binance\n" + ",GB,kucoin\n" * bad)
    run(0, "case", "new", tmp_path / "case")
    assert told in " ".join(run(0, "case", "add", tmp_path / "case", table).stdout.split())
