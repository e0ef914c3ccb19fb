"""What an exchange's answers say, in the nouns that the signer is told. It reads none itself."""

from collections.abc import Sequence

import msgspec

from tradelatch import exchanges
from tradelatch.exchanges import claims
from tradelatch.exchanges.claims import AnyClaim, Send, Sent
from tradelatch.exchanges.protocol import ExchangeFile, Outcome, Verdict
from tradelatch.model.http import Response
from tradelatch.model.intents import AmendOrder, CancelOrder, PlaceOrder, ReadAccount
from tradelatch.model.orders import OrderReport


def read(send: Send, sent: Sent) -> Sent:
    """The answer with what it says: the outcomes of what it was to change, or the claim that
    answers a question."""
    if sent.response is None:
        return sent
    exchange: ExchangeFile = exchanges.load(send.exchange)
    replace = msgspec.structs.replace
    if send.question is not None:
        try:
            return replace(sent, claim=answer(exchange, send.account, send.question, sent.response))
        except ValueError:
            return sent
    is_json, outcomes = _is_json(sent.response.body), tuple[Outcome, ...]()
    if send.intents and isinstance(send.intents[-1], PlaceOrder | CancelOrder | AmendOrder):
        try:
            outcomes = exchange.outcomes(send.intents, sent.response)
            return replace(sent, is_json=is_json, outcomes=outcomes)
        except ValueError:  # an amount that cannot be: who knows what became of it
            outcomes = (Outcome(Verdict.UNKNOWN),) * len(send.intents)
    return replace(sent, is_json=is_json, outcomes=outcomes)


def reports(send: Send, sent: Sent) -> tuple[OrderReport, ...]:
    """The orders that the answer to a bot's read tells of."""
    intent = send.intents[-1] if send.intents else None
    if sent.response is None or not isinstance(intent, ReadAccount):
        return ()
    exchange: ExchangeFile = exchanges.load(send.exchange)
    try:
        return exchange.reports(intent, sent.response.body)
    except ValueError:
        return ()


def answer(
    exchange: ExchangeFile, account: str, question: claims.AnyQuestion, response: Response
) -> AnyClaim:
    """What the answer to a question says.

    Raises:
        ValueError: nothing that can be read.
    """
    body = response.body
    if isinstance(question, claims.AskOrder | claims.AskCancel):
        return _of_order(exchange, account, question, response)
    if response.status != 200:
        raise ValueError(f"the exchange answered {response.status}")
    match question:
        case claims.AskRevoke() if exchange.judge(response) is Verdict.DONE:
            return claims.Revoked(account)
        case claims.AskTrades(symbol) | claims.AskTradesBetween(symbol):
            told = exchange.trades(body)
            mine = tuple(trade for trade in told if trade.symbol in (None, symbol))
            is_cut = len(told) >= exchange.TRADES_AT_ONCE
            cut_ms = min(trade.fill.time_ms for trade in told) if is_cut else 0
            return claims.TradesSeen(account, symbol, mine, cut_ms)
        case claims.AskBalances():
            held = {asset: h.free + h.locked for asset, h in exchange.balances(body).items()}
            return claims.BalancesSeen(account, held)
        case claims.AskRights():
            return claims.RightsSeen(account, exchange.key_rights(body))
    raise ValueError("the answer to this is no single claim")


def _of_order(
    exchange: ExchangeFile,
    account: str,
    question: claims.AskOrder | claims.AskCancel,
    response: Response,
) -> AnyClaim:
    report: OrderReport | None
    if isinstance(question, claims.AskOrder):
        report = exchange.asked_order(response, question.client_order_id)
        if report is None:
            return claims.NoSuchOrder(account, question.client_order_id)
        return claims.OrderSeen(account, report)
    is_done = exchange.judge(response) is Verdict.DONE
    if question.client_order_id is None or not is_done:
        raise ValueError("of no order it is told that it was cancelled")
    if report := exchange.cancelled_order(response.body):
        return claims.OrderSeen(account, report)
    raise ValueError("it is not told how the order stands")


def open_orders(exchange: ExchangeFile, responses: Sequence[Response]) -> list[OrderReport]:
    """All orders that some answers say stand open.

    Raises:
        ValueError: one of them cannot be read.
    """
    if not responses or any(response.status != 200 for response in responses):
        raise ValueError("the exchange did not answer")
    return [report for r in responses for report in exchange.open_orders(r.body)]


def _is_json(body: bytes) -> bool:
    try:
        msgspec.json.decode(body, type=msgspec.Raw)
    except (ValueError, RecursionError):
        return False
    return True
