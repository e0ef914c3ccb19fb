"""A strategy of one's own: in the market while the fast average of hourly closes is above the
slow one."""

from decimal import Decimal
from statistics import fmean

from tradelatch.bots.events import Bar
from tradelatch.bots.orders import Order
from tradelatch.bots.strategy import Settings, Strategy
from tradelatch.model.money import round_down
from tradelatch.model.orders import Side

HOUR_MS = 3_600_000


class CrossoverSettings(Settings, frozen=True):
    """Lengths in hours, `volume` in quote."""

    volume: Decimal
    fast: int = 8
    slow: int = 24


class Crossover(Strategy[CrossoverSettings]):
    """One deal at a time in one market, with orders at the market."""

    settings_type = CrossoverSettings

    @classmethod
    def intervals(cls, settings):
        return (HOUR_MS,)

    @classmethod
    def capital(cls, settings, markets, prices):
        (market,) = markets.values()
        return {market.quote: settings.volume}

    def on_bar(self, bar: Bar) -> None:
        closes = [float(one.close) for one in self.desk.bars[bar.symbol, HOUR_MS]]
        if len(closes) < self.settings.slow or self.desk.live:
            return
        rises = fmean(closes[-self.settings.fast :]) > fmean(closes[-self.settings.slow :])
        lot = self.desk.markets[bar.symbol].lot
        deal = next(iter(self.desk.deals.values()), None)
        if rises and not deal and not self.is_stopping:
            amount = round_down(self.settings.volume / bar.candle.close, lot)
            self.desk.place(self.desk.open_deal(bar.symbol), Side.BUY, amount, tag="in")
        elif deal and not rises:
            self.desk.place(deal, Side.SELL, round_down(deal.base, lot), tag="out")

    def on_order(self, order: Order) -> None:
        deal = self.desk.deals[order.deal]
        if order.is_over and (order.tag == "out" or not deal.bought):
            self.desk.close_deal(deal, "closed")
