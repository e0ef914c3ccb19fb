"""In which asset a fee was paid, where names of assets end one another."""

import pytest

from tradelatch.exports.reading import read
from tradelatch.model.money import plain

HEADER = "Date(UTC),Pair,Side,Price,Executed,Amount,Fee\n"


@pytest.mark.parametrize(
    ("base", "quote", "fee", "asset", "number"),
    [
        ("T", "USDT", "0.05USDT", "USDT", "0.05"),
        ("T", "USDT", "2T", "T", "2"),
        ("C", "USDC", "0.05USDC", "USDC", "0.05"),
        ("H", "ETH", "0.05ETH", "ETH", "0.05"),
        ("T", "USDT", "0.001BNB", "BNB", "0.001"),
        ("1INCH", "USDT", "21INCH", "1INCH", "2"),
        ("3XYZ", "USDT", "23XYZ", "3XYZ", "2"),
        ("T", "USDT", "0.05", "USDT", "0.05"),
    ],
)
def test_the_unit_behind_a_fee_tells_its_asset(
    base: str, quote: str, fee: str, asset: str, number: str
) -> None:
    row = f"2022-11-14 08:10:00,{base}{quote},BUY,0.05,1000{base},50{quote},{fee}\n"
    export = read((HEADER + row).encode(), "trades.csv")
    assert not export.rejected
    (trade,) = export.trades
    assert (trade.fee_asset, plain(trade.fee)) == (asset, number)
