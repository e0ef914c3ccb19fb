"""``tradelatch backtest``: what it shows, and what it says to mistakes."""

import json
import random
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from tradelatch.cli.app import app

EXAMPLES = Path(__file__).parents[2] / "examples"
BOT = (EXAMPLES / "eth-dips.toml").read_text()


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two weeks of five-minute candles of a walk, and the examples."""
    monkeypatch.chdir(tmp_path)
    for file in EXAMPLES.iterdir():
        if file.is_file():
            Path(file.name).write_text(file.read_text())
    dice, price = random.Random(5), 70_000
    lines = ["time,open,high,low,close,volume"]
    for n in range(14 * 288):
        opened, price = price, max(50_000, price + dice.randint(-160, 160))
        high, low = max(opened, price) + dice.randint(0, 80), min(opened, price) - 60
        told = ",".join(f"{one / 1e6:.6f}" for one in (opened, high, low, price))
        lines.append(f"{1_704_067_200_000 + n * 300_000},{told},{dice.randint(1, 900)}.5000")
    Path("ETH_BTC-5m.csv").write_text("\n".join(lines))


def ran(*words: str) -> Result:
    return CliRunner().invoke(app, ["backtest", *words], catch_exceptions=False)


def good(*words: str) -> str:
    result = ran(*words)
    assert result.exit_code == 0, result.output
    return result.stdout


PRICES = ("--candles", "ETH_BTC-5m.csv")


def test_a_run_tells_what_came_of_it_and_what_was_assumed() -> None:
    shown = good("run", "eth-dips.toml", *PRICES, "--html", "x.html", "--out", "x.json")
    assert "eth-dips (dca): ETH/BTC" in shown
    assert "as fine as its prices are told." in shown
    assert "a quarter more than it uses at most" in shown
    assert Path("x.html").read_text().startswith("<!doctype html>")
    assert json.loads(Path("x.json").read_text())["bot"] == "eth-dips"


EXACT = ("--tick", "0.000001", "--lot", "0.0001", "--min-notional", "0.0001")


@pytest.mark.parametrize("bot", ["eth-dips", "eth-grid", "crossover"])
def test_every_example_runs_and_trades(bot: str) -> None:
    told = json.loads(good("run", f"{bot}.toml", *PRICES, *EXACT, "--json"))
    assert len(told["fills"]) > 2
    assert told["warnings"] == []


def test_results_and_bots_are_compared() -> None:
    good("run", "eth-dips.toml", *PRICES, *EXACT, "--out", "x.json")
    shown = good("compare", "x.json", "eth-grid.toml", *PRICES, *EXACT)
    assert "eth-dips" in shown
    assert "eth-grid" in shown
    told = json.loads(good("compare", "x.json", "x.json", "--json"))
    assert [one["bot"] for one in told] == ["eth-dips", "eth-dips"]


def test_what_it_begins_with_can_be_said() -> None:
    told = json.loads(good("run", "eth-dips.toml", *PRICES, *EXACT, "--capital", "2", "--json"))
    assert told["start_equity"] == "2"
    assert "It begins with 2 BTC." in told["assumptions"]


def test_a_part_of_the_prices() -> None:
    told = json.loads(
        good("run", "eth-dips.toml", *PRICES, *EXACT, "--from", "2024-01-03", "--to", "2024-01-05",
             "--json")
    )  # fmt: skip
    assert told["end_ms"] - told["start_ms"] == 2 * 86_400_000


def peeking(before: str, peek: str) -> str:
    """What is said to a strategy that looks ahead."""
    source = (EXAMPLES / "crossover.py").read_text()
    body = f"\n\n{before}\n\nclass Peek(Crossover):\n    def on_bar(self, bar):\n{peek}\n"
    Path("peek.py").write_text(source + body)
    Path("peek.toml").write_text(
        'name = "peek"\nkind = "peek.py:Peek"\nsymbols = ["ETH/BTC"]\n[settings]\nvolume = "0.1"\n'
    )
    result = ran("run", "peek.toml", *PRICES, *EXACT)
    assert result.exit_code == 2, result.output
    assert result.stderr.count("\n") == 1
    return result.stderr


TRADE = """\
        deal = next(iter(self.desk.deals.values()), None)
        if deal and not up:
            self.desk.place(deal, Side.SELL, round_down(deal.base, Decimal("0.0001")), tag="out")
        elif up and not deal:
            self.desk.place(self.desk.open_deal(bar.symbol), Side.BUY, Decimal(1), tag="in")"""


def test_a_strategy_that_reaches_for_later_prices_is_refused() -> None:
    before = "import gc\nfrom tradelatch.bots.backtest.feed import CandleFeed"
    peek = f"""\
        if not hasattr(self, "feed"):
            self.feed = next(one for one in gc.get_objects() if isinstance(one, CandleFeed))
        candles = self.feed.candles
        at = bar.candle.open_ms + 3_600_000
        later = [c for t, c in zip(candles.times, candles.closes) if t >= at][:12]
        up = bool(later) and later[-1] > later[0]
{TRADE}"""
    assert "looks at what was not known yet, or acts at random" in peeking(before, peek)


def test_a_strategy_that_reads_the_prices_themselves_is_refused() -> None:
    before = (
        "from pathlib import Path\n"
        "ROWS = [line.split(',') for line in Path('ETH_BTC-5m.csv').read_text().splitlines()][1:]"
    )
    peek = f"""\
        later = [row[4] for row in ROWS if int(row[0]) > bar.candle.open_ms + 3_600_000][:12]
        up = bool(later) and later[-1] > later[0]
{TRADE}"""
    assert "it reads " in peeking(before, peek)


def test_a_strategy_that_acts_at_random_is_refused() -> None:
    peek = f"        import random\n        up = random.random() < 0.5\n{TRADE}"
    assert "acts at random" in peeking("", peek)


def test_a_strategy_that_fails_is_told_with_its_line() -> None:
    says = peeking("", "        1 / 0")
    assert says.startswith("tradelatch: peek.py, line ")
    assert "ZeroDivisionError" in says


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('take_profit = "1"', 'take_profi = "1"', "take_profi: there is no such setting; did you"),
        ('kind = "dca"', 'kind = "dcb"', "kind: 'dcb' is no kind of bot"),
        ('symbols = ["ETH/BTC"]', "symbols = []", "symbols: there is none"),
        ('name = "eth-dips"', 'name = "ETH"', "name: 'ETH' is no name"),
        ("max_safety_orders = 4", "max_safety_orders = 400", "400 is out of range, use 0 to 200"),
        (
            "max_safety_orders = 4",
            "max_safety_orders = 60",
            "would stand",
        ),
        ('stop_loss_percentage = "8"', 'stop_loss_percentage = "5"', "stop_loss_percentage: at 5"),
        ('base_order_volume = "0.01"', 'base_order_volume = "0.00001"', "base_order_volume: "),
        ('take_profit = "1"', "", "take_profit: set either it or take_profit_steps"),
        ('take_profit = "1"', 'take_profit = "-1"', "take_profit: "),
        ("active_safety_orders_count = 2", "active_safety_orders_count = 9", "use 1 to 4"),
        ('"1.4"', '"11"', "martingale_step_coefficient: 11 is out of range"),
        ('{ type = "nonstop" }', "", "start_conditions: there is none"),
        ('{ type = "nonstop" }', '{ type = "rsi", points = 30, time_period = 0 }', "time_period 0"),
        ('base_order_volume = "0.01"', 'base_order_volume = "x"', "base_order_volume: "),
    ],
)
def test_a_bot_that_cannot_work_is_one_sentence_with_its_field(
    old: str, new: str, says: str
) -> None:
    assert BOT.count(old) >= 1
    Path("bot.toml").write_text(BOT.replace(old, new, 1))
    result = ran("run", "bot.toml", *PRICES, *EXACT)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("tradelatch: bot.toml")
    assert says in result.stderr
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ((), "give either --candles FILE or --trades FILE"),
        (("--candles", "none.csv"), "cannot read none.csv: No such file"),
        ((*PRICES, "--from", "tomorrow"), "--from: 'tomorrow' is no time"),
        ((*PRICES, "--from", "2030-01-01"), "there is nothing between --from and --to"),
        ((*PRICES, "--to", "2024-01-01", "--from", "2024-01-02"), "is not after --from"),
        ((*PRICES, *PRICES), "there is another file of ETH/BTC"),
        ((*PRICES, "--capital", "-1"), "--capital: '-1' is not a plain decimal"),
        ((*PRICES, "--holding", "BTC"), "--holding BTC: write it as BTC=0.5"),
        ((*PRICES, "--fee", "60"), "--maker: 60 is out of range, use 0 to 50"),
        ((*PRICES, "--tick", "0"), "--tick: 0 is no step"),
        ((*PRICES, "--tick", "X/Y=1"), "--tick: X/Y is none of the bot's markets"),
        ((*PRICES, "--html", "none/x.html"), "--html none/x.html: there is no folder none"),
        (("--candles", "ETHBTC=ETH_BTC-5m.csv"), "'ETHBTC' is not a market"),
        (("--candles", "BTC/USDT=ETH_BTC-5m.csv"), "there are no prices of ETH/BTC"),
    ],
)
def test_an_option_that_cannot_be_used_is_one_sentence(words: tuple[str, ...], says: str) -> None:
    result = ran("run", "eth-dips.toml", *words)
    assert (result.exit_code, result.stdout) == (2, "")
    assert says in result.stderr
    assert result.stderr.count("\n") == 1
