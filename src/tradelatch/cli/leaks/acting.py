"""What is done about hits: many by one command, each durable before the next; run again, it does
the rest."""

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from tradelatch import exchanges
from tradelatch.cli.leaks.known import Known, Place
from tradelatch.cli.operator import NoSigner, ask
from tradelatch.exchanges.protocol import ExchangeFile
from tradelatch.model.config import Config

MOST_AT_ONCE = 5_000
"""Hits in one command: their names fill less than what a person's command may be."""
REPLACED = "replaced meanwhile"


class Outcome(msgspec.Struct):
    """The state of each hit that was acted on, accounts whose keys the exchange has ended, and what
    went wrong."""

    after: dict[Place, str] = {}
    ended: set[str] = set()
    problem: str = ""


def act(
    config: Config,
    verb: str,
    digest: str,
    known: Known,
    places: Sequence[Place],
    tell: Callable[[int], None],
) -> Outcome:
    """Suspend or revoke (`verb` of the signer's) what stands in the list of that SHA-256. Former
    keys are left alone. `tell` hears how many are done."""
    outcome = Outcome()
    wanted = [place for place in places if place.former is None]
    try:
        for start in range(0, len(wanted), MOST_AT_ONCE):
            batch = wanted[start : start + MOST_AT_ONCE]
            _act_on(config, verb, digest, known, batch, outcome)
            tell(start + len(batch))
        if verb == "leak revoke":
            _end(config, known, outcome)
    except NoSigner as error:
        outcome.problem = str(error)
    except _Stopped as error:
        outcome.problem = str(error)
    return outcome


class _Stopped(Exception):
    """The signer refused."""


def _act_on(
    config: Config, verb: str, digest: str, known: Known, batch: list[Place], outcome: Outcome
) -> None:
    accounts = [place for place in batch if not place.grant]
    words = (f"{place.account}:{len(known.keys[place.account]['former'])}" for place in accounts)
    grants = " ".join(place.grant for place in batch if place.grant)
    told = _asked(config, verb, digest=digest, accounts=" ".join(words), grants=grants)
    for place in batch:
        states = told["grants"] if place.grant else told["accounts"]
        outcome.after[place] = states.get(place.grant or place.account, REPLACED)


def _end(config: Config, known: Known, outcome: Outcome) -> None:
    """End keys at those exchanges where they can be."""
    for place, state in outcome.after.items():
        if place.grant or state != "compromised":
            continue
        file: ExchangeFile = exchanges.load(known.keys[place.account]["exchange"])
        if file.REVOKES and _asked(config, "key end", account=place.account)["revoked"]:
            outcome.ended.add(place.account)


def _asked(config: Config, verb: str, **arguments: str) -> Any:
    result = ask(config, verb, **arguments)
    if result.error:
        raise _Stopped(result.error)
    return result.value
