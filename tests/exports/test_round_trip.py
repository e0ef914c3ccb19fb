"""What the drill's writers write reads back the same, however it is written."""

import random
import re
import tempfile
from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.exports.variants import DATES, NUMBERS, TONGUES, Variant
from tradelatch.drills.incident import binance, bittrex, coinbasepro, kucoin
from tradelatch.drills.incident.accounts import Account, Deposit
from tradelatch.drills.incident.markets import Market, liquid, thin
from tradelatch.drills.incident.trades import Trade, filled
from tradelatch.drills.incident.victims import victims
from tradelatch.exports.reading import read
from tradelatch.exports.records import Export
from tradelatch.exports.refusal import Refused
from tradelatch.exports.settings import settings_of
from tradelatch.model.orders import Side

WRITERS = {"binance": binance, "kucoin": kucoin, "coinbasepro": coinbasepro, "bittrex": bittrex}
FILES = {
    "binance": "binance-trades.csv",
    "kucoin": "kucoin-trades.csv",
    "coinbasepro": "coinbasepro-fills.csv",
    "bittrex": "bittrex-orders.csv",
}
SOMEBODY = victims(0)[0]
START = datetime(2022, 9, 1, tzinfo=UTC)


def markets(exchange: str) -> list[Market]:
    quote = {"coinbasepro": "USD", "bittrex": "BTC"}.get(exchange, "USDT")
    return [*liquid(quote), *thin(exchange, quote)]


@st.composite
def accounts(draw: st.DrawFn, exchange: str) -> Account:
    """Some trades of one account, at rising whole seconds."""
    seconds = sorted(draw(st.lists(st.integers(0, 120 * 86_400), min_size=1, max_size=12)))
    trades = []
    for second in seconds:
        market = draw(st.sampled_from(markets(exchange)))
        price = market.tick * draw(st.integers(1, 10**9))
        quantity = market.step * draw(st.integers(1, 10**10))
        side = draw(st.sampled_from(list(Side)))
        at = START + timedelta(seconds=second)
        trades.append(filled(exchange, at, market, side, price, quantity))
    deposit = Deposit(START, "USDT", Decimal(1_000))
    return Account(SOMEBODY, [deposit], trades, trades[:1])


def written(exchange: str, account: Account) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        WRITERS[exchange].write(Path(folder), account, random.Random(0))
        return (Path(folder) / FILES[exchange]).read_bytes()


def as_meant(trade: Trade) -> tuple[object, ...]:
    fee_asset = trade.fee_asset
    return (
        trade.at.replace(microsecond=0),
        trade.market.symbol,
        trade.side,
        trade.price,
        trade.quantity,
        trade.amount,
        trade.fee,
        fee_asset,
    )


def as_read(export: Export) -> Counter[tuple[object, ...]]:
    assert export.rejected == ()
    return Counter(
        (
            datetime.fromtimestamp(trade.time_ns // 10**9, UTC),
            trade.symbol,
            trade.side,
            trade.price,
            trade.quantity,
            trade.amount,
            trade.fee,
            trade.fee_asset,
        )
        for trade in export.trades
    )


@settings(max_examples=60)
@given(st.data(), st.sampled_from(sorted(WRITERS)))
def test_each_exchanges_export_is_recognised_and_exact(data: st.DataObject, exchange: str) -> None:
    account = data.draw(accounts(exchange))
    export = read(written(exchange, account), "export.csv")
    assert export.exchange == exchange
    assert as_read(export) == Counter(map(as_meant, account.trades))
    lines = sorted(trade.line for trade in export.trades)
    first = 5 if exchange == "bittrex" else 2
    assert lines == list(range(first, first + len(account.trades)))


@st.composite
def variants(draw: st.DrawFn) -> Variant:
    tongue = draw(st.sampled_from(sorted(TONGUES)))
    number = draw(st.sampled_from(sorted(NUMBERS)))
    encodings = ["utf-8", "utf-8-sig", "utf-16"]
    if "\u00a0" not in NUMBERS[number]("1000.5") or TONGUES[tongue].encoding != "shift_jis":
        encodings.append(TONGUES[tongue].encoding)  # which has no such space
    return Variant(
        tongue,
        draw(st.sampled_from(sorted(DATES))),
        number,
        draw(st.sampled_from([",", ";", "\t"])),
        draw(st.sampled_from(encodings)),
        draw(st.sampled_from(["", "gz", "zip"])),
    )


@settings(max_examples=150)
@given(accounts("binance"), variants())
def test_however_it_is_written_it_reads_the_same_or_the_option_is_asked_for(
    account: Account, variant: Variant
) -> None:
    """Nothing is guessed wrongly: it is right at once, or refused with the option's name and then
    right with it."""
    data = variant.of(written("binance", account))
    wanted = Counter(map(as_meant, account.trades))
    first = tried(data)
    if isinstance(first, str):
        assert re.search("--set (date|decimal)=", first), first
        first = read(data, "export.csv", settings_of(variant.told))
    assert as_read(first) == wanted


def tried(data: bytes) -> Export | str:
    """The export, or why it is refused."""
    try:
        return read(data, "export.csv")
    except Refused as refused:
        return str(refused)
