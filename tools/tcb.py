"""The size of the trusted core: lines that carry code, room by room.

A line counts if it holds a token of code: blank lines, comments and docstrings do not; every
line of a string or expression that spans several does.
"""

import argparse
import ast
import json
import tokenize
from pathlib import Path

CORE = ("model", "exchanges", "isolation", "vault", "policy", "journal", "signer")
PACKAGE = Path(__file__).parent.parent / "src" / "tradelatch"

_LAYOUT = {
    tokenize.COMMENT,
    tokenize.NL,
    tokenize.NEWLINE,
    tokenize.INDENT,
    tokenize.DEDENT,
    tokenize.ENDMARKER,
}


def code_lines(source: str) -> int:
    """How many lines of a Python source carry code."""
    docstrings = _docstring_lines(ast.parse(source))
    lines = iter(source.splitlines(keepends=True))
    carrying: set[int] = set()
    for token in tokenize.generate_tokens(lambda: next(lines, "")):
        span = range(token.start[0], token.end[0] + 1)
        is_docstring = token.type == tokenize.STRING and docstrings.issuperset(span)
        if token.type not in _LAYOUT and not is_docstring:
            carrying.update(span)
    return len(carrying)


def _docstring_lines(tree: ast.Module) -> set[int]:
    lines: set[int] = set()
    for node in ast.walk(tree):
        if not isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        match node.body:
            case [ast.Expr(value=ast.Constant(value=str())) as first, *_]:
                lines.update(range(first.lineno, (first.end_lineno or first.lineno) + 1))
    return lines


def measure(package: Path) -> dict[str, dict[str, int]]:
    """Files and lines of code of every room of the trusted core that stands in `package`."""
    rooms = {}
    for room in CORE:
        files = sorted((package / room).rglob("*.py"))
        if files:
            lines = sum(code_lines(file.read_text("utf-8")) for file in files)
            rooms[room] = {"files": len(files), "lines": lines}
    return rooms


def main() -> None:
    """Print the table, or the same as JSON."""
    parser = argparse.ArgumentParser(description="Print the size of the trusted core.")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    as_json = parser.parse_args().json
    rooms = measure(PACKAGE)
    total = {field: sum(room[field] for room in rooms.values()) for field in ("files", "lines")}
    if as_json:
        print(json.dumps({"rooms": rooms, "total": total}, indent=2))
        return
    print("room       files  lines of code")
    for name, size in {**rooms, "total": total}.items():
        print(f"{name:<10} {size['files']:>5} {size['lines']:>14,}")


if __name__ == "__main__":
    main()
