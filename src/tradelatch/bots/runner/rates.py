"""What assets are worth in the currency that profits are told in."""

from collections.abc import Iterable
from decimal import Decimal

from tradelatch.bots.port import Busy, NoAnswer, Port, Refused
from tradelatch.model.money import MONEY


class Rates:
    """The last known rates; an asset that no market has together with the currency has none."""

    def __init__(self, port: Port, reporting: str) -> None:
        """`reporting` is an asset, empty for no rates at all."""
        self._port, self._reporting = port, reporting
        self._rates: dict[str, Decimal] = {}
        self._untraded: set[str] = set()

    def rate(self, asset: str) -> tuple[str, Decimal] | None:
        """The currency, and one unit of the asset in it."""
        if asset == self._reporting:
            return self._reporting, Decimal(1)
        known = self._rates.get(asset)
        return None if known is None else (self._reporting, known)

    async def refresh(self, assets: Iterable[str]) -> None:
        """Ask for the rates of these; what is not answered keeps its last."""
        for asset in {*assets} - {self._reporting} - self._untraded:
            if not self._reporting:
                return
            try:
                self._rates[asset] = await self._ask(asset)
            except Refused:
                self._untraded.add(asset)
            except (NoAnswer, Busy):
                continue

    async def _ask(self, asset: str) -> Decimal:
        try:
            return await self._port.price(f"{asset}/{self._reporting}")
        except Refused:
            price = await self._port.price(f"{self._reporting}/{asset}")
            return MONEY.divide(1, price)
