"""A signer in one process: the real cores, wired to a venue by a function instead of sockets."""

from collections.abc import Awaitable, Callable

from tradelatch.drills.beside import BesideCourier
from tradelatch.drills.memory import MemoryJournal, MemoryVault
from tradelatch.exchanges.claims import Sent
from tradelatch.model.clock import BootClock
from tradelatch.model.config import Signer
from tradelatch.model.http import Request, Response
from tradelatch.model.wire import Ask, Command, Result
from tradelatch.signer.admin import Admin
from tradelatch.signer.asking import Asking
from tradelatch.signer.changing import Changing
from tradelatch.signer.claims import Claims
from tradelatch.signer.clocks import SteadyClock
from tradelatch.signer.core import Core
from tradelatch.signer.courier_desk import CourierDesk
from tradelatch.signer.desk import Desk
from tradelatch.signer.followers import Followers
from tradelatch.signer.keeper import Keeper
from tradelatch.signer.keys import Keys
from tradelatch.signer.secrets import Secrets, create_own_keys
from tradelatch.signer.state import State
from tradelatch.signer.stopping import Stopping

EXCHANGE = "binance"
SOURCE = "127.0.0.1"
URL = "http://venue"


class Killed(BaseException):
    """The signer was killed; nothing of what it was doing goes on, not even its error handling."""


class Guard:
    """Core, desks and admin over a journal and a vault in memory, and a courier beside them."""

    def __init__(self, send: Callable[[Request], Awaitable[Sent]], clock: BootClock) -> None:
        """`send` carries a signed request to the venue."""
        self.journal, self._vault = MemoryJournal(), MemoryVault()
        create_own_keys(self._vault)
        self._send, self._clock = send, clock
        self._asked = 0
        self._assemble(State())

    def _assemble(self, state: State) -> None:
        secrets = Secrets(self._vault)
        secrets.unseal(state)
        self.core = core = Core(state, secrets.get, Signer(), lambda exchange: URL)
        core.clock = clock = SteadyClock(self._clock, state)
        journal, uptime = self.journal, self._clock.uptime
        followers = Followers(state, clock)
        self._courier = courier = BesideCourier(self._send, self._clock, lambda exchange: URL)
        self._desk = Desk(core, journal, clock, courier.send, followers)
        asking = Asking(core, journal, courier.send, clock)
        claims = Claims(core, journal, clock, followers)
        courier.stand_beside(
            CourierDesk(core, journal, clock, asking, claims, self._desk.in_flight)
        )
        self._keeper = Keeper(core, secrets, journal, clock, uptime)
        changing = Changing(core, self._keeper, clock, uptime, "memory")
        stopping = Stopping(core, self._keeper, clock, "memory")
        keys = Keys(core, secrets, self._keeper, clock, asking, changing.propose)
        verbs = (keys.verbs, changing.verbs, stopping.verbs)
        self._admin = Admin(core, secrets, journal, clock, *verbs)

    @property
    def is_busy(self) -> bool:
        """There are orders whose fate is open."""
        return bool(self.core.state.orders)

    async def answer(self, request: Request) -> Response:
        """What a bot gets for a request; a signer that is killed over it starts again."""
        self._asked += 1
        try:
            return (await self._desk.answer(Ask(self._asked, request, SOURCE))).response
        except Killed:
            self.crash()
            return Response(503, b'{"code":-1001,"msg":"the signer went away"}')

    async def hear(self, account: str, event: bytes) -> None:
        """What the venue tells unasked of an account."""
        await self._courier.hear(account, EXCHANGE, event)

    async def poll(self) -> None:
        """One round of asking the venue, and of what falls due; there is no killing it there."""
        await self._courier.round()
        await self._keeper.round()

    async def operate(self, verb: str, **arguments: str) -> Result:
        """One command of an operator."""
        return await self._admin.answer(Command(0, verb, arguments))

    def crash(self) -> None:
        """Kill the signer and start it on what was durable."""
        self.journal.crash()
        self._assemble(self.journal.replay())

    def use(self, journal: MemoryJournal) -> None:
        """Start on another journal, as after a backup was put back."""
        self.journal = journal
        self._assemble(journal.replay())


def writes_orders(request: Request) -> bool:
    """Whether a signed request places an order."""
    return (request.method, request.path) == ("POST", "/api/v3/order")
