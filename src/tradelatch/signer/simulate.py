"""What would become of an order now: every rule's answer, with nothing signed or recorded."""

from typing import Any

import msgspec

from tradelatch.model.intents import PlaceOrder
from tradelatch.model.markets import split_symbol
from tradelatch.model.money import parse_amount
from tradelatch.model.orders import EXIT_MARK, OrderType, Side, TimeInForce
from tradelatch.policy import rules
from tradelatch.policy.alternative import alternative
from tradelatch.policy.document import Policy
from tradelatch.signer.accounts import Account
from tradelatch.signer.core import Core


def order(symbol: str, side: str, quantity: str, price: str, is_exit: bool) -> PlaceOrder:
    """The order that a person asks about; without a price it is a market order.

    Raises:
        ValueError: one sentence on what is no order.
    """
    split_symbol(symbol)
    if side not in Side.__members__:
        raise ValueError(f"{side[:20]!r} is no side, use buy or sell")
    return PlaceOrder(
        symbol=symbol,
        side=Side[side],
        type=OrderType.LIMIT if price else OrderType.MARKET,
        quantity=parse_amount(quantity),
        price=parse_amount(price) if price else None,
        time_in_force=TimeInForce.GTC if price else None,
        client_order_id=f"{EXIT_MARK}simulated" if is_exit else None,
    )


def simulate(
    core: Core, account: Account, asked: PlaceOrder, source: str, policy: Policy | None, now_ns: int
) -> dict[str, Any]:
    """The verdict by `policy`, or without one by those that hold, as JSON: ``allowed``, ``mode``,
    the rules' ``answers``, the ``order`` as it would leave, and ``instead`` the nearest one that
    passes (both None if there is none)."""
    cases = core.cases(account, asked, source, now_ns)
    if policy:
        cases = [core.case(account, asked, source, now_ns, policy)]
    verdict, first = rules.judge(*cases), cases[0].policy
    found: dict[str, Any] = msgspec.to_builtins(
        {
            "allowed": verdict.allowed,
            "mode": first.mode,
            "policy": first.digest,
            "answers": verdict.answers,
            "order": verdict.order,
            "instead": None if verdict.allowed else alternative(cases, verdict),
        }
    )
    return found
