"""One account and its bots: what happens is heard, stored, and only then answered with orders.

Start-up is recovery. What is stored is taken up, the exchange is asked about every order that is
not over, and then the bots go on. Everything runs in one event loop, so that each event is handled
whole: strategy, store, orders, before the next.
"""

import asyncio
import contextlib
import secrets
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from decimal import Decimal
from functools import partial
from typing import TypeVar

import msgspec

from tradelatch.bots.bot import Bot
from tradelatch.bots.desk import Ask, Cancel, Command, Note, Place
from tradelatch.bots.events import Bar, Book, Event, Price, Report, Traded
from tradelatch.bots.kinds import BadKind
from tradelatch.bots.orders import OrderState
from tradelatch.bots.port import Busy, NoAnswer, Port, Refused
from tradelatch.bots.runner.bars import Bars, Series
from tradelatch.bots.runner.polite import Polite
from tradelatch.bots.runner.rates import Rates
from tradelatch.bots.runner.recording import changes
from tradelatch.bots.runner.requests import carry_out
from tradelatch.bots.runner.taking_up import Load, Surroundings, check_new, take_up
from tradelatch.bots.runner.tracker import Tracker
from tradelatch.bots.strategy import BadSettings
from tradelatch.model.markets import Market, split_symbol
from tradelatch.store import rows
from tradelatch.store.errors import LeaseLost, StoreError
from tradelatch.store.rows import Answer, Balances, BotState, Changes, Lease
from tradelatch.store.store import Store

LEASE_MS = 30_000
"""How long an account stays with a runner that says nothing."""
REFRESH_S = 30.0
"""How often orders are asked about of which nothing was heard."""
SLOWLY_S, QUICKLY_S = 0.5, 0.1
"""The pause between two of them, by and by or after a gap: an exchange counts what is asked."""
PAUSE_S = 0.2
"""How often timers and bars are looked at."""
RATES_S = 60.0
FEE = Decimal("0.001")
"""The rate that take profits reckon with: Binance's own, without discounts."""
START = "start"
"""The label under which an account's holdings are written down before its first order."""
_ID_LETTERS = "abcdefghijklmnopqrstuvwxyz234567"
_ABSENT_KEPT = 1_000
_T = TypeVar("_T")


class Account:
    """The bots of one account, run by `run` until it is cancelled."""

    def __init__(
        self,
        name: str,
        port: Port,
        settled_after_ms: int,
        store: Store,
        rates: Rates,
        now_ms: Callable[[], int],
        load: Load,
        tell: Callable[[str, Note], None],
        owner: str,
        poll_s: float = 1.0,
    ) -> None:
        """Args:
        settled_after_ms: how long after a try to send it an order may still be accepted.
        rates: what assets are worth in the reporting currency.
        load: gives a kind's strategy.
        tell: is given each note of a bot, by the bot's name.
        owner: names this runner in the lease.
        poll_s: how often the store is asked for requests.
        """
        port = Polite(port)
        self.name, self._port, self._store = name, port, store
        self._rates, self._now_ms, self._load = rates, now_ms, load
        self._tell_owner, self._owner, self._poll_s = tell, owner, poll_s
        self._bots: dict[str, Bot] = {}
        self._states: dict[str, BotState] = {}
        self._of_order: dict[str, Bot] = {}
        self._absent: OrderedDict[str, str] = OrderedDict()
        """The last orders that were taken for absent, with their bots."""
        self._prices: dict[str, Decimal] = {}
        self._markets: dict[str, Market] = {}
        self._following: asyncio.Task[None] | None = None
        self._followed: list[str] = []
        self._broken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._gap = asyncio.Event()
        self._run = "".join(secrets.choice(_ID_LETTERS) for _ in range(8))
        self._orders = 0
        self._tracker = Tracker(port, settled_after_ms, now_ms, self.hear, self._fail)
        self._bars = Bars(port, now_ms, self.hear)

    async def run(self) -> None:
        """Take up what is stored and go on until cancelled.

        Raises:
            StoreError: the store cannot be written; nothing that it lacks was sent.
            LeaseLost: another runner has the account.
        """
        tasks: list[asyncio.Future[None]] = [self._broken]
        try:
            await self._own()
            loops = (
                self._renew(),
                self._serve(),
                self._tick(),
                self._keep_bars(),
                self._refresh(),
                self._keep_rates(),
            )
            tasks += [asyncio.ensure_future(loop) for loop in loops]
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            await _end([*tasks, *([self._following] if self._following else [])])
            await self._tracker.close()
            try:
                await self._port.close()
            finally:
                self._store.release(self._lease)

    def gap(self) -> None:
        """Something may have been missed: ask about every order."""
        self._gap.set()

    def hear(self, event: Price | Book | Bar | Report | Traded) -> None:
        """What the exchange tells, given to those whom it concerns."""
        if isinstance(event, Report | Traded):
            bot = self._of_order.get(event.client_id)
            if bot:
                self.tell(bot, event)
            elif event.client_id in self._absent:
                self._turned_up(event.client_id)
            return
        if isinstance(event, Price):
            self._prices[event.symbol] = event.price
        for bot in list(self._bots.values()):
            if _concerns(event, bot):
                self.tell(bot, event)

    def tell(self, bot: Bot, event: Event) -> None:
        """Let a bot handle an event, and carry out what it does about it."""
        self.act(bot, lambda: bot.handle(event))

    def act(
        self, bot: Bot, work: Callable[[], str | None], request: rows.Request | None = None
    ) -> None:
        """Do something with a bot; store what changed, then send what is to be sent. A mistake in
        its strategy ends the bot, and nothing of that event is kept or sent. What `work` returns
        answers the request, stored together with what was done."""
        if self._broken.done():  # what was not written is not known to those who would go on
            return
        try:
            self._act(bot, work, request)
        except Exception as error:
            self._fail(error)

    def _act(self, bot: Bot, work: Callable[[], str | None], request: rows.Request | None) -> None:
        try:
            says = work()
        except (Exception, SystemExit) as error:
            says = _mistake(error)
            self.drop(bot, "failed", says)
            self._answer(request, says)
            return
        self._flush(bot, request, says)

    async def take_up(self, *found: rows.Bot) -> None:
        """Run bots, from where the store left them."""
        bots = [bot for row in found if (bot := await self._make(row))]
        if bots:
            await self._write_start()
            await self._follow()
        for bot in bots:
            await asyncio.gather(*map(self._tracker.recover, list(bot.desk.live.values())))
            await self._begin(bot)

    async def _make(self, row: rows.Bot) -> Bot | None:
        """It hears of its orders from now on; None if it cannot run."""
        around = Surroundings(
            self._markets, FEE, self._now_ms, self._new_id, self._prices.get, self._load
        )
        try:
            for symbol in row.symbols:
                await self._learn(symbol)
        except Refused as refused:
            self._cannot_run(row, str(refused))
            return None
        try:
            bot = take_up(row, self._store, around)
            check_new(bot, self._prices, FEE)
            _series(bot)
        except StoreError:
            raise
        except (Exception, SystemExit) as error:
            is_told = isinstance(error, BadKind | BadSettings)
            self._cannot_run(row, str(error) if is_told else _mistake(error))
            return None
        bot.strategy.is_stopping = row.wanted != "running"
        self._bots[row.name] = bot
        self._states[row.name] = BotState(row.name, "", "", row.memory, row.next_deal)
        self._of_order |= dict.fromkeys(bot.desk.live, bot)
        return bot

    def _cannot_run(self, row: rows.Bot, says: str) -> None:
        self._keep_state(BotState(row.name, "failed", says, row.memory, row.next_deal))
        self._say(row.name, Note(self._now_ms(), "error", f"{row.name} cannot run: {says}"))

    async def _begin(self, bot: Bot) -> None:
        try:
            bars = [
                bar
                for series in _series(bot)
                for bar in await self._patiently(partial(self._bars.history, series))
            ]
        except Refused as refused:
            self.drop(bot, "failed", str(refused))
            return
        if self._bots.get(bot.name) is bot:  # it may have failed over what it heard meanwhile
            # Another bot's next bar may have come first, and then these would be too late.
            known = bot.desk.bars.items()
            bars += [Bar(*series, candle) for series, candles in known for candle in candles]
            bot.desk.bars.clear()
            for bar in sorted(bars, key=lambda bar: bar.candle.open_ms):
                bot.handle(bar)
            self._want_bars()
            self.act(bot, bot.start)

    def drop(self, bot: Bot, state: str, says: str = "") -> None:
        """Run a bot no longer; its orders stay as they are."""
        if self._bots.pop(bot.name, None) is None:
            return
        of_it = {client_id for client_id, of in self._of_order.items() if of is bot}
        for client_id in of_it:
            del self._of_order[client_id]
        self._tracker.forget(of_it)
        known = self._states.pop(bot.name)
        self._keep_state(BotState(bot.name, state, says, known.memory, known.next_deal))
        if says:
            self._say(bot.name, Note(self._now_ms(), "error", f"{bot.name}: {says}"))
        self._want_bars()

    # What is stored and sent.

    def _flush(self, bot: Bot, request: rows.Request | None, says: str | None) -> None:
        batch, state = bot.desk.take(), self._state(bot)
        answers = self._answers(request, says)
        if batch.is_empty and state is None and not answers:
            return
        found = changes(bot, batch, state, self.name, self._rates.rate)
        is_told = request is not None and request.what == "stop"
        if state and state.state == "stopping" and not is_told:
            # It stops by itself: a restart of the runner must not begin it anew.
            found = msgspec.structs.replace(found, unwanted=[bot.name])
        self._save(found, answers)
        for order in batch.orders:
            if order.state is OrderState.ABSENT:
                self._took_for_absent(order.client_id, bot)
            if order.is_over:
                self._of_order.pop(order.client_id, None)
            else:
                self._of_order[order.client_id] = bot
        for note in batch.notes:
            self._tell_owner(bot.name, note)
        for command in batch.commands:
            self._send(command)
        if bot.is_done and bot.has_started:
            self.drop(bot, "stopped")

    def _send(self, command: Command) -> None:
        match command:
            case Place(order):
                self._tracker.place(order)
            case Cancel(order):
                self._tracker.cancel(order)
            case Ask(order):
                self._tracker.ask_fills(order)

    def _state(self, bot: Bot) -> BotState | None:
        """The bot's own row if it is another than the last that was written."""
        known, memory = self._states[bot.name], bot.memory()
        word = "stopping" if bot.strategy.is_stopping else "running"
        new = BotState(
            bot.name, word, "", known.memory if memory is None else memory, bot.desk.next_deal
        )
        if new == known:
            return None
        self._states[bot.name] = new
        return new

    def _save(self, found: Changes, answers: Sequence[Answer] = ()) -> None:
        whole = msgspec.structs.replace(found, answers=answers, lease=self._lease)
        try:
            added = self._store.save(whole)
        except StoreError as error:
            self._fail(error)
            raise
        if len(added) != len(found.fills):
            raise RuntimeError("a fill that is stored was counted again")

    def _keep_state(self, state: BotState) -> None:
        self._save(Changes(bots=[state]))

    def _say(self, bot: str, note: Note) -> None:
        self._save(Changes(notes=[rows.Note(bot, *note)]))
        self._tell_owner(bot, note)

    def _took_for_absent(self, client_id: str, bot: Bot) -> None:
        self._absent[client_id] = bot.name
        if len(self._absent) > _ABSENT_KEPT:
            self._absent.popitem(last=False)

    def _turned_up(self, client_id: str) -> None:
        """What was taken for never arrived is there: that must not happen, so its bot does nothing
        more, and a person looks."""
        name = self._absent.pop(client_id)
        says = f"order {client_id} was taken for absent and is at the exchange: cancel it there"
        bot = self._bots.get(name)
        try:
            if bot:
                self.drop(bot, "failed", says)
            else:
                self._say(name, Note(self._now_ms(), "error", f"{name}: {says}"))
        except Exception as error:
            self._fail(error)

    def _fail(self, error: BaseException) -> None:
        if not self._broken.done():
            self._broken.set_exception(error)

    @property
    def _lease(self) -> Lease:
        return Lease(self.name, self._owner, self._now_ms() + LEASE_MS)

    def _new_id(self) -> str:
        self._orders += 1
        return f"tl-{self._run}-{self._orders}"

    # What goes on beside.

    async def _own(self) -> None:
        """Have the account; one whose runner has died is free after a while."""
        since_ms = self._now_ms()
        while not self._store.take(self._lease, self._now_ms()):
            if self._now_ms() > since_ms + LEASE_MS:
                raise LeaseLost("another runner has the account")
            await asyncio.sleep(self._poll_s)

    async def _serve(self) -> None:
        """Take up the account's bots, and then do what the command line asks for."""
        active = ("running", "stopping")
        found = self._store.bots(self.name)
        await self.take_up(*(o for o in found if o.wanted == "running" or o.state in active))
        while True:
            for request in self._store.requests(self.name):
                await self._do(request)
            await asyncio.sleep(self._poll_s)

    async def _do(self, request: rows.Request) -> None:
        bot = self._bots.get(request.bot)
        if request.what == "start" and bot is None:
            await self.take_up(self._store.bot(request.bot))
            row = self._store.bot(request.bot)
            self._answer(request, row.state_says or f"it is {row.state}")
        elif bot is None:
            self._answer(request, f"{request.bot} does not run; a change holds when it starts")
        elif request.what == "start":
            self.act(bot, bot.resume, request)
        else:
            self.act(bot, lambda: carry_out(bot, request), request)
            self._want_bars()  # an edit may ask for others

    def _answers(self, request: rows.Request | None, says: str | None) -> list[Answer]:
        return [Answer(request.id, self._now_ms(), says or "")] if request else []

    def _answer(self, request: rows.Request | None, says: str) -> None:
        if request:
            self._save(Changes(), self._answers(request, says))

    async def _tick(self) -> None:
        while True:
            for bot in list(self._bots.values()):
                if bot.is_due(self._now_ms()):
                    self.act(bot, partial(bot.due, self._now_ms()))
            await asyncio.sleep(PAUSE_S)

    async def _keep_bars(self) -> None:
        """Apart from timers, which must not wait for an exchange that does not answer."""
        while True:
            await self._bars.step()
            await asyncio.sleep(PAUSE_S)

    async def _refresh(self) -> None:
        """Ask about all orders, soon after a gap, and otherwise now and then."""
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(REFRESH_S):
                    await self._gap.wait()
            is_gap = self._gap.is_set()
            self._gap.clear()
            bots = list(self._bots.values())
            for order in [order for bot in bots for order in bot.desk.live.values()]:
                if self._gap.is_set() and not is_gap:
                    break
                if order.client_id in self._of_order:
                    await self._tracker.refresh(order)
                    await asyncio.sleep(QUICKLY_S if is_gap else SLOWLY_S)

    async def _renew(self) -> None:
        """Keep the account; another runner may have it only if this one was away for long."""
        while True:
            await asyncio.sleep(LEASE_MS / 3_000)
            if not self._store.take(self._lease, self._now_ms()):
                raise LeaseLost(f"another runner has the account {self.name} now")

    async def _keep_rates(self) -> None:
        while True:
            await self._rates.refresh({split_symbol(symbol)[1] for symbol in self._markets})
            await asyncio.sleep(RATES_S)

    async def _follow(self) -> None:
        """Follow all markets of all bots; a new market begins the streams anew."""
        symbols = sorted({symbol for bot in self._bots.values() for symbol in bot.strategy.symbols})
        if self._following:
            if set(symbols) <= set(self._followed):
                return
            await _end([self._following])
        self._followed = symbols
        self._following = asyncio.ensure_future(self._port.follow(symbols, self.hear))
        self._following.add_done_callback(self._unfollowed)

    def _unfollowed(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()):
            self._fail(error)

    def _want_bars(self) -> None:
        self._bars.want(series for bot in self._bots.values() for series in _series(bot))

    async def _learn(self, symbol: str) -> None:
        """Its steps and its price, before any order in it."""
        if symbol not in self._markets:
            self._markets |= await self._patiently(lambda: self._port.markets([symbol]))
        if symbol not in self._prices:
            self._prices[symbol] = await self._patiently(lambda: self._port.price(symbol))
            await self._rates.refresh([split_symbol(symbol)[1]])

    async def _write_start(self) -> None:
        """What the account has before the first order, for its statements."""
        if self._store.balances(self.name, START) is None:
            held = await self._patiently(self._port.holdings)
            amounts = {asset: one.free + one.locked for asset, one in held.items()}
            self._store.write_balances(Balances(self.name, START, self._now_ms(), amounts))

    async def _patiently(self, ask: Callable[[], Awaitable[_T]]) -> _T:
        """Ask until there is an answer."""
        while True:
            try:
                return await ask()
            except NoAnswer:
                await asyncio.sleep(1)
            except Busy as busy:
                await asyncio.sleep(busy.wait_s)


def _concerns(event: Price | Book | Bar, bot: Bot) -> bool:
    if isinstance(event, Bar):
        return Series(event.symbol, event.interval_ms) in _series(bot)
    return event.symbol in bot.strategy.symbols


def _mistake(error: BaseException) -> str:
    return f"its strategy made a mistake: {type(error).__name__}: {error}"


def _series(bot: Bot) -> list[Series]:
    """The bars that a bot wants."""
    strategy = bot.strategy
    lengths = strategy.intervals(strategy.settings)
    return [Series(symbol, length) for symbol in strategy.symbols for length in lengths]


async def _end(tasks: Sequence["asyncio.Future[None]"]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
