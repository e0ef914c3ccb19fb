"""The plan in backtesting.py, in its own environment: ``python backtesting_dca.py PLAN``. It counts
whole units: one is a lot here, and prices are those of a lot."""

import pandas
from backtesting import Backtest, Strategy
from plan import Deal, Laps, asked, tell

PLAN = asked()


class Dca(Strategy):
    """Orders are placed anew whenever one was filled."""

    def init(self) -> None:
        """Nothing is known."""
        self.known = 0

    def next(self) -> None:
        """A candle has closed: what is placed now arrives with the next."""
        trades = self.trades
        if trades and len(trades) == self.known:
            return
        for order in self.orders:
            order.cancel()
        self.known = len(trades)
        if not trades:
            self.buy(size=units(PLAN.base_amount(self.data.Close[-1] / PLAN.lot)))
            return
        size = sum(trade.size for trade in trades)
        paid = sum(trade.size * trade.entry_price for trade in trades) * (1 + PLAN.fee)
        if len(trades) <= PLAN.safety_orders:
            base = min(trades, key=lambda trade: trade.entry_bar).entry_price / PLAN.lot
            price, amount = PLAN.level(base * (1 + PLAN.fee), len(trades))
            self.buy(size=units(amount), limit=price * PLAN.lot)
        self.sell(size=size, limit=PLAN.target(paid / PLAN.lot, size) * PLAN.lot)


def units(amount: float) -> int:
    """Lots."""
    return round(amount / PLAN.lot)


def main() -> None:
    """Run the plan."""
    laps = Laps()
    table = pandas.read_csv(PLAN.candles)
    table.index = pandas.to_datetime(table.pop("time"), unit="ms")
    table.columns = [name.capitalize() for name in table.columns]
    load_s = laps.lap()
    table[["Open", "High", "Low", "Close"]] *= PLAN.lot
    engine = Backtest(table, Dca, cash=PLAN.cash, commission=PLAN.fee)
    found = engine.run()
    tell(load_s, laps.lap(), deals(found["_trades"]))


def deals(trades: pandas.DataFrame) -> list[Deal]:
    """Its trades are single buys; those of one deal are sold at once."""
    return [
        Deal(
            int(group["EntryTime"].min().timestamp() * 1000),
            int(closed.timestamp() * 1000),
            len(group),
            float(group["PnL"].sum()),
        )
        for closed, group in trades.groupby("ExitTime")
    ]


if __name__ == "__main__":
    main()
