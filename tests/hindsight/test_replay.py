"""The past judged by a policy: a thief's trades are refused, and nothing that was not seen."""

from decimal import Decimal
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tradelatch.exports.records import Traded
from tradelatch.hindsight.events import Asked, Event, Unreadable
from tradelatch.hindsight.exports import as_events
from tradelatch.hindsight.history import History, read_candles, read_tape
from tradelatch.hindsight.replay import Findings, Replay
from tradelatch.hindsight.report import as_json
from tradelatch.model.clock import DAY, HOUR, MINUTE, MS, SECOND
from tradelatch.model.markets import Candle
from tradelatch.model.orders import Side
from tradelatch.policy.accounting import Window
from tradelatch.policy.document import parse_policy
from tradelatch.policy.references import Figures, Reference

START = 1_666_180_800 * SECOND
POLICY = parse_policy("""
version = 1
unit = "BTC"
budget = "0.25"
exit_budget = "0.5"
sources = ["10.0.0.0/8"]
[markets."ETH/BTC"]
depth = "deep"
[markets."VIN/BTC"]
depth = "thin"
""")
HELD = {"BTC": Decimal(30), "ETH": Decimal(285)}


def flat(open_ns: int, price: str, volume: int) -> Candle:
    at = Decimal(price)
    return Candle(open_ns // MS, at, at, at, at, Decimal(volume), volume * at)


def minutes(price: str, volume: int, days: int = 31) -> list[Candle]:
    return [flat(START - days * DAY + n * MINUTE, price, volume) for n in range(days * 1_440)]


@pytest.fixture(scope="module")
def histories() -> dict[str, History]:
    return {"ETH/BTC": History(minutes("0.07", 40)), "VIN/BTC": History(minutes("0.00002", 50))}


def traded(second: int, symbol: str, side: Side, price: str, quantity: str) -> Traded:
    amounts = Decimal(price), Decimal(quantity)
    return Traded(START + second * SECOND, symbol, side, *amounts, Decimal(0), "BTC")


def found(trades: list[Traded], histories: dict[str, History]) -> Findings:
    replay = Replay(POLICY, histories)
    for event in as_events(trades, HELD):
        replay.take(event)
    return replay.findings


THEFT = [
    traded(0, "ETH/BTC", Side.BUY, "0.07", "1"),
    traded(5, "ETH/BTC", Side.SELL, "0.05", "100"),
    traded(9, "VIN/BTC", Side.BUY, "0.00009", "100000"),
    traded(12, "DOGE/BTC", Side.BUY, "0.0001", "100"),
    traded(20, "ETH/BTC", Side.SELL, "0.0699", "1"),
]


def test_a_theft_is_refused_and_honest_orders_are_not(histories: dict[str, History]) -> None:
    findings = found(THEFT, histories)
    noes = [[answer.rule for answer in outcome.noes] for outcome in findings.outcomes]
    assert noes[0] == noes[4] == []
    assert "price_collar" in noes[1]
    assert {"price_collar", "allocation"} <= set(noes[2])
    assert noes[3] == ["market"]
    assert not findings.unknown
    most = findings.peaks[Window.DAY]
    assert 0 < most["budget"] < POLICY.budget
    assert most["allocation"] == 0
    told = as_json(findings, POLICY)
    assert (told["judged"], told["refused"]) == (5, 3)
    assert [r["symbol"] for r in told["refusals"]] == ["ETH/BTC", "VIN/BTC", "DOGE/BTC"]


def test_what_a_refused_order_bought_was_not_bought(histories: dict[str, History]) -> None:
    """B would not be enough for a hundred round trips, were the refused ones counted."""
    bad = [traded(2 * n, "ETH/BTC", Side.BUY, "0.09", "10") for n in range(100)]
    findings = found([*bad, traded(300, "ETH/BTC", Side.BUY, "0.07", "1")], histories)
    assert [bool(outcome.noes) for outcome in findings.outcomes] == [True] * 100 + [False]


def test_fills_draw_on_the_amounts(histories: dict[str, History]) -> None:
    buy, sell = (Side.BUY, "0.0702"), (Side.SELL, "0.0698")
    churn = [traded(n, "ETH/BTC", *(buy if n % 2 else sell), "50") for n in range(40)]
    noes = [[a.rule for a in outcome.noes] for outcome in found(churn, histories).outcomes]
    assert noes[0] == []
    assert noes[-1] == ["budget"]


def test_without_prices_nothing_is_said(histories: dict[str, History]) -> None:
    findings = found(THEFT, {"ETH/BTC": histories["ETH/BTC"]})
    assert [asked.intent.symbol for asked in findings.unknown] == ["VIN/BTC"]
    assert len(findings.outcomes) == 4
    assert len(found(THEFT, {}).unknown) == 4


def test_nothing_later_than_the_order_is_known() -> None:
    """With the minute of the order, the median of five would be the higher price."""
    jumped = [flat(START + n * MINUTE, "0.08", 40) for n in (-2, -1, 0)]
    histories = {"ETH/BTC": History([*minutes("0.07", 40)[:-2], *jumped])}
    findings = found([traded(30, "ETH/BTC", Side.BUY, "0.073", "1")], histories)
    assert "price_collar" in [answer.rule for answer in findings.outcomes[0].noes]


def test_own_prints_make_no_reference() -> None:
    """Minutes in which only the account itself traded, at a price of its own, do not count."""
    own = [traded(60 * n, "ETH/BTC", Side.BUY, "0.0705", "1") for n in range(8)]
    theirs = minutes("0.07", 40)
    candles = theirs + [flat(START + n * MINUTE, "0.0705", 1) for n in range(8)]
    last = traded(8 * 60, "ETH/BTC", Side.BUY, "0.071", "1")
    findings = found([*own, last], {"ETH/BTC": History(candles)})
    assert [a.rule for a in findings.outcomes[-1].noes] == ["price_collar"]
    assert "at most 0.0707 " in findings.outcomes[-1].noes[0].says


def test_tapes_and_candles_make_the_same_prices(tmp_path: Path) -> None:
    tape, candles = tmp_path / "tape.csv", tmp_path / "candles.csv"
    lines, rows = ["symbol,timestamp,side,price,amount"], ["open_time,open,high,low,close,volume"]
    for candle in minutes("0.07", 40, days=8):
        opened = candle.open_ms
        lines.append(f"ETH/BTC,{opened},buy,0.07,40")
        rows.append(f"{opened},0.07,0.07,0.07,0.07,40,{opened + 59_999},2.8,1,0,0,0")
    tape.write_text("\n".join(lines))
    candles.write_text("\n".join(rows))
    symbol, history = read_tape(tape)
    rules = POLICY.markets[symbol]
    both = (history, read_candles(candles))
    told = [made.reference(Side.BUY, rules, Decimal(50), START, ()) for made in both]
    assert told[0] == told[1]
    assert told[0] is not None
    assert told[0].price == Decimal("0.07")


NO_MARKET = "symbol,timestamp,side,price,amount\nX,1,buy,1,1\n"


@pytest.mark.parametrize("text", ["", "a,b\n1,2\n", NO_MARKET])
def test_what_is_no_tape_is_told(text: str, tmp_path: Path) -> None:
    file = tmp_path / "tape.csv"
    file.write_text(text)
    with pytest.raises(Unreadable, match=str(file)):
        read_tape(file)


def test_events_are_taken_in_any_number() -> None:
    replay = Replay(POLICY)
    events: list[Event] = [e for e in as_events(THEFT, HELD) if not isinstance(e, Asked)]
    for event in events:
        replay.take(event)
    assert replay.findings.outcomes == []


SHARES = parse_policy("""
version = 1
unit = "BTC"
budget_share = "0.1"
allocation_share = "0.2"
exit_budget_share = "0.1"
[limits]
signed = "0.3"
[markets."ETH/BTC"]
depth = "deep"
collar = "0.2"
[markets."VIN/BTC"]
depth = "thin"
collar = "0.2"
""")


class Remembering(Replay):
    """Keeps the whole past."""

    def _forget(self, now_ns: int) -> None:
        pass


_trade = st.tuples(
    st.integers(0, 12 * 24),  # hours since the one before
    st.sampled_from(("ETH/BTC", "VIN/BTC")),
    st.sampled_from(Side),
    st.integers(80, 120),
    st.integers(1, 30),
)


@settings(max_examples=60)
@given(st.lists(_trade, min_size=1, max_size=40))
def test_what_no_window_sees_is_forgotten_and_no_answer_changes(
    made: list[tuple[int, str, Side, int, int]],
) -> None:
    now, trades = 0, []
    for hours, symbol, side, price, quantity in made:
        now += hours * HOUR // SECOND + 2
        trades.append(traded(now, symbol, side, f"{price / 1_000}", f"{quantity / 10}"))
    forgetful, remembering = Replay(SHARES), Remembering(SHARES)
    for event in as_events(trades, HELD):
        for replay in (forgetful, remembering):
            replay.take(_judged_at_a_tenth(event))
    assert forgetful.findings == remembering.findings


def _judged_at_a_tenth(event: Event) -> Event:
    if not isinstance(event, Asked):
        return event
    price = Decimal("0.1")
    figures = Figures(Decimal(1_000), Decimal("0.05"), Decimal("0.001"), 30)
    reference = Reference(event.intent.side, price, price, price, 0, figures)
    return msgspec.structs.replace(
        event, reference=reference, has_figures=True, value=Decimal(event.time_ns // DAY % 9 + 1)
    )
