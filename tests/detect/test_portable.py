"""The relational parts of every detector can be told to Spark: Ibis writes them in Spark's SQL (the
dialect of Databricks, which needs no Spark here) and refuses an asof join, which Spark lacks."""

from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir
import pytest

from tradelatch.detect.catalogue import SUMMARIES, load
from tradelatch.detect.trades import read_trades, trade_files

SAMPLES = Path(__file__).parents[2] / "examples" / "detect"


def sample(name: str) -> Path:
    """The sample of a detector; several read the same one."""
    own = [SAMPLES / name, SAMPLES / f"{name}.csv"]
    shared = {"contra-tape": SAMPLES / "contra.csv", "drain": SAMPLES / "contra-victim"}
    return next(path for path in [*own, shared.get(name, Path())] if path.exists())


@pytest.mark.parametrize("name", sorted(SUMMARIES))
def test_every_question_is_one_that_spark_can_be_asked(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    detector = load(name)
    trades = read_trades(trade_files(sample(name)), detector.asked, {})
    asked: list[ir.Expr] = []

    for kind, method in ((ir.Expr, "to_pyarrow"), (ir.Table, "cache")):
        plain = getattr(kind, method)

        def heard(expression: Any, *given: Any, plain: Any = plain, **named: Any) -> Any:
            asked.append(expression)
            return plain(expression, *given, **named)

        monkeypatch.setattr(kind, method, heard)
    detector.find(trades, detector.parameters())

    assert asked
    for expression in asked:
        assert ibis.to_sql(expression, dialect="databricks")
