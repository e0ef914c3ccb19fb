"""One customer's bots at work: the strategies' own code at desks, whose orders go out as requests.

It is what the runner does, without store, sockets and waiting: an event is handled whole, and what
the bot does about it is sent before the next. What the exchange tells of orders comes as the
messages of its user data stream.
"""

from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from decimal import Decimal
from typing import Any

import msgspec

from tradelatch.bots.bot import Bot
from tradelatch.bots.dca.strategy import STOPPED
from tradelatch.bots.desk import Cancel, Command, Desk, Place
from tradelatch.bots.events import Price, Report, Traded
from tradelatch.bots.orders import Fill, Order, OrderState
from tradelatch.drills.client import Client
from tradelatch.drills.score import rules_in
from tradelatch.drills.week.asked import Asked
from tradelatch.drills.week.plan import STOP_AND_SELL, Trader
from tradelatch.model.markets import Market
from tradelatch.model.money import parse_amount, plain
from tradelatch.model.orders import OrderStatus

FEE = Decimal("0.001")
EXCHANGE = "exchange"
"""The cause of a refusal that is not the gate's."""
_STATES = {
    OrderStatus.NEW: OrderState.OPEN,
    OrderStatus.PARTIALLY_FILLED: OrderState.OPEN,
    OrderStatus.FILLED: OrderState.FILLED,
}
"""All others have ended with less than they were for."""
_FLEEING = (STOPPED, STOP_AND_SELL)
"""Why a deal is being left by a stop-loss."""
_NO_RULE = "exchange form"
"""What `rules_in` makes of a refusal that is not the gate's."""


class Account:
    """The bots of one customer, and all that they asked for."""

    def __init__(
        self,
        trader: Trader,
        client: Client,
        markets: Mapping[str, Market],
        now_ms: Callable[[], int],
        price: Callable[[str], Decimal],
        listen: Callable[[], Awaitable[None]],
    ) -> None:
        """`price` is the last traded one of a market, and `listen` has everybody hear what the
        exchange has told by now."""
        self.name, self._client, self._listen = trader.name, client, listen
        self._markets, self._now_ms, self._price = markets, now_ms, price
        self.asked: dict[str, Asked] = {}
        """By client order id, in their order."""
        self._mail: deque[Report | Traded] = deque()
        self._orders: deque[tuple[Bot, Command]] = deque()
        self._of_order: dict[str, Bot] = {}
        self._numbers = 0
        self.bots = [self._make(plan) for plan in trader.plans]

    def _make(self, plan: Any) -> Bot:
        listed = {symbol: self._markets[symbol] for symbol in plan.symbols}
        plan.strategy.check(plan.settings, listed, {s: self._price(s) for s in listed}, FEE)
        desk = Desk(listed, FEE, self._now_ms, lambda: self._new_id(plan.name), self._price)
        memory = plan.strategy.memory_type()
        return Bot(plan.name, plan.strategy(desk, plan.symbols, plan.settings, memory))

    def _new_id(self, bot: str) -> str:
        self._numbers += 1
        return f"{bot}-{self._numbers}"

    async def start(self) -> None:
        """Let all bots begin."""
        for bot in self.bots:
            bot.start()
            await self._carry_out(bot)

    async def turn(self, prices: Mapping[str, Decimal]) -> None:
        """Take in what happened since the last turn: first orders and fills, then prices that
        changed, then timers."""
        now_ms = self._now_ms()
        await self._settle()
        for bot in self.bots:
            for symbol in bot.strategy.symbols:
                if symbol in prices:
                    bot.handle(Price(symbol, prices[symbol]))
                    await self._carry_out(bot)
            if bot.is_due(now_ms):
                bot.due(now_ms)
                await self._carry_out(bot)

    def hear(self, message: Mapping[str, Any]) -> None:
        """One message of the user data stream; a fill is told before the state."""
        if message["e"] != "executionReport":
            return
        client_id = message["C"] or message["c"]  # of a cancel `c` is the cancel's own id
        if client_id not in self.asked:
            return
        if message["x"] == "TRADE":
            fill = _fill(message)
            asked = self.asked[client_id]
            asked.filled, asked.money = asked.filled + fill.quantity, asked.money + fill.value
            asked.filled_ms = fill.time_ms
            self._mail.append(Traded(client_id, fill))
        state = _STATES.get(OrderStatus(message["X"]), OrderState.CANCELLED)
        order = self._of_order[client_id].desk.live.get(client_id)
        if message["X"] == OrderStatus.CANCELED and order and not order.is_cancelling:
            self.asked[client_id].is_withdrawn = True
        self._mail.append(Report(client_id, state, parse_amount(message["z"])))

    @property
    def leaving(self) -> list[tuple[str, int, str]]:
        """The positions that are being left by a stop-loss and are not sold yet: bot, deal and
        market."""
        open_deals = ((bot.name, deal) for bot in self.bots for deal in bot.desk.deals.values())
        return [
            (bot, deal.number, deal.symbol)
            for bot, deal in open_deals
            if msgspec.json.decode(deal.memory, type=_Memory).leaving in _FLEEING
        ]

    async def _carry_out(self, bot: Bot) -> None:
        self._orders.extend((bot, command) for command in bot.desk.take().commands)
        await self._settle()

    async def _settle(self) -> None:
        """Until nothing is left: tell the bots what happened, and send what they want sent."""
        while self._mail or self._orders:
            if self._mail:
                event = self._mail.popleft()
                bot = self._of_order[event.client_id]
                bot.handle(event)
                self._orders.extend((bot, command) for command in bot.desk.take().commands)
                continue
            bot, command = self._orders.popleft()
            match command:
                case Place(order):
                    await self._place(bot, order)
                case Cancel(order):
                    await self._cancel(order)
                case _:
                    raise AssertionError("fills come before the report that speaks of them")

    async def _place(self, bot: Bot, order: Order) -> None:
        self._of_order[order.client_id] = bot
        asked = self.asked[order.client_id] = Asked(
            order.created_ms,
            bot.name,
            order.deal,
            order.tag,
            order.client_id,
            order.symbol,
            order.side,
            order.quantity,
            order.price,
            self._price(order.symbol),
        )
        words = {
            "symbol": order.symbol.replace("/", ""),
            "side": str(order.side),
            "type": "MARKET" if order.price is None else "LIMIT",
            "quantity": plain(order.quantity),
            "newClientOrderId": order.client_id,
        }
        if order.price is not None:
            words |= {"price": plain(order.price), "timeInForce": "GTC"}
        answer = await self._client.ask("POST", "/api/v3/order", **words)
        await self._listen()
        if answer.ok:
            return  # the stream has told all of it
        rules = rules_in(msgspec.json.encode(answer.data))
        asked.causes, asked.says = tuple(rules), answer.says
        if rules == [_NO_RULE]:
            asked.causes = (EXCHANGE,)
        report = Report(order.client_id, OrderState.DENIED, reason=answer.says, rule=rules[0])
        self._mail.append(report)

    async def _cancel(self, order: Order) -> None:
        """Its end is told by the stream, whether it came by this or was there before."""
        symbol = order.symbol.replace("/", "")
        await self._client.ask(
            "DELETE", "/api/v3/order", symbol=symbol, origClientOrderId=order.client_id
        )
        await self._listen()


class _Memory(msgspec.Struct):
    """Of a deal: why it is being left."""

    leaving: str = ""


def _fill(message: Mapping[str, Any]) -> Fill:
    price, quantity, value = (parse_amount(message[name]) for name in ("L", "l", "Y"))
    fee = parse_amount(message["n"])
    return Fill(str(message["t"]), message["T"], price, quantity, fee, message["N"] or "", value)
