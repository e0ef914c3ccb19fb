"""The venue's own log against the bots' store, at any time when nothing is on its way."""

from collections import Counter, defaultdict
from decimal import Decimal
from typing import Any

from tests.bots.kills.site import BotSite
from tradelatch.drills.world import VICTIM
from tradelatch.model.money import ZERO
from tradelatch.store.rows import Deal, Fill, Order

_OPEN = ("NEW", "PARTIALLY_FILLED")


async def check(site: BotSite) -> Counter[str]:
    """Raise AssertionError where they differ; what was counted."""
    orders, trades = await site.all_orders(), await site.all_trades()
    known = {order.client_id: order for bot in site.store.bots() for order in _orders(site, bot)}
    _check_orders(orders, known)
    _check_fills(orders, trades, known, list(site.store.fills(account=VICTIM)))
    _check_deals(site, known)
    await _check_balances(site)
    _check_not_doubled(known)
    return Counter(
        {
            "orders": len(orders),
            "fills": len(trades),
            "deals": sum(1 for _ in site.store.deals()),
            **Counter(f"order {order.state}" for order in known.values()),
        }
    )


def _orders(site: BotSite, bot: Any) -> list[Order]:
    return list(site.store.orders(bot.name))


def _check_orders(venue: list[dict[str, Any]], known: dict[str, Order]) -> None:
    names = Counter(order["clientOrderId"] for order in venue)
    assert not [name for name, count in names.items() if count > 1], "sent twice under one name"
    lost = [order for order in venue if order["clientOrderId"] not in known]
    assert not lost, f"orders that the bots know nothing of: {lost[:3]}"
    for order in venue:
        ours = known[order["clientOrderId"]]
        assert ours.filled == Decimal(order["executedQty"]), (order, ours)
        is_open = order["status"] in _OPEN
        assert is_open == (not ours.is_over), (order, ours)
    invented = [
        one for name, one in known.items() if name not in names and one.state in ("open", "filled")
    ]
    assert not invented, f"orders that the venue knows nothing of: {invented[:3]}"
    assert not [one for one in known.values() if one.state == "pending"]


def _check_fills(
    orders: list[dict[str, Any]],
    trades: list[dict[str, Any]],
    known: dict[str, Order],
    fills: list[Fill],
) -> None:
    names = {order["orderId"]: order["clientOrderId"] for order in orders}
    theirs = {
        (
            str(trade["id"]),
            names[trade["orderId"]],
            Decimal(trade["price"]),
            Decimal(trade["qty"]),
            Decimal(trade["quoteQty"]),
            Decimal(trade["commission"]),
            trade["commissionAsset"],
        )
        for trade in trades
    }
    ours = {
        (
            one.trade_id,
            one.client_id,
            one.price,
            one.quantity,
            one.value,
            one.fee,
            one.fee_asset,
        )
        for one in fills
    }
    assert theirs == ours, (sorted(theirs - ours)[:3], sorted(ours - theirs)[:3])
    assert all(one.client_id in known for one in fills)


def _check_deals(site: BotSite, known: dict[str, Order]) -> None:
    """Each deal is what its fills came to."""
    sums: dict[tuple[str, int], dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for fill in site.store.fills(account=VICTIM):
        order = known[fill.client_id]
        of = sums[order.bot, order.deal]
        of["bought" if order.side == "BUY" else "sold"] += fill.quantity
        of["spent" if order.side == "BUY" else "received"] += fill.value
        of["base_fees" if fill.fee_asset == "ETH" else "quote_fees"] += fill.fee
    for deal in site.store.deals():
        of = sums[deal.bot, deal.number]
        for field in ("bought", "sold", "spent", "received", "base_fees", "quote_fees"):
            assert getattr(deal, field) == of[field], (deal.bot, deal.number, field)


async def _check_balances(site: BotSite) -> None:
    start = site.store.balances(VICTIM, "start")
    assert start
    expected = defaultdict(Decimal, start.amounts)
    for deal in site.store.deals():
        expected["ETH"] += _base(deal)
        expected["BTC"] += deal.received - deal.spent - deal.quote_fees
    account = await site.account()
    held = {
        one["asset"]: Decimal(one["free"]) + Decimal(one["locked"]) for one in account["balances"]
    }
    for asset, amount in expected.items():
        assert held.get(asset, ZERO) == amount, (asset, held.get(asset), amount)


def _base(deal: Deal) -> Decimal:
    return deal.bought - deal.sold - deal.base_fees


def _check_not_doubled(known: dict[str, Order]) -> None:
    """Nothing was bought twice: of each rung of a deal's ladder at most one order's quantity."""
    filled: dict[tuple[str, int, str], Decimal] = defaultdict(Decimal)
    wanted: dict[tuple[str, int, str], Decimal] = defaultdict(Decimal)
    for order in known.values():
        if order.bot.endswith("dca") and order.side == "BUY":
            rung = (order.bot, order.deal, order.tag)
            filled[rung] += order.filled
            wanted[rung] = max(wanted[rung], order.quantity)
    doubled = {rung: amount for rung, amount in filled.items() if amount > wanted[rung]}
    assert not doubled, doubled
