"""One request to an exchange, exactly as it was signed."""

import aiohttp
from yarl import URL

from tradelatch.courier.resolving import Resolver
from tradelatch.exchanges.claims import MOST_TEXT, Sent
from tradelatch.model.http import Request, Response

MAX_ANSWER = 16 << 20


class Dialer:
    """Sends requests to the hosts that are listed, and to no others."""

    def __init__(self, hosts: frozenset[str], timeout_ms: int, resolver: Resolver) -> None:
        """`hosts` are base URLs, such as ``https://api.binance.com``."""
        self._hosts = hosts
        # Cookies and environment proxies would change what was signed or where it goes.
        self._session = aiohttp.ClientSession(
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=timeout_ms / 1000),
            connector=aiohttp.TCPConnector(limit=256, keepalive_timeout=30, resolver=resolver),
            skip_auto_headers=("User-Agent", "Accept"),
            trust_env=False,
            middlewares=(_once,),
        )

    async def send(self, request: Request) -> Sent:
        """The exchange's answer, or how far it got; never raises."""
        if request.host not in self._hosts:
            return Sent(0, was_sent=False, error=_short(f"{request.host} is not a listed host"))
        query = f"?{request.query}" if request.query else ""
        try:
            async with self._session.request(
                request.method,
                URL(f"{request.host}{request.path}{query}", encoded=True),
                data=request.body or None,
                headers=list(request.headers),
                allow_redirects=False,
            ) as answer:
                return Sent(0, await _read(answer))
        except (aiohttp.ClientConnectorError, aiohttp.InvalidURL) as error:
            return Sent(0, was_sent=False, error=_short(error))
        except TimeoutError:
            return Sent(0, error="no answer in time")
        except (aiohttp.ClientError, OSError) as error:
            return Sent(0, error=_short(error))

    async def close(self) -> None:
        """Hang up."""
        await self._session.close()


async def _once(
    request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    """Nothing but a read is sent again: aiohttp would repeat a cancel on a new connection, and
    if that fails, report it as never sent."""
    try:
        return await handler(request)
    except (aiohttp.ClientConnectorError, aiohttp.ServerTimeoutError):
        raise
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        if request.method == "GET":
            raise
        raise aiohttp.ClientError(str(error)) from error


def _short(error: object) -> str:
    return (str(error) or type(error).__name__)[:MOST_TEXT]


async def _read(answer: aiohttp.ClientResponse) -> Response:
    body = await answer.content.read(MAX_ANSWER + 1)
    while chunk := await answer.content.read(MAX_ANSWER + 1 - len(body)):
        body += chunk
    if len(body) > MAX_ANSWER:
        raise aiohttp.ClientPayloadError("the answer is too large")
    return Response(answer.status, body)
