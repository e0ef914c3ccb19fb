"""Turning what was asked for into a limit order, and the prices that bound it."""

from decimal import Decimal

from tradelatch.model.intents import PlaceOrder
from tradelatch.model.markets import Market
from tradelatch.model.money import MONEY, round_down, round_up
from tradelatch.model.orders import OrderType, Side, TimeInForce
from tradelatch.policy.document import Depth, MarketOrders, MarketRules, Policy
from tradelatch.policy.haircut import Impact
from tradelatch.policy.judged import Judged
from tradelatch.policy.references import Reference
from tradelatch.policy.verdict import Case, LimitOrder

MARKET_REACH = Decimal("0.01")
"""How far beyond the best opposite price a market order may reach."""


class NotALimit(ValueError):
    """The order cannot be put as a limit order; the message says why."""


def collar_price(case: Case, rules: MarketRules, reference: Reference) -> Decimal:
    """The worst limit the collar allows; exits are held to the present price alone, and an exit
    that the owner released without a collar to his own limit. A stop-loss is held to its stop
    price where that is worse, as if the market stood there: what it can lose on the way is for
    the amounts to bound."""
    price = reference.present if case.is_exit else reference.judging(False)
    stop = case.intent.stop_price
    if stop is not None and case.intent.type.is_stop_loss:
        price = max(price, stop) if case.intent.side is Side.BUY else min(price, stop)
    worst = price * (1 + rules.collar if case.intent.side is Side.BUY else 1 - rules.collar)
    if case.release and case.release.waived:
        return min(worst, case.release.limit)
    return worst


def as_limit(case: Case, market: Market, rules: MarketRules, reference: Reference) -> LimitOrder:
    """The order with a price, a quantity in base and a time in force.

    A market order becomes immediate-or-cancel at the tighter of the collar and the best
    opposite price with `MARKET_REACH`; one that waits for a stop price becomes a limit order at
    the stop price with the collar.

    Raises:
        NotALimit: the policy refuses market orders, nobody is on the other side, or the
            quantity comes to nothing.
    """
    intent = case.intent
    if intent.type.waits and intent.stop_price is None:
        raise NotALimit("this order needs a stop price")
    if intent.type.has_limit:
        is_maker = intent.type is OrderType.LIMIT_MAKER
        if (
            intent.price is None
            or intent.quantity is None
            or bool(intent.time_in_force) is is_maker
        ):
            raise NotALimit("a limit order needs price, quantity and time in force")
        return LimitOrder(
            intent.price, intent.quantity, intent.time_in_force, intent.type, intent.stop_price
        )
    if case.policy.market_orders is MarketOrders.REFUSE:
        raise NotALimit("the policy refuses market orders, send a limit order")
    if intent.stop_price is not None:
        return _stop_limit(case, market, rules, reference, intent.stop_price)
    price = _market_limit(case, market, rules, reference)
    # What is to bring so much is sold at the best price, what is to cost so much may fill worse.
    at = price if intent.side is Side.BUY else reference.best_opposite
    quantity = _market_quantity(intent, market, at)
    return LimitOrder(price, quantity, TimeInForce.IOC)


def as_judged(case: Case, order: LimitOrder, rules: MarketRules, reference: Reference) -> Judged:
    """The order with the numbers that the loss accounts need."""
    policy, deep = case.policy, rules.depth is Depth.DEEP
    return Judged(
        symbol=case.intent.symbol,
        side=case.intent.side,
        depth=rules.depth,
        exit=case.is_exit,
        quantity=order.quantity,
        limit=order.price,
        reference=reference.judging(case.is_exit),
        fee_rate=policy.fee_rate,
        impact=_impact(policy, reference) if deep and case.intent.side is Side.BUY else None,
        released=case.release is not None,
        stop=order.stop_price is not None,
    )


def _impact(policy: Policy, reference: Reference) -> Impact | None:
    figures = reference.figures
    if figures.adv <= 0:
        return None
    return Impact(
        reference.price, figures.adv, figures.sigma, figures.half_spread, policy.haircut_k
    )


def _market_limit(case: Case, market: Market, rules: MarketRules, reference: Reference) -> Decimal:
    best = reference.best_opposite
    if best <= 0:
        raise NotALimit("nobody is on the other side of the book")
    collar = collar_price(case, rules, reference)
    if case.intent.side is Side.BUY:
        price = _down(min(collar, best * (1 + MARKET_REACH)), market)
    else:
        price = _up(max(collar, best * (1 - MARKET_REACH)), market)
    if price <= 0:
        raise NotALimit("the collar leaves no price")
    return price


def _stop_limit(
    case: Case, market: Market, rules: MarketRules, reference: Reference, stop: Decimal
) -> LimitOrder:
    """It rests at its limit if the market has run through it: an exit is not lost then."""
    intent, collar = case.intent, collar_price(case, rules, reference)
    if intent.quantity is None:
        raise NotALimit("an order that waits for a stop price needs a quantity")
    is_loss = intent.type.is_stop_loss
    kind = OrderType.STOP_LOSS_LIMIT if is_loss else OrderType.TAKE_PROFIT_LIMIT
    if intent.side is Side.BUY:
        price = _down(min(collar, stop * (1 + rules.collar)), market)
    else:
        price = _up(max(collar, stop * (1 - rules.collar)), market)
    return LimitOrder(price, intent.quantity, TimeInForce.GTC, kind, stop)


def _down(price: Decimal, market: Market) -> Decimal:
    return round_down(price, market.step_at(price))


def _up(price: Decimal, market: Market) -> Decimal:
    return round_up(price, market.step_at(price))


def _market_quantity(intent: PlaceOrder, market: Market, price: Decimal) -> Decimal:
    if intent.quantity is not None:
        return intent.quantity
    if intent.quote_quantity is None:
        raise NotALimit("a market order needs a quantity")
    quantity = round_down(MONEY.divide(intent.quote_quantity, price), market.lot)
    if quantity <= 0:
        raise NotALimit("the amount is below one lot")
    return quantity
