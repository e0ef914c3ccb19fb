"""A stolen operator's session: loosen whatever can be loosened, wait a while, and then steal."""

import base64

from tradelatch.drills.attack import Needs, Thief
from tradelatch.drills.attacks._tactics import contra, fair, raise_cash
from tradelatch.model.box import sealed_key

NEEDS = Needs(operator=True)
PARAMETERS = {"wait": (0.0, 20 * 3600.0)}
"""Seconds; the longest is still within the day that a loosening waits."""
OWN_KEY = base64.b64encode(bytes(range(1, 33))).decode()
SIGNATURE = base64.b64encode(bytes(64)).decode()
LOOSE = """\
version = 1
unit = "BTC"
budget = "1000"
allocation = "1000"
exit_budget = "1000"
mode = "off"
[markets."{thin}"]
depth = "thin"
"""


async def attack(thief: Thief) -> None:
    """Whatever commands there are for it, with the account's own name; then contra."""
    thin = thief.thin[0]
    status = await thief.operate("status")
    policy = LOOSE.format(thin=thin)
    await thief.operate("change delay", hours="1")
    await thief.operate("operator add", name="thief", public_key=OWN_KEY)
    await thief.operate("house set", policy="version = 1\nunits = {}")
    for account in [entry["account"] for entry in (status.value or {}).get("accounts", [])]:
        await thief.operate("policy set", account=account, policy=policy)
        await thief.operate("owner set", account=account, public_key=OWN_KEY)
        box = (await thief.operate("key box")).value
        sealed = sealed_key(box, account, "binance", "none", bytearray(b"none"))
        key = {"account": account, "key_id": "none", "sealed": sealed}
        await thief.operate("key replace", **key, unchecked="yes")
        await thief.operate("key add", exchange="binance", policy=policy, **key)
        await thief.operate("grant thaw", name=account)
        await thief.operate("grant issue", account=account, days="366", sources="")
    for number in range(1, 20):
        await thief.operate("change approve", number=str(number), signature=SIGNATURE)
    await thief.sleep(thief.parameters["wait"])
    money = await raise_cash(thief)
    await contra(thief, thin, await fair(thief, thin) * 4, money * 0.95)
