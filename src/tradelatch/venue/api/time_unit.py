"""Answers and events in microseconds, for those who ask with ``X-MBX-TIME-UNIT`` or, where they
connect by websocket, with ``timeUnit``.

The venue counts in milliseconds; the names below are those of times in what it tells.
"""

from typing import Any
from urllib.parse import parse_qs

import msgspec

from tradelatch.venue.api.endpoint import names
from tradelatch.venue.engine.refusal import Refused

_TIMES = names(
    "time updateTime transactTime transactionTime workingTime serverTime openTime closeTime "
    "createTime T"
)
_EVENT_TIMES = {
    "trade": "ET",
    "aggTrade": "ET",
    "kline": "E",
    "24hrMiniTicker": "E",
    "24hrTicker": "EOC",
    "avgPrice": "ET",
    "depthUpdate": "E",
    "executionReport": "ETOW",
    "outboundAccountPosition": "Eu",
    "balanceUpdate": "ET",
    "listStatus": "ET",
    "eventStreamTerminated": "E",
}
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


def socket_wants_microseconds(query: bytes) -> bool:
    """Whether a websocket's address asks for microseconds; anything else is milliseconds."""
    asked = parse_qs(query.decode("ascii", "replace")).get("timeUnit", [""])[0]
    return asked.upper() == "MICROSECOND"


def event_in_microseconds(data: bytes) -> bytes:
    """The JSON of a stream's message with its times in microseconds."""
    message = msgspec.json.decode(data)
    return msgspec.json.encode(
        [_event(one) for one in message] if isinstance(message, list) else _event(message)
    )


def _event(message: dict[str, Any]) -> dict[str, Any]:
    times = _EVENT_TIMES.get(message.get("e", ""), "")
    told = {name: v * 1_000 if name in times and v > 0 else v for name, v in message.items()}
    if "k" in told:
        candle = told["k"]
        told["k"] = {**candle, "t": candle["t"] * 1_000, "T": candle["T"] * 1_000}
    return told


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
