"""Whether an exchange's file proves who signed a request, and nothing else."""

from typing import NamedTuple

from tradelatch.conformance.cases import Case, Key
from tradelatch.conformance.changing import changed
from tradelatch.conformance.exchange import Exchange
from tradelatch.conformance.wire import Span, times_ms
from tradelatch.exchanges.protocol import Refusal
from tradelatch.model.http import Request


class Proof(NamedTuple):
    """What came of it: `refused` says why the right key was, `accepted` what should not have been;
    neither, and the request is verified. `at_ms` is when it was made."""

    at_ms: int
    refused: str = ""
    accepted: str = ""

    @property
    def is_good(self) -> bool:
        """Signed by that key, and by no other and no other request."""
        return not self.refused and not self.accepted


def prove(exchange: Exchange, case: Case, request: Request, signature: Span) -> Proof:
    """Verify a request with its own key, with another's, and with one byte changed."""
    at_ms, refused = _accepted_at(exchange, request, case.key)
    if refused:
        return Proof(at_ms, refused)
    if (claimed := exchange.file.key_id(request)) != case.key.key_id:
        return Proof(at_ms, f"it claims the key id {claimed!r}, which is not that of its key")
    if case.other and not _refusal(exchange, request, case.other, at_ms):
        return Proof(at_ms, accepted="it is accepted with the secret of another key")
    for what, other in changed(request, exchange.covers, signature):
        if not _refusal(exchange, other, case.key, at_ms):
            return Proof(at_ms, accepted=f"it is accepted with {what} changed")
    return Proof(at_ms)


def _accepted_at(exchange: Exchange, request: Request, key: Key) -> tuple[int, str]:
    """When it was made, as it says itself; or why it is refused at any such time."""
    reasons = {at_ms: _refusal(exchange, request, key, at_ms) for at_ms in times_ms(request) or [0]}
    for at_ms, reason in reasons.items():
        if not reason:
            return at_ms, ""
    # A time that is none of its signature is refused as such: any other reason says more.
    return min(reasons.items(), key=lambda item: "window" in item[1])


def _refusal(exchange: Exchange, request: Request, key: Key, now_ms: int) -> str:
    """Why it is refused; empty if it is not."""
    try:
        exchange.verify(request, key, now_ms)
    except Refusal as refusal:
        return f"{refusal.reason.value}: {refusal.text}"
    return ""
