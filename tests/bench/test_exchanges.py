"""The bench of exchanges measures every one of them."""

from pathlib import Path

from bench import exchanges as bench
from tradelatch import exchanges


def test_every_exchange_is_measured(tmp_path: Path) -> None:
    report = bench.run(tmp_path, quick=True)
    (table,) = report.tables
    assert [row[0] for row in table.rows] == list(exchanges.NAMES)
    for row in table.rows:
        assert len(row) == len(table.columns) == len(table.formats)
        assert all(isinstance(figure, float) and figure > 0 for figure in row[2:])
