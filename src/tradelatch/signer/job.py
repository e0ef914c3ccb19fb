"""One request on its way through the signer: what it means, what decides on it, what goes out."""

from decimal import Decimal

import msgspec

from tradelatch.exchanges.protocol import ExchangeFile, Refusal
from tradelatch.model.intents import AmendOrder, AnyIntent, CancelOrder, PlaceOrder, ReadAccount
from tradelatch.model.money import ZERO
from tradelatch.model.orders import Side
from tradelatch.signer.accounts import Account
from tradelatch.signer.records import Allowed, AnyRecord


class Leg(msgspec.Struct):
    """One intent of a request, and the record that decides on it."""

    intent: AnyIntent
    record: AnyRecord | None = None

    @property
    def order(self) -> int:
        """The number of the order that it places; 0 if it places none."""
        if isinstance(self.intent, PlaceOrder) and isinstance(self.record, Allowed):
            return self.record.id
        return 0


class Job(msgspec.Struct):
    """One request on its way through: what to record, then to sign, or how it was refused.

    Most have one leg; a cancel with the order that takes its place has two, as have two orders of
    which one cancels the other.
    """

    exchange: ExchangeFile
    legs: list[Leg]
    account: Account | None = None
    refusal: Refusal | None = None
    after: list[AnyRecord] = []
    """What the refusal brought on, to be recorded after it."""
    outgoing: list[AnyIntent] = []
    """What goes out, once it was signed."""

    @property
    def intent(self) -> AnyIntent:
        """What the last leg means."""
        return self.legs[-1].intent

    @property
    def record(self) -> AnyRecord | None:
        """What decides on the last leg."""
        return self.legs[-1].record

    def decided(self) -> list[AnyRecord]:
        """What decides on the legs, in the order in which it was decided."""
        return [leg.record for leg in reversed(self.legs) if leg.record]

    @property
    def changes(self) -> bool:
        """It changes something at the exchange."""
        return isinstance(self.intent, PlaceOrder | CancelOrder | AmendOrder)


def freed(job: Job, leg: Leg, account: Account) -> Decimal:
    """What open sells of the same request do not take from what this order may sell: the one that
    it replaces, and the one that it cancels when it fills."""
    freed = ZERO
    for other in job.legs:
        if isinstance(other.intent, CancelOrder):
            order = account.named_by(other.intent)
        else:
            order = account.live.get(other.order)
        if other is leg or order is None or not isinstance(leg.intent, PlaceOrder):
            continue
        if (order.symbol, order.judged.side) == (leg.intent.symbol, Side.SELL):
            freed += order.left
    return freed


def outgoing(job: Job, leg: Leg) -> AnyIntent:
    """What goes out: an order with its limit, a cancel by the id the exchange knows, on the market
    that the order is known to be on."""
    intent, record = leg.intent, leg.record
    if isinstance(intent, PlaceOrder) and isinstance(record, Allowed):
        named = msgspec.structs.replace(intent, client_order_id=record.client_order_id)
        if record.order is None:  # the policy only reports what it would have refused
            return named
        return record.order.put_in(named)
    if isinstance(intent, CancelOrder) and job.account:
        order = job.account.named_by(intent)
        symbol = intent.symbol or (order.symbol if order else None)
        known = intent.client_order_id and job.account.exchange_name(intent.client_order_id)
        return msgspec.structs.replace(intent, symbol=symbol, client_order_id=known)
    if isinstance(intent, ReadAccount) and job.account and job.account.aliases:
        exchange_name = job.account.exchange_name
        parameters = tuple(
            (key, exchange_name(value) if key == job.exchange.CLIENT_ID else value)
            for key, value in intent.parameters
        )
        return msgspec.structs.replace(intent, parameters=parameters)
    return intent
