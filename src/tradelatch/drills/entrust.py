"""Giving an exchange key to a signer, as the command line does."""

from collections.abc import Awaitable, Callable

from tradelatch.model.box import sealed_key
from tradelatch.model.wire import Result


async def add_key(
    operate: Callable[..., Awaitable[Result]],
    account: str,
    key_id: str,
    secret: str,
    policy: str,
    exchange: str = "binance",
    **more: str,
) -> Result:
    """What the signer says to a new account; `operate` carries a command to it. The keys of drills
    may do whatever a stolen one might, so that the exchange is not asked unless `more` says so."""
    public_key, raw = (await operate("key box")).value, bytearray(secret.encode())
    sealed = sealed_key(public_key, account, exchange, key_id, raw)
    key = {"account": account, "exchange": exchange, "key_id": key_id, "sealed": sealed}
    return await operate("key add", **key, policy=policy, **({"unchecked": "yes"} | more))
