"""Lists in pages, and the spans of time they are asked for."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from tradelatch.venue.api.parameters import Parameters
from tradelatch.venue.kucoin.refusals import unsuitable

WEEK_MS = 7 * 86_400_000
FUTURE = 10**15
_USUAL_PAGE, _LARGEST_PAGE = 50, 500
_USUAL_BATCH, _LARGEST_BATCH = 20, 100

_T = TypeVar("_T")


def page(asked: Parameters, found: Sequence[_T], tell: Callable[[_T], Any]) -> dict[str, Any]:
    """The page that ``currentPage`` and ``pageSize`` ask for, each of its rows by `tell`."""
    number = asked.integer("currentPage", 1, 10**6) or 1
    length = asked.integer("pageSize", 1, 10**6) or _USUAL_PAGE
    if length > _LARGEST_PAGE:
        raise unsuitable(f"pageSize should not greater than {_LARGEST_PAGE}")
    start = (number - 1) * length
    return {
        "currentPage": number,
        "pageSize": length,
        "totalNum": len(found),
        "totalPage": -(-len(found) // length),
        "items": [tell(one) for one in found[start : start + length]],
    }


def batch(
    asked: Parameters, found: Sequence[_T], number: Callable[[_T], int], tell: Callable[[_T], Any]
) -> dict[str, Any]:
    """The high-frequency endpoints' batch of ``limit`` rows, latest first, behind the row whose
    `number` is ``lastId``."""
    last = asked.integer("lastId", 0, 10**18 - 1)
    limit = asked.integer("limit", 1, _LARGEST_BATCH) or _USUAL_BATCH
    rest = [one for one in found if not last or number(one) < last][:limit]
    return {
        "lastId": number(rest[-1]) if rest else last or 0,
        "items": [tell(one) for one in rest],
    }


def span(asked: Parameters) -> tuple[int, int]:
    """``startAt`` and ``endAt``, ms; all of time where they are not sent."""
    end = asked.moment("endAt")
    return asked.moment("startAt") or 0, FUTURE if end is None else end


def week(asked: Parameters, now: int) -> tuple[int, int]:
    """The same for what is told of a week at most: the last one, or the one that begins with
    ``startAt`` or ends with ``endAt``.

    Raises:
        Declined: the two are further apart.
    """
    start, end = asked.moment("startAt"), asked.moment("endAt")
    if start is None:
        end = now if end is None else end
        start = max(end - WEEK_MS, 0)
    elif end is None:
        end = start + WEEK_MS
    if end - start > WEEK_MS:
        raise unsuitable("startAt and endAt are more than 7 days apart.")
    return start, end
