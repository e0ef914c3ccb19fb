"""Answers in microseconds, for those who ask with ``X-MBX-TIME-UNIT``.

The venue counts in milliseconds; the names below are those of times in its answers.
"""

from typing import Any

from tradelatch.venue.api.endpoint import names
from tradelatch.venue.engine.refusal import Refused

_TIMES = names(
    "time updateTime transactTime transactionTime workingTime serverTime openTime closeTime "
    "createTime T"
)
_CANDLE = 12
_CANDLE_TIMES = (0, 6)


def wants_microseconds(header: bytes | None) -> bool:
    """Whether a request asks for microseconds.

    Raises:
        Refused: it asks for something else.
    """
    unit = (header or b"MILLISECOND").upper()
    if unit not in (b"MILLISECOND", b"MICROSECOND"):
        raise Refused(
            -1194, "Invalid value for time unit; expected either MICROSECOND or MILLISECOND."
        )
    return unit == b"MICROSECOND"


def in_microseconds(answer: Any) -> Any:
    """The same answer with its times in microseconds."""
    if isinstance(answer, dict):
        return {
            name: value * 1_000
            if name in _TIMES and isinstance(value, int) and value > 0
            else in_microseconds(value)
            for name, value in answer.items()
        }
    if isinstance(answer, list):
        if len(answer) == _CANDLE and isinstance(answer[0], int):
            return [v * 1_000 if i in _CANDLE_TIMES else v for i, v in enumerate(answer)]
        return [in_microseconds(one) for one in answer]
    return answer
