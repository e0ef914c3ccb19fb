"""Whether what was read can be written anew, such that it reads the same and is signed."""

from collections.abc import Sequence

from msgspec import structs

from tradelatch.conformance.cases import Key
from tradelatch.conformance.exchange import Exchange
from tradelatch.exchanges.protocol import Refusal
from tradelatch.model.intents import AnyIntent, PlaceOrder, ReadMarket

_NOW_MS = 1_760_000_000_000


def why_not_rewritten(exchange: Exchange, key: Key, intents: Sequence[AnyIntent]) -> str:
    """What went wrong on the way out and in again; empty if nothing did."""
    try:
        written = exchange.write(intents, key, _NOW_MS)
    except ValueError as error:
        return f"it is not written: {error}"
    request = structs.replace(written, host=exchange.prefix(written.host))
    try:
        if not isinstance(intents[0], ReadMarket):  # these are never signed
            exchange.verify(request, key, _NOW_MS)
        again = exchange.file.read(request)
    except Refusal as refusal:
        return f"what is written is refused: {refusal.text}"
    if _plain(again) != _plain(intents):
        return f"what is written reads as {again!r}"
    return ""


def _plain(intents: Sequence[AnyIntent]) -> list[AnyIntent]:
    """Without the detail of the answer, which the writer chooses."""
    return [
        structs.replace(intent, response=None) if isinstance(intent, PlaceOrder) else intent
        for intent in intents
    ]
