"""A policy that is wrong gets one sentence with line and field."""

from decimal import Decimal

import pytest

from tradelatch.model.toml import BadToml
from tradelatch.policy.document import Depth, MarketOrders, parse_policy

HEAD = """\
version = 1
unit = "BTC"
budget = "0.25"
exit_budget = "0.5"
"""
ETH = """
[markets."ETH/BTC"]
depth = "deep"
"""


def test_a_policy_is_bounded() -> None:
    def of(markets: int) -> str:
        lines = (f'"M{number}/BTC".depth = "thin"' for number in range(markets))
        return HEAD + "allocation = 1\n[markets]\n" + "\n".join(lines)

    assert len(parse_policy(of(100)).markets) == 100
    with pytest.raises(BadToml, match=r"line 6: markets: 101 are too many, list at most 100"):
        parse_policy(of(101))
    text = HEAD + ETH + "#"
    assert parse_policy(text + "x" * (65_536 - len(text)))
    for long in ("x" * (65_537 - len(text)), "é" * 33_000):
        with pytest.raises(BadToml, match="bytes are too many, use at most 65536"):
            parse_policy(text + long)


def test_a_small_policy_has_defaults_that_work() -> None:
    policy = parse_policy(HEAD + ETH)
    rules = policy.markets["ETH/BTC"]
    assert (policy.allocation, policy.budget) == (Decimal(0), Decimal("0.25"))
    assert policy.market_orders is MarketOrders.COLLAR
    assert (rules.depth, rules.collar, rules.drift_1h) == (
        Depth.DEEP,
        Decimal("0.01"),
        Decimal("0.05"),
    )


@pytest.mark.parametrize(
    "markets",
    [
        'markets."ETH/BTC".depth = "deep"',
        'markets = { "ETH/BTC" = { depth = "deep" } }',
        "[markets]\n'ETH/BTC' = { depth = \"deep\" }",
        '[ markets . "ETH/BTC" ] # a comment\ndepth="deep"',
    ],
)
def test_every_way_of_writing_a_market_is_the_same(markets: str) -> None:
    assert parse_policy(HEAD + markets) == parse_policy(HEAD + ETH)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (HEAD + ETH + 'colar = "1"', "line 8: markets.ETH/BTC.colar: there is no such setting"),
        ("bugdet = 1\n" + HEAD + ETH, "line 1: bugdet: there is no such setting"),
        (HEAD.replace("1", "2", 1) + ETH, "line 1: version: version 2 is not known, use 1"),
        (HEAD.replace("version = 1", 'version = "1"') + ETH, "line 1: version: expected `int`"),
        (HEAD.replace("BTC", "B-C") + ETH, "line 2: unit: 'B-C' is not an asset"),
        (HEAD.replace("0.25", "-1") + ETH, "line 3: budget: -1 is not an amount, use zero or more"),
        (HEAD.replace("0.25", "NaN") + ETH, "line 3: budget: NaN is not an amount"),
        (HEAD.replace("0.5", "Infinity") + ETH, "line 4: exit_budget: Infinity is not an amount"),
        (
            'version = 1\nunit = "BTC"\nexit_budget = 1' + ETH,
            "budget: is missing: give an amount of BTC, or budget_share as a fraction",
        ),
        (HEAD + "budget_share = 1.1" + ETH, "line 5: budget_share: 1.1 is no share of the"),
        (HEAD + "exit_budget_share = 0" + ETH, "line 5: exit_budget_share: 0 is no share of the"),
        (
            HEAD + "allocation = 0\nallocation_share = 0.1" + ETH,
            "line 6: allocation_share: allocation = 0 leaves nothing of it",
        ),
        (HEAD + "limits.signed = 0" + ETH, "line 5: limits.signed: 0 is not a limit"),
        (HEAD + "limits.order_age_s = 59" + ETH, "line 5: limits.order_age_s: 59 is out of range"),
        (HEAD + ETH + "anchor = 0\nanchored = 2026-01-01", "line 8: markets.ETH/BTC.anchor: 0 is"),
        (HEAD + ETH + "anchor = 1", "line 6: markets.ETH/BTC: anchor and anchored go together"),
        (HEAD + ETH + "anchored = 2026-01-01", "markets.ETH/BTC: anchor and anchored go together"),
        (HEAD + ETH + 'anchor = 1\nanchored = "soon"', "line 9: markets.ETH/BTC.anchored: invalid"),
        (HEAD + ETH + "excursion = 0", "line 8: markets.ETH/BTC.excursion: 0 is out of range"),
        (HEAD.replace("0.5", "much") + ETH, "line 4: exit_budget: invalid decimal string"),
        (HEAD + 'allocation = "-0.1"' + ETH, "line 5: allocation: -0.1 is not an amount"),
        (HEAD + 'fee_rate = "0.11"' + ETH, "line 5: fee_rate: 0.11 is out of range"),
        (HEAD + 'haircut_k = "101"' + ETH, "line 5: haircut_k: 101 is out of range, use 0 to 100"),
        (HEAD + "max_age_s = 0" + ETH, "line 5: max_age_s: 0 is out of range, use 1 to 3600"),
        (HEAD + "max_age_s = 3601" + ETH, "line 5: max_age_s: 3601 is out of range"),
        (HEAD + 'market_orders = "yes"' + ETH, "line 5: market_orders: invalid enum value 'yes'"),
        (HEAD + "[markets]", "line 5: markets: no market is listed"),
        (HEAD + "markets = 1", "line 5: markets: expected `object`, got `int`"),
        (HEAD + "[[markets]]\na = 1", "line 5: markets: expected `object`, got `array`"),
        (HEAD, "the file: the setting markets is missing"),
        (
            HEAD + ETH.replace('depth = "deep"', 'collar = "0"'),
            "line 6: markets.ETH/BTC: the setting depth is missing",
        ),
        (
            HEAD + ETH.replace('"deep"', '"shallow"'),
            "line 7: markets.ETH/BTC.depth: invalid enum value 'shallow'",
        ),
        (HEAD + ETH.replace("ETH/BTC", "ETHBTC"), "line 6: markets.ETHBTC: 'ETHBTC' is not a ma"),
        (HEAD + ETH.replace("ETH/BTC", "ETH/USDT"), "quoted in the unit are judged, write ETH/BTC"),
        (HEAD + ETH.replace("ETH/BTC", "BTC/BTC"), "line 6: markets.BTC/BTC: only markets"),
        (HEAD + ETH + 'collar = "0.21"', "line 8: markets.ETH/BTC.collar: 0.21 is out of range"),
        (HEAD + ETH + 'drift_1h = "-1"', "line 8: markets.ETH/BTC.drift_1h: -1 is out of range"),
        (HEAD + ETH + 'drift_24h = "0.91"', "line 8: markets.ETH/BTC.drift_24h: 0.91 is out"),
        (HEAD + ETH + 'half_spread = "NaN"', "line 8: markets.ETH/BTC.half_spread: NaN is out"),
        (
            HEAD + 'markets."ETH/BTC".depth = "deep"\nmarkets."ETH/BTC".collar = "9"',
            "line 6: markets.ETH/BTC.collar: 9 is out of range, use a fraction from 0 to 0.2",
        ),
        (
            HEAD + '[markets]\n"LTC/BTC" = { depth = "deep" }\n'
            '"ETH/BTC" = { depth = "deep", collar = "9" }',
            "line 7: markets.ETH/BTC.collar: 9 is out of range",
        ),
        (
            HEAD + '[markets."LTC/BTC"]\ndepth = "deep"\ncollar = "0.1"\n' + ETH + "collar = []",
            "line 11: markets.ETH/BTC.collar: expected `decimal`, got `array`",
        ),
        (
            HEAD + 'markets = { "LTC/BTC" = { depth = "thin" }, "ETH/BTC" = { depth = 1 } }',
            "line 5: markets.ETH/BTC.depth: expected `str`, got `int`",
        ),
        (HEAD + 'mode = "warn"' + ETH, "line 5: mode: invalid enum value 'warn'"),
        (HEAD + 'order_types = ["STOP"]' + ETH, "line 5: order_types.0: invalid enum value 'STOP'"),
        (HEAD + "order_types = []" + ETH, "line 5: order_types: is empty: leave it out, or set"),
        (
            HEAD + f"hours = {['06:00-22:00'] * 101}" + ETH,
            "line 5: hours: 101 are listed, at most 100 may be",
        ),
        (HEAD + 'hours = ["6-22"]' + ETH, "line 5: hours: '6-22' is no span of hours, write for"),
        (HEAD + 'sources = ["10.0.0.1/8"]' + ETH, "line 5: sources: 10.0.0.1/8 has host bits set"),
        (HEAD + 'sources = ["home"]' + ETH, "line 5: sources: 'home' does not appear to be an IP"),
        (HEAD.replace("0.25", "0") + ETH, "line 3: budget: is zero, so that no deep market could"),
        (
            HEAD.replace("0.5", "0") + ETH.replace("deep", "thin"),
            "line 4: exit_budget: is zero, and so is allocation",
        ),
        (HEAD + ETH + "[limits]\norder = 0", "line 9: limits.order: 0 is not a limit, use an"),
        (HEAD + ETH + "[limits]\nday = -1", "line 9: limits.day: -1 is not a limit"),
        (HEAD + ETH + "[limits]\nopen_orders = 0", "limits.open_orders: 0 is out of range, use 1"),
        (
            HEAD + ETH + "[limits]\norder = 3\nday = 2",
            "line 9: limits.order: 3 is more than limits.day = 2 lets through; lower it",
        ),
        (HEAD + ETH + "[freeze]\nspent = 1.1", "line 9: freeze.spent: 1.1 is out of range, use a"),
        (
            HEAD + ETH + "[freeze]\ndenials = -1",
            "line 9: freeze.denials: -1 is out of range, use 0",
        ),
        (
            HEAD + ETH + "[freeze]\nwithin_s = 0",
            "line 9: freeze.within_s: 0 is out of range, use 1",
        ),
        (
            HEAD + ETH + '[freeze]\nrules = ["hours"]',
            "line 9: freeze.rules: no rule 'hours' is counted, use some of allocation, bounded, ",
        ),
        (HEAD + ETH + "[limits]\nweek = 3", "line 9: limits.week: there is no such setting"),
        ("version = ", "this is not TOML"),
        (HEAD + HEAD, "this is not TOML"),
    ],
)
def test_a_wrong_policy_gets_one_sentence(text: str, sentence: str) -> None:
    with pytest.raises(BadToml) as caught:
        parse_policy(text)
    assert sentence in str(caught.value)
    assert str(caught.value).startswith("policy.toml")
    assert "\n" not in str(caught.value)


def test_numbers_are_read_as_they_are_written() -> None:
    """0.1 + 0.2 is 0.3: nothing goes through a float, quoted or not."""
    text = 'version = 1\nunit = "BTC"\nbudget = 0.1\nexit_budget = "0.2"\n'
    policy = parse_policy(
        text + '[markets."ETH/BTC"]\ndepth = "deep"\ncollar = 0.010000000000000001\n'
    )
    assert policy.budget + policy.exit_budget == Decimal("0.3")
    assert policy.markets["ETH/BTC"].collar == Decimal("0.010000000000000001")


def test_a_digest_tells_policies_apart_and_nothing_else() -> None:
    policy = parse_policy(HEAD + ETH)
    assert parse_policy("# the same\n" + HEAD + "max_age_s = 10" + ETH).digest == policy.digest
    assert parse_policy(HEAD + "max_age_s = 11" + ETH).digest != policy.digest
    assert len(policy.digest) == 64
