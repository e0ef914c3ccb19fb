"""Requests by which value leaves an account, or by which keys are managed: by their names, which no
exchange's file has a say in."""

import re
from urllib.parse import urlsplit

from tradelatch.conformance.cases import Case

_MOVING = ("withdraw", "transfer")
"""Categories of calls."""
_NAMES = re.compile(
    r"withdraw|transfer|loan|borrow|repay|lend|convert|gift|sub-?_?accounts?\b|sub-?_?user"
    r"|api-?_?keys?\b",
    re.I,
)
_LOOKING = re.compile(r"histor|hisrec|record|ledger|quota|list|fee|limit|config|info", re.I)
_READING = ("read", "position")


def is_a_door(case: Case) -> bool:
    """Whether a request is of such a kind; one that only looks at such is none."""
    if case.category in _MOVING:
        return True
    path = urlsplit(case.url).path
    if not _NAMES.search(path) and not _NAMES.search(case.call):
        return False
    if case.category:
        return case.category not in _READING
    return case.method != "GET" or not _LOOKING.search(path)
