"""ccxt, the blocking client: a whole session by REST."""

import asyncio

import ccxt
from ccxt_unified import SYMBOL, Unified, settings
from session import ED25519_KEY, ED25519_PEM, KEY, NO_SUCH_KEY, refused, trade


def market_data(exchange: ccxt.binance) -> None:
    """Everything public that ccxt asks of a spot market."""
    last = exchange.fetch_ticker(SYMBOL)["last"]
    assert abs(last / 0.07 - 1) < 0.05
    assert SYMBOL in exchange.fetch_tickers()
    assert SYMBOL in exchange.fetch_bids_asks()
    assert exchange.fetch_last_prices([SYMBOL])[SYMBOL]["price"] > 0
    assert len(exchange.fetch_ohlcv(SYMBOL, "1h", limit=100)) == 100
    trades = exchange.fetch_trades(SYMBOL)
    assert [one["symbol"] for one in trades] == [SYMBOL] * len(trades)
    assert exchange.fetch_trading_fees()[SYMBOL]["taker"] == 0.001
    assert set(exchange.fetch_currencies()) >= {"ETH", "BTC"}


def other_keys() -> None:
    """Ed25519 signs as well, and a wrong secret does not."""
    with_pem = ccxt.binance(settings(ED25519_KEY, ED25519_PEM))
    assert with_pem.fetch_balance()["BTC"]["total"] > 0
    with refused(ccxt.AuthenticationError, "signature"):
        ccxt.binance(settings(KEY, "wrong")).fetch_balance()
    with refused(ccxt.AuthenticationError, NO_SUCH_KEY):
        ccxt.binance(settings("x" * 64, "wrong")).fetch_balance()


if __name__ == "__main__":
    exchange = ccxt.binance(settings())
    asyncio.run(trade(Unified(exchange)))
    market_data(exchange)
    with refused(ccxt.BadSymbol, "NO/BTC"):
        exchange.fetch_ticker("NO/BTC")
    if ED25519_KEY:
        other_keys()
