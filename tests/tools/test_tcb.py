from pathlib import Path

import pytest

from tools import tcb

SAMPLE = '''"""A module.

Its docstring."""

# a comment
import os  # counts: 1


class Thing:  # 2
    """Two
    lines."""

    text = """three

    lines"""  # 3 to 5

    def answer(  # 6
        self,  # 7

        # only a comment
    ) -> int:  # 8
        "One line."
        return (  # 9
            42  # 10
        )  # 11


async def empty() -> None:  # 12
    """Only a docstring."""


def on_one_line() -> None: "its docstring"  # 13
'''


def test_counts_lines_that_carry_code() -> None:
    assert tcb.code_lines(SAMPLE) == 13


@pytest.mark.parametrize("source", ["", "\n\n", "# no\n", '"""No."""\n', '"""A""" """B"""'])
def test_counts_nothing_where_nothing_is(source: str) -> None:
    assert tcb.code_lines(source) == 0


def test_a_string_is_a_docstring_only_where_it_comes_first() -> None:
    assert tcb.code_lines('x = 1\n"""not a docstring"""\n') == 2
    assert tcb.code_lines('"""docstring"""; x = 1\n') == 1
    assert tcb.code_lines('f"""not\n{1}\none"""\n') == 3


def test_measures_the_rooms_of_the_core_and_no_other(tmp_path: Path) -> None:
    for name in ("model/a.py", "model/deep/b.py", "policy/c.py", "gate/d.py"):
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("x = 1\ny = 2\n")
    assert tcb.measure(tmp_path) == {
        "model": {"files": 2, "lines": 4},
        "policy": {"files": 1, "lines": 2},
    }


def test_finds_the_core_of_this_package() -> None:
    assert tcb.measure(tcb.PACKAGE)["model"]["lines"] > 0
