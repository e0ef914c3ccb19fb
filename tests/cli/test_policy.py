"""Policies made, asked about an order now, and asked about the past."""

import json
import re
from decimal import Decimal
from pathlib import Path

import ccxt
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from tests.cli.test_commands import POLICY, run, sentence
from tests.house.stage import ACCOUNT, Stage, sync_client
from tests.policy.test_rules import case_of, limit, market_order, says
from tradelatch.cli.app import app
from tradelatch.cli.policy_new import Kind, ready_made
from tradelatch.drills.world import DEEP, THIN
from tradelatch.model.intents import PlaceOrder
from tradelatch.model.money import plain
from tradelatch.model.orders import OrderType, Side
from tradelatch.policy import rules
from tradelatch.policy.document import Depth, parse_policy

# Ready-made policies

AMOUNTS = st.decimals("0.001", "1000000", places=8).map(plain)


@given(st.sampled_from(Kind), AMOUNTS, AMOUNTS)
def test_every_ready_made_policy_is_a_policy_with_the_accounts_amounts(
    kind: Kind, value: str, allocation: str
) -> None:
    text = ready_made(kind, "BTC", value, ["ETH/BTC"], ["VIN/BTC"], allocation)
    policy = parse_policy(text)
    assert abs(policy.budget - Decimal(value) * Decimal("0.005")) < Decimal("1e-8")
    assert abs(policy.exit_budget - 2 * policy.budget) <= Decimal("2e-8")
    assert policy.allocation == Decimal(allocation)
    assert policy.markets["ETH/BTC"].depth is Depth.DEEP
    assert policy.markets["VIN/BTC"].depth is Depth.THIN
    assert all(line.index("#") == 28 for line in text.splitlines() if re.search(r"^[^#]+ # ", line))


def ordinary(kind: Kind) -> list[PlaceOrder]:
    """What a bot of that kind does all day, for an account worth 100 BTC."""
    quote = [limit(quantity=Decimal("0.5")), limit(Side.SELL, quantity=Decimal("0.5"))]
    if kind is Kind.MARKET_MAKING:
        return quote
    return [
        *quote,
        market_order(Side.BUY, quantity=Decimal(2)),
        limit(quantity=Decimal(2), price=Decimal("0.9")),
        limit(Side.SELL, quantity=Decimal(2), price=Decimal("1.02")),
    ]


@pytest.mark.parametrize("kind", Kind)
def test_ready_made_policies_let_their_bots_work_and_no_thief(kind: Kind) -> None:
    policy = parse_policy(ready_made(kind, "BTC", "100", ["ETH/BTC"], ["RAG/BTC"], "1"))
    for intent in ordinary(kind):
        assert says(rules.judge(case_of(intent, policy=policy))) == []
    thefts = {
        "price_collar": limit(price=Decimal("1.5")),
        "order_size": limit(quantity=Decimal(20)),
        "allocation": limit(symbol="RAG/BTC", quantity=Decimal(1_000)),
        "market": limit(symbol="XYZ/BTC"),
    }
    for rule, intent in thefts.items():
        assert rule in says(rules.judge(case_of(intent, policy=policy)))


def test_a_market_maker_places_no_market_orders() -> None:
    policy = parse_policy(ready_made(Kind.MARKET_MAKING, "BTC", "100", ["ETH/BTC"], [], "0"))
    assert policy.order_types == (OrderType.LIMIT,)
    asked = market_order(Side.BUY, quantity=Decimal(1))
    assert "order_type" in says(rules.judge(case_of(asked, policy=policy)))


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ("dca --unit BTC --account-value x", "'x' is not a plain decimal number"),
        ("dca --unit BTC --account-value 0", "budget: is zero"),
        ("dca --unit U$ --account-value 1", "unit: 'U$' is not an asset"),
        ("dca --unit USDT --account-value 1 --markets ETH/BTC", "write ETH/USDT"),
        ("dca --unit USDT --account-value 1 --markets ETHUSDT", "'ETHUSDT' is not a market"),
        ("dca --unit BTC --account-value 1 --allocation -1", "is not a plain decimal number"),
        ("scalp --unit BTC --account-value 1", "'scalp' is not one of"),
        ("dca --account-value 1", "Missing option '--unit'"),
    ],
)
def test_what_makes_no_policy_is_told(arguments: str, told: str) -> None:
    result = run(f"policy new {arguments}")
    assert (result.exit_code, result.stdout) == (2, "")
    assert told in sentence(result)


def test_what_is_printed_is_checked_good(tmp_path: Path) -> None:
    file = tmp_path / "policy.toml"
    for kind in Kind:
        made = run(f"policy new {kind} --unit USDT --account-value 5000.5")
        file.write_text(made.stdout)
        assert "a day may cost 25.0025 USDT (deep)" in run(f"policy check {file}").stdout


# An order now


def simulate(stage: Stage, order: str) -> tuple[int, str]:
    result = run(f"policy simulate {ACCOUNT} {order} --config {stage.house.config}")
    assert result.stderr == ""
    return result.exit_code, result.stdout


def test_an_order_is_judged_without_a_trace(stage: Stage) -> None:
    before = stage.records()
    for order, rule in {
        f"{DEEP} buy 0.5 --market": "",
        f"{DEEP} sell 0.5 --market --exit": "",
        f"{DEEP} sell 100000 --market --exit": "exit_holding",
        f"{DEEP} buy 0.5 --limit 0.2": "price_collar",
        f"{THIN} buy 1000 --market": "allocation",
        "NO/BTC buy 1 --limit 1": "market",
    }.items():
        code, told = simulate(stage, order)
        assert code == bool(rule)
        assert told.startswith(f"it would be {'refused' if rule else 'allowed'}\n")
        noes = re.findall(r"^NO +(\w+)", told, re.MULTILINE)
        assert (rule in noes) if rule else not noes
    kinds = [record["record"] for record in stage.records()[len(before) :]]
    assert not {"Allowed", "Denied"} & set(kinds)
    assert stage.status()["live_orders"] == 0


def test_the_change_that_would_pass_passes(stage: Stage) -> None:
    _, told = simulate(stage, f"{DEEP} buy 5000 --limit 0.2")
    found = re.search(r"with the limit ([0-9.]+) and the quantity ([0-9.]+)\n", told)
    assert found
    price, quantity = found.groups()
    assert simulate(stage, f"{DEEP} buy {quantity} --limit {price}")[0] == 0


def test_another_policy_and_another_address_are_asked(stage: Stage, tmp_path: Path) -> None:
    file = tmp_path / "other.toml"
    file.write_text(POLICY.replace("exit_budget", 'sources = ["10.0.0.0/8"]\nexit_budget'))
    order = f"{DEEP} buy 0.5 --market --policy {file}"
    assert re.search(r"NO +source ", simulate(stage, order)[1])
    assert simulate(stage, f"{order} --source 10.1.2.3")[0] == 0
    file.write_text(POLICY.replace('"0.25"', '"0.25"\nmode = "report"'))
    told = simulate(stage, f"{DEEP} buy 0.5 --limit 0.2 --policy {file}")
    assert told[0] == 1
    assert "the policy's mode is report" in told[1]


def test_the_verdict_is_told_to_machines(stage: Stage) -> None:
    code, told = simulate(stage, f"{DEEP} buy 0.5 --limit 0.2 --json")
    found = json.loads(told)
    assert (code, found["allowed"], found["mode"]) == (1, False, "enforce")
    assert {"rule", "allowed", "says", "numbers"} == found["answers"][0].keys()
    assert Decimal(found["instead"]["price"]) < Decimal("0.2")


@pytest.mark.parametrize(
    ("order", "told"),
    [
        (f"{ACCOUNT} {DEEP} buy 1", "give either --limit PRICE or --market"),
        (f"{ACCOUNT} {DEEP} buy 1 --market --limit 1", "give either --limit PRICE or --market"),
        (f"{ACCOUNT} {DEEP} buy 1 --market --exit", "an exit sells"),
        (f"{ACCOUNT} {DEEP} hold 1 --market", "'HOLD' is no side, use buy or sell"),
        (f"{ACCOUNT} {DEEP} buy one --market", "'one' is not a plain decimal number"),
        (f"{ACCOUNT} {DEEP} buy 1 --limit x", "'x' is not a plain decimal number"),
        (f"{ACCOUNT} ETHBTC buy 1 --market", "'ETHBTC' is not a market"),
        (f"nobody {DEEP} buy 1 --market", f"there is no account 'nobody'; known are: {ACCOUNT}"),
        (f"{ACCOUNT} {DEEP} buy 1 --market --policy nowhere.toml", "nowhere.toml: cannot read it"),
    ],
)
def test_what_is_no_order_is_told(stage: Stage, order: str, told: str) -> None:
    result = run(f"policy simulate {order} --config {stage.house.config}")
    assert (result.exit_code, result.stdout) == (2, "")
    assert told in sentence(result)


# The past


@pytest.fixture(scope="module")
def message(stage: Stage) -> str:
    """What a bot's client says of a refused order, after one that was filled."""
    client = sync_client(stage.gate, stage.grant["id"], stage.grant["secret"])
    client.load_markets()
    client.create_order(DEEP, "market", "buy", 0.3)
    with pytest.raises(ccxt.InvalidOrder) as refused:
        client.create_order(DEEP, "limit", "buy", 1, 0.2)
    client.session.close()
    return str(refused.value)


def test_why_takes_the_message_that_the_bot_got(stage: Stage, message: str) -> None:
    number = re.search(r"verdict (\d+)", message)
    assert number
    config = ["--config", str(stage.house.config)]
    told = run_words(["why", message, *config])
    assert told == run_words(["why", number[1], *config])
    assert "NO   price_collar" in told
    assert re.search(
        r"^it would have passed with the limit 0.07\d* and the quantity 1$", told, re.M
    )


def run_words(words: list[str]) -> str:
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.mark.parametrize(
    ("text", "told"),
    [("denied", "neither a number nor a message"), ("denied by policy: x", "was counted only")],
)
def test_a_message_without_a_number_is_told(text: str, told: str) -> None:
    result = CliRunner().invoke(app, ["why", text])
    assert result.exit_code == 2
    assert told in sentence(result)


def test_a_signers_journal_is_judged_again(stage: Stage, message: str, tmp_path: Path) -> None:
    file = tmp_path / "policy.toml"
    file.write_text(POLICY)
    backtest = f"policy backtest {file} --journal {stage.journal}"
    found = json.loads(run(f"{backtest} --json").stdout)
    assert (found["judged"], found["refused"], found["unknown"]) == (2, 1, 0)
    assert found["refusals"][0]["went_out"] is False
    assert found["refusals"][0]["noes"].keys() == {"price_collar"}
    assert Decimal(found["used"]["day"]["budget"]["most"]) > 0
    file.write_text(POLICY + "[limits]\norder = 0.001\n")
    assert json.loads(run(f"{backtest} --json").stdout)["refused"] == 2
    shown = run(backtest)
    assert (shown.exit_code, shown.stderr) == (0, "")
    assert "2 orders judged, 2 would have been refused" in shown.stdout
    assert re.search(r"^order_size +2 ", shown.stdout, re.MULTILINE)


def test_a_trade_export_is_judged(tmp_path: Path) -> None:
    policy, trades, tape = (tmp_path / name for name in ("policy.toml", "trades.json", "tape.csv"))
    policy.write_text(POLICY)
    minute, start = 60_000, 1_666_180_800_000
    lines = [f"ETH/BTC,{start + n * minute},buy,0.07,40" for n in range(-8 * 1_440, 0)]
    tape.write_text("symbol,timestamp,side,price,amount\n" + "\n".join(lines))
    fill = {"timestamp": start, "symbol": "ETH/BTC", "side": "buy", "price": 0.07, "amount": 1}
    trades.write_bytes(msgspec.json.encode([fill, fill | {"timestamp": start + 1, "price": 0.1}]))
    backtest = f"policy backtest {policy} --trades {trades} --format ccxt"
    blind = run(backtest)
    assert "1 not judged, no prices are known then: ETH/BTC (give --tape)" in blind.stdout
    assert "An export tells neither open orders" in blind.stdout
    found = json.loads(run(f"{backtest} --tape {tape} --held BTC=10 --json").stdout)
    assert (found["judged"], found["refused"]) == (1, 1)
    assert "price_collar" in found["refusals"][0]["noes"]


def test_columns_of_an_export_can_be_named(tmp_path: Path) -> None:
    (tmp_path / "policy.toml").write_text(POLICY)
    export = tmp_path / "mine.csv"
    export.write_text("when,pair,way,Rate,filled\n01/02/2022 10:00,ETH/BTC,buy,0.05,1\n")
    given = "--map time=when --map symbol=pair --map side=way --map price=Rate"
    options = f"{given} --map quantity=filled --set date=dmy --held BTC=5"
    result = run(f"policy backtest {tmp_path / 'policy.toml'} --trades {export} {options}")
    assert result.exit_code == 0, result.output
    assert "1 not judged" in result.stdout


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ("", "give either --journal DIRECTORY or --trades FILE"),
        ("--journal . --trades x", "give either --journal DIRECTORY or --trades FILE"),
        ("--journal .", ".: there is no journal here"),
        ("--trades x --format mtgox", "--format 'mtgox' is not known; use one of: binance,"),
        ("--trades x --format kucoin", "x: cannot be read: No such file"),
        ("--trades policy.toml --format kucoin", "is none of: kucoin trades"),
        ("--trades policy.toml --format ccxt", "no JSON list of trades as ccxt writes them"),
        ("--trades x --format ccxt --tape y", "y: cannot be read as CSV"),
        ("--trades x --format ccxt --tape policy.toml", "a tape has the column 'symbol'"),
        ("--trades x --format ccxt --candles y", "--candles y: write ETH/BTC=FILE"),
        ("--trades x --format ccxt --candles A/B=policy.toml", "not a candle of Binance's form"),
        ("--trades x --format ccxt --held BTC=x", "x: cannot be read: No such file"),
    ],
)
def test_what_cannot_be_judged_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: str, told: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("policy.toml").write_text(POLICY)
    result = run(f"policy backtest policy.toml {options}")
    assert (result.exit_code, result.stdout) == (2, "")
    assert told in sentence(result)
