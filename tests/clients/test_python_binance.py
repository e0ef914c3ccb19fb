"""python-binance's own spot tests, which its source distribution holds, run against a venue.

Nothing of theirs is changed: `python_binance/pointed.py` is laid beside them as their conftest
and says where the exchange is. What does not pass is listed, with its reason, in
`python_binance/explained.toml`.
"""

import shutil
import tomllib
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from tests.clients.foreign import python_of, run
from tests.venue.site import Site
from tools.clients import environment

CLIENT = "python-binance"
OURS = Path(__file__).parent / "python_binance"
FILES = (
    "test_ws_api",
    "test_streams",
    "test_async_client",
    "test_async_client_ws_api",
    "test_client",
    "test_client_ws_api",
    "test_get_order_book",
    "test_historical_klines",
    "test_init",
)
"""Those that last longest come first."""
TESTS = 172
AT_LEAST = 150
MARKETS = (
    "BTC/USDT,60000,500000000",
    "ETH/USDT,3000,500000000",
    "BNB/USDT,600,50000000",
    "LTC/USDT,100,50000000",
    "LTC/BTC,0.0017,500",
    "BNB/BTC,0.01,500",
)
OPTIONS = (
    # A third of the tests wait 10 s for their client to close.
    "--numprocesses=12",
    "--maxschedchunk=1",
    "--junitxml=outcomes.xml",
    # The clients leave coroutines behind, that fail when they are collected. If that happens
    # while pytest parses source for a pretty traceback, it takes Python 3.11's parser down.
    "--tb=native",
    "-pno:unraisableexception",
)

Outcomes = dict[str, str]


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> Outcomes:
    """What became of each test, by `file::test`: passed, failed or skipped."""
    python = python_of(CLIENT)
    folder = tmp_path_factory.mktemp("theirs")
    _lay_out(folder)
    arguments = [f"--market={market}" for market in MARKETS]
    with Site(tmp_path_factory.mktemp("venue"), *arguments) as site:
        key = site.open_account("tester", BTC="50", USDT="1000000", LTC="100")
        other = site.open_account("other", USDT="1000000")

        def trade() -> None:
            """They ask for trades: there is one before they begin, and then about one a second."""
            order = {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": "0.01"}
            status, answer = site.signed(other, "POST", "/api/v3/order", **order)
            assert status == 200, answer

        trade()
        files = [f"tests/{name}.py" for name in FILES]
        _, output = run(
            [python, "-m", "pytest", *OPTIONS, *files], site.url, key, folder, 240, meanwhile=trade
        )
    report = folder / "outcomes.xml"
    assert report.exists(), output
    print(output)
    return _read(report)


def _lay_out(folder: Path) -> None:
    """Their tests with our conftest, and their settings of pytest."""
    [source] = (environment(CLIENT) / "source").iterdir()
    shutil.copytree(source / "tests", folder / "tests")
    shutil.copy(source / "pyproject.toml", folder)
    shutil.copy(OURS / "pointed.py", folder / "tests" / "conftest.py")
    (folder / "tests" / "__init__.py").touch()


def _read(report: Path) -> Outcomes:
    found = {}
    for case in ElementTree.parse(report).iter("testcase"):
        kinds = {child.tag for child in case}
        name = f"{case.attrib['classname'].removeprefix('tests.')}::{case.attrib['name']}"
        if kinds & {"failure", "error"}:
            found[name] = "failed"
        else:
            found[name] = "skipped" if "skipped" in kinds else "passed"
    return found


def test_enough_of_them_pass(outcomes: Outcomes) -> None:
    assert len(outcomes) == TESTS
    passed = sum(outcome == "passed" for outcome in outcomes.values())
    assert passed >= AT_LEAST, f"{passed} of {len(outcomes)}"


@pytest.mark.parametrize(("outcome", "table"), [("failed", "fails"), ("skipped", "skipped")])
def test_what_does_not_pass_is_explained(outcomes: Outcomes, outcome: str, table: str) -> None:
    explained = tomllib.loads((OURS / "explained.toml").read_text())[table]
    assert all(explained.values())
    found = {name for name, one in outcomes.items() if one == outcome}
    assert found == set(explained)
