"""Whether this may be done at all: now, from there, in that market, by an order of that type."""

from ipaddress import ip_address

from tradelatch.model.intents import PlaceOrder
from tradelatch.policy.document import Depth
from tradelatch.policy.hours import is_open
from tradelatch.policy.verdict import Answer, Case


def bounded(intent: PlaceOrder) -> Answer:
    """The order has nothing that no rule bounds. It is asked first, in every mode, since an order
    that has could not be written either."""
    if intent.unbounded:
        return Answer("bounded", False, f"no bound is stated for {', '.join(intent.unbounded)}")
    return Answer("bounded", True, "all of it is bounded")


def open_for_risk(case: Case) -> Answer:
    """New risk is taken at all: nothing is missing, full, stale or frozen."""
    if case.closed is None:
        return Answer("open_for_risk", False, "it is not known whether new risk may be taken")
    return Answer("open_for_risk", not case.closed, case.closed or "open for new orders")


def cancel_only(case: Case) -> Answer:
    """The policy lets orders be placed."""
    if case.policy.cancel_only:
        return Answer("cancel_only", False, "the policy lets orders be cancelled only")
    return Answer("cancel_only", True, "orders may be placed")


def source(case: Case) -> Answer:
    """The request came from an address that the policy lists, if it lists any."""
    networks = case.policy.networks
    if not networks:
        return Answer("source", True, "any address will do")
    try:
        address = ip_address(case.source or "")
    except ValueError:
        return Answer("source", False, "it is not known where the request came from")
    listed = any(address in network for network in networks)
    says = f"{address} is {'' if listed else 'not '}among {', '.join(case.policy.sources)}"
    return Answer("source", listed, says)


def hours(case: Case) -> Answer:
    """It is a time at which the policy takes new risk. Exits leave at any."""
    spans = case.policy.spans
    if not spans or case.is_exit:
        return Answer("hours", True, "any hour will do")
    says = f"new risk is taken within {', '.join(case.policy.hours)} (UTC)"
    return Answer("hours", is_open(spans, case.now_ns), says)


def order_type(case: Case) -> Answer:
    """The policy lists the type of the order."""
    kind, listed = case.intent.type, case.policy.order_types
    return Answer("order_type", kind in listed, f"{kind}; allowed are {', '.join(listed)}")


def market(case: Case) -> Answer:
    """The policy lists the market, not as denied, and the exchange has it."""
    symbol, rules = case.intent.symbol, case.rules
    if rules is None:
        listed = ", ".join(case.policy.markets)
        return Answer("market", False, f"{symbol} is not in the policy, which lists {listed}")
    if rules.depth is Depth.DENIED:
        return Answer("market", False, f"{symbol} is denied by the policy")
    if case.market is None:
        return Answer("market", False, f"the exchange lists no {symbol}")
    return Answer("market", True, f"{symbol} is listed as {rules.depth}")
