"""Windows of a day as people write them: ``22:00-07:00``."""

import re

_TIME = r"([01][0-9]|2[0-3]):([0-5][0-9])"
_WINDOW = re.compile(rf"{_TIME}-{_TIME}", re.ASCII)


def read_window(text: str) -> tuple[int, int]:
    """Start and end in minutes of the day; the end may lie on the next day.

    Raises:
        ValueError: it is no window, or an empty one.
    """
    found = _WINDOW.fullmatch(text)
    hour, minute, last_hour, last_minute = map(int, found.groups()) if found else (0, 0, 0, 0)
    start, end = 60 * hour + minute, 60 * last_hour + last_minute
    if start == end:
        raise ValueError(f"{text!r} is no window of a day, write for example 22:00-07:00")
    return start, end
