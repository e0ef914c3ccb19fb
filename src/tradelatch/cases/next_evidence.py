"""What evidence to get next, once one export was looked at, and where it is to be had."""

from collections.abc import Sequence
from datetime import UTC, datetime

_HISTORIES = {
    "binance": "Binance: Wallet, Transaction History, Export (Generate All Statements)",
    "coinbasepro": "Coinbase Pro: Statements, Generate, Account",
    "kucoin": "KuCoin: Assets, Account History, Export",
    "bittrex": "Bittrex: closed on 2023-12-04; ask its liquidator for deposits and withdrawals",
}


def wanted(fills: Sequence[tuple[str, int]], exchange: str) -> list[str]:
    """What to ask for, a sentence each; of the suspect fills it needs market and time (ms)."""
    history = _HISTORIES.get(exchange, "from the exchange, of all assets")
    wanted = [
        f"the account's transaction history, which has to show the same trades ({history})",
        "the key's page: when it was made and used last, its rights, its IP list, what it was "
        "connected to",
        "the order history with client order ids, and the log of logins and API calls with "
        "addresses",
    ]
    if not fills:
        return wanted
    days = sorted({_day(at) for _, at in fills})
    markets = ", ".join(sorted({symbol for symbol, _ in fills}))
    when = days[0] if len(days) == 1 else f"{days[0]} to {days[-1]}"
    return [
        f"public trades or one-minute candles of {markets} from the week before {days[0]} until "
        f"{days[-1]}",
        f"from the exchange, by a request to preserve: who was on the other side of these "
        f"{len(fills)} fills ({markets}, {when} UTC)",
        *wanted,
    ]


def _day(ms: int) -> str:
    return f"{datetime.fromtimestamp(ms / 1000, UTC):%Y-%m-%d}"
