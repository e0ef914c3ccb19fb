"""A list read whole: hits, malformed lines and duplicates, whatever its blocks are."""

import hashlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradelatch.cli.leaks import reading
from tradelatch.cli.leaks.lines import LONGEST, digest
from tradelatch.cli.leaks.reading import Found, UnusableList, lines_of, read_list

OURS = {digest("binance", f"ours-{number}"): number for number in range(3)}


def read(folder: Path, text: bytes) -> Found:
    path = folder / "list"
    path.write_bytes(text)
    heard = list[int]()
    found = read_list(path, OURS, heard.append)
    assert found.sha256 == hashlib.sha256(text).hexdigest()
    assert (heard or [0])[-1] == len(text)
    return found


def test_counts_and_hits(tmp_path: Path) -> None:
    text = b"\n".join(
        [
            b"\xef\xbb\xbfexchange,key_id,secret",
            b"binance,ours-1,s",
            b"# told by a friend",
            b"binance,others,s",
            b"binance,",
            b"",
            b"binance,others,another secret",
            digest("binance", "ours-2").hex().encode() + b"\r",
            b"binance,",
        ]
    )
    found = read(tmp_path, text)
    assert (found.lines, found.ids, found.duplicates) == (9, 4, 1)
    assert {OURS[one] for one in found.hits} == {1, 2}
    assert {why: list(lines) for why, lines in found.malformed.items()} == {
        "there is no id in it": [5, 9]
    }


def test_an_endless_line_fills_no_memory_and_ends_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "BLOCK", 1 << 12)
    blocks = [b"x" * LONGEST] * 50
    assert max(map(len, lines_of([*blocks, b"\n"]))) <= 2 * LONGEST + 1
    text = b"x" * (5 * LONGEST) + b"\nbinance,ours-0"
    found = read(tmp_path, text)
    assert (found.lines, len(found.hits)) == (2, 1)
    assert [list(lines) for lines in found.malformed.values()] == [[1]]


@given(st.lists(st.binary(max_size=50), max_size=8))
def test_lines_are_those_of_the_file_in_whatever_blocks_it_comes(blocks: list[bytes]) -> None:
    whole = b"".join(blocks)
    if whole.startswith((b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf")):
        return
    try:
        lines = list(lines_of(blocks))
    except UnusableList:
        return  # a block that begins so, behind empty ones
    assert b"\n".join(lines) == whole.removesuffix(b"\n")


@given(st.lists(st.integers(0, 60), max_size=80))
def test_duplicates_are_counted(tmp_path_factory: pytest.TempPathFactory, ids: list[int]) -> None:
    text = "".join(f"binance,{hashlib.sha256(bytes([i])).hexdigest()[:32]}\n" for i in ids)
    found = read(tmp_path_factory.mktemp("list"), text.encode())
    assert found.duplicates == len(ids) - len(set(ids))
    assert found.ids == found.lines == len(ids)


def test_what_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(UnusableList, match="cannot read it: No such file"):
        read_list(tmp_path / "nowhere", OURS, lambda _: None)
    with pytest.raises(UnusableList, match="UTF-16; write it as UTF-8"):
        read(tmp_path, "binance,ours-1\n".encode("utf-16"))
    assert read(tmp_path, b"").lines == 0
