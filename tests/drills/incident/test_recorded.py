"""What others recorded: the victims' trades are in it, each once."""

from collections import Counter, defaultdict
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

from tests.drills.incident.readers import adverse, fills, reference_prices, table, value_passed

Trade = tuple[str, bool, Fraction, Fraction, int]


def exported(folder: Path, exchange: str) -> dict[str, Counter[Trade]]:
    """Each victim's trades: market, side, price, quantity, second."""
    return {
        row["victim"]: Counter(
            (f"{f.base}/{f.quote}", f.buys, f.price, f.quantity, int(f.at.timestamp()))
            for f in fills(folder, row["victim"], exchange)
        )
        for row in table(folder / "victims.csv")
        if row["exchange"] == exchange
    }


def second(iso: str) -> int:
    return int(datetime.fromisoformat(iso).timestamp())


def test_the_exchange_hands_over_twelve_accounts_with_both_sides(folder: Path) -> None:
    accounts: defaultdict[str, Counter[Trade]] = defaultdict(Counter)
    sold_by: Counter[str] = Counter()
    ids: defaultdict[str, list[int]] = defaultdict(list)
    prices = reference_prices(folder)
    for row in table(folder / "exchange-tables" / "binance.csv"):
        price, quantity = Fraction(row["price"]), Fraction(row["quantity"])
        ids[row["symbol"]].append(int(row["id"]))
        for account, buys in ((row["buyer"], True), (row["seller"], False)):
            mark = (row["symbol"], buys, price, quantity, second(row["time"]))
            accounts[account][mark] += 1
        if price > 2 * prices[row["symbol"]][f"{row['time'][:13]}:00Z"]:
            sold_by[row["seller"]] += 1
    whole = {
        name for name, trades in exported(folder, "binance").items() if trades in accounts.values()
    }
    losses = {
        name: value_passed(fills(folder, name, "binance"), prices)
        for name in exported(folder, "binance")
    }
    assert whole == set(sorted(losses, key=lambda name: -losses[name])[:12])
    assert set(sold_by) == {f"t-{number:02}" for number in range(1, 8)}
    assert sold_by.most_common(1)[0][0] == "t-01"
    assert all(numbers == sorted(set(numbers)) for numbers in ids.values())


def test_tapes_hold_every_trade_of_their_markets(folder: Path) -> None:
    prices = reference_prices(folder)
    taped: Counter[Trade] = Counter()
    paths = sorted((folder / "tapes" / "kucoin").iterdir())
    assert len(paths) == 6
    markets = set()
    for path in paths:
        rows = table(path)
        times = [int(row["timestamp"]) for row in rows]
        assert times == sorted(times)
        for row, at in zip(rows, times, strict=True):
            markets.add(row["symbol"])
            price, amount = Fraction(row["price"]), Fraction(row["amount"])
            taped[row["symbol"], row["side"] == "buy", price, amount, at // 1_000] += 1
    whole = 0
    for name, trades in exported(folder, "kucoin").items():
        on_tape = Counter({one: many for one, many in trades.items() if one[0] in markets})
        assert on_tape <= taped
        taped -= on_tape
        mine = adverse(fills(folder, name, "kucoin"), prices)
        whole += all(f"{fill.base}/{fill.quote}" in markets for fill in mine)
    assert whole >= 5
    for symbol, _, price, _, at in taped:
        hour = f"{datetime.fromtimestamp(at, UTC):%Y-%m-%dT%H:00Z}"
        assert abs(price / prices[symbol][hour] - 1) < Fraction(1, 50), "others trade at the price"
