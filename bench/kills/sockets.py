"""Websockets that a proxy passes on."""

import asyncio
from typing import TypeAlias

import aiohttp
from aiohttp import web
from yarl import URL

_Socket: TypeAlias = web.WebSocketResponse | aiohttp.ClientWebSocketResponse


async def join(
    request: web.BaseRequest, session: aiohttp.ClientSession, url: URL
) -> web.WebSocketResponse:
    """Carry messages both ways until either side hangs up."""
    ours = web.WebSocketResponse(max_msg_size=0)
    async with session.ws_connect(url, max_msg_size=0) as theirs:
        await ours.prepare(request)
        async with asyncio.TaskGroup() as ways:
            ways.create_task(_carry(ours, theirs))
            ways.create_task(_carry(theirs, ours))
    return ours


async def _carry(one: _Socket, other: _Socket) -> None:
    async for message in one:
        if message.type is aiohttp.WSMsgType.TEXT:
            await other.send_str(message.data)
        elif message.type is aiohttp.WSMsgType.BINARY:
            await other.send_bytes(message.data)
    await other.close()
