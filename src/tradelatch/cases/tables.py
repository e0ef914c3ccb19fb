"""The one writer of tables: nothing that it writes is executed by a spreadsheet.

A cell that begins with ``=``, ``+``, ``-``, ``@`` or a tab or line end may be taken for a formula
(OWASP, CSV injection; also the full-width forms). Texts of that look get an apostrophe before
them, also behind a semicolon, at which some spreadsheets split whatever is quoted; numbers stay
numbers. Every cell is quoted, and line ends and control characters in a cell become spaces.
"""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from decimal import Decimal

_DANGEROUS = tuple("=+-@\t\r\n|%＝＋－＠")
_AFTER_SEMICOLON = re.compile(rf'(;[\s"]*)([{re.escape("".join(_DANGEROUS))}])')
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?", re.ASCII)

Cell = str | int | Decimal | None


def csv_text(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    """A table as CSV (UTF-8, lines end with LF), the same for the same cells."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n", quoting=csv.QUOTE_ALL)
    writer.writerow([safe(name) for name in header])
    writer.writerows([safe(cell) for cell in row] for row in rows)
    return out.getvalue()


def safe(cell: Cell) -> str:
    """A cell as text that no spreadsheet executes."""
    if cell is None:
        return ""
    if isinstance(cell, Decimal):
        return format(cell, "f")
    text = str(cell)
    if _NUMBER.fullmatch(text):
        return text
    harmless = "".join(one if one.isprintable() else " " for one in text)
    # A spreadsheet that splits at semicolons would see a cell begin behind each of them.
    harmless = _AFTER_SEMICOLON.sub(r"\1'\2", harmless)
    first = harmless.lstrip(' \u00a0"')
    return f"'{harmless}" if first.startswith(_DANGEROUS) else harmless
