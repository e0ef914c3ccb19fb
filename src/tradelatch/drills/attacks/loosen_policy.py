"""A stolen operator's session: loosen the policy, or bind the key anew, and then steal."""

from tradelatch.drills.attack import Needs, Thief
from tradelatch.drills.attacks._tactics import contra, fair, raise_cash

NEEDS = Needs(operator=True)
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
    for account in [entry["account"] for entry in (status.value or {}).get("accounts", [])]:
        await thief.operate("policy set", account=account, policy=policy)
        await thief.operate("key remove", account=account)
        key = {"exchange": "binance", "key_id": "none", "secret": "none", "policy": policy}
        await thief.operate("key add", account=account, **key)
        await thief.operate("grant issue", account=account, days="366", sources="")
    money = await raise_cash(thief)
    await contra(thief, thin, await fair(thief, thin) * 4, money * 0.95)
