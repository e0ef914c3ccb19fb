"""Strategies of one's own as they are read."""

from pathlib import Path

import pytest

from tradelatch.bots.kinds import BadKind, load_kind


@pytest.mark.parametrize("text", ["1 / 0", "import sys; sys.exit(3)", "class A:", "\x00"])
def test_a_file_that_cannot_be_run_ends_nothing_else(text: str, tmp_path: Path) -> None:
    (tmp_path / "own.py").write_text(text)
    with pytest.raises(BadKind, match=r"own\.py: it cannot be run"):
        load_kind("own.py:A", tmp_path)
