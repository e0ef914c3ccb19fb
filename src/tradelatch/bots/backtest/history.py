"""What a backtest keeps of its bots: every deal and fill, in place of a store."""

from decimal import Decimal

from tradelatch.bots.backtest.result import DealResult, FillResult
from tradelatch.bots.bot import Bot
from tradelatch.bots.deals import Deal, Direction
from tradelatch.bots.desk import Batch, Note
from tradelatch.bots.profit import profit_of
from tradelatch.model.money import MONEY, ZERO


class History:
    """A `Sink` in memory, for one bot."""

    def __init__(self) -> None:
        self.deals: dict[int, Deal] = {}
        self.fills: list[FillResult] = []
        self.notes: list[Note] = []
        self._entries: dict[int, set[str]] = {}

    def save(self, bot: Bot, batch: Batch) -> None:
        """One event's changes."""
        self.notes.extend(batch.notes)
        for deal in batch.deals:
            self.deals[deal.number] = deal
        for order, fill in batch.fills:
            deal = self.deals[order.deal]
            if order.side is deal.direction.entry:
                self._entries.setdefault(order.deal, set()).add(order.client_id)
            self.fills.append(
                FillResult(
                    fill.time_ms,
                    order.deal,
                    order.symbol,
                    order.side,
                    fill.price,
                    fill.quantity,
                    fill.fee,
                    fill.fee_asset,
                    order.tag,
                )
            )

    def results(self, prices: dict[str, Decimal]) -> tuple[DealResult, ...]:
        """Every deal, what is left of it valued at `prices`."""
        return tuple(self._result(deal, prices[deal.symbol]) for deal in self.deals.values())

    def _result(self, deal: Deal, price: Decimal) -> DealResult:
        is_long = deal.direction is Direction.LONG
        bought = _average(deal.spent, deal.bought)
        sold = _average(deal.received, deal.sold)
        cost = deal.spent if is_long else deal.received
        profit = profit_of(deal, price)
        return DealResult(
            number=deal.number,
            symbol=deal.symbol,
            direction=deal.direction,
            state=deal.state,
            opened_ms=deal.opened_ms,
            closed_ms=deal.closed_ms,
            entries=len(self._entries.get(deal.number, ())),
            bought=deal.bought,
            sold=deal.sold,
            average_entry=bought if is_long else sold,
            average_exit=sold if is_long else bought,
            cost=cost,
            profit=profit,
            profit_share=MONEY.divide(profit, cost) if cost else ZERO,
            fees_value=deal.fees_value,
        )


def _average(quote: Decimal, base: Decimal) -> Decimal | None:
    return MONEY.divide(quote, base) if base else None
