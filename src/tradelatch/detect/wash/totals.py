"""What all wash trades by the rules of Victor & Weintraud come to: the rows of their table 2."""

import msgspec
import numpy as np

from tradelatch.detect.ledger import Floats, Ints, Ledger
from tradelatch.detect.wash.components import candidates, components
from tradelatch.detect.wash.inside import trades_inside
from tradelatch.detect.wash.matching import match
from tradelatch.detect.wash.parameters import Parameters


class Totals(msgspec.Struct, frozen=True):
    """Counts, values in quote, and worths in the currency of a rate (None without one); of trades
    with oneself (`self_`), and of wash trades, those included. `sets` are accounts that were a
    component often enough, `sets_with_wash` those with a wash trade inside, `assets_per_set` in how
    many assets these have one."""

    trades: int
    accounts: int
    assets: int
    self_trades: int
    wash_trades: int
    self_share: float
    wash_share: float
    self_value: float
    wash_value: float
    self_worth: float | None
    wash_worth: float | None
    self_assets: int
    wash_assets: int
    wash_assets_share: float
    self_accounts: int
    wash_accounts: int
    sets: int
    sets_with_wash: int
    assets_per_set: float


def totals_of(ledger: Ledger, parameters: Parameters, rates: Floats | None) -> Totals:
    """Totals of all trades.

    Args:
        rates: of quote in another currency, one per trade of the ledger.
    """
    sets = candidates(
        components(ledger.symbol, ledger.seller, ledger.buyer), parameters.occurrences
    )
    matched = match(ledger, sets, parameters.margin).candidate >= 0
    own = ledger.buyer == ledger.seller
    wash = own | matched
    worth = None if rates is None else ledger.value * rates
    touched = [
        np.unique(wave.candidate[inside] * len(ledger.symbols) + ledger.symbol[wave.trade[inside]])
        for wave in trades_inside(ledger, sets)
        for inside in [matched[wave.trade]]
    ]
    set_assets: Ints = np.unique(np.concatenate(touched)) if touched else np.zeros(0, np.int64)
    with_wash = len(np.unique(set_assets // max(len(ledger.symbols), 1)))
    count, assets = len(ledger.row), len(ledger.symbols)
    return Totals(
        trades=count,
        accounts=len(ledger.accounts),
        assets=assets,
        self_trades=int(own.sum()),
        wash_trades=int(wash.sum()),
        self_share=_ratio(int(own.sum()), count),
        wash_share=_ratio(int(wash.sum()), count),
        self_value=float(ledger.value[own].sum()),
        wash_value=float(ledger.value[wash].sum()),
        self_worth=None if worth is None else float(worth[own].sum()),
        wash_worth=None if worth is None else float(worth[wash].sum()),
        self_assets=len(np.unique(ledger.symbol[own])),
        wash_assets=len(np.unique(ledger.symbol[wash])),
        wash_assets_share=_ratio(len(np.unique(ledger.symbol[wash])), assets),
        self_accounts=len(np.unique(ledger.buyer[own])),
        wash_accounts=len(np.union1d(ledger.buyer[wash], ledger.seller[wash])),
        sets=len(sets),
        sets_with_wash=with_wash,
        assets_per_set=_ratio(len(set_assets), with_wash),
    )


def _ratio(part: int, whole: int) -> float:
    return part / whole if whole else 0.0
