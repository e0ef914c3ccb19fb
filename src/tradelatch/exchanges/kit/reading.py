"""From a request to what it means, by an exchange's table of endpoints."""

from collections.abc import Callable, Collection, Mapping
from typing import TypeAlias

from msgspec import structs

from tradelatch.exchanges.kit.endpoints import Endpoint, Kind, Table
from tradelatch.exchanges.kit.sent import Sent, sent_by
from tradelatch.exchanges.protocol import Reason, Refusal
from tradelatch.model.http import Request
from tradelatch.model.intents import AnyIntent, ReadAccount, ReadMarket

Readers: TypeAlias = Mapping[Kind, Callable[[Sent, Endpoint], tuple[AnyIntent, ...]]]
"""What the parameters at endpoints of a kind mean."""


def read_by(
    table: Table, readers: Readers, request: Request, ignored: tuple[str, ...] = ()
) -> tuple[AnyIntent, ...]:
    """What the request means. Parameters in `ignored` belong to how it is signed.

    Raises:
        Refusal: BAD_PARAMETER for what is not understood whole.
    """
    found = table.find(request.method, request.path)
    if found is None:
        return (table.unlisted(request.method, request.path),)
    endpoint, named = found
    sent = sent_by(request, named)
    for name in ignored:
        sent.take(name)
    if reader := readers.get(endpoint.kind):
        return reader(sent, endpoint)
    understood = sent.understood((*endpoint.holes, *endpoint.parameters))
    sent.end()
    if endpoint.kind is Kind.MARKET:
        return (ReadMarket(endpoint.what, understood),)
    return (ReadAccount(endpoint.what, understood),)


def gathered(request: Request, lists: Collection[str]) -> Request:
    """The request, with those parameters of its query that may be there several times as one each,
    with commas (`wording.form` writes such lists).

    Raises:
        Refusal: BAD_PARAMETER, one of them has a comma in it.
    """
    values: dict[str, list[str]] = {}
    pairs: list[str] = []
    for pair in request.query.split("&"):
        name, _, value = pair.partition("=")
        if name in lists and value:
            if "," in value or "%2C" in value.upper():
                raise Refusal(Reason.BAD_PARAMETER, f"{name}: send it once for each value")
            values.setdefault(name, []).append(value)
        else:
            pairs.append(pair)
    if not values:
        return request
    pairs += (f"{name}={','.join(several)}" for name, several in values.items())
    return structs.replace(request, query="&".join(pairs))
