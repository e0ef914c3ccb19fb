"""A signer that starts sealed: it waits for its passphrase or PIN, and does nothing else."""

import asyncio
import contextlib
import socket
from collections.abc import Callable
from pathlib import Path

from tradelatch.isolation.sockets import listener, user_of
from tradelatch.isolation.users import Door
from tradelatch.vault.disk import VaultError
from tradelatch.vault.envelope import wipe
from tradelatch.vault.keyring import Keyring

MOST = 1_024
"""Neither has more bytes."""
_PATIENCE_S = 10.0


async def opened(path: Path, door: Door, open_: Callable[[bytearray], Keyring]) -> Keyring:
    """The keyring, once somebody who may has written the right passphrase to the socket at
    `path`. Whoever writes is told in a line: "open", or why it is not."""
    sealed = listener(path, door)
    sealed.setblocking(False)
    sealed.listen()
    try:
        while True:
            peer, _ = await asyncio.get_running_loop().sock_accept(sealed)
            with peer:
                if user_of(peer) in door.users and (keyring := await _try(peer, open_)):
                    return keyring
    finally:
        sealed.close()
        path.unlink(missing_ok=True)


async def _try(peer: socket.socket, open_: Callable[[bytearray], Keyring]) -> Keyring | None:
    loop, passphrase = asyncio.get_running_loop(), bytearray()
    try:
        async with asyncio.timeout(_PATIENCE_S):
            passphrase = await _receive(peer)
            keyring, said = await asyncio.to_thread(open_, passphrase), "open"
    except VaultError as error:
        keyring, said = None, str(error)
    except (OSError, TimeoutError):
        return None
    finally:
        wipe(passphrase)
    with contextlib.suppress(OSError):  # if who asked has gone, it is open all the same
        await loop.sock_sendall(peer, f"{said}\n".encode())
    return keyring


async def _receive(peer: socket.socket) -> bytearray:
    """All that is written until the peer says that it is all, in memory that is wiped."""
    loop, buffer, size = asyncio.get_running_loop(), bytearray(MOST), 0
    while size < MOST and (got := await loop.sock_recv_into(peer, memoryview(buffer)[size:])):
        size += got
    passphrase = buffer[:size]
    wipe(buffer)
    return passphrase
