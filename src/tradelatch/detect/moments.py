"""Columns of moments, however they are written, as ms since 1970."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import ibis.expr.types as ir


def in_ms(raw: "ir.Table", column: str) -> Any:
    """Ms since 1970 of moments: time stamps, ISO 8601, or s, ms, us or ns since 1970; what the
    first row holds decides for all."""
    import ibis

    def epoch_ms(moment: Any) -> Any: ...

    signature = (("timestamp('UTC')",), "int64")
    of_timestamp: Any = ibis.udf.scalar.builtin(epoch_ms, signature=signature)

    value = raw[column]
    first = raw.limit(1)[column].try_cast("int64").to_pyarrow().to_pylist()
    if value.type().is_timestamp() or first == [None]:
        return of_timestamp(value.try_cast("timestamp('UTC')"))
    if value.type().is_string():  # 1.71041E+12, of a spreadsheet, is no moment any more
        value = value.re_search(r"^\s*\d+(\.\d*)?\s*$").ifelse(value, None)
    whole = _of_count(value.try_cast("int64"))
    if value.type().is_integer():
        return whole
    # A cast to whole numbers would round fractions of a second.
    parts = value.try_cast("float64")
    return (
        ((parts % 1 == 0) | (parts >= 10**14)).ifelse(whole, _of_count(parts).round()).cast("int64")
    )


def _of_count(number: Any) -> Any:
    """Ms of s, ms, us or ns."""
    import ibis

    return ibis.cases(
        (number < 10**11, number * 1000),
        (number < 10**14, number),
        (number < 10**17, number // 10**3),
        else_=number // 10**6,
    )
