"""What is left to do by hand about hits, in the order in which it helps."""

from collections.abc import Container, Iterable, Iterator, Sequence

from tradelatch import exchanges
from tradelatch.cli.leaks.hits import Hit
from tradelatch.exchanges.protocol import ExchangeFile

MOST_NAMED = 20
"""Names in a sentence; the table of hits has all."""


def steps(
    hits: Sequence[Hit], acted: bool, ended: Container[str], channels: Sequence[str]
) -> Iterator[str]:
    """A sentence each; `ended` are accounts whose keys the exchange has ended, `channels` those
    that notices go to."""
    if not hits:
        return
    by_kind = {kind: [hit for hit in hits if hit.what == kind] for kind in _KINDS}
    keys, former, grants = (by_kind[kind] for kind in _KINDS)
    if not acted:
        yield "an operator stops what can be stopped here: the same with --suspend or --revoke"
    yield _to_tell(hits, acted, channels)
    yield from _at_exchanges([k for k in keys if k.account not in ended], "delete the keys of")
    yield from _at_exchanges(former, "look that no former key is left of")
    if keys or former:
        yield f"`tradelatch reconcile` tells what others traded, for {_names([*keys, *former])}"
    if good := [hit for hit in grants if hit.after not in ("revoked", "expired")]:
        yield f"run it again with --revoke, which revokes leaked grants, of {_names(good)}"
    if grants:
        yield f"`tradelatch grants issue` gives their bots others, for {_names(grants)}"
    if keys:
        names = _names(keys)
        yield f"make other keys, then `tradelatch keys replace` and `keys destroy`, for {names}"
    if keys and acted:
        yield "`tradelatch grants thaw` ends a freeze, by the rule for loosening, once that is done"


_KINDS = ("key", "former key", "grant")


def _at_exchanges(hits: Sequence[Hit], says: str) -> Iterator[str]:
    for exchange in sorted({hit.exchange for hit in hits}):
        file: ExchangeFile = exchanges.load(exchange)
        names = _names(hit for hit in hits if hit.exchange == exchange)
        yield f"{file.KEYS_AT}: {says} {names}, since whoever has one does not need us"


def _to_tell(hits: Sequence[Hit], acted: bool, channels: Sequence[str]) -> str:
    customers = [customer for customer in dict.fromkeys(hit.customer for hit in hits) if customer]
    named = _listed(customers) or "the accounts are the house's own"
    says = f"tell the owners: {named}"
    if not acted:
        return says
    if not channels:
        return f"{says}; no channel for notices is configured ([notify.channels.NAME])"
    return f"{says}; `tradelatch watch`, where it runs, sends notices to {', '.join(channels)}"


def _names(hits: Iterable[Hit]) -> str:
    return _listed(list(dict.fromkeys(hit.account for hit in hits)))


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return ", ".join(names[:MOST_NAMED]) + more
