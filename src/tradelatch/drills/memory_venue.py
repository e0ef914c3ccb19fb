"""A venue in memory: asked by function calls instead of sockets, at a time that its owner sets."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

import msgspec

from tradelatch.drills.memory import MemoryLog
from tradelatch.model.clock import Clock
from tradelatch.model.http import Request, Response
from tradelatch.model.money import plain
from tradelatch.venue.api.admin import Admin
from tradelatch.venue.api.asgi import Message, Scope
from tradelatch.venue.api.door import Door
from tradelatch.venue.api.rest import RestApp
from tradelatch.venue.engine.listing import Listing
from tradelatch.venue.house import House

_PASSWORD = "operator"  # noqa: S105 - of a venue in memory


class MemoryVenue:
    """The venue's house with its REST protocol in front of it."""

    def __init__(self, clock: Clock, seed: int, markets: Sequence[Listing]) -> None:
        """Open with these markets.

        Raises:
            BadTape: the tape of a market cannot be read.
        """
        self.house = House(MemoryLog(), clock)
        self.house.start(seed, markets, standard=())
        door = Door(self.house)
        self._app = RestApp(door, Admin(self.house, _PASSWORD, door.troubles))

    async def open(
        self, account: str, held: Mapping[str, Decimal], rights: Iterable[str]
    ) -> tuple[str, str]:
        """Open an account that holds so much of each asset; id and secret of a key to it."""
        balances = {asset: plain(amount) for asset, amount in held.items()}
        await self._admin("accounts", {"account": account, "balances": balances})
        issued = await self._admin("keys", {"account": account, "rights": list(rights)})
        return issued["key"], issued["secret"]

    async def answer(self, request: Request) -> Response:
        """What the venue answers."""
        scope: Scope = {
            "type": "http",
            "method": request.method,
            "path": request.path,
            "query_string": request.query.encode(),
            "headers": [(k.lower().encode(), v.encode()) for k, v in request.headers],
            "client": ("127.0.0.1", 0),
        }
        told: list[Message] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": request.body}

        async def send(message: Message) -> None:
            told.append(message)

        await self._app(scope, receive, send)
        return Response(told[0]["status"], told[1]["body"])

    async def _admin(self, path: str, body: object) -> dict[str, str]:
        headers = (("authorization", f"Bearer {_PASSWORD}"),)
        request = Request("POST", "", f"/admin/{path}", "", headers, msgspec.json.encode(body))
        response = await self.answer(request)
        answer: dict[str, str] = msgspec.json.decode(response.body)
        if response.status != 200:
            raise ValueError(answer["error"])
        return answer
