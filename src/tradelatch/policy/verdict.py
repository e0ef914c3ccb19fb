"""The verdict on an order: every rule answers, and each of them has to say yes."""

from decimal import Decimal

import msgspec

from tradelatch.model.intents import PlaceOrder
from tradelatch.model.markets import Market
from tradelatch.model.money import ZERO
from tradelatch.model.orders import EXIT_MARK, OrderType, Side, TimeInForce
from tradelatch.policy.accounting import Accounts
from tradelatch.policy.activity import Activity
from tradelatch.policy.document import MarketRules, Policy
from tradelatch.policy.house import House
from tradelatch.policy.judged import Judged
from tradelatch.policy.references import Reference
from tradelatch.policy.release import Release
from tradelatch.policy.windows import Level


class Answer(msgspec.Struct, frozen=True):
    """One rule's answer, in one sentence, with the numbers it used."""

    rule: str
    allowed: bool
    says: str
    numbers: dict[str, str] = {}


def short(amount: Decimal) -> str:
    """An amount as an answer tells it: to eight decimals."""
    return f"{amount:.8f}".rstrip("0").rstrip(".")


class Case(msgspec.Struct, frozen=True):
    """All that an order is judged by. What is missing is None, and never means yes.

    `value` is what the account holds, in units, and `worth` what it held before; `closed` says
    why no new risk is taken at all (empty: it is). `activity` is what was ordered and traded
    before, `house` all accounts of the signer, and `source` the network address that asks.
    """

    intent: PlaceOrder
    policy: Policy
    accounts: Accounts
    now_ns: int
    closed: str | None
    market: Market | None
    reference: Reference | None
    value: Decimal | None
    activity: Activity | None
    source: str | None
    worth: Level | None
    house: House | None
    freed: Decimal = ZERO
    """What open sells take that end when this order goes out, or when it is filled (base)."""
    release: Release | None = None
    """What the owner has let out, where this order is to be judged by it."""
    change: int = 0
    """The change that proposes the policy; 0 for the one in force."""

    @property
    def rules(self) -> MarketRules | None:
        """The policy's rules of this market, None if it is not listed."""
        return self.policy.markets.get(self.intent.symbol)

    @property
    def is_exit(self) -> bool:
        """A sell that is a stop-loss or marked as an exit; what is sold of thin assets is accounted
        like one."""
        marked = (self.intent.client_order_id or "").startswith(EXIT_MARK)
        return self.intent.side is Side.SELL and (marked or self.intent.type.is_stop_loss)


class LimitOrder(msgspec.Struct, frozen=True):
    """The order as it would go out: always with a limit, so that its worst case is a number.

    A limit maker has no time in force; with a `stop_price` it waits for that.
    """

    price: Decimal
    quantity: Decimal
    time_in_force: TimeInForce | None
    type: OrderType = OrderType.LIMIT
    stop_price: Decimal | None = None

    def put_in(self, intent: PlaceOrder) -> PlaceOrder:
        """The intent, worded as this order."""
        return msgspec.structs.replace(
            intent,
            type=self.type,
            quantity=self.quantity,
            quote_quantity=None,
            price=self.price,
            time_in_force=self.time_in_force,
            stop_price=self.stop_price,
        )


class Verdict(msgspec.Struct, frozen=True):
    """`order` and `judged` are set if the order could be put in numbers at all."""

    answers: tuple[Answer, ...]
    order: LimitOrder | None = None
    judged: Judged | None = None

    @property
    def allowed(self) -> bool:
        """Every rule said yes."""
        return bool(self.judged) and all(answer.allowed for answer in self.answers)

    def refusals(self) -> list[Answer]:
        """The rules that said no, in their order."""
        return [answer for answer in self.answers if not answer.allowed]
