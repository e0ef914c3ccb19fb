"""Programs of the drill, each in a process of its own: a brief in, events out."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import msgspec

from tradelatch.drills.processes import StartError, environment
from tradelatch.drills.script import Event


async def play(module: str, brief: msgspec.Struct, tell: Callable[[Event], None]) -> None:
    """Run a program until it ends.

    Raises:
        StartError: it failed.
    """
    async with _started(module, brief) as process:
        await _listen(module, process, tell)


@asynccontextmanager
async def playing(
    module: str, brief: msgspec.Struct, tell: Callable[[Event], None]
) -> AsyncIterator[None]:
    """Let a program run beside the block, and tell it to stop at the block's end.

    Raises:
        StartError: it failed.
    """
    async with _started(module, brief) as process:
        listening = asyncio.ensure_future(_listen(module, process, tell))
        try:
            yield
            if process.returncode is None:
                process.terminate()
            await listening
        finally:
            listening.cancel()


async def compute(module: str, brief: msgspec.Struct) -> bytes:
    """Run a program that prints one JSON document.

    Raises:
        StartError: it failed.
    """
    async with _started(module, brief) as process:
        assert process.stdout
        told = await process.stdout.read()
        await _check(module, process)
        return told


@asynccontextmanager
async def _started(module: str, brief: msgspec.Struct) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        module,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env=environment(),
    )
    assert process.stdin
    process.stdin.write(msgspec.json.encode(brief))
    process.stdin.close()
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def _listen(
    module: str, process: asyncio.subprocess.Process, tell: Callable[[Event], None]
) -> None:
    assert process.stdout
    async for line in process.stdout:
        tell(msgspec.json.decode(line, type=Event))
    await _check(module, process)


async def _check(module: str, process: asyncio.subprocess.Process) -> None:
    if await process.wait():
        raise StartError(f"{module} ended with status {process.returncode}")
