"""What is found about keys."""

from typing import Any

import pytest

from tradelatch.cli.keys_doctor import findings

DAY_MS = 86_400_000
NOW_MS = 1_800_000_000_000


def key(**changes: Any) -> dict[str, Any]:
    rights = {"can": ["trade"], "is_bound": True, "created_ms": NOW_MS - DAY_MS, "ends_ms": 0}
    rights |= {name: changes.pop(name) for name in list(changes) if name in rights}
    told = {
        "added_ns": (NOW_MS - DAY_MS) * 10**6,
        "asked_ns": NOW_MS * 10**6,
        "inspected": {"rights": rights, "accepted": changes.pop("accepted", [])},
        "dangers": {},
        "state": "active",
        "former": [],
    }
    return told | changes


@pytest.mark.parametrize(
    ("changes", "kinds"),
    [
        ({}, []),
        ({"inspected": None}, ["unknown"]),
        ({"dangers": {"withdraw": "may withdraw"}}, ["withdraw"]),
        ({"dangers": {"withdraw": "may withdraw"}, "accepted": ["withdraw"]}, []),
        ({"can": []}, ["trade"]),
        ({"created_ms": NOW_MS - 364 * DAY_MS}, []),
        ({"created_ms": NOW_MS - 365 * DAY_MS}, ["old"]),
        ({"created_ms": 0, "added_ns": (NOW_MS - 400 * DAY_MS) * 10**6}, ["old"]),
        ({"asked_ns": 0, "added_ns": (NOW_MS - 29 * DAY_MS) * 10**6}, []),
        ({"asked_ns": 0, "added_ns": (NOW_MS - 30 * DAY_MS) * 10**6}, ["idle"]),
        ({"ends_ms": NOW_MS + 15 * DAY_MS}, []),
        ({"ends_ms": NOW_MS + 13 * DAY_MS}, ["ends"]),
        ({"ends_ms": NOW_MS - DAY_MS}, ["ends"]),
        ({"state": "compromised"}, ["compromised"]),
        ({"former": [{"state": "deactivated"}, {"state": "destroyed"}]}, ["former"]),
        ({"former": [{"state": "destroyed"}]}, []),
    ],
)
def test_what_is_found(changes: dict[str, Any], kinds: list[str]) -> None:
    found = list(findings("me", key(**changes), NOW_MS, 365, 30, 14))
    assert [finding.kind for finding in found] == kinds


def test_what_has_ended_is_told_from_what_ends() -> None:
    for days, words in ((3, "ends on 2027-01-18"), (-3, "ended on 2027-01-12")):
        told = key(ends_ms=NOW_MS + days * DAY_MS)
        (finding,) = findings("me", told, NOW_MS, 365, 30, 14)
        assert finding.says == words
