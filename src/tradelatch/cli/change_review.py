"""A change as whoever signs it sees it: what is signed, and what is looser and what tighter in it.

All of it is worked out on this machine, from documents whose digests stand in the text.
"""

from typing import Any

import msgspec

from tradelatch.cli.loosening import Difference, differences, house_differences
from tradelatch.cli.settings import fail
from tradelatch.model.statements import CHANGE
from tradelatch.model.toml import BadToml
from tradelatch.policy.document import Policy, parse_policy
from tradelatch.policy.house import HousePolicy, parse_house


def reviewed(change: dict[str, Any]) -> str:
    """The text that is signed, and below it what `compared` tells of it."""
    text: str = change["text"]
    if not text.startswith(f"{CHANGE}\n"):
        fail("this is not the text of a change; `tradelatch changes show N --json` prints it")
    return text + compared(change)


def compared(change: dict[str, Any]) -> str:
    """What a policy or the house's amounts loosen and tighten. Documents that are not those of
    the text end the command."""
    found = _differences(change, change["text"].splitlines())
    looser = [f"  {one.says}\n" for one in found if one.is_looser]
    tighter = [f"  {one.says}\n" for one in found if not one.is_looser]
    parts = _listed("looser, once it has taken its place", looser)
    return "".join([*parts, *_listed("tighter, from its proposal on", tighter)])


def documents(change: dict[str, Any]) -> str:
    """The document that holds and the one proposed; empty if the change is of something else."""
    if "new" not in change:
        return ""
    old = msgspec.json.format(change["old"].encode()).decode()
    return f"\nin force, with all defaults:\n{old}\n\nproposed:\n{change['new']}"


def _listed(title: str, lines: list[str]) -> list[str]:
    return [f"{title}:\n", *lines] if lines else []


def _differences(change: dict[str, Any], lines: list[str]) -> list[Difference]:
    """Which documents there have to be stands in what is signed, not in what the signer says."""
    kinds = {line.split()[1] for line in lines if line.startswith(("before: ", "after: "))}
    old, new = change.get("old", ""), change.get("new", "")
    try:
        if "policy" in kinds:
            held, proposed = msgspec.json.decode(old, type=Policy), parse_policy(new)
            _check(lines, f"policy {held.digest}", f"policy {proposed.digest}")
            return differences(held, proposed)
        if "house" in kinds:
            house, planned = msgspec.json.decode(old, type=HousePolicy), parse_house(new)
            _check(lines, f"house {house.digest}", f"house {planned.digest}")
            return house_differences(house, planned)
    except (msgspec.MsgspecError, BadToml):
        fail("the documents of this change cannot be read: nothing is signed")
    return []


def _check(lines: list[str], before: str, after: str) -> None:
    if not {f"before: {before}", f"after: {after}"} <= {*lines}:
        fail("the documents shown are not those that would be signed: nothing is signed")
