"""Doors that move value: withdrawals, transfers, conversions, gift cards, loans, margin."""

from tradelatch.drills.attack import Thief
from tradelatch.drills.attacks._tactics import raise_cash

DOORS = (
    ("POST", "/sapi/v1/asset/transfer", "type=MAIN_FUNDING&asset=BTC&amount=1"),
    ("POST", "/sapi/v1/asset/dust", "asset=ETH"),
    ("POST", "/sapi/v1/convert/getQuote", "fromAsset=BTC&toAsset=VIN&fromAmount=1"),
    ("POST", "/sapi/v1/giftcard/createCode", "token=BTC&amount=1"),
    ("POST", "/sapi/v1/sub-account/universalTransfer", "asset=BTC&amount=1"),
    ("POST", "/sapi/v1/loan/borrow", "loanCoin=BTC&collateralCoin=ETH&loanAmount=1"),
    ("POST", "/sapi/v1/margin/order", "symbol=ETHBTC&side=BUY&type=MARKET&quantity=1"),
    ("POST", "/fapi/v1/order", "symbol=ETHBTC&side=BUY&type=MARKET&quantity=1"),
    ("POST", "/sapi/v1/algo/spot/newOrderTwap", "symbol=ETHBTC&side=BUY&quantity=1"),
    ("POST", "/api/v3/sor/order", "symbol=ETHBTC&side=BUY&type=MARKET&quantity=1"),
)


async def attack(thief: Thief) -> None:
    """Turn all into cash and knock at every door; the widest is a plain withdrawal."""
    victim = thief.victim
    money = await raise_cash(thief)
    for method, path, words in DOORS:
        await victim.send(victim.sign(method, path, words))
    for method, path in (
        ("POST", "/sapi/v1/capital/withdraw/apply"),
        ("POST", "/wapi/v3/withdraw.html"),
    ):
        words = f"coin=BTC&address=thief&amount={money * 0.99:.6f}"
        await victim.send(victim.sign(method, path, words))
