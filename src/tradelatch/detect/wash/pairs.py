"""Two accounts that trade with one another: trades that come straight back, and pairs that hardly
trade with anybody else. Both are table expressions over a ledger's trades."""

from typing import TYPE_CHECKING, Any

import ibis

from tradelatch.detect.wash.matching import SLACK
from tradelatch.detect.wash.parameters import Parameters

if TYPE_CHECKING:
    import ibis.expr.types as ir

_DAY_MS = 86_400_000
_PAIR = ("symbol", "low", "high")


def back_and_forth(trades: "ir.Table", parameters: Parameters) -> "ir.Table":
    """Trades of which the next of the same two accounts in the same asset goes the other way, and
    these next ones: A sells to B, B sells back to A, of the same amount within `margin` and in
    `return_days` at most. An asset that is not divided (a token of a collection) is its own symbol.

    Args:
        trades: a ledger's `table`.

    Returns:
        One row per trade: ``symbol``, ``low`` and ``high`` (the two accounts), ``place``, and
        ``is_return``.
    """
    pairs = _of_two(trades)
    pair = ibis.window(group_by=_PAIR, order_by="place")
    before = pairs.mutate(
        last_seller=pairs.seller.lag().over(pair),
        last_amount=pairs.amount.lag().over(pair),
        last_time=pairs.time.lag().over(pair),
    )
    differs = (before.amount - before.last_amount).abs()
    returned = before.mutate(
        is_return=(
            (before.last_seller == before.buyer)
            & (differs <= (parameters.margin + SLACK) * before.last_amount)
            & (before.time - before.last_time <= parameters.return_days * _DAY_MS)
        ).fill_null(False)
    )
    both = returned.mutate(comes_back=returned.is_return.lead().over(pair).fill_null(False))
    return both.filter(both.is_return | both.comes_back).select(*_PAIR, "place", "is_return")


def matched_pairs(trades: "ir.Table", parameters: Parameters) -> "ir.Table":
    """Trades of pairs of accounts that do at least `pair_share` of their volume in a market, each
    of them, with the other, in at least `pair_trades` trades that leave no more than `pair_net` of
    their volume with one of them.

    Args:
        trades: a ledger's `table`.

    Returns:
        One row per trade: ``symbol``, ``low`` and ``high``, ``place``, and of its pair ``share``
        (the smaller of both) and ``net``, shares of volume in base.
    """
    pairs = _of_two(trades)
    sums = pairs.group_by(_PAIR).aggregate(
        count=pairs.count(),
        volume=pairs.units.sum(),
        gone=ibis.ifelse(pairs.seller == pairs.low, pairs.units, -pairs.units).sum().abs(),
    )
    volume = _volumes(trades)
    lower, higher = volume.view(), volume.view()
    many = sums.filter(sums["count"] >= parameters.pair_trades)
    known = (
        many.join(lower, _party(many.symbol, many.low) == lower.party)
        .join(higher, _party(many.symbol, many.high) == higher.party)
        .select(
            *(many[name] for name in _PAIR),
            share=many.volume / ibis.greatest(lower.traded, higher.traded),
            net=many.gone / many.volume,
        )
    )
    found = known.filter(
        (known.share >= parameters.pair_share - SLACK) & (known.net <= parameters.pair_net + SLACK)
    )
    return pairs.join(found, _PAIR).select(
        *(pairs[name] for name in (*_PAIR, "place")), found.share, found.net
    )


def _of_two(trades: "ir.Table") -> "ir.Table":
    """Trades that are none with oneself, with the accounts by number."""
    others = trades.filter(trades.buyer != trades.seller)
    return others.mutate(
        low=ibis.least(others.buyer, others.seller),
        high=ibis.greatest(others.buyer, others.seller),
    )


def _volumes(trades: "ir.Table") -> "ir.Table":
    """What each account traded in each market, in units; a trade with oneself counts once."""
    sides: list[Any] = [
        trades.select("symbol", "units", account="buyer"),
        trades.filter(trades.buyer != trades.seller).select("symbol", "units", account="seller"),
    ]
    both = ibis.union(*sides)
    return both.group_by(party=_party(both.symbol, both.account)).aggregate(traded=both.units.sum())


def _party(symbol: Any, account: Any) -> Any:
    """An account in a market as one number. Joined by two, both parties of a pair share the market,
    and an engine may put together all accounts of it with all others first."""
    return symbol * 2**32 + account
