"""Whatever the seed: totals to the cent, and trades that pass exactly the loss."""

from collections import Counter
from datetime import timedelta
from decimal import Decimal

from hypothesis import example, given, settings
from hypothesis import strategies as st

from tradelatch.drills.incident.accounts import account
from tradelatch.drills.incident.prices import Prices
from tradelatch.drills.incident.victims import victims

SEEDS = st.integers(0, 2**64)


# Their first draws are refused: somebody lost less than a thousand, or a million, or the
# Americans too much together.
@example(1)
@example(586)
@example(42)
@given(SEEDS)
@settings(max_examples=40)
def test_all_totals_come_out(seed: int) -> None:
    everyone = victims(seed)
    losses = sorted(victim.loss for victim in everyone)
    assert len(everyone) == 86
    assert sum(losses) == 2_728_584_500
    assert 49_500 <= losses[0] <= 50_500 < 100_000 <= losses[1]
    assert losses[-1] == 590_000_000
    assert losses[-7] < 100_000_000 < losses[-6]
    assert sum(losses[-6:]) == 1_830_000_000
    lost: Counter[str] = Counter()
    many: Counter[str] = Counter()
    for victim in everyone:
        for group in (victim.country, victim.exchange, victim.month):
            lost[group] += victim.loss
            many[group] += 1
    assert len([group for group in many if len(group) == 2]) == 32
    eu = ("FR", "NL", "ES", "IT", "PL", "CZ", "AT", "SE", "PT", "BE", "RO", "DE")
    assert sum(lost[country] for country in eu) == 480_000_000
    assert sum(many[country] for country in eu) == 19
    assert [many[country] for country in ("US", "GB", "UA", "CA", "TH")] == [21, 11, 4, 4, 4]
    assert lost["GB"] == 550_000_000
    assert 640_000_000 < lost["TH"] < 645_000_000
    others = [loss for group, loss in lost.items() if len(group) == 2 and group not in ("TH", "GB")]
    assert max(others) < 480_000_000
    assert (many["binance"], lost["binance"]) == (47, 2_350_000_000)
    assert (many["kucoin"], lost["kucoin"]) == (28, 210_000_000)
    assert (many["coinbasepro"], lost["coinbasepro"]) == (10, 150_000_000)
    assert (many["bittrex"], lost["bittrex"]) == (1, 18_584_500)
    assert (many["2022-10"], lost["2022-10"]) == (4, 47_000_000)
    assert (many["2022-11"], lost["2022-11"]) == (24, 1_490_000_000)
    years = Counter(victim.key_created.year for victim in everyone)
    for victim in everyone:
        age = victim.attacked.date() - victim.key_created
        assert age > timedelta(days=30)
        assert victim.key_created.year > 2019 or age > timedelta(days=3 * 365 + 1)
    assert years == {2022: 67, 2021: 13, 2020: 4, 2019: 2}


@given(SEEDS)
@settings(max_examples=3)
def test_trades_pass_the_loss_to_the_cent(seed: int) -> None:
    prices = Prices(seed)
    for victim in victims(seed):
        made = account(seed, victim, prices)
        passed = Decimal(0)
        for trade in made.adverse:
            assert trade.quantity > 0
            above = trade.price - prices.at(trade.market, trade.at)
            passed += above * trade.quantity * prices.dollars(trade.market.quote, trade.at)
        assert passed.quantize(Decimal("0.01")) * 100 == victim.loss
        assert [trade.at for trade in made.trades] == sorted(trade.at for trade in made.trades)
        assert made.deposits[-1].at < made.trades[0].at
        assert victim.key_created < made.deposits[0].at.date()
        assert made.trades[-1].at.date() == victim.attacked.date()
        assert all(left >= 0 for left in made.left().values())
