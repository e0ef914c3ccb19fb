"""What signer and courier say to each other survives the way, and nothing that no exchange could
have said comes through."""

from decimal import Decimal
from typing import Any, get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradelatch.exchanges import claims
from tradelatch.exchanges.claims import (
    MOST_TEXT,
    AnyClaim,
    AnyQuestion,
    Known,
    Look,
    LookAt,
    Send,
    Sent,
    Sign,
    Signed,
    Viewed,
)
from tradelatch.exchanges.protocol import KeyRights, Mark, Outcome, OwnTrade, Verdict
from tradelatch.model.http import Request, Response
from tradelatch.model.intents import CancelOrder
from tradelatch.model.markets import Candle, Market, TopOfBook
from tradelatch.model.money import BadAmount, is_told, parse_amount
from tradelatch.model.orders import Fill, OrderReport, OrderStatus, Side
from tradelatch.model.wire import BrokenFrame, Frames, frame

ONE = Decimal("1.50")
FILL = Fill(1, 2, ONE, ONE, ONE, "BNB")
REPORT = OrderReport("ETH/BTC", 1, "a", OrderStatus.NEW, ONE, (FILL,), Side.BUY, 3)
CANDLES = (Candle(1, ONE, ONE, ONE, ONE, ONE, ONE),)
CLAIMS: list[AnyClaim] = [
    claims.TimeSeen("binance", 1, 2),
    claims.MarketsSeen("binance", {"ETH/BTC": Market("ETH", "BTC", ONE, ONE, ONE)}),
    claims.DaysSeen("binance", "ETH/BTC", CANDLES),
    claims.MinutesSeen("binance", "ETH/BTC", CANDLES, 1),
    claims.BookSeen("binance", "ETH/BTC", TopOfBook(ONE, ONE), 1),
    claims.OrderSeen("me", REPORT),
    claims.NoSuchOrder("me", "a"),
    claims.TradesSeen("me", "ETH/BTC", (OwnTrade(1, FILL, Side.SELL),)),
    claims.BalancesSeen("me", {"ETH": ONE}),
    claims.NothingOpen("me", 1),
    claims.RightsSeen("me", KeyRights(("trade",), is_bound=True)),
    claims.Revoked("me"),
    claims.Followed("me", is_on=True),
    claims.EventSeen("me", b"{}", REPORT),
]
QUESTIONS: list[AnyQuestion] = [
    claims.AskOrder("ETH/BTC", "a"),
    claims.AskOpenOrders(("ETH/BTC",)),
    claims.AskOpenOrders(None),
    claims.AskTrades("ETH/BTC", Mark(6, 1)),
    claims.AskTradesBetween("ETH/BTC", 1, 2),
    claims.AskBalances(),
    claims.AskRights(),
    claims.AskEvents(),
    claims.AskRevoke(),
    claims.AskCancel("ETH/BTC", "a"),
]
VIEW = claims.AccountView(
    "me",
    "binance",
    0,
    (claims.OrderView("ETH/BTC", "a", None, ONE, is_open=True, is_in_flight=False),),
    (claims.AskCancel("ETH/BTC", "a"),),
    0,
    is_moving=True,
    asks_rights=False,
)
REQUEST = Request("GET", "http://venue", "/api/v3/order")
UP = Sent | Look | LookAt | Sign | AnyClaim
DOWN = Send | Known | Viewed | Signed


def test_each_kind_is_tried() -> None:
    assert {type(claim) for claim in CLAIMS} == {*get_args(AnyClaim)}
    assert {type(question) for question in QUESTIONS} == {*get_args(AnyQuestion)}


@pytest.mark.parametrize(
    ("kind", "messages"),
    [
        (UP, CLAIMS),
        (UP, [Sign(1, "me", question) for question in QUESTIONS]),
        (
            UP,
            [
                Look(3),
                LookAt(4, "me"),
                Sent(1, Response(200, b"{}"), outcomes=(Outcome(Verdict.DONE, (REPORT,)),)),
            ],
        ),
        (UP, [Sent(1, claim=claim) for claim in CLAIMS]),
        (DOWN, [Signed(1, (REQUEST,)), Send(1, "binance", "me", REQUEST, (CancelOrder("A/B"),))]),
        (DOWN, [Send(1, "binance", "me", REQUEST, question=q) for q in QUESTIONS]),
        (DOWN, [Known(1, {"binance": frozenset(["ETH/BTC"])}, ("me",), False), Viewed(1, None)]),
        (DOWN, [Viewed(1, VIEW)]),
    ],
)
def test_it_survives_the_way(kind: Any, messages: list[msgspec.Struct]) -> None:
    frames: Frames[Any] = Frames(kind)
    assert frames.feed(b"".join(frame(message) for message in messages)) == messages


@pytest.mark.parametrize("amount", ["-1", "NaN", "sNaN", "Infinity", "1E+20", "1E-19"])
@pytest.mark.parametrize("claim", [c for c in CLAIMS if b"1.50" in msgspec.msgpack.encode(c)])
def test_an_amount_that_no_exchange_could_tell_breaks_the_frame(
    claim: AnyClaim, amount: str
) -> None:
    """Typed messages do not pass the parser of amounts, so that NaN could come in by them."""
    text = msgspec.json.encode(claim).replace(b'"1.50"', b'"%b"' % amount.encode())
    body = msgspec.msgpack.encode(msgspec.json.decode(text))
    frames: Frames[Any] = Frames(UP)
    with pytest.raises(BrokenFrame):
        frames.feed(len(body).to_bytes(4, "big") + body)


@pytest.mark.parametrize("number", [2**63, -(2**63) - 1, 10**30])
def test_a_number_that_does_not_fit_a_frame_is_none_that_is_told(number: int) -> None:
    """It would end the connection, and with it what is known of all other orders."""
    with pytest.raises(ValueError, match="64 bits"):
        claims.OrderSeen("me", msgspec.structs.replace(REPORT, order_id=number))


@pytest.mark.parametrize("text", ["x" * (MOST_TEXT + 1), "x" * 1_000_000])
def test_no_text_is_longer_than_names_are(text: str) -> None:
    for make in (
        lambda: claims.NoSuchOrder("me", text),
        lambda: claims.EventSeen("me", b"", msgspec.structs.replace(REPORT, symbol=text)),
        lambda: claims.BalancesSeen("me", {text: ONE}),
        lambda: claims.AskOrder(text, "a"),
        lambda: claims.AskOpenOrders((text,)),
    ):
        with pytest.raises(ValueError, match="characters"):
            make()


@given(st.from_regex(r"\A-?[0-9]{1,22}(\.[0-9]{1,20})?\Z"))
def test_what_may_be_told_is_what_may_be_read(text: str) -> None:
    value = Decimal(text)
    try:
        parse_amount(text)
    except BadAmount:
        # Leading zeros make a text too long whose value is none too large.
        assert not is_told(value) or len(text) > 20 or value == 0
    else:
        assert is_told(value)
